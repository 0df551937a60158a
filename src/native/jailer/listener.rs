//! The seccomp listener of one child: every system call off its list waits here for an answer. See
//! seccomp_unotify(2).
//!
//! Guarantees: nothing is ever allowed here but in learning mode, which no server uses, and, to a program
//! with the network, what is decided by registers alone; however
//! many calls a child makes, answering them takes a bounded share of this process's time.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::rc::Rc;
use std::time::Duration;

use libseccomp::{ScmpNotifReq, ScmpNotifResp, ScmpNotifRespFlags};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::Pid;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::task::JoinSet;

use crate::native::descriptors::watched;
use crate::native::messages::Learned;
use crate::native::syscalls;

use super::network::{Broker, Call, is_open, replace};

/// So many calls are answered at once, each one after that a little later.
const AT_ONCE: u64 = 500;
const LATER: Duration = Duration::from_millis(1);
/// The most names that a result carries.
const MOST_NAMES: usize = 16;
/// Calls of one program that wait for connections, and connections on which its C code looks names up.
const MOST_CONNECTING: usize = 128;

/// What becomes of calls off the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Refuse,
    /// They are made and noted, but for those that only an attack makes.
    Learn,
}

/// What a child was refused, or allowed while learning.
#[derive(Debug, Default)]
pub struct Notes {
    /// In the order of the first time.
    pub denied: Vec<String>,
    pub learned: BTreeMap<String, Learned>,
}

#[derive(Debug)]
pub struct Listener {
    descriptor: Rc<AsyncFd<OwnedFd>>,
    mode: Mode,
    answered: u64,
    network: Network,
    /// What makes connections for its C code, and the process, where this one may look into it.
    connects: Option<(Rc<Broker>, Rc<OwnedFd>)>,
    /// Calls that wait for a connection.
    under_way: JoinSet<()>,
}

/// How far a program has come to the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Network {
    None,
    /// Its child has to put one filter more on.
    Granted,
    /// It has.
    Confined,
}

impl Listener {
    /// # Errors
    /// When it cannot be waited for.
    pub fn new(descriptor: OwnedFd, mode: Mode) -> io::Result<Self> {
        Ok(Self {
            descriptor: Rc::new(watched(descriptor, Interest::READABLE)?),
            mode,
            answered: 0,
            network: Network::None,
            connects: None,
            under_way: JoinSet::new(),
        })
    }

    /// The child that is about to have its program may put on one filter more, and the program do what
    /// programs with the network may.
    pub fn grant_network(&mut self, broker: &Rc<Broker>, process: OwnedFd) {
        self.network = Network::Granted;
        if is_open(process.as_fd()) {
            self.connects = Some((Rc::clone(broker), Rc::new(process)));
        }
    }

    /// Answers calls until one comes that only an attack makes; its name. That one is left without
    /// an answer: the caller kills the process. Never ready otherwise. Can be dropped and called
    /// again.
    pub async fn answer(&mut self, notes: &mut Notes) -> String {
        loop {
            if self.answered > AT_ONCE {
                tokio::time::sleep(LATER).await;
            }
            let Ok(call) = self.next().await else {
                // Every process that has the filter is gone.
                return std::future::pending().await;
            };
            self.answered += 1;
            while self.under_way.try_join_next().is_some() {}
            if self.connect(&call) {
                continue;
            }
            if let Some(attack) = self.judge(&call, notes) {
                return attack;
            }
            // Between two answers others have their turn.
            tokio::task::yield_now().await;
        }
    }

    async fn next(&self) -> io::Result<ScmpNotifReq> {
        self.descriptor
            .async_io(Interest::READABLE, |descriptor| {
                let mut place = [PollFd::new(descriptor.as_fd(), PollFlags::POLLIN)];
                poll(&mut place, PollTimeout::ZERO)?;
                let happened = place[0].revents().unwrap_or(PollFlags::empty());
                if happened.contains(PollFlags::POLLIN) {
                    // Does not wait: one is there, or was and its process was killed since.
                    return ScmpNotifReq::receive(descriptor.as_raw_fd())
                        .map_err(|_| io::ErrorKind::WouldBlock.into());
                }
                Err(if happened.is_empty() {
                    io::ErrorKind::WouldBlock.into()
                } else {
                    io::ErrorKind::BrokenPipe.into()
                })
            })
            .await
    }

