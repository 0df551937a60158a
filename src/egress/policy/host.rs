//! A host as a program names it, in the one form that is decided on, looked up and dialled.
//!
//! Guarantees: what some part of a system would read as an address is that address here, and nothing
//! that is read differently by different parts gets through: no zone, no percent-encoding, no
//! credentials, no blank or control character.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A name or an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// In lower case, IDNA's A-labels, without the dot at the end.
    Name(String),
    /// Never an IPv4 address in IPv6's clothes (`::ffff:1.2.3.4`).
    Address(IpAddr),
}

/// Of a name without the dot at its end (RFC 1035, 2.3.4).
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

impl Host {
    /// Reads `text` as getaddrinfo(3) would: inet_aton(3)'s short, octal and hexadecimal forms of IPv4
    /// addresses, too.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(problem) = foreign(text) {
            return Err(format!("{} {problem}", shown(text)));
        }
        if let Some(inside) = text.strip_prefix('[') {
            let address = inside.strip_suffix(']').and_then(|text| text.parse().ok());
            let address: Ipv6Addr =
                address.ok_or_else(|| format!("{} is no address", shown(text)))?;
            return Ok(Self::address(address.into()));
        }
        if text.contains(':') {
            let address: Result<Ipv6Addr, _> = text.parse();
            let address = address.map_err(|_| format!("{} is no address", shown(text)))?;
            return Ok(Self::address(address.into()));
        }
        let name = ascii(text)?;
        let name = name.strip_suffix('.').unwrap_or(&name);
        if let Some(address) = inet_aton(name) {
            return Ok(Self::Address(address.into()));
        }
        check_labels(name).map_err(|problem| format!("{} {problem}", shown(text)))?;
        Ok(Self::Name(name.to_owned()))
    }

    fn address(address: IpAddr) -> Self {
        Self::Address(super::forms::canonical(address))
    }

    /// Whether this is `localhost` or a name below it, which is this machine (RFC 6761, 6.3).
    pub fn is_localhost(&self) -> bool {
        matches!(self, Self::Name(name) if name == "localhost" || name.ends_with(".localhost"))
    }
}

/// As it is written before a port: IPv6 addresses in brackets.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

impl From<IpAddr> for Host {
    fn from(address: IpAddr) -> Self {
        Self::address(address)
    }
}

/// Why `text` cannot be a host in any notation, if it cannot.
fn foreign(text: &str) -> Option<&'static str> {
    let has = |found: fn(char) -> bool| text.contains(found);
    if text.is_empty() {
        Some("is no host")
    } else if has(|c| c.is_control() || c.is_whitespace()) {
        Some("has blanks or control characters in it")
    } else if has(|c| c == '@') {
        Some("has credentials in it")
    } else if has(|c| c == '%') {
        Some("has a zone or a percent-encoding in it")
    } else if has(|c| matches!(c, '/' | '\\' | '?' | '#')) {
        Some("is no host but an address of the web")
    } else {
        None
    }
}

/// What a program wrote, short and in one line.
fn shown(text: &str) -> String {
    const SHOWN: usize = 80;
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

/// In lower case; other letters, digits and dots than ASCII's by IDNA (UTS #46), as browsers do.
fn ascii(text: &str) -> Result<String, String> {
    if text.is_ascii() {
        return Ok(text.to_ascii_lowercase());
    }
    idna::domain_to_ascii(text).map_err(|_| format!("{} is no name (IDNA)", shown(text)))
}

/// inet_aton(3): one to four numbers, decimal, octal or hexadecimal, the last of which fills what is
/// left.
fn inet_aton(text: &str) -> Option<Ipv4Addr> {
    let parts: Option<Vec<u32>> = text.split('.').map(number).collect();
    let parts = parts.filter(|parts| parts.len() <= 4)?;
    let (last, bytes) = parts.split_last()?;
    let bits_left = 32 - 8 * u32::try_from(bytes.len()).ok()?;
    if u64::from(*last) >= 1 << bits_left {
        return None;
    }
    let mut address = 0;
    for byte in bytes {
        address = address << 8 | u32::from(u8::try_from(*byte).ok()?);
    }
    // Four parts leave eight bits, one leaves all.
    let high = u64::from(address) << bits_left;
    Some(Ipv4Addr::from(u32::try_from(high).ok()? | last))
}

fn number(text: &str) -> Option<u32> {
    let (digits, radix) = match text.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (&text[1..], 8),
        None => (text, 10),
    };
    // `from_str_radix` would take a sign.
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    u32::from_str_radix(digits, radix).ok()
}

