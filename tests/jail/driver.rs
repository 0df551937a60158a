//! Plays the jailer: starts the real launcher, has children forked, hands programs to them, answers
//! for the kernel, and tells how they ended.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{IoSlice, IoSliceMut, Read as _, Write as _};
use std::os::fd::{AsFd as _, AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use belljar::native::launcher;
use belljar::native::messages::{
    FromChild, FromZygote, MAX_MESSAGE, ProcessLimits, ProgramText, ToChild, ToZygote, ZygoteSpec,
};
use belljar::native::syscalls;
use libseccomp::{ScmpNotifReq, ScmpNotifResp, ScmpNotifRespFlags};
use nix::cmsg_space;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, recvmsg,
    sendmsg, socketpair,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub const LIMITS: ProcessLimits = ProcessLimits {
    wall_clock_ms: 10_000,
    cpu_ms: 10_000,
    memory_bytes: 128 << 20,
    tmp_bytes: 4 << 20,
    tmp_files: 20,
    threads: 8,
    connections: 0,
    network_bytes: 0,
};

/// What a program came to.
#[derive(Debug)]
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    /// The exit code, or the negative number of the signal.
    pub code: i32,
    /// CPU time, in microseconds.
    pub cpu_us: u64,
    /// Names of calls that were refused, in the order in which they came up.
    pub denied: Vec<String>,
}

pub struct Zygote {
    process: Child,
    door: OwnedFd,
    pub layers: BTreeMap<String, String>,
    next: u64,
    _folder: Folder,
}

/// A folder for a test, gone with it.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let id = std::process::id();
        let path = std::env::temp_dir().join(format!("belljar-jail-{id}-{number}-{name}"));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Where there is a Python for the jail.
pub const PYTHON: &str = "/usr/bin/python3";

pub fn spec(site: &Path) -> ZygoteSpec {
    ZygoteSpec {
        python: PYTHON.into(),
        site: site.to_owned(),
        preload: Vec::new(),
        limits: LIMITS,
        first_id: 231_000,
        ids: 50,
        allowed_syscalls: Vec::new(),
        learning: false,
        ca_file: None,
        authorities: None,
        scratch: None,
        without: Vec::new(),
    }
}

/// How the launcher is started.
pub enum As {
    /// Whoever runs the tests.
    Myself,
    User(u32),
}

impl Zygote {
    pub fn start(name: &str, who: As, change: impl FnOnce(&mut ZygoteSpec)) -> Self {
        Self::try_start(name, who, change).unwrap_or_else(|reason| panic!("{reason}"))
    }

    /// # Errors
    /// What the zygote says why it cannot be one.
    pub fn try_start(
        name: &str,
        who: As,
        change: impl FnOnce(&mut ZygoteSpec),
    ) -> Result<Self, String> {
        let folder = Folder::new(name);
        let site = folder.0.join("site");
        std::fs::create_dir_all(&site).unwrap();
        let mut spec = spec(&site);
        change(&mut spec);
        let mut program = PathBuf::from(env!("CARGO_BIN_EXE_belljar"));
        if matches!(who, As::User(_)) {
            // The folder with the tests may be closed to others.
            let copy = folder.0.join("belljar");
            std::fs::copy(&program, &copy).unwrap();
            program = copy;
        }
        let (mut command, door) = launcher::command(&program, &spec).unwrap();
        if let As::User(id) = who {
            command.uid(id).gid(id);
        }
        let process = command.spawn().unwrap();
        // It holds the other side of the door.
        drop(command);
        let mut zygote = Self {
            process,
            door,
            layers: BTreeMap::new(),
            next: 0,
            _folder: folder,
        };
        match zygote.hear() {
            Some(FromZygote::Ready { layers, .. }) => zygote.layers = layers,
            Some(FromZygote::Failed { reason }) => return Err(reason),
            other => return Err(format!("{other:?}")),
        }
        Ok(zygote)
    }

    pub fn hear(&self) -> Option<FromZygote> {
        receive(&self.door).0
    }

    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    pub fn run(&mut self, code: &str) -> Ran {
        self.run_with(code, None, LIMITS)
    }

    pub fn run_with(&mut self, code: &str, preload: Option<&str>, limits: ProcessLimits) -> Ran {
        let child = self.park();
        let outputs = child.hand_over(code, preload, limits);
        let denied = child.answer();
        let [stdout, stderr] = outputs.map(|output| output.join().unwrap());
        let (status, cpu_us) = self.wait_for(child.number);
        let denied = Arc::try_unwrap(denied.join().unwrap())
            .unwrap()
            .into_inner()
            .unwrap();
        let code = if libc::WIFEXITED(status) {
            libc::WEXITSTATUS(status)
        } else {
            -libc::WTERMSIG(status)
        };
        Ran {
            stdout,
            stderr,
            code,
            cpu_us,
            denied,
        }
    }

