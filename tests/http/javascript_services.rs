//! What the host computes for JavaScript: the same, letter for letter, as Node.js, and within the
//! limits of the program that asks.
//!
//! The programs in `node/` print what the files of the same name hold, recorded from Node.js
//! 20.20.2: `for f in *.js; do node $f > ${f%.js}.txt; done`.

use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::common::server::shared;
use crate::common::{Request, Run, Server};

fn run(server: &Server, code: &str) -> Run {
    server.run_request(&json!({"language": "nodejs", "code": code}))
}

macro_rules! prints_what_node_prints {
    ($($test:ident: $name:literal,)*) => {$(
        #[test]
        fn $test() {
            let run = run(shared(), include_str!(concat!("node/", $name, ".js")));
            run.prints(include_str!(concat!("node/", $name, ".txt")));
        }
    )*};
}

prints_what_node_prints! {
    digests_are_those_of_node: "digests",
    ciphers_are_those_of_node: "ciphers",
    derived_keys_are_those_of_node: "derivation",
    web_crypto_is_that_of_node: "web",
    compressed_data_is_that_of_node: "compression",
    decoded_text_is_that_of_node: "text",
}

/// Programs that keep the host busy for much longer than they have.
const LONG: [(&str, &str); 8] = [
    (
        "PBKDF2",
        "crypto.pbkdf2Sync('p', 's', 2 ** 31 - 1, 64, 'sha512')",
    ),
    (
        "scrypt",
        "crypto.scryptSync('p', 's', 64, { N: 2 ** 17, p: 300, maxmem: 2 ** 30 })",
    ),
    (
        "hashing",
        "for (;;) crypto.createHash('sha3-512').update(large).digest()",
    ),
    (
        "a long key",
        "for (;;) crypto.createHmac('md5', large).digest()",
    ),
    (
        "encrypting",
        "for (;;) crypto.createCipheriv('aes-256-cbc', large.subarray(0, 32), large.subarray(0, 16)).update(large)",
    ),
    ("deflating", "for (;;) zlib.gzipSync(large, { level: 9 })"),
    (
        "inflating",
        "const packed = zlib.gzipSync(large); for (;;) zlib.gunzipSync(packed)",
    ),
    ("Brotli", "for (;;) zlib.brotliCompressSync(large)"),
];

fn long(work: &str) -> String {
    format!(
        "const crypto = require('crypto'), zlib = require('zlib');
        const large = Buffer.alloc(8e6, 'some text, not all the same ');
        {work}"
    )
}

#[test]
fn work_on_the_host_ends_at_the_wall_clock() {
    // Prices are those of the worst data: with the usual fuel, that could be the first to end.
    let server = Server::start("worker_timeout: 1\nlimits:\n  fuel: 1_000_000_000_000");
    for (name, work) in LONG {
        let run = run(&server, &long(work));
        run.stopped("timeout");
        assert!(run.took < Duration::from_secs(8), "{name}: {run:?}");
    }
}

#[test]
fn work_on_the_host_is_paid_for_with_fuel() {
    let server = Server::start("worker_timeout: 60\nlimits:\n  fuel: 1_000_000_000");
    for (name, work) in LONG {
        let run = run(&server, &long(work));
        run.stopped("CPU limit of");
        assert!(run.took < Duration::from_secs(20), "{name}: {run:?}");
    }
}

#[test]
fn work_on_the_host_lets_others_in() {
    let server = Server::start("max_workers: 1\nworker_timeout: 20");
    for (name, work) in &LONG[..3] {
        let body = json!({"language": "nodejs", "code": long(work)});
        let hog = Request::run(&body).start(server.port());
        thread::sleep(Duration::from_millis(400));
        let short = run(&server, "console.log('short')");
        short.prints("short\n");
        assert!(short.took < Duration::from_secs(4), "{name}: {short:?}");
        hog.close();
    }
}

#[test]
fn a_program_can_catch_that_there_is_no_memory_and_the_next_one_finds_it_again() {
    let server =
        Server::start("worker_timeout: 20\nlimits:\n  memory: 128MiB\n  total_memory: 160MiB");
    let greedy = "
        const { scryptSync } = require('crypto');
        try {
          scryptSync('p', 's', 8, { N: 2 ** 17, r: 16, maxmem: 2 ** 30 });
        } catch (error) {
          console.log(error.message);
        }
        console.log(scryptSync('p', 's', 8, { N: 2 ** 15, maxmem: 2 ** 30 }).length);
    ";
    for _ in 0..3 {
        run(&server, greedy).prints("Array buffer allocation failed\n8\n");
    }
    let uncaught =
        "require('crypto').scryptSync('p', 's', 8, { N: 2 ** 17, r: 16, maxmem: 2 ** 30 })";
    let run = run(&server, uncaught);
    assert_eq!(run.exit_code, 1, "{run:?}");
    assert!(run.error.contains("(limits.total_memory)"), "{run:?}");
}

#[test]
fn what_the_host_cannot_do_says_so() {
    let code = "
        const crypto = require('crypto');
        for (const name of ['createSign', 'createVerify', 'sign', 'verify', 'generateKeyPairSync', 'createPrivateKey', 'publicEncrypt', 'createECDH'])
          try { crypto[name]('RSA-SHA256') } catch (error) { console.log(error.message, error.code) }
    ";
    let run = run(shared(), code);
    assert_eq!(run.error, "");
    for line in run.stdout.lines() {
        assert!(
            line.ends_with("is not available in this sandbox ERR_FEATURE_UNAVAILABLE_ON_PLATFORM"),
            "{line}"
        );
    }
    assert_eq!(run.stdout.lines().count(), 8);
}
