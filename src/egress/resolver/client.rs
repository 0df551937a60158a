//! One DNS server, asked for one name.
//!
//! hickory does the protocol: identifiers, retransmission, TCP for what is too long, aliases. It keeps
//! nothing: what is remembered, and which server is asked when, is decided above.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::pin::{Pin, pin};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hickory_resolver::Resolver;
use hickory_resolver::config::{NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::{RuntimeProvider, TokioRuntimeProvider};
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RecordType};
use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, SockaddrIn, SockaddrIn6, connect, socket,
};
use tokio::net::UdpSocket;

use super::MOST_ADDRESSES;

/// How long IPv4 addresses wait for those of IPv6 (RFC 8305, 3, is less patient).
const GRACE: Duration = Duration::from_millis(300);
/// How long the addresses of one family are remembered when nothing is known of the other.
const HALF: Duration = Duration::from_secs(1);
/// How long a server that did not answer is asked only after the others.
const MISTRUSTED: Duration = Duration::from_secs(30);

/// A server, and whether it answers.
#[derive(Debug)]
pub struct Server {
    resolver: Resolver<Sockets>,
    silent: Mutex<Option<Instant>>,
}

/// What a server says about a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Never none.
    Addresses(Vec<IpAddr>, Duration),
    /// There is no such name, or it has no addresses.
    Nothing(Duration),
}

impl Server {
    /// `patience` is for one question.
    pub fn new(
        mut config: NameServerConfig,
        port: u16,
        patience: Duration,
    ) -> Result<Self, NetError> {
        for connection in &mut config.connections {
            connection.port = port;
        }
        let config = ResolverConfig::from_name_servers(vec![config]);
        let mut builder = Resolver::builder_with_config(config, Sockets::default());
        let options = builder.options_mut();
        options.timeout = patience;
        options.attempts = 0;
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Never;
        Ok(Self {
            resolver: builder.build()?,
            silent: Mutex::new(None),
        })
    }

    /// Whether it failed to answer a short time ago.
    pub fn is_mistrusted(&self) -> bool {
        let silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        silent.is_some_and(|since| since.elapsed() < MISTRUSTED)
    }

    /// The addresses of a name that is complete.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn ask(&self, name: &Name) -> Result<Said, String> {
        let answer = self.both_families(name).await;
        let is_silent = matches!(
            answer,
            Err(NetError::Timeout | NetError::Io(_) | NetError::NoConnections)
        );
        *self.silent.lock().unwrap_or_else(PoisonError::into_inner) = is_silent.then(Instant::now);
        answer.map_err(|error| told(&error))
    }

    /// IPv6 is not waited for long once IPv4 has something; the other way round it is, since many
    /// machines have IPv4 only.
    async fn both_families(&self, name: &Name) -> Result<Said, NetError> {
        let mut v4 = pin!(self.family(name, RecordType::A));
        let mut v6 = pin!(self.family(name, RecordType::AAAA));
        let (v4, v6) = tokio::select! {
            v6 = &mut v6 => (v4.await, v6),
            v4 = &mut v4 => {
                let v6 = if let Ok(Said::Addresses(..)) = v4 {
                    let v6 = tokio::time::timeout(GRACE, v6).await;
                    v6.unwrap_or(Err(NetError::Timeout))
                } else {
                    v6.await
                };
                (v4, v6)
            }
        };
        match (v4, v6) {
            (Ok(Said::Addresses(mut all, one)), Ok(Said::Addresses(more, other))) => {
                all.extend(more);
                Ok(Said::Addresses(all, one.min(other)))
            }
            (Ok(found @ Said::Addresses(..)), Ok(_)) | (Ok(_), Ok(found @ Said::Addresses(..))) => {
                Ok(found)
            }
            // Half an answer is better than none, but not for long.
            (Ok(Said::Addresses(found, age)), Err(_))
            | (Err(_), Ok(Said::Addresses(found, age))) => {
                Ok(Said::Addresses(found, age.min(HALF)))
            }
            (Ok(Said::Nothing(one)), Ok(Said::Nothing(other))) => Ok(Said::Nothing(one.min(other))),
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }

    async fn family(&self, name: &Name, family: RecordType) -> Result<Said, NetError> {
        match self.resolver.lookup(name.clone(), family).await {
            Ok(found) => Ok(said(&found)),
            Err(NetError::Dns(DnsError::NoRecordsFound(none)))
                if matches!(
                    none.response_code,
                    ResponseCode::NXDomain | ResponseCode::NoError
                ) =>
            {
                // Without an SOA record nobody says how long (RFC 2308, 5).
                let seconds = none.negative_ttl.unwrap_or(0);
                Ok(Said::Nothing(Duration::from_secs(seconds.into())))
            }
            Err(error) => Err(error),
        }
    }
}

