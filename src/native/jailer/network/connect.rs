//! connect(2) of a program's C code, which asks nobody: the jailer, who answers for the kernel, reads
//! where to, has that dialled, and puts the connection in the place of the socket. See
//! seccomp_unotify(2).
//!
//! Only where this process may look into the program (as who made its user namespace, or with
//! `CAP_SYS_PTRACE`). Guarantee: what is dialled is what was read, once; the call itself is never made.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};
use std::rc::Rc;

use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;

use super::dns;
use super::{Broker, Handed, Refusal};
use crate::egress::DialError;
use crate::egress::messages::FromEgress;
use crate::native::messages::Wish;

/// Where C libraries look names up when nothing is configured, as nothing is in the jail.
const RESOLVER_PORT: u16 = 53;

/// A connect(2) that waits for its answer.
pub struct Call {
    pub thread: Pid,
    pub fd: RawFd,
    /// Where the address is in its memory, and how long.
    pub address: u64,
    pub length: u64,
}

/// What is put in the place of the program's socket, and what goes on after that.
pub struct Connected {
    pub socket: OwnedFd,
    pub then: Option<dns::Server>,
}

/// Whether this process may look into the one behind a pidfd.
pub fn is_open(process: BorrowedFd<'_>) -> bool {
    descriptor_of(process, 0).is_ok()
}

impl Call {
    /// Has it dialled. An error number if there is no connection.
    pub async fn dial(
        &self,
        broker: &Rc<Broker>,
        process: BorrowedFd<'_>,
    ) -> Result<Connected, i32> {
        let to = self.read().map_err(|_| libc::EFAULT)?;
        let to = to.ok_or(libc::EAFNOSUPPORT)?;
        let own = descriptor_of(process, self.fd).map_err(|error| errno(&error))?;
        let (domain, kind) = (
            own_option(&own, libc::SO_DOMAIN),
            own_option(&own, libc::SO_TYPE),
        );
        if ![libc::AF_INET, libc::AF_INET6].contains(&domain) || kind != libc::SOCK_STREAM {
            return Err(libc::EPERM);
        }
        if socket2::SockRef::from(&own).peer_addr().is_ok() {
            return Err(libc::EISCONN);
        }
        let connected = if to.ip().is_loopback() && to.port() == RESOLVER_PORT {
            let (server, socket) = dns::Server::new(broker).map_err(|error| errno(&error))?;
            Connected {
                socket,
                then: Some(server),
            }
        } else {
            let (host, port) = (to.ip().to_string(), to.port());
            let wish = Wish::Connect {
                host: host.clone(),
                port,
            };
            let taken = broker.take(&wish).map_err(|(error, _): Refusal| error)?;
            let (settled, socket) = broker.connect(&host, port).await;
            let socket = socket.ok_or_else(|| error_number(&settled))?;
            broker
                .note(&socket, Handed::Already)
                .map_err(|error| errno(&error))?;
            drop(taken);
            Connected { socket, then: None }
        };
        carry_over(&own, &connected.socket).map_err(|error| errno(&error))?;
        Ok(connected)
    }

    /// Where to; `None` for what is no address of the internet.
    fn read(&self) -> io::Result<Option<SocketAddr>> {
        let mut bytes = [0; size_of::<libc::sockaddr_in6>()];
        let length = usize::try_from(self.length)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        let base = usize::try_from(self.address).map_err(io::Error::other)?;
        let remote = RemoteIoVec { base, len: length };
        let read = process_vm_readv(
            self.thread,
            &mut [IoSliceMut::new(&mut bytes[..length])],
            &[remote],
        )?;
        Ok(socket_address(&bytes[..read]))
    }
}

/// `sockaddr_in` or `sockaddr_in6`.
fn socket_address(bytes: &[u8]) -> Option<SocketAddr> {
    let family = u16::from_ne_bytes(bytes.get(..2)?.try_into().ok()?);
    let port = u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?);
    let address: IpAddr = match i32::from(family) {
        libc::AF_INET => {
            // As long as the kernel wants it.
            bytes.get(..16)?;
            let address: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
            Ipv4Addr::from(address).into()
        }
        libc::AF_INET6 => {
            let address: [u8; 16] = bytes.get(8..24)?.try_into().ok()?;
            Ipv6Addr::from(address).into()
        }
        _ => return None,
    };
    Some(SocketAddr::new(address, port))
}

fn error_number(settled: &FromEgress) -> i32 {
    match settled {
        FromEgress::NotConnected(DialError::Refused(_)) => libc::EPERM,
        FromEgress::NotConnected(DialError::Unreachable(number, _)) => *number,
        FromEgress::NotConnected(DialError::Proxy(_)) => libc::ECONNREFUSED,
        FromEgress::NotConnected(DialError::Lookup(_)) => libc::EHOSTUNREACH,
        _ => libc::ENETDOWN,
    }
}

