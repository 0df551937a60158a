#!/usr/bin/env bash
# Builds QuickJS-NG and the Node prelude for WASI from registry sources and writes the compressed
# artefacts into this folder.
#
#   wasm-runtimes/javascript/build.sh [FOLDER]
#
# FOLDER (or $BELLJAR_BUILD_DIR; default: a fresh folder below the temporary one) receives sources,
# toolchain and objects, about 1.2 GB. A step that finished there is not repeated.
# $BELLJAR_OUT: where the artefacts go, if not into this folder.
# $BELLJAR_KEEP_NAMES=1: keep function names in the module, for profiling.
set -euo pipefail

recipe=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${1:-${BELLJAR_BUILD_DIR:-$(mktemp -d -t belljar-javascript-XXXXXX)}}
mkdir -p "$build"
build=$(cd "$build" && pwd)
out=${BELLJAR_OUT:-$recipe}

export LC_ALL=C TZ=UTC
export SOURCE_DATE_EPOCH=1750000000
umask 022

for step in prerequisites registries engine brotli icu prelude module pack; do
    # The last steps are cheap and depend on files of this folder: always redone.
    case $step in
    prelude | module | pack) rm -f "$build/done.$step" ;;
    esac
    if [[ ! -e "$build/done.$step" ]]; then
        echo "== $step"
        # shellcheck source=/dev/null
        (cd "$build" && set -euo pipefail && source "$recipe/steps/settings.sh" && source "$recipe/steps/$step.sh")
        : > "$build/done.$step"
    fi
done
ls -l "$out"/*.zst "$out/manifest.json"
