//! Plain HTTP through an HTTP proxy: each request is rewritten, whatever protocol there is besides goes
//! through a tunnel.

use std::time::{Duration, Instant};

use belljar::egress::{Engine, Proxies};

use crate::peers::{Habits, HttpProxy, echo};
use crate::{Program, both, engine};

async fn proxy() -> (HttpProxy, Engine) {
    let proxy = HttpProxy::start(Habits::default()).await;
    let engine = engine(&[], both(&proxy.url()));
    (proxy, engine)
}

fn ask(path: &str) -> String {
    format!("GET /{path} HTTP/1.1\r\nHost: site.example.com\r\n\r\n")
}

#[tokio::test]
async fn a_request_reaches_the_proxy_with_its_whole_address_and_the_connection_is_kept() {
    let (proxy, engine) = proxy().await;
    let mut program = Program::dial(&engine, "site.example.com", 8080).await;
    for path in ["one", "two?x=y"] {
        program.say(ask(path)).await;
        let said = format!("GET http://site.example.com:8080/{path} HTTP/1.1|");
        let head = program.hear_until("\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert_eq!(program.hear(said.len()).await, said);
    }
    assert_eq!(
        proxy.heard()[0],
        "GET http://site.example.com:8080/one HTTP/1.1\r\nHost: site.example.com:8080\r\n\r\n"
    );
}

#[tokio::test]
async fn bodies_go_both_ways_however_they_are_framed_and_cut() {
    let (_proxy, engine) = proxy().await;
    let mut program = Program::dial(&engine, "site.example.com", 80).await;
    let first = "POST http://site.example.com/ HTTP/1.1|";
    let requests = [
        ("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", "hello"),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nT: t\r\n\r\n",
            "5\r\nhello\r\n0\r\n\r\n",
        ),
    ];
    for (request, body) in requests {
        for piece in request.as_bytes().chunks(7) {
            program.say(piece).await;
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        program.hear_until("\r\n\r\n").await;
        let expected = format!("{first}{body}");
        assert_eq!(program.hear(expected.len()).await, expected);
    }
    program.say(ask("chunks")).await;
    program.hear_until("\r\n\r\n").await;
    let chunks = "5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n";
    assert_eq!(program.hear(chunks.len()).await, chunks);
    // Nothing is left over.
    program.say(ask("after")).await;
    let head = program.hear_until("\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
}

#[tokio::test]
async fn answers_without_a_body_are_known_for_what_they_are() {
    let (_proxy, engine) = proxy().await;
    let mut program = Program::dial(&engine, "site.example.com", 80).await;
    let cases = [
        ("HEAD", "x", "Content-Length: 1000"),
        ("GET", "nothing", "204 No Content"),
        ("GET", "same", "304 Not Modified"),
        ("GET", "last", "200 OK"),
    ];
    for (method, path, expected) in cases {
        program
            .say(format!("{method} /{path} HTTP/1.1\r\n\r\n"))
            .await;
        let head = program.hear_until("\r\n\r\n").await;
        assert!(head.contains(expected), "{method} {path}: {head}");
    }
}

#[tokio::test]
async fn requests_that_do_not_wait_for_answers_get_them_in_their_order() {
    let (_proxy, engine) = proxy().await;
    let mut program = Program::dial(&engine, "site.example.com", 80).await;
    let paths: Vec<String> = (0..50).map(|number| format!("number-{number}")).collect();
    let all: String = paths.iter().map(|path| ask(path)).collect();
    program.say(all).await;
    for path in paths {
        program.hear_until("\r\n\r\n").await;
        let expected = format!("GET http://site.example.com/{path} HTTP/1.1|");
        assert_eq!(program.hear(expected.len()).await, expected);
    }
}

#[tokio::test]
async fn a_body_that_waits_for_a_go_on_gets_it() {
    let (_proxy, engine) = proxy().await;
    let mut program = Program::dial(&engine, "site.example.com", 80).await;
    let head = "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
    program.say(head).await;
    assert_eq!(
        program.hear_until("\r\n\r\n").await,
        "HTTP/1.1 100 Continue\r\n\r\n"
    );
    program.say("body").await;
    program.hear_until("\r\n\r\n").await;
    let expected = "POST http://site.example.com/ HTTP/1.1|body";
    assert_eq!(program.hear(expected.len()).await, expected);
}

#[tokio::test]
async fn a_connection_ends_with_the_proxys_end() {
    let (_proxy, engine) = proxy().await;
    let mut program = Program::dial(&engine, "site.example.com", 80).await;
    program.say(ask("to-the-end")).await;
    let said = program.hear_all().await;
    assert_eq!(said, "HTTP/1.0 200 OK\r\n\r\nuntil it closes");
    let mut program = Program::dial(&engine, "site.example.com", 80).await;
    program.say(ask("cut")).await;
    assert!(program.hear_all().await.ends_with("\r\n\r\ncut"));
    let mut program = Program::dial(&engine, "site.example.com", 80).await;
    program.say(ask("garbage")).await;
    assert_eq!(program.hear_all().await, "");
}

#[tokio::test]
async fn an_answer_to_nothing_is_not_taken_for_the_next_requests() {
    let (_proxy, engine) = proxy().await;
    let mut program = Program::dial(&engine, "site.example.com", 80).await;
    program.say(ask("twice")).await;
    let said = program.hear_all().await;
    assert_eq!(said, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none");
}

#[tokio::test]
async fn another_protocol_is_spoken_once_both_sides_agree() {
    let (_proxy, engine) = proxy().await;
    let mut program = Program::dial(&engine, "site.example.com", 80).await;
    let upgrade = |path: &str| {
        format!("GET /{path} HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
    };
    // One that is not taken up leaves the connection as it is.
    program.say(upgrade("no")).await;
    program.hear_until("\r\n\r\n").await;
    let said = "GET http://site.example.com/no HTTP/1.1|";
    assert_eq!(program.hear(said.len()).await, said);
    program.say(upgrade("socket")).await;
    program.say("GET / is no request any more").await;
    let head = program.hear_until("\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    let expected = "first:GET / is no request any more";
    assert_eq!(program.hear(expected.len()).await, expected);
}

#[tokio::test]
async fn requests_for_others_and_ambiguous_ones_never_reach_the_proxy() {
    let smuggled = "GET http://evil.example.com/ HTTP/1.1\r\nHost: evil.example.com\r\n\r\n";
    let cases = [
        smuggled.to_owned(),
        format!("POST / HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n{smuggled}"),
        format!(
            "POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\
             {smuggled}"
        ),
        format!("POST / HTTP/1.1\r\nTransfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n{smuggled}"),
        format!("GET / HTTP/1.1\r\nA: b\r\n\x20c: d\r\n\r\n{smuggled}"),
        "CONNECT evil.example.com:443 HTTP/1.1\r\n\r\n".to_owned(),
    ];
    for case in cases {
        let (proxy, engine) = proxy().await;
        let mut program = Program::dial(&engine, "site.example.com", 80).await;
        // After a good request: a connection that begins otherwise is not one for requests.
        program.say(ask("good") + &case).await;
        let said = program.hear_all().await;
        assert!(
            said.contains("HTTP/1.1 400 Bad Request\r\n"),
            "{case:?}: {said}"
        );
        assert!(said.contains("belljar: the request"), "{case:?}: {said}");
        assert_eq!(proxy.heard().len(), 1, "{case:?}: {:?}", proxy.heard());
    }
}

#[tokio::test]
async fn a_chunked_body_that_others_could_read_otherwise_ends_the_connection() {
    let (proxy, engine) = proxy().await;
    let mut program = Program::dial(&engine, "site.example.com", 80).await;
    let request = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n\
                   GET /smuggled HTTP/1.1\r\n\r\n";
    program.say(request).await;
    drop(program);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(proxy.heard().iter().all(|head| !head.contains("smuggled")));
}

#[tokio::test]
async fn credentials_are_the_operators_and_the_proxys_question_stays_here() {
    let habits = Habits {
        wanted: Some("Basic bWU6c2VjcmV0"),
        ..Habits::default()
    };
    let proxy = HttpProxy::start(habits).await;
    let with = |userinfo: &str| engine(&[], both(&format!("http://{userinfo}{}", proxy.address)));
    let mut program = Program::dial(&with("me:secret@"), "site.example.com", 80).await;
    program
        .say("GET / HTTP/1.1\r\nProxy-Authorization: Basic bm86bm8=\r\n\r\n")
        .await;
    let head = program.hear_until("\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    let engine = with("");
    let mut program = Program::dial(&engine, "site.example.com", 80).await;
    program
        .say("GET / HTTP/1.1\r\nProxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n")
        .await;
    let said = program.hear_all().await;
    assert!(said.starts_with("HTTP/1.1 502 Bad Gateway\r\n"), "{said}");
    assert!(said.contains("the proxy wants credentials (407)"), "{said}");
    assert!(!said.contains("inner"), "{said}");
}

#[tokio::test]
async fn tls_and_whoever_waits_for_the_other_side_go_through_a_tunnel() {
    let there = echo().await;
    let habits = Habits {
        tunnels: [
            ("site.example.com:8443".to_owned(), there),
            ("mail.example.com:25".to_owned(), there),
        ]
        .into(),
        ..Habits::default()
    };
    let proxy = HttpProxy::start(habits).await;
    let engine = engine(&[], both(&proxy.url()));
    let mut program = Program::dial(&engine, "site.example.com", 8443).await;
    program.say("\x16\x03\x01hello").await;
    assert_eq!(program.hear(14).await, "hello \x16\x03\x01hello");
    let since = Instant::now();
    let mut program = Program::dial(&engine, "mail.example.com", 25).await;
    assert_eq!(program.hear(6).await, "hello ");
    assert!(
        since.elapsed() < Duration::from_secs(3),
        "{:?}",
        since.elapsed()
    );
    let mut program = Program::dial(&engine, "mail.example.com", 25).await;
    program.say("EHLO me\r\n").await;
    assert_eq!(program.hear(15).await, "hello EHLO me\r\n");
    // A tunnel that is refused is told as far as the protocol allows.
    let mut program = Program::dial(&engine, "site.example.com", 9443).await;
    program.say("\x16\x03\x01hello").await;
    assert_eq!(program.hear_all().await.as_bytes()[..2], [21, 3]);
    let mut program = Program::dial(&engine, "mail.example.com", 26).await;
    program.say("EHLO me\r\n").await;
    assert_eq!(program.hear_all().await, "");
    assert_eq!(engine.counts("tenant").refused["proxy"], 2);
}

#[tokio::test]
async fn a_program_that_is_slow_to_ask_is_not_taken_for_one_that_waits() {
    let (proxy, engine) = proxy().await;
    let mut program = Program::dial(&engine, "site.example.com", 80).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let asked = "CONNECT site.example.com:80 HTTP/1.1\r\n";
    assert!(proxy.heard()[0].starts_with(asked), "{:?}", proxy.heard());
    program.say(ask("late")).await;
    let head = program.hear_until("\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert_eq!(proxy.heard().len(), 2);
}

#[tokio::test]
async fn a_request_to_a_proxy_of_the_programs_own_goes_through_a_tunnel_to_it() {
    let there = echo().await;
    let habits = Habits {
        tunnels: [("proxy.example.com:3128".to_owned(), there)].into(),
        ..Habits::default()
    };
    let proxy = HttpProxy::start(habits).await;
    let engine = engine(&[], both(&proxy.url()));
    for request in [
        "GET http://x.example.com/ HTTP/1.1\r\n\r\n",
        "CONNECT x:443 HTTP/1.1\r\n\r\n",
    ] {
        let mut program = Program::dial(&engine, "proxy.example.com", 3128).await;
        program.say(request).await;
        let expected = format!("hello {request}");
        assert_eq!(program.hear(expected.len()).await, expected);
    }
}

#[tokio::test]
async fn with_a_proxy_for_one_of_both_the_other_goes_directly() {
    let (proxy, _) = proxy().await;
    let there = echo().await;
    let only_http = Proxies {
        http: Some(proxy.url().parse().unwrap()),
        ..Proxies::default()
    };
    // An address, because names do not resolve in a test; it is not this machine's in no_proxy's sense.
    let engine = engine(&["192.0.2.7", "127.0.0.1"], only_http);
    let mut program = Program::dial(&engine, "192.0.2.7", 8080).await;
    program.say(ask("x")).await;
    let head = program.hear_until("\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    let mut direct = Program::dial(&engine, "127.0.0.1", there.port()).await;
    assert_eq!(direct.hear(6).await, "hello ");
}
