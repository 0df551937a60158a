use std::collections::HashMap;
use std::env::VarError;
use std::path::Path;
use std::time::Duration;

use super::*;
use crate::config::{ConfigError, LoadedSettings, Settings};
use crate::egress::policy::Host;
use crate::egress::proxies::ProxyKind;
use crate::units::ByteSize;

fn load_with(text: &str, variables: &[(&str, &str)]) -> Result<LoadedSettings, ConfigError> {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    let environment = |name: &str| match variables.get(name) {
        Some(value) => Ok((*value).to_owned()),
        None => Err(VarError::NotPresent),
    };
    let path = Path::new("conf/config.yaml");
    Settings::read(Sources::with_file(&environment, path, text))
}

fn network(text: &str, variables: &[(&str, &str)]) -> NetworkSettings {
    load_with(text, variables).unwrap().settings.network
}

fn problem(text: &str) -> String {
    load_with(text, &[]).unwrap_err().to_string()
}

fn warnings(text: &str) -> Vec<String> {
    let notices = load_with(text, &[]).unwrap().notices;
    let texts = notices.into_iter().filter_map(|notice| match notice {
        Notice::Warning(text) => Some(text),
        Notice::Information(_) => None,
    });
    texts.collect()
}

#[test]
fn without_settings_the_public_internet_is_reached_directly() {
    let loaded = load_with("", &[]).unwrap();
    let network = loaded.settings.network;
    assert_eq!(network.policy, Policy::default());
    assert_eq!(network.policy.mode, Mode::Public);
    assert_eq!(network.proxies, Proxies::default());
    assert!(!network.insecure_tls && !network.resolve_behind_proxy);
    let limits = loaded.settings.execution.limits;
    assert_eq!(limits.connections, 64);
    assert_eq!(limits.network_bytes, ByteSize::mib(256));
}

#[test]
fn everything_is_read_from_the_file() {
    let text = "enable_network: true\nnetwork:\n  policy: allow-list\n  allow:\n  - api.example.com:443\n\
                \x20 - 10.0.0.0/8\n  deny: ['*:25']\n  ca_file: /etc/ca.pem\n  insecure_tls: false\n\
                \x20 resolve_behind_proxy: true\n  connect_timeout: 3\n  lookup_timeout: 1.5s\n\
                proxy:\n  http: http://ssrf_proxy:3128\n\
                limits:\n  connections: 5\n  network_bytes: 1MiB\n";
    let loaded = load_with(text, &[]).unwrap();
    assert_eq!(loaded.notices, []);
    let network = loaded.settings.network;
    assert_eq!(network.policy.mode, Mode::AllowList);
    let shown: Vec<String> = network.policy.allow.iter().map(Rule::to_string).collect();
    assert_eq!(shown, ["api.example.com:443", "10.0.0.0/8"]);
    assert_eq!(network.policy.deny[0].to_string(), "*:25");
    assert_eq!(network.ca_file, Some("/etc/ca.pem".into()));
    assert!(network.resolve_behind_proxy);
    assert_eq!(network.connect_timeout, Duration::from_secs(3));
    assert_eq!(network.lookup_timeout, Duration::from_millis(1500));
    let limits = loaded.settings.execution.limits;
    assert_eq!(limits.connections, 5);
    assert_eq!(limits.network_bytes, ByteSize::mib(1));
}

#[test]
fn the_environment_wins_over_the_file() {
    let text = "network:\n  policy: public\n  allow: [a.example]\n";
    let variables = [
        ("NETWORK_POLICY", "allow-list"),
        ("NETWORK_ALLOW", "b.example, *.c.example:443 private,,"),
        ("NETWORK_DENY", "d.example"),
        ("NETWORK_INSECURE_TLS", "true"),
        ("LIMITS_CONNECTIONS", "7"),
    ];
    let network = network(text, &variables);
    assert_eq!(network.policy.mode, Mode::AllowList);
    let shown: Vec<String> = network.policy.allow.iter().map(Rule::to_string).collect();
    assert_eq!(shown, ["b.example", "*.c.example:443 private"]);
    assert_eq!(network.policy.deny.len(), 1);
    assert!(network.insecure_tls);
}

#[test]
fn off_is_a_word_here() {
    for written in ["off", "Off", "false", "'off'"] {
        let network = network(&format!("network:\n  policy: {written}\n"), &[]);
        assert_eq!(network.policy.mode, Mode::Off, "{written}");
    }
}

#[test]
fn wrong_entries_are_told_with_file_line_and_reason_all_at_once() {
    let text = "network:\n  policy: open\n  allow:\n  - fine.example\n  - https://a.example\n  - 10.0.0.1/8\n\
                \x20 deny: [db.example private]\nlimits:\n  connections: 0\n";
    let found = problem(text);
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!(lines.len(), 4, "{found}");
    for start in [
        "conf/config.yaml:2: network.policy: expected `off`, `public` or `allow-list`, found the string \"open\"",
        "conf/config.yaml:3: network.allow: `https://a.example`: a host without `https://` is wanted, and without \
         a path; `10.0.0.1/8`: the address has bits beyond its prefix; meant is `10.0.0.0/8` or `10.0.0.1`",
        "conf/config.yaml:7: network.deny: `db.example private`: `private` is a word for network.allow",
        "conf/config.yaml:9: limits.connections: expected a whole number from 1 to 1024",
    ] {
        assert!(
            lines.iter().any(|line| line.starts_with(start)),
            "{start}\nin\n{found}"
        );
    }
}

