//! The process between us and an installer, a role of our own program (`belljar warden`): confines
//! it, watches what it takes, and ends everything that it started.
//!
//! Guarantees: it has one thread, trusts nothing that the installer says or leaves, and gives its
//! verdict only when no process of the installer is left and the work folder is ours again. It
//! keeps its own privileges, which it needs for that; the installer gets only the errand's
//! environment.

use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use caps::{CapSet, Capability};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{AccessFlags, ForkResult, Pid, fork, getegid, geteuid, getppid};
use serde::{Deserialize, Serialize};

use super::descendants;
use super::leftovers::{self, LeftoverError, clear, give, take_back, weigh};
use crate::hardening::{
    Confinement, Hardening, Identity, Layer, Place, Processes, Report, Right, Rlimits, User,
    can_reach, free_identity_from_above, require_single_thread, separate_processes,
};

/// The installer's home and where it keeps what is in the making, within its work folder. Both are
/// gone when it ended.
pub const HOME: &str = ".home";
pub const TMP: &str = ".tmp";

/// How long the taken disk may go unlooked at, and how many times as long as looking takes.
const LOOK_EVERY: Duration = Duration::from_millis(500);
const LOOK_SHARE: u32 = 10;
/// Left to everybody else on the disk, unless it was not there before.
const DISK_RESERVE: u64 = 256 << 20;

/// What is to be done.
#[derive(Debug, Serialize, Deserialize)]
pub struct Errand {
    pub program: PathBuf,
    pub arguments: Vec<String>,
    /// All that it finds in its environment.
    pub environment: Vec<(String, String)>,
    /// Its work folder. What is in it is the result.
    pub folder: PathBuf,
    /// Where it starts.
    pub start_in: PathBuf,
    /// Its own cache, kept for the next time.
    pub cache: Option<PathBuf>,
    /// Folders that it is given to read.
    pub handed: Vec<PathBuf>,
    /// Beside the system, the work folder and the cache.
    pub places: Vec<Place>,
    pub patience: Duration,
    pub limits: Rlimits,
    /// What it may add to the work folder and the cache.
    pub disk_bytes: u64,
    pub hardening: Hardening,
    /// Layers left out, for tests that show what each of them is for.
    pub without: Vec<Layer>,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Verdict {
    pub report: Report,
    pub end: End,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// As wait(2) puts it.
    Ended(i32),
    TimedOut,
    /// It took more than it may.
    Stopped(String),
    /// It was not started.
    NotStarted(String),
    /// What it left cannot be used.
    Unusable(String),
}

/// What the confined process says before and after it starts the installer.
#[derive(Debug, Serialize, Deserialize)]
enum Word {
    Confined(Report),
    NotStarted(String),
}

/// Does what the errand says that comes in by standard input, a socket, and answers there with the
/// verdict. The other standard streams are the installer's.
///
/// # Errors
/// When nothing could be done, in words for the operator.
pub fn run() -> Result<(), String> {
    let socket = io::stdin().as_fd().try_clone_to_owned();
    let mut socket = socket
        .map(UnixStream::from)
        .map_err(|error| error.to_string())?;
    let mut errand = Vec::new();
    socket
        .read_to_end(&mut errand)
        .map_err(|error| error.to_string())?;
    let errand: Errand = serde_json::from_slice(&errand).map_err(|error| error.to_string())?;
    let verdict = Warden::new(&errand)
        .and_then(|warden| warden.run())
        .map_err(|error| format!("cannot confine the installer: {error}"))?;
    let verdict = serde_json::to_vec(&verdict).expect("a verdict is plain data");
    socket
        .write_all(&verdict)
        .map_err(|error| error.to_string())
}

struct Warden<'a> {
    errand: &'a Errand,
    signals: SignalFd,
    /// Signals as they were, for the installer.
    mask: SigSet,
    me: Identity,
    identity: Result<Identity, String>,
    processes: Processes,
}

