//! Handshakes, what goes through, and how it ends.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::sync::{Arc, Mutex};

use rustls::HandshakeKind;
use rustls::version::{TLS12, TLS13};
use serde_json::{Value, json};

use super::super::super::super::budget::{MemoryBudget, Share};
use super::super::super::Trust;
use super::super::guest::{
    AGAIN, BADF, CONNRESET, Guest, INVAL, LIMITS, MFILE, NOMEM, PERM, PROTO, engine_on_loopback,
    network,
};
use super::super::server;
use super::{Authority, Wire, for_hosts, localhost, open, serve, trusting};
use crate::program::Limits;

fn site(authority: &Authority) -> super::Identity {
    authority.sign(&for_hosts(&["localhost"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn both_versions_and_protocols_are_negotiated() {
    let authority = Authority::new("known");
    let mut guest = trusting(&authority).await;
    for (version, name, cipher) in [
        (&TLS12, "TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384"),
        (&TLS13, "TLSv1.3", "TLS_AES_256_GCM_SHA384"),
    ] {
        let config = site(&authority).config(&[version], None);
        let to = serve(config, |stream| {
            let _ = stream.read(&mut [0]);
        });
        let options = json!({"server_name": "localhost", "alpn": ["http/1.1", "h3"]});
        let mut wire = Wire::open(&mut guest, to, options).await;
        let status = wire.shake_hands().await;
        assert_eq!(status, 0, "{status}");
        let info = wire.info().await;
        assert_eq!(info["version"], name);
        assert_eq!(info["cipher"][0], cipher);
        assert_eq!(info["cipher"][2], 256);
        assert_eq!(info["alpn"], "http/1.1");
        assert_eq!(info["error"], Value::Null);
        let chain = info["certificates"].as_array().unwrap();
        assert_eq!(chain.len(), 1);
        assert!(chain[0].as_str().unwrap().starts_with("MII"));
    }
    for (asked, serves, expected) in [
        (
            json!({"maximum": "TLSv1.2"}),
            &TLS13,
            "tlsv1 alert protocol version",
        ),
        (
            json!({"minimum": "TLSv1.3"}),
            &TLS12,
            "tlsv1 alert protocol version",
        ),
    ] {
        let to = serve(site(&authority).config(&[serves], None), |stream| {
            let _ = stream.read(&mut [0]);
        });
        let mut options = asked.clone();
        options["server_name"] = json!("localhost");
        let mut wire = Wire::open(&mut guest, to, options).await;
        let (kind, code, message) = wire.problem().await;
        assert_eq!((&*kind, code, &*message), ("alert", 70, expected));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn much_goes_through_in_both_directions() {
    const MUCH: usize = 3_000_000;
    let authority = Authority::new("known");
    let config = site(&authority).config(rustls::DEFAULT_VERSIONS, None);
    let to = serve(config, |stream| {
        let mut all = vec![0; MUCH];
        stream.read_exact(&mut all).unwrap();
        all.reverse();
        stream.write_all(&all).unwrap();
        stream.conn.send_close_notify();
        stream.flush().unwrap();
    });
    let mut guest = trusting(&authority).await;
    let before = guest.spent();
    let mut wire = Wire::open(&mut guest, to, localhost()).await;
    wire.shake_hands().await;
    let sent: Vec<u8> = (0..MUCH)
        .map(|number| (number * 7 + number / 256) as u8)
        .collect();
    for part in sent.chunks(1 << 20) {
        wire.write(part).await;
    }
    let (mut received, end) = wire.read_all().await;
    received.reverse();
    assert!(received == sent && end == 0);
    assert_eq!(wire.status().await & 8, 8);
    assert!(guest.spent() - before > 6 * MUCH as i64);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_without_a_word_is_told_from_a_proper_one() {
    let authority = Authority::new("known");
    let mut guest = trusting(&authority).await;
    let config = site(&authority).config(rustls::DEFAULT_VERSIONS, None);
    let to = serve(config, |stream| {
        stream.write_all(b"cut o").unwrap();
        stream.sock.shutdown(Shutdown::Write).unwrap();
        let _ = stream.sock.read(&mut [0]);
    });
    let mut wire = Wire::open(&mut guest, to, localhost()).await;
    wire.shake_hands().await;
    assert_eq!(wire.read_all().await, (b"cut o".to_vec(), CONNRESET));
    let (socket, tls) = (wire.socket, wire.tls);
    guest.call("net_close", &[socket.into()]).await;
    guest.call("tls_close", &[tls.into()]).await;
    assert_eq!(guest.call("tls_status", &[tls.into()]).await, BADF);

    let to = server(|stream| stream.shutdown(Shutdown::Both).unwrap());
    let mut wire = Wire::open(&mut guest, to, localhost()).await;
    let (kind, _, message) = wire.problem().await;
    assert_eq!(
        (&*kind, &*message),
        ("protocol", "unexpected eof while reading")
    );

    let to = server(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
    });
    let mut wire = Wire::open(&mut guest, to, localhost()).await;
    let (kind, _, message) = wire.problem().await;
    assert_eq!((&*kind, &*message), ("protocol", "wrong version number"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_peer_hears_of_the_end_of_writing() {
    let authority = Authority::new("known");
    let config = site(&authority).config(rustls::DEFAULT_VERSIONS, None);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&heard);
    let to = serve(config, move |stream| {
        stream.read_to_end(&mut hears.lock().unwrap()).unwrap();
        stream.write_all(b"heard").unwrap();
        stream.conn.send_close_notify();
        stream.flush().unwrap();
    });
    let mut guest = trusting(&authority).await;
    let mut wire = Wire::open(&mut guest, to, localhost()).await;
    wire.shake_hands().await;
    wire.write(b"all").await;
    let tls = i64::from(wire.tls);
    assert_eq!(wire.guest.call("tls_shutdown", &[tls]).await, 0);
    wire.flush().await;
    assert_eq!(wire.read_all().await, (b"heard".to_vec(), 0));
    assert_eq!(*heard.lock().unwrap(), b"all");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_show_certificates_where_they_are_asked() {
    let authority = Authority::new("known");
    let mut guest = trusting(&authority).await;
    let client = authority.sign(&super::named("a client"));
    let pem = |der: &[u8]| {
        let lines = base64(der);
        format!("-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
    };
    let certificate = pem(&client.chain[0]);
    let key = client.key.serialize_pem();
    for options in [
        json!({"certificate_pem": certificate, "key_pem": key}),
        json!({"certificate_pem": format!("{key}{certificate}")}),
    ] {
        let config = site(&authority).config(rustls::DEFAULT_VERSIONS, Some(&authority));
        let to = serve(config, |stream| {
            let _ = stream.read(&mut [0]);
            let shown = stream.conn.peer_certificates().map_or(0, <[_]>::len);
            stream.write_all(&[shown as u8]).unwrap();
            stream.conn.send_close_notify();
            stream.flush().unwrap();
        });
        let mut options = options.clone();
        options["server_name"] = json!("localhost");
        let mut wire = Wire::open(&mut guest, to, options).await;
        assert_eq!(wire.shake_hands().await, 0);
        wire.write(b"x").await;
        assert_eq!(wire.read_all().await, (vec![1], 0));
    }
    let config = site(&authority).config(&[&TLS12], Some(&authority));
    let to = serve(config, |stream| {
        let _ = stream.read(&mut [0]);
    });
    let mut wire = Wire::open(&mut guest, to, localhost()).await;
    let (kind, _, message) = wire.problem().await;
    let expected = "tlsv13 alert certificate required";
    assert_eq!((&*kind, &*message), ("alert", expected), "none was shown");
    let other = authority.sign(&super::named("another")).key.serialize_pem();
    for (options, why) in [
        (
            json!({"certificate_pem": certificate, "key_pem": other}),
            "certificate",
        ),
        (json!({"certificate_pem": certificate}), "key"),
        (
            json!({"certificate_pem": "", "key_pem": key}),
            "no client certificate",
        ),
    ] {
        let mut options = options.clone();
        options["server_name"] = json!("localhost");
        assert_eq!(open(&mut guest, options).await, INVAL);
        let reason = guest.reason().await;
        assert!(reason.contains(why), "{reason}");
    }
}

fn base64(bytes: &[u8]) -> String {
    super::super::super::tls::info::base64(bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_session_is_resumed() {
    let authority = Authority::new("known");
    let config = site(&authority).config(rustls::DEFAULT_VERSIONS, None);
    let mut guest = trusting(&authority).await;
    let kinds = Arc::new(Mutex::new(Vec::new()));
    for _ in 0..2 {
        let kinds = Arc::clone(&kinds);
        let to = serve(config.clone(), move |stream| {
            stream.write_all(b"x").unwrap();
            kinds.lock().unwrap().push(stream.conn.handshake_kind());
            stream.conn.send_close_notify();
            stream.flush().unwrap();
        });
        let mut wire = Wire::open(&mut guest, to, localhost()).await;
        wire.shake_hands().await;
        assert_eq!(wire.read_all().await, (b"x".to_vec(), 0));
    }
    let full = Some(HandshakeKind::Full);
    assert_eq!(*kinds.lock().unwrap(), [full, full]);
}

#[tokio::test(flavor = "multi_thread")]
async fn options_that_make_no_sense_are_refused_with_a_reason() {
    let mut guest = trusting(&Authority::new("known")).await;
    for (options, error, why) in [
        (json!([1]), INVAL, "tls_open"),
        (json!({"server_name": 5}), INVAL, "tls_open"),
        (json!({}), INVAL, "name of the server"),
        (json!({"server_name": "a b"}), INVAL, "not a server's name"),
        (
            json!({"server_name": "x", "minimum": "2"}),
            INVAL,
            "version",
        ),
        (
            json!({"server_name": "x", "maximum": "TLSv1.1"}),
            INVAL,
            "TLSv1.2",
        ),
        (
            json!({"server_name": "x", "minimum": "TLSv1.3", "maximum": "TLSv1.2"}),
            INVAL,
            "no version",
        ),
        (json!({"server_name": "x", "alpn": [""]}), INVAL, "ALPN"),
        (
            json!({"server_name": "x", "verify": false}),
            PERM,
            "insecure",
        ),
    ] {
        assert_eq!(open(&mut guest, options.clone()).await, error, "{options}");
        let reason = guest.reason().await;
        assert!(reason.contains(why), "{options}: {reason}");
    }
    assert_eq!(guest.give("tls_open", None, b"{").await, INVAL);
    assert_eq!(guest.call("tls_open", &[0, (2 << 20) + 1]).await, INVAL);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_is_bounded_and_paid_for() {
    let authority = Authority::new("known");
    let trust = Trust::new(rustls::RootCertStore::empty(), authority.anchors(), false);
    let network = network(engine_on_loopback(), trust);
    const MEMORY: u64 = 2 << 20;
    let budget = Arc::new(MemoryBudget::new(MEMORY));
    let mut guest = Guest::sharing(Some(&network), LIMITS, &budget).await;
    let mut handles = Vec::new();
    let full = loop {
        match open(&mut guest, localhost()).await {
            handle @ 0.. => handles.push(handle),
            error => break error,
        }
    };
    assert_eq!(full, NOMEM);
    assert!(guest.reason().await.contains("limits.total_memory"));
    assert!((3..20).contains(&handles.len()), "{}", handles.len());
    guest.call("tls_close", &[handles[0].into()]).await;
    assert!(open(&mut guest, localhost()).await > 0);
    drop(guest);
    assert!(Share::of(&budget).take(MEMORY), "all of it came back");

    let limits = Limits {
        connections: 2,
        ..LIMITS
    };
    let mut guest = Guest::new(Some(&network), limits).await;
    for _ in 0..4 {
        assert!(open(&mut guest, localhost()).await > 0);
    }
    assert_eq!(open(&mut guest, localhost()).await, MFILE);

    // A guest that feeds or writes, and takes nothing.
    let mut guest = Guest::new(Some(&network), LIMITS).await;
    let config = site(&authority).config(rustls::DEFAULT_VERSIONS, None);
    let to = serve(config, |stream| {
        let _ = stream.write_all(&vec![b'x'; 4_000_000]);
    });
    let mut wire = Wire::open(&mut guest, to, localhost()).await;
    assert_eq!(wire.shake_hands().await & 1, 0);
    let mut held = 0;
    let fed = loop {
        wire.guest.wait(wire.socket, 1).await;
        let part = wire
            .guest
            .fetch("net_receive", wire.socket, 20_000)
            .await
            .unwrap();
        match wire.guest.give("tls_feed", Some(wire.tls), &part).await {
            count @ 0.. => held += count,
            error => break error,
        }
    };
    assert_eq!(fed, AGAIN);
    assert!(held < 100_000, "{held}");
    let mut written = 0;
    let full = loop {
        let part = [b'y'; 10_000];
        match wire.guest.give("tls_write", Some(wire.tls), &part).await {
            count @ 0.. => written += count,
            error => break error,
        }
    };
    assert_eq!(full, AGAIN);
    assert!(written < 100_000, "{written}");
}

#[tokio::test(flavor = "multi_thread")]
async fn noise_from_the_peer_is_an_error_and_nothing_more() {
    let mut guest = trusting(&Authority::new("known")).await;
    let mut noise = 0x9E37_79B9_7F4A_7C15_u64;
    for round in 0..200 {
        let handle = open(&mut guest, localhost()).await;
        assert!(handle > 0);
        // The first bytes are sometimes those of a handshake record.
        let mut bytes = vec![22, 3, 3, (round % 5) as u8, 200];
        bytes.extend((0..round * 10).map(|_| {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            noise as u8
        }));
        let cut = round as usize % 5;
        guest.give("tls_feed", Some(handle), &bytes[cut..]).await;
        guest.give("tls_feed", Some(handle), &[]).await;
        let status = guest.call("tls_status", &[handle.into()]).await;
        assert_eq!(status, PROTO, "{round}");
        guest.fetch("tls_info", handle, 10_000).await.unwrap();
        guest.call("tls_close", &[handle.into()]).await;
    }
}
