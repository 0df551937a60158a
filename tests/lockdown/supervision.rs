//! Servers that die or are replaced, and what callers notice of it.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::common::process::{Folder, belljar, spawn};
use crate::common::server::{KEY, child_named};
use crate::common::{Request, Server, eventually};

/// Load ends by itself, whatever becomes of the test.
const LOAD: Duration = Duration::from_secs(30);

fn kill(pid: u32, signal: libc::c_int) {
    // SAFETY: no memory is passed; the process was started by the server of this test.
    unsafe { libc::kill(pid as libc::pid_t, signal) };
}

fn is_gone(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    status.is_err() || status.is_ok_and(|text| text.contains(") Z "))
}

/// How many servers have begun to serve.
fn starts(server: &Server) -> usize {
    let log = server.log();
    log.iter()
        .filter(|line| line.contains("listening on"))
        .count()
}

/// A supervisor whose log is the test's own to read, and the folder it runs in.
fn bare_supervisor() -> (Folder, Child) {
    let folder = Folder::new();
    folder.write(
        "conf/config.yaml",
        format!("app:\n  port: 0\n  key: {KEY}\n"),
    );
    let mut command = belljar(&["serve"]);
    command
        .current_dir(&folder.0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let supervisor = spawn(command);
    (folder, supervisor)
}

fn hello() -> Request {
    Request::run(&json!({"language": "python3", "code": "print(1)"}))
}

#[test]
fn a_server_that_is_killed_is_replaced_within_a_second_and_refuses_nobody_meanwhile() {
    let server = Server::start("");
    server.run("print(1)").prints("1\n");
    let first = server.serving_pid();
    let sleeping =
        Request::run(&json!({"language": "python3", "code": "import time; time.sleep(4)"}))
            .start(server.port());
    thread::sleep(Duration::from_millis(200));
    let since = Instant::now();
    kill(first, libc::SIGKILL);
    // A new caller waits in the kernel's queue rather than be refused.
    server.run("print(2)").prints("2\n");
    assert!(
        since.elapsed() < Duration::from_secs(3),
        "{:?}",
        since.elapsed()
    );
    drop(sleeping);
    assert_ne!(server.serving_pid(), first);
    let line = server.log_line("the server was killed by SIGKILL");
    assert!(line.contains("starting another one"), "{line}");
}

#[test]
fn an_attack_that_the_filter_stops_is_told_as_such() {
    let server = Server::start("");
    // What the kernel does for a forbidden call.
    kill(server.serving_pid(), libc::SIGSYS);
    server.log_line("was killed for a forbidden system call");
    server.run("print(1)").prints("1\n");
}

#[test]
fn the_server_goes_with_its_supervisor() {
    let server = Server::start("");
    let serving = server.serving_pid();
    let mut keeper = None;
    eventually("the keeper is there", || {
        keeper = child_named(server.pid(), "belljar-keeper");
        keeper.is_some()
    });
    server.signal(libc::SIGKILL);
    eventually("the server is gone", || is_gone(serving));
    eventually("the keeper is gone", || is_gone(keeper.unwrap()));
}

#[test]
fn a_server_that_does_not_end_when_told_to_is_ended() {
    let server = Server::start("worker_timeout: 1");
    // It hears nothing, as one that was taken over may pretend.
    kill(server.serving_pid(), libc::SIGSTOP);
    server.signal(libc::SIGTERM);
    server.log_line("killing a server that was told to end and does not");
    assert_eq!(server.ended().code(), Some(0));
}

#[test]
fn a_server_that_dies_is_noticed_whatever_the_starter_ignores() {
    let folder = Folder::new();
    folder.write(
        "conf/config.yaml",
        format!("app:\n  port: 0\n  key: {KEY}\n"),
    );
    let mut command = belljar(&["serve"]);
    // SAFETY: signal(2) may be called between fork and exec.
    unsafe {
        command.pre_exec(|| {
            libc::signal(libc::SIGCHLD, libc::SIG_IGN);
            Ok(())
        });
    }
    let server = Server::of_command(command, folder);
    kill(server.serving_pid(), libc::SIGKILL);
    server.log_line("the server was killed by SIGKILL");
    server.run("print(1)").prints("1\n");
}

#[test]
fn children_are_tied_to_the_supervisor_whatever_they_are_doing() {
    let server = Server::start("");
    let mut keeper = None;
    eventually("the keeper is there", || {
        keeper = child_named(server.pid(), "belljar-keeper");
        keeper.is_some()
    });
    // Stopped: it cannot hear that its channel is closed.
    kill(keeper.unwrap(), libc::SIGSTOP);
    server.signal(libc::SIGKILL);
    eventually("the keeper is gone", || is_gone(keeper.unwrap()));
}

#[test]
fn a_hangup_that_reaches_a_child_as_well_does_not_end_it() {
    let (_folder, mut supervisor) = bare_supervisor();
    let mut log = BufReader::new(supervisor.stderr.take().unwrap()).lines();
    let mut starting = None;
    eventually("a server is starting", || {
        starting = child_named(supervisor.id(), "belljar-server");
        starting.is_some()
    });
    // `systemctl kill --signal=HUP` sends it to all processes of a service.
    kill(starting.unwrap(), libc::SIGHUP);
    assert!(log.any(|line| line.unwrap().contains("listening on")));
    assert_eq!(child_named(supervisor.id(), "belljar-server"), starting);
    kill(supervisor.id(), libc::SIGTERM);
    assert_eq!(supervisor.wait().unwrap().code(), Some(0));
}

#[test]
fn a_log_that_nobody_reads_any_more_ends_nothing() {
    let (_folder, mut supervisor) = bare_supervisor();
    let mut log = BufReader::new(supervisor.stderr.take().unwrap()).lines();
    let serves = log.any(|line| line.unwrap().contains("listening on"));
    assert!(serves);
    drop(log);
    let serving = || child_named(supervisor.id(), "belljar-server");
    let first = serving().unwrap();
    kill(supervisor.id(), libc::SIGHUP);
    eventually("a fresh server has taken over", || {
        is_gone(first) && serving().is_some_and(|pid| pid != first)
    });
    kill(supervisor.id(), libc::SIGTERM);
    assert_eq!(supervisor.wait().unwrap().code(), Some(0));
}

#[test]
fn a_keeper_that_dies_does_not_disturb_the_server() {
    let server = Server::start("");
    let serving = server.serving_pid();
    let mut keeper = None;
    eventually("the keeper is there", || {
        keeper = child_named(server.pid(), "belljar-keeper");
        keeper.is_some()
    });
    kill(keeper.unwrap(), libc::SIGKILL);
    server.log_line("the keeper of packages was killed by SIGKILL");
    server.run("print(1)").prints("1\n");
    assert_eq!(server.serving_pid(), serving);
}

#[test]
fn a_fresh_server_takes_over_without_a_refused_or_dropped_request() {
    let server = Server::start("max_requests: 200");
    let first = server.serving_pid();
    let done = AtomicBool::new(false);
    let answered = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let since = Instant::now();
                while !done.load(Ordering::Relaxed) && since.elapsed() < LOAD {
                    // A connection of its own each time: what a takeover could refuse.
                    let response = server.send(&hello());
                    assert_eq!(response.status, 200, "{}", response.text());
                    assert_eq!(response.json()["data"]["stdout"], "1\n");
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        thread::sleep(Duration::from_millis(300));
        for times in 2..5 {
            let so_far = answered.load(Ordering::Relaxed);
            server.signal(libc::SIGHUP);
            eventually("another server serves", || starts(&server) == times);
            eventually("it answers", || {
                answered.load(Ordering::Relaxed) > so_far + 20
            });
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_ne!(server.serving_pid(), first);
    eventually("the old servers are gone", || is_gone(first));
}

#[test]
fn a_program_that_runs_during_a_takeover_is_answered() {
    let server = Server::start("worker_timeout: 20");
    let code = "import time; print('start'); time.sleep(3); print('end')";
    let running = Request::run(&json!({"language": "python3", "code": code})).start(server.port());
    thread::sleep(Duration::from_millis(300));
    server.signal(libc::SIGHUP);
    eventually("another server serves", || starts(&server) == 2);
    server.run("print(1)").prints("1\n");
    let answer = running.wait().json();
    assert_eq!(answer["data"]["stdout"], "start\nend\n", "{answer}");
}

#[test]
fn a_server_that_keeps_dying_is_started_ever_more_slowly() {
    let server = Server::start("");
    for _ in 0..3 {
        let before = starts(&server);
        kill(server.serving_pid(), libc::SIGKILL);
        eventually("it serves again", || starts(&server) > before);
    }
    let since = Instant::now();
    kill(server.serving_pid(), libc::SIGKILL);
    server.run("print(1)").prints("1\n");
    assert!(
        since.elapsed() > Duration::from_millis(300),
        "{:?}",
        since.elapsed()
    );
}
