# Unpacks the toolchain beside the system's and wraps it, so that it finds its own libraries.
# shellcheck shell=bash disable=SC2154

rm -rf "$toolchain" "$tools"
mkdir -p "$toolchain" "$tools"
for package in "$debs"/*.deb; do
    dpkg -x "$package" "$toolchain"
done
llvm=$toolchain/usr/lib/llvm-$LLVM_MAJOR
# clang looks for the linker under its versioned name, which dpkg puts elsewhere.
ln -sf wasm-ld "$llvm/bin/wasm-ld-$LLVM_MAJOR"

wrap() { # NAME COMMAND...
    printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' \
        "$llvm/lib:$toolchain/usr/lib/x86_64-linux-gnu" "${*:2}" > "$tools/$1"
    chmod +x "$tools/$1"
}
wrap wasm-cc "$llvm/bin/clang" --target=wasm32-wasi "--sysroot=$toolchain/usr"
wrap native-cc "$llvm/bin/clang"
for tool in ar ranlib nm readelf profdata; do
    wrap "llvm-$tool" "$llvm/bin/llvm-$tool"
done
