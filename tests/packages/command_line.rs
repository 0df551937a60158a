//! `belljar packages`, and what the other commands make of its work.

use crate::common::cli::{Cli, Ended};
use crate::common::process::Folder;
use crate::{REQUIREMENTS, local};

fn with(folder: &Folder, environment: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let cache = crate::cache(folder);
    let cache = ("PACKAGES_CACHE", cache.to_str().unwrap());
    let environment: Vec<_> = environment.iter().copied().chain([cache]).collect();
    let cli = Cli {
        environment: &environment,
        stdin: "console.log(require('plain').answer)",
        ..Cli::new(arguments)
    };
    cli.run_in(&folder.0)
}

const SHOW: [&str; 3] = ["packages", "--language", "nodejs"];
const INSTALL: [&str; 4] = ["packages", "install", "--language", "nodejs"];
const RUN: [&str; 4] = ["run", "--language", "nodejs", "-"];

#[test]
fn a_set_is_made_once_and_used_by_every_command() {
    let folder = Folder::new();
    folder.write(
        REQUIREMENTS,
        format!("{}{}", local("plain"), local("broken")),
    );
    let belljar = |arguments: &[&str]| with(&folder, &[], arguments);

    let before = belljar(&SHOW);
    let words = "npm packages:\n  plain   -  not installed: run `belljar packages install`\n";
    assert!(before.stdout.starts_with(words), "{before:?}");
    let run = belljar(&RUN);
    assert_eq!(run.code, Some(1), "{run:?}");
    let warning = "belljar: warning: 2 npm packages are listed in dependencies/nodejs-requirements.txt and not installed; run `belljar packages install`\n";
    assert!(run.stderr.starts_with(warning), "{run:?}");
    let doctor = belljar(&["doctor"]);
    assert!(
        doctor.stdout.contains("2 listed, not installed"),
        "{}",
        doctor.stdout
    );

    let table = "  plain   1.2.3  in the snapshot\n  \
                 broken  7.0.0  refused: it does not load: Error: not today\n";
    let installed = belljar(&INSTALL);
    assert_eq!(installed.code, Some(0), "{installed:?}");
    assert!(
        installed
            .stdout
            .contains(&format!("{table}npm packages: installed in ")),
        "{installed:?}"
    );
    assert_eq!(belljar(&SHOW).stdout, format!("npm packages:\n{table}"));
    let run = belljar(&RUN);
    assert_eq!((&*run.stdout, &*run.stderr), ("42\n", ""));
    let doctor = belljar(&["doctor"]);
    assert!(
        doctor.stdout.contains("1 installed, 1 refused"),
        "{}",
        doctor.stdout
    );
    let again = belljar(&INSTALL);
    assert!(
        again
            .stdout
            .ends_with(&format!("{table}npm packages: up to date\n")),
        "{again:?}"
    );

    // The set is for this list only.
    folder.write(REQUIREMENTS, local("dual"));
    assert!(
        belljar(&SHOW)
            .stdout
            .starts_with("npm packages:\n  dual  -  not installed")
    );
    folder.write(REQUIREMENTS, "");
    let none = "npm packages: `dependencies/nodejs-requirements.txt` lists none\n";
    assert_eq!(belljar(&SHOW).stdout, none);
    assert_eq!(belljar(&INSTALL).stdout, none);
}

#[test]
fn a_set_that_was_damaged_is_made_again() {
    let folder = Folder::new();
    folder.write(REQUIREMENTS, local("plain"));
    let install = || with(&folder, &[], &INSTALL);
    assert!(install().stdout.contains("installed in"));
    let sets = std::fs::read_dir(folder.0.join("cache/sets")).unwrap();
    let set = sets.last().unwrap().unwrap().path();
    std::fs::write(set.join("nodejs.image.tar"), "damaged").unwrap();
    let run = with(&folder, &[], &RUN);
    let warning =
        "belljar: warning: the npm packages cannot be used: `nodejs.image.tar` is not what";
    assert!(run.stderr.starts_with(warning), "{run:?}");
    assert!(run.stderr.contains("Cannot find module 'plain'"), "{run:?}");
    assert!(install().stdout.contains("installed in"));
    assert_eq!(with(&folder, &[], &RUN).stdout, "42\n");
}

#[test]
fn what_keeps_packages_from_being_installed_is_said() {
    let folder = Folder::new();
    folder.write(REQUIREMENTS, "\nplain plain plain@\n");
    let wrong = with(&folder, &[], &INSTALL);
    assert_eq!(wrong.code, Some(1));
    let words = "belljar: error: dependencies/nodejs-requirements.txt:2: expected a package's name and version, such as `lodash@4.17.21`";
    assert!(wrong.stderr.starts_with(words), "{wrong:?}");

    folder.write(REQUIREMENTS, local("plain"));
    let empty = folder.0.to_str().unwrap();
    let missing = with(&folder, &[("PATH", empty)], &INSTALL);
    assert_eq!(missing.code, Some(1));
    let words =
        "belljar: error: there is no npm on this machine: install it (Debian's package `npm`";
    assert!(missing.stderr.starts_with(words), "{missing:?}");
    let half_done = std::fs::read_dir(folder.0.join("cache")).unwrap();
    let half_done = half_done.map(|entry| entry.unwrap().file_name());
    let half_done: Vec<_> = half_done
        .filter(|name| name.to_string_lossy().starts_with("work"))
        .collect();
    assert!(half_done.is_empty(), "{half_done:?}");

    let shown = with(&folder, &[], &SHOW).stdout;
    let words = "\nnpm packages: problem: there is no npm on this machine";
    assert!(shown.contains(words), "{shown}");
    assert_eq!(with(&folder, &[], &INSTALL).code, Some(0));
    let shown = with(&folder, &[], &SHOW).stdout;
    assert!(!shown.contains("problem:"), "{shown}");
}
