//! One entry of `network.allow` or `network.deny`.
//!
//! `HOST`, `*.HOST` (what is below it, not itself), `*`, an address or a range of addresses, each with
//! `:PORT` or `:FROM-TO` if wanted (IPv6 in brackets then), and for hosts with ` private` after it: then
//! the host's addresses may be private ones.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::host::Host;

/// Which destinations an entry means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rule {
    target: Target,
    ports: Ports,
    /// Whether the host may be in a private network.
    private: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Everything,
    Host(String),
    /// Everything below this name.
    Below(String),
    Net(IpNet),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ports {
    from: u16,
    to: u16,
}

/// With 0, which nobody connects to, so that this holds for whatever is asked.
const ALL_PORTS: Ports = Ports {
    from: 0,
    to: u16::MAX,
};

impl Ports {
    /// `None` is a port that is not known yet.
    fn cover(self, port: Option<u16>) -> bool {
        match port {
            Some(port) => (self.from..=self.to).contains(&port),
            None => self == ALL_PORTS,
        }
    }

    fn may_cover(self, port: Option<u16>) -> bool {
        port.is_none() || self.cover(port)
    }
}

/// What has to be true of a port that is not known yet, as in a lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// The rule holds for each port.
    MustHold,
    /// The rule holds for some port.
    MayHold,
}

impl Rule {
    /// Whether the rule is about the name of `host`.
    pub fn names(&self, host: &Host, port: Option<u16>, unknown: Unknown) -> bool {
        let named = match (&self.target, host) {
            (Target::Everything, _) => true,
            (Target::Host(rule), Host::Name(name)) => rule == name,
            (Target::Below(rule), Host::Name(name)) => is_below(name, rule),
            _ => false,
        };
        named && self.covers(port, unknown)
    }

    /// Whether the rule is about `address`, itself or in a range.
    pub fn contains(&self, address: IpAddr, port: Option<u16>, unknown: Unknown) -> bool {
        let contained = match &self.target {
            Target::Everything => true,
            Target::Net(net) => net.contains(&address),
            Target::Host(_) | Target::Below(_) => false,
        };
        contained && self.covers(port, unknown)
    }

    fn covers(&self, port: Option<u16>, unknown: Unknown) -> bool {
        match unknown {
            Unknown::MustHold => self.ports.cover(port),
            Unknown::MayHold => self.ports.may_cover(port),
        }
    }

    /// For a host: the rule for everything below it.
    pub fn with_everything_below(&self) -> Option<Self> {
        let Target::Host(name) = &self.target else {
            return None;
        };
        Some(Self {
            target: Target::Below(name.clone()),
            ..self.clone()
        })
    }

    /// Whether the rule holds for `port`, or for any while it is not known.
    pub fn may_cover(&self, port: Option<u16>) -> bool {
        self.ports.may_cover(port)
    }

    /// The addresses it names, if it names any.
    pub fn net(&self) -> Option<IpNet> {
        match self.target {
            Target::Net(net) => Some(net),
            _ => None,
        }
    }

    /// The name, if it is about a single one.
    pub fn exact_name(&self) -> Option<&str> {
        match &self.target {
            Target::Host(name) => Some(name),
            _ => None,
        }
    }

    /// Whether it is marked `private`.
    pub fn is_private(&self) -> bool {
        self.private
    }
}

fn is_below(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain)
        .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        read(text.trim()).map_err(|problem| format!("`{}`: {problem}", text.trim()))
    }
}

fn read(text: &str) -> Result<Rule, String> {
    if let Some((scheme, _)) = text.split_once("://") {
        return Err(format!(
            "a host without `{scheme}://` is wanted, and without a path"
        ));
    }
    let mut words = text.split_whitespace();
    let destination = words.next().unwrap_or_default();
    let private = match (words.next(), words.next()) {
        (None, _) => false,
        (Some("private"), None) => true,
        _ => return Err("only the word `private` can come after a host".to_owned()),
    };
    let (target, ports) = split_ports(destination)?;
    let rule = Rule {
        target: target_of(target)?,
        ports: ports.map_or(Ok(ALL_PORTS), ports_of)?,
        private,
    };
    match rule.target {
        Target::Net(_) if private => {
            Err("an address needs no `private`: naming it is enough".to_owned())
        }
        Target::Everything if private => Err(
            "`*` cannot be `private`: name the hosts, or ranges such as `10.0.0.0/8`".to_owned(),
        ),
        _ => Ok(rule),
    }
}

