//! What TCP connections have carried, asked of the kernel (sock_diag(7)): the sockets themselves are the
//! program's alone, because a duplicate here would keep one open that the program has closed.
//!
//! Guarantee: asking neither waits nor changes anything; a connection that is gone counts with what it had
//! carried when it was last looked at, and, while its number is known to the kernel, to its end.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd};

/// linux/netlink.h, linux/sock_diag.h, linux/inet_diag.h
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const INET_DIAG_INFO: u16 = 2;
const HEADER: usize = 16;
const MESSAGE: usize = 72;
/// Of `inet_diag_msg`: where the number of the socket's file is, 0 when it has none any more.
const INODE: usize = 68;
/// Of `tcp_info`.
const BYTES_ACKED: usize = 120;
const BYTES_RECEIVED: usize = 128;

/// Asks the kernel about sockets.
#[derive(Debug)]
pub struct Meter(OwnedFd);

/// A TCP socket, as the kernel finds it again.
#[derive(Debug)]
pub struct Key([u8; 56]);

/// How a connection is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    pub sent: u64,
    pub received: u64,
    /// The program has closed it.
    pub is_closed: bool,
}

impl Meter {
    /// # Errors
    /// When the kernel has no such sockets.
    pub fn new() -> io::Result<Self> {
        let kind = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
        // SAFETY: no memory is passed.
        let fd = unsafe { libc::socket(libc::AF_NETLINK, kind, libc::NETLINK_SOCK_DIAG) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: a new descriptor, which nobody else knows of.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// How this connection is now; `None` when the kernel knows it no more, or does not say.
    pub fn read(&self, key: &Key) -> Option<Reading> {
        let mut request = Vec::with_capacity(HEADER + key.0.len());
        let length = (HEADER + key.0.len()) as u32;
        request.extend(length.to_ne_bytes());
        request.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        request.extend((libc::NLM_F_REQUEST as u16).to_ne_bytes());
        request.extend([0; 8]);
        request.extend(key.0);
        let mut answer = [0; 4096];
        // The kernel answers within the call that asks.
        // SAFETY: both buffers live as long as the calls, which are told how long they are.
        let length = unsafe {
            let fd = self.0.as_raw_fd();
            let sent = libc::send(fd, request.as_ptr().cast(), request.len(), 0);
            if sent < 0 {
                return None;
            }
            libc::recv(fd, answer.as_mut_ptr().cast(), answer.len(), 0)
        };
        let answer = answer.get(..usize::try_from(length).ok()?)?;
        reading(answer)
    }
}

fn reading(answer: &[u8]) -> Option<Reading> {
    let short = |at: usize| {
        answer
            .get(at..at + 2)?
            .try_into()
            .ok()
            .map(u16::from_ne_bytes)
    };
    let word = |at: usize| {
        answer
            .get(at..at + 4)?
            .try_into()
            .ok()
            .map(u32::from_ne_bytes)
    };
    let long = |at: usize| {
        answer
            .get(at..at + 8)?
            .try_into()
            .ok()
            .map(u64::from_ne_bytes)
    };
    if short(4)? != SOCK_DIAG_BY_FAMILY {
        return None;
    }
    let is_closed = word(HEADER + INODE)? == 0;
    let mut at = HEADER + MESSAGE;
    loop {
        let (length, kind) = (usize::from(short(at)?), short(at + 2)?);
        if kind == INET_DIAG_INFO {
            return Some(Reading {
                sent: long(at + 4 + BYTES_ACKED)?,
                received: long(at + 4 + BYTES_RECEIVED)?,
                is_closed,
            });
        }
        at += length.max(4).next_multiple_of(4);
    }
}

impl Key {
    /// `None` for what is no TCP socket.
    pub fn of(socket: BorrowedFd<'_>) -> Option<Self> {
        let reference = socket2::SockRef::from(&socket);
        let own = reference.local_addr().ok()?.as_socket()?;
        let peer = reference.peer_addr().ok()?.as_socket()?;
        let mut cookie = 0u64;
        let mut length = size_of::<u64>() as libc::socklen_t;
        // SAFETY: the place is as long as is said, and lives as long as the call.
        let result = unsafe {
            libc::getsockopt(
                socket.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_COOKIE,
                (&raw mut cookie).cast(),
                &raw mut length,
            )
        };
        (result == 0).then(|| Self::with(own, peer, cookie))
    }

    /// `inet_diag_req_v2`
    fn with(own: SocketAddr, peer: SocketAddr, cookie: u64) -> Self {
        let mut request = Vec::with_capacity(56);
        let family = if own.is_ipv4() {
            libc::AF_INET
        } else {
            libc::AF_INET6
        };
        request.extend([
            family as u8,
            libc::IPPROTO_TCP as u8,
            1 << (INET_DIAG_INFO - 1),
            0,
        ]);
        request.extend(u32::MAX.to_ne_bytes());
        request.extend(own.port().to_be_bytes());
        request.extend(peer.port().to_be_bytes());
        for address in [own.ip(), peer.ip()] {
            match address {
                IpAddr::V4(address) => {
                    request.extend(address.octets());
                    request.extend([0; 12]);
                }
                IpAddr::V6(address) => request.extend(address.octets()),
            }
        }
        let scope = match own {
            SocketAddr::V6(own) => own.scope_id(),
            SocketAddr::V4(_) => 0,
        };
        request.extend(scope.to_ne_bytes());
        // Its halves, the lower one first.
        request.extend((cookie as u32).to_ne_bytes());
        request.extend(((cookie >> 32) as u32).to_ne_bytes());
        Self(request.try_into().expect("it has this length"))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsFd as _;

    use super::*;

    #[test]
    fn what_a_connection_carries_is_known_until_it_is_closed() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let listener = TcpListener::bind(address).unwrap();
            let mut own = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (mut other, _) = listener.accept().unwrap();
            let meter = Meter::new().unwrap();
            let key = Key::of(own.as_fd()).unwrap();
            own.write_all(&[1; 5000]).unwrap();
            other.read_exact(&mut [0; 5000]).unwrap();
            other.write_all(&[1; 300]).unwrap();
            own.read_exact(&mut [0; 300]).unwrap();
            let reading = meter.read(&key).unwrap();
            // The kernel counts the first packet as a byte.
            assert!((5000..=5001).contains(&reading.sent), "{reading:?}");
            assert_eq!(reading.received, 300);
            assert!(!reading.is_closed);
            drop(own);
            assert!(meter.read(&key).is_none_or(|reading| reading.is_closed));
            drop(other);
            assert!(meter.read(&key).is_none_or(|reading| reading.is_closed));
        }
    }

    #[test]
    fn what_is_no_tcp_has_no_key() {
        let (one, _other) = std::os::unix::net::UnixStream::pair().unwrap();
        assert!(Key::of(one.as_fd()).is_none());
    }
}
