//! Namespaces of its own for the zygote: user, mounts, processes, network, IPC, host name, cgroups.
//!
//! As root, a range of the host's ids, which nobody else has, is mapped: the zygote is the first of
//! them and root inside, children are the others. An ordinary user has only its own id to map.
//! Guarantees: all of the zygote's processes end with it, because it is the first process of its PID
//! namespace; and it ends with the launcher.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::ExitCode;

use caps::Capability;
use nix::sched::CloneFlags;
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{
    Gid, Pid, Uid, getegid, geteuid, pipe2, setgroups, sethostname, setresgid, setresuid,
};

use super::bundle::{self, Ids, Surroundings};
use super::interpreter::Interpreter;
use super::new_root::{self, NewRoot};
use super::{LaunchError, Layers, capabilities, place};
use crate::native::messages::ZygoteSpec;

/// What the zygote keeps in its user namespace: for mounts and namespaces of each child, and for
/// making it another user, which then drops its capabilities.
const KEPT: [Capability; 4] = [
    Capability::CAP_SYS_ADMIN,
    Capability::CAP_SETUID,
    Capability::CAP_SETGID,
    Capability::CAP_SETPCAP,
];

const KINDS: [(&str, CloneFlags); 7] = [
    ("user", CloneFlags::CLONE_NEWUSER),
    ("mount", CloneFlags::CLONE_NEWNS),
    ("pid", CloneFlags::CLONE_NEWPID),
    ("network", CloneFlags::CLONE_NEWNET),
    ("ipc", CloneFlags::CLONE_NEWIPC),
    ("uts", CloneFlags::CLONE_NEWUTS),
    ("cgroup", CloneFlags::CLONE_NEWCGROUP),
];

/// What an ordinary user's own id is inside. Not 0: to that one the files of processes that are not to
/// be looked into would belong.
const ORDINARY: u32 = 1000;

/// Where the zygote has its own PID namespace open.
const PID_NAMESPACE: i32 = 5;

pub struct Launch<'a> {
    pub spec: &'a ZygoteSpec,
    pub interpreter: &'a Interpreter,
    /// Whether this is root, and may map other ids than its own.
    pub is_root: bool,
    /// Known before.
    pub layers: &'a Layers,
}