fn said(found: &Lookup) -> Said {
    let records = found.answers();
    let addresses: Vec<IpAddr> = records
        .iter()
        .filter_map(|record| record.data.ip_addr())
        .take(MOST_ADDRESSES)
        .collect();
    // Aliases on the way count, too.
    let seconds = records.iter().map(|record| record.ttl).min().unwrap_or(0);
    let age = Duration::from_secs(seconds.into());
    if addresses.is_empty() {
        Said::Nothing(Duration::ZERO)
    } else {
        Said::Addresses(addresses, age)
    }
}

fn told(error: &NetError) -> String {
    match error {
        NetError::Timeout => "no DNS server answers in time".to_owned(),
        NetError::Io(_) | NetError::NoConnections => "no DNS server can be reached".to_owned(),
        NetError::Dns(DnsError::ResponseCode(code)) => format!("the DNS server says: {code}"),
        NetError::Dns(DnsError::NoRecordsFound(none)) => {
            format!("the DNS server says: {}", none.response_code)
        }
        other => format!("the DNS server's answer is of no use: {other}"),
    }
}

/// hickory's connections, with UDP sockets that are connected instead of bound: the kernel chooses the
/// port at random and drops what comes from others.
#[derive(Clone, Default)]
struct Sockets(TokioRuntimeProvider);

impl RuntimeProvider for Sockets {
    type Handle = <TokioRuntimeProvider as RuntimeProvider>::Handle;
    type Timer = <TokioRuntimeProvider as RuntimeProvider>::Timer;
    type Udp = UdpSocket;
    type Tcp = <TokioRuntimeProvider as RuntimeProvider>::Tcp;

    fn create_handle(&self) -> Self::Handle {
        self.0.create_handle()
    }

    fn connect_tcp(
        &self,
        server: SocketAddr,
        _local: Option<SocketAddr>,
        patience: Option<Duration>,
    ) -> Pin<Box<dyn Send + Future<Output = io::Result<Self::Tcp>>>> {
        self.0.connect_tcp(server, None, patience)
    }

    fn bind_udp(
        &self,
        _local: SocketAddr,
        server: SocketAddr,
    ) -> Pin<Box<dyn Send + Future<Output = io::Result<Self::Udp>>>> {
        Box::pin(async move { UdpSocket::from_std(udp(server)?.into()) })
    }
}

/// A UDP socket that speaks with `server` only. Everything is asked for when it is made: a locked process
/// cannot change it afterwards.
pub fn udp(server: SocketAddr) -> io::Result<OwnedFd> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let made = |family| socket(family, SockType::Datagram, flags, None);
    Ok(match server {
        SocketAddr::V4(server) => {
            let socket = made(AddressFamily::Inet)?;
            connect(socket.as_raw_fd(), &SockaddrIn::from(server))?;
            socket
        }
        SocketAddr::V6(server) => {
            let socket = made(AddressFamily::Inet6)?;
            connect(socket.as_raw_fd(), &SockaddrIn6::from(server))?;
            socket
        }
    })
}
