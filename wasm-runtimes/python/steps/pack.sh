# Compresses the artefacts and describes them.
# shellcheck shell=bash disable=SC2154

mkdir -p "$out"
chmod 644 "$staging"/*
for name in python.wasm image.tar; do
    zstd --quiet --force --single-thread -19 --long=27 "$staging/$name" -o "$out/$name.zst"
done
python3 "$recipe/tools/manifest.py" --recipe "$recipe" --build "$build" --out "$out" \
    --python "$PYTHON_VERSION" --expat "$EXPAT_VERSION" \
    --source "${PYTHON_SOURCE/=/ }" --source "${EXPAT_SOURCE/=/ }" \
    --source "wasi-libc $WASI_LIBC_VERSION" --source "llvm-toolchain-$LLVM_MAJOR $LLVM_VERSION"
