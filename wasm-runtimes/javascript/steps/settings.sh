# Folders, the compiler and its flags, shared by the steps. Sourced by build.sh, which sets
# `recipe`, `build` and `out`.
# shellcheck shell=bash disable=SC2034,SC2154

crates=$build/crates
zig=$build/zig/ziglang/zig
packages=$build/npm/node_modules
engine=$build/engine # QuickJS's sources, patched
brotli=$crates/vendor/compu-brotli-sys/brotli/c
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
sources=(libregexp libunicode dtoa)
