//! Programs as they are sent here: to servers whose policy opens the tests' servers and nothing else,
//! in each tier.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::common::process::Folder;
use crate::common::server::{KEY, Server};
use crate::common::{Run, dedent};
use crate::proxies::{NAME, web};
use crate::servers::{World, world};

/// What an operator would list: `numpy` makes a program native.
const PYTHON_PACKAGES: &str = "numpy\naiohttp\n";
const NPM_PACKAGES: &str = "axios@1.12.2\nws@8.18.3\n";

/// What fetching them may take on a busy machine with a slow network.
const PATIENCE: Duration = Duration::from_secs(400);

/// Programs sent at the same time.
const AT_ONCE: usize = 3;

/// Where a program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// In WebAssembly, where it could be run natively.
    Wasm,
    /// In WebAssembly under `wasm_only`.
    Strict,
    /// Natively.
    Native,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Python,
    JavaScript,
}

/// A name that says what is tried, the program, and what it prints. Placeholders such as `{http}` in
/// both stand for the ports of the servers.
pub type Case<'a> = (&'a str, &'a str, &'a str);

impl Language {
    pub fn name(self) -> &'static str {
        match self {
            Self::Python => "python3",
            Self::JavaScript => "nodejs",
        }
    }

    /// The first line of every program: what the servers are called. The rest keeps its own lines.
    pub fn prelude(self, tier: Tier) -> String {
        let world = world();
        let urls = format!(
            "HTTP = 'http://127.0.0.1:{}'; OTHER = 'http://127.0.0.1:{}'; TLS = 'https://localhost:{}'; \
             WRONG_NAME = 'https://localhost:{}'; EXPIRED = 'https://localhost:{}'; SELF_SIGNED = 'https://localhost:{}'; ",
            world.http, world.other, world.tls, world.wrong_name, world.expired, world.self_signed
        );
        let web = web();
        let at = |port: u16, usual: u16| match port == usual {
            true => NAME.to_owned(),
            false => format!("{NAME}:{port}"),
        };
        let behind_proxies = format!(
            "WEB = 'http://{}'; SECURE = 'https://{}'; HIGH = 'http://{NAME}:{}'; HIGH_TLS = 'https://{NAME}:{}'; ",
            at(web.http, 80),
            at(web.tls, 443),
            web.high,
            web.high_tls
        );
        let urls = urls + &behind_proxies;
        let ports: Vec<_> = world
            .ports()
            .iter()
            .map(|(name, port)| format!("'{name}': {port}"))
            .collect();
        let ports = format!("PORT = {{{}}}", ports.join(", "));
        match (self, tier) {
            (Self::JavaScript, _) => format!("{urls}{ports};\n").replace("HTTP =", "var HTTP ="),
            (Self::Python, Tier::Native) => {
                format!("import numpy, sys; assert sys.platform == 'linux'; {urls}{ports}\n")
            }
            (Self::Python, _) => {
                format!("import sys; assert sys.platform == 'wasi'; {urls}{ports}\n")
            }
        }
    }
}

/// `text` with the ports filled in.
pub fn filled(text: &str) -> String {
    let mut text = dedent(text);
    for (name, port) in world().ports() {
        text = text.replace(&format!("{{{name}}}"), &port.to_string());
    }
    text
}

/// The settings that open the tests' servers and nothing else, and a file with their authority.
pub fn policy(folder: &Folder, world: &World) -> String {
    let authority = folder.write("authority.pem", world.authority.pem());
    let entries: String = world
        .ports()
        .iter()
        .map(|(_, port)| format!("    - 127.0.0.1:{port}\n"))
        .collect();
    format!(
        "network:\n  policy: allow-list\n  allow:\n{entries}  ca_file: {}\n",
        authority.display()
    )
}

/// A server with the packages and this configuration besides; `network` is the whole `network:`
/// section, or nothing.
pub fn server_in(
    folder: Folder,
    network: &str,
    more: &str,
    environment: &[(&str, &str)],
) -> Server {
    let config = config(&folder, network, more);
    Server::start_in(folder, &config, environment)
}

