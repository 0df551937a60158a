# Bundles the prelude and compiles it to bytecode.
# shellcheck shell=bash disable=SC2154

node "$recipe/tools/bundle.mjs" "$packages" "$recipe/node/main.js" "$objects/prelude.js"
# The name tells the engine which frames to leave out of stack traces.
"$objects/bytecode" "$objects/prelude.js" "$objects/prelude.bytecode" node:internal
