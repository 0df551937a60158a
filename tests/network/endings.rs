//! Nothing of a program's network outlives it, whatever ends it; and no program is sent twice.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::common::server::child_named;
use crate::common::{Request, eventually};
use crate::servers::world;
use crate::tier::{Language, Tier, filled, run, server, shared};

use Language::{JavaScript, Python};

const TIERS: [Tier; 3] = [Tier::Wasm, Tier::Strict, Tier::Native];

/// A program that asks for what is never answered, under a tag of its own.
fn waiting(language: Language, tier: Tier, tag: &str) -> serde_json::Value {
    let code = match language {
        Python => format!("import requests; requests.get(HTTP + '/hold?tag={tag}')"),
        JavaScript => format!("fetch(HTTP + '/hold?tag={tag}');"),
    };
    let code = format!("{}{}", language.prelude(tier), filled(&code));
    json!({"language": language.name(), "code": code, "enable_network": true})
}

/// Waits until nobody holds `tag`, which must not take long.
#[track_caller]
fn let_go(tag: &str) {
    let since = Instant::now();
    eventually(&format!("`{tag}` is let go"), || {
        world().seen.holding(tag) == 0
    });
    assert!(
        since.elapsed() < Duration::from_secs(3),
        "{tag}: {:?}",
        since.elapsed()
    );
}

#[test]
fn connections_end_with_a_program_that_is_out_of_time() {
    let server = server("worker_timeout: 2");
    for (language, tier) in [
        (Python, Tier::Wasm),
        (Python, Tier::Native),
        (JavaScript, Tier::Wasm),
    ] {
        let tag = format!("clock-{tier:?}-{language:?}");
        thread::scope(|scope| {
            let waits = scope.spawn(|| server.run_request(&waiting(language, tier, &tag)));
            eventually("it waits", || world().seen.holding(&tag) == 1);
            waits.join().unwrap().stopped("timeout");
        });
        let_go(&tag);
    }
}

#[test]
fn connections_end_with_a_program_that_ends_itself() {
    for tier in TIERS {
        let tag = format!("exit-{tier:?}");
        let code = format!(
            "
            import os, socket
            s = socket.create_connection(('127.0.0.1', PORT['http']))
            s.sendall(b'GET /hold?tag={tag} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')
            import time
            time.sleep(0.5)
            os._exit(0)
            "
        );
        run(shared(tier), tier, Python, &code).prints("");
        let_go(&tag);
        assert_eq!(world().seen.requests(&format!("/hold?tag={tag}")), 1);
    }
}

#[test]
fn connections_end_when_the_caller_of_the_api_goes_away() {
    for (language, tier) in [
        (Python, Tier::Wasm),
        (Python, Tier::Strict),
        (Python, Tier::Native),
        (JavaScript, Tier::Wasm),
    ] {
        let tag = format!("away-{tier:?}-{language:?}");
        let pending = Request::run(&waiting(language, tier, &tag)).start(shared(tier).port());
        eventually("it waits", || world().seen.holding(&tag) == 1);
        pending.close();
        let_go(&tag);
    }
}

#[test]
fn a_download_ends_when_the_caller_goes_away() {
    let code = "
        import urllib.request
        print('begun', flush=True)
        with urllib.request.urlopen(HTTP + '/slow?every=100&count=100000&tag=download') as r:
            while r.read(100): pass
    ";
    for tier in TIERS {
        let code = format!("{}{}", Python.prelude(tier), filled(code));
        let body = json!({"language": "python3", "code": code, "enable_network": true});
        let pending = Request::run(&body).start(shared(tier).port());
        eventually("it has begun", || world().seen.holding("download") == 1);
        pending.close();
        let_go("download");
    }
}

#[test]
fn the_egress_process_is_replaced_when_it_dies() {
    let server = server("");
    let get = "import requests; print(requests.get(HTTP + '/').text.strip())";
    run(&server, Tier::Wasm, Python, get).prints("hello\n");
    let first = child_named(server.pid(), "belljar-egress").expect("it is there");
    // SAFETY: no memory is passed; the process is a child of the server that is tested here.
    unsafe { libc::kill(first as libc::pid_t, libc::SIGKILL) };
    let since = Instant::now();
    eventually("programs have a network again", || {
        [Tier::Wasm, Tier::Native]
            .iter()
            .all(|&tier| run(&server, tier, Python, get).exit_code == 0)
    });
    assert!(
        since.elapsed() < Duration::from_secs(10),
        "{:?}",
        since.elapsed()
    );
    assert_ne!(child_named(server.pid(), "belljar-egress"), Some(first));
    server.health();
}

#[test]
fn what_was_sent_is_not_sent_again_natively() {
    let before = world().seen.requests("/echo?once");
    // The import cannot be seen in the text.
    let code = "
        import requests
        requests.post(HTTP + '/echo?once', data='an order')
        print('sent', flush=True)
        __import__('num' + 'py')
        print('not here')
    ";
    let ended = run(shared(Tier::Wasm), Tier::Wasm, Python, code);
    assert_eq!(
        (ended.exit_code, &*ended.stdout),
        (-1, "sent\n"),
        "{ended:?}"
    );
    let reason = ended.reason().unwrap_or_default();
    assert!(
        reason.contains("numpy") && reason.contains("import"),
        "{reason}"
    );
    assert_eq!(world().seen.requests("/echo?once"), before + 1);
    // At the top it is native from the start.
    let first = "
        import numpy
        import requests
        print(requests.post('http://127.0.0.1:{http}/echo?once', data='an order').json()['body'])
    ";
    let body = json!({"language": "python3", "code": filled(first), "enable_network": true});
    shared(Tier::Wasm).run_request(&body).prints("an order\n");
    assert_eq!(world().seen.requests("/echo?once"), before + 2);
}

#[test]
fn one_that_sent_nothing_yet_is_started_over() {
    let code = "
        print('begin')
        numpy = __import__('num' + 'py')
        import requests
        print(requests.get('http://127.0.0.1:{http}/').text.strip())
    ";
    let body = json!({"language": "python3", "code": filled(code), "enable_network": true});
    shared(Tier::Wasm)
        .run_request(&body)
        .prints("begin\nhello\n");
}

#[test]
fn mails_and_lines_arrive_as_they_were_sent() {
    let code = "
        import smtplib
        with smtplib.SMTP('127.0.0.1', PORT['smtp']) as s:
            s.sendmail('a@mail.test', ['b@mail.test'], 'Subject: arrives\\r\\n\\r\\nthe text of a mail\\r\\n.\\r\\n')
        print('sent')
    ";
    for tier in TIERS {
        run(shared(tier), tier, Python, code).prints("sent\n");
    }
    let mails = world().seen.mails();
    let arrived = mails
        .iter()
        .filter(|mail| mail.contains("Subject: arrives") && mail.contains("\r\n..\r\n"));
    assert_eq!(arrived.count(), TIERS.len(), "{mails:?}");
}
