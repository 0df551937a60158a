# Fetches toolchain and sources from Debian, through an apt configuration of our own: the system's
# sources are neither changed nor used, only asked for the mirror. Signatures are checked against
# Debian's archive keys, and with them, through the indexes, every file.
# shellcheck shell=bash disable=SC2154

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[[ -e $keyring ]] || apt-get install --yes debian-archive-keyring

# The mirror this machine uses for Debian, or else (on Ubuntu, say) $BELLJAR_DEBIAN_MIRROR.
configured_mirror() {
    grep -rhoE '[a-z]+://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d \
        2> /dev/null | head -1 | tr -d ' ' || true
}
mirror=${BELLJAR_DEBIAN_MIRROR:-$(configured_mirror)}
: "${mirror:?no Debian mirror is configured here: set BELLJAR_DEBIAN_MIRROR}"
mirror=${mirror%/}

apt=$build/apt
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/sources" "$apt/preferences"
: > "$apt/status"
cat > "$apt/apt.conf" << CONF
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$apt/sources";
Dir::Etc::preferencesparts "$apt/preferences";
Acquire::Languages "none";
APT::Architecture "amd64";
APT::Sandbox::User "root";
CONF
sources_entry() { # TYPES MIRROR SUITE
    printf 'Types: %s\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n\n' "$@" "$keyring"
}
{
    sources_entry deb-src "$mirror-security" "$SOURCE_SUITE-security"
    sources_entry 'deb deb-src' "$mirror" "$SOURCE_SUITE"
    sources_entry deb-src "$mirror" "$EXPAT_SUITE"
    sources_entry deb "$mirror" "$TOOLCHAIN_SUITE"
} > "$apt/sources/belljar.sources"
export APT_CONFIG=$apt/apt.conf
apt-get update

mkdir -p "$debs"
(
    cd "$debs" || exit
    llvm=(clang-"$LLVM_MAJOR" libclang-cpp"$LLVM_MAJOR" libclang1-"$LLVM_MAJOR"
        libclang-common-"$LLVM_MAJOR"-dev libclang-rt-"$LLVM_MAJOR"-dev
        libclang-rt-"$LLVM_MAJOR"-dev-wasm32 libllvm"$LLVM_MAJOR" lld-"$LLVM_MAJOR" llvm-"$LLVM_MAJOR")
    # What LLVM links to; any version of the suite will do.
    libraries=(libz3-4 libedit2 libbsd0 libmd0 libxml2 libicu72 libtinfo6)
    apt-get download "${llvm[@]/%/=$LLVM_VERSION}" "${libraries[@]/%//$TOOLCHAIN_SUITE}" \
        "wasi-libc=$WASI_LIBC_VERSION"
    apt-get source --download-only "$PYTHON_SOURCE" "$EXPAT_SOURCE"
)

# `--no-check`: apt has verified the files already. Applies Debian's patches.
rm -rf "$cpython" "$expat"
dpkg-source --no-check -x "$debs"/python3*.dsc "$cpython" > /dev/null
dpkg-source --no-check -x "$debs"/expat*.dsc "$expat" > /dev/null
for patch in "$recipe"/patches/*.patch; do
    echo "patching: ${patch##*/}"
    patch --directory="$cpython" --strip=1 --quiet < "$patch"
done
