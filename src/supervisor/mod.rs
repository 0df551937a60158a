//! The process that `belljar serve` is: it holds the listening socket, starts servers with it and
//! replaces those that die. It accepts no connection and reads nothing that came from a caller.
//!
//! Guarantees: a caller that connects while no server is there waits in the kernel's queue; a
//! server that is to be replaced is told so only once its successor accepts; no server outlives
//! the supervisor.

mod back_off;
mod channel;
pub mod protocol;
mod server_process;

use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use tracing::{error, info, warn};

pub use channel::Channel;

use back_off::BackOff;
use protocol::{FromServer, ToServer};
use server_process::{ServerProcess, Stage, describe};

/// How long a server may take until it accepts connections.
const STARTUP: Duration = Duration::from_secs(60);

/// Why serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A signal asked for it, and everything in flight was answered.
    Stopped,
    /// A second signal asked for it to end at once.
    Cut(Signal),
    /// The first server could not start. It said why.
    CannotServe,
}

/// Keeps a server running until a signal ends it. `serve` is what a server process does, with its
/// end of the channel; its exit code is the process's.
///
/// # Errors
/// When this process cannot fork, or cannot take signals.
pub fn run(serve: impl Fn(UnixStream) -> i32) -> io::Result<Ended> {
    Supervisor::new(serve)?.run()
}

struct Supervisor<S> {
    serve: S,
    signals: SignalFd,
    /// Signals as they were, for servers.
    mask: SigSet,
    servers: Vec<ServerProcess>,
    back_off: BackOff,
    /// When the next server is due.
    start_at: Option<Instant>,
    /// One has accepted connections.
    served: bool,
    stopping: bool,
}

impl<S: Fn(UnixStream) -> i32> Supervisor<S> {
    fn new(serve: S) -> io::Result<Self> {
        let mut taken = SigSet::empty();
        for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP, Signal::SIGCHLD] {
            taken.add(signal);
        }
        let mut mask = SigSet::empty();
        sigprocmask(SigmaskHow::SIG_BLOCK, Some(&taken), Some(&mut mask))?;
        Ok(Self {
            serve,
            signals: SignalFd::with_flags(&taken, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?,
            mask,
            servers: Vec::new(),
            back_off: BackOff::default(),
            start_at: Some(Instant::now()),
            served: false,
            stopping: false,
        })
    }

    fn run(mut self) -> io::Result<Ended> {
        loop {
            if self.start_at.is_some_and(|at| at <= Instant::now()) {
                self.start_at = None;
                self.start()?;
            }
            self.wait()?;
            self.hear();
            while let Some(signal) = self.signals.read_signal()? {
                let signal = i32::try_from(signal.ssi_signo).ok();
                let signal = signal.and_then(|number| Signal::try_from(number).ok());
                match signal {
                    Some(Signal::SIGHUP) => self.replace("SIGHUP"),
                    Some(signal @ (Signal::SIGTERM | Signal::SIGINT)) if self.stopping => {
                        warn!("{signal} again: stopping at once");
                        self.servers.iter_mut().for_each(ServerProcess::kill);
                        return Ok(Ended::Cut(signal));
                    }
                    Some(signal @ (Signal::SIGTERM | Signal::SIGINT)) => self.stop(signal),
                    // SIGCHLD
                    _ => {}
                }
            }
            if let Some(ended) = self.bury()? {
                return Ok(ended);
            }
        }
    }

