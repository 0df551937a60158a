//! The operator's proxies: which there are, and what goes past them.
//!
//! Guarantee: nothing here shows a password.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use url::Url;

use super::policy::{Host, Rule, Unknown};

/// Through what programs reach the world. SOCKS5 wins over the others, as in dify-sandbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    /// For everything.
    pub socks5: Option<Proxy>,
    /// For plain connections; `None` where there is `socks5`.
    pub http: Option<Proxy>,
    /// For TLS; `None` where there is `socks5`.
    pub https: Option<Proxy>,
    /// What is reached without one.
    pub no_proxy: NoProxy,
}

impl Proxies {
    /// All there are.
    pub fn all(&self) -> impl Iterator<Item = &Proxy> {
        [&self.socks5, &self.http, &self.https]
            .into_iter()
            .flatten()
    }

    /// Whether everything goes directly.
    pub fn are_none(&self) -> bool {
        self.all().next().is_none()
    }
}

/// One proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    pub kind: ProxyKind,
    pub host: Host,
    pub port: u16,
    pub credentials: Option<Credentials>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyKind {
    Http,
    /// Names are resolved by the proxy (`socks5h`), whichever of the two is written.
    Socks5,
}

impl ProxyKind {
    /// Where a proxy listens when its address does not say (RFC 1928; `curl`'s for HTTP is the same).
    const DEFAULT_PORT: u16 = 1080;

    fn scheme(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Socks5 => "socks5",
        }
    }
}

/// What the proxy wants to know. Does not show itself in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub user: String,
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// Its address, without credentials.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.kind.scheme(), self.host, self.port)
    }
}

/// `http://[USER:PASSWORD@]HOST[:PORT]`, or `socks5` or `socks5h`. The error does not repeat the text,
/// which may hold a password.
impl FromStr for Proxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "expected an address such as `http://HOST:PORT` or `socks5://HOST:PORT`";
        let url = Url::parse(text).map_err(|error| format!("{}: {error}", wrong()))?;
        let kind = match url.scheme() {
            "http" => ProxyKind::Http,
            "socks5" | "socks5h" => ProxyKind::Socks5,
            "https" => {
                return Err(
                    "a proxy that is itself spoken to by TLS (`https://`) is not supported; \
                     `http://` is meant nearly always, also for TLS through it (CONNECT)"
                        .to_owned(),
                );
            }
            other => return Err(format!("{}, not `{other}`", wrong())),
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(format!("{} and nothing after it", wrong()));
        }
        let host = Host::parse(url.host_str().unwrap_or_default())
            .map_err(|problem| format!("{}: {problem}", wrong()))?;
        let port = url
            .port_or_known_default()
            .unwrap_or(ProxyKind::DEFAULT_PORT);
        Ok(Self {
            kind,
            host,
            port,
            credentials: credentials(&url)?,
        })
    }
}

fn credentials(url: &Url) -> Result<Option<Credentials>, String> {
    let decoded = |text: &str| {
        let text = percent_decode_str(text).decode_utf8();
        text.map(String::from)
            .map_err(|_| "its user or password is not UTF-8".to_owned())
    };
    let user = decoded(url.username())?;
    let password = decoded(url.password().unwrap_or_default())?;
    if user.is_empty() && password.is_empty() {
        return Ok(None);
    }
    // RFC 1929 has a byte for each length; a colon or line end would change an HTTP header.
    let fits = |text: &str| text.len() <= 255 && !text.contains(char::is_control);
    if user.is_empty() || user.contains(':') || !fits(&user) || !fits(&password) {
        return Err("its user or password cannot be sent to a proxy".to_owned());
    }
    Ok(Some(Credentials { user, password }))
}

/// Destinations that no proxy is asked for: `HOST` (and what is below it), `.HOST` or `*.HOST` (only
/// that), addresses, ranges, `*`; each with a port if wanted. This machine itself is always one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoProxy {
    rules: Vec<Rule>,
}

impl NoProxy {
    /// Reads the entries; those that cannot be understood come back with what is wrong with them.
    pub fn read<'a>(entries: impl IntoIterator<Item = &'a str>) -> (Self, Vec<String>) {
        let (mut rules, mut problems) = (Vec::new(), Vec::new());
        for entry in entries.into_iter().map(str::trim) {
            match rules_of(entry) {
                Ok(found) => rules.extend(found),
                Err(problem) => problems.push(problem),
            }
        }
        (Self { rules }, problems)
    }

    /// Whether `host` is reached without a proxy. Names are not resolved for this.
    pub fn covers(&self, host: &Host, port: u16) -> bool {
        if is_this_machine(host) {
            return true;
        }
        self.rules.iter().any(|rule| match host {
            Host::Name(_) => rule.names(host, Some(port), Unknown::MustHold),
            Host::Address(address) => rule.contains(*address, Some(port), Unknown::MustHold),
        })
    }
}

