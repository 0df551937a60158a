# Folders, compilers and flags that the steps share. Sourced by build.sh and profile.sh, which set
# `recipe`, `build` and `jobs` (and `out`).
# shellcheck shell=bash disable=SC2034,SC2154

debs=$build/debs           # downloaded packages
toolchain=$build/toolchain # they, unpacked
tools=$build/tools         # wrappers around the compilers
cpython=$build/cpython     # sources
expat=$build/expat
crates=$build/crates
wheels=$build/wheels
native=$build/native   # the build Python
prefix=$build/deps     # C libraries for WASI
wasm=$build/wasm       # CPython for WASI
frozen=$build/frozen   # the standard library as a blob
staging=$build/staging # uncompressed artefacts

# What every object of the module is compiled with. No path and no date gets in.
#
# -flto: the final link sees the whole interpreter (5 to 20 % faster).
# -inline-max-stacksize: a function with a large array on its stack is not inlined into the
#   evaluation loop, whose frame every level of Python-to-C-to-Python recursion pays for.

target_flags=(
    -O3 -flto -mnontrapping-fptoint -msign-ext
    -mllvm -inline-max-stacksize=64
    "-ffile-prefix-map=$build=/build"
    -Wno-unused-command-line-argument
)

# The profile the interpreter was trained with (see profile.sh). Value profiling is what turns
# indirect calls, dear in WebAssembly, into direct ones.
profile=$build/python.profdata
profile_flags=(
    -fprofile-instr-use="$profile" -mllvm -enable-value-profiling=true
    -Wno-profile-instr-unprofiled -Wno-profile-instr-missing -Wno-profile-instr-out-of-date
)

# The folder of a vendored crate.
crate() { echo "$crates/vendor/$1"; }
