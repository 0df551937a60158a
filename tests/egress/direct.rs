//! Without a proxy.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use belljar::egress::resolver::ResolverSettings;
use belljar::egress::{
    Destination, Dial as _, DialError, Engine, LookupError, OwnAddresses, Proxies, Settings,
};

use crate::peers::{Habits, HttpProxy, echo};
use crate::{Program, address, both, engine, refusal, settings, to, who};

#[tokio::test]
async fn what_an_entry_names_is_reached_and_its_peer_is_told() {
    let there = echo().await;
    let engine = engine(&["127.0.0.1"], Proxies::default());
    let connection = engine
        .dial(&who(), &to("127.0.0.1", there.port()))
        .await
        .unwrap();
    assert_eq!(connection.peer, Some(there));
    let mut program = Program::of(connection);
    program.say("you").await;
    assert_eq!(program.hear(9).await, "hello you");
    assert_eq!(engine.counts("tenant").connected, 1);
}

#[tokio::test]
async fn what_no_entry_names_is_refused_in_whatever_notation() {
    let there = echo().await;
    let engine = engine(&[], Proxies::default());
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "[::1]",
        "::ffff:127.0.0.1",
        "0",
    ] {
        let why = refusal(&engine, &to(host, there.port())).await;
        assert!(why.contains("network.allow"), "{host}: {why}");
        let looked_up = engine.lookup(&who(), host).await;
        assert!(
            matches!(looked_up, Err(LookupError::Refused(_))),
            "{host}: {looked_up:?}"
        );
    }
    let counts = engine.counts("tenant");
    assert_eq!(counts.refused["special-address"], 14);
    assert_eq!((counts.connected, counts.failed), (0, 0));
}

