//! Programs that know nothing of the proxy they go through.

use super::{CREDENTIALS, Proxy, server, web};
use crate::common::Server;
use crate::tier::{Case, Language, Tier, check_on};

const PYTHON: &[Case<'static>] = &[
    (
        "requests",
        "
        import requests
        print(requests.get(WEB + '/').text.strip(), requests.get(SECURE + '/').text.strip(), requests.get(HIGH + '/').text.strip())
        r = requests.post(WEB + '/echo?q=1', json={'a': 1}, headers={'X-Mine': 'yes'}).json()
        print(r['method'], r['target'], r['body'], r['headers']['x-mine'], r['headers']['host'] == WEB.split('/')[2])
        r = requests.post(SECURE + '/echo', data=b'x' * 100000).json()
        print(len(r['body']), 'proxy-authorization' in r['headers'])
        print(requests.get(WEB + '/redirect?to=' + SECURE + '/').text.strip(), requests.get(HIGH + '/gzip').text[:6])
        ",
        r#"
        hello hello hello
        POST /echo?q=1 {"a": 1} yes True
        100000 False
        hello a text
        "#,
    ),
    (
        "requests: sessions, streams, uploads without a length",
        "
        import requests
        with requests.Session() as s:
            for url in WEB, HIGH, SECURE:
                print(len([s.get(url + '/connection').text for _ in range(5)]), len(s.get(url + '/bytes?n=300000').content))
                print(s.post(url + '/upload', data=iter([b'one', b'two'])).json()['length'])
        with requests.get(HIGH + '/slow?every=50&count=3', stream=True) as r:
            print(list(r.iter_lines()))
        ",
        "
        5 300000
        6
        5 300000
        6
        5 300000
        6
        [b'piece 0', b'piece 1', b'piece 2']
        ",
    ),
    (
        "httpx, at once",
        "
        import asyncio, httpx
        async def main():
            async with httpx.AsyncClient() as client:
                rs = await asyncio.gather(*[client.get(url + f'/echo?n={n}') for n in range(4) for url in (WEB, HIGH, SECURE)])
                print([r.json()['target'] for r in rs][::3])
        asyncio.run(main())
        print(httpx.get(SECURE + '/').text.strip())
        ",
        "
        ['/echo?n=0', '/echo?n=1', '/echo?n=2', '/echo?n=3']
        hello
        ",
    ),
    (
        "urllib, http.client",
        "
        import http.client, urllib.request
        print(urllib.request.urlopen(WEB + '/').read(), urllib.request.urlopen(SECURE + '/').read())
        host, _, port = HIGH.split('/')[2].partition(':')
        c = http.client.HTTPConnection(host, int(port))
        for _ in range(3):
            c.request('GET', '/')
            print(c.getresponse().read())
        ",
        r"
        b'hello\n' b'hello\n'
        b'hello\n'
        b'hello\n'
        b'hello\n'
        ",
    ),
];

const JAVASCRIPT: &[Case<'static>] = &[
    (
        "fetch",
        "
        (async () => {
            for (const url of [WEB, SECURE, HIGH]) {
                const r = await (await fetch(url + '/echo?q=1', { method: 'POST', body: 'x' })).json();
                console.log(r.method, r.target, r.body);
            }
        })();
        ",
        "
        POST /echo?q=1 x
        POST /echo?q=1 x
        POST /echo?q=1 x
        ",
    ),
    (
        "axios",
        "
        const axios = require('axios');
        (async () => {
            console.log((await axios.get(WEB + '/')).data.trim(), (await axios.get(SECURE + '/')).data.trim(), (await axios.get(HIGH + '/')).data.trim());
            console.log((await axios.post(HIGH + '/echo', { a: 1 })).data.body);
        })();
        ",
        r#"
        hello hello hello
        {"a":1}
        "#,
    ),
];

/// All programs, in both languages and tiers.
fn work_through(server: &Server) {
    check_on(server, Tier::Wasm, Language::Python, PYTHON);
    check_on(server, Tier::Native, Language::Python, PYTHON);
    check_on(server, Tier::Wasm, Language::JavaScript, JAVASCRIPT);
}

#[test]
fn through_squid_as_dify_configures_it() {
    let squid = Proxy::squid();
    let url = format!("http://127.0.0.1:{}", squid.port);
    // The names under which Dify's own compose file tells the sandbox.
    let server = server("", "", &[("HTTP_PROXY", &url), ("HTTPS_PROXY", &url)]);
    work_through(&server);
    let log = squid.log();
    let web = web();
    assert!(
        log.contains(&format!("CONNECT {}:{}", super::NAME, web.tls)),
        "{log}"
    );
    let plain = format!(" POST http://{}:{}/echo", super::NAME, web.high);
    assert!(log.contains(&plain), "{plain}: {log}");
    assert!(!log.contains("DENIED"), "{log}");
}

#[test]
fn through_squid_that_asks_for_a_password() {
    let squid = Proxy::squid_with_password();
    let url = format!("http://belljar:pass%3Aword@127.0.0.1:{}", squid.port);
    let server = server(&format!("proxy:\n  http: {url}\n  https: {url}\n"), "", &[]);
    work_through(&server);
    assert!(squid.log().contains(CREDENTIALS.user), "{}", squid.log());
    let log = server.log().join("\n");
    assert!(
        !log.contains("pass:word") && !log.contains("pass%3Aword"),
        "{log}"
    );
}

#[test]
fn through_a_socks5_proxy() {
    let socks = Proxy::socks();
    let url = format!("socks5://127.0.0.1:{}", socks.port);
    // It wins over the others, which nobody answers at.
    let nobody = format!("http://127.0.0.1:{}", crate::servers::world().closed);
    let environment = [
        ("SOCKS5_PROXY", &*url),
        ("HTTP_PROXY", &nobody),
        ("HTTPS_PROXY", &nobody),
    ];
    let server = server("", "", &environment);
    work_through(&server);
    assert!(
        socks
            .log()
            .contains(&format!("connected to {}:", super::NAME)),
        "{}",
        socks.log()
    );
}

#[test]
fn through_a_socks5_proxy_that_asks_for_a_password() {
    let socks = Proxy::socks_with_password();
    let url = format!("socks5://belljar:pass%3Aword@127.0.0.1:{}", socks.port);
    let server = server(&format!("proxy:\n  socks5: {url}\n"), "", &[]);
    work_through(&server);
}

#[test]
fn in_strict_mode_as_well() {
    let squid = Proxy::squid();
    let url = format!("http://127.0.0.1:{}", squid.port);
    let proxy = format!("proxy:\n  http: {url}\n  https: {url}\n");
    let server = server(&proxy, "wasm_only: true", &[]);
    let run = crate::tier::run(
        &server,
        Tier::Strict,
        Language::Python,
        "import requests; print(requests.get(WEB + '/').text + requests.get(SECURE + '/').text)",
    );
    run.prints("hello\nhello\n\n");
}