fn errno(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(libc::EIO)
}

/// The same open file as descriptor `fd` of that process (Linux 5.6).
fn descriptor_of(process: BorrowedFd<'_>, fd: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: no memory is passed.
    let own = unsafe { libc::syscall(libc::SYS_pidfd_getfd, process.as_raw_fd(), fd, 0) };
    if own < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a new descriptor, which nobody else knows of.
    Ok(unsafe { OwnedFd::from_raw_fd(own as RawFd) })
}

fn own_option(socket: &OwnedFd, option: libc::c_int) -> i32 {
    let mut value = [0; 16];
    match read_option(socket, libc::SOL_SOCKET, option, &mut value) {
        Some(4) => i32::from_ne_bytes([value[0], value[1], value[2], value[3]]),
        _ => -1,
    }
}

/// What programs set before they connect, and whether calls wait.
fn carry_over(from: &OwnedFd, to: &OwnedFd) -> io::Result<()> {
    let flags = rustix::fs::fcntl_getfl(from)?;
    rustix::io::ioctl_fionbio(to, flags.contains(rustix::fs::OFlags::NONBLOCK))?;
    for (level, option) in [
        (libc::SOL_SOCKET, libc::SO_KEEPALIVE),
        (libc::SOL_SOCKET, libc::SO_RCVTIMEO),
        (libc::SOL_SOCKET, libc::SO_SNDTIMEO),
        (libc::IPPROTO_TCP, libc::TCP_NODELAY),
        (libc::IPPROTO_TCP, libc::TCP_KEEPIDLE),
        (libc::IPPROTO_TCP, libc::TCP_KEEPINTVL),
        (libc::IPPROTO_TCP, libc::TCP_KEEPCNT),
        (libc::IPPROTO_TCP, libc::TCP_USER_TIMEOUT),
    ] {
        let mut value = [0; 16];
        if let Some(length) = read_option(from, level, option, &mut value) {
            // Where the egress process stands between, the socket has no such options.
            // SAFETY: the value is as long as is said, and lives as long as the call.
            unsafe {
                libc::setsockopt(
                    to.as_raw_fd(),
                    level,
                    option,
                    value.as_ptr().cast(),
                    length as libc::socklen_t,
                )
            };
        }
    }
    Ok(())
}

fn read_option(
    socket: &OwnedFd,
    level: libc::c_int,
    option: libc::c_int,
    value: &mut [u8; 16],
) -> Option<usize> {
    let mut length = value.len() as libc::socklen_t;
    // SAFETY: the place is as long as is said, and lives as long as the call.
    let result = unsafe {
        libc::getsockopt(
            socket.as_fd().as_raw_fd(),
            level,
            option,
            value.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    (result == 0).then_some(length as usize)
}

/// Puts `socket` at descriptor `fd` of the program whose call with this id waits (Linux 5.9).
///
/// # Errors
/// When the call waits no more.
pub fn replace(listener: BorrowedFd<'_>, id: u64, fd: RawFd, socket: &OwnedFd) -> io::Result<()> {
    let request = libc::seccomp_notif_addfd {
        id,
        flags: libc::SECCOMP_ADDFD_FLAG_SETFD as u32,
        srcfd: socket.as_raw_fd() as u32,
        newfd: fd as u32,
        newfd_flags: libc::O_CLOEXEC as u32,
    };
    // SAFETY: the request lives as long as the call, which reads it.
    let result = unsafe {
        libc::ioctl(
            listener.as_raw_fd(),
            libc::SECCOMP_IOCTL_NOTIF_ADDFD,
            &raw const request,
        )
    };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_addresses_of_the_internet_are_read() {
        let mut four = vec![0; 16];
        four[..2].copy_from_slice(&(libc::AF_INET as u16).to_ne_bytes());
        four[2..8].copy_from_slice(&[1, 187, 192, 0, 2, 7]);
        assert_eq!(socket_address(&four), "192.0.2.7:443".parse().ok());
        assert_eq!(socket_address(&four[..15]), None);
        let mut six = vec![0; 28];
        six[..2].copy_from_slice(&(libc::AF_INET6 as u16).to_ne_bytes());
        six[2..4].copy_from_slice(&[0, 80]);
        six[23] = 1;
        assert_eq!(socket_address(&six), "[::1]:80".parse().ok());
        assert_eq!(socket_address(&six[..23]), None);
        // AF_UNSPEC takes a connection apart.
        assert_eq!(socket_address(&[0; 28]), None);
        assert_eq!(socket_address(&[]), None);
    }
}
