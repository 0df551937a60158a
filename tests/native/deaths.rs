//! Any process of the native tier may die at any time.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::common::{Request, Server, eventually};
use crate::processes::{HOG, Process, all, hog, jailer, until_gone};
use crate::{native, server};

fn request(code: &str) -> Request {
    Request::run(&json!({"language": "python3", "code": native(code)}))
}

#[track_caller]
fn serves_again(server: &Server) {
    let since = Instant::now();
    server.run(&native("print(7)")).prints("7\n");
    assert!(
        since.elapsed() < Duration::from_secs(15),
        "{:?}",
        since.elapsed()
    );
}

#[test]
fn a_server_that_is_killed_takes_its_programs_along() {
    let server = server("worker_timeout: 60");
    let _pending = request(HOG).start(server.port());
    let program = hog(&server);
    let before = jailer(&server);
    Process(server.serving_pid()).kill(libc::SIGKILL);
    until_gone(&[program]);
    serves_again(&server);
    assert_eq!(jailer(&server), before, "the jailer is not concerned");
}

#[test]
fn a_jailer_that_is_killed_takes_all_along_and_is_replaced() {
    let server = server("worker_timeout: 60");
    let pending = request(HOG).start(server.port());
    hog(&server);
    let old = all(&server);
    assert!(old.len() > 3, "{old:?}");
    jailer(&server).kill(libc::SIGKILL);
    let answer = pending.wait().json();
    assert_eq!(answer["code"], -500, "{answer}");
    let line = server.log_line("cannot run a program");
    assert!(line.contains("another one is being started"), "{line}");
    until_gone(&old);
    server.log_line("the jailer was killed by SIGKILL; starting another one");
    serves_again(&server);
}

#[test]
fn a_zygote_that_is_killed_takes_its_programs_along_and_is_replaced() {
    let server = server("worker_timeout: 60");
    let pending = request(HOG).start(server.port());
    let program = hog(&server);
    let old: Vec<_> = jailer(&server).children();
    old.iter().for_each(|launcher| launcher.kill(libc::SIGKILL));
    let answer = pending.wait().json();
    assert_eq!(answer["code"], -500, "{answer}");
    until_gone(&[program]);
    until_gone(&old);
    serves_again(&server);
}

#[test]
fn the_python_of_a_zygote_that_is_killed_is_replaced() {
    let server = server("worker_timeout: 60");
    let before = all(&server);
    let launchers = jailer(&server).children();
    let zygotes: Vec<_> = launchers.iter().flat_map(|one| one.children()).collect();
    zygotes.iter().for_each(|one| one.kill(libc::SIGKILL));
    // A program that has a child by then ends with it.
    until_gone(&launchers);
    serves_again(&server);
    let jailer = jailer(&server);
    let gone: Vec<_> = before.into_iter().filter(|one| *one != jailer).collect();
    until_gone(&gone);
}

#[test]
fn a_program_whose_process_is_killed_is_told_so() {
    let server = server("worker_timeout: 60");
    let pending = request(HOG).start(server.port());
    hog(&server).kill(libc::SIGKILL);
    let answer = pending.wait().json();
    assert_eq!(answer["data"]["exit_code"], -1, "{answer}");
    assert_eq!(answer["data"]["stdout"], "before\n", "{answer}");
    serves_again(&server);
}

#[test]
fn children_that_die_while_they_wait_are_replaced() {
    let server = server("");
    let waiting = || {
        let launchers = jailer(&server).children().into_iter();
        let zygotes = launchers.flat_map(Process::children);
        zygotes.flat_map(Process::descendants).collect::<Vec<_>>()
    };
    // As many as run at once by default.
    eventually("all wait", || waiting().len() == 4);
    let parked = waiting();
    for parked in &parked {
        parked.kill(libc::SIGKILL);
    }
    until_gone(&parked);
    serves_again(&server);
    serves_again(&server);
}

#[test]
fn nothing_is_left_of_a_program_that_timed_out() {
    let server = server("worker_timeout: 2");
    let pending = request(HOG).start(server.port());
    let program = hog(&server);
    let answer = pending.wait().json();
    assert_eq!(answer["data"]["exit_code"], -1, "{answer}");
    assert!(program.is_gone(), "it is gone when its end is told");
    eventually("no zombie is left", || jailer(&server).zombies() == 0);
}

#[test]
fn a_program_whose_caller_goes_away_is_killed() {
    let server = server("worker_timeout: 60");
    let pending = request(HOG).start(server.port());
    let program = hog(&server);
    drop(pending);
    until_gone(&[program]);
    serves_again(&server);
}

#[test]
fn nothing_is_left_of_a_supervisor_that_is_killed() {
    let server = server("worker_timeout: 60");
    let _pending = request(HOG).start(server.port());
    hog(&server);
    let all = all(&server);
    server.signal(libc::SIGKILL);
    until_gone(&all);
}

#[test]
fn a_server_that_stops_finishes_native_programs_and_leaves_nothing() {
    let server = server("worker_timeout: 30");
    let code = "import time\nheld = b'x' * (150 << 20)\ntime.sleep(2)\nprint(3)";
    let pending = request(code).start(server.port());
    hog(&server);
    let all = all(&server);
    server.signal(libc::SIGTERM);
    let answer = pending.wait().json();
    assert_eq!(answer["data"]["stdout"], "3\n", "{answer}");
    assert_eq!(server.ended().code(), Some(0));
    until_gone(&all);
}

#[test]
fn the_jailer_keeps_no_more_than_it_needs() {
    let server = server("");
    let jailer = jailer(&server).0;
    let read = |name: &str| std::fs::read_to_string(format!("/proc/{jailer}/{name}")).unwrap();
    let capabilities = |set: &str| {
        let status = read("status");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(set))
            .unwrap();
        u64::from_str_radix(line.trim(), 16).unwrap()
    };
    // Network administration, raw sockets, modules, raw devices, the clock, kernel logs, BPF.
    for gone in [12, 13, 16, 17, 25, 34, 39] {
        for set in ["CapEff:", "CapPrm:", "CapBnd:", "CapInh:", "CapAmb:"] {
            if set != "CapBnd:" || capabilities("CapEff:") != 0 {
                assert_eq!(capabilities(set) >> gone & 1, 0, "{set} {gone}");
            }
        }
    }
    let sockets: Vec<_> = std::fs::read_dir(format!("/proc/{jailer}/fd"))
        .unwrap()
        .filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok())
        .filter_map(|to| {
            let number = to.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
            Some(number.to_owned())
        })
        .collect();
    assert!(sockets.len() > 2, "{sockets:?}");
    let internet = ["net/tcp", "net/tcp6", "net/udp"].map(read).concat();
    for socket in sockets {
        let is_it = |line: &str| line.split_whitespace().nth(9) == Some(&*socket);
        assert!(!internet.lines().any(is_it), "only sockets of this machine");
    }
}

#[test]
fn strict_mode_has_no_jailer() {
    let server = Server::start("wasm_only: true");
    server.run("print(1)").prints("1\n");
    let children = Process(server.pid()).descendants();
    assert_eq!(children, [Process(server.serving_pid())]);
}
