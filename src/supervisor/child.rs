//! One child as the supervisor sees it: forked from itself, heard over a socket pair.

use std::ffi::CStr;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::WaitStatus;
use nix::unistd::{ForkResult, Pid, fork, getpid};

use crate::hardening::{Status, die_with, require_single_thread};

use super::protocol::{Decoder, FromChild, Message as _, ProtocolError, ToChild};

/// What a child may take to end once it has closed its end of the channel.
const LINGER: Duration = Duration::from_secs(2);

/// What a child is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Serves the API, locked in.
    Server,
    /// Keeps the packages of programs up to date, and starts what that takes.
    Keeper,
    /// Starts and watches the processes of the native tier.
    Jailer,
    /// Makes the connections of programs.
    Egress,
}

impl Role {
    fn process_name(self) -> &'static CStr {
        match self {
            Self::Server => c"belljar-server",
            Self::Keeper => c"belljar-keeper",
            Self::Jailer => c"belljar-jailer",
            Self::Egress => c"belljar-egress",
        }
    }

    /// In the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Keeper => "keeper of packages",
            Self::Jailer => "jailer",
            Self::Egress => "egress process",
        }
    }

    /// Whether it does something for servers that they need to their end.
    pub(super) fn is_helper(self) -> bool {
        matches!(self, Self::Jailer | Self::Egress)
    }

    /// Whether a child of this role may say so.
    fn may_say(self, message: &FromChild) -> bool {
        match message {
            FromChild::Ready | FromChild::Refresh(_) => self == Self::Server,
            FromChild::Replace(_) | FromChild::Making(_) | FromChild::Settled(_) => {
                self == Self::Keeper
            }
        }
    }
}

/// How far a child is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// A server loads its code.
    Starting,
    /// It does what it is for, since then.
    Working(Instant),
    /// It was told to end.
    Leaving,
}

/// A child process.
#[derive(Debug)]
pub struct Child {
    pub role: Role,
    pub pid: Pid,
    pub stage: Stage,
    started: Instant,
    /// When it closed its end of the channel, as it does when it ends.
    silent_since: Option<Instant>,
    /// When it has to be gone, once it was told to go.
    leaves_by: Option<Instant>,
    channel: UnixStream,
    decoder: Decoder,
}

/// What a child said that cannot be believed.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    #[error("it said what no child says: {0}")]
    Protocol(#[from] ProtocolError),
    #[error("it said what is not for it to say")]
    OutOfRole,
    #[error("its channel broke: {0}")]
    Broken(#[from] io::Error),
}

impl Child {
    /// Forks. The child does its `work` with its end of the channel, and ends with the exit code that
    /// this gives.
    ///
    /// # Errors
    /// When there is no process or descriptor to be had, or when this process has other threads,
    /// which a fork would leave behind in the middle of what they do.
    pub fn start(role: Role, work: impl FnOnce(UnixStream) -> i32) -> io::Result<Self> {
        require_single_thread()?;
        let (ours, theirs) = UnixStream::pair()?;
        let parent = getpid();
        ours.set_nonblocking(true)?;
        // SAFETY: this is the only thread, so that no lock can be held by one that the child lacks.
        match unsafe { fork() }.map_err(io::Error::from)? {
            ForkResult::Parent { child } => Ok(Self {
                role,
                pid: child,
                stage: match role {
                    Role::Server => Stage::Starting,
                    Role::Keeper | Role::Jailer | Role::Egress => Stage::Working(Instant::now()),
                },
                started: Instant::now(),
                silent_since: None,
                leaves_by: None,
                channel: ours,
                decoder: Decoder::default(),
            }),
            ForkResult::Child => {
                drop(ours);
                // The channel tells as well, but only who listens at the moment. A server asks for
                // it again, because changing the user undoes it.
                if let Status::Off(why) = die_with(parent) {
                    tracing::warn!("may outlive its supervisor: {why}");
                }
                // What `ps` and `top` show of its main thread.
                let _ = nix::sys::prctl::set_name(role.process_name());
                // Not back into the supervisor's own code.
                std::process::exit(work(theirs))
            }
        }
    }

    /// Closes the channel in a process that was forked from the supervisor and never returns to it.
    pub fn forget_channel(&self) {
        // SAFETY: the descriptor is open, and nothing in this process uses it any more: it ends
        // without going back to the supervisor's code, which owns it.
        unsafe { libc::close(self.channel.as_raw_fd()) };
    }

    /// Whether anything may come from it. One that is about to end has nothing more to say.
    pub fn may_speak(&self) -> bool {
        self.silent_since.is_none() && self.stage != Stage::Leaving
    }

    /// What it said since the last time.
    ///
    /// # Errors
    /// When that is nothing such a child says.
    pub fn hear(&mut self) -> Result<Vec<FromChild>, ChannelError> {
        if !self.may_speak() {
            return Ok(Vec::new());
        }
        let mut buffer = [0; 4096];
        match self.channel.read(&mut buffer) {
            Ok(0) => {
                self.silent_since = Some(Instant::now());
            }
            Ok(count) => self.decoder.push(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        let mut messages = Vec::new();
        while let Some(message) = self.decoder.take()? {
            if !self.role.may_say(&message) {
                return Err(ChannelError::OutOfRole);
            }
            messages.push(message);
        }
        Ok(messages)
    }

    /// Tells it something. One that does not listen any more is about to end anyway.
    pub fn tell(&mut self, message: &ToChild) {
        let _ = self.channel.write_all(&message.to_frame());
    }

    /// Tells it to stop or to retire, for which it has so long.
    pub fn dismiss(&mut self, message: &ToChild, patience: Duration) {
        self.tell(message);
        self.stage = Stage::Leaving;
        self.leaves_by = Some(Instant::now() + patience);
    }

    /// Whether it should be gone and is not: it hangs, or does what it wants.
    pub fn overstays(&self) -> bool {
        self.leaves_by.is_some_and(|by| by <= Instant::now())
    }

    /// Whether it takes longer than `limit` to start.
    pub fn is_late(&self, limit: Duration) -> bool {
        self.stage == Stage::Starting && self.started.elapsed() > limit
    }

    /// Whether it closed its end a while ago and did not end: nothing can be told to it any more.
    pub fn lingers(&self) -> bool {
        self.stage != Stage::Leaving
            && self
                .silent_since
                .is_some_and(|since| since.elapsed() > LINGER)
    }

    /// Ends it at once; its death counts as one of its own.
    pub fn kill_as_failed(&mut self) {
        self.silent_since = Some(Instant::now());
        let _ = kill(self.pid, Signal::SIGKILL);
    }

    /// Ends it at once, as was to be expected.
    pub fn kill(&mut self) {
        self.stage = Stage::Leaving;
        self.leaves_by = None;
        let _ = kill(self.pid, Signal::SIGKILL);
    }
}

impl AsFd for Child {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.channel.as_fd()
    }
}

/// How a process ended, in words for the operator.
pub fn describe(status: WaitStatus) -> String {
    match status {
        WaitStatus::Exited(_, code) => format!("exited with code {code}"),
        WaitStatus::Signaled(_, Signal::SIGSYS, _) => {
            "was killed for a forbidden system call (the kernel's audit log names it): it may have \
             been attacked"
                .to_owned()
        }
        WaitStatus::Signaled(_, signal, _) => format!("was killed by {signal}"),
        other => format!("ended: {other:?}"),
    }
}
