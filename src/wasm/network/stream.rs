//! A connection: being dialled, connected, or not.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::sync::Arc;
use std::task::{Context, Poll};

use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::socket::{MsgFlags, Shutdown, recv, send, shutdown};
use socket2::SockRef;
use tokio::io::Interest;
use tokio::io::unix::{AsyncFd, AsyncFdReadyGuard};
use tokio::sync::OwnedSemaphorePermit;

use super::super::errno::Errno;
use super::Access;
use super::failure::{Failure, Outcome};
use super::poll::{ERROR, HANG_UP, READABLE, WRITABLE};
use super::task::Task;
use crate::egress::{Destination, DialError};
use crate::native::descriptors::watched;

/// A socket of either kind, known to the runtime.
type Socket = AsyncFd<OwnedFd>;

pub struct Stream {
    to: Destination,
    /// Whom it is connected with, unless a proxy stands between.
    peer: Option<SocketAddr>,
    state: State,
    /// Free again when the connection is closed.
    _place: OwnedSemaphorePermit,
}

enum State {
    Connecting(Task<Result<(Socket, Option<SocketAddr>), DialError>>),
    Connected(Socket),
    Failed(Failure),
}

impl Stream {
    /// Begins to connect.
    pub fn start(access: &Access, to: Destination) -> Outcome<Self> {
        let place = access.place()?;
        let (dial, who) = (Arc::clone(&access.network.dial), Arc::clone(&access.who));
        let destination = to.clone();
        let task = async move {
            let connection = dial.dial(&who, &destination).await?;
            let socket = watched(connection.socket, Interest::READABLE | Interest::WRITABLE);
            let socket = socket.map_err(|error| DialError::Unavailable(error.to_string()))?;
            Ok((socket, connection.peer))
        };
        Ok(Self {
            to,
            peer: None,
            state: State::Connecting(Task::start(&access.network.runtime, task)),
            _place: place,
        })
    }

    /// Takes notice when dialling has come to an end. With `context`, its task is woken when it has.
    fn settle(&mut self, context: Option<&mut Context<'_>>) {
        let State::Connecting(task) = &mut self.state else {
            return;
        };
        let polled = match context {
            Some(context) => task.poll(context),
            None => task.try_take(),
        };
        let Poll::Ready(dialled) = polled else {
            return;
        };
        self.state = match dialled {
            Some(Ok((socket, peer))) => {
                self.peer = peer;
                State::Connected(socket)
            }
            Some(Err(error)) => State::Failed(error.into()),
            None => State::Failed(Failure::new(Errno::Io, "the connection was lost")),
        };
    }

    /// What became of dialling.
    pub fn status(&mut self) -> Outcome<()> {
        self.settle(None);
        match &self.state {
            State::Connecting(_) => Err(Errno::Inprogress.into()),
            State::Connected(_) => Ok(()),
            State::Failed(failure) => Err(failure.clone()),
        }
    }

    fn socket(&mut self) -> Outcome<&Socket> {
        self.settle(None);
        match &self.state {
            State::Connecting(_) => Err(Errno::Again.into()),
            State::Connected(socket) => Ok(socket),
            State::Failed(failure) => Err(failure.clone()),
        }
    }

    /// Sends what can be sent now.
    pub fn send(&mut self, bytes: &[u8]) -> Outcome<usize> {
        let socket = self.socket()?;
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
        Ok(send(socket.as_raw_fd(), bytes, flags).map_err(io::Error::from)?)
    }

    /// Receives what is there; 0: the end, unless nothing was asked for.
    pub fn receive(&mut self, into: &mut [u8]) -> Outcome<usize> {
        self.receive_with(into, MsgFlags::MSG_DONTWAIT)
    }

    /// Whether there is anything but the end to receive.
    pub fn has_more(&mut self) -> Outcome<bool> {
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_PEEK;
        Ok(self.receive_with(&mut [0], flags)? > 0)
    }

    fn receive_with(&mut self, into: &mut [u8], flags: MsgFlags) -> Outcome<usize> {
        let socket = self.socket()?;
        Ok(recv(socket.as_raw_fd(), into, flags).map_err(io::Error::from)?)
    }

    pub fn shut_down(&mut self) -> Outcome<()> {
        let socket = self.socket()?;
        match shutdown(socket.as_raw_fd(), Shutdown::Write) {
            // The other side was faster.
            Ok(()) | Err(nix::Error::ENOTCONN) => Ok(()),
            Err(error) => Err(io::Error::from(error).into()),
        }
    }

