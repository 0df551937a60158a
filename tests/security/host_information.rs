//! What a program can learn of the machine and the server it runs on: nothing.

use std::process::Command;

use crate::common::Expect::*;
use crate::common::Server;
use crate::common::check;
use crate::common::server::{KEY, patient};

#[test]
fn neither_environment_nor_arguments_nor_names_are_the_hosts() {
    check(&[
        ("environment", "
            import os, posix
            print(dict(os.environ), dict(posix.environ), os.getenv('PATH'), os.getenv('HOME'))
        ", Prints("{} {} None None\n")),
        ("identity", "
            import os, platform, sys
            print(sys.platform, os.name, platform.machine(), platform.system(), os.uname().nodename in ('', '(none)'), platform.node() in ('', '(none)'))
        ", Prints("wasi posix wasm32 wasi True True\n")),
        ("users and hosts", "
            import getpass, os, socket
            for ask in (getpass.getuser, os.getlogin, lambda: os.path.expanduser('~root'), lambda: socket.gethostname(), lambda: socket.getfqdn()):
                try: print('told', ask())
                except Exception: pass
            print('end')
        ", Ends),
    ]);
}

#[test]
fn the_servers_environment_and_key_are_not_in_the_programs_memory() {
    let config = format!("app:\n  port: 0\n  key: {KEY}\n");
    let server = Server::with_config(&config, &[("SECRET_OF_THE_HOST", "s3cr3t-0f-th3-h0st")]);
    // All that a program can reach of its own memory by ordinary means, and the needles put
    // together at run time.
    let run = server.run(&format!(
        r#"
        import gc, os, sys
        needles = [bytes(reversed(n)) for n in (b"{}", b"{}")]
        hits, seen, todo = 0, set(map(id, needles)), [gc.get_objects(), vars(sys), sys.modules]
        while todo:
            o = todo.pop()
            if id(o) in seen: continue
            seen.add(id(o))
            if isinstance(o, str): o = o.encode(errors="replace")
            if isinstance(o, (bytes, bytearray)): hits += any(n in o for n in needles)
            else: todo.extend(gc.get_referents(o))
            if len(seen) > 400_000: break
        print(len(seen) > 10_000, hits)
        "#,
        reversed("s3cr3t-0f-th3-h0st"),
        reversed(KEY),
    ));
    run.prints("True 0\n");
}

fn reversed(text: &str) -> String {
    text.chars().rev().collect()
}

#[test]
fn no_path_of_the_machine_that_built_the_interpreter_is_told() {
    let run = patient().run(
        r#"
        import sys, os, gc, sysconfig, types
        import json, jinja2, asyncio, sqlite3, zoneinfo
        texts = {sys.executable, sys.prefix, sys.version, *sys.path, os.getcwd(), json.__file__ or ""}
        for module in list(sys.modules.values()):
            texts.update(v for v in vars(module).values() if isinstance(v, str))
            for value in vars(module).values():
                if isinstance(value, types.FunctionType): texts.add(value.__code__.co_filename)
        for variables in (sysconfig.get_paths(), sysconfig.get_config_vars()):
            texts.update(v for v in variables.values() if isinstance(v, str))
        for text in sorted(texts): print(text)
        "#,
    );
    assert_eq!(run.error, "");
    assert!(run.stdout.len() > 1000);
    let here = env!("CARGO_MANIFEST_DIR");
    for host in [here, "/root/", "/home/", "/target/", "/Users/"] {
        let told: Vec<_> = run
            .stdout
            .lines()
            .filter(|line| line.contains(host))
            .collect();
        assert!(told.is_empty(), "{host}: {told:?}");
    }
}

#[test]
fn clocks_tell_nothing_of_how_long_the_host_is_up() {
    let run = patient().run(
        "
        import time
        for clock in ('monotonic', 'perf_counter', 'process_time', 'thread_time'):
            print(getattr(time, clock, time.monotonic)())
        ",
    );
    let times: Vec<f64> = run
        .stdout
        .split_whitespace()
        .map(|time| time.parse().unwrap())
        .collect();
    assert!(
        times.len() == 4 && times.iter().all(|time| (0.0..30.0).contains(time)),
        "{times:?}"
    );
}

#[test]
fn numbers_of_processes_users_and_cpus_are_not_the_hosts() {
    let run = patient().run(
        "
        import os, multiprocessing
        for name in ('getpid', 'getppid', 'getuid', 'geteuid', 'getgid', 'cpu_count', 'getloadavg', 'times', 'getpgrp', 'sched_getaffinity'):
            ask = getattr(os, name, None)
            try: print(name, ask() if ask else None)
            except (OSError, TypeError): print(name, None)
        print('stat', *os.stat('/')[1:6], *os.stat('/tmp')[4:6])
        ",
    );
    assert_eq!(run.error, "");
    let told = |name: &str| {
        let line = run
            .stdout
            .lines()
            .find(|line| line.split(' ').next() == Some(name));
        line.unwrap_or_else(|| panic!("{name}: {run:?}"))[name.len() + 1..].to_owned()
    };
    for name in ["getppid", "getloadavg", "getpgrp", "sched_getaffinity"] {
        assert_eq!(told(name), "None", "{name}");
    }
    let host = Command::new("hostname").output();
    if let Ok(host) = host {
        let name = String::from_utf8_lossy(&host.stdout).trim().to_owned();
        assert!(name.is_empty() || !run.stdout.contains(&name));
    }
    assert_ne!(told("getpid"), std::process::id().to_string());
    assert_ne!(told("getpid"), patient().serving_pid().to_string());
}
