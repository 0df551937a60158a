//! How a destination is reached: directly, through a proxy that is asked at once, or by standing between
//! until it is clear what the program speaks. What is dialled, or told to a proxy, was decided on here.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::Arc;

use tokio::net::{TcpStream, UnixStream};

use super::dialer;
use super::engine::{Failure, Inner, Settings, allowed};
use super::forward::{Allowance, Reach, Ways, stand_between};
use super::placeholders::is_placeholder;
use super::policy::{Host, Refusal};
use super::proxies::Proxy;
use super::tunnel::{self, Target};
use super::{Connection, Destination, DialError, LookupError, Who};

/// Where TLS is spoken without being asked.
const HTTPS: u16 = 443;

/// How a destination is reached.
enum Way<'a> {
    Direct,
    Tunnel(&'a Proxy),
    /// Whatever the program turns out to speak.
    Between {
        http: Option<&'a Proxy>,
        https: Option<&'a Proxy>,
    },
}

impl Inner {
    pub async fn try_dial(
        self: &Arc<Self>,
        who: &Who,
        to: &Destination,
    ) -> Result<Connection, Failure> {
        let Settings {
            policy, proxies, ..
        } = &self.settings;
        // What stands for a name says nothing else. Without the name it is nothing: it may be another
        // run's.
        let chosen = to
            .address
            .filter(|address| proxies.are_none() || !is_placeholder(*address));
        let host = policy.check_host(&to.host, Some(to.port))?;
        let target = Target {
            host,
            port: to.port,
        };
        match self.way(&target) {
            Way::Direct => {
                let (stream, peer) = self.direct(who, &target, chosen).await?;
                Ok(Connection {
                    socket: handed_over(stream.into_std())?,
                    peer: Some(peer),
                })
            }
            Way::Tunnel(proxy) => {
                let target = self.behind_proxy(who, &target).await?.for_tunnels;
                let mut stream = self.to_proxy(proxy).await?;
                tunnel::open(&mut stream, proxy, &target).await?;
                Ok(Connection {
                    socket: handed_over(stream.into_std())?,
                    peer: None,
                })
            }
            Way::Between { http, https } => {
                let targets = self.behind_proxy(who, &target).await?;
                let ways = Ways {
                    target: targets.for_requests,
                    tunnelled: targets.for_tunnels,
                    http: http.cloned(),
                    https: https.cloned(),
                };
                self.between(who, ways, chosen, to.bytes).await
            }
        }
    }

