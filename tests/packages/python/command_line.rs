//! `belljar packages`, and what the other commands make of its work.

use super::{INSTALL, OFFLINE, SHOW, Site};

#[test]
fn a_set_is_made_once_and_used_by_every_command() {
    let site = Site::new();
    site.list(&format!("{OFFLINE}beta\n"));
    let missing = "the Python packages that dependencies/python-requirements.txt lists are not \
                   installed";
    let before = site.belljar(&SHOW);
    let words = format!("Python packages: {missing}: run `belljar packages install`\n");
    assert_eq!(before.stdout, words);
    let ran = site.belljar_with(&["run", "-"], &[], "print(1)");
    let words = format!("belljar: warning: {missing}; run `belljar packages install`\n");
    assert_eq!((&*ran.stdout, &*ran.stderr), ("1\n", &*words));
    assert!(site.belljar(&["doctor"]).stdout.contains(missing));

    let table = "  alpha  2.0  in WebAssembly\n  beta   1.0  in WebAssembly\n";
    let installed = site.install();
    let words = format!("{table}Python packages: installed in ");
    assert!(installed.stdout.contains(&words), "{installed:?}");
    let warning = "belljar: warning: without jinja2, requests, httpx: there is no ";
    assert!(installed.stderr.contains(warning), "{installed:?}");
    let shown = site.belljar(&SHOW).stdout;
    assert_eq!(shown, format!("Python packages:\n{table}"));
    let code = "import alpha, beta; print(alpha.version, beta.version, beta.__file__)";
    assert_eq!(site.run(code), "2.0 1.0 /site-packages/beta/__init__.py\n");
    let doctor = site.belljar(&["doctor"]).stdout;
    assert!(
        doctor.contains("2 in WebAssembly, 0 native, installed with /usr/bin/python3"),
        "{doctor}"
    );

    // Up to date without asking pip, whatever is written in comments.
    site.list(&format!("# ours\n{OFFLINE}\nbeta  # what we need\n"));
    std::fs::remove_dir_all(site.0.0.join("dependencies/wheels")).unwrap();
    let again = site.install();
    assert_eq!(
        again.stdout,
        format!("{table}Python packages: up to date\n")
    );
}

#[test]
fn another_list_is_another_set_and_two_are_kept() {
    let site = Site::new();
    site.list(&format!("{OFFLINE}alpha==1.0\n"));
    site.install();
    let first = site.sets();
    assert_eq!(first.len(), 1);

    site.list(&format!("{OFFLINE}alpha\n"));
    let changed =
        "dependencies/python-requirements.txt has changed since its packages were installed";
    assert!(site.belljar(&SHOW).stdout.contains(changed));
    let ran = site.belljar_with(&["run", "-"], &[], "import alpha; print(alpha.version)");
    assert_eq!(ran.stdout, "1.0\n", "what is there is used");
    assert!(ran.stderr.contains(changed), "{ran:?}");
    site.install();
    assert_eq!(site.run("import alpha; print(alpha.version)"), "2.0\n");
    assert_eq!(site.sets().len(), 2);

    site.list(&format!("{OFFLINE}gamma\n"));
    site.install();
    assert_eq!(site.sets().len(), 2);
    assert!(!site.sets().contains(&first[0]));

    // What was there before is found again.
    site.list(&format!("{OFFLINE}alpha\n"));
    let again = site.install();
    assert!(
        again.stdout.ends_with("Python packages: up to date\n"),
        "{again:?}"
    );
    assert_eq!(site.half_done(), Vec::<String>::new());
}

#[test]
fn a_set_that_was_damaged_is_made_again() {
    let site = Site::new();
    site.list(&format!("{OFFLINE}alpha\n"));
    site.install();
    let set = site.cache().join("python/sets").join(&site.sets()[0]);
    for file in ["site/alpha/__init__.py", "python3.packages.tar", "set.json"] {
        std::fs::write(set.join(file), "damaged").unwrap();
        let mended = site.install();
        assert!(mended.stdout.contains("installed in"), "{file}: {mended:?}");
        assert_eq!(site.run("import alpha; print(alpha.version)"), "2.0\n");
    }
    std::fs::write(set.join("python3.packages.tar"), "damaged").unwrap();
    let ran = site.belljar_with(&["run", "-"], &[], "print(1)");
    assert_eq!(ran.stdout, "1\n");
    let warning = "belljar: warning: the Python packages cannot be used: ";
    assert!(ran.stderr.starts_with(warning), "{ran:?}");
}