impl<'a> Warden<'a> {
    fn new(errand: &'a Errand) -> io::Result<Self> {
        require_single_thread()?;
        let parent = getppid();
        prctl::set_child_subreaper(true)?;
        // A word rather than the end: what was started has to go first.
        prctl::set_pdeathsig(Signal::SIGTERM)?;
        if getppid() != parent {
            return Err(io::Error::other("nobody waits for it"));
        }
        let mut taken = SigSet::empty();
        for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGCHLD] {
            taken.add(signal);
        }
        let mut mask = SigSet::empty();
        sigprocmask(SigmaskHow::SIG_BLOCK, Some(&taken), Some(&mut mask))?;
        let me = Identity {
            uid: geteuid().as_raw(),
            gid: getegid().as_raw(),
        };
        let identity = identity(errand, me);
        for folder in [HOME, TMP] {
            std::fs::create_dir_all(errand.folder.join(folder))?;
        }
        let owner = *identity.as_ref().unwrap_or(&me);
        let given = [&errand.folder].into_iter().chain(&errand.cache);
        for folder in given.chain(&errand.handed) {
            give(folder, owner).map_err(io::Error::other)?;
        }
        let without = errand.without.contains(&Layer::Processes);
        let user = match &identity {
            Ok(identity) if *identity != me => User::Changes,
            _ => User::Stays,
        };
        let processes = match (!without).then(|| separate_processes(user)) {
            Some(Ok(())) => Processes::Own,
            Some(Err(error)) => Processes::Shared(error.to_string()),
            None => Processes::Shared("left out".to_owned()),
        };
        // Not before: the maps of a user namespace could not be written.
        prctl::set_dumpable(false)?;
        Ok(Self {
            errand,
            signals: SignalFd::with_flags(&taken, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?,
            mask,
            me,
            identity,
            processes,
        })
    }

    fn run(self) -> io::Result<Verdict> {
        let before = weigh(&self.folders()).bytes;
        let free_before = free(&self.errand.folder);
        let (mut ours, theirs) = UnixStream::pair()?;
        // SAFETY: this is the only thread, so that no lock can be held by one that the child lacks.
        let child = match unsafe { fork() }? {
            ForkResult::Child => {
                drop(ours);
                std::process::exit(self.confined(theirs));
            }
            ForkResult::Parent { child } => child,
        };
        drop(theirs);
        let end = self.watch(child, before, free_before)?;
        descendants::end_all()?;
        let mut said = String::new();
        // Whoever else could hold the other end is gone.
        ours.read_to_string(&mut said)?;
        let mut report = Report::default();
        let mut not_started = None;
        for line in said.lines() {
            match serde_json::from_str(line)? {
                Word::Confined(confined) => report = confined,
                Word::NotStarted(why) => not_started = Some(why),
            }
        }
        let end = match not_started {
            Some(why) => End::NotStarted(why),
            None => end,
        };
        let end = match self.clean_up(&end) {
            Err(error) if end == End::Ended(0) => End::Unusable(error.to_string()),
            _ => end,
        };
        Ok(Verdict { report, end })
    }

    /// What it may write.
    fn folders(&self) -> Vec<&Path> {
        let cache = self.errand.cache.as_deref();
        [&*self.errand.folder].into_iter().chain(cache).collect()
    }