    /// The own address, as far as it is the program's business: its port. The rest would tell of the
    /// network that the server is in.
    pub fn own_address(&mut self) -> Outcome<SocketAddr> {
        let port = internet_address(self.socket()?).map_or(0, |address| address.port());
        Ok(match self.other_address()?.ip() {
            IpAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, port).into(),
            IpAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, port).into(),
        })
    }

    /// The other's address. Where a proxy stands between, that is the one which was dialled, if the
    /// program chose one; the proxy is not its business.
    pub fn other_address(&mut self) -> Outcome<SocketAddr> {
        self.socket()?;
        if let Some(peer) = self.peer {
            return Ok(peer);
        }
        let named = self.to.host.parse().ok();
        let address = self.to.address.or(named);
        let address = address.unwrap_or(Ipv4Addr::UNSPECIFIED.into());
        Ok((address, self.to.port).into())
    }

    /// Which of the `wanted` events have happened, and what went wrong.
    pub fn events(&mut self, wanted: u16) -> u16 {
        self.settle(None);
        match &self.state {
            State::Connecting(_) => 0,
            State::Connected(socket) => now(socket, wanted),
            State::Failed(_) => wanted | ERROR | HANG_UP,
        }
    }

    /// The same; if none, the task of `context` is woken when one may have.
    pub fn poll(&mut self, wanted: u16, context: &mut Context<'_>) -> u16 {
        self.settle(Some(context));
        match &self.state {
            State::Connecting(_) => 0,
            State::Connected(socket) => poll(socket, wanted, context),
            State::Failed(_) => wanted | ERROR | HANG_UP,
        }
    }
}

/// What the kernel says of a socket now.
fn now(socket: &Socket, wanted: u16) -> u16 {
    let mut asked = PollFlags::empty();
    asked.set(PollFlags::POLLIN, wanted & READABLE != 0);
    asked.set(PollFlags::POLLOUT, wanted & WRITABLE != 0);
    let mut asked = [PollFd::new(socket.get_ref().as_fd(), asked)];
    // An interrupted call says nothing; nor do errors that there are none of for one open descriptor.
    if nix::poll::poll(&mut asked, PollTimeout::ZERO).is_err() {
        return 0;
    }
    let told = asked[0].revents().unwrap_or(PollFlags::empty());
    [
        (PollFlags::POLLIN, READABLE),
        (PollFlags::POLLOUT, WRITABLE),
        (PollFlags::POLLERR, ERROR),
        (PollFlags::POLLHUP, HANG_UP),
    ]
    .into_iter()
    .filter(|(flag, _)| told.contains(*flag))
    .fold(0, |events, (_, event)| events | event)
}

/// [`now`], but asks the kernel only where the runtime believes that there is something. What it
/// believes lags behind what was read and written since: a guest must not be told of bytes that are not
/// there, because clients take a readable idle connection for one that was closed.
fn poll(socket: &Socket, wanted: u16, context: &mut Context<'_>) -> u16 {
    // Errors and hang-ups come with either.
    let reads = wanted & READABLE != 0 || wanted & WRITABLE == 0;
    let writes = wanted & WRITABLE != 0;
    let mut events = 0;
    if reads {
        events |= verified(socket, wanted, || socket.poll_read_ready(context));
    }
    if writes && events == 0 {
        events |= verified(socket, wanted, || socket.poll_write_ready(context));
    }
    events
}

/// Times that the runtime's belief is corrected before it is let stand.
const CORRECTIONS: usize = 4;

fn verified<'a>(
    socket: &'a Socket,
    wanted: u16,
    mut believed: impl FnMut() -> Poll<io::Result<AsyncFdReadyGuard<'a, OwnedFd>>>,
) -> u16 {
    for _ in 0..CORRECTIONS {
        let mut guard = match believed() {
            Poll::Pending => return 0,
            // The runtime has ended, and with it everything.
            Poll::Ready(Err(_)) => return ERROR | HANG_UP,
            Poll::Ready(Ok(guard)) => guard,
        };
        let events = now(socket, wanted);
        if events != 0 {
            return events;
        }
        guard.clear_ready();
    }
    wanted
}

/// The own address of a socket of the internet.
fn internet_address(socket: &Socket) -> Option<SocketAddr> {
    SockRef::from(socket.get_ref())
        .local_addr()
        .ok()?
        .as_socket()
}
