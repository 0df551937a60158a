//! What the host's configuration comes to: names of its own, servers in their order, domains in which
//! short names are searched, and what has been answered since it was read.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use hickory_resolver::Hosts;
use hickory_resolver::proto::op::Query;
use hickory_resolver::proto::rr::{Name, RecordType};
use hickory_resolver::system_conf::parse_resolv_conf;
use moka::Expiry;
use moka::sync::Cache;
use tracing::warn;

use super::ResolverSettings;
use super::client::{Said, Server};

/// As the C library has it when nothing is configured: one that runs on this machine.
const DEFAULT_SERVER: &[u8] = b"\nnameserver 127.0.0.1\n";
/// The C library's own limits (resolv.conf(5)).
const MOST_SERVERS: usize = 3;
const MOST_DOMAINS: usize = 6;
/// Names that are remembered: at most some hundred bytes each.
const MOST_REMEMBERED: u64 = 4096;
/// However long a record says.
const LONGEST: Duration = Duration::from_secs(60 * 60);
const LONGEST_NEGATIVE: Duration = Duration::from_secs(60);

/// One state of the configuration.
#[derive(Debug)]
pub struct System {
    hosts: Hosts,
    servers: Vec<Server>,
    domains: Vec<Name>,
    /// Names with so many dots are tried as they are before they are searched for.
    dots: usize,
    answers: Cache<String, (Answer, Duration)>,
}

/// What is known about a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Never none.
    Addresses(Vec<IpAddr>),
    None,
}

impl System {
    pub fn new(resolv_conf: &[u8], hosts: &[u8], settings: &ResolverSettings) -> Self {
        let with_default = [resolv_conf, DEFAULT_SERVER].concat();
        let parsed = parse_resolv_conf(resolv_conf)
            .or_else(|_| parse_resolv_conf(with_default))
            .or_else(|_| parse_resolv_conf(DEFAULT_SERVER));
        let (config, options) = parsed.unwrap_or_default();
        let (_, domains, configs) = config.into_parts();
        let count = u32::try_from(configs.len().clamp(1, MOST_SERVERS)).unwrap_or(1);
        let patience = options.timeout.min(settings.timeout / count);
        let servers = configs.into_iter().take(MOST_SERVERS).filter_map(|config| {
            let server = Server::new(config, settings.port, patience);
            server
                .inspect_err(|error| warn!("a DNS server cannot be used: {error}"))
                .ok()
        });
        let mut read = Hosts::default();
        if let Err(error) = read.read_hosts_conf(hosts) {
            warn!("`{}`: {error}", settings.hosts.display());
        }
        Self {
            hosts: read,
            servers: servers.collect(),
            domains: domains.into_iter().take(MOST_DOMAINS).collect(),
            dots: options.ndots,
            answers: Cache::builder()
                .max_capacity(MOST_REMEMBERED)
                .expire_after(OwnAge)
                .build(),
        }
    }

    /// The addresses that the file of hosts has for `name`.
    pub fn in_hosts(&self, name: &str) -> Vec<IpAddr> {
        let Ok(name) = Name::from_ascii(name) else {
            return Vec::new();
        };
        let families = [RecordType::A, RecordType::AAAA];
        let found = families.into_iter().filter_map(|family| {
            self.hosts
                .lookup_static_host(&Query::query(name.clone(), family))
        });
        found
            .flat_map(|lookup| {
                let addresses = lookup.answers().iter().filter_map(|r| r.data.ip_addr());
                addresses.collect::<Vec<_>>()
            })
            .collect()
    }

    /// What was answered a while ago, as long as that holds.
    pub fn remembered(&self, name: &str) -> Option<Answer> {
        self.answers.get(name).map(|(answer, _)| answer)
    }

    /// Asks the servers for `name` and, where that is to be done, for what it is short for.
    ///
    /// # Errors
    /// Why nobody knows.
    pub async fn ask(&self, name: &str) -> Result<Answer, String> {
        let mut failure = None;
        let mut holds = LONGEST_NEGATIVE;
        for candidate in self.candidates(name) {
            match self.ask_servers(&candidate).await {
                Ok(Said::Addresses(addresses, age)) => {
                    let answer = Answer::Addresses(addresses);
                    self.remember(name, &answer, age.min(LONGEST));
                    return Ok(answer);
                }
                Ok(Said::Nothing(age)) => holds = holds.min(age),
                Err(why) => failure = Some(why),
            }
        }
        match failure {
            Some(why) => Err(why),
            None => {
                self.remember(name, &Answer::None, holds);
                Ok(Answer::None)
            }
        }
    }

    fn remember(&self, name: &str, answer: &Answer, age: Duration) {
        if !age.is_zero() {
            self.answers.insert(name.to_owned(), (answer.clone(), age));
        }
    }

    /// Complete names, in the order in which they are tried.
    fn candidates(&self, name: &str) -> Vec<Name> {
        let Ok(plain) = Name::from_ascii(name) else {
            return Vec::new();
        };
        let complete = |mut name: Name| {
            name.set_fqdn(true);
            name
        };
        let mut searched: Vec<Name> = self
            .domains
            .iter()
            .filter_map(|domain| plain.clone().append_domain(domain).ok())
            .map(complete)
            .collect();
        let dots = name.matches('.').count();
        let place = if dots >= self.dots { 0 } else { searched.len() };
        searched.insert(place, complete(plain));
        searched
    }

    /// The servers in their order, those last that were silent a while ago; the first that answers
    /// decides.
    async fn ask_servers(&self, name: &Name) -> Result<Said, String> {
        let (silent, others): (Vec<_>, Vec<_>) = self
            .servers
            .iter()
            .partition(|server| server.is_mistrusted());
        let mut failure = "no DNS server is configured".to_owned();
        for server in others.into_iter().chain(silent) {
            match server.ask(name).await {
                Ok(said) => return Ok(said),
                Err(why) => failure = why,
            }
        }
        Err(failure)
    }
}

/// Each answer expires by itself.
struct OwnAge;

impl Expiry<String, (Answer, Duration)> for OwnAge {
    fn expire_after_create(
        &self,
        _name: &String,
        (_, age): &(Answer, Duration),
        _now: Instant,
    ) -> Option<Duration> {
        Some(*age)
    }

    fn expire_after_update(
        &self,
        _name: &String,
        (_, age): &(Answer, Duration),
        _now: Instant,
        _left: Option<Duration>,
    ) -> Option<Duration> {
        Some(*age)
    }
}
