//! How far a program's network goes: time, output, bytes, connections, certificates, and whether it has
//! one at all. Each limit says that it was it.

use std::sync::OnceLock;
use std::time::Duration;

use serde_json::json;

use crate::common::server::Server;
use crate::servers::world;
use crate::tier::{Language, Tier, filled, policy, run, server, server_in};

use Language::{JavaScript, Python};

/// A server with little of everything.
fn meagre() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        server(
            "
            worker_timeout: 2
            limits:
              connections: 8
              network_bytes: 4MiB
              stdout: 1MiB",
        )
    })
}

const PYTHON: [Tier; 2] = [Tier::Wasm, Tier::Native];

#[test]
fn the_wall_clock_ends_what_waits_for_the_network() {
    let programs = [
        (
            Python,
            "import requests; print('before', flush=True); requests.get('http://127.0.0.1:{silent}/')",
        ),
        (
            Python,
            "import urllib.request; print('before', flush=True); urllib.request.urlopen(HTTP + '/hold?tag=clock')",
        ),
        (
            Python,
            "import asyncio, httpx; print('before', flush=True); asyncio.run(httpx.AsyncClient(timeout=None).get(HTTP + '/hold?tag=clock'))",
        ),
        (
            JavaScript,
            "console.log('before'); fetch('http://127.0.0.1:{silent}/').then(console.log);",
        ),
        (
            JavaScript,
            "console.log('before'); require('http').get(HTTP + '/slow?every=10&count=10000', (res) => res.on('data', () => {}));",
        ),
    ];
    for (language, code) in programs {
        for tier in PYTHON {
            if language == JavaScript && tier == Tier::Native {
                continue;
            }
            let run = run(meagre(), tier, language, code);
            run.stopped("timeout");
            assert_eq!(run.stdout, "before\n", "{code}");
            assert!(run.took < Duration::from_secs(8), "{:?}: {code}", run.took);
        }
    }
}

#[test]
fn no_byte_goes_beyond_the_limit() {
    let received = "
        import urllib.request
        total = 0
        with urllib.request.urlopen(HTTP + '/bytes?n=50000000') as r:
            while piece := r.read(65536):
                total += len(piece)
                print(total, flush=True)
    ";
    let sent = "
        import requests
        requests.post(HTTP + '/upload', data=(b'x' * 65536 for _ in range(1000)))
        print('all sent')
    ";
    for tier in PYTHON {
        for code in [received, sent] {
            let run = run(meagre(), tier, Python, code);
            assert_ne!(run.exit_code, 0, "{tier:?}: {}", run.stdout);
            assert!(
                run.error.contains("limits.network_bytes"),
                "{tier:?}: {run:?}"
            );
            let got = run
                .stdout
                .lines()
                .next_back()
                .and_then(|line| line.parse().ok());
            // A native program may be a moment ahead of whoever counts.
            let most = if tier == Tier::Wasm {
                4 << 20
            } else {
                40 << 20
            };
            assert!(got.unwrap_or(0) <= most, "{tier:?}: {got:?}");
        }
    }
    let fetched = "
        (async () => {
            for await (const piece of (await fetch(HTTP + '/bytes?n=50000000')).body) {}
            console.log('all came');
        })();
    ";
    let run = run(meagre(), Tier::Wasm, JavaScript, fetched);
    // What breaks a body has no reason in `fetch` but that the connection ended.
    assert_eq!((run.exit_code, &*run.stdout), (1, ""), "{run:?}");
    assert!(run.stderr.contains("TypeError: terminated"), "{run:?}");
}

#[test]
fn no_program_has_more_connections_than_it_may() {
    let at_once = "
        import socket
        kept = []
        try:
            while True:
                kept.append(socket.create_connection(('127.0.0.1', PORT['silent'])))
        except OSError as error:
            print(len(kept), error)
        kept.pop().close()
        socket.create_connection(('127.0.0.1', PORT['silent']))
        print('one more')
    ";
    let in_all = "
        import socket
        count = 0
        try:
            while True:
                socket.create_connection(('127.0.0.1', PORT['silent'])).close()
                count += 1
        except OSError as error:
            print(count, error)
    ";
    for tier in PYTHON {
        let run_one = run(meagre(), tier, Python, at_once);
        let lines: Vec<_> = run_one.stdout.lines().collect();
        assert!(
            lines[0].starts_with("8 ") && lines[0].contains("limits.connections"),
            "{tier:?}: {run_one:?}"
        );
        assert_eq!(lines[1], "one more", "{tier:?}: {run_one:?}");
        let run_all = run(meagre(), tier, Python, in_all);
        let line = run_all.stdout.trim_end();
        assert!(
            line.starts_with("128 ") && line.contains("limits.connections"),
            "{tier:?}: {run_all:?}"
        );
    }
}

