//! Proxies that say no, are not there, or want to know who asks.

use super::{Proxy, server};
use crate::tier::{Language, Tier, run};

/// What requests makes of a URL: the text of its exception.
fn failure(server: &crate::common::Server, url: &str) -> String {
    let code = format!(
        "
        import requests
        try:
            print('got', requests.get({url}, timeout=10).status_code)
        except requests.RequestException as error:
            print(error)
        "
    );
    let run = run(server, Tier::Wasm, Language::Python, &code);
    assert_eq!(run.exit_code, 0, "{run:?}");
    run.stdout
}

#[test]
fn what_squid_denies_is_said_with_its_status() {
    let squid = Proxy::squid();
    let url = format!("http://127.0.0.1:{}", squid.port);
    let server = server(&format!("proxy:\n  http: {url}\n  https: {url}\n"), "", &[]);
    // CONNECT to anything but 443 is what Dify's squid forbids.
    // The connection stands by then, and TLS has a word for it.
    let denied = failure(&server, "HIGH_TLS + '/'").to_lowercase();
    assert!(denied.contains("access denied"), "{denied}");
    assert!(squid.log().contains("TCP_DENIED/403"), "{}", squid.log());
    // A name that the proxy does not know either.
    let unknown = failure(&server, "'https://unknown.example.com/'");
    assert!(
        unknown.contains("does not connect to unknown.example.com:443: 50"),
        "{unknown}"
    );
    let plain = failure(&server, "'http://unknown.example.com/'");
    assert!(plain.starts_with("got 50"), "{plain}");
    // A privileged port, plain.
    assert_eq!(
        failure(&server, "'http://www.example.com:25/'"),
        "got 403\n"
    );
}

#[test]
fn a_wrong_password_is_said_and_not_shown() {
    let squid = Proxy::squid_with_password();
    let url = format!("http://belljar:wrong-one@127.0.0.1:{}", squid.port);
    let squid_server = server(&format!("proxy:\n  http: {url}\n  https: {url}\n"), "", &[]);
    let refused = failure(&squid_server, "SECURE + '/'");
    assert!(refused.contains("407"), "{refused}");
    let socks = Proxy::socks_with_password();
    let url = format!("socks5://belljar:wrong-one@127.0.0.1:{}", socks.port);
    let socks_server = server(&format!("proxy:\n  socks5: {url}\n"), "", &[]);
    let refused_too = failure(&socks_server, "SECURE + '/'");
    assert!(refused_too.contains("proxy"), "{refused_too}");
    for text in [
        &refused,
        &refused_too,
        &squid_server.log().join("\n"),
        &socks_server.log().join("\n"),
    ] {
        assert!(!text.contains("wrong-one"), "{text}");
    }
}

#[test]
fn a_proxy_that_is_not_there_is_named_and_not_gone_around() {
    let closed = crate::servers::world().closed;
    let url = format!("http://127.0.0.1:{closed}");
    let server = server(&format!("proxy:\n  http: {url}\n  https: {url}\n"), "", &[]);
    for url in ["WEB + '/'", "SECURE + '/'"] {
        let failed = failure(&server, url);
        assert!(failed.contains("proxy"), "{failed}");
    }
}

#[test]
fn what_the_policy_refuses_no_proxy_is_asked_for() {
    let squid = Proxy::squid();
    let url = format!("http://127.0.0.1:{}", squid.port);
    let server = server(&format!("proxy:\n  http: {url}\n  https: {url}\n"), "", &[]);
    for url in [
        "'http://10.0.0.1/'",
        "'http://169.254.169.254/latest/meta-data/'",
        "'http://localhost/'",
        "'http://metadata.google.internal/'",
        "'https://[::ffff:10.0.0.1]/'",
        "'http://2852039166/'",
        "HTTP + '/'",
    ] {
        let refused = failure(&server, url);
        assert!(refused.contains("network policy"), "{url}: {refused}");
    }
    let log = squid.log();
    assert!(!log.contains("CONNECT") && !log.contains("://"), "{log}");
}
