# The few tools taken from the machine itself. Installed when missing and allowed to.
# shellcheck shell=bash

missing=()
for pair in gcc:build-essential make:build-essential patch:patch dpkg-source:dpkg-dev \
    python3:python3 zstd:zstd xz:xz-utils cargo:cargo; do
    command -v "${pair%%:*}" > /dev/null || missing+=("${pair##*:}")
done
python3 -m pip --version > /dev/null 2>&1 || missing+=(python3-pip)
if ((${#missing[@]})); then
    echo "installing: ${missing[*]}"
    apt-get update
    apt-get install --yes --no-install-recommends "${missing[@]}"
fi