/// The destination and what comes after its colon.
fn split_ports(text: &str) -> Result<(&str, Option<&str>), String> {
    if let Some(inside) = text.strip_prefix('[') {
        let (address, after) = inside
            .split_once(']')
            .ok_or_else(|| "the bracket is not closed".to_owned())?;
        // `[2001:db8::]/32` and `[2001:db8::/32]:443` are both written.
        if !address.contains(':') {
            return Err("only IPv6 addresses stand in brackets".to_owned());
        }
        return match after.strip_prefix(':') {
            Some(ports) => Ok((address, Some(ports))),
            None if after.is_empty() => Ok((address, None)),
            None => Err("after the bracket can only come `:PORT`".to_owned()),
        };
    }
    if text.matches(':').count() > 1 {
        // An IPv6 address without a port.
        return Ok((text, None));
    }
    Ok(match text.split_once(':') {
        Some((target, ports)) => (target, Some(ports)),
        None => (text, None),
    })
}

fn ports_of(text: &str) -> Result<Ports, String> {
    let wrong = || format!("`{text}` is no port from 1 to 65535, and no `FROM-TO`");
    let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let from = port(from).ok_or_else(wrong)?;
    let to = port(to).ok_or_else(wrong)?;
    match (from, to) {
        (1, u16::MAX) => Ok(ALL_PORTS),
        (from, to) if from <= to => Ok(Ports { from, to }),
        _ => Err(wrong()),
    }
}

fn target_of(text: &str) -> Result<Target, String> {
    if text == "*" {
        return Ok(Target::Everything);
    }
    if text.contains('/') {
        return net_of(text).map(Target::Net);
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(Target::Net(address.to_canonical().into()));
    }
    let (name, below) = match text.strip_prefix("*.") {
        Some(name) => (name, true),
        None => (text, false),
    };
    if name.contains('*') {
        return Err(
            "`*` can only stand alone or at the beginning, as in `*.example.com`".to_owned(),
        );
    }
    match Host::parse(name)? {
        Host::Name(name) if below => Ok(Target::Below(name)),
        Host::Name(name) => Ok(Target::Host(name)),
        Host::Address(_) if below => Err("there is nothing below an address".to_owned()),
        Host::Address(address) => Err(format!("write the address as `{address}`")),
    }
}

fn net_of(text: &str) -> Result<IpNet, String> {
    let net: IpNet = text
        .parse()
        .map_err(|_| "this is no range of addresses such as `192.0.2.0/24`".to_owned())?;
    if net.trunc() != net {
        return Err(format!(
            "the address has bits beyond its prefix; meant is `{}` or `{}`",
            net.trunc(),
            net.addr()
        ));
    }
    let mapped = |address: Ipv6Addr| address.to_ipv4_mapped().is_some();
    match net {
        IpNet::V6(net) if mapped(net.network()) && net.prefix_len() >= 96 => {
            Err("write an IPv4 range as one".to_owned())
        }
        _ => Ok(net),
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let single = |net: &IpNet| net.prefix_len() == net.max_prefix_len();
        let target = match &self.target {
            Target::Everything => "*".to_owned(),
            Target::Host(name) => name.clone(),
            Target::Below(name) => format!("*.{name}"),
            Target::Net(net) if single(net) => net.addr().to_string(),
            Target::Net(net) => net.to_string(),
        };
        match self.ports {
            ALL_PORTS => f.write_str(&target)?,
            _ if target.contains(':') => write!(f, "[{target}]:")?,
            _ => write!(f, "{target}:")?,
        }
        match self.ports {
            ALL_PORTS => {}
            Ports { from, to } if from == to => write!(f, "{from}")?,
            Ports { from, to } => write!(f, "{from}-{to}")?,
        }
        f.write_str(if self.private { " private" } else { "" })
    }
}

