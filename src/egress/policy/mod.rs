//! What programs may connect to.
//!
//! A destination is decided on twice: by the name that the program gave ([`Policy::check_host`]) and,
//! after resolution, by the address that will be dialled ([`Policy::check_address`]); the latter is what
//! protects, since whoever controls a name controls its addresses. Guarantees: `deny` wins over `allow`;
//! an address outside the public internet is reached only where an entry says so: one that lies in
//! the range that the refusal would name, or a host's that is marked `private`; a host's name alone
//! never opens a private network. Nothing here talks to the network.

mod forms;
mod host;
mod names;
mod ranges;
mod refusal;
mod rule;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

pub use host::Host;
use names::Internal;
use ranges::{Kind, Range};
use refusal::Shown;
pub use refusal::{Cause, Refusal};
pub use rule::{Rule, Unknown};

/// What is allowed when no entry says anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Nothing.
    Off,
    /// The public internet.
    #[default]
    Public,
    /// Only what is listed.
    AllowList,
}

/// Which destinations are allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    pub mode: Mode,
    pub allow: Vec<Rule>,
    pub deny: Vec<Rule>,
}

impl Policy {
    /// Whether `host`, as the program named it, may be looked up or dialled at all on `port`, before
    /// anything is resolved; an address is decided on wholly. `None`: a lookup, whose port is not
    /// known; refused is what no port could reach. What comes back is what has to be looked up,
    /// dialled, or named to a proxy, instead of the text.
    ///
    /// # Errors
    /// Why not.
    pub fn check_host(&self, host: &str, port: Option<u16>) -> Result<Host, Refusal> {
        self.check_mode()?;
        let host = Host::parse(host).map_err(|problem| {
            Refusal::new(Cause::Malformed, format!("{problem}; no setting allows it"))
        })?;
        match &host {
            Host::Address(address) => self.check_address(&host, *address, port)?,
            Host::Name(_) => {
                self.check_denied(&host, None, port)?;
                // One by its address may still come to hold.
                let hopeful = self.allow.iter().any(|rule| {
                    rule.net().is_some() && rule.may_cover(port)
                        || rule.names(&host, port, Unknown::MayHold)
                });
                if self.mode == Mode::AllowList && !hopeful {
                    return Err(not_listed(&host, None, port));
                }
            }
        }
        Ok(host)
    }

    /// Whether this address of `host` may be dialled.
    ///
    /// # Errors
    /// Why not.
    pub fn check_address(
        &self,
        host: &Host,
        address: IpAddr,
        port: Option<u16>,
    ) -> Result<(), Refusal> {
        self.check_mode()?;
        let address = forms::canonical(address);
        self.check_denied(host, Some(address), port)?;
        if self.mode == Mode::AllowList {
            let listed = |rule: &Rule| {
                rule.names(host, port, Unknown::MayHold)
                    || about(rule, address, port, Unknown::MayHold)
            };
            if !self.allow.iter().any(listed) {
                return Err(not_listed(host, Some(address), port));
            }
        }
        if let Some(range) = ranges::special(address) {
            return match self.opens(&range, host, address, port) {
                true => Ok(()),
                false => Err(special(&range, host, address, address, port)),
            };
        }
        if let Some(inner) = forms::carried(address).map(IpAddr::V4)
            && let Some(range) = ranges::special(inner)
            && !self.opens(&range, host, inner, port)
        {
            return Err(special(&range, host, address, inner, port));
        }
        Ok(())
    }

    /// Whether an address of this machine's own may be dialled: only where an entry names just it. To be
    /// asked besides [`Self::check_address`], of addresses that the kernel says are its own.
    ///
    /// # Errors
    /// Why not.
    pub fn check_own_address(
        &self,
        host: &Host,
        address: IpAddr,
        port: u16,
    ) -> Result<(), Refusal> {
        let address = forms::canonical(address);
        // Of loopback all is this machine's, and `check_address` has already asked for an entry in it.
        let named = |rule: &Rule| {
            let just_it = rule.net().is_some_and(|net| net == address.into());
            (just_it || address.is_loopback())
                && rule.contains(address, Some(port), Unknown::MustHold)
        };
        if self.allow.iter().any(named) {
            return Ok(());
        }
        let shown = destination(host, Some(address), Some(port));
        Err(Refusal::new(
            Cause::Own,
            format!(
                "{shown} is this machine's own address; the operator can allow just it: `{}` in \
                 network.allow",
                Shown(&address.into(), Some(port))
            ),
        ))
    }

