//! The network as programs have it, against real servers that the tests start on loopback: both
//! languages and both tiers, through the API of a real server. Proxies are squid and microsocks, the
//! internet of the attacks is a network namespace.

#[path = "../common/mod.rs"]
mod common;

mod by_themselves;
mod endings;
mod javascript;
mod limits;
mod load;
mod proxies;
mod python;
mod servers;
mod ssrf;
mod tier;
