# CPython itself for WASI, as a static library with every extension module WASI can carry.
# shellcheck shell=bash disable=SC2154

zstd --quiet --decompress --force "$recipe/pgo/python.profdata.zst" -o "$profile"
rm -rf "$wasm"
mkdir -p "$wasm"
cd "$wasm" || exit

# Cross-compiling, configure must not find this machine's libraries.
export PKG_CONFIG=/bin/false PKG_CONFIG_LIBDIR=/nonexistent
export CONFIG_SITE=../cpython/Tools/wasm/config.site-wasm32-wasi
export CC=$tools/wasm-cc CPP="$tools/wasm-cc -E"
export AR=$tools/llvm-ar RANLIB=$tools/llvm-ranlib READELF=$tools/llvm-readelf
export CFLAGS="${target_flags[*]}" OPT="-DNDEBUG -fwrapv ${profile_flags[*]}" LDFLAGS=-flto
for pair in ZLIB:z BZIP2:bz2 LIBLZMA:lzma; do
    export "${pair%:*}_CFLAGS=-I$prefix/include" "${pair%:*}_LIBS=-L$prefix/lib -l${pair#*:}"
done
export LIBSQLITE3_CFLAGS="-I$prefix/include" LIBSQLITE3_LIBS="-L$prefix/lib -lsqlite3 -lwasi-emulated-mman"
export LIBEXPAT_CFLAGS="-I$prefix/include" LIBEXPAT_LDFLAGS="-L$prefix/lib -lexpat"

# Sockets are ours, over the host's functions (glue/net.c, pylib/_socket.py).
mkdir -p Modules
printf '*disabled*\n_socket\nselect\n' > Modules/Setup.local

../cpython/configure --host=wasm32-wasi --build="$(gcc -dumpmachine)" \
    --with-build-python=../native/python --with-pymalloc --enable-big-digits=30 \
    --with-computed-gotos=no --with-system-expat --with-tzpath=/usr/share/zoneinfo \
    --without-ensurepip --disable-test-modules --without-readline > configure.log 2>&1
make -j "$jobs" libpython"${PYTHON_VERSION%.*}".a pybuilddir.txt \
    Modules/_hacl/libHacl_Hash_SHA2.a Modules/_decimal/libmpdec/libmpdec.a > make.log 2>&1
