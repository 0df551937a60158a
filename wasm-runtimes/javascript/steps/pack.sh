# Compresses the artefacts and describes them.
# shellcheck shell=bash disable=SC2154

mkdir -p "$out"
# A program sees no files.
tar --create --file "$staging/image.tar" --files-from /dev/null
for name in quickjs.wasm image.tar; do
    zstd --quiet --force --single-thread -19 "$staging/$name" -o "$out/$name.zst"
done
python3 "$recipe/tools/manifest.py" --recipe "$recipe" --build "$build" --out "$out"
