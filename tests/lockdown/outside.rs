//! What `/proc` says of a serving process.

use std::fs;
use std::os::unix::process::CommandExt as _;

use crate::common::Server;
use crate::common::process::{Folder, belljar};

/// Fields of the status of each thread of a process.
fn threads(pid: u32) -> Vec<Vec<(String, String)>> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("the process is there");
    let status = |task: fs::DirEntry| {
        let text = fs::read_to_string(task.path().join("status")).unwrap();
        let fields = text.lines().filter_map(|line| line.split_once(':'));
        fields
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect()
    };
    tasks.map(|task| status(task.unwrap())).collect()
}

/// Asserts that every thread of `pid` has all these values.
#[track_caller]
pub fn every_thread_of(pid: u32, expected: &[(&str, &str)]) {
    let threads = threads(pid);
    assert!(!threads.is_empty());
    for thread in &threads {
        for (name, value) in expected {
            let found = thread.iter().find(|(field, _)| field == name);
            let found = found.map(|(_, value)| value.as_str());
            assert_eq!(found, Some(*value), "{name} of {:?}", thread[0]);
        }
    }
}

pub const LOCKED: [(&str, &str); 7] = [
    ("Seccomp", "2"),
    ("NoNewPrivs", "1"),
    ("CapEff", "0000000000000000"),
    ("CapPrm", "0000000000000000"),
    ("CapInh", "0000000000000000"),
    ("CapAmb", "0000000000000000"),
    ("Groups", ""),
];

#[test]
fn every_thread_of_the_server_is_locked_in() {
    let server = Server::start("");
    server.run("print(1)").prints("1\n");
    let pid = server.serving_pid();
    every_thread_of(pid, &LOCKED);
    if is_root() {
        every_thread_of(pid, &[("CapBnd", "0000000000000000")]);
        for thread in threads(pid) {
            for field in ["Uid", "Gid"] {
                let (_, ids) = thread.iter().find(|(name, _)| name == field).unwrap();
                assert!(ids.split_whitespace().all(|id| id != "0"), "{field}: {ids}");
            }
        }
    }
    assert!(
        threads(pid).len() > 2,
        "workers and HTTP have their threads"
    );
    server.log_line("locked in: ");
    let missing = server
        .log()
        .iter()
        .any(|line| line.contains("NOT LOCKED IN"));
    assert!(!missing, "{:?}", server.log());
}

#[test]
fn the_configured_user_is_taken() {
    if !is_root() {
        return;
    }
    let server = Server::start("run_as: 61234:61235");
    let pid = server.serving_pid();
    every_thread_of(
        pid,
        &[
            ("Uid", "61234\t61234\t61234\t61234"),
            ("Gid", "61235\t61235\t61235\t61235"),
        ],
    );
}

#[test]
fn what_the_starter_left_open_is_closed() {
    let folder = Folder::new();
    folder.write("conf/config.yaml", "app:\n  port: 0\n");
    let mut command = belljar(&["serve"]);
    // SAFETY: dup2(2) may be called between fork and exec.
    unsafe {
        command.pre_exec(|| match libc::dup2(0, 42) {
            42 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        });
    }
    let server = Server::of_command(command, folder);
    for pid in [server.pid(), server.serving_pid()] {
        assert!(fs::read_link(format!("/proc/{pid}/fd/0")).is_ok());
        assert!(fs::read_link(format!("/proc/{pid}/fd/42")).is_err());
    }
}

#[test]
fn the_server_holds_no_file_but_what_it_serves_with() {
    let server = Server::start("");
    server.run("print(1)").prints("1\n");
    let pid = server.serving_pid();
    // A process that is not dumpable shows its descriptors to root alone.
    let Ok(descriptors) = fs::read_dir(format!("/proc/{pid}/fd")) else {
        return;
    };
    for descriptor in descriptors {
        let target = fs::read_link(descriptor.unwrap().path()).unwrap_or_default();
        let target = target.display().to_string();
        let expected = [
            "socket:",
            "pipe:",
            "anon_inode:",
            "/memfd:",
            "/dev/null",
            "/proc/self/pagemap",
        ]
        .iter()
        .any(|start| target.starts_with(start))
            || target.ends_with("/pagemap")
            || target.ends_with(".code");
        assert!(expected, "{target}");
    }
}

pub fn is_root() -> bool {
    // SAFETY: takes nothing and always succeeds.
    unsafe { libc::geteuid() == 0 }
}