    fn start(&mut self) -> io::Result<()> {
        let serve = |channel| {
            // The server takes signals in its own way.
            let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&self.mask), None);
            (self.serve)(channel)
        };
        let started = ServerProcess::start(serve);
        match started {
            Ok(server) => self.servers.push(server),
            // Too many processes, or no memory: as bad as a server that dies at once.
            Err(error) if self.served => {
                error!("cannot start a server: {error}");
                self.start_again(None);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Until something happens, or a server is due.
    fn wait(&self) -> io::Result<()> {
        let timeout = self.start_at.map_or(PollTimeout::from(1000u16), |at| {
            let left = at.saturating_duration_since(Instant::now());
            PollTimeout::try_from(left + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX)
        });
        let mut places = vec![PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
        let talking = self.servers.iter().filter(|server| server.may_speak());
        places.extend(talking.map(|server| PollFd::new(server.as_fd(), PollFlags::POLLIN)));
        match poll(&mut places, timeout) {
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn hear(&mut self) {
        let mut ready = None;
        let mut replace = None;
        for server in &mut self.servers {
            match server.hear() {
                Ok(messages) => {
                    for message in messages {
                        match message {
                            FromServer::Ready => {
                                server.stage = Stage::Serving(Instant::now());
                                ready = Some(server.pid);
                            }
                            FromServer::Replace(why) => replace = Some(why),
                        }
                    }
                }
                Err(error) => {
                    error!(pid = server.pid.as_raw(), "killing a server: {error}");
                    server.kill();
                    self.start_at.get_or_insert_with(Instant::now);
                }
            }
            if server.is_late(STARTUP) {
                error!(pid = server.pid.as_raw(), "killing a server that does not start to serve");
                server.kill();
                self.start_at.get_or_insert_with(Instant::now);
            }
        }
        if let Some(ready) = ready {
            self.retire_all_but(ready);
        }
        if let Some(why) = replace {
            self.replace(&why);
        }
    }

    /// Its successor accepts: the others answer what they have and go.
    fn retire_all_but(&mut self, successor: Pid) {
        self.served = true;
        for server in &mut self.servers {
            if server.pid != successor && matches!(server.stage, Stage::Serving(_)) {
                server.tell(ToServer::Retire);
            }
        }
        if self.stopping {
            self.tell_all_to_stop();
        }
    }

    /// Starts a successor beside the server that serves, unless one is starting.
    fn replace(&mut self, why: &str) {
        let starting = |server: &ServerProcess| server.stage == Stage::Starting;
        if self.stopping || self.start_at.is_some() || self.servers.iter().any(starting) {
            return;
        }
        info!("starting a fresh server, which takes over from the one that serves: {why}");
        self.start_at = Some(Instant::now());
    }

    fn stop(&mut self, signal: Signal) {
        info!("{signal}: no new requests, finishing those in flight; a second signal stops at once");
        self.stopping = true;
        self.start_at = None;
        self.tell_all_to_stop();
    }

    fn tell_all_to_stop(&mut self) {
        for server in &mut self.servers {
            server.tell(ToServer::Stop);
        }
    }

    fn start_again(&mut self, since: Option<Instant>) {
        let wait = self.back_off.after_death(since);
        self.start_at = Some(Instant::now() + wait);
    }

    /// Takes note of processes that ended. Gives the end of serving when this was it.
    fn bury(&mut self) -> io::Result<Option<Ended>> {
        loop {
            // Whoever's child: as process 1 of a container we inherit orphans.
            let status = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => break,
                Ok(status) => status,
                Err(Errno::EINTR) => continue,
                Err(error) => return Err(error.into()),
            };
            let dead = |server: &ServerProcess| Some(server.pid) == status.pid();
            let Some(at) = self.servers.iter().position(dead) else {
                continue;
            };
            let server = self.servers.swap_remove(at);
            if let Some(ended) = self.mourn(&server, status) {
                return Ok(Some(ended));
            }
        }
        let done = self.stopping && self.servers.is_empty();
        Ok(done.then_some(Ended::Stopped))
    }

    fn mourn(&mut self, server: &ServerProcess, status: WaitStatus) -> Option<Ended> {
        let pid = server.pid.as_raw();
        match server.stage {
            Stage::Leaving => {}
            _ if self.stopping => {}
            Stage::Starting if !self.served => {
                if !matches!(status, WaitStatus::Exited(..)) {
                    error!(pid, "the server {} before it could serve", describe(status));
                }
                return Some(Ended::CannotServe);
            }
            Stage::Starting => {
                error!(pid, "a fresh server {} before it could serve", describe(status));
                let serving = |server: &ServerProcess| matches!(server.stage, Stage::Serving(_));
                // Where one still serves, whoever wanted another one has to ask again.
                if !self.servers.iter().any(serving) {
                    self.start_again(None);
                }
            }
            Stage::Serving(since) => {
                error!(pid, "the server {}; starting another one", describe(status));
                self.start_again(Some(since));
            }
        }
        None
    }
}
