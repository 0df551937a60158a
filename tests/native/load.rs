//! Many programs: at once, one after the other, and zygotes that are used up meanwhile.

use std::thread;

use crate::common::eventually;
use crate::processes::jailer;
use crate::{native, server};

#[test]
fn sixty_four_at_once_are_all_served() {
    let server = server("worker_timeout: 20");
    thread::scope(|scope| {
        for n in 0..64 {
            let server = &server;
            scope.spawn(move || {
                let code = format!("import time\ntime.sleep(0.02)\nprint({n})");
                server.run(&native(&code)).prints(&format!("{n}\n"));
            });
        }
    });
    eventually("no zombie is left", || jailer(&server).zombies() == 0);
}

#[test]
fn a_thousand_in_a_row_leave_nothing_behind() {
    let server = server("");
    let run = |count| {
        for n in 0..count {
            server
                .run(&native(&format!("print({n})")))
                .prints(&format!("{n}\n"));
        }
    };
    run(50);
    let jailer = jailer(&server);
    let launcher = jailer.children()[0];
    let zygote = launcher.children().first().copied().unwrap_or(launcher);
    let before = [jailer, launcher, zygote].map(|one| (one.open_files(), one.memory()));
    run(1000);
    eventually("it is quiet", || jailer.zombies() == 0);
    let after = [jailer, launcher, zygote].map(|one| (one.open_files(), one.memory()));
    for ((files, memory), (files_after, memory_after)) in before.into_iter().zip(after) {
        // A spare child may be on its way at one time and not at the other.
        assert!(files_after <= files + 6, "{before:?} {after:?}");
        assert!(memory_after <= memory + 4, "{before:?} {after:?}");
    }
    assert!(before[0].0 > 5, "{before:?}");
    assert_eq!(jailer.children(), [launcher], "it is the same zygote");
}

#[test]
fn used_up_zygotes_are_replaced_without_a_failure() {
    let server = server("native:\n  zygote_runs: 20\n  parked_children: 2");
    let first = jailer(&server).children();
    thread::scope(|scope| {
        for n in 0..4 {
            let server = &server;
            scope.spawn(move || {
                let code = format!("import time\ntime.sleep(0.1)\nprint({n})");
                for _ in 0..80 {
                    server.run(&native(&code)).prints(&format!("{n}\n"));
                }
            });
        }
    });
    server.log_line("a fresh zygote takes over: the last one had");
    eventually("the first ones are gone", || {
        first.iter().all(|one| one.is_gone())
    });
    eventually("one is left", || jailer(&server).children().len() == 1);
}
