//! What network programs would have here: the policy, name resolution, certificates, proxies.
//!
//! Asks the DNS servers one question and opens a connection to each proxy, over which nothing is said.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;

use crate::checks::Check;
use crate::config::{ConfigFile, NetworkSettings, Settings, process_environment};
use crate::egress::policy::{Host, Mode, Policy};
use crate::egress::proxies::Proxy;
use crate::egress::resolver::{Resolver, ResolverSettings};
use crate::egress::{LookupError, Who};
use crate::wasm::network::Trust;

/// A name that every DNS server has an answer for, if only that there is none.
const ANY_NAME: &str = "example.com";
/// What connecting to a proxy may take.
const PATIENCE: Duration = Duration::from_secs(3);

pub fn checks(file: &ConfigFile) -> Vec<Check> {
    // A wrong configuration is told elsewhere.
    let Ok(loaded) = Settings::load(file, &process_environment) else {
        return Vec::new();
    };
    let settings = loaded.settings;
    if !settings.enable_network {
        return vec![Check::ok("network", "none (enable_network is not true)")];
    }
    let network = &settings.network;
    if network.policy.mode == Mode::Off {
        return vec![Check::ok("network", "none (network.policy is `off`)")];
    }
    let mut checks = vec![policy(network), certificates(network)];
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match tokio {
        Ok(tokio) => checks.extend(tokio.block_on(outside(network))),
        Err(error) => checks.push(Check::warning(
            "network: names",
            format!("cannot be tried: {error}"),
            "see docs/network.md",
        )),
    }
    checks
}

fn policy(network: &NetworkSettings) -> Check {
    let Policy { mode, allow, deny } = &network.policy;
    let entries = |count: usize| match count {
        1 => "1 entry".to_owned(),
        count => format!("{count} entries"),
    };
    let allowed = match mode {
        Mode::Off => "nothing".to_owned(),
        Mode::Public if allow.is_empty() => "the public internet".to_owned(),
        Mode::Public => format!(
            "the public internet, and {} of network.allow",
            entries(allow.len())
        ),
        Mode::AllowList => format!("only {} of network.allow", entries(allow.len())),
    };
    let denied = match deny.len() {
        0 => String::new(),
        count => format!(", but not {} of network.deny", entries(count)),
    };
    Check::ok("network", format!("{allowed}{denied}"))
}

fn certificates(network: &NetworkSettings) -> Check {
    const NAME: &str = "network: certificates";
    if let Err(error) = Trust::load(network.ca_file.as_deref(), network.insecure_tls) {
        let mend = "name a file of certificates in PEM that the server can read";
        return Check::failed(NAME, error.to_string(), mend);
    }
    let own = match &network.ca_file {
        Some(path) => format!(", and those in `{}`", path.display()),
        None => String::new(),
    };
    match rustls_native_certs::load_native_certs().certs.len() {
        0 => Check::warning(
            NAME,
            format!(
                "the system trusts no authority: Mozilla's {} are used{own}",
                webpki_roots::TLS_SERVER_ROOTS.len()
            ),
            "install the package ca-certificates, so that they are updated with the system",
        ),
        count => Check::ok(NAME, format!("{count} authorities of the system's{own}")),
    }
}

async fn outside(network: &NetworkSettings) -> Vec<Check> {
    let resolver = Resolver::new(ResolverSettings::of_the_system(network.lookup_timeout));
    let mut checks = Vec::new();
    let proxies = &network.proxies;
    if !proxies.are_none() && !network.resolve_behind_proxy {
        checks.push(Check::ok("network: names", "resolved by the proxy"));
    } else {
        checks.push(names(&resolver, &network.policy).await);
    }
    let mut tried: Vec<&Proxy> = Vec::new();
    for proxy in proxies.all() {
        if !tried.contains(&proxy) {
            tried.push(proxy);
            checks.push(reached(&resolver, proxy).await);
        }
    }
    checks
}

