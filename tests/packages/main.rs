//! npm packages: installed by real npm from the folders in `fixtures` (and, in `registry`, from the
//! npm registry), tried in the sandbox, and used by programs through the real server. Python packages,
//! in `python`: installed by real pip.

#[path = "../common/mod.rs"]
mod common;

mod changing;
mod command_line;
mod confinement;
mod hostile_packages;
mod loading;
mod python;
mod registry;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use common::process::{Folder, program_folder};
use common::server::{KEY, Server};
use common::{Request, Run};
use serde_json::{Value, json};

/// Longer than an installation may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

const REQUIREMENTS: &str = "dependencies/nodejs-requirements.txt";

/// The line that asks for a package of ours.
fn local(name: &str) -> String {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packages/fixtures");
    format!("{name}@file:{}\n", fixtures.join(name).display())
}

/// A folder for packages within `folder` in which those of Python are that `make test` installed:
/// tests of npm's need not wait for them.
fn cache(folder: &Folder) -> PathBuf {
    let cache = folder.0.join("cache");
    if std::fs::create_dir(&cache).is_ok() {
        let python = program_folder().join("packages/python");
        std::os::unix::fs::symlink(python, cache.join("python")).unwrap();
    }
    cache
}

/// A server started in a folder with these requirements and nothing installed.
fn start(requirements: &str) -> Server {
    let folder = Folder::new();
    folder.write(REQUIREMENTS, requirements);
    let cache = cache(&folder);
    let config = format!(
        "app:\n  port: 0\n  key: {KEY}\nworker_timeout: 30\npackages:\n  cache: {}\n",
        cache.display()
    );
    Server::start_in(folder, &config, &[])
}

/// The same, with everything installed.
#[track_caller]
fn installed(requirements: &str) -> Server {
    let server = start(requirements);
    let since = Instant::now();
    while !server.log().iter().any(|line| settled(line)) {
        assert!(since.elapsed() < PATIENCE, "{}", server.log().join("\n"));
        std::thread::sleep(Duration::from_millis(50));
    }
    if server
        .log()
        .iter()
        .any(|line| line.contains("starting a fresh server"))
    {
        replaced(&server);
    }
    server
}

/// Waits until the first server, which had no packages, is gone.
#[track_caller]
fn replaced(server: &Server) {
    server.log_line("INFO stopped");
}

fn settled(line: &str) -> bool {
    let words = [
        "is in the snapshot",
        "when required",
        "is refused",
        "what was there before",
    ];
    words.iter().any(|each| line.contains(each))
}

#[track_caller]
fn get(server: &Server, route: &str) -> Value {
    let path = format!("/v1/sandbox/dependencies{route}?language=nodejs");
    let response = server.send(&Request::get(&path).key());
    assert_eq!(response.status, 200);
    response.json()["data"].take()
}

/// Runs a program in JavaScript.
#[track_caller]
fn run(server: &Server, code: &str) -> Run {
    let code = common::dedent(code);
    server.run_request(&json!({"language": "nodejs", "code": code}))
}
