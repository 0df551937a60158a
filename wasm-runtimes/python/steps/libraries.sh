# The C libraries behind zlib, bz2, lzma, sqlite3 and pyexpat, for WASI.
# shellcheck shell=bash disable=SC2154

rm -rf "$prefix"
mkdir -p "$prefix/include" "$prefix/lib"
cc=("$tools/wasm-cc" "${target_flags[@]}")

# archive NAME FLAGS... -- SOURCES...: compiles and archives, in the order given.
archive() {
    local name=$1 flags=() objects=() source folder
    shift
    while [[ $1 != -- ]]; do
        flags+=("$1")
        shift
    done
    shift
    folder=$build/objects/$name
    rm -rf "$folder"
    mkdir -p "$folder"
    for source; do
        objects+=("$folder/$(basename "$source" .c).o")
    done
    # shellcheck disable=SC2016 # the inner shell expands these
    printf '%s\n' "$@" | xargs -P "$jobs" -I{} sh -c \
        '"$@" -c "$0" -o "'"$folder"'/$(basename "$0" .c).o"' {} "${cc[@]}" "${flags[@]}"
    "$tools/llvm-ar" rcsD "$prefix/lib/lib$name.a" "${objects[@]}"
}

source_dir=$(crate "$ZLIB_CRATE")/src/zlib
archive z -- "$source_dir"/{adler32,compress,crc32,deflate,infback,inffast,inflate,inftrees,trees,uncompr,zutil}.c
cp "$source_dir"/{zlib,zconf}.h "$prefix/include"

source_dir=$(echo "$(crate "$BZIP2_CRATE")"/bzip2-1*)
archive bz2 -- "$source_dir"/{blocksort,huffman,crctable,randtable,compress,decompress,bzlib}.c
cp "$source_dir/bzlib.h" "$prefix/include"

# The crate's own build leaves out the same files: the threaded coder and the table generators.
source_dir=$(crate "$LZMA_CRATE")/xz/src
mapfile -t sources < <(
    find "$source_dir"/liblzma/{common,lzma,lz,check,delta,rangecoder,simple} -name '*.c' |
        grep -vE '(mt|_small|tablegen|crc_clmul_consts_gen)\.c$' | sort
)
archive lzma -DNDEBUG -DHAVE_CONFIG_H -I"$(crate "$LZMA_CRATE")" -I"$source_dir/common" \
    -I"$source_dir"/liblzma/{api,lzma,lz,check,simple,delta,common,rangecoder} -- \
    "${sources[@]}" "$source_dir"/common/tuklib_{cpucores,physmem}.c
cp -r "$source_dir"/liblzma/api/{lzma,lzma.h} "$prefix/include"

# WASI has no file locks and a run has its /tmp for itself: no locking. Nor has it threads, shared
# memory (WAL) or dlopen.
source_dir=$(crate "$SQLITE_CRATE")/sqlite3
archive sqlite3 -DNDEBUG -DSQLITE_THREADSAFE=0 -DSQLITE_DEFAULT_UNIX_VFS='"unix-none"' \
    -DSQLITE_OMIT_WAL -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_MAX_MMAP_SIZE=0 -DSQLITE_TEMP_STORE=2 \
    -DSQLITE_ENABLE_FTS4 -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_RTREE -DSQLITE_ENABLE_MATH_FUNCTIONS \
    -DSQLITE_ENABLE_COLUMN_METADATA -DLONGDOUBLE_TYPE=double \
    -D_WASI_EMULATED_GETPID -D_WASI_EMULATED_MMAN -D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_PROCESS_CLOCKS \
    -- "$source_dir/sqlite3.c"
cp "$source_dir/sqlite3.h" "$prefix/include"

mkdir -p "$build/objects/expat-config"
printf '#define %s\n' 'BYTEORDER 1234' 'HAVE_GETENTROPY 1' 'XML_CONTEXT_BYTES 1024' 'XML_DTD 1' \
    'XML_GE 1' 'XML_NS 1' > "$build/objects/expat-config/expat_config.h"
source_dir=$expat/expat/lib
archive expat -I"$build/objects/expat-config" -I"$source_dir" -- \
    "$source_dir"/{xmlparse,xmlrole,xmltok,random_getentropy}.c
cp "$source_dir"/{expat,expat_external}.h "$prefix/include"
