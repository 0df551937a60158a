# Patches QuickJS and compiles it, for WASI and, to make bytecode, for this machine.
# shellcheck shell=bash disable=SC2154

rm -rf "$engine"
cp -r "$crates/vendor/libquickjs-ng-sys/embed/quickjs" "$engine"
for patch in "$recipe"/patches/[0-9]*.patch; do
    patch --directory "$engine" --strip 1 --quiet < "$patch"
done
python3 "$recipe/tools/reword.py" "$engine/quickjs.c" "$recipe/patches/messages.txt"

for source in "${sources[@]}"; do
    "$zig" cc "${target[@]}" "${flags[@]}" -c "$engine/$source.c" -o "$objects/$source.o"
done
"$zig" cc "${target[@]}" "${flags[@]}" -Wno-unused -c "$recipe/glue/engine.c" -o "$objects/engine.o"
"$zig" cc -O1 "${flags[@]}" "$recipe/tools/bytecode.c" "$engine"/{quickjs,libregexp,libunicode,dtoa}.c \
    -lm -o "$objects/bytecode"
