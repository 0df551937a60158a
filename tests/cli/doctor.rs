//! `belljar doctor`, and what every command says about runtimes that are not what they should be.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common::cli::{Cli, Ended};
use crate::common::process::{Folder, program_folder};

const DESCRIPTION: &str = "python3.json";

/// A folder with a copy of the compiled runtimes.
fn copied() -> Folder {
    let copy = Folder::new();
    for entry in fs::read_dir(program_folder().join("runtimes")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.0.join(entry.file_name())).unwrap();
    }
    copy
}

fn path(folder: &Folder, name: &str) -> PathBuf {
    folder.0.join(name)
}

fn flip(file: &Path, at: usize) {
    let mut bytes = fs::read(file).unwrap();
    let at = at.min(bytes.len() - 1);
    bytes[at] ^= 1;
    fs::write(file, bytes).unwrap();
}

fn with(runtimes: &Folder, arguments: &[&str]) -> Ended {
    let cli = Cli {
        environment: &[("BELLJAR_RUNTIMES", runtimes.0.to_str().unwrap())],
        stdin: "print(1)",
        ..Cli::new(arguments)
    };
    cli.run()
}

/// Every command refuses these runtimes and says why and what to do.
#[track_caller]
fn refused(runtimes: &Folder, words: &str) {
    let doctor = with(runtimes, &["doctor"]);
    assert_eq!(doctor.code, Some(1), "{doctor:?}");
    for part in [words, "make build", "not fit to serve"] {
        assert!(doctor.stdout.contains(part), "{part}: {}", doctor.stdout);
    }
    let run = with(runtimes, &["run", "-"]);
    assert_eq!((run.code, &*run.stdout), (Some(70), ""), "{run:?}");
    assert!(
        run.stderr.contains(words) && run.stderr.contains("make build"),
        "{run:?}"
    );
    let cli = Cli {
        environment: &[
            ("BELLJAR_RUNTIMES", runtimes.0.to_str().unwrap()),
            ("SANDBOX_PORT", "0"),
        ],
        ..Cli::new(&["serve"])
    };
    let serve = cli.run();
    assert_eq!(serve.code, Some(1), "{serve:?}");
    assert!(
        serve.stderr.contains(words) && serve.stderr.contains("make build"),
        "{serve:?}"
    );
}

#[test]
fn a_sound_installation_is_fit_to_serve() {
    let folder = Folder::new();
    folder.write("conf/config.yaml", "app:\n  port: 0\n  key: mine\n");
    let ended = Cli::new(&["doctor"]).run_in(&folder.0);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for part in [
        "python3 runtime",
        "CPython 3.",
        "checksums match",
        "fit to serve",
    ] {
        assert!(ended.stdout.contains(part), "{part}: {}", ended.stdout);
    }
    assert!(
        !ended.stdout.contains("FAIL") && !ended.stdout.contains("not fit"),
        "{}",
        ended.stdout
    );
}

#[test]
fn its_report_is_json_when_asked() {
    let report = |ended: Ended| -> Value { serde_json::from_str(&ended.stdout).unwrap() };
    let fit = report(Cli::new(&["doctor", "--json"]).run());
    assert_eq!(fit["fit"], true, "{fit}");
    assert!(fit["checks"].as_array().unwrap().len() > 5, "{fit}");
    let empty = Folder::new();
    let unfit = report(with(&empty, &["doctor", "--json"]));
    assert_eq!(unfit["fit"], false, "{unfit}");
}

#[test]
fn a_wrong_configuration_is_not_fit_and_says_where() {
    let folder = Folder::new();
    folder.write("conf/config.yaml", "app:\n  port: 0\nmax_workers: four\n");
    let ended = Cli::new(&["doctor"]).run_in(&folder.0);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stdout.contains("conf/config.yaml:3: max_workers"),
        "{}",
        ended.stdout
    );
}

#[test]
fn copied_runtimes_run() {
    let ended = with(&copied(), &["run", "-"]);
    assert_eq!((ended.code, &*ended.stdout), (Some(0), "1\n"), "{ended:?}");
}

#[test]
fn machine_code_with_one_wrong_bit_is_refused() {
    let runtimes = copied();
    for at in [100, 1 << 20, usize::MAX] {
        flip(&path(&runtimes, "python3.code"), at);
        refused(&runtimes, "its SHA-256 differs");
        fs::copy(
            program_folder().join("runtimes/python3.code"),
            path(&runtimes, "python3.code"),
        )
        .unwrap();
    }
    assert_eq!(with(&runtimes, &["run", "-"]).code, Some(0));
}

#[test]
fn files_with_one_wrong_bit_are_refused() {
    let runtimes = copied();
    flip(&path(&runtimes, "python3.image.tar"), 600);
    refused(&runtimes, "its SHA-256 differs");
}

#[test]
fn a_file_cut_short_is_refused() {
    let runtimes = copied();
    let code = fs::read(path(&runtimes, "python3.code")).unwrap();
    fs::write(path(&runtimes, "python3.code"), &code[..code.len() / 2]).unwrap();
    refused(&runtimes, "its SHA-256 differs");
}

#[test]
fn a_missing_file_or_folder_is_told() {
    refused(&Folder::new(), "no compiled runtime for python3");
    let runtimes = copied();
    fs::remove_file(path(&runtimes, "python3.code")).unwrap();
    refused(&runtimes, "python3.code");
    let nowhere = Cli {
        environment: &[("BELLJAR_RUNTIMES", "/no/such/folder")],
        ..Cli::new(&["run", "-"])
    };
    let ended = nowhere.run();
    assert_eq!(ended.code, Some(70));
    assert!(ended.stderr.contains("/no/such/folder"), "{ended:?}");
}

#[test]
fn a_damaged_description_is_refused() {
    let runtimes = copied();
    for text in ["", "{", "[]", "{\"language\": 5}"] {
        fs::write(path(&runtimes, DESCRIPTION), text).unwrap();
        refused(&runtimes, "is damaged");
    }
}

#[test]
fn code_for_another_machine_is_refused_even_if_its_checksum_fits() {
    // What it was compiled for stands in the file itself: change that, and describe the file as
    // it is now.
    let runtimes = copied();
    let mut code = fs::read(path(&runtimes, "python3.code")).unwrap();
    let target = b"-unknown-linux-gnu";
    // Everywhere: the interpreter's own build settings name a target, too.
    let places: Vec<usize> = (0..=code.len() - target.len())
        .filter(|at| code[*at..].starts_with(target))
        .collect();
    assert!(!places.is_empty(), "the code names what it was made for");
    for at in places {
        code[at + b"-unknown-".len()] = b'x';
    }
    let sum = sha256(&code);
    fs::write(path(&runtimes, "python3.code"), &code).unwrap();
    let text = fs::read_to_string(path(&runtimes, DESCRIPTION)).unwrap();
    let mut description: Value = serde_json::from_str(&text).unwrap();
    description["code"]["sha256"] = Value::String(sum);
    fs::write(path(&runtimes, DESCRIPTION), description.to_string()).unwrap();
    refused(&runtimes, "does not fit this machine or this Belljar");
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
