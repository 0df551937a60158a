//! Switches of the process itself: `no_new_privs`, dumpability, resource limits.

use std::io;

use nix::sys::prctl;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::Signal;
use nix::unistd::{Pid, getppid};

use super::Status;

/// Whatever is executed from here on gains nothing by it. See prctl(2), PR_SET_NO_NEW_PRIVS.
pub fn no_new_privileges() -> Status {
    let set = prctl::set_no_new_privs().and_then(|()| prctl::get_no_new_privs());
    match set {
        Ok(true) => Status::On("set".to_owned()),
        Ok(false) => Status::Off("the kernel did not keep it".to_owned()),
        Err(error) => Status::Off(error.to_string()),
    }
}

/// No core dump, no ptrace and no look into `/proc/PID/mem` by others of the same user.
pub fn not_dumpable() -> Status {
    let set = prctl::set_dumpable(false).and_then(|()| prctl::get_dumpable());
    match set {
        Ok(false) => Status::On("set".to_owned()),
        Ok(true) => Status::Off("the kernel did not keep it".to_owned()),
        Err(error) => Status::Off(error.to_string()),
    }
}

/// A fork takes along only the thread that forks, and whatever the others had locked.
///
/// # Errors
/// When this process has other threads.
pub fn require_single_thread() -> io::Result<()> {
    let threads = std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count);
    if threads == 1 {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "cannot fork among {threads} threads"
    )))
}

/// Closes what whoever started this process left open beside the standard streams: it would stay
/// open in a locked process. To be called before this process opens anything.
pub fn close_inherited() {
    // SAFETY: nothing in this process owns a descriptor yet. Linux before 5.9 has no such call;
    // then they stay.
    unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0) };
}

/// The kernel kills this process when `parent` ends. See prctl(2), PR_SET_PDEATHSIG.
pub fn die_with(parent: Pid) -> Status {
    match prctl::set_pdeathsig(Signal::SIGKILL) {
        Err(error) => Status::Off(error.to_string()),
        // It ended before the signal was asked for.
        Ok(()) if getppid() != parent => Status::Off("the supervisor is gone".to_owned()),
        Ok(()) => Status::On("set".to_owned()),
    }
}

/// As [`die_with`] for a parent whose number cannot be seen from a namespace of process ids. Whoever
/// has to talk to it notices if it ended before.
pub fn die_with_parent() -> Status {
    Status::of(prctl::set_pdeathsig(Signal::SIGKILL).map(|()| "set"))
}

/// No core dumps, and at most `open_files` descriptors.
pub fn limit(open_files: u64) -> Status {
    let limit = || -> nix::Result<String> {
        setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
        let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
        let most = open_files.min(hard);
        setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
        Ok(format!("no core dumps, {most} open files"))
    };
    Status::of(limit())
}
