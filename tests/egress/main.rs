//! The engine that makes the connections of programs, against real servers and proxies on loopback.

mod direct;
mod peers;
mod relays;
mod requests;
mod tunnels;

use std::net::IpAddr;
use std::os::unix::net::UnixStream as StdStream;
use std::time::{Duration, Instant};

use belljar::egress::policy::{Mode, Policy};
use belljar::egress::proxies::NoProxy;
use belljar::egress::{
    Connection, Destination, Dial as _, DialError, Engine, OwnAddresses, Proxies, Settings, Who,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

/// Longer than anything here may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub fn who() -> Who {
    Who {
        tenant: "tenant".to_owned(),
        request: "request".to_owned(),
    }
}

pub fn to(host: &str, port: u16) -> Destination {
    Destination {
        host: host.to_owned(),
        address: None,
        port,
        bytes: None,
    }
}

/// For a policy that allows what is on the public internet and these entries.
pub fn settings(allow: &[&str], proxies: Proxies) -> Settings {
    let policy = Policy {
        mode: Mode::Public,
        allow: allow.iter().map(|entry| entry.parse().unwrap()).collect(),
        deny: Vec::new(),
    };
    Settings {
        proxies,
        ..Settings::directly(policy)
    }
}

pub fn engine(allow: &[&str], proxies: Proxies) -> Engine {
    Engine::new(settings(allow, proxies), OwnAddresses::new())
}

pub fn socks(address: &str) -> Proxies {
    Proxies {
        socks5: Some(address.parse().unwrap()),
        ..Proxies::default()
    }
}

/// One proxy for HTTP and TLS, as Dify has it.
pub fn both(address: &str) -> Proxies {
    Proxies {
        http: Some(address.parse().unwrap()),
        https: Some(address.parse().unwrap()),
        ..Proxies::default()
    }
}

pub fn no_proxy(entries: &[&str]) -> NoProxy {
    let (no_proxy, problems) = NoProxy::read(entries.iter().copied());
    assert!(problems.is_empty(), "{problems:?}");
    no_proxy
}

/// A connection of the engine's as a program has it. Reading and writing do not care what socket it is.
pub struct Program(pub UnixStream);

impl Program {
    pub fn of(connection: Connection) -> Self {
        let stream = StdStream::from(connection.socket);
        Self(UnixStream::from_std(stream).unwrap())
    }

    pub async fn dial(engine: &Engine, host: &str, port: u16) -> Self {
        let connected = engine.dial(&who(), &to(host, port)).await;
        Self::of(connected.unwrap_or_else(|error| panic!("{host}:{port}: {error}")))
    }

    pub async fn say(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Exactly so many bytes, as text.
    pub async fn hear(&mut self, count: usize) -> String {
        let mut bytes = vec![0; count];
        let read = self.0.read_exact(&mut bytes);
        let read = tokio::time::timeout(PATIENCE, read).await;
        read.expect("it is said in time").expect("it is said");
        String::from_utf8(bytes).unwrap()
    }

    /// Everything up to and with `end`.
    pub async fn hear_until(&mut self, end: &str) -> String {
        let mut text = String::new();
        while !text.ends_with(end) {
            text.push_str(&self.hear(1).await);
        }
        text
    }

    /// Everything to the end.
    pub async fn hear_all(&mut self) -> String {
        let mut text = Vec::new();
        let read = self.0.read_to_end(&mut text);
        let read = tokio::time::timeout(PATIENCE, read).await;
        read.expect("it ends in time").expect("it ends in order");
        String::from_utf8_lossy(&text).into_owned()
    }
}

pub async fn refusal(engine: &Engine, to: &Destination) -> String {
    match engine.dial(&who(), to).await {
        Err(DialError::Refused(why)) => why,
        other => panic!("{to:?}: {other:?}"),
    }
}

pub async fn proxys_word(engine: &Engine, host: &str, port: u16) -> String {
    match engine.dial(&who(), &to(host, port)).await {
        Err(DialError::Proxy(why)) => why,
        other => panic!("{host}:{port}: {other:?}"),
    }
}

/// Waits until `holds` does.
pub async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < PATIENCE, "in vain waited until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}