    pub fn park(&mut self) -> Parked {
        self.next += 1;
        let (ours, theirs) = socketpair(
            AddressFamily::Unix,
            SockType::SeqPacket,
            None,
            SockFlag::SOCK_CLOEXEC,
        )
        .unwrap();
        send(
            &self.door,
            &ToZygote::Fork { child: self.next },
            &[theirs.as_raw_fd()],
        );
        drop(theirs);
        let (parked, mut fds) = receive::<FromChild>(&ours);
        assert_eq!(parked, Some(FromChild::Parked));
        Parked {
            number: self.next,
            channel: ours,
            listener: fds.pop(),
        }
    }

    pub fn wait_for(&self, number: u64) -> (i32, u64) {
        match self.hear() {
            Some(FromZygote::Exited {
                child,
                status,
                cpu_us,
                ..
            }) if child == number => (status, cpu_us),
            other => panic!("{other:?} instead of the end of child {number}"),
        }
    }
}

impl Drop for Zygote {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A child that is locked in and waits for a program.
pub struct Parked {
    pub number: u64,
    channel: OwnedFd,
    listener: Option<OwnedFd>,
}

impl Parked {
    /// Gives it a program; what it prints comes from the threads.
    pub fn hand_over(
        &self,
        code: &str,
        preload: Option<&str>,
        limits: ProcessLimits,
    ) -> [thread::JoinHandle<String>; 2] {
        let (source, text) = nix::unistd::pipe().unwrap();
        let (stdout, stdout_end) = nix::unistd::pipe().unwrap();
        let (stderr, stderr_end) = nix::unistd::pipe().unwrap();
        let fds = [
            source.as_raw_fd(),
            stdout_end.as_raw_fd(),
            stderr_end.as_raw_fd(),
        ];
        let run = ToChild::Run {
            limits,
            network: false,
        };
        send(&self.channel, &run, &fds);
        drop((source, stdout_end, stderr_end));
        let program = ProgramText {
            code: code.to_owned(),
            preload: preload.map(str::to_owned),
            file_name: "main.py".to_owned(),
        };
        let mut text = File::from(text);
        thread::spawn(move || text.write_all(&serde_json::to_vec(&program).unwrap()));
        [stdout, stderr].map(|output| {
            thread::spawn(move || {
                let mut bytes = Vec::new();
                File::from(output).read_to_end(&mut bytes).unwrap();
                String::from_utf8_lossy(&bytes).into_owned()
            })
        })
    }

    /// Refuses whatever is asked, until the child is gone.
    fn answer(&self) -> thread::JoinHandle<Arc<Mutex<Vec<String>>>> {
        let listener = self.listener.as_ref().map(|fd| fd.try_clone().unwrap());
        thread::spawn(move || {
            let denied = Arc::new(Mutex::new(Vec::new()));
            while let Some(listener) = &listener {
                let mut events = [PollFd::new(listener.as_fd(), PollFlags::POLLIN)];
                poll(&mut events, PollTimeout::NONE).unwrap();
                let events = events[0].revents().unwrap();
                if !events.contains(PollFlags::POLLIN) {
                    break;
                }
                let Ok(request) = ScmpNotifReq::receive(listener.as_raw_fd()) else {
                    continue;
                };
                let name = syscalls::name(request.data.syscall.into());
                let mut denied = denied.lock().unwrap();
                if !denied.contains(&name) {
                    denied.push(name);
                }
                let answer =
                    ScmpNotifResp::new_error(request.id, -libc::EPERM, ScmpNotifRespFlags::empty());
                let _ = answer.respond(listener.as_raw_fd());
            }
            denied
        })
    }
}

fn send(to: &OwnedFd, message: &impl Serialize, fds: &[RawFd]) {
    let bytes = serde_json::to_vec(message).unwrap();
    let rights = [ControlMessage::ScmRights(fds)];
    let pieces = [IoSlice::new(&bytes)];
    sendmsg::<()>(
        to.as_raw_fd(),
        &pieces,
        &rights,
        MsgFlags::MSG_NOSIGNAL,
        None,
    )
    .unwrap();
}

fn receive<T: DeserializeOwned>(from: &OwnedFd) -> (Option<T>, Vec<OwnedFd>) {
    let mut buffer = vec![0; MAX_MESSAGE];
    let mut control = cmsg_space!([RawFd; 4]);
    let mut pieces = [IoSliceMut::new(&mut buffer)];
    let message = recvmsg::<()>(
        from.as_raw_fd(),
        &mut pieces,
        Some(&mut control),
        MsgFlags::MSG_CMSG_CLOEXEC,
    )
    .unwrap();
    let mut fds = Vec::new();
    for part in message.cmsgs().unwrap() {
        if let ControlMessageOwned::ScmRights(received) = part {
            // SAFETY: the kernel has just made them for this process, and nobody else knows them.
            fds.extend(
                received
                    .into_iter()
                    .map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }),
            );
        }
    }
    let length = message.bytes;
    let parsed = (length > 0).then(|| {
        serde_json::from_slice(&buffer[..length]).unwrap_or_else(|error| {
            panic!("{error}: {}", String::from_utf8_lossy(&buffer[..length]))
        })
    });
    (parsed, fds)
}
