# Fetches the sources, the compiler and the npm packages by their ordinary clients, which check
# the pinned hashes.
# shellcheck shell=bash disable=SC2154

rm -rf "$crates" "$build/zig" "$build/npm" "$build/wheels"
cp -r "$recipe/crates" "$crates"
(cd "$crates" && cargo vendor --quiet --locked vendor > /dev/null)

python3 -m pip download --quiet --no-deps --require-hashes --only-binary :all: \
    --dest "$build/wheels" --requirement "$recipe/requirements.txt"
# Not to be installed: any Python may fetch it.
python3 -m pip download --quiet --no-deps --require-hashes --only-binary :all: \
    --implementation cp --python-version 3.11 --abi cp311 --platform manylinux_2_35_x86_64 \
    --dest "$build/wheels" --requirement "$recipe/requirements-icu.txt"
python3 -m zipfile -e "$build"/wheels/ziglang-*.whl "$build/zig"
chmod +x "$zig"

# No package's own script runs; esbuild's only puts its program where it is found anyway.
cp -r "$recipe/npm" "$build/npm"
(cd "$build/npm" && npm ci --ignore-scripts --no-audit --no-fund --silent)
