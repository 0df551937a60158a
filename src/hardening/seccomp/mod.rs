//! System calls that a process may still make: lists by name, each with its reason, made into a
//! BPF program by libseccomp and loaded for all threads.
//!
//! Three answers: what is listed is allowed, what only an attack needs kills the process (and the
//! kernel's audit log names it), everything else fails with EPERM. Calls that a library tries and
//! does without get ENOSYS. For an installer it is the other way round: foreign programs may do
//! anything but what is listed.

mod attacks;
mod egress;
mod installer;
mod server;
mod supervisor;

use libseccomp::error::SeccompError;
use libseccomp::{ScmpAction, ScmpArgCompare, ScmpCompareOp, ScmpFilterContext, ScmpSyscall};

use super::Status;

/// A condition on an argument of a system call.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// Argument `.0`, masked with `.1`, is `.2`.
    Masked(u32, u64, u64),
    Equal(u32, u64),
    Not(u32, u64),
    Above(u32, u64),
    /// Argument `.0` is the id of the process that loads the filter.
    Own(u32),
}

impl When {
    fn compare(self) -> ScmpArgCompare {
        match self {
            Self::Masked(argument, mask, value) => {
                ScmpArgCompare::new(argument, ScmpCompareOp::MaskedEqual(mask), value)
            }
            Self::Equal(argument, value) => {
                ScmpArgCompare::new(argument, ScmpCompareOp::Equal, value)
            }
            Self::Not(argument, value) => {
                ScmpArgCompare::new(argument, ScmpCompareOp::NotEqual, value)
            }
            Self::Above(argument, value) => {
                ScmpArgCompare::new(argument, ScmpCompareOp::Greater, value)
            }
            Self::Own(argument) => ScmpArgCompare::new(
                argument,
                ScmpCompareOp::MaskedEqual(0xffff_ffff),
                u64::from(std::process::id()),
            ),
        }
    }
}

/// System calls with a common reason, allowed when all conditions hold.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub calls: &'static [&'static str],
    pub when: &'static [When],
    pub reason: &'static str,
}

/// What one process may do.
#[derive(Clone, Debug)]
pub struct Filter {
    others: Others,
    allowed: Vec<&'static [Rule]>,
    /// Killed for these, under their conditions.
    attacks: &'static [Rule],
    /// Not there, as far as the caller can tell.
    absent: &'static [Rule],
    /// Fail with EPERM.
    refused: &'static [Rule],
}

/// What a process, or one that it starts, does with the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    None,
    /// It makes the connections of programs.
    OfPrograms,
}

/// What becomes of a call that is in no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    Refused,
    Allowed,
}

impl Filter {
    /// The server's once its code is loaded.
    pub fn server() -> Self {
        Self {
            others: Others::Refused,
            allowed: vec![server::ALLOWED],
            attacks: attacks::SERVER,
            absent: attacks::ABSENT,
            refused: &[],
        }
    }

    /// The supervisor's in strict mode: it forks servers, which load code and lock themselves in, and
    /// where programs have a network the process that makes their connections.
    pub fn strict_supervisor(network: Network) -> Self {
        Self {
            others: Others::Refused,
            allowed: match network {
                Network::None => vec![supervisor::ALLOWED],
                Network::OfPrograms => vec![supervisor::ALLOWED, supervisor::NETWORK],
            },
            attacks: attacks::ALL,
            absent: attacks::ABSENT,
            refused: &[],
        }
    }

    /// That of the process which makes the connections of programs.
    pub fn egress() -> Self {
        Self {
            others: Others::Refused,
            allowed: vec![egress::ALLOWED],
            attacks: attacks::EGRESS,
            absent: attacks::ABSENT,
            refused: &[],
        }
    }

    /// An installer's, and that of the compilers and scripts that it starts.
    pub fn installer() -> Self {
        Self {
            others: Others::Allowed,
            allowed: Vec::new(),
            attacks: installer::ATTACKS,
            absent: installer::ABSENT,
            refused: installer::REFUSED,
        }
    }