/// A proxy would take it for itself.
fn is_this_machine(host: &Host) -> bool {
    match host {
        Host::Name(_) => host.is_localhost(),
        Host::Address(address) => {
            let unspecified = matches!(address, IpAddr::V4(v4) if v4.octets()[0] == 0);
            address.is_loopback() || address.is_unspecified() || unspecified
        }
    }
}

fn rules_of(entry: &str) -> Result<Vec<Rule>, String> {
    if entry.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(name) = entry.strip_prefix('.') {
        return format!("*.{name}").parse().map(|rule| vec![rule]);
    }
    let rule: Rule = entry.parse()?;
    let below = rule.with_everything_below();
    Ok(std::iter::once(rule).chain(below).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(text: &str) -> Proxy {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn proxies_are_read_as_they_are_written_everywhere() {
        for (text, shown) in [
            ("http://ssrf_proxy:3128", "http://ssrf_proxy:3128"),
            ("http://ssrf_proxy:3128/", "http://ssrf_proxy:3128"),
            ("HTTP://Proxy.Example:8080", "http://proxy.example:8080"),
            ("http://proxy.example", "http://proxy.example:80"),
            ("http://10.0.0.1:3128", "http://10.0.0.1:3128"),
            ("http://[fd00::1]:3128", "http://[fd00::1]:3128"),
            ("socks5://proxy:9050", "socks5://proxy:9050"),
            ("socks5h://proxy", "socks5://proxy:1080"),
            ("socks5://[::1]:1", "socks5://[::1]:1"),
        ] {
            let proxy = proxy(text);
            assert_eq!(proxy.to_string(), shown, "{text}");
            assert_eq!(proxy.credentials, None, "{text}");
        }
    }

    #[test]
    fn credentials_are_decoded_and_never_shown() {
        for scheme in ["http", "socks5"] {
            let proxy = proxy(&format!("{scheme}://us%40er:p%3Ass%20w%C3%B6rd@proxy:1"));
            let credentials = proxy.credentials.clone().unwrap();
            assert_eq!(credentials.user, "us@er");
            assert_eq!(credentials.password, "p:ss wörd");
            for shown in [format!("{proxy:?}"), proxy.to_string()] {
                assert!(!shown.contains("us@er") && !shown.contains("rd"), "{shown}");
            }
        }
    }

    #[test]
    fn what_is_no_proxy_says_why_without_its_password() {
        for (text, words) in [
            ("proxy:3128", "http://HOST:PORT"),
            ("https://u:hush@proxy:3128", "not supported"),
            ("ftp://u:hush@proxy:3128", "not `ftp`"),
            ("socks4://u:hush@proxy", "not `socks4`"),
            ("http://u:hush@proxy:99999", "http://HOST:PORT"),
            ("http://u:hush@", "http://HOST:PORT"),
            ("socks5://u:hush@:1080", "http://HOST:PORT"),
            ("http://u:hush@proxy/path", "nothing after"),
            ("http://u:hush@proxy?a=b", "nothing after"),
            ("http://:hush@proxy", "cannot be sent"),
            ("http://u%3A:hush@proxy", "cannot be sent"),
            ("http://u:hush%0d%0a@proxy", "cannot be sent"),
            ("http://u:hush%ff@proxy", "not UTF-8"),
            ("socks5://u:hush@fe80::1%25eth0:1080", "http://HOST:PORT"),
        ] {
            let error = text.parse::<Proxy>().expect_err(text);
            assert!(error.contains(words), "{text}: {error}");
            assert!(!error.contains("hush"), "{error}");
        }
    }

    #[test]
    fn what_needs_no_proxy_is_reached_directly() {
        let entries = [
            "example.com",
            ".internal",
            "*.example.org:8080",
            " 10.0.0.0/8 ",
            "",
            "192.0.2.1:80",
            "fd00::/8",
        ];
        let (list, problems) = NoProxy::read(entries);
        assert_eq!(problems, Vec::<String>::new());
        for (host, port, direct) in [
            ("example.com", 443, true),
            ("www.example.com", 443, true),
            ("notexample.com", 443, false),
            ("db.internal", 5432, true),
            ("internal", 80, false),
            ("a.example.org", 8080, true),
            ("a.example.org", 80, false),
            ("10.1.2.3", 80, true),
            ("012.1.2.3", 80, true),
            ("11.1.2.3", 80, false),
            ("192.0.2.1", 80, true),
            ("192.0.2.1", 443, false),
            ("fd00::1", 80, true),
            ("localhost", 80, true),
            ("a.localhost", 80, true),
            ("127.1", 80, true),
            ("::1", 80, true),
            ("0", 80, true),
            ("::", 80, true),
        ] {
            let found = list.covers(&Host::parse(host).unwrap(), port);
            assert_eq!(found, direct, "{host}:{port}");
        }
        let (everything, _) = NoProxy::read(["*"]);
        assert!(everything.covers(&Host::parse("1.1.1.1").unwrap(), 1));
        assert!(everything.covers(&Host::parse("example.com").unwrap(), 1));
        let (none, problems) = NoProxy::read(["<local>", "10.0.0.1/8"]);
        assert_eq!((none, problems.len()), (NoProxy::default(), 2));
    }
}
