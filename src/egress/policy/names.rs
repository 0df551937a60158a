//! Names that mean nothing, or nothing public, in the public DNS.
//!
//! They matter where a proxy resolves: there only the name can be decided on. Where Belljar resolves,
//! the address says more.

/// Whether `name` is one of a private network or of a cloud, and which.
pub fn internal(name: &str) -> Option<Internal> {
    if METADATA.contains(&name) {
        return Some(Internal::Metadata);
    }
    let (_, top) = name.rsplit_once('.').unwrap_or(("", name));
    if top == name || name == "home.arpa" || name.ends_with(".home.arpa") || TOP.contains(&top) {
        return Some(Internal::Private);
    }
    None
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Internal {
    /// An own network's.
    Private,
    /// A cloud's service that hands out credentials.
    Metadata,
}

/// Where clouds have their metadata by name.
const METADATA: &[&str] = &[
    "metadata",
    "instance-data",
    "instance-data.ec2.internal",
    "metadata.azure.internal",
    "metadata.google.internal",
    "metadata.goog",
    "metadata.tencentyun.com",
];

/// Top-level domains that are reserved for private use or other ends (RFC 6761, 6762, 7686, 8375, 9476,
/// ICANN's `internal`), and those that networks use although nobody reserved them.
const TOP: &[&str] = &[
    "alt",
    "arpa",
    "consul",
    "corp",
    "default",
    "docker",
    "example",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "mail",
    "onion",
    "private",
    "svc",
    "test",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_private_networks_are_known() {
        for name in [
            "redis",
            "ssrf_proxy",
            "localhost",
            "a.localhost",
            "printer.local",
            "api.default.svc.cluster.local",
            "db.internal",
            "redis.default",
            "redis.tools.svc",
            "host.docker.internal",
            "nas.home.arpa",
            "1.0.0.10.in-addr.arpa",
            "wiki.corp",
        ] {
            assert_eq!(internal(name), Some(Internal::Private), "{name}");
        }
        for name in ["metadata", "metadata.google.internal"] {
            assert_eq!(internal(name), Some(Internal::Metadata), "{name}");
        }
        for name in ["example.com", "internal.example.com", "local.dev"] {
            assert_eq!(internal(name), None, "{name}");
        }
    }
}
