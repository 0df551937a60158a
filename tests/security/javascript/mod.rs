//! Hostile JavaScript, one file per aim of the attacker.

mod bombs;
mod escapes;
mod recursion;
mod tampering;
