//! From a [`ZygoteSpec`] to a Python that serves: makes the jail's surroundings, then becomes the
//! interpreter. One file per mechanism of the kernel.
//!
//! ```text
//! jailer ─spawn► belljar zygote ─clone► first process of the jail's namespaces ─exec► python (zygote)
//!                └ waits for it         └ new root, ids, capabilities
//! ```
//!
//! In namespaces (as root, or where ordinary users may make user namespaces), and where the kernel or
//! a container's profile has none, *plain*: an unprivileged user, Landlock and seccomp. Guarantees:
//! the interpreter starts with no environment but [`interpreter::ENVIRONMENT`], no descriptors but
//! the door and its configuration, and capabilities only to give children ids and mounts of their
//! own. What could not be done is in the layers that the zygote reports.

mod bundle;
mod capabilities;
mod interpreter;
mod namespaces;
mod new_root;
mod plain;

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};

use nix::sys::socket::{self, AddressFamily, MsgFlags, SockFlag, SockType};
use nix::unistd::geteuid;

use super::messages::{FromZygote, MAX_MESSAGE, ZygoteSpec};
use super::syscalls::FilterError;

/// Where a launcher and the zygote that it becomes have the socket to the jailer.
const DOOR: RawFd = 3;
/// The hidden subcommand.
pub const SUBCOMMAND: &str = "zygote";

/// Why there is no zygote.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    #[error("descriptor {DOOR} is not the jailer's socket: {0}")]
    Door(io::Error),
    #[error("what the jailer sent is no order for a zygote: {0}")]
    Spec(#[from] serde_json::Error),
    #[error("`{0}` is not to be used: {1}")]
    Interpreter(String, String),
    #[error(transparent)]
    Filter(#[from] FilterError),
    #[error("{0}: {1}")]
    Kernel(String, io::Error),
}

impl LaunchError {
    /// Of a call of the kernel, with what it was for.
    fn kernel(what: impl Into<String>) -> impl FnOnce(nix::Error) -> Self {
        |error| Self::Kernel(what.into(), error.into())
    }

    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        |error| Self::Kernel(what.into(), error)
    }
}

/// Layers by name: `on: …` or `off: …` with the reason.
type Layers = BTreeMap<String, String>;

/// What starts a launcher, and this side's end of its door, on which the spec is already. The
/// launcher ends with whoever starts it, and its zygote with it. `executable` is this program.
///
/// # Errors
/// When the system has no more descriptors, or the spec is longer than a message may be.
pub fn command(executable: &Path, spec: &ZygoteSpec) -> io::Result<(Command, OwnedFd)> {
    let (ours, theirs) = socket::socketpair(
        AddressFamily::Unix,
        SockType::SeqPacket,
        None,
        SockFlag::SOCK_CLOEXEC,
    )?;
    let order = serde_json::to_vec(spec)?;
    if order.len() > MAX_MESSAGE {
        return Err(io::Error::other("the order for a zygote is too long"));
    }
    socket::send(ours.as_raw_fd(), &order, MsgFlags::MSG_NOSIGNAL)?;
    let mut command = Command::new(executable);
    command
        .arg(SUBCOMMAND)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // SAFETY: between fork and exec only prctl, dup2 and fcntl are called, which are
    // async-signal-safe.
    unsafe {
        command.pre_exec(move || {
            let killed = libc::SIGKILL as libc::c_ulong;
            if libc::prctl(libc::PR_SET_PDEATHSIG, killed) != 0 {
                return Err(io::Error::last_os_error());
            }
            let fd = theirs.as_raw_fd();
            let result = if fd == DOOR {
                libc::fcntl(fd, libc::F_SETFD, 0)
            } else {
                libc::dup2(fd, DOOR)
            };
            if result < 0 {
                return Err(io::Error::last_os_error());
            }
            Ok(())
        });
    }
    Ok((command, ours))
}

/// Starts a launcher: see [`command`].
///
/// # Errors
/// As [`command`], or when no process can be made.
pub fn spawn(executable: &Path, spec: &ZygoteSpec) -> io::Result<(Child, OwnedFd)> {
    let (mut command, door) = command(executable, spec)?;
    Ok((command.spawn()?, door))
}

