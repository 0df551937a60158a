//! Resolves, decides and dials: directly, or through the operator's proxies.
//!
//! Guarantees: what is dialled was decided on, name and address; a program's word for which address a
//! name has counts only as long as the name has it; where a proxy resolves names, the name that was
//! decided on is what the proxy is told.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpStream, UnixStream};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::forward::{Reach, Ways, stand_between};
use super::ledger::{Came, Counts, Ledger};
use super::own::OwnAddresses;
use super::placeholders::{Placeholders, is_placeholder};
use super::places::Places;
use super::policy::{Host, Policy, Refusal};
use super::proxies::{Proxies, Proxy};
use super::resolver::{Resolver, ResolverSettings};
use super::tunnel::{self, Target};
use super::{Connection, Destination, Dial, DialError, LookupError, Pending, Who, dialer};

/// Connections that this process stands between at once. Each holds three descriptors.
pub const MOST_RELAYS: usize = 2048;
/// Of one tenant.
const MOST_OF_A_TENANT: usize = 1024;
/// On whose behalf proxies are looked up.
const OURSELVES: &str = "";
/// Where TLS is spoken without being asked.
const HTTPS: u16 = 443;

/// What an engine goes by.
#[derive(Clone, Debug)]
pub struct Settings {
    pub policy: Policy,
    pub proxies: Proxies,
    /// Whether names are resolved and decided on by their addresses here although a proxy could.
    pub resolve_behind_proxy: bool,
    /// For each address of a host.
    pub connect_timeout: Duration,
    /// How names are looked up.
    pub resolver: ResolverSettings,
}

impl Settings {
    /// Without proxies, and as the system looks names up.
    pub fn directly(policy: Policy) -> Self {
        const PATIENCE: Duration = Duration::from_secs(5);
        Self {
            policy,
            proxies: Proxies::default(),
            resolve_behind_proxy: false,
            connect_timeout: PATIENCE,
            resolver: ResolverSettings::of_the_system(PATIENCE),
        }
    }
}

/// What the egress process does; a command-line run has one of its own. Works on threads without a
/// tokio runtime of their own, too.
#[derive(Debug)]
pub struct Engine {
    inner: Arc<Inner>,
    runtime: Handle,
}

#[derive(Debug)]
struct Inner {
    settings: Settings,
    own: OwnAddresses,
    resolver: Resolver,
    placeholders: Placeholders,
    ledger: Ledger,
    relays: Places,
}

/// Why there is nothing to be had.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Lookup(#[from] LookupError),
    #[error(transparent)]
    Dial(#[from] DialError),
}

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

impl Engine {
    /// Must be called within a tokio runtime, in which it then works.
    pub fn new(settings: Settings, own: OwnAddresses) -> Self {
        Self {
            inner: Arc::new(Inner {
                resolver: Resolver::new(settings.resolver.clone()),
                settings,
                own,
                placeholders: Placeholders::default(),
                ledger: Ledger::default(),
                relays: Places::new(MOST_RELAYS, MOST_OF_A_TENANT),
            }),
            runtime: Handle::current(),
        }
    }

    /// What came of a tenant's requests so far.
    pub fn counts(&self, tenant: &str) -> Counts {
        self.inner.ledger.counts(tenant)
    }

    /// Logs what came of requests since the last time.
    pub fn tell(&self) {
        self.inner.ledger.tell();
    }
}

impl Dial for Engine {
    fn lookup<'a>(&'a self, who: &'a Who, host: &'a str) -> Pending<'a, Vec<IpAddr>, LookupError> {
        let (inner, who, host) = (Arc::clone(&self.inner), who.clone(), host.to_owned());
        let working = Task(
            self.runtime
                .spawn(async move { inner.lookup(&who, &host).await }),
        );
        Box::pin(async move {
            let ended = working.await;
            ended.unwrap_or_else(|gone| Err(LookupError::Failed(gone.to_owned())))
        })
    }

    fn dial<'a>(&'a self, who: &'a Who, to: &'a Destination) -> Pending<'a, Connection, DialError> {
        let (inner, who, to) = (Arc::clone(&self.inner), who.clone(), to.clone());
        let working = Task(
            self.runtime
                .spawn(async move { inner.dial(&who, &to).await }),
        );
        Box::pin(async move {
            let ended = working.await;
            ended.unwrap_or_else(|gone| Err(DialError::Unavailable(gone.to_owned())))
        })
    }
}

/// A task that ends with whoever waits for it.
struct Task<T>(JoinHandle<T>);

