# The files a guest sees below `/`: time zones.
# shellcheck shell=bash disable=SC2154

python3 "$recipe/tools/image.py" --tzdata "$build/tzdata/zoneinfo" --epoch "$SOURCE_DATE_EPOCH" \
    --out "$staging/image.tar"
