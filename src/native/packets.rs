//! A socket of whole messages (`SOCK_SEQPACKET`), with descriptors beside them.
//!
//! Guarantees: what is received is bounded, descriptors included, and closed when nobody takes it;
//! no call blocks the thread. Works in a locked server: nothing is switched on the descriptor.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, UnixAddr,
    UnixCredentials, recvmsg, sendmsg, setsockopt, socketpair, sockopt,
};
use nix::unistd::Pid;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::descriptors::watched;
use super::messages::MAX_MESSAGE;

/// The most descriptors that the kernel lets one message carry (`SCM_MAX_FD`). Room for fewer would
/// leave those that did arrive without an owner.
const MOST_DESCRIPTORS: usize = 253;
const MOST_DISCARDED: usize = 64;

/// One end of a pair.
#[derive(Debug)]
pub struct Packets(AsyncFd<OwnedFd>);

/// A message as it arrived.
#[derive(Debug)]
pub struct Packet {
    text: Vec<u8>,
    pub descriptors: Vec<OwnedFd>,
    /// The kernel's word for who sent it, where [`pass_credentials`] asked for that.
    pub sender: Option<Pid>,
}

impl Packet {
    /// # Errors
    /// When it is not such a message.
    pub fn read<M: DeserializeOwned>(&self) -> io::Result<M> {
        serde_json::from_slice(&self.text)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

/// Two ends of a new connection.
///
/// # Errors
/// When there are no descriptors to be had.
pub fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let (one, other) = socketpair(
        AddressFamily::Unix,
        SockType::SeqPacket,
        None,
        SockFlag::SOCK_CLOEXEC,
    )?;
    Ok((one, other))
}

/// Has the kernel tell who sends what arrives here.
///
/// # Errors
/// When this is no Unix socket.
pub fn pass_credentials(socket: &OwnedFd) -> io::Result<()> {
    Ok(setsockopt(socket, sockopt::PassCred, &true)?)
}

impl Packets {
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn new(socket: OwnedFd) -> io::Result<Self> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        watched(socket, interest).map(Self)
    }

