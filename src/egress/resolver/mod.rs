//! What addresses a name has, as the host's configuration says: `/etc/hosts`, then the servers of
//! `/etc/resolv.conf`, in their order.
//!
//! Guarantees: an answer is never empty, and has at most [`MOST_ADDRESSES`]; a lookup ends in its time;
//! so many are made at once, of one tenant and of all; answers are remembered no longer than their
//! records allow, in bounded space; a change of the files is noticed. Made for a locked process: no
//! thread, no library of the host's, no other file, and no socket that is bound.

mod client;
mod files;
mod gate;
mod system;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::time::Duration;

use files::Files;
use gate::Gate;
use system::Answer;

use super::policy::Host;
use super::{LookupError, Who};

/// Of one name. More than that nobody tries.
pub const MOST_ADDRESSES: usize = 32;

/// Where the configuration lies, and how long a lookup may take.
#[derive(Clone, Debug)]
pub struct ResolverSettings {
    pub resolv_conf: PathBuf,
    pub hosts: PathBuf,
    /// Where the servers listen.
    pub port: u16,
    pub timeout: Duration,
}

impl ResolverSettings {
    /// As the C library looks names up.
    pub fn of_the_system(timeout: Duration) -> Self {
        Self {
            resolv_conf: PathBuf::from("/etc/resolv.conf"),
            hosts: PathBuf::from("/etc/hosts"),
            port: 53,
            timeout,
        }
    }
}

/// Looks names up.
#[derive(Debug)]
pub struct Resolver {
    timeout: Duration,
    files: Files,
    gate: Gate,
}

impl Resolver {
    /// Reads the files; what is missing or wrong in them is as if it were not there.
    pub fn new(settings: ResolverSettings) -> Self {
        Self {
            timeout: settings.timeout,
            files: Files::new(settings),
            gate: Gate::default(),
        }
    }

    /// The addresses of `name`, which is one of [`Host`]'s, in the order in which they should be tried:
    /// families in turn, IPv6 first if this machine has it. `who` waits for others of its own and of its tenant.
    ///
    /// # Errors
    /// Nobody has this name, or nobody answers.
    pub async fn lookup(&self, who: &Who, name: &str) -> Result<Vec<IpAddr>, LookupError> {
        let host = Host::parse(name).map_err(LookupError::NotFound)?;
        if host.is_localhost() {
            return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
        }
        let name = match &host {
            Host::Name(name) => name,
            Host::Address(address) => return Ok(vec![*address]),
        };
        let system = self.files.current();
        let known = match system.in_hosts(name) {
            addresses if addresses.is_empty() => system.remembered(name),
            addresses => Some(Answer::Addresses(addresses)),
        };
        let answer = match known {
            Some(answer) => answer,
            None => {
                let asked = async {
                    let _place = self.gate.enter(who).await;
                    // Somebody before us may have asked the same.
                    match system.remembered(name) {
                        Some(answer) => Ok(answer),
                        None => system.ask(name).await,
                    }
                };
                match tokio::time::timeout(self.timeout, asked).await {
                    Ok(answer) => answer.map_err(|why| failed(name, &why))?,
                    Err(_) => return Err(failed(name, "no DNS server answers in time")),
                }
            }
        };
        match answer {
            Answer::Addresses(addresses) => Ok(in_turn(addresses, has_ipv6())),
            Answer::None => Err(LookupError::NotFound(name.clone())),
        }
    }
}

fn failed(name: &str, why: &str) -> LookupError {
    LookupError::Failed(format!("{name}: {why}"))
}

/// Families alternate (RFC 8305, 4), so that one that does not work costs one attempt, not all time.
fn in_turn(addresses: Vec<IpAddr>, ipv6_first: bool) -> Vec<IpAddr> {
    let mut ordered = Vec::with_capacity(addresses.len().min(MOST_ADDRESSES));
    let (mut first, mut second): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv6() == ipv6_first);
    first.reverse();
    second.reverse();
    while ordered.len() < MOST_ADDRESSES && !(first.is_empty() && second.is_empty()) {
        ordered.extend(first.pop());
        ordered.extend(second.pop());
    }
    ordered.truncate(MOST_ADDRESSES);
    ordered
}

/// Whether this machine has a way to the IPv6 internet. Nothing is sent.
fn has_ipv6() -> bool {
    const SOMEWHERE: Ipv6Addr = Ipv6Addr::new(0x2001, 0x500, 2, 0, 0, 0, 0, 0xc);
    let routed = || {
        let socket = client::udp(SocketAddr::new(SOMEWHERE.into(), 53))?;
        UdpSocket::from(socket).local_addr()
    };
    routed().is_ok()
}
