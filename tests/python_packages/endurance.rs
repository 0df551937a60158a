//! Two thousand programs with pandas, and programs of both tiers at once, leave the server as they
//! found it.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::{run, server};
use crate::common::eventually;
use crate::common::server::child_named;

const RUNS: usize = 2000;
const AT_ONCE: usize = 16;

/// All processes below `pid`, with the state that the kernel gives each.
fn descendants(pid: u32) -> Vec<(u32, char)> {
    let mut found = Vec::new();
    let mut parents = vec![pid];
    while let Some(parent) = parents.pop() {
        let path = format!("/proc/{parent}/task/{parent}/children");
        let children = fs::read_to_string(path).unwrap_or_default();
        for child in children
            .split_whitespace()
            .filter_map(|pid| pid.parse().ok())
        {
            let stat = fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
            let state = stat
                .rsplit(") ")
                .next()
                .and_then(|rest| rest.chars().next());
            found.push((child, state.unwrap_or('?')));
            parents.push(child);
        }
    }
    found
}

fn descriptors(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}

fn resident_kib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[test]
fn two_thousand_programs_with_pandas_and_sixteen_at_once_of_both_tiers() {
    let server = server();
    let pandas = "import pandas as pd\nprint(pd.Series([1, 2, NUMBER]).sum())";
    let programs = |number: usize| match number % 8 {
        1 => ("print(NUMBER)".to_owned(), format!("{number}\n")),
        3 => (
            "import yaml\nprint(yaml.safe_load('NUMBER'))".to_owned(),
            format!("{number}\n"),
        ),
        5 => (
            "import numpy\nprint(numpy.full(3, NUMBER).max())".to_owned(),
            format!("{number}\n"),
        ),
        _ => (pandas.to_owned(), format!("{}\n", number + 3)),
    };
    let jailer = child_named(server.pid(), "belljar-jailer").expect("there is a jailer");
    // Warm: pools are full, allocators have grown.
    for _ in 0..50 {
        run(server, pandas.replace("NUMBER", "3").as_str())
            .0
            .prints("6\n");
    }
    // And so is the zygote with the other packages, whose children are parked by then.
    run(server, "import scipy\nprint(1)").0.prints("1\n");
    let mut seen = 0;
    eventually("the jailer has come to rest", || {
        thread::sleep(Duration::from_millis(500));
        let now = descriptors(jailer);
        std::mem::replace(&mut seen, now) == now
    });
    let serving = server.serving_pid();
    let before = (
        descriptors(serving),
        descriptors(jailer),
        resident_kib(jailer),
    );

    let next = AtomicUsize::new(0);
    let mut with_pandas = 0;
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    // So that two thousand of them are pandas' own.
                    if number >= RUNS * 8 / 5 {
                        break;
                    }
                    let (code, expected) = programs(number);
                    let code = code.replace("NUMBER", &number.to_string());
                    let body = json!({"language": "python3", "code": code});
                    let run = server.run_request(&body);
                    assert_eq!((&*run.error, &*run.stdout), ("", &*expected), "{code}");
                }
            });
        }
    });
    for number in 0..RUNS * 8 / 5 {
        with_pandas += usize::from(programs(number).0 == pandas);
    }
    assert_eq!(with_pandas, RUNS);

    eventually("nothing of them is left", || {
        let zombies = descendants(server.pid())
            .iter()
            .filter(|(_, state)| *state == 'Z')
            .count();
        let descriptors = (descriptors(serving), descriptors(jailer));
        // Idle connections and parked children come and go.
        zombies == 0 && descriptors.0 <= before.0 + 8 && descriptors.1 <= before.1 + 8
    });
    assert_eq!(server.serving_pid(), serving, "it is the same server");
    assert_eq!(child_named(server.pid(), "belljar-jailer"), Some(jailer));
    let after = resident_kib(jailer);
    assert!(
        after < before.2 + 20_000,
        "the jailer grew from {} KiB to {after}",
        before.2
    );
    assert!(
        descendants(server.pid()).len() < 40,
        "{:?}",
        descendants(server.pid())
    );
}