#[test]
fn why_the_last_installation_failed_is_told_until_it_is_mended() {
    let site = Site::new();
    let good = format!("{OFFLINE}alpha==1.0\n");
    let broken = format!("{OFFLINE}alpha==7\n");
    site.list(&good);
    site.install();
    site.list(&broken);
    let reason = site.refuses(&[]);
    let shown = site.belljar(&SHOW).stdout;
    let table = "Python packages:\n  alpha  1.0  in WebAssembly\n";
    let problem = format!("\nPython packages: problem: {reason}");
    assert!(shown.starts_with(table), "{shown}");
    assert!(shown.ends_with(&problem), "{shown}");
    let doctor = site.belljar(&["doctor"]).stdout;
    assert!(
        doctor.contains("problem: there is no alpha==7 to be had"),
        "{doctor}"
    );

    // It is about this list only.
    let told = || site.belljar(&SHOW).stdout.contains("problem:");
    site.list(&format!("{OFFLINE}alpha\n"));
    assert!(!told());
    site.list(&format!("# the same\n{broken}"));
    assert!(told());
    site.list(&good);
    site.install();
    site.list(&broken);
    assert!(!told());
}

#[test]
fn a_first_list_that_cannot_be_installed_leaves_what_need_not_be_listed() {
    let site = Site::new();
    site.wheel("httpx", "9.0", &[]);
    let unlisted = "import httpx; print(httpx.version)";
    let broken = format!("{OFFLINE}alpha\nno-such-package==3\n");
    for _ in 0..2 {
        site.list(&broken);
        let reason = site.refuses(&[]);
        let words = "there is no no-such-package==3 to be had";
        assert!(reason.starts_with(words), "{reason}");
        let shown = site.belljar(&SHOW).stdout;
        let expected = format!(
            "Python packages:\n  httpx  9.0  in WebAssembly\nPython packages: the Python packages \
             that dependencies/python-requirements.txt lists are not installed: run `belljar \
             packages install`\nPython packages: problem: {reason}"
        );
        assert_eq!(shown, expected);
        assert_eq!(site.run(unlisted), "9.0\n");
        assert_eq!(site.sets().len(), 1);
    }

    site.list(&format!("{OFFLINE}alpha\n"));
    let installed = site.install();
    assert!(installed.stdout.contains("installed in"), "{installed:?}");
    assert_eq!(
        site.run("import alpha, httpx; print(alpha.version)"),
        "2.0\n"
    );

    // It is for a first start: what was there before stays.
    site.list(&broken);
    site.refuses(&[]);
    assert_eq!(
        site.run("import alpha, httpx; print(alpha.version)"),
        "2.0\n"
    );
}

#[test]
fn the_set_can_be_read_by_everybody_whatever_the_operators_umask() {
    use std::os::unix::fs::PermissionsExt as _;
    let site = Site::new();
    site.list(&format!("{OFFLINE}alpha\n"));
    let mut command = std::process::Command::new("sh");
    command
        .args([
            "-c",
            "umask 077; exec \"$0\" packages install --language python3",
        ])
        .arg(env!("CARGO_BIN_EXE_belljar"))
        .env_clear()
        .env("PACKAGES_CACHE", site.cache())
        .current_dir(&site.0.0);
    let made = command.output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let set = site.cache().join("python/sets").join(&site.sets()[0]);
    for (path, mode) in [
        ("", 0o755),
        ("site", 0o755),
        ("site/alpha", 0o755),
        ("site/alpha/__init__.py", 0o644),
    ] {
        let found = std::fs::metadata(set.join(path))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(found & 0o777, mode, "{path}");
    }
}

#[test]
fn each_language_is_installed_whatever_becomes_of_the_other() {
    let site = Site::new();
    site.list("=1\n");
    site.0
        .write("dependencies/nodejs-requirements.txt", "# none\n");
    let both = site.belljar(&INSTALL[..2]);
    assert_eq!(both.code, Some(1), "{both:?}");
    assert!(both.stderr.contains("Invalid requirement"), "{both:?}");
    assert!(
        both.stdout
            .contains("npm packages: `dependencies/nodejs-requirements.txt` lists none")
    );
}
