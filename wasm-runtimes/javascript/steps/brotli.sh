# Compiles Brotli.
# shellcheck shell=bash disable=SC2154

rm -rf "$objects/brotli"
mkdir "$objects/brotli"
for source in "$brotli"/{common,dec,enc}/*.c; do
    name=$(basename "$(dirname "$source")")-$(basename "$source" .c)
    "$zig" cc "${target[@]}" "${flags[@]}" -std=gnu11 -c "$source" -o "$objects/brotli/$name.o"
done
