//! Resolves, decides and dials: directly, or through the operator's proxies.
//!
//! Guarantees: what is dialled was decided on, name and address; a program's word for which address a
//! name has counts only as long as the name has it; where a proxy resolves names, the name that was
//! decided on is what the proxy is told.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::forward::Allowance;
use super::ledger::{Came, Counts, Ledger};
use super::own::OwnAddresses;
use super::placeholders::Placeholders;
use super::places::Places;
use super::policy::{Host, Policy, Refusal};
use super::proxies::Proxies;
use super::resolver::{Resolver, ResolverSettings};
use super::{Connection, Destination, Dial, DialError, LookupError, Pending, Who};

/// Connections that this process stands between at once. Each holds three descriptors.
pub const MOST_RELAYS: usize = 3584;
/// Of one tenant: more than as many programs as run by default can have.
const MOST_OF_A_TENANT: usize = 3328;

/// Requests of which it is remembered how much they may still send and receive.
const MOST_ALLOWANCES: u64 = 4096;
/// How long after their last connection.
const KEPT: Duration = Duration::from_secs(60 * 60);

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
pub(super) struct Inner {
    pub settings: Settings,
    pub own: OwnAddresses,
    pub resolver: Resolver,
    pub placeholders: Placeholders,
    ledger: Ledger,
    pub relays: Places,
    /// What is left to requests whose connections go through this process.
    pub allowances: Cache<Who, Arc<Allowance>>,
}

/// Why there is nothing to be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Lookup(#[from] LookupError),
    #[error(transparent)]
    Dial(#[from] DialError),
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
                allowances: Cache::builder()
                    .max_capacity(MOST_ALLOWANCES)
                    .eviction_policy(EvictionPolicy::lru())
                    .time_to_idle(KEPT)
                    .build(),
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
            return Ok(vec![self.placeholders.address_of(&who.tenant, name)]);
        }
        let found = self.resolver.lookup(who, name).await?;
        allowed(found, |address| policy.check_address(&host, address, None))
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

    /// Counts, and logs what the operator may want to know.
    pub fn note(
        &self,
        who: &Who,
        destination: &dyn std::fmt::Display,
        came: Result<Came, &Failure>,
    ) {
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

impl Failure {
    pub fn into_dial_error(self) -> DialError {
        match self {
            Self::Refused(refusal) => DialError::Refused(refusal.to_string()),
            Self::Lookup(error) => DialError::Lookup(error),
            Self::Dial(error) => error,
        }
    }
}

/// Those that `check` allows; where it allows none, what it says of the first.
pub(super) fn allowed(
    addresses: Vec<IpAddr>,
    check: impl Fn(IpAddr) -> Result<(), Refusal>,
) -> Result<Vec<IpAddr>, Failure> {
    let mut refusal = None;
    let mut found = Vec::with_capacity(addresses.len());
    for address in addresses {
        match check(address) {
            Ok(()) => found.push(address),
            Err(why) => {
                refusal.get_or_insert(why);
            }
        }
    }
    match refusal {
        Some(refusal) if found.is_empty() => Err(refusal.into()),
        _ => Ok(found),
    }
}
