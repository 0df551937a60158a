use super::*;

fn policy(mode: Mode, allow: &[&str], deny: &[&str]) -> Policy {
    let rules = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
    Policy {
        mode,
        allow: rules(allow),
        deny: rules(deny),
    }
}

fn public(allow: &[&str], deny: &[&str]) -> Policy {
    policy(Mode::Public, allow, deny)
}

fn allow_list(allow: &[&str], deny: &[&str]) -> Policy {
    policy(Mode::AllowList, allow, deny)
}

/// What an engine does: `host` resolves to `address`.
fn dial(policy: &Policy, host: &str, address: &str, port: u16) -> Result<(), Refusal> {
    let host = policy.check_host(host, Some(port))?;
    policy.check_address(&host, address.parse().unwrap(), Some(port))
}

/// The cause of a refusal, `None` if it is allowed.
fn cause(decision: Result<(), Refusal>) -> Option<Cause> {
    decision.err().map(|refusal| refusal.cause)
}

#[test]
fn off_is_off() {
    let policy = policy(Mode::Off, &["*", "example.com", "192.0.2.1"], &[]);
    for host in ["example.com", "1.1.1.1", "192.0.2.1"] {
        let refusal = policy.check_host(host, None).unwrap_err();
        assert_eq!(refusal.cause, Cause::Off);
        assert!(refusal.to_string().contains("network.policy"), "{refusal}");
    }
    let host = Host::parse("example.com").unwrap();
    let address = "1.1.1.1".parse().unwrap();
    assert!(policy.check_address(&host, address, Some(443)).is_err());
    assert!(policy.check_unresolved(&host, Some(443)).is_err());
}

#[test]
fn the_public_internet_can_be_reached_by_default() {
    let policy = Policy::default();
    for address in [
        "1.1.1.1",
        "2606:4700::1111",
        "64:ff9b::1.1.1.1",
        "::ffff:1.1.1.1",
    ] {
        assert_eq!(
            dial(&policy, "example.com", address, 443),
            Ok(()),
            "{address}"
        );
        assert_eq!(dial(&policy, address, address, 443), Ok(()), "{address}");
    }
}

#[test]
fn no_notation_of_a_private_address_gets_through() {
    let policy = Policy::default();
    for text in [
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "2130706433",
        "017700000001",
        "0x7f.1",
        "0177.0.0.1",
        "0x7f000001",
        "0",
        "0.0.0.0",
        "10.0.0.1",
        "0xa000001",
        "012.0.0.1",
        "100.64.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "3232235521",
        "169.254.169.254",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "１６９.254.169.254",
        "::",
        "::1",
        "[::1]",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "[::ffff:a9fe:a9fe]",
        "::ffff:0:169.254.169.254",
        "64:ff9b::10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::10.0.0.1",
        "2002:a9fe:a9fe::1",
        "2002:0a00:0001::",
        "2001:0:4136:e378:8000:63bf:5601:5601",
        "2a00:1:2:3:0:5efe:10.0.0.1",
        "2a00:1:2:3:200:5efe:192.168.0.1",
        "fd00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "4000::1",
    ] {
        let refusal = policy.check_host(text, Some(80)).expect_err(text);
        assert_eq!(refusal.cause, Cause::Special, "{text}: {refusal}");
        // And as what a name resolves to.
        if text.parse::<IpAddr>().is_ok() {
            let decision = dial(&policy, "rebind.example.com", text, 80);
            assert_eq!(cause(decision), Some(Cause::Special), "{text}");
        }
    }
    for text in [
        "127.0.0.1 ",
        "127.0.0.1%00",
        "a@127.0.0.1",
        "127.0.0.1\0",
        "1.2.3.4.5",
    ] {
        let refusal = policy.check_host(text, Some(80)).expect_err(text);
        assert_eq!(refusal.cause, Cause::Malformed, "{text}: {refusal}");
    }
}

