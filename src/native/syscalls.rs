//! Names of system calls. (The lists come with the branch `zygote`.)

use libseccomp::{ScmpArch, ScmpSyscall};

pub fn name(call: ScmpSyscall, arch: ScmpArch) -> String {
    let name = call.get_name_by_arch(arch);
    name.unwrap_or_else(|_| format!("number {}", i32::from(call)))
}

pub fn is_attack(name: &str) -> bool {
    matches!(name, "ptrace" | "bpf" | "mount" | "keyctl")
}
