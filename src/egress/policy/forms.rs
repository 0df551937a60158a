//! IPv4 addresses inside IPv6 ones: what a packet to such an address may end up at.

use std::net::{IpAddr, Ipv4Addr};

/// The address that the kernel would really use: `::ffff:10.0.0.1` is 10.0.0.1.
pub fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// The IPv4 address that a gateway, tunnel or router on the way may take out of `address`.
///
/// NAT64 (RFC 6052; the well-known prefix, and the local one of RFC 8215 with the length that is
/// usual), 6to4 (RFC 3056), Teredo (RFC 4380: the client, whose bits are inverted), ISATAP (RFC 5214),
/// IPv4-compatible and IPv4-translated ones.
pub fn carried(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(address) = address else {
        return None;
    };
    let [a, b, c, d, e, f, g, h] = address.segments();
    let last = quad(g, h);
    match (a, b, c, d, e, f) {
        // :: and ::1 are no IPv4-compatible addresses.
        (0, 0, 0, 0, 0, 0) => (u32::from(last) > 1).then_some(last),
        (0, 0, 0, 0, 0xffff, 0) | (0x64, 0xff9b, 0, 0, 0, 0) | (0x64, 0xff9b, 1, ..) => Some(last),
        (0x2002, ..) => Some(quad(b, c)),
        (0x2001, 0, ..) => Some(quad(!g, !h)),
        (_, _, _, _, 0 | 0x200, 0x5efe) => Some(last),
        _ => None,
    }
}

fn quad(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_carries_is_found() {
        for (address, inside) in [
            ("::10.0.0.1", Some("10.0.0.1")),
            ("::ffff:0:10.0.0.1", Some("10.0.0.1")),
            ("64:ff9b::10.0.0.1", Some("10.0.0.1")),
            ("64:ff9b:1::10.0.0.1", Some("10.0.0.1")),
            ("64:ff9b:1:2:3:4:10.0.0.1", Some("10.0.0.1")),
            ("2002:0a00:0001::1", Some("10.0.0.1")),
            ("2001:0:4136:e378:8000:63bf:f5ff:fffe", Some("10.0.0.1")),
            ("2a00:1:2:3:0:5efe:10.0.0.1", Some("10.0.0.1")),
            ("2a00:1:2:3:200:5efe:10.0.0.1", Some("10.0.0.1")),
            ("fe80::5efe:10.0.0.1", Some("10.0.0.1")),
            ("::", None),
            ("::1", None),
            ("2a00::a00:1", None),
            ("10.0.0.1", None),
        ] {
            let found = carried(address.parse().unwrap());
            let expected = inside.map(|text| text.parse().unwrap());
            assert_eq!(found, expected, "{address}");
        }
    }

    #[test]
    fn mapped_addresses_are_the_ipv4_addresses_that_the_kernel_dials() {
        let mapped = "::ffff:169.254.169.254".parse().unwrap();
        let plain: IpAddr = "169.254.169.254".parse().unwrap();
        assert_eq!(canonical(mapped), plain);
        let ordinary: IpAddr = "2606:4700::1111".parse().unwrap();
        assert_eq!(canonical(ordinary), ordinary);
    }
}