#[test]
fn a_refusal_is_one_line_that_names_what_why_and_the_setting() {
    for (policy, host, address, line) in [
        (
            public(&[], &[]),
            "db.example.com",
            "10.0.0.5",
            "network policy: 10.0.0.5:80 (db.example.com) is a private address; the operator can \
             allow it: `db.example.com:80 private` or `10.0.0.5:80` in network.allow",
        ),
        (
            public(&[], &[]),
            "evil.example.com",
            "169.254.169.254",
            "network policy: 169.254.169.254:80 (evil.example.com) is a metadata service of clouds; \
             the operator can allow it: `169.254.169.254:80` in network.allow",
        ),
        (
            public(&[], &[]),
            "[::ffff:7f00:1]",
            "127.0.0.1",
            "network policy: 127.0.0.1:80 is a loopback address; the operator can allow it: \
             `127.0.0.1:80` in network.allow",
        ),
        (
            public(&[], &[]),
            "64:ff9b::a00:5",
            "64:ff9b::a00:5",
            "network policy: [64:ff9b::a00:5]:80 stands for 10.0.0.5, a private address; the \
             operator can allow it: `10.0.0.5:80` in network.allow",
        ),
        (
            public(&[], &["*.example.com:80"]),
            "WWW.example.com",
            "1.1.1.1",
            "network policy: www.example.com:80 is forbidden by `*.example.com:80` in network.deny",
        ),
        (
            allow_list(&["api.example.com"], &[]),
            "www.example.com",
            "1.1.1.1",
            "network policy: www.example.com:80 is not in network.allow, and only what is there can \
             be reached",
        ),
        (
            public(&[], &[]),
            "user:secret\n@10.0.0.1",
            "10.0.0.1",
            "network policy: \"user:secret\\n@10.0.0.1\" has blanks or control characters in it; no \
             setting allows it",
        ),
    ] {
        let refusal = dial(&policy, host, address, 80).unwrap_err();
        assert_eq!(refusal.to_string(), line);
    }
}

#[test]
fn entries_that_refusals_suggest_do_allow() {
    for (host, address) in [
        ("db.example.com", "10.0.0.5"),
        ("db.example.com", "169.254.169.254"),
        ("db.example.com", "127.0.0.1"),
        ("db.example.com", "fd00::5"),
        ("db.example.com", "64:ff9b::10.0.0.5"),
        ("db.example.com", "2002:a00:5::1"),
        ("10.0.0.5", "10.0.0.5"),
        ("fe80::1", "fe80::1"),
    ] {
        let refusal = dial(&public(&[], &[]), host, address, 80).unwrap_err();
        let line = refusal.to_string();
        let suggested: Vec<&str> = line.split('`').skip(1).step_by(2).collect();
        assert!(!suggested.is_empty(), "{line}");
        for entry in suggested {
            let policy = public(&[entry], &[]);
            assert_eq!(dial(&policy, host, address, 80), Ok(()), "{entry}");
            assert!(dial(&policy, host, address, 81).is_err(), "{entry}");
        }
    }
}

#[test]
fn an_entry_opens_a_range_only_from_within() {
    for (entry, address, allowed) in [
        ("10.0.0.5", "10.0.0.5", true),
        ("10.0.0.5", "10.0.0.6", false),
        ("10.0.0.0/8", "10.0.0.5", true),
        ("10.1.0.0/16", "10.0.0.5", false),
        ("8.0.0.0/5", "10.0.0.5", false),
        ("0.0.0.0/0", "10.0.0.5", false),
        ("0.0.0.0/0", "127.0.0.1", false),
        ("*", "10.0.0.5", false),
        ("::/0", "fd00::1", false),
        ("fc00::/7", "fd00::1", true),
        ("fd00::/8", "fd00:ec2::254", false),
        ("fd00:ec2::254", "fd00:ec2::254", true),
        ("169.254.0.0/16", "169.254.1.1", true),
        ("169.254.0.0/16", "169.254.169.254", false),
        ("100.64.0.0/10", "100.100.100.200", false),
        ("127.0.0.1", "127.0.0.1", true),
        ("127.0.0.1", "::1", false),
        ("10.0.0.5", "::ffff:10.0.0.5", true),
        ("2002::/16", "2002:a00:5::1", true),
        ("10.0.0.5", "2002:a00:5::1", false),
    ] {
        let decision = dial(&public(&[entry], &[]), "a.example.com", address, 80);
        assert_eq!(decision.is_ok(), allowed, "{entry} {address}");
    }
}

