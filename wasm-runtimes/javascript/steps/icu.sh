# Compiles ICU, for size, and picks its data.
# shellcheck shell=bash disable=SC2154

if [[ ! -e $icu/intl/icu/patched ]]; then
    patch --directory "$icu/intl/icu/source" --strip 1 --quiet < "$recipe/patches/icu-as-released.patch"
    : > "$icu/intl/icu/patched"
fi
rm -rf "$objects/icu"
mkdir -p "$objects/icu"
# Not the parts for other systems, for security checks, and for guessing encodings.
find "$icu"/intl/icu/source/{common,i18n} -maxdepth 1 -name '*.cpp' |
    grep --invert-match --extended-regexp '/(win|uspoof|csdet|csr|inputext|ucsdet)[^/]*$' |
    sort > "$objects/icu/sources"
compile_icu() {
    local name
    name=$(basename "$(dirname "$1")")-$(basename "$1" .cpp)
    "$zig" c++ "${target[@]}" -Os -std=c++17 "${icu_flags[@]}" -w -ffunction-sections -fdata-sections \
        -DU_COMMON_IMPLEMENTATION -DU_I18N_IMPLEMENTATION -c "$1" -o "$objects/icu/$name.o"
}
# One after the other for each processor.
count=$(nproc)
for ((part = 0; part < count; part++)); do
    (
        set -e
        while read -r source; do
            compile_icu "$source"
        done < <(awk -v part="$part" -v count="$count" 'NR % count == part' "$objects/icu/sources")
    ) &
done
for job in $(jobs -p); do
    wait "$job"
done
(cd "$objects" && rm -f libicu.a && find icu -name '*.o' | sort | xargs "$zig" ar rcs libicu.a)
python3 "$recipe/tools/icu_data.py" --full "$build"/wheels/icukit_pyicu-*.whl \
    --slim "$icu/config/external/icu/data/icudt78l.dat" --out "$objects/icudt.dat"