impl<T> Future for Task<T> {
    type Output = Result<T, &'static str>;

    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Self::Output> {
        let ended = std::pin::Pin::new(&mut self.0).poll(context);
        ended.map(|ended| ended.map_err(|_| "what makes connections for programs is ending"))
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Inner {
    async fn lookup(&self, who: &Who, host: &str) -> Result<Vec<IpAddr>, LookupError> {
        let found = self.try_lookup(who, host).await;
        self.note(who, &host, found.as_ref().map(|_| Came::LookedUp));
        found.map_err(|failure| match failure {
            Failure::Refused(refusal) => LookupError::Refused(refusal.to_string()),
            Failure::Lookup(error) => error,
            Failure::Dial(error) => LookupError::Failed(error.to_string()),
        })
    }

    async fn try_lookup(&self, who: &Who, text: &str) -> Result<Vec<IpAddr>, Failure> {
        let policy = &self.settings.policy;
        let host = policy.check_host(text, None)?;
        let name = match &host {
            Host::Address(address) => return Ok(vec![*address]),
            Host::Name(name) => name,
        };
        if self.is_resolved_by_proxies(&host) {
            policy.check_unresolved(&host, None)?;
            let address = self.placeholders.address_of(&who.tenant, name);
            let too_many = "too many names are in use at once";
            let address = address.ok_or_else(|| LookupError::Failed(too_many.to_owned()))?;
            return Ok(vec![address]);
        }
        let found = self.resolver.lookup(&who.tenant, name).await?;
        first_refusal(found, |address| policy.check_address(&host, address, None))
    }

    async fn dial(self: &Arc<Self>, who: &Who, to: &Destination) -> Result<Connection, DialError> {
        let connected = self.try_dial(who, to).await;
        let destination = format_args!("{}:{}", to.host, to.port);
        self.note(
            who,
            &destination,
            connected.as_ref().map(|_| Came::Connected),
        );
        connected.map_err(Failure::into_dial_error)
    }

    async fn try_dial(
        self: &Arc<Self>,
        who: &Who,
        to: &Destination,
    ) -> Result<Connection, Failure> {
        let Settings {
            policy, proxies, ..
        } = &self.settings;
        let (mut named, mut chosen) = (to.host.clone(), to.address);
        if !proxies.are_none() {
            // What stands for a name says nothing else.
            chosen = chosen.filter(|address| !is_placeholder(*address));
            if let Ok(Host::Address(address)) = Host::parse(&named)
                && let Some(name) = self.placeholders.name_of(&who.tenant, address)
            {
                named = name;
            }
        }
        let host = policy.check_host(&named, Some(to.port))?;
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
    fn is_resolved_by_proxies(&self, host: &Host) -> bool {
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
        let found = self.resolver.lookup(&who.tenant, name).await?;
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
            Host::Name(name) => self.resolver.lookup(&who.tenant, name).await,
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
        let allowed = first_refusal(candidates, |address| {
            policy.check_address(&host, address, Some(port))?;
            self.check_own(&host, address, port)
        })?;
        let named = target.host.to_string();
        let timeout = self.settings.connect_timeout;
        Ok(dialer::connect(&named, &allowed, port, timeout).await?)
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
                let found = self.resolver.lookup(OURSELVES, name).await;
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
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = stand_between(ours, &ways, &reach, ready, bytes).await {
                reach
                    .inner
                    .note(&reach.who, &ways.target, Err(&error.into()));
            }
        });
        Ok(Connection { socket, peer: None })
    }

    /// Counts, and logs what the operator may want to know.
    fn note(&self, who: &Who, destination: &dyn std::fmt::Display, came: Result<Came, &Failure>) {
        match came {
            Ok(came) => self.ledger.count(who, came),
            Err(Failure::Refused(refusal)) => {
                let kind = refusal.cause.name();
                self.ledger.refused(who, kind, destination, refusal);
            }
            Err(Failure::Dial(error @ DialError::Proxy(_))) => {
                self.ledger.refused(who, "proxy", destination, error);
            }
            Err(Failure::Lookup(_) | Failure::Dial(_)) => self.ledger.count(who, Came::Failed),
        }
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

impl Failure {
    fn into_dial_error(self) -> DialError {
        match self {
            Self::Refused(refusal) => DialError::Refused(refusal.to_string()),
            Self::Lookup(error) => DialError::Lookup(error),
            Self::Dial(error) => error,
        }
    }
}

/// Those that `check` allows; where it allows none, what it says of the first.
fn first_refusal(
    addresses: Vec<IpAddr>,
    check: impl Fn(IpAddr) -> Result<(), Refusal>,
) -> Result<Vec<IpAddr>, Failure> {
    let mut refusal = None;
    let mut allowed = Vec::with_capacity(addresses.len());
    for address in addresses {
        match check(address) {
            Ok(()) => allowed.push(address),
            Err(why) => {
                refusal.get_or_insert(why);
            }
        }
    }
    match refusal {
        Some(refusal) if allowed.is_empty() => Err(refusal.into()),
        _ => Ok(allowed),
    }
}

fn handed_over<T: Into<std::os::fd::OwnedFd>>(
    socket: std::io::Result<T>,
) -> Result<std::os::fd::OwnedFd, DialError> {
    socket.map(T::into).map_err(unavailable)
}

fn unavailable(error: std::io::Error) -> DialError {
    DialError::Unavailable(format!("no connection can be made: {error}"))
}

fn no_address(name: &str) -> LookupError {
    LookupError::NotFound(name.to_owned())
}