#[tokio::test]
async fn a_chosen_address_that_the_host_does_not_have_is_decided_on_by_itself() {
    let there = echo().await;
    let engine = engine(&["127.0.0.1"], Proxies::default());
    let mut to = to("127.0.0.1", there.port());
    to.address = Some(address("127.0.0.1"));
    assert!(engine.dial(&who(), &to).await.is_ok());
    // As a name whose addresses change between a lookup and the connection has it.
    to.address = Some(address("127.0.0.2"));
    let why = refusal(&engine, &to).await;
    assert!(why.contains("127.0.0.2"), "{why}");
    to.address = Some(address("::ffff:127.0.0.2"));
    let why = refusal(&engine, &to).await;
    assert!(why.contains("127.0.0.2"), "{why}");
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_told_as_the_system_tells_it() {
    let there = echo().await;
    let free = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    assert_ne!(free, there.port());
    let engine = engine(&["127.0.0.1"], Proxies::default());
    let error = engine
        .dial(&who(), &to("127.0.0.1", free))
        .await
        .unwrap_err();
    assert!(
        matches!(error, DialError::Unreachable(libc::ECONNREFUSED, _)),
        "{error:?}"
    );
    assert_eq!(engine.counts("tenant").failed, 1);
}

/// This machine's addresses but loopback, as it lists them.
fn own_addresses() -> Vec<Ipv4Addr> {
    let trie = std::fs::read_to_string("/proc/net/fib_trie").unwrap();
    let (mut found, mut last) = (Vec::new(), None);
    for line in trie.lines() {
        if let Some((_, address)) = line.split_once("|-- ") {
            last = address.trim().parse::<Ipv4Addr>().ok();
        } else if line.contains("/32 host LOCAL") {
            found.extend(last);
        }
    }
    found.retain(|address| !address.is_loopback());
    found
}

#[tokio::test]
async fn an_address_of_this_machines_own_has_to_be_named_by_itself() {
    // A machine without a network has none.
    for own in own_addresses() {
        let [a, b, c, _] = own.octets();
        let range = format!("{a}.{b}.{c}.0/24");
        let by_range = engine(&[&range], Proxies::default());
        let why = refusal(&by_range, &to(&own.to_string(), 1)).await;
        assert!(why.contains("own address"), "{why}");
        let by_itself = engine(&[&own.to_string()], Proxies::default());
        let error = by_itself
            .dial(&who(), &to(&own.to_string(), 1))
            .await
            .unwrap_err();
        assert!(matches!(error, DialError::Unreachable(..)), "{error:?}");
    }
}

#[tokio::test]
async fn an_engine_works_for_threads_without_a_runtime() {
    let there = echo().await;
    let engine = engine(&["127.0.0.1"], Proxies::default());
    let connected = std::thread::spawn(move || {
        use std::task::{Context, Poll, Waker};
        let (who, to) = (who(), to("127.0.0.1", there.port()));
        let mut dialling = engine.dial(&who, &to);
        // Nothing wakes this thread: it looks again.
        for _ in 0..1000 {
            let mut context = Context::from_waker(Waker::noop());
            if let Poll::Ready(ended) = dialling.as_mut().poll(&mut context) {
                return ended.is_ok();
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        false
    });
    let joined = tokio::task::spawn_blocking(move || connected.join().unwrap());
    assert!(joined.await.unwrap());
}

#[tokio::test]
async fn a_lookup_of_an_address_gives_it_in_its_plain_form() {
    let engine = engine(&["127.0.0.1"], Proxies::default());
    let found = engine.lookup(&who(), "0x7f000001").await.unwrap();
    assert_eq!(found, [IpAddr::from([127, 0, 0, 1])]);
}

/// A hosts file is a resolver whose answers can be told.
fn with_hosts(hosts: &str, mut settings: Settings) -> (Engine, std::path::PathBuf) {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!(
        "hosts-{}-{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    );
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&file, hosts).unwrap();
    settings.resolver = ResolverSettings {
        hosts: file.clone(),
        resolv_conf: "/nowhere".into(),
        ..settings.resolver
    };
    (Engine::new(settings, OwnAddresses::new()), file)
}

#[tokio::test]
async fn a_name_is_decided_on_by_each_of_its_addresses() {
    let there = echo().await;
    let hosts = "127.0.0.1 here.example.com\n127.0.0.2 other.example.com\n\
                 10.0.0.9 mixed.example.com\n127.0.0.1 mixed.example.com\n";
    let (engine, file) = with_hosts(hosts, settings(&["127.0.0.1"], Proxies::default()));
    let here = to("here.example.com", there.port());
    let connection = engine.dial(&who(), &here).await.unwrap();
    assert_eq!(connection.peer, Some(there));
    let why = refusal(&engine, &to("other.example.com", there.port())).await;
    assert!(
        why.contains("127.0.0.2") && why.contains("other.example.com"),
        "{why}"
    );
    // Of several those are tried that are allowed.
    let mixed = to("mixed.example.com", there.port());
    let connection = engine.dial(&who(), &mixed).await.unwrap();
    assert_eq!(connection.peer, Some(there));
    // The address that a program chose has to be one of the name's, now.
    let chosen = |address: &str| Destination {
        address: Some(crate::address(address)),
        ..here.clone()
    };
    engine.dial(&who(), &chosen("127.0.0.1")).await.unwrap();
    let why = refusal(&engine, &chosen("127.0.0.2")).await;
    assert!(why.contains("127.0.0.2"), "{why}");
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn names_can_be_decided_on_by_their_addresses_behind_a_proxy_too() {
    let there = echo().await;
    let habits = Habits {
        tunnels: [("93.184.216.34:443".to_owned(), there)].into(),
        ..Habits::default()
    };
    let proxy = HttpProxy::start(habits).await;
    let settings = Settings {
        resolve_behind_proxy: true,
        ..settings(&[], both(&proxy.url()))
    };
    let hosts = "93.184.216.34 site.example.com\n10.0.0.9 inner.example.com\n\
                 93.184.216.34 mixed.example.com\n10.0.0.9 mixed.example.com\n";
    let (engine, file) = with_hosts(hosts, settings);
    let found = engine.lookup(&who(), "site.example.com").await.unwrap();
    assert_eq!(found, [crate::address("93.184.216.34")]);
    let mut program = Program::dial(&engine, "site.example.com", 443).await;
    assert_eq!(program.hear(6).await, "hello ");
    let mut program = Program::dial(&engine, "site.example.com", 80).await;
    program.say("GET / HTTP/1.1\r\n\r\n").await;
    program.hear_until("\r\n\r\n").await;
    for host in ["inner.example.com", "mixed.example.com"] {
        for port in [80, 443] {
            let why = refusal(&engine, &to(host, port)).await;
            assert!(why.contains("10.0.0.9"), "{why}");
        }
    }
    let first_lines: Vec<_> = proxy
        .heard()
        .iter()
        .map(|head| head.lines().next().unwrap().to_owned())
        .collect();
    assert_eq!(
        first_lines,
        [
            "CONNECT 93.184.216.34:443 HTTP/1.1",
            "GET http://site.example.com/ HTTP/1.1"
        ]
    );
    std::fs::remove_file(file).unwrap();
}
