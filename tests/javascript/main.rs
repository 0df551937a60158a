//! Snippets that people write into code nodes, run here and compared with what Node 20 made of
//! them. `snippets/` holds them by topic, `recorded/` what Node made of them (written by `record`),
//! `known-differences.txt` those that may differ, each with its reason.

#[path = "../common/mod.rs"]
mod common;

mod compare;
mod snippets;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::json;

use common::{Run, Server};
use snippets::Snippet;

/// Sent at once: enough to keep the machine busy.
const CLIENTS: usize = 4;

/// What of all snippets must be equal at least, in percent.
const SHARE: usize = 97;

fn run(server: &Server, snippet: &Snippet) -> Run {
    server.run_request(&json!({"language": "nodejs", "code": snippet.code}))
}

/// How each snippet differs from its record, by its name.
fn differences(snippets: &[Snippet]) -> BTreeMap<&str, String> {
    let server = Server::start("    worker_timeout: 30");
    let next = AtomicUsize::new(0);
    let found = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                while let Some(snippet) = snippets.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let run = run(&server, snippet);
                    if let Some(difference) = compare::difference(&snippet.recorded, &run) {
                        found.lock().unwrap().insert(&*snippet.name, difference);
                    }
                }
            });
        }
    });
    found.into_inner().unwrap()
}

#[test]
fn snippets_do_here_what_they_do_in_node() {
    let snippets = snippets::all();
    let known = snippets::known_differences();
    let found = differences(&snippets);

    let names: BTreeSet<_> = snippets.iter().map(|each| &*each.name).collect();
    let gone: Vec<_> = known
        .keys()
        .filter(|name| !names.contains(&***name))
        .collect();
    assert!(
        gone.is_empty(),
        "listed as different, but no snippets: {gone:?}"
    );
    let equal: Vec<_> = known
        .keys()
        .filter(|name| !found.contains_key(&***name))
        .collect();
    assert!(
        equal.is_empty(),
        "listed as different, but equal: {equal:?}"
    );
    let new: Vec<_> = found
        .iter()
        .filter(|(name, _)| !known.contains_key(**name))
        .collect();
    for (name, difference) in &new {
        println!("== {name}\n{difference}");
    }
    assert!(
        new.is_empty(),
        "{} differ from Node and are not listed",
        new.len()
    );

    let equal = snippets.len() - found.len();
    println!("{equal} of {} snippets are equal", snippets.len());
    assert!(equal * 100 >= snippets.len() * SHARE);
}
