//! The native tier from the launcher down to the program, without a server: the tests play the jailer.
//! What needs root is left out for other users, with a word about it.

mod driver;
mod layers;
mod programs;
mod same_as_wasm;

/// Whether this is root; says so if not.
fn is_root() -> bool {
    let root = nix::unistd::geteuid().is_root();
    if !root {
        eprintln!("skipped: it needs root");
    }
    root
}