    /// Loads the filter into all threads of this process, for good.
    pub fn load(&self) -> Status {
        let count = |lists: &[&[Rule]]| {
            let rules = lists.iter().copied().flatten();
            rules.map(|rule| rule.calls.len()).sum::<usize>()
        };
        Status::of(self.try_load().map(|()| match self.others {
            Others::Refused => format!("{} system calls", count(&self.allowed)),
            Others::Allowed => {
                let lists = [self.attacks, self.absent, self.refused];
                format!("all but {} system calls", count(&lists))
            }
        }))
    }

    fn try_load(&self) -> Result<(), SeccompError> {
        let mut context = ScmpFilterContext::new(match self.others {
            Others::Refused => ScmpAction::Errno(libc::EPERM),
            Others::Allowed => ScmpAction::Allow,
        })?;
        context
            // Calls of another word size or register convention mean something else.
            .set_act_badarch(ScmpAction::KillProcess)?
            .set_ctl_nnp(true)?
            .set_ctl_tsync(true)?;
        // A binary search instead of a chain: the hot path's calls with arguments to be looked at
        // come to the end of the chain otherwise. Old libraries have only the chain.
        let _ = context.set_ctl_optimize(2);
        add(&mut context, ScmpAction::KillProcess, self.attacks)?;
        add(&mut context, ScmpAction::Errno(libc::ENOSYS), self.absent)?;
        add(&mut context, ScmpAction::Errno(libc::EPERM), self.refused)?;
        for list in &self.allowed {
            add(&mut context, ScmpAction::Allow, list)?;
        }
        context.load()
    }
}

fn add(
    context: &mut ScmpFilterContext,
    action: ScmpAction,
    rules: &[Rule],
) -> Result<(), SeccompError> {
    for rule in rules {
        let conditions: Vec<_> = rule.when.iter().map(|when| when.compare()).collect();
        for name in rule.calls {
            // Not every architecture has every call, and an old libseccomp does not know the
            // newest: what has no number cannot be allowed, and is refused as everything else.
            let Ok(call) = ScmpSyscall::from_name(name) else {
                continue;
            };
            if i32::from(call) < 0 {
                continue;
            }
            if conditions.is_empty() {
                context.add_rule(action, call)?;
            } else {
                context.add_rule_conditional(action, call, &conditions)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> [Filter; 4] {
        [
            Filter::server(),
            Filter::egress(),
            Filter::strict_supervisor(Network::None),
            Filter::strict_supervisor(Network::OfPrograms),
        ]
    }

    #[test]
    fn every_call_has_a_reason_and_stands_once_in_a_list() {
        for filter in all() {
            let mut unconditional = Vec::new();
            for rule in filter
                .allowed
                .iter()
                .copied()
                .flatten()
                .chain(filter.absent)
            {
                assert!(rule.reason.len() > 5, "{rule:?}");
                if rule.when.is_empty() {
                    unconditional.extend(rule.calls);
                }
            }
            for call in &unconditional {
                let times = unconditional.iter().filter(|other| *other == call).count();
                assert_eq!(times, 1, "{call}");
            }
            let outright = filter.attacks.iter().filter(|rule| rule.when.is_empty());
            for call in outright.flat_map(|rule| rule.calls) {
                assert!(!unconditional.contains(&call), "{call} is allowed as well");
            }
        }
    }

    #[test]
    fn what_is_refused_to_installers_has_reasons_and_names_of_the_kernels() {
        let Filter {
            attacks,
            absent,
            refused,
            ..
        } = Filter::installer();
        for rule in [attacks, absent, refused].into_iter().flatten() {
            assert!(rule.reason.len() > 5, "{rule:?}");
            for name in rule.calls {
                assert!(ScmpSyscall::from_name(name).is_ok(), "{name}");
            }
        }
    }

    #[test]
    fn names_are_the_kernels() {
        for filter in all() {
            for rule in filter.allowed.into_iter().flatten() {
                for name in rule.calls {
                    assert!(ScmpSyscall::from_name(name).is_ok(), "{name}");
                }
            }
        }
    }
}
