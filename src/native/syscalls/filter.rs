//! From lists to BPF programs, by libseccomp: bytes as seccomp(2) takes them, for a process that
//! loads them itself.

use std::fs::File;
use std::io::{self, Read as _};
use std::ops::Range;

use libseccomp::error::SeccompError;
use libseccomp::{
    ScmpAction, ScmpArch, ScmpArgCompare, ScmpCompareOp, ScmpFilterContext, ScmpSyscall,
};

use super::Extra;
use super::list::{LISTS, Rule, When, named_in};

#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    #[error("libseccomp: {0}")]
    Compile(#[from] SeccompError),
    #[error("cannot take the filter from libseccomp: {0}")]
    Export(#[from] io::Error),
}

/// What becomes of a call that is not on the list of what programs may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffList {
    /// It waits for whoever holds the filter's listener.
    Ask,
    /// It fails with EPERM, and an attack kills: for kernels, and containers, without listeners.
    Refuse,
}

/// Whose files a program could change by their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Files {
    /// Its own: it has a user, or a file system, of its own.
    Own,
    /// Those of the user that it shares with others.
    Shared,
}

/// The filter of a program. [`super::OWN_PID`] in it has to be replaced by the process that loads
/// it: it is in the `k` of instructions.
///
/// # Errors
/// When libseccomp, or the kernel, is too old.
pub fn of_program(
    arch: ScmpArch,
    off_list: OffList,
    files: Files,
    extra: &Extra,
) -> Result<Vec<u8>, FilterError> {
    let default = match off_list {
        OffList::Ask => ScmpAction::Notify,
        OffList::Refuse => ScmpAction::Errno(libc::EPERM),
    };
    let mut filter = Filter::new(arch, default)?;
    let list = &LISTS.program;
    if off_list == OffList::Refuse {
        filter.add(ScmpAction::KillProcess, &LISTS.attacks.attacks, &|_| true)?;
    }
    let absent = |name: &str| !extra.names.iter().any(|each| each == name);
    filter.add(ScmpAction::Errno(libc::ENOSYS), &list.absent, &absent)?;
    let shared = &list.without_effect_on_shared_files;
    let idle = |name: &str| files == Files::Shared && named_in(shared, name);
    filter.add(ScmpAction::Errno(0), &list.without_effect, &|_| true)?;
    filter.add(ScmpAction::Errno(0), shared, &idle)?;
    filter.add(ScmpAction::Allow, &list.allow, &|name| !idle(name))?;
    for name in &extra.names {
        filter.add_call(ScmpAction::Allow, name, &[])?;
    }
    filter.export()
}

/// The filter of a zygote, which its children inherit. What it refuses gets SECCOMP_RET_TRACE,
/// which without a tracer is ENOSYS: of all refusals the only one that gives way to
/// SECCOMP_RET_USER_NOTIF, so that in a child the jailer is asked and learns the call's name.
///
/// With `ids` it can change its user and group to one of these only.
///
/// # Errors
/// When libseccomp is too old.
pub fn of_zygote(
    arch: ScmpArch,
    extra: &Extra,
    ids: Option<Range<u32>>,
) -> Result<Vec<u8>, FilterError> {
    let mut filter = Filter::new(arch, ScmpAction::Allow)?;
    let refused = |name: &str| {
        let needed = &LISTS.attacks.zygote_needs.calls;
        !needed.iter().chain(&extra.names).any(|each| each == name)
    };
    filter.add(ScmpAction::Trace(0), &LISTS.attacks.attacks, &refused)?;
    filter.add(ScmpAction::Trace(0), &LISTS.zygote.refused, &refused)?;
    if let Some(ids) = ids {
        filter.confine_ids(&ids)?;
    }
    filter.export()
}

