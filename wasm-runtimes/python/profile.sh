#!/usr/bin/env bash
# Trains the interpreter and writes pgo/python.profdata.zst, an input of build.sh.
#
#   wasm-runtimes/python/profile.sh FOLDER      (a folder in which build.sh has run)
#
# A native CPython of the same source is instrumented by the same clang and runs pgo/train_*.py.
# The profile is keyed by function name and the shape of its syntax tree, which hardly differ
# between this machine and WASI: what differs is ignored. Only needed when CPython's version, a
# patch or the training changes.
set -euo pipefail

recipe=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "${1:?usage: profile.sh FOLDER}" && pwd)
jobs=${BELLJAR_JOBS:-$(nproc)}
export LC_ALL=C TZ=UTC PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
# shellcheck source=versions.env
source "$recipe/versions.env"
export SOURCE_DATE_EPOCH
# shellcheck source=steps/settings.sh
source "$recipe/steps/settings.sh"

instrumented=$build/instr
rm -rf "$instrumented"
mkdir -p "$instrumented/raw"
cd "$instrumented"
# Compiled like the target in what shapes the source: a switch in the evaluation loop, extension
# modules linked in.
PKG_CONFIG=/bin/false CC=$tools/native-cc AR=$tools/llvm-ar RANLIB=$tools/llvm-ranlib \
    CFLAGS='-fprofile-instr-generate -mllvm -enable-value-profiling=true -Wno-unused-command-line-argument' \
    OPT='-DNDEBUG -O2 -fwrapv' MODULE_BUILDTYPE=static \
    ../cpython/configure --quiet --with-computed-gotos=no --with-pymalloc \
    --without-ensurepip --disable-test-modules --without-readline > configure.log 2>&1
sed -i 's/^\*shared\*/*static*/' Modules/Setup.stdlib
LLVM_PROFILE_FILE=$instrumented/build-%p.profraw \
    make -j "$jobs" LDFLAGS=-fprofile-instr-generate python > make.log 2>&1
rm -f build-*.profraw

for part in core library; do
    PYTHONPATH=$wheels LLVM_PROFILE_FILE=raw/$part.profraw ./python "$recipe/pgo/train_$part.py"
done
"$tools/llvm-profdata" merge -o python.profdata raw/*.profraw
zstd --quiet --force --single-thread -19 python.profdata -o "$recipe/pgo/python.profdata.zst"
ls -l "$recipe/pgo/python.profdata.zst"
