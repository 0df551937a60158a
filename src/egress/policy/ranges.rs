//! Addresses that are not the public internet, each with the name that refusals give it.
//!
//! After IANA's registries of special-purpose addresses (RFC 6890 and its successors) and, for IPv6,
//! of what is assigned at all: outside 2000::/3 nothing is. What the registries call globally
//! reachable is left out (AS112, AMT); metadata services are added wherever their clouds put them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// A range of addresses that programs reach only by an entry of the operator's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub net: IpNet,
    /// With its article, as in "10.0.0.1 is a private address".
    pub name: &'static str,
    pub kind: Kind,
}

/// What an entry marked `private` opens, and what it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Networks of the operator's: where hosts are that have names of their own.
    Private,
    /// The rest: of no use to anybody, or dangerous.
    Other,
}

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8, kind: Kind, name: &'static str) -> Range {
    let net = Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length);
    Range {
        net: IpNet::V4(net),
        name,
        kind,
    }
}

const fn v6(segments: [u16; 8], length: u8, kind: Kind, name: &'static str) -> Range {
    let [a, b, c, d, e, f, g, h] = segments;
    let net = Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), length);
    Range {
        net: IpNet::V6(net),
        name,
        kind,
    }
}

const METADATA: &str = "a metadata service of clouds";
const PRIVATE: &str = "a private address";
const DOCUMENTATION: &str = "an address for documentation";
const BENCHMARKS: &str = "an address for benchmarks";

use Kind::{Other, Private};

const RANGES: &[Range] = &[
    v4(0, 0, 0, 0, 8, Other, "an address of \"this network\""),
    v4(10, 0, 0, 0, 8, Private, PRIVATE),
    v4(
        100,
        64,
        0,
        0,
        10,
        Private,
        "a carrier's shared address (CGNAT)",
    ),
    v4(100, 100, 100, 200, 32, Other, METADATA), // Alibaba
    v4(127, 0, 0, 0, 8, Other, "a loopback address"),
    v4(168, 63, 129, 16, 32, Other, METADATA), // Azure
    v4(
        169,
        254,
        0,
        0,
        16,
        Other,
        "a link-local address (cloud metadata)",
    ),
    v4(169, 254, 169, 254, 32, Other, METADATA), // nearly all
    v4(169, 254, 170, 2, 32, Other, METADATA),   // Amazon's ECS
    v4(169, 254, 170, 23, 32, Other, METADATA),  // Amazon's EKS
    v4(172, 16, 0, 0, 12, Private, PRIVATE),
    v4(192, 0, 0, 0, 24, Other, "a protocol's own address"),
    v4(192, 0, 0, 192, 32, Other, METADATA), // Oracle
    v4(192, 0, 2, 0, 24, Other, DOCUMENTATION),
    v4(192, 88, 99, 0, 24, Other, "a relay of 6to4 (deprecated)"),
    v4(192, 168, 0, 0, 16, Private, PRIVATE),
    v4(198, 18, 0, 0, 15, Other, BENCHMARKS),
    v4(198, 51, 100, 0, 24, Other, DOCUMENTATION),
    v4(203, 0, 113, 0, 24, Other, DOCUMENTATION),
    v4(224, 0, 0, 0, 4, Other, "a multicast address"),
    v4(240, 0, 0, 0, 4, Other, "a reserved address"),
    v4(255, 255, 255, 255, 32, Other, "the broadcast address"),
    v6([0; 8], 96, Other, "an IPv4-compatible address (deprecated)"),
    v6([0; 8], 128, Other, "the unspecified address"),
    v6([0, 0, 0, 0, 0, 0, 0, 1], 128, Other, "a loopback address"),
    v6(
        [0, 0, 0, 0, 0xffff, 0, 0, 0],
        96,
        Other,
        "an IPv4-translated address",
    ),
    // 64:ff9b::/96 is decided by the IPv4 address in it (`forms::carried`).
    v6(
        [0x64, 0xff9b, 1, 0, 0, 0, 0, 0],
        48,
        Other,
        "an address of a local NAT64",
    ),
    v6(
        [0x100, 0, 0, 0, 0, 0, 0, 0],
        64,
        Other,
        "a discard-only address",
    ),
    v6(
        [0x2001, 0, 0, 0, 0, 0, 0, 0],
        23,
        Other,
        "a protocol's own address",
    ),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, Other, "a Teredo address"),
    v6([0x2001, 2, 0, 0, 0, 0, 0, 0], 48, Other, BENCHMARKS),
    v6(
        [0x2001, 0x10, 0, 0, 0, 0, 0, 0],
        28,
        Other,
        "an identifier, no address (ORCHID)",
    ),
    v6(
        [0x2001, 0x20, 0, 0, 0, 0, 0, 0],
        28,
        Other,
        "an identifier, no address (ORCHID)",
    ),
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, Other, DOCUMENTATION),
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, Other, "a 6to4 address"),
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, Other, DOCUMENTATION),
    v6(
        [0x5f00, 0, 0, 0, 0, 0, 0, 0],
        16,
        Other,
        "a segment identifier, no address (SRv6)",
    ),
    v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, Private, PRIVATE),
    v6(
        [0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42],
        128,
        Other,
        METADATA, // Scaleway
    ),
    v6(
        [0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe],
        128,
        Other,
        METADATA, // Oracle
    ),
    v6(
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23],
        128,
        Other,
        METADATA, // Amazon's EKS
    ),
    v6(
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254],
        128,
        Other,
        METADATA, // Amazon
    ),
    v6(
        [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254],
        128,
        Other,
        METADATA, // Google
    ),
    v6(
        [0xfe80, 0, 0, 0, 0, 0, 0, 0],
        10,
        Other,
        "a link-local address",
    ),
    v6(
        [0xfe80, 0, 0, 0, 0, 0, 0xa9fe, 0xa9fe],
        128,
        Other,
        METADATA, // Hetzner, OpenStack
    ),
    v6(
        [0xfec0, 0, 0, 0, 0, 0, 0, 0],
        10,
        Private,
        "a site-local address (deprecated)",
    ),
    v6(
        [0xff00, 0, 0, 0, 0, 0, 0, 0],
        8,
        Other,
        "a multicast address",
    ),
];