/// What is refused, in a filter of its own on top of [`of_program`], to a program with the network.
///
/// # Errors
/// When libseccomp is too old.
pub fn of_network(arch: ScmpArch) -> Result<Vec<u8>, FilterError> {
    let mut filter = Filter::new(arch, ScmpAction::Allow)?;
    let refuse = ScmpAction::Errno(libc::EPERM);
    filter.add(refuse, &LISTS.network.refused, &|_| true)?;
    // To nobody but the other end.
    let address = ScmpArgCompare::new(4, ScmpCompareOp::NotEqual, 0);
    filter.add_call(refuse, "sendto", &[address])?;
    filter.export()
}

struct Filter {
    arch: ScmpArch,
    context: ScmpFilterContext,
}

impl Filter {
    fn new(arch: ScmpArch, default: ScmpAction) -> Result<Self, SeccompError> {
        let mut context = ScmpFilterContext::new(default)?;
        if arch != ScmpArch::native() {
            context.remove_arch(ScmpArch::Native)?;
            context.add_arch(arch)?;
        }
        // Calls of another word size or register convention mean something else.
        context.set_act_badarch(ScmpAction::KillProcess)?;
        // A binary search instead of a chain. Old libraries have only the chain.
        let _ = context.set_ctl_optimize(2);
        Ok(Self { arch, context })
    }

    fn add(
        &mut self,
        action: ScmpAction,
        rules: &[Rule],
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<(), SeccompError> {
        for rule in rules {
            let conditions: Vec<_> = rule.when.iter().map(compare).collect();
            for name in rule.calls.iter().filter(|name| wanted(name)) {
                self.add_call(action, name, &conditions)?;
            }
        }
        Ok(())
    }

    fn add_call(
        &mut self,
        action: ScmpAction,
        name: &str,
        conditions: &[ScmpArgCompare],
    ) -> Result<(), SeccompError> {
        // Not every architecture has every call, and an old libseccomp does not know the newest:
        // what has no number is off the list.
        let number = ScmpSyscall::from_name_by_arch(name, self.arch);
        let Some(number) = number.ok().filter(|number| i32::from(*number) >= 0) else {
            return Ok(());
        };
        // Rules are given in the numbers of this machine and translated by libseccomp.
        let call = if self.arch == ScmpArch::native() {
            number
        } else {
            ScmpSyscall::from_name(name)?
        };
        if conditions.is_empty() {
            self.context.add_rule(action, call)
        } else {
            self.context.add_rule_conditional(action, call, conditions)
        }
        .map(drop)
    }

    /// An id of 64 bits that is within the range is one of 32 bits, which is what the kernel reads.
    fn confine_ids(&mut self, ids: &Range<u32>) -> Result<(), SeccompError> {
        let (first, end) = (u64::from(ids.start), u64::from(ids.end));
        for call in ["setresuid", "setresgid"] {
            for argument in 0..3 {
                for outside in [
                    ScmpArgCompare::new(argument, ScmpCompareOp::Less, first),
                    ScmpArgCompare::new(argument, ScmpCompareOp::GreaterEqual, end),
                ] {
                    self.add_call(ScmpAction::Trace(0), call, &[outside])?;
                }
            }
        }
        let some = ScmpArgCompare::new(0, ScmpCompareOp::NotEqual, 0);
        self.add_call(ScmpAction::Trace(0), "setgroups", &[some])
    }

    fn export(&self) -> Result<Vec<u8>, FilterError> {
        // A few kilobytes: a pipe holds them.
        let (from, to) = nix::unistd::pipe().map_err(io::Error::from)?;
        self.context.export_bpf(&to)?;
        drop(to);
        let mut bytes = Vec::new();
        File::from(from).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

fn compare(when: &When) -> ScmpArgCompare {
    let masked = ScmpCompareOp::MaskedEqual(when.mask);
    ScmpArgCompare::new(when.argument, masked, when.is)
}

/// Whether a rule could give the call of this name to programs.
pub fn has_rule(name: &str) -> bool {
    let program = &LISTS.program;
    let lists = [&program.allow, &program.without_effect];
    lists.iter().any(|list| named_in(list, name)) || LISTS.is_attack(name)
}