/// The configuration of such a server, whose folder gets the lists of packages.
pub fn config(folder: &Folder, network: &str, more: &str) -> String {
    folder.write("dependencies/python-requirements.txt", PYTHON_PACKAGES);
    folder.write("dependencies/nodejs-requirements.txt", NPM_PACKAGES);
    format!(
        "app:\n  port: 0\n  key: {KEY}\nenable_network: true\nmax_requests: 400\npackages:\n  cache: {}\n{network}{}\n",
        cache().display(),
        dedent(more)
    )
}

fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("network-packages")
}

/// A server that opens the tests' servers, with the packages there. They are fetched once.
pub fn server(more: &str) -> Server {
    static FETCHING: Mutex<()> = Mutex::new(());
    let fetching = FETCHING.lock();
    let folder = Folder::new();
    let policy = policy(&folder, world());
    let strict = more.contains("wasm_only: true");
    let server = server_in(folder, &policy, more, &[]);
    let since = Instant::now();
    let is_there = |language: Language, code: &str| {
        let body = json!({"language": language.name(), "code": code});
        server.run_request(&body).exit_code == 0
    };
    while !(strict || is_there(Language::Python, "import numpy, aiohttp"))
        || !is_there(Language::JavaScript, "require('axios'); require('ws')")
    {
        assert!(since.elapsed() < PATIENCE, "{}", server.log().join("\n"));
        thread::sleep(Duration::from_millis(200));
    }
    drop(fetching);
    server
}

/// The server for programs of this tier, shared by all tests.
pub fn shared(tier: Tier) -> &'static Server {
    static ORDINARY: OnceLock<Server> = OnceLock::new();
    static STRICT: OnceLock<Server> = OnceLock::new();
    const SETTINGS: &str = "worker_timeout: 20";
    let ordinary = || ORDINARY.get_or_init(|| server(SETTINGS));
    match tier {
        Tier::Wasm | Tier::Native => ordinary(),
        Tier::Strict => {
            // Strict mode installs nothing, and finds what is there.
            ordinary();
            STRICT.get_or_init(|| server(&format!("{SETTINGS}\nwasm_only: true")))
        }
    }
}

/// Runs one program as Dify sends it, with the prelude before it.
#[track_caller]
pub fn run(server: &Server, tier: Tier, language: Language, code: &str) -> Run {
    let code = format!("{}{}", language.prelude(tier), filled(code));
    server.run_request(&json!({"language": language.name(), "code": code, "enable_network": true}))
}

/// Sends all programs and tells all that went wrong, not only the first.
#[track_caller]
pub fn check(tier: Tier, language: Language, cases: &[Case<'_>]) {
    check_on(shared(tier), tier, language, cases);
}

/// [`check`] on another server.
#[track_caller]
pub fn check_on(server: &Server, tier: Tier, language: Language, cases: &[Case<'_>]) {
    check_each(cases, |code| {
        let run = run(server, tier, language, code);
        match run.exit_code {
            0 => Ok(run.stdout),
            _ => Err(in_short(&run)),
        }
    });
}

/// What became of a program, without all of its traceback.
pub fn in_short(run: &Run) -> String {
    let lines = run.stderr.lines().filter(|line| !line.trim().is_empty());
    let lines: Vec<_> = lines.collect();
    let stderr = &lines[lines.len().saturating_sub(10)..];
    format!(
        "exit code {}, {:?}, printed\n{}\n…\n{}",
        run.exit_code,
        run.reason(),
        run.stdout,
        stderr.join("\n")
    )
}

/// Does `run` with every program, several at once.
#[track_caller]
pub fn check_each(cases: &[Case<'_>], run: impl Fn(&str) -> Result<String, String> + Sync) {
    let (next, problems) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((name, code, expected)) =
                    cases.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let expected = filled(expected);
                    let problem = match run(code) {
                        Ok(stdout) if stdout.trim_end() == expected.trim_end() => continue,
                        Ok(stdout) => format!("printed\n{stdout}instead of\n{expected}"),
                        Err(what) => what,
                    };
                    problems
                        .lock()
                        .unwrap()
                        .push(format!("== {name}: {problem}"));
                }
            });
        }
    });
    let problems = problems.into_inner().unwrap();
    let count = (problems.len(), cases.len());
    assert!(
        problems.is_empty(),
        "{} of {}:\n{}\n",
        count.0,
        count.1,
        problems.join("\n")
    );
}
