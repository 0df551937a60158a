//! Connections that a program has: duplicates of its sockets, by which is known what they carry.
//!
//! Guarantee: a connection ends when the program has closed it or is said to have, and at the latest with
//! the program; what it carried to its end is known.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::time::{Duration, Instant};

use nix::sys::socket::{Shutdown, shutdown};
use nix::sys::stat::fstat;
use nix::unistd::Pid;

/// Of `tcp_info` (linux/tcp.h), which grows.
const TCP_INFO: usize = 256;
const BYTES_ACKED: usize = 120;
const BYTES_RECEIVED: usize = 128;
/// What a program may take to accept a connection that it asked for.
const TAKING: Duration = Duration::from_secs(5);

/// What a connection has carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    pub sent: u64,
    pub received: u64,
}

impl std::ops::AddAssign for Carried {
    fn add_assign(&mut self, other: Self) {
        self.sent += other.sent;
        self.received += other.received;
    }
}

/// Dropped, the connection is over, whoever has it.
#[derive(Debug)]
pub struct Open {
    socket: OwnedFd,
    pub inode: u64,
    pub handed: Handed,
    since: Instant,
}

/// Whether the program has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handed {
    /// It may not have taken it yet.
    Soon,
    Already,
}

impl Open {
    /// # Errors
    /// When there are no descriptors to be had.
    pub fn of(socket: &OwnedFd, handed: Handed) -> io::Result<Self> {
        Ok(Self {
            inode: fstat(socket)?.st_ino,
            socket: socket.try_clone()?,
            handed,
            since: Instant::now(),
        })
    }

    /// Whether not to find it with the program means that it was closed.
    pub fn is_its(&self) -> bool {
        self.handed == Handed::Already || self.since.elapsed() > TAKING
    }

    /// Of a Unix pair nothing is known here: the egress process, which stands between, counts.
    pub fn carried(&self) -> Carried {
        let mut info = [0u8; TCP_INFO];
        let mut length = info.len() as libc::socklen_t;
        // SAFETY: the place is as long as is said, and lives as long as the call.
        let result = unsafe {
            libc::getsockopt(
                self.socket.as_raw_fd(),
                libc::IPPROTO_TCP,
                libc::TCP_INFO,
                info.as_mut_ptr().cast(),
                &raw mut length,
            )
        };
        let number = |at: usize| {
            let bytes = info.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
            bytes.map_or(0, u64::from_ne_bytes)
        };
        match result {
            0 => Carried {
                sent: number(BYTES_ACKED),
                received: number(BYTES_RECEIVED),
            },
            _ => Carried::default(),
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // Where it is over already there is nothing to end.
        let _ = shutdown(self.socket.as_raw_fd(), Shutdown::Both);
    }
}

/// The sockets that a process has open, by their inodes.
///
/// # Errors
/// When this process may not look into that one.
pub fn sockets_of(process: Pid) -> io::Result<HashSet<u64>> {
    let mut inodes = HashSet::new();
    for entry in fs::read_dir(format!("/proc/{process}/fd"))? {
        // One that is closed meanwhile is not there.
        let Ok(target) = fs::read_link(entry?.path()) else {
            continue;
        };
        let target = target.to_string_lossy();
        let inode = target
            .strip_prefix("socket:[")
            .and_then(|rest| rest.strip_suffix(']'));
        inodes.extend(inode.and_then(|inode| inode.parse::<u64>().ok()));
    }
    Ok(inodes)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn what_a_connection_carries_is_known_after_it_is_closed_elsewhere() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let listener = TcpListener::bind(address).unwrap();
            let mut own = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (mut other, _) = listener.accept().unwrap();
            own.write_all(&[1; 5000]).unwrap();
            other.read_exact(&mut [0; 5000]).unwrap();
            other.write_all(&[1; 300]).unwrap();
            own.read_exact(&mut [0; 300]).unwrap();
            let own = OwnedFd::from(own);
            let open = Open::of(&own, Handed::Already).unwrap();
            let sockets = || sockets_of(Pid::this()).unwrap();
            assert!(sockets().contains(&open.inode));
            drop(own);
            let Carried { sent, received } = open.carried();
            // The kernel counts the first packet as a byte.
            assert!((5000..=5001).contains(&sent), "{sent}");
            assert_eq!(received, 300);
            let inode = open.inode;
            drop(open);
            assert_eq!(other.read(&mut [0; 10]).unwrap(), 0);
            assert!(!sockets().contains(&inode));
        }
    }

    #[test]
    fn a_connection_ends_with_its_duplicate() {
        let (one, mut other) = UnixStream::pair().unwrap();
        let one = OwnedFd::from(one);
        let open = Open::of(&one, Handed::Already).unwrap();
        assert_eq!(open.carried(), Carried::default());
        drop(open);
        assert_eq!(other.read(&mut [0; 10]).unwrap(), 0);
        drop(one);
    }
}
