//! What the tests share: the real server on a port of its own, a small HTTP client, and ways to
//! say what a program is expected to come to.

// Each test binary uses a part of this.
#![allow(dead_code, unused_imports)]

pub mod cli;
pub mod dify;
pub mod http;
pub mod process;
pub mod run;
pub mod server;
pub mod table;

use std::thread;
use std::time::{Duration, Instant};

pub use http::Request;
pub use run::Run;
pub use server::Server;
pub use table::Expect;
pub use table::{check, check_javascript, check_on};

/// Longer than anything here may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// `text` without the indentation that all its lines share, and without blank first and last
/// lines: programs can then be indented like the Rust around them.
pub fn dedent(text: &str) -> String {
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    let indent = |line: &str| line.len() - line.trim_start().len();
    let shared = lines().map(indent).min().unwrap_or(0);
    let mut result: String = text
        .trim_end()
        .lines()
        .skip_while(|line| line.trim().is_empty())
        .flat_map(|line| [line.get(shared..).unwrap_or(""), "\n"])
        .collect();
    if !text.contains('\n') {
        result.truncate(result.trim_end_matches('\n').len());
    }
    result
}

/// Waits until `holds` does.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < PATIENCE, "in vain waited until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Starts programs that run `code` until `places` of them hold the places for requests and one
/// more was refused. They are started one after the other, so that none is refused but the last.
#[track_caller]
pub fn fill(server: &Server, code: &str, places: usize) -> Vec<http::Pending> {
    let body = serde_json::json!({"language": "python3", "code": code});
    let request = Request::run(&body);
    let mut held = Vec::new();
    loop {
        let pending = request.start(server.port());
        if pending.is_answered_within(Duration::from_millis(300)) {
            assert_eq!(pending.wait().status, 503, "only a refusal comes so early");
            break;
        }
        held.push(pending);
        assert!(held.len() <= places, "more than {places} are held");
    }
    assert_eq!(held.len(), places);
    held
}
