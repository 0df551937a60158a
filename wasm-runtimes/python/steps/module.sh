# Freezes the standard library, compiles the glue and links the module.
# shellcheck shell=bash disable=SC2154

version=${PYTHON_VERSION%.*}
stdlib=/usr/local/lib/python$version # where tracebacks say the library is
objects=$build/objects/glue
rm -rf "$objects" "$frozen" "$build/sysconfig"
mkdir -p "$objects" "$build/sysconfig" "$staging"

# sysconfig's variables, without this machine's paths.
for file in "$wasm/$(cat "$wasm/pybuilddir.txt")"/_sysconfigdata_*.py; do
    sed "s#$build#/build#g" "$file" > "$build/sysconfig/$(basename "$file")"
done

"$native/python" -S -E "$recipe/tools/freeze.py" --out "$frozen" \
    --exclude "$recipe/frozen-exclude.txt" \
    --root "$recipe/pylib=/belljar" \
    --root "$cpython/Lib=$stdlib" \
    --root "$build/sysconfig=$stdlib" \
    --root "$wheels=$stdlib/site-packages"

glue_flags=(
    "${target_flags[@]}" -std=c23 -Wall -Wextra -Wno-unused-parameter -Wno-c23-extensions
    -I"$cpython/Include" -I"$wasm" -I"$frozen" --embed-dir="$frozen"
)
for source in clock frozen immortal initialize network run stdio write; do
    "$tools/wasm-cc" "${glue_flags[@]}" -c "$recipe/glue/$source.c" -o "$objects/$source.o"
done
"$tools/wasm-cc" "${glue_flags[@]}" -c "$wheels/markupsafe/_speedups.c" -o "$objects/markupsafe.o"
# Not part of the link-time optimisation, and knowing no memcpy: see the file.
"$tools/wasm-cc" -O2 -fno-builtin -mbulk-memory -msimd128 -msign-ext -Wall -Wextra \
    -c "$recipe/glue/memory.c" -o "$objects/memory.o"

strip=--strip-all
if [[ -n ${BELLJAR_KEEP_NAMES:-} ]]; then
    strip=--strip-debug
fi
# --stack-first: an overflow of the 8 MiB C stack traps instead of overwriting data.
"$tools/wasm-cc" "${target_flags[@]}" -mexec-model=reactor -z stack-size=8388608 -Wl,--stack-first \
    -Wl,"$strip" -Wl,-mllvm,-inline-max-stacksize=64 \
    "$objects"/*.o "$wasm/libpython$version.a" \
    "$wasm/Modules/_hacl/libHacl_Hash_SHA2.a" "$wasm/Modules/_decimal/libmpdec/libmpdec.a" \
    -L"$prefix/lib" -lsqlite3 -lexpat -lz -lbz2 -llzma \
    -lwasi-emulated-signal -lwasi-emulated-getpid -lwasi-emulated-process-clocks -lwasi-emulated-mman \
    -ldl -lm -o "$staging/python.wasm"