/// Looks up a name that programs may, if the policy names one.
async fn names(resolver: &Resolver, policy: &Policy) -> Check {
    const NAME: &str = "network: names";
    let named = policy.allow.iter().find_map(|rule| rule.exact_name());
    let name = match policy.mode {
        Mode::AllowList => named.unwrap_or(ANY_NAME),
        Mode::Off | Mode::Public => ANY_NAME,
    };
    match resolver.lookup(&Who::default(), name).await {
        Ok(addresses) => Check::ok(NAME, format!("{name} is {}", addresses[0])),
        Err(LookupError::NotFound(_)) if name == ANY_NAME => {
            Check::ok(NAME, "DNS answers, but knows no names of the internet")
        }
        Err(error) => Check::warning(
            NAME,
            error.to_string(),
            "see to /etc/resolv.conf; programs reach hosts by name only if it names a server that answers",
        ),
    }
}

async fn reached(resolver: &Resolver, proxy: &Proxy) -> Check {
    let name = format!("network: {proxy}");
    let connected = async {
        let addresses = match &proxy.host {
            Host::Address(address) => vec![*address],
            Host::Name(host) => resolver
                .lookup(&Who::default(), host)
                .await
                .map_err(|error| error.to_string())?,
        };
        let mut failure = String::new();
        for address in addresses {
            match TcpStream::connect(SocketAddr::new(address, proxy.port)).await {
                Ok(_) => return Ok(address),
                Err(error) => failure = format!("{address}: {error}"),
            }
        }
        Err(failure)
    };
    let mend = "start it, or correct proxy.*: programs have no other way out";
    match tokio::time::timeout(PATIENCE, connected).await {
        Ok(Ok(address)) => Check::ok(name, format!("accepts connections at {address}")),
        Ok(Err(why)) => Check::warning(name, format!("cannot be reached: {why}"), mend),
        Err(_) => Check::warning(name, "does not accept a connection in time", mend),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::checks::Status;
    use crate::egress::Proxies;

    fn network(allow: &[&str], mode: Mode) -> NetworkSettings {
        NetworkSettings {
            policy: Policy {
                mode,
                allow: allow.iter().map(|text| text.parse().unwrap()).collect(),
                deny: vec!["*:25".parse().unwrap()],
            },
            proxies: Proxies::default(),
            resolve_behind_proxy: false,
            ca_file: None,
            insecure_tls: false,
            connect_timeout: Duration::from_secs(1),
            lookup_timeout: Duration::from_secs(1),
        }
    }

    #[test]
    fn the_policy_is_told_in_a_line() {
        let found = policy(&network(&[], Mode::Public)).found;
        assert_eq!(
            found,
            "the public internet, but not 1 entry of network.deny"
        );
        let found = policy(&network(&["a.example", "10.0.0.1"], Mode::AllowList)).found;
        assert_eq!(
            found,
            "only 2 entries of network.allow, but not 1 entry of network.deny"
        );
    }

    #[test]
    fn certificates_that_cannot_be_used_are_a_failure() {
        let mut settings = network(&[], Mode::Public);
        assert_ne!(certificates(&settings).status, Status::Failed);
        settings.ca_file = Some("/no/such/file.pem".into());
        let check = certificates(&settings);
        assert_eq!(check.status, Status::Failed);
        assert!(check.found.contains("/no/such/file.pem"), "{check:?}");
    }

    #[tokio::test]
    async fn a_proxy_is_connected_to() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let proxy: Proxy = format!("http://u:hush@{address}").parse().unwrap();
        let mut settings = network(&[], Mode::Public);
        settings.proxies.http = Some(proxy.clone());
        settings.proxies.https = Some(proxy);
        let checks = outside(&settings).await;
        assert_eq!(checks.len(), 2, "{checks:?}");
        assert_eq!(checks[1].status, Status::Ok, "{checks:?}");
        drop(listener);
        let checks = outside(&settings).await;
        assert_eq!(checks[1].status, Status::Warning, "{checks:?}");
        assert!(!format!("{checks:?}").contains("hush"), "{checks:?}");
    }
}
