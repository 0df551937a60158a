//! A program's author does not notice which tier it ran in: each program below `same/` (with the
//! preload beside it) prints and ends the same in both, as far as their versions of Python do.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::driver::{As, LIMITS, Zygote};

#[derive(Debug, PartialEq)]
struct Seen {
    code: i32,
    stdout: String,
    stderr: String,
}

#[test]
fn programs_print_and_end_the_same_in_both_tiers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/jail/same");
    let mut programs: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    programs.retain(|path| path.extension().is_some_and(|extension| extension == "py"));
    programs.sort();
    assert!(programs.len() > 50);
    let mut zygote = Zygote::start("same", As::Myself, |_| {});
    let mut different = Vec::new();
    for program in programs {
        let preload = program.with_extension("preload");
        let preload = preload.exists().then_some(preload);
        let wasm = in_wasm(&program, preload.as_deref());
        let text = |path: &Path| fs::read_to_string(path).unwrap();
        let ran = zygote.run_with(
            &text(&program),
            preload.as_deref().map(text).as_deref(),
            LIMITS,
        );
        let native = Seen {
            code: ran.code,
            stdout: ran.stdout,
            stderr: without_versions(&ran.stderr),
        };
        if wasm != native {
            different.push(format!("{}:\n{wasm:#?}\n{native:#?}", program.display()));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

fn in_wasm(program: &Path, preload: Option<&Path>) -> Seen {
    let mut command = Command::new(env!("CARGO_BIN_EXE_belljar"));
    // By its name alone, as the jail is told it.
    let work = super::driver::Folder::new("wasm");
    fs::copy(program, work.0.join("main.py")).unwrap();
    command
        .args(["run", "main.py"])
        .current_dir(&work.0)
        .stdin(Stdio::null());
    if let Some(preload) = preload {
        command.arg("--preload").arg(preload);
    }
    let output = command.output().unwrap();
    Seen {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: without_versions(&String::from_utf8_lossy(&output.stderr)),
    }
}

/// Without what differs between versions of Python: marks below lines, addresses, and how deep a
/// recursion goes to the frame.
fn without_versions(stderr: &str) -> String {
    let is_marks =
        |line: &str| line.chars().all(|c| " ~^|".contains(c)) && line.contains(['~', '^']);
    let lines = stderr.lines().filter(|line| !is_marks(line));
    let lines = lines.filter(|line| !line.contains("[Previous line repeated"));
    let mut text = lines.collect::<Vec<_>>().join("\n");
    while let Some(start) = text.find(" at 0x") {
        let address = &text[start + 6..];
        let length = address
            .find(|c: char| !c.is_ascii_hexdigit())
            .unwrap_or(address.len());
        text.replace_range(start..start + 6 + length, "");
    }
    text
}
