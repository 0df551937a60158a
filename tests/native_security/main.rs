//! Attacks on the native tier, one file per mechanism.
//!
//! Each is a Python program that makes its system calls past Python and the C library, in a jail made by
//! the real jailer, launcher and zygote. See [`attack`] for what is shown of each.

#[path = "../common/mod.rs"]
mod common;

mod attack;
mod jail;
mod layers;
mod outside;

mod deceiving_the_jailer;
mod descriptors;
mod exhaustion;
mod files;
mod filter_evasion;
mod host_information;
mod kernel_interfaces;
mod machine_code;
mod modes;
mod namespaces;
mod network;
mod other_processes;
mod privileges;
mod processes;
mod python_level;
mod siblings;
mod signals;
mod survivors;
mod with_network;
