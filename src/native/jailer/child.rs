//! One child of a zygote, as the jailer sees it: locked in, and waiting for its program or running
//! it.
//!
//! Guarantee: it is killed when dropped, and nothing else is, whatever became of its process id.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::oneshot;

use super::listener::{Listener, Mode};
use crate::native::descriptors::{ended, watched};
use crate::native::messages::{FromChild, ProcessLimits, ToChild};
use crate::native::packets::Packets;

/// What a zygote says of a child that is gone.
#[derive(Clone, Copy, Debug)]
pub struct Exit {
    /// As wait(2) gives it.
    pub status: i32,
    pub cpu_us: u64,
    pub memory_bytes: u64,
}

#[derive(Debug)]
pub struct Child {
    pub id: u64,
    /// Only to look at it: the number may become another's.
    pub pid: nix::unistd::Pid,
    process: AsyncFd<OwnedFd>,
    pub socket: Packets,
    /// `None` where the kernel has no listeners: then refused calls have no names.
    pub listener: Option<Listener>,
    /// Closed without a word when the zygote is gone.
    pub exit: oneshot::Receiver<Exit>,
}

/// The program's text, its standard output and error.
pub type Streams = [OwnedFd; 3];

impl Child {
    /// Waits until the process at the other end of `socket` says that it is locked in.
    ///
    /// # Errors
    /// When it ends instead, or says something else.
    pub async fn park(
        id: u64,
        socket: Packets,
        exit: oneshot::Receiver<Exit>,
        mode: Mode,
    ) -> io::Result<Self> {
        let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let packet = socket.receive().await?;
        let mut packet = packet.ok_or_else(|| wrong("it ended before it was locked in"))?;
        if let FromChild::Failed { reason } = packet.read()? {
            return Err(wrong(&reason));
        }
        let pid = packet.sender.and_then(|pid| Pid::from_raw(pid.as_raw()));
        let pid = pid.ok_or_else(|| wrong("the kernel does not tell who it is"))?;
        let process = watched(pidfd_open(pid, PidfdFlags::empty())?, Interest::READABLE)?;
        // The number could have become another's before it was looked up, but only if the child had
        // ended by then.
        if socket.is_closed() {
            return Err(wrong("it ended when it was locked in"));
        }
        let listener = packet.descriptors.pop();
        let listener = listener.map(|one| Listener::new(one, mode)).transpose()?;
        Ok(Self {
            id,
            pid: nix::unistd::Pid::from_raw(pid.as_raw_nonzero().get()),
            process,
            socket,
            listener,
            exit,
        })
    }

    /// Hands it its program.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn run(
        &self,
        limits: ProcessLimits,
        streams: &Streams,
        network: bool,
    ) -> io::Result<()> {
        let streams = [&streams[0], &streams[1], &streams[2]].map(|one| one.as_fd());
        let run = ToChild::Run { limits, network };
        self.socket.send(&run, &streams).await
    }

    /// Another pidfd of it.
    ///
    /// # Errors
    /// When there are no descriptors to be had.
    pub fn pidfd(&self) -> io::Result<OwnedFd> {
        self.process.get_ref().try_clone()
    }

    pub fn is_gone(&self) -> bool {
        self.socket.is_closed()
    }

    pub fn kill(&self) {
        // It may be gone already.
        let _ = pidfd_send_signal(self.process.get_ref(), Signal::KILL);
    }

    /// Waits until it is gone, but not for ever.
    pub async fn gone(&self, patience: Duration) -> bool {
        let gone = ended(&self.process);
        tokio::time::timeout(patience, gone).await.is_ok()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}
