//! The lists below `conf/seccomp`: which system calls there are rules for, each with its reason.

use std::sync::LazyLock;

use serde::Deserialize;

use super::constants;

/// The lists as they are compiled in.
pub static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let expectation = "the lists are checked by this module's tests";
    Lists {
        program: serde_json::from_str(PROGRAM).expect(expectation),
        attacks: serde_json::from_str(ATTACKS).expect(expectation),
        zygote: serde_json::from_str(ZYGOTE).expect(expectation),
        network: serde_json::from_str(NETWORK).expect(expectation),
    }
});

const PROGRAM: &str = include_str!("../../../conf/seccomp/program.json");
const ATTACKS: &str = include_str!("../../../conf/seccomp/attacks.json");
const ZYGOTE: &str = include_str!("../../../conf/seccomp/zygote.json");
const NETWORK: &str = include_str!("../../../conf/seccomp/network.json");

#[derive(Debug)]
pub struct Lists {
    pub program: ProgramList,
    pub attacks: AttackList,
    pub zygote: ZygoteList,
    pub network: NetworkList,
}

/// What a program may do.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramList {
    #[serde(rename = "about")]
    _about: String,
    pub allow: Vec<Rule>,
    /// What succeeds and does nothing.
    pub without_effect: Vec<Rule>,
    /// Of what is allowed: the same for a program that shares a user with others and sees the host's
    /// files.
    pub without_effect_on_shared_files: Vec<Rule>,
    /// Not there, as far as the program can tell.
    pub absent: Vec<Rule>,
    /// What no configuration can add: it would make others of these rules worth nothing.
    pub never_added: Vec<Rule>,
}

/// What ends a program.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttackList {
    #[serde(rename = "about")]
    _about: String,
    pub attacks: Vec<Rule>,
    pub zygote_needs: Rule,
}

/// What a zygote is refused besides.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZygoteList {
    #[serde(rename = "about")]
    _about: String,
    pub refused: Vec<Rule>,
}

/// What changes for a program that has the network.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkList {
    #[serde(rename = "about")]
    _about: String,
    /// What the jailer lets it do, when it is asked.
    pub granted: Vec<Rule>,
    /// Besides, where the jailer can connect for its C code.
    pub granted_for_c: Vec<Rule>,
    /// Of what other programs may do.
    pub refused: Vec<Rule>,
}

/// System calls with a common reason, and what has to be true of their arguments.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub calls: Vec<String>,
    #[serde(default)]
    pub when: Vec<When>,
    pub reason: String,
}

/// A condition: argument `argument`, of which only the bits of `mask` are looked at, is `is`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    pub argument: u32,
    #[serde(default = "int", deserialize_with = "constants::deserialize")]
    pub mask: u64,
    #[serde(deserialize_with = "constants::deserialize")]
    pub is: u64,
}

impl When {
    pub fn holds(&self, arguments: &[u64; 6]) -> bool {
        let argument = arguments.get(self.argument as usize);
        argument.is_some_and(|argument| argument & self.mask == self.is)
    }
}

/// Most arguments are an `int`: the kernel ignores the upper half of the register.
fn int() -> u64 {
    0xffff_ffff
}

impl Lists {
    /// Whether only an attack makes the call of this name.
    pub fn is_attack(&self, name: &str) -> bool {
        named_in(&self.attacks.attacks, name)
    }

    /// Why no configuration can allow the call of this name, if so.
    pub fn why_never(&self, name: &str) -> Option<&str> {
        let mut rules = self.program.never_added.iter();
        let rule = rules.find(|rule| rule.calls.iter().any(|call| call == name));
        rule.map(|rule| &*rule.reason)
    }
}

/// Whether one of the rules is about the call of this name.
pub fn named_in(rules: &[Rule], name: &str) -> bool {
    rules
        .iter()
        .any(|rule| rule.calls.iter().any(|call| call == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = &'static Rule> {
        let lists = &*LISTS;
        let program = lists.program.allow.iter().chain(&lists.program.absent);
        let program = program.chain(&lists.program.never_added);
        program
            .chain(&lists.attacks.attacks)
            .chain(&lists.zygote.refused)
            .chain(&lists.network.granted)
            .chain(&lists.network.granted_for_c)
            .chain(&lists.network.refused)
    }

    #[test]
    fn every_call_has_a_reason() {
        for rule in all() {
            assert!(rule.reason.len() > 5, "{rule:?}");
            assert!(!rule.calls.is_empty(), "{rule:?}");
        }
    }

    #[test]
    fn no_call_is_on_two_lists_or_allowed_both_outright_and_under_a_condition() {
        let lists = &*LISTS;
        for rule in &lists.program.allow {
            for name in &rule.calls {
                // The jailer would not be asked for it.
                assert!(!named_in(&lists.network.granted, name), "{name}");
                assert!(!named_in(&lists.program.absent, name), "{name}");
                assert!(!named_in(&lists.program.never_added, name), "{name}");
                let idle = lists.program.without_effect.iter();
                let mut idle = idle.filter(|other| other.calls.contains(name));
                let apart = |other: &Rule| !other.when.is_empty() && !rule.when.is_empty();
                assert!(idle.all(apart), "{name}");
                assert!(!lists.is_attack(name), "{name}");
                // What the zygote is refused its children are as well, whatever their list says.
                assert!(!named_in(&lists.zygote.refused, name), "{name}");
                let rules = lists.program.allow.iter();
                let mut same = rules.filter(|other| other.calls.contains(name));
                let outright = rule.when.is_empty();
                assert!(!outright || same.by_ref().count() == 1, "{name}");
            }
        }
    }
}
