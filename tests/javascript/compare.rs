//! Compares a run with its record: exit code and standard output always, standard error when the
//! program failed.
//!
//! Three things may differ, because Belljar leaves them out on purpose: frames of Node's own code
//! in stack traces, the source line of Node's own code above an error, and the folder of the
//! program (Node shows `/tmp/main.js`, the API `main.js`).

use std::fmt::Write as _;

use crate::common::Run;
use crate::snippets::Recorded;

/// How they differ, if they do.
pub fn difference(recorded: &Recorded, run: &Run) -> Option<String> {
    let mut text = String::new();
    if recorded.exit_code != run.exit_code {
        let (node, here) = (recorded.exit_code, run.exit_code);
        writeln!(text, "exit code {node} in Node, {here} here").unwrap();
    }
    compare(
        &mut text,
        "stdout",
        &without_own_frames(&recorded.stdout),
        &without_own_frames(&run.stdout),
    );
    if recorded.exit_code != 0 || run.exit_code != 0 {
        let of_node = names_own_source(&recorded.stderr);
        let error = |stderr: &str| {
            let stderr = without_own_frames(stderr);
            match stderr.split_once("\n\n") {
                Some((_, rest)) if of_node && is_excerpt(&stderr) => rest.to_owned(),
                _ => stderr,
            }
        };
        compare(
            &mut text,
            "stderr",
            &error(&recorded.stderr),
            &error(&run.stderr),
        );
    }
    (!text.is_empty()).then_some(text)
}

fn compare(text: &mut String, what: &str, node: &str, here: &str) {
    if node != here {
        writeln!(text, "{what} in Node:\n{node}\n{what} here:\n{here}").unwrap();
    }
}

/// Without frames of Node's own code, and with the program's file as the API names it.
fn without_own_frames(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split('\n') {
        match after_own_frame(line) {
            // `at node:internal/… {`: what follows the last frame stays.
            Some(rest) if !rest.trim().is_empty() => {
                if let Some(last) = lines.last_mut() {
                    last.push_str(rest);
                }
            }
            Some(_) => {}
            None => lines.push(line.to_owned()),
        }
    }
    let text = lines.join("\n");
    text.replace("file:///tmp/main.js", "main.js")
        .replace("/tmp/main.js", "main.js")
}

/// What follows a frame of Node's own code on its line, if the line is one.
fn after_own_frame(line: &str) -> Option<&str> {
    let frame = line.trim_start();
    if frame.starts_with("... ") {
        return frame
            .split_once(" lines matching cause stack trace ...")
            .map(|(_, rest)| rest);
    }
    let (_, place) = frame.strip_prefix("at ")?.split_once("node:")?;
    let end = place.rfind(|c: char| c.is_ascii_digit() || c == ')')?;
    place[..=end].contains(':').then(|| &place[end + 1..])
}

/// Whether the error begins with a line of Node's own source.
fn names_own_source(stderr: &str) -> bool {
    stderr.starts_with("node:")
}

/// Whether it begins with a place, its source line and a caret.
fn is_excerpt(stderr: &str) -> bool {
    let mut lines = stderr.lines();
    let place = lines.next().unwrap_or("");
    let caret = lines.nth(1).unwrap_or("");
    place.contains(':') && !caret.is_empty() && caret.trim_start().chars().all(|c| c == '^')
}
