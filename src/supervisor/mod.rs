//! The process that `belljar serve` is: it holds the listening socket, starts servers with it and
//! replaces those that die. It accepts no connection and reads nothing that came from a caller.
//!
//! Guarantees: a caller that connects while no server is there waits in the kernel's queue; a
//! server that is to be replaced is told so only once its successor accepts; no child outlives the
//! supervisor.

mod back_off;
pub mod channel;
mod child;
pub mod protocol;

use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigHandler, SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use tracing::{error, info, warn};

pub use back_off::BackOff;
pub use child::{Child, Role};
use child::{Stage, describe};
use protocol::{FromChild, ToChild};

use crate::packages::settlement::Settlements;

/// How long a server may take until it accepts connections.
const STARTUP: Duration = Duration::from_secs(60);
/// How long the packages are left alone after their keeper died.
const KEEPER_PAUSE: Duration = Duration::from_secs(10);
/// What a jailer or egress process may take to end all that it started.
const HELPERS_LEAVE: Duration = Duration::from_secs(2);

/// What the children do, each with its end of the channel. Their exit codes are the processes'.
pub trait Work {
    fn serve(&self, channel: UnixStream) -> i32;
    fn keep(&self, channel: UnixStream) -> i32;
    /// Whether there is anything to keep.
    fn has_keeper(&self) -> bool;
    fn jail(&self, channel: UnixStream) -> i32;
    /// Whether there is a native tier.
    fn has_jailer(&self) -> bool;
    fn connect(&self, channel: UnixStream) -> i32;
    /// Whether programs can be given connections.
    fn has_egress(&self) -> bool;
    /// Whether the others had to be cut off from the process that does such work, so that only those
    /// that are started from now on reach it.
    ///
    /// # Errors
    /// When there are no descriptors to be had.
    fn mend_door(&self, to: Role) -> io::Result<bool>;
    /// The longest that a server takes to end as it should, once it is told to stop or to retire.
    fn patience(&self, with: &ToChild) -> Duration;
    /// Connections are taken no more, by this process and those it starts from now on.
    fn stop_listening(&self);
}

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

/// Keeps a server running until a signal ends it.
///
/// # Errors
/// When this process cannot fork, or cannot take signals.
pub fn run(work: &impl Work) -> io::Result<Ended> {
    Supervisor::new(work)?.run()
}

struct Supervisor<'a, W> {
    work: &'a W,
    signals: SignalFd,
    /// Signals as they were, for children.
    mask: SigSet,
    children: Vec<Child>,
    back_off: BackOff,
    jailer_back_off: BackOff,
    egress_back_off: BackOff,
    /// When the next server is due.
    server_at: Option<Instant>,
    /// Why the server that is starting is to be replaced in its turn: it may have loaded what was
    /// there before.
    once_more: Option<String>,
    /// When the keeper is due.
    keeper_at: Option<Instant>,
    /// When the jailer is due.
    jailer_at: Option<Instant>,
    /// When the egress process is due.
    egress_at: Option<Instant>,
    /// What the keeper said while a fresh server was starting: told once that serves.
    settled: Option<String>,
    /// A server has accepted connections.
    served: bool,
    stopping: bool,
}