#[test]
fn a_name_alone_opens_no_private_network() {
    for (entries, host, address, allowed) in [
        (
            &["db.corp.example"][..],
            "db.corp.example",
            "10.0.0.5",
            false,
        ),
        (
            &["db.corp.example private"],
            "db.corp.example",
            "10.0.0.5",
            true,
        ),
        (
            &["db.corp.example private"],
            "DB.corp.example.",
            "fd00::1",
            true,
        ),
        (
            &["db.corp.example private"],
            "x.corp.example",
            "10.0.0.5",
            false,
        ),
        (
            &["*.corp.example private"],
            "x.corp.example",
            "192.168.0.1",
            true,
        ),
        (
            &["db.corp.example:5432 private"],
            "db.corp.example",
            "10.0.0.5",
            false,
        ),
        (
            &["db.corp.example", "10.0.0.0/24"],
            "db.corp.example",
            "10.0.0.5",
            true,
        ),
        // Whoever controls the name still gets no further than that.
        (
            &["db.corp.example private"],
            "db.corp.example",
            "127.0.0.1",
            false,
        ),
        (
            &["db.corp.example private"],
            "db.corp.example",
            "::1",
            false,
        ),
        (
            &["db.corp.example private"],
            "db.corp.example",
            "169.254.169.254",
            false,
        ),
        (
            &["db.corp.example private"],
            "db.corp.example",
            "100.100.100.200",
            false,
        ),
        (
            &["db.corp.example private"],
            "db.corp.example",
            "fd00:ec2::254",
            false,
        ),
        (
            &["db.corp.example private"],
            "db.corp.example",
            "0.0.0.0",
            false,
        ),
        (&["localhost private"], "localhost", "127.0.0.1", false),
        (&["127.0.0.1"], "localhost", "127.0.0.1", true),
    ] {
        for policy in [public(entries, &[]), allow_list(entries, &[])] {
            let decision = dial(&policy, host, address, 443);
            let is = decision.is_ok();
            assert_eq!(is, allowed, "{entries:?} {host} {address}: {decision:?}");
        }
    }
}

#[test]
fn deny_wins_over_allow() {
    for (deny, host, address, denied) in [
        ("example.com", "example.com", "1.1.1.1", true),
        ("example.com", "www.example.com", "1.1.1.1", false),
        ("*.example.com", "www.example.com", "1.1.1.1", true),
        ("1.1.1.0/24", "example.com", "1.1.1.1", true),
        ("1.1.1.0/24", "1.1.1.1", "1.1.1.1", true),
        ("1.1.1.0/24", "example.com", "::ffff:1.1.1.1", true),
        ("1.1.1.0/24", "example.com", "64:ff9b::1.1.1.1", true),
        ("1.1.1.0/24:25", "example.com", "1.1.1.1", false),
        ("*:443", "example.com", "1.1.1.1", true),
        ("*:25", "example.com", "1.1.1.1", false),
        ("10.0.0.5", "db.example.com", "10.0.0.5", true),
    ] {
        let allow = &["*", "example.com", "10.0.0.0/8"];
        for policy in [public(allow, &[deny]), allow_list(allow, &[deny])] {
            let decision = cause(dial(&policy, host, address, 443));
            assert_eq!(
                decision == Some(Cause::Denied),
                denied,
                "{deny} {host} {address}"
            );
        }
    }
}

#[test]
fn an_allow_list_lets_only_through_what_is_on_it() {
    let policy = allow_list(
        &[
            "api.example.com:443",
            "*.example.org",
            "1.1.1.0/24",
            "[2606:4700::/32]:443",
        ],
        &[],
    );
    for (host, address, port, allowed) in [
        ("api.example.com", "8.8.8.8", 443, true),
        ("api.example.com", "8.8.8.8", 80, false),
        ("www.example.com", "8.8.8.8", 443, false),
        ("www.example.org", "8.8.8.8", 8080, true),
        ("example.org", "8.8.8.8", 443, false),
        ("anything.test", "1.1.1.1", 22, true),
        ("1.1.1.1", "1.1.1.1", 22, true),
        ("8.8.8.8", "8.8.8.8", 443, false),
        ("2606:4700::1", "2606:4700::1", 443, true),
        ("2606:4700::1", "2606:4700::1", 80, false),
        // By the name, but not to a private address.
        ("api.example.com", "10.0.0.1", 443, false),
    ] {
        let decision = dial(&policy, host, address, port);
        assert_eq!(decision.is_ok(), allowed, "{host} {address}:{port}");
    }
}

