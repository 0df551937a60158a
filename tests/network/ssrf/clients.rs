//! Every URL through every client that programs use.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::canary::SONG;
use super::internet::enter;
use super::{JAVASCRIPT_TELLS, PYTHON_TELLS, guarded, opened, urls};
use crate::common::server::Server;
use crate::tier::{self, Language, Tier};

/// A way to fetch a URL, as the body of a function of `url`.
struct Client {
    name: &'static str,
    language: Language,
    tier: Tier,
    code: &'static str,
    /// Whether it goes where a redirect leads.
    follows: bool,
}

const REQUESTS: &str = "
import requests
def get(url):
    return requests.get(url, timeout=3).text
";
const URLLIB: &str = "
import urllib.request
def get(url):
    return urllib.request.urlopen(url, timeout=3).read().decode()
";
const HTTPX: &str = "
import httpx
client = httpx.Client(follow_redirects=True, timeout=3, trust_env=False)
def get(url):
    return client.get(url).text
";
const SOCKET: &str = "
import socket
from urllib.parse import urlsplit
def get(url):
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=3) as s:
        s.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n')
        return s.makefile().read()
";
const FETCH: &str = "
async function get(url) {
    return (await fetch(url, { signal: AbortSignal.timeout(3000) })).text();
}
";
const AXIOS: &str = "
const axios = require('axios');
async function get(url) {
    return (await axios.get(url, { timeout: 3000 })).data;
}
";
const HTTP: &str = "
const http = require('http');
async function get(url) {
    return new Promise((resolve, reject) => http.get(url, { timeout: 3000 }, (res) => {
        let text = '';
        res.on('data', (piece) => { text += piece; });
        res.on('end', () => resolve(text));
        res.on('error', reject);
    }).on('error', reject).on('timeout', function () { this.destroy(new Error('timeout')); }));
}
";

const fn client(
    name: &'static str,
    language: Language,
    tier: Tier,
    code: &'static str,
    follows: bool,
) -> Client {
    Client {
        name,
        language,
        tier,
        code,
        follows,
    }
}

use Language::{JavaScript, Python};
use Tier::{Native, Wasm};

const CLIENTS: &[Client] = &[
    client("requests", Python, Wasm, REQUESTS, true),
    client("urllib", Python, Wasm, URLLIB, true),
    client("httpx", Python, Wasm, HTTPX, true),
    client("socket", Python, Wasm, SOCKET, false),
    client("requests, natively", Python, Native, REQUESTS, true),
    client("urllib, natively", Python, Native, URLLIB, true),
    client("socket, natively", Python, Native, SOCKET, false),
    client("fetch", JavaScript, Wasm, FETCH, true),
    client("axios", JavaScript, Wasm, AXIOS, true),
    client("http", JavaScript, Wasm, HTTP, false),
];

/// What each URL came to.
fn try_all(server: &Server, client: &Client, urls: &[&str]) -> BTreeMap<String, String> {
    let urls = json!(urls).to_string();
    let code = match client.language {
        Python => {
            let native = if client.tier == Native {
                "import numpy\n"
            } else {
                ""
            };
            format!(
                "{native}import json\n{PYTHON_TELLS}\n{}\nfor url in json.loads({urls:?}):\n    print(json.dumps([url, tell(get, url)]))\n",
                client.code
            )
        }
        JavaScript => format!(
            "{JAVASCRIPT_TELLS}\n{}\n(async () => {{\n    for (const url of {urls}) console.log(JSON.stringify([url, await tell(get, url)]));\n}})();\n",
            client.code
        ),
    };
    let run = server.run_request(
        &json!({"language": client.language.name(), "code": code, "enable_network": true}),
    );
    assert_eq!(run.exit_code, 0, "{}: {run:?}", client.name);
    let lines = run.stdout.lines();
    lines
        .map(|line| serde_json::from_str::<(String, String)>(line).expect("a pair"))
        .collect()
}

/// urllib3 takes a machine on which it cannot listen on `::1` for one without IPv6.
fn has_no_ipv6(client: &Client, came: &str) -> bool {
    client.name == "requests, natively"
        && came.contains("Address family for hostname not supported")
}

#[test]
fn no_url_reaches_a_canary_by_any_client() {
    tier::shared(Wasm);
    let Some(internet) = enter() else { return };
    let server = guarded(&internet);
    let all = urls::all();
    let each: Vec<_> = all.iter().map(|url| &*url.url).collect();
    let public = [
        "http://public.example.net/",
        "http://93.184.216.34/",
        "https://public.example.net/",
    ];
    let mut problems = Vec::new();
    for client in CLIENTS {
        for (url, got) in try_all(server, client, &public) {
            // Only a plain socket and Node's `http` do not speak TLS.
            let spoken = client.follows || !url.starts_with("https");
            if spoken && !got.contains("hello") {
                problems.push(format!("{}: {url} is public: {got}", client.name));
            }
        }
        internet.canaries.reached();
        let results = try_all(server, client, &each);
        let reached = internet.canaries.reached();
        if !reached.is_empty() {
            problems.push(format!("{} reached {reached:?}", client.name));
        }
        for url in &all {
            let came = &results[&url.url];
            let redirected = !client.follows && url.url.contains("/redirect?");
            let says = came.contains("network policy")
                || redirected
                || !url.plain
                || has_no_ipv6(client, came);
            if came.contains(SONG) || came.contains(":/root:") || !says {
                problems.push(format!("{}: {}: {came}", client.name, url.url));
            }
        }
    }
    assert!(
        problems.is_empty(),
        "{}:\n{}\n",
        problems.len(),
        problems.join("\n")
    );
}

#[test]
fn with_everything_allowed_the_same_urls_reach_them() {
    tier::shared(Wasm);
    let Some(internet) = enter() else { return };
    let server = opened(&internet);
    let all: Vec<_> = urls::all().into_iter().filter(|url| url.reaches).collect();
    let each: Vec<_> = all.iter().map(|url| &*url.url).collect();
    let mut problems = Vec::new();
    let mut by_somebody = BTreeSet::new();
    for client in CLIENTS {
        for (url, came) in try_all(server, client, &each) {
            if came.contains(SONG) {
                by_somebody.insert(url);
                continue;
            }
            let redirected = !client.follows && url.contains("/redirect?");
            let plain = all.iter().any(|each| each.url == url && each.plain);
            if plain && !redirected && !has_no_ipv6(client, &came) {
                problems.push(format!("{}: {url}: {came}", client.name));
            }
        }
    }
    for url in each {
        if !by_somebody.contains(url) {
            problems.push(format!("nobody reaches {url}"));
        }
    }
    assert!(
        problems.is_empty(),
        "{}:\n{}\n",
        problems.len(),
        problems.join("\n")
    );
}