impl<'a, W: Work> Supervisor<'a, W> {
    fn new(work: &'a W) -> io::Result<Self> {
        // Whoever started us may have left it ignored: then children vanish without a word.
        // SAFETY: no handler is installed.
        unsafe { nix::sys::signal::signal(Signal::SIGCHLD, SigHandler::SigDfl) }?;
        let mut taken = SigSet::empty();
        for signal in [
            Signal::SIGTERM,
            Signal::SIGINT,
            Signal::SIGHUP,
            Signal::SIGCHLD,
        ] {
            taken.add(signal);
        }
        let mut mask = SigSet::empty();
        sigprocmask(SigmaskHow::SIG_BLOCK, Some(&taken), Some(&mut mask))?;
        let now = Instant::now();
        Ok(Self {
            work,
            signals: SignalFd::with_flags(&taken, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?,
            mask,
            children: Vec::new(),
            back_off: BackOff::default(),
            jailer_back_off: BackOff::default(),
            egress_back_off: BackOff::default(),
            server_at: Some(now),
            once_more: None,
            keeper_at: None,
            jailer_at: None,
            egress_at: None,
            settled: None,
            served: false,
            stopping: false,
        })
    }

    fn run(mut self) -> io::Result<Ended> {
        loop {
            self.start_what_is_due()?;
            self.wait()?;
            self.hear();
            while let Some(signal) = self.signals.read_signal()? {
                let signal = i32::try_from(signal.ssi_signo).ok();
                let signal = signal.and_then(|number| Signal::try_from(number).ok());
                if let Some(ended) = signal.and_then(|signal| self.take(signal)) {
                    return Ok(ended);
                }
            }
            if let Some(ended) = self.bury()? {
                return Ok(ended);
            }
        }
    }

    fn take(&mut self, signal: Signal) -> Option<Ended> {
        match signal {
            Signal::SIGHUP => self.replace("SIGHUP"),
            Signal::SIGTERM | Signal::SIGINT if self.stopping => {
                warn!("{signal} again: stopping at once");
                self.children.iter_mut().for_each(Child::kill);
                return Some(Ended::Cut(signal));
            }
            Signal::SIGTERM | Signal::SIGINT => {
                info!(
                    "{signal}: no new requests, finishing those in flight; a second signal stops at once"
                );
                self.stopping = true;
                self.work.stop_listening();
                self.server_at = None;
                self.keeper_at = None;
                for child in &mut self.children {
                    match child.role {
                        Role::Server => {
                            child.dismiss(&ToChild::Stop, self.work.patience(&ToChild::Stop));
                        }
                        // It may be in the middle of an installation, which nobody waits for now.
                        Role::Keeper => child.kill(),
                        // What is in flight may need them: they go after the last server.
                        Role::Jailer | Role::Egress => {}
                    }
                }
            }
            _ => {}
        }
        None
    }

    fn start_what_is_due(&mut self) -> io::Result<()> {
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= Instant::now());
        if is_due(self.server_at) {
            self.server_at = None;
            match self.start(Role::Server) {
                // Too many processes, or no memory: as bad as a server that dies at once.
                Err(error) if self.served => {
                    error!("cannot start a server: {error}");
                    self.start_server_again(None);
                }
                started => started?,
            }
        }
        if is_due(self.jailer_at) {
            self.jailer_at = None;
            if let Err(error) = self.start_jailer() {
                error!("cannot start the jailer: {error}");
                self.start_jailer_again(None);
            }
        }
        if is_due(self.egress_at) {
            self.egress_at = None;
            if let Err(error) = self.start_egress() {
                error!("cannot start the egress process: {error}");
                self.start_egress_again(None);
            }
        }
        if is_due(self.keeper_at) {
            self.keeper_at = None;
            if let Err(error) = self.start(Role::Keeper) {
                error!("cannot start the keeper of packages: {error}");
                self.keeper_at = Some(Instant::now() + KEEPER_PAUSE);
            }
        }
        Ok(())
    }

    fn start_jailer(&mut self) -> io::Result<()> {
        if self.work.mend_door(Role::Jailer)? {
            error!("a server has shut the door to the jailer: it may have been attacked");
            self.replace("it cannot reach the jailer");
        }
        self.start(Role::Jailer)
    }

    fn start_egress(&mut self) -> io::Result<()> {
        if self.work.mend_door(Role::Egress)? {
            error!("a child has shut the door to the egress process: it may have been attacked");
            self.replace("it cannot reach the egress process");
            let is_jailer = |child: &&mut Child| child.role == Role::Jailer;
            for jailer in self.children.iter_mut().filter(is_jailer) {
                jailer.kill_as_failed();
            }
        }
        self.start(Role::Egress)
    }