#[test]
fn lookups_are_refused_where_no_port_could_be_reached() {
    let by_name = allow_list(
        &["api.example.com:443"],
        &["bad.example.com:80", "worse.example.com"],
    );
    for (host, allowed) in [
        ("api.example.com", true),
        ("www.example.com", false),
        ("bad.example.com", false),
    ] {
        assert_eq!(by_name.check_host(host, None).is_ok(), allowed, "{host}");
    }
    // Any name may have an address that is listed.
    let by_address = allow_list(&["1.1.1.1:443"], &[]);
    let host = by_address.check_host("www.example.com", None).unwrap();
    let check = |address: &str| by_address.check_address(&host, address.parse().unwrap(), None);
    assert_eq!(check("1.1.1.1"), Ok(()));
    assert_eq!(cause(check("1.0.0.1")), Some(Cause::NotListed));
    let denying = public(&[], &["bad.example.com:80", "worse.example.com"]);
    assert!(denying.check_host("bad.example.com", None).is_ok());
    assert!(denying.check_host("bad.example.com", Some(80)).is_err());
    assert!(denying.check_host("worse.example.com", None).is_err());
}

#[test]
fn an_own_address_is_reached_only_by_its_own_entry() {
    for (entries, address, allowed) in [
        (&[][..], "203.0.113.9", false),
        (&["*"], "9.9.9.9", false),
        (&["9.9.9.0/24"], "9.9.9.9", false),
        (&["9.9.9.9"], "9.9.9.9", true),
        (&["9.9.9.9:80"], "9.9.9.9", true),
        (&["9.9.9.9:81"], "9.9.9.9", false),
        (&["10.0.0.0/8"], "10.0.0.5", false),
        (&["10.0.0.0/8", "10.0.0.5"], "10.0.0.5", true),
        (&["a.example.com private"], "10.0.0.5", false),
        (&["10.0.0.5"], "::ffff:10.0.0.5", true),
        (&["127.0.0.0/8"], "127.0.0.1", true),
        (&["127.0.0.1"], "127.0.0.1", true),
    ] {
        let host = Host::parse("a.example.com").unwrap();
        let address = address.parse().unwrap();
        let decision = public(entries, &[]).check_own_address(&host, address, 80);
        assert_eq!(decision.is_ok(), allowed, "{entries:?} {address}");
        if let Err(refusal) = decision {
            assert_eq!(refusal.cause, Cause::Own);
            assert!(refusal.to_string().contains("network.allow"), "{refusal}");
        }
    }
}

#[test]
fn behind_a_proxy_names_are_decided_on_as_names() {
    for (entries, host, allowed) in [
        (&[][..], "example.com", true),
        (&[], "redis", false),
        (&[], "db.internal", false),
        (&[], "metadata.google.internal", false),
        (&[], "localhost", false),
        (&[], "10.0.0.1", false),
        (&[], "0x7f.1", false),
        (&[], "1.1.1.1", true),
        (&["redis"], "redis", false),
        (&["redis private"], "redis", true),
        (&["redis:6379 private"], "redis", false),
        (&["*.internal private"], "db.internal", true),
        (&["*.internal private"], "metadata.google.internal", false),
        (
            &["metadata.google.internal private"],
            "metadata.google.internal",
            true,
        ),
        (&["localhost private"], "localhost", false),
        (&["10.0.0.1"], "10.0.0.1", true),
    ] {
        let policy = public(entries, &[]);
        let decision = policy
            .check_host(host, Some(80))
            .and_then(|host| policy.check_unresolved(&host, Some(80)));
        assert_eq!(
            decision.is_ok(),
            allowed,
            "{entries:?} {host}: {decision:?}"
        );
    }
    let listed = allow_list(&["example.com", "1.1.1.0/24"], &["*:25"]);
    let check = |host: &str, port| {
        let host = Host::parse(host).unwrap();
        cause(listed.check_unresolved(&host, Some(port)))
    };
    assert_eq!(check("example.com", 443), None);
    assert_eq!(check("example.com", 25), Some(Cause::Denied));
    // Its addresses are not known here, so that an entry by address is of no help.
    assert_eq!(check("one.one.one.one", 443), Some(Cause::NotListed));
    assert_eq!(check("1.1.1.1", 443), None);
}

#[test]
fn a_policy_survives_being_written_down() {
    let policy = allow_list(
        &["*.example.com:80-443 private", "[fd00::/8]:443"],
        &["*:25"],
    );
    let text = serde_json::to_string(&policy).unwrap();
    assert!(text.contains("\"allow-list\""), "{text}");
    assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy);
    assert!(serde_json::from_str::<Policy>(&text.replace("*:25", "*:0")).is_err());
}
