//! The settings of the network that programs have.

use std::path::PathBuf;
use std::time::Duration;

use super::keys::{self, Key};
use super::source::{Notice, Sources};
use super::value::{self, Value};
use crate::egress::Proxies;
use crate::egress::policy::{Mode, Policy, Rule};
use crate::egress::proxies::{NoProxy, Proxy, ProxyKind};

/// What programs reach, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkSettings {
    /// `network.policy`, `network.allow`, `network.deny`.
    pub policy: Policy,
    /// `proxy.*`.
    pub proxies: Proxies,
    /// Whether names are resolved and decided on by their addresses here, although a proxy could
    /// resolve them (`network.resolve_behind_proxy`).
    pub resolve_behind_proxy: bool,
    /// Certificates that programs trust besides the system's, in PEM (`network.ca_file`).
    pub ca_file: Option<PathBuf>,
    /// Whether a program may do without checking certificates (`network.insecure_tls`).
    pub insecure_tls: bool,
    /// What one attempt to connect may take (`network.connect_timeout`).
    pub connect_timeout: Duration,
    /// What looking a name up may take (`network.lookup_timeout`).
    pub lookup_timeout: Duration,
}

/// Less than Linux's own two minutes: the run ends much sooner.
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Less than a program has by default, so that it can still say what went wrong.
const DEFAULT_LOOKUP_TIMEOUT: Duration = Duration::from_secs(4);

pub(super) fn read(sources: &mut Sources<'_>, enabled: bool) -> NetworkSettings {
    let settings = NetworkSettings {
        policy: policy(sources),
        proxies: proxies(sources),
        resolve_behind_proxy: sources
            .get(&keys::NETWORK_RESOLVE, value::boolean)
            .unwrap_or(false),
        ca_file: sources
            .get(&keys::NETWORK_CA_FILE, value::string)
            .map(PathBuf::from),
        insecure_tls: sources
            .get(&keys::NETWORK_INSECURE_TLS, value::boolean)
            .unwrap_or(false),
        connect_timeout: sources
            .get(&keys::NETWORK_CONNECT_TIMEOUT, value::seconds)
            .unwrap_or(DEFAULT_CONNECT_TIMEOUT),
        lookup_timeout: sources
            .get(&keys::NETWORK_LOOKUP_TIMEOUT, value::seconds)
            .unwrap_or(DEFAULT_LOOKUP_TIMEOUT),
    };
    let warnings = contradictions(sources, enabled, &settings);
    sources
        .notices
        .extend(warnings.into_iter().map(Notice::Warning));
    settings
}

fn policy(sources: &mut Sources<'_>) -> Policy {
    let mode = sources.get(&keys::NETWORK_POLICY, |value| {
        match value::string(value).as_deref() {
            // `off` is a boolean in YAML 1.1.
            Ok("off" | "Off" | "OFF" | "false") => Ok(Mode::Off),
            Ok("public") => Ok(Mode::Public),
            Ok("allow-list") => Ok(Mode::AllowList),
            _ => Err("`off`, `public` or `allow-list`".to_owned()),
        }
    });
    let deny = sources.get_explained(&keys::NETWORK_DENY, |value| {
        let rules = rules(value)?;
        match rules.iter().find(|rule| rule.is_private()) {
            Some(rule) => Err(format!("`{rule}`: `private` is a word for network.allow")),
            None => Ok(rules),
        }
    });
    Policy {
        mode: mode.unwrap_or_default(),
        allow: sources
            .get_explained(&keys::NETWORK_ALLOW, rules)
            .unwrap_or_default(),
        deny: deny.unwrap_or_default(),
    }
}

fn rules(value: &Value) -> Result<Vec<Rule>, String> {
    let texts = value::strings(value).map_err(|_| {
        format!("expected a list of hosts, addresses and ranges of addresses, found {value}")
    })?;
    let (mut rules, mut problems) = (Vec::new(), Vec::new());
    for text in texts.iter().filter(|text| !text.is_empty()) {
        match text.parse() {
            Ok(rule) => rules.push(rule),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(rules)
    } else {
        Err(problems.join("; "))
    }
}

fn proxies(sources: &mut Sources<'_>) -> Proxies {
    // Whatever is wrong with one that is not used is to be told all the same.
    let socks5 = proxy(sources, &keys::PROXY_SOCKS5, "socks5");
    let http = proxy(sources, &keys::PROXY_HTTP, "http");
    let https = proxy(sources, &keys::PROXY_HTTPS, "http");
    let listed = sources.get(&keys::PROXY_NO_PROXY, value::strings);
    let listed = listed.unwrap_or_default();
    let (no_proxy, problems) = NoProxy::read(listed.iter().map(String::as_str));
    // Other software's lists have entries of its own.
    for problem in problems {
        let text = format!("proxy.no_proxy: ignored, goes through the proxy: {problem}");
        sources.notices.push(Notice::Warning(text));
    }
    // As in dify-sandbox, where it may be of either kind.
    let (socks5, http, https) = match socks5 {
        Some(proxy) if proxy.kind == ProxyKind::Http => (None, Some(proxy.clone()), Some(proxy)),
        Some(proxy) => (Some(proxy), None, None),
        None => (None, http, https),
    };
    Proxies {
        http,
        https,
        socks5,
        no_proxy,
    }
}

/// A proxy whose address may lack its scheme.
fn proxy(sources: &mut Sources<'_>, key: &Key, scheme: &str) -> Option<Proxy> {
    sources.get_explained(key, |value| {
        let text = value::string(value).map_err(|_| "expected one address".to_owned())?;
        match text.contains("://") {
            true => text.parse(),
            false => format!("{scheme}://{text}").parse(),
        }
    })
}

/// What works, but not as somebody may have thought.
fn contradictions(sources: &Sources<'_>, enabled: bool, settings: &NetworkSettings) -> Vec<String> {
    let policy = &settings.policy;
    if !enabled {
        // The default may be written down; anything else was meant to matter.
        let mut keys = vec![&keys::NETWORK_ALLOW, &keys::NETWORK_DENY];
        if policy.mode == Mode::AllowList {
            keys.push(&keys::NETWORK_POLICY);
        }
        let set = keys.into_iter().filter(|key| sources.has(key));
        let warning = |key: &Key| {
            let path = key.path;
            format!("{path}: without effect, because enable_network is not true")
        };
        return set.map(warning).take(1).collect();
    }
    let mut found = Vec::new();
    let mut say = |text: String| found.push(text);
    if policy.mode == Mode::Off && !policy.allow.is_empty() {
        say("network.allow: without effect, because network.policy is `off`".to_owned());
    }
    if policy.mode == Mode::AllowList && policy.allow.is_empty() {
        say("network.allow: empty, so that programs reach nothing".to_owned());
    }
    for rule in policy.without_effect() {
        say(format!(
            "network.allow: `{rule}` changes nothing while network.policy is `public`: public \
             addresses are allowed anyway (`allow-list` would allow nothing else), and private ones \
             only by an entry of their own range or of a host with `private` after it"
        ));
    }
    if settings.insecure_tls {
        say(
            "network.insecure_tls: programs may talk to servers whose certificates nobody checked; \
             network.ca_file is the better way to an own authority"
                .to_owned(),
        );
    }
    if settings.resolve_behind_proxy && settings.proxies.are_none() {
        say("network.resolve_behind_proxy: without effect, because there is no proxy".to_owned());
    }
    found
}

#[cfg(test)]
#[path = "network_tests.rs"]
mod tests;