impl Launch<'_> {
    /// Returns when the interpreter runs in its namespaces.
    ///
    /// # Errors
    /// When there are none to be had; then nothing is left of the attempt.
    pub fn start(&self) -> Result<Pid, LaunchError> {
        let new_pipe = || pipe2(nix::fcntl::OFlag::O_CLOEXEC).map_err(LaunchError::kernel("pipe2"));
        let (mapped_here, mapped) = new_pipe()?;
        let (trouble_here, trouble) = new_pipe()?;
        let Some(zygote) = fork_into(self.flags())? else {
            drop((mapped, trouble_here));
            let Err(error) = self.become_zygote(mapped_here);
            // Nobody is left to tell if this fails.
            let _ = fs::File::from(trouble).write_all(error.to_string().as_bytes());
            std::process::exit(1);
        };
        drop((mapped_here, trouble));
        let started = self.map_ids(zygote).and_then(|()| {
            let go = fs::File::from(mapped).write_all(b"!");
            go.map_err(LaunchError::io("telling the zygote"))?;
            // Closed by the kernel when the interpreter starts.
            let mut error = String::new();
            let read = fs::File::from(trouble_here).read_to_string(&mut error);
            read.map_err(LaunchError::io("hearing the zygote"))?;
            if error.is_empty() {
                return Ok(());
            }
            Err(LaunchError::Kernel(
                "namespaces".to_owned(),
                io::Error::other(error),
            ))
        });
        if let Err(error) = started {
            let _ = kill(zygote, Signal::SIGKILL);
            let _ = waitpid(zygote, None);
            return Err(error);
        }
        Ok(zygote)
    }

    fn has(&self, kind: &str) -> bool {
        let left_out = format!("{kind}-namespace");
        !self.spec.without.contains(&left_out)
    }

    fn kinds(&self) -> Vec<&'static str> {
        let kinds = KINDS.iter().map(|(name, _)| *name);
        kinds.filter(|name| self.has(name)).collect()
    }

    fn flags(&self) -> CloneFlags {
        let kinds = KINDS.iter().filter(|(name, _)| self.has(name));
        kinds.map(|(_, flag)| *flag).collect()
    }

    /// Only whoever is outside may map more than its own id.
    fn map_ids(&self, zygote: Pid) -> Result<(), LaunchError> {
        if !self.has("user") {
            return Ok(());
        }
        let write = |file: &str, text: String| {
            let path = format!("/proc/{zygote}/{file}");
            fs::write(&path, text).map_err(LaunchError::io(path))
        };
        if self.is_root {
            let ZygoteSpec { first_id, ids, .. } = self.spec;
            write("uid_map", format!("0 {first_id} {ids}"))?;
            write("gid_map", format!("0 {first_id} {ids}"))
        } else {
            write("uid_map", format!("{ORDINARY} {} 1", geteuid()))?;
            write("setgroups", "deny".to_owned())?;
            write("gid_map", format!("{ORDINARY} {} 1", getegid()))
        }
    }

    /// In the new namespaces, with the ids of outside until they are mapped.
    fn become_zygote(&self, mapped: OwnedFd) -> Result<std::convert::Infallible, LaunchError> {
        let mut go = [0];
        let read = fs::File::from(mapped).read_exact(&mut go);
        read.map_err(|_| {
            LaunchError::Kernel("mapping ids".to_owned(), io::ErrorKind::BrokenPipe.into())
        })?;
        // If memory runs out, programs go first.
        let _ = fs::write("/proc/self/oom_score_adj", "1000");

        // Opened as who started this: others may not look into the folders on the way.
        let new_root = self
            .has("mount")
            .then(|| NewRoot::open(self.spec, self.interpreter))
            .transpose()?;
        // The last memfd of these namespaces.
        let memory = bundle::memory()?;
        let mut layers = self.layers();
        layers.extend(self.layers.clone());
        self.forbid_more(&mut layers);
        self.take_ids()?;
        let site = if let Some(new_root) = new_root {
            new_root.enter(self.ids())?;
            PathBuf::from(new_root::SITE)
        } else {
            self.spec.site.clone()
        };
        let readable = if self.has("mount") {
            new_root::readable_inside()?
        } else {
            new_root::readable(self.spec, self.interpreter)
        };
        if self.has("uts") {
            sethostname("sandbox").map_err(LaunchError::kernel("sethostname"))?;
        }
        let pid_namespace = self.has("pid").then(|| {
            let own = fs::File::open("/proc/self/ns/pid")
                .map_err(LaunchError::io("/proc/self/ns/pid"))?;
            place(own.into(), PID_NAMESPACE).map(|()| PID_NAMESPACE)
        });
        bundle::hand_over(
            memory,
            self.spec,
            Surroundings {
                namespaces: self.kinds(),
                ids: self.ids(),
                ids_by_filter: false,
                site,
                readable,
                pid_namespace: pid_namespace.transpose()?,
                layers,
            },
        )?;
        capabilities::bound(&KEPT)?;
        if !self.is_root {
            capabilities::pass_on(&KEPT)?;
        }
        // The launcher's end is the zygote's. It cannot have ended yet: it waits for this process.
        prctl::set_pdeathsig(Signal::SIGKILL).map_err(LaunchError::kernel("PR_SET_PDEATHSIG"))?;
        bundle::become_interpreter(self.interpreter)
    }

    fn take_ids(&self) -> Result<(), LaunchError> {
        if !self.has("user") {
            return Ok(());
        }
        if self.is_root {
            setgroups(&[]).map_err(LaunchError::kernel("setgroups"))?;
        }
        let own = if self.is_root { 0 } else { ORDINARY };
        let (user, group) = (Uid::from_raw(own), Gid::from_raw(own));
        setresgid(group, group, group).map_err(LaunchError::kernel("setresgid"))?;
        setresuid(user, user, user).map_err(LaunchError::kernel("setresuid"))
    }

    /// Switches of the namespaces themselves: what is off here stays off for everything inside.
    fn forbid_more(&self, layers: &mut Layers) {
        for (name, file, value, needs) in [
            (
                "no-namespaces",
                "/proc/sys/user/max_user_namespaces",
                "0",
                "user",
            ),
            ("memfd-noexec", "/proc/sys/vm/memfd_noexec", "2", "pid"),
        ] {
            let left_out = self.spec.without.iter().any(|each| each == name) || !self.has(needs);
            let state = if left_out {
                "off: left out".to_owned()
            } else {
                match fs::write(file, value) {
                    Ok(()) => format!("on: {file} is {value}"),
                    Err(error) => format!("off: {file}: {error}"),
                }
            };
            layers.insert(name.to_owned(), state);
        }
    }

    /// What children may be, by the numbers inside.
    fn ids(&self) -> Option<Ids> {
        let ZygoteSpec { first_id, ids, .. } = *self.spec;
        let first = if self.has("user") { 0 } else { first_id };
        self.is_root.then(|| Ids {
            first: first + 1,
            count: ids.saturating_sub(1),
        })
    }

    fn layers(&self) -> Layers {
        let mut layers: Layers = KINDS
            .iter()
            .map(|(kind, _)| {
                let state = if self.has(kind) {
                    "on: its own"
                } else {
                    "off: left out"
                };
                (format!("{kind}-namespace"), state.to_owned())
            })
            .collect();
        if self.has("user") {
            let ZygoteSpec { first_id, ids, .. } = self.spec;
            let mapped = if self.is_root {
                format!("on: {ids} ids from {first_id}")
            } else {
                "on: its own id".to_owned()
            };
            layers.insert("user-namespace".to_owned(), mapped);
        }
        layers
    }
}

/// fork(2) into new namespaces: `None` in the child, which is the first process of its own.
fn fork_into(flags: CloneFlags) -> Result<Option<Pid>, LaunchError> {
    let flags = flags.bits() | libc::SIGCHLD;
    // SAFETY: without CLONE_VM and without a stack it is fork(2). This process has one thread, so
    // that the child has all there is; the arguments that are zero have different orders on
    // different architectures.
    let result = unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) };
    match result {
        0 => Ok(None),
        child if child > 0 => Ok(Some(Pid::from_raw(child as libc::pid_t))),
        _ => Err(LaunchError::io("clone")(io::Error::last_os_error())),
    }
}

/// Waits for the zygote's end and ends in the same way.
pub fn wait_for(zygote: Pid) -> ExitCode {
    loop {
        match waitpid(zygote, None) {
            Ok(WaitStatus::Exited(_, code)) => return ExitCode::from((code & 0xff) as u8),
            Ok(WaitStatus::Signaled(_, signal, _)) => return ExitCode::from(128 + signal as u8),
            Err(nix::Error::EINTR) | Ok(_) => {}
            Err(_) => return ExitCode::FAILURE,
        }
    }
}