impl TryFrom<String> for Rule {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Rule> for String {
    fn from(rule: Rule) -> Self {
        rule.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Rule {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn rules_are_shown_in_one_form_that_reads_back() {
        for (text, shown) in [
            ("*", "*"),
            ("*:443", "*:443"),
            ("Example.COM.", "example.com"),
            ("example.com:443", "example.com:443"),
            ("example.com:8000-8999", "example.com:8000-8999"),
            ("*.Example.com:80", "*.example.com:80"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("  db.example  private ", "db.example private"),
            ("*.corp.example:443 private", "*.corp.example:443 private"),
            ("ssrf_proxy:3128", "ssrf_proxy:3128"),
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.1/32", "192.0.2.1"),
            ("192.0.2.1:80", "192.0.2.1:80"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.0.0.0/8:5432", "10.0.0.0/8:5432"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("2001:DB8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "[2001:db8::1]:443"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("[2001:db8::/32]:80-81", "[2001:db8::/32]:80-81"),
        ] {
            assert_eq!(rule(text).to_string(), shown, "{text}");
            assert_eq!(rule(shown), rule(text), "{shown}");
        }
    }

    #[test]
    fn a_wrong_entry_says_what_is_wrong() {
        for (text, words) in [
            ("", "no host"),
            ("https://example.com", "without `https://`"),
            ("example.com/path", "no range"),
            ("example.com:", "no port"),
            ("example.com:0", "no port"),
            ("example.com:65536", "no port"),
            ("example.com:http", "no port"),
            ("example.com:90-80", "no port"),
            ("example.com:-80", "no port"),
            ("example.com public", "only the word `private`"),
            ("example.com private private", "only the word `private`"),
            ("10.0.0.1 private", "needs no `private`"),
            ("* private", "cannot be `private`"),
            ("*example.com", "`*` can only"),
            ("a.*.example.com", "`*` can only"),
            ("*.10.0.0.1", "nothing below"),
            ("127.1", "`127.0.0.1`"),
            ("0x7f000001", "`127.0.0.1`"),
            ("10.0.0.1/8", "`10.0.0.0/8` or `10.0.0.1`"),
            ("10.0.0.0/33", "no range"),
            ("10.0.0/8", "no range"),
            ("::ffff:10.0.0.0/104", "IPv4 range"),
            ("[2001:db8::1", "not closed"),
            ("[2001:db8::]/32", "after the bracket"),
            ("[example.com]:80", "only IPv6"),
            ("user@example.com", "credentials"),
            ("fe80::1%eth0", "zone"),
        ] {
            let error = text.parse::<Rule>().unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
            assert!(error.contains(&format!("`{text}`")), "{error}");
        }
    }

    #[test]
    fn names_are_matched_whole() {
        for (text, name, matches) in [
            ("example.com", "example.com", true),
            ("example.com", "www.example.com", false),
            ("*.example.com", "www.example.com", true),
            ("*.example.com", "a.b.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "notexample.com", false),
            ("*.example.com", "example.com.evil.test", false),
            ("*", "anything", true),
            ("192.0.2.1", "example.com", false),
        ] {
            let host = Host::parse(name).unwrap();
            let found = rule(text).names(&host, Some(443), Unknown::MustHold);
            assert_eq!(found, matches, "{text} {name}");
        }
    }

    #[test]
    fn ports_narrow_a_rule() {
        let host = Host::parse("example.com").unwrap();
        for (text, port, must, may) in [
            ("example.com", Some(80), true, true),
            ("example.com", None, true, true),
            ("example.com", Some(0), true, true),
            ("example.com:443", Some(443), true, true),
            ("example.com:443", Some(80), false, false),
            ("example.com:443", None, false, true),
            ("example.com:80-90", Some(80), true, true),
            ("example.com:80-90", Some(90), true, true),
            ("example.com:80-90", Some(91), false, false),
            ("example.com:1-65535", None, true, true),
        ] {
            let rule = rule(text);
            assert_eq!(rule.names(&host, port, Unknown::MustHold), must, "{text}");
            assert_eq!(rule.names(&host, port, Unknown::MayHold), may, "{text}");
        }
    }
}