#[test]
fn proxies_are_what_they_are_for_dify_sandbox() {
    let none = network("proxy:\n  socks5: ''\n  http: ''\n  https: ''\n", &[]);
    assert!(none.proxies.are_none());
    let text = "proxy:\n  socks5: ''\n  http: 'http://ssrf_proxy:3128'\n  https: 'http://ssrf_proxy:3128'\n";
    let both = network(text, &[]).proxies;
    assert_eq!(both.http, both.https);
    let proxy = both.http.unwrap();
    assert_eq!((proxy.kind, proxy.port), (ProxyKind::Http, 3128));
    assert_eq!(proxy.host, Host::Name("ssrf_proxy".to_owned()));
    // Compose files set them in the environment.
    let variables = [
        ("HTTP_PROXY", "http://a:1"),
        ("HTTPS_PROXY", "b:2"),
        ("NO_PROXY", "localhost,.c.example"),
    ];
    let set = network(text, &variables).proxies;
    assert_eq!(set.http.unwrap().to_string(), "http://a:1");
    assert_eq!(set.https.unwrap().to_string(), "http://b:2");
    assert!(
        set.no_proxy
            .covers(&Host::parse("d.c.example").unwrap(), 80)
    );
}

#[test]
fn socks5_wins_over_the_others() {
    let text = "proxy:\n  socks5: tor:9050\n  http: http://a:1\n  https: http://a:1\n";
    let proxies = network(text, &[]).proxies;
    let socks5 = proxies.socks5.unwrap();
    assert_eq!(socks5.to_string(), "socks5://tor:9050");
    assert_eq!((proxies.http, proxies.https), (None, None));
}

#[test]
fn an_http_proxy_given_as_socks5_is_both_of_the_others() {
    let text = "proxy:\n  socks5: http://squid:3128\n  http: http://a:1\n";
    let proxies = network(text, &[]).proxies;
    assert_eq!(proxies.socks5, None);
    for proxy in [proxies.http, proxies.https] {
        assert_eq!(proxy.unwrap().to_string(), "http://squid:3128");
    }
}

#[test]
fn no_message_shows_a_proxys_password() {
    let text =
        "proxy:\n  socks5: socks9://u:hush@a\n  http: https://u:hush@a\n  https: [u:hush@a]\n";
    let found = problem(text);
    assert_eq!(found.lines().count(), 3, "{found}");
    assert!(found.contains("conf/config.yaml:3: proxy.http: a proxy that is itself"));
    assert!(!found.contains("hush"), "{found}");
    let good = network("proxy:\n  http: http://u:hush@a:1\n", &[]);
    assert_eq!(
        good.proxies
            .http
            .as_ref()
            .unwrap()
            .credentials
            .as_ref()
            .unwrap()
            .password,
        "hush"
    );
    assert!(!format!("{good:?}").contains("hush"));
}

#[test]
fn what_is_set_in_vain_is_warned_about() {
    for (text, warned) in [
        (
            "network: {policy: allow-list}",
            "enable_network is not true",
        ),
        ("network: {deny: [a.example]}", "enable_network is not true"),
        (
            "enable_network: true\nnetwork: {policy: off, allow: [a.example]}",
            "policy is `off`",
        ),
        (
            "enable_network: true\nnetwork: {policy: allow-list}",
            "reach nothing",
        ),
        (
            "enable_network: true\nnetwork: {allow: [a.example]}",
            "`a.example` changes nothing",
        ),
        (
            "enable_network: true\nnetwork: {allow: [0.0.0.0/0]}",
            "`0.0.0.0/0` changes nothing",
        ),
        (
            "enable_network: true\nnetwork: {insecure_tls: true}",
            "nobody checked",
        ),
        (
            "enable_network: true\nnetwork: {resolve_behind_proxy: true}",
            "there is no proxy",
        ),
        (
            "proxy: {http: 'http://a:1', no_proxy: '<local>'}",
            "`<local>`",
        ),
    ] {
        let warnings = warnings(text);
        assert_eq!(warnings.len(), 1, "{text}: {warnings:?}");
        assert!(warnings[0].contains(warned), "{text}: {warnings:?}");
    }
    for text in [
        "network: {policy: off}",
        "network: {policy: public, allow: []}",
        "enable_network: true\nnetwork: {policy: off}",
        "enable_network: true\nnetwork: {allow: [10.0.0.0/8, db.example private, 9.9.9.9]}",
        "enable_network: true\nnetwork: {policy: allow-list, allow: [a.example, 0.0.0.0/0]}",
        "enable_network: true\nproxy: {http: 'http://a:1'}\nnetwork: {resolve_behind_proxy: true}",
    ] {
        assert_eq!(warnings(text), Vec::<String>::new(), "{text}");
    }
}
