#!/usr/bin/env bash
# Builds CPython for WASI from source and writes the compressed artefacts into this folder.
#
#   wasm-runtimes/python/build.sh [FOLDER]
#
# FOLDER (or $BELLJAR_BUILD_DIR; default: a fresh folder below the temporary one) receives sources,
# toolchain and objects, about 3 GB. A step that finished there is not repeated.
# $BELLJAR_JOBS: compile jobs. $BELLJAR_OUT: where the artefacts go, if not into this folder.
# $BELLJAR_KEEP_NAMES=1: keep function names in the module, for profiling.
set -euo pipefail

recipe=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${1:-${BELLJAR_BUILD_DIR:-$(mktemp -d -t belljar-python-XXXXXX)}}
mkdir -p "$build"
build=$(cd "$build" && pwd)
out=${BELLJAR_OUT:-$recipe}
# shellcheck disable=SC2034 # the steps use it
jobs=${BELLJAR_JOBS:-$(nproc)}

# One locale, time zone and hash seed for everything that sorts, stamps or hashes.
export LC_ALL=C TZ=UTC PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
umask 022

# shellcheck source=versions.env
source "$recipe/versions.env"
export SOURCE_DATE_EPOCH
# shellcheck source=steps/settings.sh
source "$recipe/steps/settings.sh"

# A function, so that the shell has read all of it before it starts.
main() {
    for step in prerequisites debian registries toolchain native libraries cpython module image pack; do
        # The last steps are cheap and depend on files of this folder: always redone.
        case $step in
        module | image | pack) rm -f "$build/done.$step" ;;
        esac
        if [[ ! -e "$build/done.$step" ]]; then
            echo "== $step"
            # shellcheck source=/dev/null
            (cd "$build" && set -euo pipefail && source "$recipe/steps/$step.sh")
            : > "$build/done.$step"
        fi
    done
    ls -l "$out"/*.zst "$out/manifest.json"
}
main