    fn way(&self, target: &Target) -> Way<'_> {
        let proxies = &self.settings.proxies;
        if proxies.no_proxy.covers(&target.host, target.port) {
            return Way::Direct;
        }
        if let Some(proxy) = &proxies.socks5 {
            return Way::Tunnel(proxy);
        }
        let (http, https) = (proxies.http.as_ref(), proxies.https.as_ref());
        match (http, https) {
            (None, None) => Way::Direct,
            _ if target.port == HTTPS => https.map_or(Way::Direct, Way::Tunnel),
            _ => Way::Between { http, https },
        }
    }

    /// Whether a lookup of `host` is left to a proxy, on one port at least.
    pub fn is_resolved_by_proxies(&self, host: &Host) -> bool {
        let Settings {
            proxies,
            resolve_behind_proxy,
            ..
        } = &self.settings;
        // An entry of `no_proxy` with a port is not about all of them.
        !proxies.are_none() && !resolve_behind_proxy && !proxies.no_proxy.covers(host, 0)
    }

    /// Decides on a destination that a proxy will connect to, and how it is told of it.
    async fn behind_proxy(&self, who: &Who, target: &Target) -> Result<Targets, Failure> {
        let Settings { policy, .. } = &self.settings;
        let port = target.port;
        let name = match &target.host {
            Host::Name(name) if self.settings.resolve_behind_proxy => name,
            host => {
                policy.check_unresolved(host, Some(port))?;
                if let Host::Address(address) = host {
                    self.check_own(host, *address, port)?;
                }
                return Ok(Targets {
                    for_requests: target.clone(),
                    for_tunnels: target.clone(),
                });
            }
        };
        let found = self.resolver.lookup(who, name).await?;
        // Any of them the proxy may choose, where it is told the name.
        for address in &found {
            policy.check_address(&target.host, *address, Some(port))?;
            self.check_own(&target.host, *address, port)?;
        }
        let address = found.first().copied().ok_or_else(|| no_address(name))?;
        Ok(Targets {
            for_requests: target.clone(),
            for_tunnels: Target {
                host: address.into(),
                port,
            },
        })
    }

    /// Connects with `target` itself: with the address that was chosen of those that it has.
    async fn direct(
        &self,
        who: &Who,
        target: &Target,
        chosen: Option<IpAddr>,
    ) -> Result<(TcpStream, SocketAddr), Failure> {
        let (policy, port) = (&self.settings.policy, target.port);
        let chosen = chosen.map(|address| address.to_canonical());
        let found = match &target.host {
            Host::Address(address) => Ok(vec![*address]),
            Host::Name(name) => self.resolver.lookup(who, name).await,
        };
        let has = |address| found.as_ref().is_ok_and(|found| found.contains(&address));
        let (host, candidates) = match chosen {
            // Whatever it once was, it is not this host's: nothing speaks for it but itself.
            Some(address) if !has(address) => {
                let host = policy.check_host(&address.to_string(), Some(port))?;
                (host, vec![address])
            }
            Some(address) => (target.host.clone(), vec![address]),
            None => (target.host.clone(), found?),
        };
        let found = allowed(candidates, |address| {
            policy.check_address(&host, address, Some(port))?;
            self.check_own(&host, address, port)
        })?;
        let named = target.host.to_string();
        let timeout = self.settings.connect_timeout;
        Ok(dialer::connect(&named, &found, port, timeout).await?)
    }

    fn check_own(&self, host: &Host, address: IpAddr, port: u16) -> Result<(), Refusal> {
        if self.own.contain(address) {
            self.settings
                .policy
                .check_own_address(host, address, port)?;
        }
        Ok(())
    }

    /// Connects with a proxy of the operator's, wherever it is.
    async fn to_proxy(&self, proxy: &Proxy) -> Result<TcpStream, DialError> {
        let failed = |why: &dyn std::fmt::Display| {
            DialError::Proxy(format!("the proxy {proxy} cannot be reached: {why}"))
        };
        let addresses = match &proxy.host {
            Host::Address(address) => vec![*address],
            Host::Name(name) => {
                // On nobody's behalf but our own.
                let found = self.resolver.lookup(&Who::default(), name).await;
                found.map_err(|error| failed(&error))?
            }
        };
        let named = proxy.host.to_string();
        let timeout = self.settings.connect_timeout;
        let connected = dialer::connect(&named, &addresses, proxy.port, timeout).await;
        connected
            .map(|(stream, _)| stream)
            .map_err(|error| failed(&error))
    }

    /// Stands between the program and whatever it turns out to speak.
    async fn between(
        self: &Arc<Self>,
        who: &Who,
        ways: Ways,
        chosen: Option<IpAddr>,
        bytes: Option<u64>,
    ) -> Result<Connection, Failure> {
        let place = self.relays.take(&who.tenant).map_err(|_| {
            DialError::Unavailable(
                "too many connections through proxies are open: close some".to_owned(),
            )
        })?;
        // What is most likely needed, so that its failure is the connection's.
        let ready = match &ways.http {
            Some(proxy) => Some(self.to_proxy(proxy).await?),
            None => None,
        };
        let (theirs, ours) = UnixStream::pair().map_err(unavailable)?;
        let socket = handed_over(theirs.into_std())?;
        let reach = Reacher {
            inner: Arc::clone(self),
            who: who.clone(),
            target: ways.target.clone(),
            chosen,
        };
        // Of all connections of a request together, whichever way they go.
        let allowance = bytes.map(|bytes| {
            let fresh = || Arc::new(Allowance::new(bytes));
            self.allowances.get_with_by_ref(who, fresh)
        });
        tokio::spawn(async move {
            let _place = place;
            let served = stand_between(ours, &ways, &reach, ready, allowance.as_deref());
            if let Err(error) = served.await {
                reach
                    .inner
                    .note(&reach.who, &ways.target, Err(&error.into()));
            }
        });
        Ok(Connection { socket, peer: None })
    }
}

/// What a proxy is told of a destination.
struct Targets {
    /// In the head of a request: by name, as sites expect it.
    for_requests: Target,
    /// By the address that was decided on, if one was.
    for_tunnels: Target,
}

/// Makes connections for what stands between.
struct Reacher {
    inner: Arc<Inner>,
    who: Who,
    target: Target,
    chosen: Option<IpAddr>,
}

impl Reach for Reacher {
    async fn proxy(&self, proxy: &Proxy) -> Result<TcpStream, DialError> {
        self.inner.to_proxy(proxy).await
    }

    async fn target(&self) -> Result<TcpStream, DialError> {
        let connected = self
            .inner
            .direct(&self.who, &self.target, self.chosen)
            .await;
        connected
            .map(|(stream, _)| stream)
            .map_err(Failure::into_dial_error)
    }
}

fn handed_over<T: Into<OwnedFd>>(socket: io::Result<T>) -> Result<OwnedFd, DialError> {
    socket.map(T::into).map_err(unavailable)
}

fn unavailable(error: io::Error) -> DialError {
    DialError::Unavailable(format!("no connection can be made: {error}"))
}

fn no_address(name: &str) -> LookupError {
    LookupError::NotFound(name.to_owned())
}
