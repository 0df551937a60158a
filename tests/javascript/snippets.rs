//! The snippets, their records, and the list of those that may differ.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

pub struct Snippet {
    /// `topic/name`.
    pub name: String,
    pub code: String,
    pub recorded: Recorded,
}

/// What Node made of a snippet.
pub struct Recorded {
    pub stdout: String,
    pub stderr: String,
    pub exit_code: i64,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/javascript")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> &str {
    path.file_stem()
        .and_then(|name| name.to_str())
        .expect("names are text")
}

/// Whether its first line says that Node 20 does not have what it is about.
fn needs_newer(code: &str) -> bool {
    let line = code.lines().next().unwrap_or("").to_ascii_lowercase();
    line.starts_with("// needs node 2")
}

/// All snippets that Node 20 can run. Each has a record, and each record a snippet.
pub fn all() -> Vec<Snippet> {
    let mut records = records();
    let mut snippets = Vec::new();
    for topic in entries(&folder().join("snippets")) {
        for path in entries(&topic) {
            let name = format!("{}/{}", stem(&topic), stem(&path));
            let code = fs::read_to_string(&path).unwrap();
            if needs_newer(&code) {
                continue;
            }
            let recorded = records
                .remove(&name)
                .unwrap_or_else(|| panic!("{name} is not recorded: run tests/javascript/record"));
            snippets.push(Snippet {
                name,
                code,
                recorded,
            });
        }
    }
    let left: BTreeSet<_> = records.into_keys().collect();
    assert!(left.is_empty(), "recorded, but no snippets: {left:?}");
    snippets
}

fn records() -> BTreeMap<String, Recorded> {
    let mut records = BTreeMap::new();
    for path in entries(&folder().join("recorded")) {
        for line in fs::read_to_string(&path).unwrap().lines() {
            let record: Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| record[name].as_str().expect("a string").to_owned();
            let recorded = Recorded {
                stdout: text("stdout"),
                stderr: text("stderr"),
                exit_code: record["exit_code"].as_i64().expect("a number"),
            };
            records.insert(text("name"), recorded);
        }
    }
    records
}

/// The reason by the name, from lines of `topic/name: reason`; lines that begin with `#` and empty
/// ones do not count.
pub fn known_differences() -> BTreeMap<String, String> {
    let list = fs::read_to_string(folder().join("known-differences.txt")).unwrap();
    let lines = list
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, reason) = line.split_once(": ").expect("`topic/name: reason`");
            (name.to_owned(), reason.to_owned())
        })
        .collect()
}
