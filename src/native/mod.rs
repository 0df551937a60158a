//! The native tier: programs that need C extensions, as jailed processes of the machine's CPython.
//!
//! ```text
//! server ──door──► jailer ──► launcher ► zygote (Python, a set's heavy packages imported)
//!    │               │                     └─fork─► child, locked in, parked ──► one program
//!    └─ program, stdout, stderr: pipes from server to child; the jailer only hands them over
//! ```
//!
//! Guarantees: a program reaches nothing but a child that is locked in already; a child runs one
//! program; whatever becomes of it, it is gone when its result is told.

pub mod client;
pub mod descriptors;
pub mod jailer;
pub mod launcher;
pub mod messages;
pub mod outcome;
pub mod packets;
pub mod syscalls;