    /// Sends a message once there is room for it. Nothing is sent if this is dropped before.
    ///
    /// # Errors
    /// When the other end is gone, or the message too long.
    pub async fn send(
        &self,
        message: &impl Serialize,
        descriptors: &[BorrowedFd<'_>],
    ) -> io::Result<()> {
        let text = serde_json::to_vec(message)?;
        if text.len() > MAX_MESSAGE {
            let why = format!("a message of {} bytes", text.len());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        let raw: Vec<RawFd> = descriptors.iter().map(|one| one.as_raw_fd()).collect();
        let rights = [ControlMessage::ScmRights(&raw)];
        let rights = if raw.is_empty() { &[] } else { &rights[..] };
        self.0
            .async_io(Interest::WRITABLE, |socket| {
                let sent = sendmsg::<UnixAddr>(
                    socket.as_raw_fd(),
                    &[IoSlice::new(&text)],
                    rights,
                    MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL,
                    None,
                );
                sent.map(drop).map_err(io::Error::from)
            })
            .await
    }

    /// The next message; `None` when the other end is closed. Can be dropped and called again.
    ///
    /// # Errors
    /// When the connection broke, or the message is longer than any should be.
    pub async fn receive(&self) -> io::Result<Option<Packet>> {
        self.0
            .async_io(Interest::READABLE, |socket| receive(socket.as_fd()))
            .await
    }

    /// Waits until the other end is closed. One that has something to say where nothing is to be said
    /// counts as closed.
    pub async fn closed(&self) {
        let _ = self.receive().await;
    }

    /// Waits until the other end is closed, whatever it says before.
    pub async fn over(&self) {
        while let Ok(mut guard) = self.0.ready(Interest::READABLE).await {
            if is_over(self.0.get_ref().as_fd()) {
                return;
            }
            guard.clear_ready_matching(tokio::io::Ready::READABLE);
        }
    }

    /// Where the kernel can (Linux 6.16), nobody sends descriptors here any more: they would be closed.
    pub fn refuse_descriptors(&self) {
        // include/uapi/asm-generic/socket.h
        const SO_PASSRIGHTS: libc::c_int = 83;
        let off: libc::c_int = 0;
        // SAFETY: the value is as long as is said, and lives as long as the call.
        unsafe {
            libc::setsockopt(
                self.0.get_ref().as_raw_fd(),
                libc::SOL_SOCKET,
                SO_PASSRIGHTS,
                (&raw const off).cast(),
                size_of_val(&off) as libc::socklen_t,
            )
        };
    }

    /// Throws away what came so far, but not for ever.
    pub fn discard(&self) {
        let socket = self.0.get_ref().as_raw_fd();
        for _ in 0..MOST_DISCARDED {
            let mut byte = [0];
            let flags = MsgFlags::MSG_DONTWAIT;
            if nix::sys::socket::recv(socket, &mut byte, flags).is_err() {
                return;
            }
        }
    }

    /// Nothing more will be sent from here; the other end can be told by that.
    pub fn shut(&self) {
        let socket = self.0.get_ref().as_raw_fd();
        // Where it is closed already there is nobody to be told.
        let _ = nix::sys::socket::shutdown(socket, nix::sys::socket::Shutdown::Write);
    }

    /// Whether the other end is closed. Looks, and does not wait.
    pub fn is_closed(&self) -> bool {
        use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
        let mut place = [PollFd::new(self.0.get_ref().as_fd(), PollFlags::empty())];
        match poll(&mut place, PollTimeout::ZERO) {
            Ok(0) => false,
            _ => place[0].revents().is_some_and(|happened| {
                happened.intersects(PollFlags::POLLHUP | PollFlags::POLLERR)
            }),
        }
    }
}

/// Whether nothing more can come from the other end, which an empty message looks like.
pub fn is_over(socket: BorrowedFd<'_>) -> bool {
    // nix has no POLLRDHUP.
    let mut place = libc::pollfd {
        fd: socket.as_raw_fd(),
        events: libc::POLLRDHUP,
        revents: 0,
    };
    // SAFETY: one place, which lives as long as the call; it does not wait.
    let happened = unsafe { libc::poll(&raw mut place, 1, 0) };
    happened > 0 && place.revents & (libc::POLLRDHUP | libc::POLLHUP | libc::POLLERR) != 0
}

fn receive(socket: BorrowedFd<'_>) -> io::Result<Option<Packet>> {
    let mut text = vec![0; MAX_MESSAGE];
    let mut control = nix::cmsg_space!([RawFd; MOST_DESCRIPTORS], UnixCredentials);
    let mut pieces = [IoSliceMut::new(&mut text)];
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_CMSG_CLOEXEC;
    let received = recvmsg::<UnixAddr>(socket.as_raw_fd(), &mut pieces, Some(&mut control), flags)?;
    let (length, is_cut) = (received.bytes, received.flags.contains(MsgFlags::MSG_TRUNC));
    let mut descriptors = Vec::new();
    let mut sender = None;
    for message in received.cmsgs().map_err(io::Error::from)? {
        match message {
            ControlMessageOwned::ScmRights(raw) => {
                // SAFETY: the kernel has just made them for this process; nobody else knows them.
                descriptors.extend(raw.iter().map(|one| unsafe { OwnedFd::from_raw_fd(*one) }));
            }
            ControlMessageOwned::ScmCredentials(who) => sender = Some(Pid::from_raw(who.pid())),
            _ => {}
        }
    }
    if is_cut {
        return Err(Errno::EMSGSIZE.into());
    }
    if length == 0 {
        return match is_over(socket) {
            true => Ok(None),
            false => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "an empty message",
            )),
        };
    }
    text.truncate(length);
    Ok(Some(Packet {
        text,
        descriptors,
        sender,
    }))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Read as _, Write as _};
    use std::time::Duration;

    use super::*;

    fn ends() -> (Packets, Packets) {
        let (one, other) = pair().unwrap();
        (Packets::new(one).unwrap(), Packets::new(other).unwrap())
    }

    #[tokio::test]
    async fn messages_arrive_whole_with_their_descriptors_and_the_end_is_told() {
        let (one, other) = ends();
        let (reader, mut writer) = std::io::pipe().unwrap();
        one.send(&"é".repeat(1000), &[reader.as_fd()])
            .await
            .unwrap();
        one.send(&7, &[]).await.unwrap();
        drop((one, reader));
        let mut first = other.receive().await.unwrap().unwrap();
        assert_eq!(first.read::<String>().unwrap(), "é".repeat(1000));
        writer.write_all(b"through").unwrap();
        drop(writer);
        let mut text = String::new();
        let mut received = File::from(first.descriptors.remove(0));
        received.read_to_string(&mut text).unwrap();
        assert_eq!(text, "through");
        let second = other.receive().await.unwrap().unwrap();
        assert_eq!(second.read::<u32>().unwrap(), 7);
        assert!(second.read::<String>().is_err());
        assert!(other.receive().await.unwrap().is_none());
        assert!(other.is_closed());
    }

    #[tokio::test]
    async fn a_full_socket_is_waited_for_and_loses_nothing() {
        let (one, other) = ends();
        let sending = tokio::spawn(async move {
            for number in 0..5000u32 {
                one.send(&(number, "x".repeat(1000)), &[]).await.unwrap();
            }
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!sending.is_finished());
        for expected in 0..5000u32 {
            let packet = other.receive().await.unwrap().unwrap();
            assert_eq!(packet.read::<(u32, String)>().unwrap().0, expected);
        }
        sending.await.unwrap();
    }

    #[tokio::test]
    async fn an_empty_message_is_not_the_end() {
        let (one, other) = ends();
        nix::sys::socket::send(one.0.get_ref().as_raw_fd(), b"", MsgFlags::empty()).unwrap();
        one.send(&1, &[]).await.unwrap();
        let error = other.receive().await.unwrap_err();
        assert_eq!(error.to_string(), "an empty message");
        let packet = other.receive().await.unwrap().unwrap();
        assert_eq!(packet.read::<u32>().unwrap(), 1);
        one.shut();
        assert!(other.receive().await.unwrap().is_none());
    }

    #[tokio::test]
    async fn who_sends_is_told_by_the_kernel() {
        let (one, other) = pair().unwrap();
        pass_credentials(&one).unwrap();
        let (one, other) = (Packets::new(one).unwrap(), Packets::new(other).unwrap());
        other.send(&1, &[]).await.unwrap();
        let packet = one.receive().await.unwrap().unwrap();
        assert_eq!(packet.sender, Some(nix::unistd::getpid()));
        assert!(packet.descriptors.is_empty());
    }

    #[tokio::test]
    async fn what_is_too_long_is_refused_at_both_ends() {
        let (one, other) = ends();
        assert!(one.send(&"x".repeat(MAX_MESSAGE), &[]).await.is_err());
        let long = vec![b' '; MAX_MESSAGE + 1];
        nix::unistd::write(&one.0, &long).unwrap();
        assert!(other.receive().await.is_err());
    }
}
