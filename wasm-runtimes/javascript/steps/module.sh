# Compiles the glue and links the module.
# shellcheck shell=bash disable=SC2154

glue=(brotli main memory modules natives packages text)
for source in "${glue[@]}"; do
    "$zig" cc "${target[@]}" "${flags[@]}" "${glue_flags[@]}" -c "$recipe/glue/$source.c" -o "$objects/$source.o"
done
strip=--strip-all
if [[ -n ${BELLJAR_KEEP_NAMES:-} ]]; then
    strip=--strip-debug
fi
# 4 MiB of stack, which Zig's linker puts first: an overflow traps instead of overwriting data.
(cd "$objects" && "$zig" cc "${target[@]}" -mexec-model=reactor -Wl,-z,stack-size=4194304 -Wl,"$strip" \
    "${glue[@]/%/.o}" "${sources[@]/%/.o}" engine.o brotli/*.o -o "$staging/quickjs.wasm")