fn check_labels(name: &str) -> Result<(), &'static str> {
    if name.len() > LONGEST_NAME {
        return Err("is too long for a name");
    }
    for label in name.split('.') {
        if label.is_empty() || label.len() > LONGEST_LABEL {
            return Err("is no name: a part of it is empty or too long");
        }
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if !label.bytes().all(fits) {
            return Err("is no name: only letters, digits, hyphens and underscores can be in one");
        }
    }
    // Nobody's top-level domain is a number: somebody would read this as an address.
    let last = name.rsplit('.').next().unwrap_or_default();
    let digits = last.strip_prefix("0x").map_or(last, |digits| digits);
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit())
        || digits.len() < last.len() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_number {
        return Err("is neither an address nor a name");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;
    use std::{mem, ptr};

    use super::*;

    fn address(text: &str) -> Host {
        Host::Address(text.parse().unwrap())
    }

    #[test]
    fn every_notation_of_an_address_is_that_address() {
        for (text, expected) in [
            ("127.0.0.1", "127.0.0.1"),
            ("127.0.0.1.", "127.0.0.1"),
            ("127.1", "127.0.0.1"),
            ("127.0.1", "127.0.0.1"),
            ("127.65534", "127.0.255.254"),
            ("2130706433", "127.0.0.1"),
            ("017700000001", "127.0.0.1"),
            ("0x7f000001", "127.0.0.1"),
            ("0X7F000001", "127.0.0.1"),
            ("0x7f.1", "127.0.0.1"),
            ("0x7f.0x0.0x0.0x1", "127.0.0.1"),
            ("0177.0.0.1", "127.0.0.1"),
            ("0177.0.0x0.1", "127.0.0.1"),
            ("00000177.0.0.01", "127.0.0.1"),
            ("0", "0.0.0.0"),
            ("0.", "0.0.0.0"),
            ("4294967295", "255.255.255.255"),
            ("0xa9fea9fe", "169.254.169.254"),
            ("2852039166", "169.254.169.254"),
            ("0251.0376.0251.0376", "169.254.169.254"),
            ("169.16689662", "169.254.169.254"),
            ("169.254.43518", "169.254.169.254"),
            // As inet_aton reads them, whatever others see in them.
            ("010.0.0.1", "8.0.0.1"),
            // Digits and dots of other scripts.
            ("１２７.０.０.１", "127.0.0.1"),
            ("127。0。0。1", "127.0.0.1"),
            ("①②⑦.0.0.1", "127.0.0.1"),
            ("::1", "::1"),
            ("[::1]", "::1"),
            ("0:0:0:0:0:0:0:1", "::1"),
            ("::ffff:127.0.0.1", "127.0.0.1"),
            ("[::ffff:7f00:1]", "127.0.0.1"),
            ("0000:0000:0000:0000:0000:FFFF:A9FE:A9FE", "169.254.169.254"),
            ("FD00:EC2::254", "fd00:ec2::254"),
        ] {
            assert_eq!(Host::parse(text), Ok(address(expected)), "{text}");
        }
    }

    #[test]
    fn names_have_one_form() {
        for (text, expected) in [
            ("example.com", "example.com"),
            ("EXAMPLE.Com.", "example.com"),
            ("ssrf_proxy", "ssrf_proxy"),
            ("a-b.c--d.example", "a-b.c--d.example"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("ｅｘａｍｐｌｅ．ｃｏｍ", "example.com"),
            ("loc\u{ad}alhost", "localhost"),
            ("1.2.3.example", "1.2.3.example"),
            ("1e100.net", "1e100.net"),
            ("0x7f.1.example", "0x7f.1.example"),
            ("dead.beef", "dead.beef"),
        ] {
            let expected = Host::Name(expected.to_owned());
            assert_eq!(Host::parse(text), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn what_is_read_differently_by_different_readers_is_refused() {
        let long_label = format!("{}.example", "a".repeat(64));
        let long_name = ["a".repeat(63).as_str(); 4].join(".");
        for text in [
            "",
            ".",
            "..",
            "example..com",
            ".example.com",
            "example.com..",
            "127.0.0.1..",
            " 127.0.0.1",
            "127.0.0.1 ",
            "127.0.0.1\n",
            "127.0.0.1\0.example.com",
            "example.com\0",
            "example.com\t",
            "example .com",
            "\u{a0}localhost",
            "127.0.0.1%2f",
            "%31%32%37.0.0.1",
            "fe80::1%eth0",
            "[fe80::1%25eth0]",
            "::1%lo",
            "user@127.0.0.1",
            "user:password@example.com",
            "example.com@127.0.0.1",
            "http://127.0.0.1",
            "127.0.0.1/24",
            "example.com/path",
            "example.com\\@127.0.0.1",
            "example.com?127.0.0.1",
            "example.com#127.0.0.1",
            "example.com:80",
            "127.0.0.1:80",
            "[::1]:80",
            "[127.0.0.1]",
            "[example.com]",
            "[::1",
            "::1]",
            "::g",
            "1::2::3",
            "256.0.0.1",
            "127.0.0.256",
            "1.2.3.4.5",
            "1.2.3.4294967296",
            "4294967296",
            "08.0.0.1",
            "0x100.0.0.1",
            "0x",
            "127.0.0.0x",
            "1.2.3.+4",
            "example.1",
            "example.0x1f",
            "*.example.com",
            "a,b.example",
            "a!b",
            "a\"b",
            "日本\u{200e}.example",
            long_label.as_str(),
            long_name.as_str(),
        ] {
            let refused = Host::parse(text);
            let problem = refused.expect_err(text);
            assert_eq!(problem.lines().count(), 1, "{problem}");
        }
    }

    /// What the C library takes `text` for, without asking anybody.
    fn c_library(text: &str) -> Option<IpAddr> {
        let text = CString::new(text).unwrap();
        let mut found: *mut libc::addrinfo = ptr::null_mut();
        // SAFETY: all zeros is how its manual wants the fields that are not set.
        let mut hints: libc::addrinfo = unsafe { mem::zeroed() };
        hints.ai_flags = libc::AI_NUMERICHOST;
        hints.ai_socktype = libc::SOCK_STREAM;
        // SAFETY: the pointers are valid for the call; `found` is set if it succeeds.
        let failed = unsafe { libc::getaddrinfo(text.as_ptr(), ptr::null(), &hints, &mut found) };
        if failed != 0 {
            return None;
        }
        // SAFETY: it succeeded: there is at least one, whose address is of the family that it says,
        // and nobody uses the list after it is freed.
        unsafe {
            let address = (*found).ai_addr;
            let address = match (*found).ai_family {
                libc::AF_INET => {
                    let v4 = address.cast::<libc::sockaddr_in>().read_unaligned();
                    IpAddr::V4(Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr)))
                }
                _ => {
                    let v6 = address.cast::<libc::sockaddr_in6>().read_unaligned();
                    IpAddr::V6(Ipv6Addr::from(v6.sin6_addr.s6_addr))
                }
            };
            libc::freeaddrinfo(found);
            Some(address)
        }
    }

    #[test]
    fn no_text_is_an_address_to_the_c_library_and_something_else_here() {
        const PARTS: [&str; 24] = [
            "0",
            "1",
            "7",
            "8",
            "9",
            "255",
            "256",
            "0x",
            "0X",
            "7f",
            "a",
            "ffff",
            "00",
            "010",
            "0177",
            "65535",
            "16777217",
            "2130706433",
            ".",
            ".",
            ".",
            ":",
            "::",
            "::ffff:",
        ];
        let mut state = 1_u64;
        let mut next = |below: usize| {
            // Knuth's MMIX generator: the same texts each time.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % below
        };
        let mut addresses = 0;
        for _ in 0..300_000 {
            let count = 1 + next(8);
            let text: String = (0..count).map(|_| PARTS[next(PARTS.len())]).collect();
            let Some(expected) = c_library(&text) else {
                continue;
            };
            addresses += 1;
            let found = Host::parse(&text);
            let expected = Host::from(expected);
            assert!(found == Ok(expected) || found.is_err(), "{text}: {found:?}");
        }
        assert!(addresses > 10_000, "{addresses}");
    }

    #[test]
    fn only_localhost_is_localhost() {
        for (text, is) in [
            ("localhost", true),
            ("LOCALHOST.", true),
            ("a.b.localhost", true),
            ("localhost.example.com", false),
            ("notlocalhost", false),
            ("127.0.0.1", false),
        ] {
            assert_eq!(Host::parse(text).unwrap().is_localhost(), is, "{text}");
        }
    }
}
