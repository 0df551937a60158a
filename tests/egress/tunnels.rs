//! `CONNECT` and SOCKS5.

use std::net::SocketAddr;
use std::time::Duration;

use belljar::egress::{Destination, Dial as _, LookupError, Proxies};

use crate::peers::{Habits, HttpProxy, SocksProxy, echo};
use crate::{Program, both, engine, no_proxy, proxys_word, refusal, socks, to, who};

fn leading(authority: &str, there: SocketAddr) -> Habits {
    Habits {
        tunnels: [(authority.to_owned(), there)].into(),
        ..Habits::default()
    }
}

#[tokio::test]
async fn port_443_is_connected_to_and_no_byte_of_the_other_side_is_lost() {
    let there = echo().await;
    for bytewise in [false, true] {
        let habits = Habits {
            bytewise,
            ..leading("www.example.com:443", there)
        };
        let proxy = HttpProxy::start(habits).await;
        let engine = engine(&[], both(&proxy.url()));
        let connection = engine
            .dial(&who(), &to("WWW.Example.com.", 443))
            .await
            .unwrap();
        assert_eq!(connection.peer, None);
        let mut program = Program::of(connection);
        program.say("you").await;
        assert_eq!(program.hear(9).await, "hello you");
        let expected = "CONNECT www.example.com:443 HTTP/1.1\r\nHost: www.example.com:443\r\n\r\n";
        assert_eq!(proxy.heard(), [expected]);
    }
}

#[tokio::test]
async fn an_end_is_handed_on_in_each_direction() {
    let there = echo().await;
    let proxy = HttpProxy::start(leading("site.example.com:443", there)).await;
    let engine = engine(&[], both(&proxy.url()));
    let mut program = Program::dial(&engine, "site.example.com", 443).await;
    program.say("last words").await;
    tokio::io::AsyncWriteExt::shutdown(&mut program.0)
        .await
        .unwrap();
    assert_eq!(program.hear_all().await, "hello last words");
}

#[tokio::test]
async fn what_the_proxy_says_instead_is_told_in_one_line() {
    let cases = [
        ("HTTP/1.1 502 Bad\tGateway\r\nA: b\r\n\r\n<html>", "502 Bad"),
        ("HTTP/1.1 403 Forbidden\r\n\r\n", "forbidden there (403)"),
        (
            "HTTP/1.1 407 Who\r\n\r\n",
            "it wants credentials, and there are none",
        ),
        ("SSH-2.0-OpenSSH\r\n\r\n", "not HTTP"),
        ("HTTP/1.1 200 OK\r\n", "closed the connection"),
        ("", "closed the connection"),
    ];
    for (instead, expected) in cases {
        let habits = Habits {
            instead: Some(instead),
            ..Habits::default()
        };
        let proxy = HttpProxy::start(habits).await;
        let engine = engine(&[], both(&proxy.url()));
        let why = proxys_word(&engine, "site.example.com", 443).await;
        assert!(why.contains(expected), "{instead:?}: {why}");
        assert!(
            why.contains("site.example.com:443") && !why.contains(['\n', '\r']),
            "{why}"
        );
        assert_eq!(engine.counts("tenant").refused["proxy"], 1);
    }
    let endless: &'static str = String::leak("x".repeat(100 << 10));
    let habits = Habits {
        instead: Some(endless),
        ..Habits::default()
    };
    let proxy = HttpProxy::start(habits).await;
    let why = proxys_word(&engine(&[], both(&proxy.url())), "site.example.com", 443).await;
    assert!(why.contains("too long"), "{why}");
}

