# The few tools taken from the machine itself.
# shellcheck shell=bash

missing=()
for pair in node:nodejs npm:npm patch:patch python3:python3 zstd:zstd cargo:cargo; do
    command -v "${pair%%:*}" > /dev/null || missing+=("${pair##*:}")
done
python3 -m pip --version > /dev/null 2>&1 || missing+=(python3-pip)
if ((${#missing[@]})); then
    echo "installing: ${missing[*]}"
    apt-get update
    apt-get install --yes --no-install-recommends "${missing[@]}"
fi