    /// Whether a proxy may be asked for `host`, whose name is not resolved here. Instead of
    /// [`Self::check_address`] of what it resolves to, which is then the proxy's affair.
    ///
    /// # Errors
    /// Why not.
    pub fn check_unresolved(&self, host: &Host, port: Option<u16>) -> Result<(), Refusal> {
        let name = match host {
            Host::Address(address) => return self.check_address(host, *address, port),
            Host::Name(name) => name,
        };
        self.check_mode()?;
        self.check_denied(host, None, port)?;
        let listed = |rule: &&Rule| rule.names(host, port, Unknown::MayHold);
        if self.mode == Mode::AllowList && !self.allow.iter().any(|rule| listed(&rule)) {
            return Err(not_listed(host, None, port));
        }
        let mut marked = self.allow.iter().filter(listed).filter(|r| r.is_private());
        let open = match names::internal(name) {
            _ if host.is_localhost() => false,
            None => true,
            Some(Internal::Private) => marked.next().is_some(),
            Some(Internal::Metadata) => marked.any(|rule| rule.exact_name() == Some(name.as_str())),
        };
        if open {
            return Ok(());
        }
        let shown = Shown(host, port);
        let line = if host.is_localhost() {
            format!("{shown} would be the proxy's own machine; no setting allows it")
        } else {
            format!(
                "{shown} is not a name of the public internet; the operator can allow it: `{shown} \
                 private` in network.allow"
            )
        };
        Err(Refusal::new(Cause::InternalName, line))
    }

    /// The entries of `allow` that change nothing as long as the public internet is allowed anyway:
    /// whoever writes one expects something else.
    pub fn without_effect(&self) -> impl Iterator<Item = &Rule> {
        let public = self.mode == Mode::Public;
        self.allow.iter().filter(move |rule| {
            let opens = match rule.net() {
                // One address may be this machine's own.
                Some(net) => {
                    net.prefix_len() == net.max_prefix_len()
                        || ranges::special(net.addr()).is_some_and(|range| range.net.contains(&net))
                }
                None => rule.is_private(),
            };
            public && !opens
        })
    }

    fn check_mode(&self) -> Result<(), Refusal> {
        match self.mode {
            Mode::Off => Err(Refusal::new(
                Cause::Off,
                "programs have no network here (network.policy is `off`)".to_owned(),
            )),
            Mode::Public | Mode::AllowList => Ok(()),
        }
    }

    fn check_denied(
        &self,
        host: &Host,
        address: Option<IpAddr>,
        port: Option<u16>,
    ) -> Result<(), Refusal> {
        let denies = |rule: &&Rule| {
            rule.names(host, port, Unknown::MustHold)
                || address.is_some_and(|address| about(rule, address, port, Unknown::MustHold))
        };
        match self.deny.iter().find(denies) {
            None => Ok(()),
            Some(rule) => {
                let shown = destination(host, address, port);
                let line = format!("{shown} is forbidden by `{rule}` in network.deny");
                Err(Refusal::new(Cause::Denied, line))
            }
        }
    }

    /// Whether an entry opens `range` for this address.
    fn opens(&self, range: &Range, host: &Host, address: IpAddr, port: Option<u16>) -> bool {
        self.allow.iter().any(|rule| {
            let named = rule.net().is_some_and(|net| range.net.contains(&net))
                && rule.contains(address, port, Unknown::MayHold);
            let marked = rule.is_private()
                && range.kind == Kind::Private
                && rule.names(host, port, Unknown::MayHold);
            named || marked
        })
    }
}

/// Whether `rule` is about `address` or the IPv4 address in it.
fn about(rule: &Rule, address: IpAddr, port: Option<u16>, unknown: Unknown) -> bool {
    let carried = forms::carried(address).map(IpAddr::V4);
    [Some(address), carried]
        .into_iter()
        .flatten()
        .any(|address| rule.contains(address, port, unknown))
}

/// `10.0.0.1:80 (db.example)`, or less where less is known.
fn destination(host: &Host, address: Option<IpAddr>, port: Option<u16>) -> String {
    match (host, address) {
        (Host::Name(name), Some(address)) => {
            format!("{} ({name})", Shown(&address.into(), port))
        }
        _ => Shown(host, port).to_string(),
    }
}

fn not_listed(host: &Host, address: Option<IpAddr>, port: Option<u16>) -> Refusal {
    let shown = destination(host, address, port);
    let line = format!("{shown} is not in network.allow, and only what is there can be reached");
    Refusal::new(Cause::NotListed, line)
}

/// `inner` is in `range`, and `address` or an IPv4 address in it.
fn special(
    range: &Range,
    host: &Host,
    address: IpAddr,
    inner: IpAddr,
    port: Option<u16>,
) -> Refusal {
    let shown = destination(host, Some(address), port);
    let name = range.name;
    let is = if address == inner {
        format!("{shown} is {name}")
    } else {
        format!("{shown} stands for {inner}, {name}")
    };
    let entry = Shown(&inner.into(), port).to_string();
    let entries = match host {
        Host::Name(_) if range.kind == Kind::Private => {
            format!("`{} private` or `{entry}`", Shown(host, port))
        }
        _ => format!("`{entry}`"),
    };
    let line = format!("{is}; the operator can allow it: {entries} in network.allow");
    Refusal::new(Cause::Special, line)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
