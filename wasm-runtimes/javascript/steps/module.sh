# Compiles the glue and links the module.
# shellcheck shell=bash disable=SC2154

glue=(brotli main memory modules natives network packages text)
for source in "${glue[@]}"; do
    "$zig" cc "${target[@]}" "${flags[@]}" "${glue_flags[@]}" -c "$recipe/glue/$source.c" -o "$objects/$source.o"
done
intl=(support locales numbers dates texts)
for source in "${intl[@]}"; do
    "$zig" c++ "${target[@]}" -std=c++20 "${icu_flags[@]}" "${glue_flags[@]}" -I"$engine" -I"$recipe/glue" \
        -Wno-c99-designator -Wno-missing-field-initializers \
        -c "$recipe/glue/intl/$source.cpp" -o "$objects/intl-$source.o"
done
intl_objects=("${intl[@]/#/intl-}")
strip=--strip-all
if [[ -n ${BELLJAR_KEEP_NAMES:-} ]]; then
    strip=--strip-debug
fi
# 4 MiB of stack, which Zig's linker puts first: an overflow traps instead of overwriting data.
(cd "$objects" && "$zig" c++ "${target[@]}" -mexec-model=reactor -Wl,-z,stack-size=4194304 -Wl,"$strip" \
    "${glue[@]/%/.o}" "${sources[@]/%/.o}" engine.o "${intl_objects[@]/%/.o}" libicu.a brotli/*.o -o "$staging/quickjs.wasm")
