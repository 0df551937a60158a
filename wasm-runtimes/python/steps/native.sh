# The build Python: the very same version, for this machine. It freezes the standard library and
# runs CPython's own build scripts.
# shellcheck shell=bash disable=SC2154

rm -rf "$native"
mkdir -p "$native"
cd "$native" || exit
PKG_CONFIG=/bin/false ../cpython/configure --quiet CC=gcc OPT='-O1 -fwrapv' \
    --without-ensurepip --disable-test-modules --without-readline > configure.log 2>&1
make -j "$jobs" python > make.log 2>&1