#[tokio::test]
async fn credentials_are_given_and_wrong_ones_are_told() {
    let there = echo().await;
    let habits = Habits {
        wanted: Some("Basic bWU6c2VjcmV0"),
        ..leading("site.example.com:443", there)
    };
    let proxy = HttpProxy::start(habits).await;
    let with = |userinfo: &str| both(&format!("http://{userinfo}{}", proxy.address));
    let mut program =
        Program::dial(&engine(&[], with("me:secret@")), "site.example.com", 443).await;
    assert_eq!(program.hear(6).await, "hello ");
    let why = proxys_word(&engine(&[], with("me:wrong@")), "site.example.com", 443).await;
    assert!(why.contains("other credentials"), "{why}");
    assert!(!why.contains("wrong"), "{why}");
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_told() {
    let free = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    for proxies in [
        both(&format!("http://{free}")),
        socks(&format!("socks5://{free}")),
    ] {
        let engine = engine(&[], proxies);
        for port in [443, 80] {
            let why = proxys_word(&engine, "site.example.com", port).await;
            assert!(why.contains("cannot be reached"), "{why}");
            assert!(why.contains("Connection refused"), "{why}");
        }
    }
}

#[tokio::test]
async fn a_socks_proxy_is_told_the_name_and_takes_everything() {
    let there = echo().await;
    let proxy = SocksProxy::start(there, 0, None).await;
    let engine = engine(&[], socks(&format!("socks5://{}", proxy.address)));
    for port in [80, 443, 2525] {
        let mut program = Program::dial(&engine, "site.example.com", port).await;
        program.say("you").await;
        assert_eq!(program.hear(9).await, "hello you");
    }
    Program::dial(&engine, "93.184.216.34", 80).await;
    Program::dial(&engine, "[2606:2800::1]", 80).await;
    assert_eq!(
        proxy.heard(),
        [
            "site.example.com:80",
            "site.example.com:443",
            "site.example.com:2525",
            "93.184.216.34:80",
            "2606:2800::1:80"
        ]
    );
}

#[tokio::test]
async fn a_socks_proxy_gets_its_password_and_its_refusals_are_told() {
    let there = echo().await;
    let proxy = SocksProxy::start(there, 0, Some(("me", "se:cret"))).await;
    let with = |userinfo: &str| socks(&format!("socks5://{userinfo}{}", proxy.address));
    let mut program = Program::dial(&engine(&[], with("me:se%3Acret@")), "a.example.com", 80).await;
    assert_eq!(program.hear(6).await, "hello ");
    for (userinfo, expected) in [
        ("me:wrong@", "other credentials"),
        ("", "it wants credentials, and there are none"),
    ] {
        let why = proxys_word(&engine(&[], with(userinfo)), "a.example.com", 80).await;
        assert!(why.contains(expected), "{why}");
    }
    for (code, expected) in [(2, "forbidden there"), (4, "unreachable"), (5, "refused")] {
        let proxy = SocksProxy::start(there, code, None).await;
        let engine = engine(&[], socks(&format!("socks5://{}", proxy.address)));
        let why = proxys_word(&engine, "a.example.com", 80).await;
        assert!(why.to_lowercase().contains(expected), "{code}: {why}");
    }
}

#[tokio::test]
async fn names_are_left_to_the_proxy_and_an_address_stands_for_them_meanwhile() {
    let there = echo().await;
    let proxy = SocksProxy::start(there, 0, None).await;
    let engine = engine(&[], socks(&format!("socks5://{}", proxy.address)));
    let found = engine.lookup(&who(), "Nowhere.Example.com").await.unwrap();
    assert_eq!(found.len(), 1);
    assert!(found[0].to_string().starts_with("198.18."), "{found:?}");
    assert_eq!(
        engine.lookup(&who(), "nowhere.example.com").await.unwrap(),
        found
    );
    let by_both = Destination {
        address: Some(found[0]),
        ..to("nowhere.example.com", 80)
    };
    engine.dial(&who(), &by_both).await.unwrap();
    assert_eq!(proxy.heard(), ["nowhere.example.com:80"]);
    // By itself it leads nowhere: it may be another run's, which nobody is to learn of.
    for address in [&found[0].to_string(), "198.19.7.7"] {
        let why = refusal(&engine, &to(address, 80)).await;
        assert!(why.contains(address) && !why.contains("nowhere"), "{why}");
    }
}

#[tokio::test]
async fn the_policy_holds_behind_a_proxy() {
    let there = echo().await;
    let proxy = SocksProxy::start(there, 0, None).await;
    let url = format!("socks5://{}", proxy.address);
    let mut settings = crate::settings(&["wiki.corp.internal private"], socks(&url));
    settings
        .policy
        .deny
        .push("*.bad.example.com".parse().unwrap());
    let engine = belljar::egress::Engine::new(settings, belljar::egress::OwnAddresses::new());
    for host in [
        "169.254.169.254",
        "10.0.0.1",
        "0xa9.0xfe.0xa9.0xfe",
        "::ffff:10.0.0.1",
        "metadata.google.internal",
        "printer.local",
        "db",
        "very.bad.example.com",
    ] {
        refusal(&engine, &to(host, 80)).await;
        let looked_up = engine.lookup(&who(), host).await;
        assert!(
            matches!(looked_up, Err(LookupError::Refused(_))),
            "{host}: {looked_up:?}"
        );
    }
    engine
        .dial(&who(), &to("wiki.corp.internal", 80))
        .await
        .unwrap();
    assert_eq!(proxy.heard(), ["wiki.corp.internal:80"]);
}

#[tokio::test]
async fn what_no_proxy_covers_and_this_machine_are_reached_directly() {
    let there = echo().await;
    let proxy = SocksProxy::start(there, 0, None).await;
    let proxies = Proxies {
        no_proxy: no_proxy(&["127.0.0.0/8", "192.0.2.1"]),
        ..socks(&format!("socks5://{}", proxy.address))
    };
    let engine = engine(&["127.0.0.1"], proxies);
    let connection = engine
        .dial(&who(), &to("127.0.0.1", there.port()))
        .await
        .unwrap();
    assert_eq!(connection.peer, Some(there));
    assert!(proxy.heard().is_empty());
}

#[tokio::test]
async fn giving_up_ends_what_the_proxy_is_asked() {
    let (tell, mut told) = tokio::sync::mpsc::channel(4);
    let silent = crate::peers::server(move |mut stream| {
        let tell = tell.clone();
        async move {
            crate::peers::read_head(&mut stream).await;
            tell.send("asked").await.unwrap();
            let mut rest = [0; 1];
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut rest).await;
            tell.send("ended").await.unwrap();
        }
    })
    .await;
    let engine = engine(&[], both(&format!("http://{silent}")));
    let (who, to) = (who(), to("site.example.com", 443));
    let dialling = tokio::time::timeout(Duration::from_millis(300), engine.dial(&who, &to));
    assert!(dialling.await.is_err());
    for expected in ["asked", "ended"] {
        let said = tokio::time::timeout(crate::PATIENCE, told.recv()).await;
        assert_eq!(said.unwrap(), Some(expected));
    }
}
