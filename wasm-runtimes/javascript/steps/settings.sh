# Folders, the compiler and its flags, shared by the steps. Sourced by build.sh, which sets
# `recipe`, `build` and `out`.
# shellcheck shell=bash disable=SC2034,SC2154

crates=$build/crates
zig=$build/zig/ziglang/zig
packages=$build/npm/node_modules
engine=$build/engine # QuickJS's sources, patched
brotli=$crates/vendor/compu-brotli-sys/brotli/c
icu=$crates/vendor/mozjs_sys/mozjs # Firefox's copy of ICU, which knows WASI
objects=$build/objects
staging=$build/staging # uncompressed artefacts
mkdir -p "$objects" "$staging"

export ZIG_GLOBAL_CACHE_DIR=$build/zig-cache ZIG_LOCAL_CACHE_DIR=$build/zig-cache

flags=(
    -std=gnu23 -D_GNU_SOURCE -fno-sanitize=undefined -I"$engine" -I"$recipe/glue" -I"$brotli/include"
    -ffile-prefix-map="$build"=/build -ffile-prefix-map="$recipe"=/recipe
)
# simd128 is for libc's string functions; the engine itself gains little from it.
target=(
    -target wasm32-wasi
    -mcpu=generic+bulk_memory+sign_ext+nontrapping_fptoint+multivalue+mutable_globals+simd128 -O2
)
glue_flags=(-Wall -Wextra -Wno-unused-parameter -Wno-c23-extensions --embed-dir="$objects")
# What Intl does not need of ICU, and what WASI has not. RTTI is needed.
icu_flags=(
    -fno-exceptions -frtti -fno-sanitize=undefined -fvisibility=hidden -ffile-prefix-map="$build"=/build
    -DU_STATIC_IMPLEMENTATION -DU_DISABLE_RENAMING=1 -DU_CHARSET_IS_UTF8=1 -DU_HAVE_STD_STRING=1
    -DU_ENABLE_DYLOAD=0 -DUCONFIG_NO_FILE_IO=1 -DUCONFIG_NO_SERVICE=1 -DUCONFIG_NO_LEGACY_CONVERSION=1
    -DUCONFIG_NO_TRANSLITERATION=1 -DUCONFIG_NO_REGULAR_EXPRESSIONS=1 -DUCONFIG_NO_MF2=1
    -I"$icu/intl/icu/source/common" -I"$icu/intl/icu/source/i18n"
)
sources=(libregexp libunicode dtoa)
