//! The system calls of the native tier: lists by name with reasons (`conf/seccomp`), made into BPF
//! programs, and the names of calls for whoever answers for the kernel.
//!
//! Guarantees: a call without a reason is on no list; what a configuration adds never loosens a
//! rule that is there, and never gives a program what only an attack needs.

mod constants;
mod filter;
mod list;

#[cfg(test)]
mod decisions;

use libseccomp::{ScmpArch, ScmpSyscall};

pub use constants::OWN_PID;
pub use filter::{Files, FilterError, OffList, of_network, of_program, of_zygote};

/// What a configuration allows beyond the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    pub names: Vec<String>,
    /// What was asked for and is not given, with the reason.
    pub ignored: Vec<String>,
}

impl Extra {
    /// From `allowed_syscalls`, names or this machine's numbers. Lists made for dify-sandbox name
    /// whole ranges: what has rules already keeps them, and attacks stay attacks.
    pub fn of(configured: &[String]) -> Self {
        let mut extra = Self::default();
        for word in configured {
            let word = word.trim();
            let Some(name) = lookup(word) else {
                extra.ignored.push(format!("{word}: no such system call"));
                continue;
            };
            if is_attack_name(&name) {
                extra.ignored.push(format!("{name}: only attacks need it"));
            } else if let Some(why) = list::LISTS.why_never(&name) {
                extra.ignored.push(format!("{name}: {why}"));
            } else if !filter::has_rule(&name) && !extra.names.contains(&name) {
                extra.names.push(name);
            }
        }
        extra
    }
}

/// The name that a configuration's word stands for, on this machine.
fn lookup(word: &str) -> Option<String> {
    match word.parse::<i32>() {
        Ok(number) => known_name(number),
        Err(_) => ScmpSyscall::from_name(word)
            .ok()
            .filter(|call| i32::from(*call) >= 0)
            .map(|_| word.to_owned()),
    }
}

fn known_name(number: i32) -> Option<String> {
    ScmpSyscall::from(number)
        .get_name_by_arch(ScmpArch::native())
        .ok()
}

/// What the call with this number is called on this machine.
pub fn name(number: i32) -> String {
    known_name(number).unwrap_or_else(|| number.to_string())
}

/// Whether a program with the network may make this call although its filter asks; `for_c`: also what
/// C code needs that connects by itself.
pub fn is_granted_with_network(number: i32, arguments: &[u64; 6], for_c: bool) -> bool {
    let name = name(number);
    let list = &list::LISTS.network;
    let more = list.granted_for_c.iter().filter(|_| for_c);
    let mut rules = list.granted.iter().chain(more);
    rules.any(|rule| {
        rule.calls.contains(&name) && rule.when.iter().all(|when| when.holds(arguments))
    })
}

/// Whether only an attack makes the call with this number.
pub fn is_attack(number: i32) -> bool {
    is_attack_name(&name(number))
}

fn is_attack_name(name: &str) -> bool {
    list::LISTS.is_attack(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_configuration_adds_by_name_and_by_number_what_has_no_rule() {
        let number = i32::from(ScmpSyscall::from_name("inotify_init1").unwrap());
        let extra = Extra::of(&words(&[&number.to_string(), "mlock", "mlock"]));
        assert_eq!(extra.names, ["inotify_init1", "mlock"]);
        assert!(extra.ignored.is_empty());
    }

    #[test]
    fn a_configuration_loosens_no_rule_and_allows_no_attack() {
        let extra = Extra::of(&words(&[
            "mmap",
            "clone",
            "ptrace",
            "vfork",
            "frobnicate",
            "99999",
        ]));
        assert_eq!(extra.names, [""; 0]);
        assert_eq!(
            extra.ignored,
            [
                "ptrace: only attacks need it",
                "vfork: it would go around the conditions of clone, which makes threads only",
                "frobnicate: no such system call",
                "99999: no such system call"
            ]
        );
    }

    #[test]
    fn calls_have_names() {
        let number = i32::from(ScmpSyscall::from_name("ptrace").unwrap());
        assert_eq!(name(number), "ptrace");
        assert!(is_attack(number));
        assert_eq!(name(99_999), "99999");
        assert!(!is_attack(i32::from(
            ScmpSyscall::from_name("read").unwrap()
        )));
    }
}
