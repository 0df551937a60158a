//! (wasm)
