//! Whether an address is this machine's own: the kernel is asked for the way to it, each time, because
//! addresses come and go. The way to an own address is of type "local" (rtnetlink(7)).

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::sync::{Mutex, PoisonError};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket,
};
use socket2::{Domain, Socket, Type};

/// Bytes of `struct nlmsghdr` and of `struct rtmsg`, which follows it.
const HEADER: usize = 16;
const ROUTE: usize = 12;
/// Where `rtm_type` is in an answer.
const ROUTE_TYPE: usize = HEADER + 7;

/// Asks the kernel. Made before a process locks itself in: it holds a socket.
#[derive(Debug)]
pub struct OwnAddresses {
    /// None where there is none to be had.
    netlink: Option<Mutex<Netlink>>,
}

#[derive(Debug)]
struct Netlink {
    socket: OwnedFd,
    sequence: u32,
}

impl Default for OwnAddresses {
    fn default() -> Self {
        Self::new()
    }
}

impl OwnAddresses {
    pub fn new() -> Self {
        let socket = socket(
            AddressFamily::Netlink,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
            SockProtocol::NetlinkRoute,
        );
        let netlink = socket.ok().map(|socket| {
            Mutex::new(Netlink {
                socket,
                sequence: 0,
            })
        });
        Self { netlink }
    }

    /// Whether what is sent to `address` does not leave this machine.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        if address.is_loopback() || address.is_unspecified() {
            return true;
        }
        let by_route = self.netlink.as_ref().and_then(|netlink| {
            let mut netlink = netlink.lock().unwrap_or_else(PoisonError::into_inner);
            netlink.is_local(address).ok()
        });
        by_route.unwrap_or_else(|| is_its_own_source(address))
    }
}

impl Netlink {
    fn is_local(&mut self, address: IpAddr) -> io::Result<bool> {
        self.sequence = self.sequence.wrapping_add(1);
        let question = question(address, self.sequence);
        send(self.socket.as_raw_fd(), &question, MsgFlags::MSG_DONTWAIT)?;
        // The kernel has answered when `send` returns; what is left of an earlier question is skipped.
        let mut answer = [0; 4096];
        loop {
            let length = recv(self.socket.as_raw_fd(), &mut answer, MsgFlags::MSG_DONTWAIT)?;
            if let Some(said) = read(&answer[..length], self.sequence) {
                return said;
            }
        }
    }
}

/// A request for the route to `address`.
fn question(address: IpAddr, sequence: u32) -> Vec<u8> {
    let (family, bytes) = match address {
        IpAddr::V4(address) => (libc::AF_INET, address.octets().to_vec()),
        IpAddr::V6(address) => (libc::AF_INET6, address.octets().to_vec()),
    };
    let attribute = 4 + bytes.len();
    let length = HEADER + ROUTE + attribute;
    let mut message = Vec::with_capacity(length);
    message.extend((length as u32).to_ne_bytes());
    message.extend(libc::RTM_GETROUTE.to_ne_bytes());
    message.extend((libc::NLM_F_REQUEST as u16).to_ne_bytes());
    message.extend(sequence.to_ne_bytes());
    message.extend(0u32.to_ne_bytes());
    message.extend([family as u8, (bytes.len() * 8) as u8]);
    message.extend([0; ROUTE - 2]);
    message.extend((attribute as u16).to_ne_bytes());
    message.extend(libc::RTA_DST.to_ne_bytes());
    message.extend(bytes);
    message
}

/// What the answer to question `sequence` says; none if this is not it.
fn read(answer: &[u8], sequence: u32) -> Option<io::Result<bool>> {
    let number = |at: usize| Some(u32::from_ne_bytes(answer.get(at..at + 4)?.try_into().ok()?));
    if number(8)? != sequence {
        return None;
    }
    let kind = u16::from_ne_bytes(answer.get(4..6)?.try_into().ok()?);
    if kind == libc::RTM_NEWROUTE {
        let local = [libc::RTN_LOCAL, libc::RTN_ANYCAST, libc::RTN_BROADCAST];
        return Some(Ok(local.contains(answer.get(ROUTE_TYPE)?)));
    }
    let error = Errno::from_raw((number(HEADER)? as i32).wrapping_neg());
    Some(match error {
        // There is no way to it.
        Errno::ENETUNREACH | Errno::EHOSTUNREACH | Errno::EACCES | Errno::EINVAL => Ok(false),
        error => Err(error.into()),
    })
}

/// Whether the kernel would send to `address` from the same address, which it does for all own ones
/// but further ones of the same network. Nothing is sent.
fn is_its_own_source(address: IpAddr) -> bool {
    let there = SocketAddr::new(address, 9);
    let source = || {
        let socket = Socket::new(Domain::for_address(there), Type::DGRAM, None)?;
        socket.connect(&there.into())?;
        socket.local_addr()
    };
    let source = source().ok().and_then(|source| source.as_socket());
    source.is_some_and(|source| source.ip() == address)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    fn own_addresses() -> Vec<IpAddr> {
        // As the machine lists them: the local table of IPv4, and all of IPv6.
        let trie = std::fs::read_to_string("/proc/net/fib_trie").unwrap();
        let mut found = Vec::new();
        let mut last = None;
        for line in trie.lines() {
            if let Some((_, address)) = line.split_once("|-- ") {
                last = address.trim().parse::<Ipv4Addr>().ok();
            } else if line.contains("/32 host LOCAL") {
                found.extend(last.map(IpAddr::V4));
            }
        }
        let six = std::fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
        found.extend(six.lines().filter_map(|line| {
            let bits = u128::from_str_radix(line.get(..32)?, 16).ok()?;
            Some(IpAddr::V6(Ipv6Addr::from_bits(bits)))
        }));
        found
    }

    #[test]
    fn what_the_machine_lists_is_its_own_and_what_it_does_not_is_not() {
        let own = OwnAddresses::new();
        assert!(own.netlink.is_some());
        let listed = own_addresses();
        assert!(!listed.is_empty());
        for address in listed {
            assert!(own.contain(address), "{address}");
        }
        for other in ["93.184.216.34", "192.0.2.1", "2606:2800:220:1::1"] {
            assert!(!own.contain(other.parse().unwrap()), "{other}");
        }
        for own_always in ["0.0.0.0", "::", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
            assert!(own.contain(own_always.parse().unwrap()), "{own_always}");
        }
    }

    #[test]
    fn without_netlink_the_way_back_tells() {
        for address in own_addresses() {
            // One that is bound to a link has to be named with it.
            let link_local = matches!(address, IpAddr::V6(six) if six.is_unicast_link_local());
            assert!(link_local || is_its_own_source(address), "{address}");
        }
        assert!(!is_its_own_source("93.184.216.34".parse().unwrap()));
    }
}