/// What is assigned to hosts in IPv6 at all.
const UNICAST: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
/// The NAT64 prefix that is the same everywhere.
const NAT64: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);
const UNASSIGNED: Range = v6([0; 8], 0, Other, "an address that nobody has been given");

/// The narrowest range that `address` lies in; `None` on the public internet. IPv4 in IPv6 is not
/// looked into: see [`super::forms::carried`].
pub fn special(address: IpAddr) -> Option<Range> {
    let listed = RANGES
        .iter()
        .filter(|range| range.net.contains(&address))
        .max_by_key(|range| range.net.prefix_len())
        .copied();
    match address {
        IpAddr::V6(address) if !UNICAST.contains(&address) && !NAT64.contains(&address) => {
            listed.or(Some(UNASSIGNED))
        }
        _ => listed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(address: &str) -> Option<&'static str> {
        special(address.parse().unwrap()).map(|range| range.name)
    }

    #[test]
    fn the_public_internet_is_not_special() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.15",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2000::1",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a00:1450::1",
            "3ffe::1",
            "64:ff9b::1.1.1.1",
        ] {
            assert_eq!(name(address), None, "{address}");
        }
    }

    #[test]
    fn every_special_range_has_its_name_from_its_first_to_its_last_address() {
        for (first, last, word) in [
            ("0.0.0.0", "0.255.255.255", "this network"),
            ("10.0.0.0", "10.255.255.255", "private"),
            ("100.64.0.0", "100.127.255.255", "CGNAT"),
            ("100.100.100.200", "100.100.100.200", "metadata"),
            ("127.0.0.0", "127.255.255.255", "loopback"),
            ("168.63.129.16", "168.63.129.16", "metadata"),
            ("169.254.0.0", "169.254.255.255", "link-local"),
            ("169.254.169.254", "169.254.169.254", "metadata service"),
            ("172.16.0.0", "172.31.255.255", "private"),
            ("192.0.0.0", "192.0.0.255", "protocol"),
            ("192.0.0.192", "192.0.0.192", "metadata"),
            ("192.0.2.0", "192.0.2.255", "documentation"),
            ("192.88.99.0", "192.88.99.255", "6to4"),
            ("192.168.0.0", "192.168.255.255", "private"),
            ("198.18.0.0", "198.19.255.255", "benchmarks"),
            ("198.51.100.0", "198.51.100.255", "documentation"),
            ("203.0.113.0", "203.0.113.255", "documentation"),
            ("224.0.0.0", "239.255.255.255", "multicast"),
            ("240.0.0.0", "255.255.255.254", "reserved"),
            ("255.255.255.255", "255.255.255.255", "broadcast"),
            ("::", "::", "unspecified"),
            ("::1", "::1", "loopback"),
            ("::2", "::ffff:ffff", "IPv4-compatible"),
            ("::ffff:0:0:0", "::ffff:0:ffff:ffff", "IPv4-translated"),
            ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "NAT64"),
            ("64:ff9b:2::", "ff:ffff::", "nobody"),
            ("100::", "100::ffff:ffff:ffff:ffff", "discard"),
            ("100:0:0:1::", "1fff:ffff::", "nobody"),
            ("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "Teredo"),
            ("2001:1::", "2001:1ff:ffff::", "protocol"),
            ("2001:2::", "2001:2:0:ffff::", "benchmarks"),
            ("2001:10::", "2001:2f:ffff::", "ORCHID"),
            ("2001:db8::", "2001:db8:ffff::", "documentation"),
            ("2002::", "2002:ffff::", "6to4"),
            ("3fff::", "3fff:fff:ffff::", "documentation"),
            ("4000::", "5eff:ffff::", "nobody"),
            ("5f00::", "5f00:ffff::", "SRv6"),
            ("6000::", "fbff:ffff::", "nobody"),
            ("fc00::", "fdff:ffff::", "private"),
            ("fd00:ec2::254", "fd00:ec2::254", "metadata"),
            ("fd20:ce::254", "fd20:ce::254", "metadata"),
            ("fe00::", "fe7f:ffff::", "nobody"),
            ("fe80::", "febf:ffff::", "link-local"),
            ("fe80::a9fe:a9fe", "fe80::a9fe:a9fe", "metadata"),
            ("fec0::", "feff:ffff::", "site-local"),
            (
                "ff00::",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "multicast",
            ),
        ] {
            for address in [first, last] {
                let found = name(address).unwrap_or("public");
                assert!(found.contains(word), "{address}: {found}, not {word}");
            }
        }
    }
}
