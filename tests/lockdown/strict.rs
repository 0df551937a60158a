//! wasm-only strict mode: the supervisor is locked in as well, and starts nothing but servers.

use serde_json::json;

use crate::common::process::Folder;
use crate::common::server::{KEY, child_named};
use crate::common::{Request, Server, eventually};
use crate::outside::{LOCKED, every_thread_of, is_root};

fn strict() -> Server {
    Server::start("wasm_only: true")
}

#[test]
fn supervisor_and_server_are_locked_in_and_nothing_else_runs() {
    let server = strict();
    server.run("print(1)").prints("1\n");
    server
        .run_request(&json!({"language": "nodejs", "code": "console.log(2)"}))
        .prints("2\n");
    for pid in [server.pid(), server.serving_pid()] {
        every_thread_of(pid, &LOCKED);
        if is_root() {
            every_thread_of(pid, &[("CapBnd", "0000000000000000")]);
        }
    }
    assert_eq!(child_named(server.pid(), "belljar-keeper"), None);
    server.log_line("strict mode: nothing but WebAssembly is run");
}

#[test]
fn a_locked_supervisor_replaces_a_dead_server_and_hands_over() {
    let server = strict();
    let first = server.serving_pid();
    // SAFETY: no memory is passed; the process was started by this test's server.
    unsafe { libc::kill(first as libc::pid_t, libc::SIGKILL) };
    server.run("print(1)").prints("1\n");
    let second = server.serving_pid();
    assert_ne!(first, second);
    server.signal(libc::SIGHUP);
    eventually("another server serves", || server.serving_pid() != second);
    server.run("print(2)").prints("2\n");
    every_thread_of(server.serving_pid(), &LOCKED);
    server.signal(libc::SIGTERM);
    assert_eq!(server.ended().code(), Some(0));
}

#[test]
fn the_environment_and_the_command_line_ask_for_it_too() {
    let server = Server::with_config("app:\n  port: 0\n", &[("BELLJAR_WASM_ONLY", "true")]);
    server.log_line("wasm_only=true");
    every_thread_of(server.pid(), &[("Seccomp", "2")]);
}

#[test]
fn packages_that_would_have_to_be_installed_are_told_and_nothing_is_installed() {
    let folder = Folder::new();
    folder.write("dependencies/nodejs-requirements.txt", "lodash@4.17.21\n");
    let config = format!("app:\n  port: 0\n  key: {KEY}\nwasm_only: true\n");
    let server = Server::start_in(folder, &config, &[]);
    server.run("print(1)").prints("1\n");
    let request = Request::get("/v1/sandbox/dependencies/refresh?language=nodejs");
    let answer = server.send(&request.key()).json();
    let problem = answer["data"]["problem"]
        .as_str()
        .expect("a problem is told");
    assert!(problem.contains("strict mode"), "{problem}");
    assert!(problem.contains("belljar packages install"), "{problem}");
}
