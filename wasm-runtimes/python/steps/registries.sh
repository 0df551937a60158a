# Fetches Python packages and crates by their ordinary clients, which check the pinned hashes.
# shellcheck shell=bash disable=SC2154

rm -rf "$wheels" "$crates"
mkdir -p "$wheels/files" "$crates"
# One interpreter tag and platform, whatever machine this is: the hashes belong to these files.
python3 -m pip download --quiet --no-deps --require-hashes --dest "$wheels/files" \
    --only-binary :all: --implementation cp --python-version "${PYTHON_VERSION%.*}" \
    --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 --platform manylinux_2_28_x86_64 \
    --requirement "$recipe/requirements.txt"
for wheel in "$wheels"/files/*.whl; do
    python3 -m zipfile -e "$wheel" "$wheels"
done
# The time zones are the image's, not the module's.
mv "$wheels/tzdata" "$build/tzdata.new" && rm -rf "$build/tzdata" && mv "$build/tzdata.new" "$build/tzdata"

cp -r "$recipe/crates/." "$crates"
(cd "$crates" && cargo vendor --quiet --locked vendor > /dev/null)