    /// The first confined process: starts the installer, and ends when that does. Gives the exit
    /// code.
    fn confined(&self, mut channel: UnixStream) -> i32 {
        let mut say = |word: Word| {
            let mut line = serde_json::to_vec(&word).expect("a word is plain data");
            line.push(b'\n');
            channel.write_all(&line)
        };
        let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&self.mask), None);
        // A session of its own, and none of our terminal.
        let _ = nix::unistd::setsid();
        // Others on this machine are not to suffer when memory runs out.
        let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
        let report = self.confinement().confine();
        let objection = self.objection(&report);
        // When nobody listens any more, there is nobody to start anything for.
        if say(Word::Confined(report.clone())).is_err() {
            return 1;
        }
        let started = match objection {
            Some(why) => Err(why),
            None => self
                .command(&report)
                .spawn()
                .map_err(|error| error.to_string()),
        };
        let installer = match started {
            Ok(child) => Pid::from_raw(child.id().cast_signed()),
            Err(why) => {
                let _ = say(Word::NotStarted(why));
                return 1;
            }
        };
        loop {
            match waitpid(None, None) {
                Ok(WaitStatus::Exited(pid, code)) if pid == installer => return code,
                Ok(WaitStatus::Signaled(pid, signal, _)) if pid == installer => {
                    return 128 + signal as i32;
                }
                // Orphans, which only the first process of a namespace has.
                Ok(_) | Err(Errno::EINTR) => {}
                Err(_) => return 1,
            }
        }
    }

    fn confinement(&self) -> Confinement {
        let mut places = self.errand.places.clone();
        for folder in self.folders() {
            places.push(Place::new(folder, Right::Write));
        }
        for folder in &self.errand.handed {
            places.push(Place::new(folder, Right::Read));
        }
        Confinement {
            identity: self.identity.clone(),
            places,
            limits: self.errand.limits,
            processes: self.processes.clone(),
            without: self.errand.without.clone(),
        }
    }

    /// Why foreign code should not be started in this confinement.
    fn objection(&self, report: &Report) -> Option<String> {
        if self.errand.hardening == Hardening::Required && !report.missing().is_empty() {
            return Some(format!(
                "hardening is `required`, but the installer cannot be confined wholly: {}",
                report.missing()
            ));
        }
        let without_files = report.is_off(Layer::Landlock) && self.errand.without.is_empty();
        (without_files && geteuid().is_root()).then(|| {
            format!(
                "it would be root with all files in reach: {}",
                report.missing()
            )
        })
    }

    fn command(&self, report: &Report) -> std::process::Command {
        use std::process::Stdio;
        let errand = self.errand;
        let mut command = std::process::Command::new(&errand.program);
        command
            .args(&errand.arguments)
            .env_clear()
            .envs(errand.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&errand.start_in)
            .stdin(Stdio::null());
        let is_us = self
            .identity
            .as_ref()
            .is_ok_and(|identity| *identity == self.me);
        if is_us && report.is_off(Layer::Landlock) && errand.without.is_empty() {
            // Then at least nothing is built here: a build script could change the sets.
            command
                .env("PIP_ONLY_BINARY", ":all:")
                .env_remove("PIP_NO_BINARY");
        }
        command
    }

    /// Waits for the first confined process, and kills it when there is reason to.
    fn watch(&self, child: Pid, before: u64, free_before: u64) -> io::Result<End> {
        let deadline = Instant::now() + self.errand.patience;
        let mut look_at = Instant::now() + LOOK_EVERY;
        let stop = |why: End| -> io::Result<End> {
            let _ = kill(child, Signal::SIGKILL);
            waitpid(child, None)?;
            Ok(why)
        };
        loop {
            match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, code)) if pid == child => {
                    return Ok(End::Ended(code << 8));
                }
                Ok(WaitStatus::Signaled(pid, signal, _)) if pid == child => {
                    return Ok(End::Ended(signal as i32));
                }
                Ok(WaitStatus::StillAlive) | Err(Errno::EINTR) => {}
                // An orphan.
                Ok(_) => continue,
                Err(error) => return Err(error.into()),
            }
            let now = Instant::now();
            if now >= deadline {
                return stop(End::TimedOut);
            }
            if now >= look_at {
                if let Some(why) = self.too_much(before, free_before) {
                    return stop(End::Stopped(why));
                }
                look_at = Instant::now() + LOOK_EVERY.max(now.elapsed() * LOOK_SHARE);
            }
            let due =
                look_at.min(deadline).saturating_duration_since(now) + Duration::from_millis(1);
            let timeout = PollTimeout::try_from(due).unwrap_or(PollTimeout::MAX);
            let mut places = [PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
            match poll(&mut places, timeout) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
            while let Some(signal) = self.signals.read_signal()? {
                if signal.ssi_signo.cast_signed() != libc::SIGCHLD {
                    return stop(End::Stopped("nobody waits for it any more".to_owned()));
                }
            }
        }
    }

    fn too_much(&self, before: u64, free_before: u64) -> Option<String> {
        let weight = weigh(&self.folders());
        if weight.beyond {
            return Some("it makes too many files, or too deep folders".to_owned());
        }
        let most = self.errand.disk_bytes;
        if weight.bytes.saturating_sub(before) > most {
            let most = crate::units::ByteSize(most);
            return Some(format!("it takes more than {most} of the disk"));
        }
        let free = free(&self.errand.folder);
        let ours = free_before.saturating_sub(free) > DISK_RESERVE;
        (ours && free < DISK_RESERVE).then(|| "the disk is nearly full".to_owned())
    }

    /// Makes the work folder ours; empties it where that cannot be, or nothing came to an end.
    fn clean_up(&self, end: &End) -> Result<(), LeftoverError> {
        let folder = &self.errand.folder;
        let failed = |path: &Path| {
            let path = path.to_owned();
            |source| LeftoverError::Io { path, source }
        };
        if !matches!(end, End::Ended(_)) {
            return clear(folder).map_err(failed(folder));
        }
        for inner in [HOME, TMP] {
            let path = folder.join(inner);
            leftovers::remove(&path).map_err(failed(&path))?;
        }
        let taken = take_back(folder, self.me);
        if taken.is_err() {
            clear(folder).map_err(failed(folder))?;
        }
        taken
    }
}