#[test]
fn what_comes_over_the_network_counts_as_output_when_it_is_printed() {
    let code = "import urllib.request; print(urllib.request.urlopen(HTTP + '/bytes?n=2000000').read().decode('latin-1'))";
    for tier in PYTHON {
        let run = run(meagre(), tier, Python, code);
        assert_eq!(run.exit_code, -1, "{tier:?}");
        assert!(
            run.reason()
                .is_some_and(|reason| reason.contains("limits.stdout")),
            "{tier:?}: {:?}",
            run.reason()
        );
    }
}

/// What a program says that wants no certificate to be checked.
const UNVERIFIED: &[(Language, &str)] = &[
    (
        Python,
        "
        import warnings, requests
        warnings.simplefilter('ignore')
        try:
            print(requests.get(SELF_SIGNED + '/', verify=False).text.strip())
        except requests.RequestException as error:
            print(error)
        ",
    ),
    (
        Python,
        "
        import httpx
        try:
            print(httpx.get(WRONG_NAME + '/', verify=False).text.strip())
        except Exception as error:
            print(error)
        ",
    ),
    (
        Python,
        "
        import ssl, urllib.request
        try:
            print(urllib.request.urlopen(EXPIRED + '/', context=ssl._create_unverified_context()).read().decode().strip())
        except Exception as error:
            print(error)
        ",
    ),
    (
        JavaScript,
        "
        const options = { rejectUnauthorized: false };
        require('https').get(SELF_SIGNED + '/', options, (res) => res.on('data', (data) => console.log(String(data).trim()))).on('error', (error) => console.log(error.message));
        ",
    ),
];

#[test]
fn certificates_are_always_checked_unless_the_operator_says_otherwise() {
    for (language, code) in UNVERIFIED {
        let run = run(meagre(), Tier::Wasm, *language, code);
        assert!(run.stdout.contains("network.insecure_tls"), "{run:?}");
    }
    let folder = crate::common::process::Folder::new();
    let network = format!("{}  insecure_tls: true\n", policy(&folder, world()));
    let lax = server_in(folder, &network, "", &[]);
    for (language, code) in UNVERIFIED {
        run(&lax, Tier::Wasm, *language, code).prints("hello\n");
    }
}

/// Programs that try to get out, and what they must not print.
const WITHOUT: &[(Language, &str)] = &[
    (
        Python,
        "
        import socket
        try:
            print('got', socket.create_connection(('127.0.0.1', PORT['lines']), timeout=3))
        except OSError as error:
            print(error)
        ",
    ),
    (
        Python,
        "
        import socket
        try:
            print('got', socket.getaddrinfo('www.example.com', 80))
        except OSError as error:
            print(error)
        ",
    ),
    (
        Python,
        "
        import requests
        try:
            print('got', requests.get(HTTP + '/nobody-comes').text)
        except requests.RequestException as error:
            print(error)
        ",
    ),
    (
        JavaScript,
        "fetch(HTTP + '/nobody-comes').then(() => console.log('got'), (error) => console.log(error.cause?.message ?? error.message));",
    ),
];

#[test]
fn a_request_without_network_has_none() {
    for (language, code) in WITHOUT {
        for tier in PYTHON {
            if *language == JavaScript && tier == Tier::Native {
                continue;
            }
            let code = format!("{}{}", language.prelude(tier), filled(code));
            for wanted in [json!(false), json!(null)] {
                let mut body =
                    json!({"language": language.name(), "code": code, "enable_network": wanted});
                if wanted.is_null() {
                    body.as_object_mut().unwrap().remove("enable_network");
                }
                let run = meagre().run_request(&body);
                assert_eq!(run.exit_code, 0, "{tier:?}: {run:?}");
                assert!(!run.stdout.contains("got"), "{tier:?}: {run:?}");
                // Natively there is only the C library's word for it.
                let words = ["not permitted", "failure in name resolution"];
                let says = run.stdout.contains("network")
                    || tier == Tier::Native && words.iter().any(|word| run.stdout.contains(word));
                assert!(says, "{tier:?}: it does not say why: {run:?}");
            }
        }
    }
    assert_eq!(world().seen.requests("/nobody-comes"), 0, "somebody came");
}

#[test]
fn a_policy_that_is_off_gives_none_either() {
    let folder = crate::common::process::Folder::new();
    let off = server_in(folder, "network:\n  policy: off\n", "", &[]);
    for (language, code) in WITHOUT {
        let run = run(&off, Tier::Wasm, *language, code);
        assert!(
            !run.stdout.contains("got") && run.stdout.contains("network"),
            "{run:?}"
        );
    }
}

#[test]
fn a_server_without_network_refuses_requests_for_it() {
    let folder = crate::common::process::Folder::new();
    let config = crate::tier::config(&folder, "", "")
        .replace("enable_network: true", "enable_network: false");
    let server = Server::start_in(folder, &config, &[]);
    let body = json!({"language": "python3", "code": "print(1)", "enable_network": true});
    assert_eq!(
        server.post(&body).json(),
        json!({"code": -400, "message": "network is disabled, please enable it in the configuration", "data": null})
    );
    assert_eq!(
        crate::common::server::child_named(server.pid(), "belljar-egress"),
        None
    );
}
