use super::*;

fn to(host: &str, port: u16) -> Target {
    let host = Host::parse(host).unwrap();
    Target { host, port }
}

fn site() -> Target {
    to("site.example", 80)
}

fn rewritten(text: &str, target: &Target) -> Rewritten {
    rewrite(text.as_bytes(), target, None).unwrap().unwrap()
}

#[track_caller]
fn becomes(text: &str, expected: &str) {
    let rewritten = rewritten(text, &site());
    assert_eq!(String::from_utf8(rewritten.head).unwrap(), expected);
}

#[test]
fn a_request_goes_where_the_connection_was_dialled_to() {
    becomes(
        "GET /a?b HTTP/1.1\r\nHost: metadata.internal\r\nAccept: */*\r\n\r\n",
        "GET http://site.example/a?b HTTP/1.1\r\nHost: site.example\r\nAccept: */*\r\n\r\n",
    );
    becomes(
        "GET HTTP://Site.Example:80/a HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET http://site.example/a HTTP/1.0\r\nHost: site.example\r\n\r\n",
    );
    becomes(
        "GET http://site.example HTTP/1.1\r\n\r\n",
        "GET http://site.example/ HTTP/1.1\r\nHost: site.example\r\n\r\n",
    );
    becomes(
        "OPTIONS * HTTP/1.1\r\n\r\n",
        "OPTIONS http://site.example HTTP/1.1\r\nHost: site.example\r\n\r\n",
    );
    becomes(
        "GET //evil.example/x HTTP/1.1\r\n\r\n",
        "GET http://site.example//evil.example/x HTTP/1.1\r\nHost: site.example\r\n\r\n",
    );
    for (target, authority) in [
        (to("1.2.3.4", 8080), "1.2.3.4:8080"),
        (to("[2606::1]", 80), "[2606::1]"),
        (to("[2606::1]", 81), "[2606::1]:81"),
    ] {
        let head = rewritten("GET / HTTP/1.1\r\n\r\n", &target).head;
        let expected = format!("GET http://{authority}/ HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        assert_eq!(String::from_utf8(head).unwrap(), expected);
    }
}

#[test]
fn a_request_for_another_host_is_not_handed_on() {
    for asked in [
        "GET http://evil.example/ HTTP/1.1",
        "GET http://site.example:81/ HTTP/1.1",
        "GET http://site.example@evil.example/ HTTP/1.1",
        "GET http://user:pw@site.example/ HTTP/1.1",
        "GET https://site.example/ HTTP/1.1",
        "GET ftp://site.example/ HTTP/1.1",
        "GET http://site.example?x HTTP/1.1",
        "GET @evil.example/ HTTP/1.1",
        "GET evil.example/ HTTP/1.1",
        "GET * HTTP/1.1",
        "GET /a#b HTTP/1.1",
        "CONNECT site.example:80 HTTP/1.1",
        "CONNECT / HTTP/1.1",
    ] {
        let text = format!("{asked}\r\n\r\n");
        let answer = rewrite(text.as_bytes(), &site(), None);
        assert_eq!(answer, Err(WrongRequest::OtherHost), "{asked}");
    }
}

#[test]
fn what_is_for_the_next_hop_stays_here_and_what_the_proxy_wants_comes_from_us() {
    let text = "GET / HTTP/1.1\r\nConnection: close, X-Secret\r\nX-Secret: 1\r\nKeep-Alive: 5\r\n\
                Proxy-Authorization: Basic Z3Vlc3Q=\r\nProxy-Connection: keep-alive\r\n\
                proxy-whatever: 1\r\nTE: trailers\r\nAuthorization: kept\r\n\r\n";
    let rewritten = rewrite(text.as_bytes(), &site(), Some("Basic b3Vycw==")).unwrap();
    assert_eq!(
        String::from_utf8(rewritten.unwrap().head).unwrap(),
        "GET http://site.example/ HTTP/1.1\r\nHost: site.example\r\nAuthorization: kept\r\n\
         Connection: close\r\nProxy-Authorization: Basic b3Vycw==\r\n\r\n"
    );
    // A header that decides about the body is not taken away by being named.
    becomes(
        "POST / HTTP/1.1\r\nConnection: content-length, host\r\nContent-Length: 3\r\n\r\nabc",
        "POST http://site.example/ HTTP/1.1\r\nHost: site.example\r\nContent-Length: 3\r\n\r\n",
    );
}

#[test]
fn a_body_has_one_end_or_the_request_is_refused() {
    let body = |headers: &str| {
        let text = format!("POST / HTTP/1.1\r\n{headers}\r\n\r\n");
        rewrite(text.as_bytes(), &site(), None).map(|done| done.unwrap().body)
    };
    assert_eq!(body("A: b"), Ok(Body::NONE));
    assert_eq!(body("Content-Length: 12"), Ok(Body::Length(12)));
    assert_eq!(body("Content-Length: 12, 12"), Ok(Body::Length(12)));
    let chunked = Ok(Body::Chunked(Chunked::default()));
    assert_eq!(body("Transfer-Encoding: Chunked"), chunked);
    for (headers, why) in [
        (
            "Content-Length: 1\r\nContent-Length: 2",
            WrongFraming::Length,
        ),
        ("Content-Length: +1", WrongFraming::Length),
        ("Content-Length: 1 2", WrongFraming::Length),
        ("Content-Length:", WrongFraming::Length),
        ("Content-Length: 99999999999999999999", WrongFraming::Length),
        (
            "Content-Length: 1\r\nTransfer-Encoding: chunked",
            WrongFraming::Both,
        ),
        ("Transfer-Encoding: gzip, chunked", WrongFraming::Encoding),
        (
            "Transfer-Encoding: chunked, chunked",
            WrongFraming::Encoding,
        ),
        ("Transfer-Encoding: xchunked", WrongFraming::Encoding),
        ("Transfer-Encoding: \x0bchunked", WrongFraming::Encoding),
        ("Transfer-Encoding:", WrongFraming::Encoding),
    ] {
        match body(headers) {
            Err(WrongRequest::Framing(found)) => assert_eq!(found, why, "{headers}"),
            // A control character is no part of a header at all.
            Err(WrongRequest::Malformed(_)) => assert!(headers.contains('\x0b')),
            other => panic!("{headers}: {other:?}"),
        }
    }
    let old = "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
    let refused = rewrite(old.as_bytes(), &site(), None);
    assert_eq!(refused, Err(WrongFraming::Chunked10.into()));
}

#[test]
fn lines_that_some_would_read_as_two_are_refused_or_become_one() {
    for wrong in [
        "GET / HTTP/1.1\r\nA: b\rX: y\r\n\r\n",
        "GET / HTTP/1.1\r\nA : b\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\r\n c: d\r\n\r\n",
        "GET / HTTP/1.1\r\nA\0: b\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\0\r\n\r\n",
        "GET /\r / HTTP/1.1\r\n\r\n",
        "GET / x HTTP/1.1\r\n\r\n",
        "GET\t/ HTTP/1.1\r\n\r\n",
    ] {
        let answer = rewrite(wrong.as_bytes(), &site(), None);
        assert!(
            matches!(answer, Err(WrongRequest::Malformed(_))),
            "{wrong:?}: {answer:?}"
        );
    }
    becomes(
        "GET / HTTP/1.1\nA: b\n\n",
        "GET http://site.example/ HTTP/1.1\r\nHost: site.example\r\nA: b\r\n\r\n",
    );
}

#[test]
fn another_protocol_is_asked_for_only_as_rfc_9110_has_it() {
    let text = "GET /ws HTTP/1.1\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n";
    let socket = rewritten(text, &site());
    assert!(socket.upgrades);
    let head = String::from_utf8(socket.head).unwrap();
    assert!(
        head.ends_with("Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
        "{head}"
    );
    for other in [
        "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
        "GET / HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "GET / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\
         HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
        "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: x, H2C\r\n\r\n",
        "POST / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: x\r\nContent-Length: 1\r\n\r\n",
    ] {
        let request = rewritten(other, &site());
        assert!(!request.upgrades, "{other}");
        let head = String::from_utf8(request.head).unwrap();
        assert!(!head.to_lowercase().contains("upgrade"), "{head}");
        assert!(!head.to_lowercase().contains("http2"), "{head}");
    }
}

#[test]
fn the_proxys_password_is_not_asked_back() {
    let text = b"TRACE / HTTP/1.1\r\nMax-Forwards: 0\r\n\r\n";
    let answer = rewrite(text, &site(), Some("Basic bWU6c2VjcmV0"));
    assert_eq!(answer, Err(WrongRequest::Trace));
    assert!(rewrite(text, &site(), None).unwrap().is_some());
}

#[test]
fn a_head_is_waited_for_and_bounded() {
    let text = "GET / HTTP/1.1\r\nA: b\r\n\r\nPOST";
    for end in 0..text.len() - 4 {
        let answer = rewrite(&text.as_bytes()[..end], &site(), None);
        assert_eq!(answer, Ok(None), "{end}");
    }
    assert_eq!(rewritten(text, &site()).length, text.len() - 4);
    let endless = format!("GET / HTTP/1.1\r\nA: {}", "b".repeat(2 * LONGEST_HEAD));
    let answer = rewrite(endless.as_bytes(), &site(), None);
    assert_eq!(answer, Err(WrongRequest::TooLong));
}

#[test]
fn what_a_connection_begins_with_is_told_as_early_as_it_is_clear() {
    let site = site();
    let request = b"GET /a HTTP/1.1\r\n";
    for end in 0..request.len() {
        assert_eq!(begins(&request[..end], &site), Begins::Unclear, "{end}");
    }
    for (bytes, expected) in [
        (&request[..], Begins::Request),
        (b"OPTIONS * HTTP/1.0\n", Begins::Request),
        (b"GET http://site.example/ HTTP/1.1\r\n", Begins::Request),
        (b"GET http://other.example/ HTTP/1.1\r\n", Begins::Other),
        (b"CONNECT other.example:443 HTTP/1.1\r\n", Begins::Other),
        (b"PRI * HTTP/2.0\r\n", Begins::Other),
        (b"GET / HTTP/2", Begins::Other),
        (b"GET / HTTP/1.1 x", Begins::Other),
        (b"GET /\r\n", Begins::Other),
        (b"EHLO me\r\n", Begins::Other),
        (b"PING\r\n", Begins::Other),
        (b"*1\r\n$4\r\nPING\r\n", Begins::Other),
        (b"SSH-2.0-x\r\n", Begins::Other),
        (b"\x16\x03\x01\x02\x00\x01", Begins::Tls),
        (b"\x16", Begins::Tls),
        (b"\x16\x05", Begins::Other),
        (b"\0\0\0\x08", Begins::Other),
        (b"\r\nGET / HTTP/1.1\r\n", Begins::Other),
        (
            b"THISISNOMETHODBUTAVERYLONGWORDOFSOMEPROTOCOL",
            Begins::Other,
        ),
    ] {
        assert_eq!(begins(bytes, &site), expected, "{}", bytes.escape_ascii());
    }
}