/// Who the installer becomes: somebody else than everybody, if they get to all that they need.
fn identity(errand: &Errand, me: Identity) -> Result<Identity, String> {
    if me.uid != 0 {
        return Ok(me);
    }
    let stays = |why: String| format!("{why}; it stays root without root's capabilities");
    if let Some(missing) = missing_capability() {
        return Err(stays(format!("changing its user takes {missing}")));
    }
    let identity = free_identity_from_above();
    let read = AccessFlags::R_OK;
    let enter = AccessFlags::R_OK | AccessFlags::X_OK;
    let paths = errand.places.iter().map(|place| &*place.path);
    let mut needed: Vec<(&Path, AccessFlags)> = paths
        .map(|path| (path, if path.is_dir() { enter } else { read }))
        .collect();
    needed.push((&errand.program, enter));
    // These are given to them; what leads there is not.
    let given = [&errand.folder].into_iter().chain(&errand.cache);
    let given = given.chain(&errand.handed);
    let leading = given.filter_map(|folder| folder.parent());
    needed.extend(leading.map(|folder| (folder, AccessFlags::X_OK)));
    match can_reach(identity, &needed) {
        Ok(None) => Ok(identity),
        Ok(Some(place)) => Err(stays(format!(
            "another user cannot reach `{}`",
            place.display()
        ))),
        Err(error) => Err(stays(format!(
            "cannot become uid {}: {error}",
            identity.uid
        ))),
    }
}

/// What it takes to have files and processes of somebody else about, and to end them.
fn missing_capability() -> Option<Capability> {
    let needed = [
        Capability::CAP_SETUID,
        Capability::CAP_SETGID,
        Capability::CAP_CHOWN,
        Capability::CAP_DAC_OVERRIDE,
        Capability::CAP_KILL,
    ];
    let has = |capability| caps::has_cap(None, CapSet::Effective, capability).unwrap_or(false);
    needed.into_iter().find(|capability| !has(*capability))
}

/// What is left of the disk for ordinary users.
fn free(folder: &Path) -> u64 {
    nix::sys::statvfs::statvfs(folder).map_or(u64::MAX, |disk| {
        disk.blocks_available().saturating_mul(disk.fragment_size())
    })
}