/// What `belljar zygote` does.
pub fn run() -> ExitCode {
    match launch() {
        Ok(code) => code,
        Err(error) => {
            let failed = FromZygote::Failed {
                reason: error.to_string(),
            };
            let text = serde_json::to_vec(&failed).expect("text and a name are JSON");
            let text = &text[..text.len().min(MAX_MESSAGE)];
            if socket::send(DOOR, text, MsgFlags::MSG_NOSIGNAL).is_err() {
                eprintln!("belljar: error: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Returns when the zygote has ended, or when there is none.
fn launch() -> Result<ExitCode, LaunchError> {
    let mut spec = receive()?;
    let interpreter = interpreter::ask(&spec.python)?;
    let mut layers = Layers::new();
    // As who started this: the jail has neither the rights nor the path.
    if let Some(file) = spec.ca_file.take() {
        match std::fs::read_to_string(&file) {
            Ok(text) => spec.authorities = Some(text),
            Err(error) => {
                let why = format!("off: `{}`: {error}", file.display());
                layers.insert("ca-file".to_owned(), why);
            }
        }
    }
    if !spec.without.iter().any(|name| name == "namespaces") {
        let inside = namespaces::Launch {
            spec: &spec,
            interpreter: &interpreter,
            is_root: geteuid().is_root(),
            layers: &layers,
        };
        match inside.start() {
            Ok(zygote) => {
                close_all();
                return Ok(namespaces::wait_for(zygote));
            }
            Err(error) => layers.insert("namespaces".to_owned(), format!("off: {error}")),
        };
    } else {
        layers.insert("namespaces".to_owned(), "off: left out".to_owned());
    }
    match plain::become_zygote(&spec, &interpreter, layers)? {}
}

fn receive() -> Result<ZygoteSpec, LaunchError> {
    let kind = socket::getsockopt(
        // SAFETY: whoever starts a launcher gives it this descriptor; if not, the call fails. It is
        // not closed, because the borrow does not own it.
        &unsafe { std::os::fd::BorrowedFd::borrow_raw(DOOR) },
        socket::sockopt::SockType,
    );
    if kind.map_err(|error| LaunchError::Door(error.into()))? != SockType::SeqPacket {
        let error = io::Error::from(io::ErrorKind::InvalidInput);
        return Err(LaunchError::Door(error));
    }
    // Whoever else's descriptors are open here stay out of the jail.
    close_from(DOOR + 1);
    let mut buffer = vec![0; MAX_MESSAGE];
    let length = socket::recv(DOOR, &mut buffer, MsgFlags::empty())
        .map_err(|error| LaunchError::Door(error.into()))?;
    Ok(serde_json::from_slice(&buffer[..length])?)
}

/// Lets go of the door and everything else: this process only waits from here on.
fn close_all() {
    close_from(DOOR);
}

/// Closes every descriptor from `lowest` on.
fn close_from(lowest: RawFd) {
    // SAFETY: called where this process owns none of them: it has only numbers. On Linux before 5.9
    // there is no such call; then they are closed when the interpreter starts, but for the door.
    unsafe { libc::syscall(libc::SYS_close_range, lowest, libc::c_uint::MAX, 0) };
}

/// Puts `fd` at the number `at`, where it survives the start of the interpreter.
fn place(fd: OwnedFd, at: RawFd) -> Result<(), LaunchError> {
    use std::os::fd::IntoRawFd as _;

    let fd = fd.into_raw_fd();
    // SAFETY: whatever was at `at` is replaced; the callers have nothing there that they own.
    let result = unsafe {
        if fd == at {
            libc::fcntl(fd, libc::F_SETFD, 0)
        } else {
            libc::dup2(fd, at)
        }
    };
    if result < 0 {
        return Err(LaunchError::io("dup2")(io::Error::last_os_error()));
    }
    if fd != at {
        // SAFETY: ours, and not used again.
        drop(unsafe { OwnedFd::from_raw_fd(fd) });
    }
    Ok(())
}