    fn start(&mut self, role: Role) -> io::Result<()> {
        let work = |channel| {
            // SIGHUP is our affair, also when it is sent to all processes of a service.
            // SAFETY: no handler is installed.
            let _ = unsafe { nix::sys::signal::signal(Signal::SIGHUP, SigHandler::SigIgn) };
            // Other signals children take in their own way.
            let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&self.mask), None);
            // Who holds our end of another child's channel keeps it open when we are gone.
            self.children.iter().for_each(Child::forget_channel);
            match role {
                Role::Server => self.work.serve(channel),
                Role::Keeper => {
                    self.work.stop_listening();
                    self.work.keep(channel)
                }
                Role::Jailer => {
                    self.work.stop_listening();
                    self.work.jail(channel)
                }
                Role::Egress => {
                    self.work.stop_listening();
                    self.work.connect(channel)
                }
            }
        };
        let child = Child::start(role, work)?;
        self.children.push(child);
        Ok(())
    }

    /// Until something happens, or a child is due.
    fn wait(&self) -> io::Result<()> {
        let due = [
            self.server_at,
            self.keeper_at,
            self.jailer_at,
            self.egress_at,
        ];
        let due = due.into_iter().flatten().min();
        let timeout = due.map_or(Duration::from_secs(1), |at| {
            at.saturating_duration_since(Instant::now()) + Duration::from_millis(1)
        });
        let timeout = PollTimeout::try_from(timeout).unwrap_or(PollTimeout::MAX);
        let mut places = vec![PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
        let talking = self.children.iter().filter(|child| child.may_speak());
        places.extend(talking.map(|child| PollFd::new(child.as_fd(), PollFlags::POLLIN)));
        match poll(&mut places, timeout) {
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn hear(&mut self) {
        let mut heard = Vec::new();
        for child in &mut self.children {
            let pid = child.pid.as_raw();
            match child.hear() {
                Ok(messages) => heard.extend(messages.into_iter().map(|said| (child.pid, said))),
                Err(error) => {
                    error!(pid, "killing a child: {error}");
                    child.kill_as_failed();
                }
            }
            if child.lingers() {
                child.kill_as_failed();
            }
            if child.overstays() {
                error!(
                    pid,
                    "killing a {} that was told to end and does not",
                    child.role.name()
                );
                child.kill();
            }
            if child.is_late(STARTUP) {
                error!(pid, "killing a server that does not start to serve");
                child.kill_as_failed();
            }
        }
        for (pid, said) in heard {
            match said {
                FromChild::Ready => self.hand_over_to(pid),
                FromChild::Refresh(language) => {
                    self.tell_all(Role::Keeper, &ToChild::Refresh(language));
                }
                FromChild::Replace(why) => self.replace(&why),
                FromChild::Making(language) => {
                    self.tell_all(Role::Server, &ToChild::Making(language));
                }
                FromChild::Settled(problem) if self.expects_a_server() => {
                    self.settled = Some(problem);
                }
                FromChild::Settled(problem) => {
                    self.tell_all(Role::Server, &ToChild::Settled(problem));
                }
            }
        }
    }

    fn tell_all(&mut self, role: Role, message: &ToChild) {
        for child in self.children.iter_mut().filter(|child| child.role == role) {
            child.tell(message);
        }
    }

    /// Whether a server is starting or due.
    fn expects_a_server(&self) -> bool {
        let starting = |child: &Child| child.stage == Stage::Starting;
        self.server_at.is_some() || self.children.iter().any(starting)
    }

    /// A server accepts: the others answer what they have and go.
    fn hand_over_to(&mut self, successor: Pid) {
        let is_it = |child: &&mut Child| child.pid == successor;
        let Some(child) = self.children.iter_mut().find(is_it) else {
            return;
        };
        // Said again, it would send its own successor away.
        if child.stage != Stage::Starting {
            error!(
                pid = successor.as_raw(),
                "killing a server: it says twice that it is ready"
            );
            child.kill_as_failed();
            return;
        }
        child.stage = Stage::Working(Instant::now());
        if !self.served && self.work.has_jailer() {
            self.jailer_at = Some(Instant::now());
        }
        if !self.served && self.work.has_egress() {
            self.egress_at = Some(Instant::now());
        }
        if !self.served && self.work.has_keeper() {
            self.keeper_at = Some(Instant::now());
        }
        self.served = true;
        let patience = self.work.patience(&ToChild::Retire);
        for child in &mut self.children {
            let serves = child.role == Role::Server && matches!(child.stage, Stage::Working(_));
            if serves && child.pid != successor {
                child.dismiss(&ToChild::Retire, patience);
            }
        }
        if let Some(why) = self.once_more.take() {
            self.replace(&why);
        } else if let Some(text) = self.settled.take() {
            self.tell_all(Role::Server, &ToChild::Settled(text));
        }
    }

    /// Starts a successor beside the server that serves; when one is starting, after that.
    fn replace(&mut self, why: &str) {
        if self.stopping {
            return;
        }
        if self.expects_a_server() {
            self.once_more = Some(why.to_owned());
            return;
        }
        info!("starting a fresh server, which takes over from the one that serves: {why}");
        self.server_at = Some(Instant::now());
    }

    fn start_server_again(&mut self, since: Option<Instant>) {
        let wait = self.back_off.after_death(since);
        self.server_at = Some(Instant::now() + wait);
    }

    fn start_jailer_again(&mut self, since: Option<Instant>) {
        let wait = self.jailer_back_off.after_death(since);
        self.jailer_at = Some(Instant::now() + wait);
    }

    fn start_egress_again(&mut self, since: Option<Instant>) {
        let wait = self.egress_back_off.after_death(since);
        self.egress_at = Some(Instant::now() + wait);
    }

    /// Once there is no server left that could need them.
    fn dismiss_helpers(&mut self) {
        let is_server = |child: &Child| child.role == Role::Server;
        if self.children.iter().any(is_server) {
            return;
        }
        self.jailer_at = None;
        self.egress_at = None;
        for child in &mut self.children {
            if child.role.is_helper() && child.stage != Stage::Leaving {
                child.dismiss(&ToChild::Stop, HELPERS_LEAVE);
            }
        }
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
            let dead = |child: &Child| Some(child.pid) == status.pid();
            let Some(at) = self.children.iter().position(dead) else {
                continue;
            };
            let child = self.children.swap_remove(at);
            if let Some(ended) = self.mourn(&child, status) {
                return Ok(Some(ended));
            }
        }
        if self.stopping {
            self.dismiss_helpers();
        }
        let done = self.stopping && self.children.is_empty();
        Ok(done.then_some(Ended::Stopped))
    }

    fn mourn(&mut self, child: &Child, status: WaitStatus) -> Option<Ended> {
        let pid = child.pid.as_raw();
        // What is in flight may need it even then.
        let goes_on = !self.stopping || child.role.is_helper();
        if !goes_on || child.stage == Stage::Leaving {
            return None;
        }
        match (child.role, child.stage) {
            (Role::Jailer, stage) => {
                error!(pid, "the jailer {}; starting another one", describe(status));
                self.start_jailer_again(match stage {
                    Stage::Working(since) => Some(since),
                    _ => None,
                });
            }
            (Role::Egress, stage) => {
                error!(
                    pid,
                    "the egress process {}; starting another one",
                    describe(status)
                );
                self.start_egress_again(match stage {
                    Stage::Working(since) => Some(since),
                    _ => None,
                });
            }
            (Role::Keeper, _) => {
                error!(pid, "the keeper of packages {}", describe(status));
                self.keeper_at = Some(Instant::now() + KEEPER_PAUSE);
            }
            (Role::Server, Stage::Working(since)) => {
                error!(pid, "the server {}; starting another one", describe(status));
                self.start_server_again(Some(since));
            }
            (Role::Server, _) if !self.served => {
                if !matches!(status, WaitStatus::Exited(..)) {
                    error!(pid, "the server {} before it could serve", describe(status));
                }
                return Some(Ended::CannotServe);
            }
            (Role::Server, _) => {
                error!(
                    pid,
                    "a fresh server {} before it could serve",
                    describe(status)
                );
                let working = |child: &Child| {
                    child.role == Role::Server && matches!(child.stage, Stage::Working(_))
                };
                // Where one still serves, whoever wanted another one has to ask again.
                if !self.children.iter().any(working) || self.once_more.take().is_some() {
                    self.start_server_again(None);
                } else if let Some(text) = self.settled.take() {
                    let problem =
                        "the server that should use the new packages does not start: see the log";
                    let said = Settlements::of_text(&text).with_problem(problem);
                    self.tell_all(Role::Server, &ToChild::Settled(said.to_text()));
                }
            }
        }
        None
    }
}
