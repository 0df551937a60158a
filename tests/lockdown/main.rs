//! The server's lockdown: seen from outside, tried from inside, and what the supervisor makes of
//! its ends.

#[path = "../common/mod.rs"]
mod common;

mod egress;
mod inside;
mod outside;
mod privileges;
mod strict;
mod supervision;