    fn judge(&mut self, call: &ScmpNotifReq, notes: &mut Notes) -> Option<String> {
        let number = i32::from(call.data.syscall);
        let name = syscalls::name(number);
        if self.is_granted(&name, number, &call.data.args) {
            let go_on = ScmpNotifResp::new_continue(call.id, ScmpNotifRespFlags::empty());
            let _ = go_on.respond(self.descriptor.get_ref().as_raw_fd());
            return None;
        }
        let is_attack = syscalls::is_attack(number);
        let refuse = ScmpNotifResp::new_error(call.id, -libc::EPERM, ScmpNotifRespFlags::empty());
        let answer = match self.mode {
            Mode::Refuse if is_attack => {
                notes.deny(&name);
                return Some(name);
            }
            Mode::Refuse => {
                notes.deny(&name);
                refuse
            }
            Mode::Learn => {
                let learned = notes.learned.entry(name).or_default();
                learned.count += 1;
                learned.is_attack = is_attack;
                if is_attack {
                    refuse
                } else {
                    ScmpNotifResp::new_continue(call.id, ScmpNotifRespFlags::empty())
                }
            }
        };
        // One that was killed meanwhile needs no answer.
        let _ = answer.respond(self.descriptor.get_ref().as_raw_fd());
        None
    }

    /// Whether it is a connection that is being made now.
    fn connect(&mut self, call: &ScmpNotifReq) -> bool {
        let Some((broker, process)) = &self.connects else {
            return false;
        };
        let is_connect = syscalls::name(i32::from(call.data.syscall)) == "connect";
        if self.network != Network::Confined
            || !is_connect
            || self.under_way.len() >= MOST_CONNECTING
        {
            return false;
        }
        let (broker, process) = (Rc::clone(broker), Rc::clone(process));
        let descriptor = Rc::clone(&self.descriptor);
        let id = call.id;
        let [fd, address, length, ..] = call.data.args;
        let connect = Call {
            thread: Pid::from_raw(call.pid as i32),
            fd: fd as i32,
            address,
            length,
        };
        self.under_way.spawn_local(async move {
            let listener = descriptor.get_ref();
            let connected = connect.dial(&broker, process.as_fd()).await;
            let placed = connected.and_then(|connected| {
                let placed = replace(listener.as_fd(), id, connect.fd, &connected.socket);
                let error = |error: io::Error| error.raw_os_error().unwrap_or(libc::EIO);
                placed.map(|()| connected.then).map_err(error)
            });
            let none = ScmpNotifRespFlags::empty();
            let answer = match &placed {
                Ok(_) => ScmpNotifResp::new_val(id, 0, none),
                Err(error) => ScmpNotifResp::new_error(id, -error, none),
            };
            // One that was killed meanwhile needs no answer.
            let _ = answer.respond(listener.as_raw_fd());
            if let Ok(Some(server)) = placed {
                server.serve().await;
            }
        });
        true
    }

    /// What is looked at is in registers, which nobody can change meanwhile.
    fn is_granted(&mut self, name: &str, number: i32, arguments: &[u64; 6]) -> bool {
        match self.network {
            Network::None => false,
            // A filter more takes away and gives nothing. The first one is the child's, before it has
            // read the program.
            Network::Granted if name == "seccomp" => {
                self.network = Network::Confined;
                arguments[0] == u64::from(libc::SECCOMP_SET_MODE_FILTER) && arguments[1] == 0
            }
            Network::Granted => false,
            Network::Confined => {
                let by_itself = self.connects.is_some();
                syscalls::is_granted_with_network(number, arguments, by_itself)
            }
        }
    }
}

impl Notes {
    fn deny(&mut self, name: &str) {
        let is_new = !self.denied.iter().any(|other| other == name);
        if is_new && self.denied.len() < MOST_NAMES {
            self.denied.push(name.to_owned());
        }
    }
}
