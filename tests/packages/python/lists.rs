//! What pip's format of lists allows.

use super::{OFFLINE, Site, wheels};

const VERSION: &str = "import alpha; print(alpha.version)";

#[test]
fn a_list_may_include_others_and_constraints() {
    let site = Site::new();
    site.0
        .write("dependencies/more/list.txt", "-c ../limits.txt\nalpha\n");
    site.0.write("dependencies/limits.txt", "alpha < 2\n");
    site.list(&format!("{OFFLINE}-r more/list.txt\n"));
    site.install();
    assert_eq!(site.run(VERSION), "1.0\n");
    // What is included counts as much as the list itself.
    site.0.write("dependencies/limits.txt", "alpha < 3\n");
    site.install();
    assert_eq!(site.run(VERSION), "2.0\n");
}

#[test]
fn markers_continued_lines_paths_and_sources_are_pips_business() {
    let site = Site::new();
    wheels::source(&site.0.0.join("dependencies"), "built", BUILD);
    site.list(&format!(
        "{OFFLINE}./wheels/alpha-1.0-py3-none-any.whl ; python_version >= '3' and \\\n  \
         os_name == 'posix'\nnothing-like-it ; os_name == 'nt'\n./built\n"
    ));
    let installed = site.install();
    assert!(
        installed.stdout.contains("  built  1.0  in WebAssembly\n"),
        "{installed:?}"
    );
    assert_eq!(
        site.run("import alpha, built; print(alpha.version, built.answer)"),
        "1.0 42\n"
    );
}

/// Makes a wheel as a compiler would.
const BUILD: &str = "
    import zipfile
    name = 'built-1.0-py3-none-any.whl'
    with zipfile.ZipFile(f'{folder}/{name}', 'w') as wheel:
        wheel.writestr('built.py', 'answer = 42')
        wheel.writestr('built-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: built\\nVersion: 1.0\\n')
        wheel.writestr('built-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
        wheel.writestr('built-1.0.dist-info/RECORD', 'built.py,,\\n')
    return name";

#[test]
fn a_lock_file_with_hashes_is_checked() {
    let site = Site::new();
    let wheel = site
        .0
        .0
        .join("dependencies/wheels/alpha-1.0-py3-none-any.whl");
    let hash = |wheel: &std::path::Path| {
        let sum = std::process::Command::new("sha256sum")
            .arg(wheel)
            .output()
            .unwrap();
        String::from_utf8(sum.stdout).unwrap()[..64].to_owned()
    };
    let lock = |hash: &str| format!("{OFFLINE}alpha==1.0 \\\n    --hash=sha256:{hash}\n");
    site.list(&lock(&hash(&wheel)));
    site.install();
    assert_eq!(site.run(VERSION), "1.0\n");

    let wrong = "0".repeat(64);
    site.list(&lock(&wrong));
    let refused = site.refuses(&[]);
    assert!(refused.contains("DO NOT MATCH THE HASHES"), "{refused}");
    assert!(
        refused.contains(&format!("Expected sha256 {wrong}")),
        "{refused}"
    );
    assert_eq!(site.run(VERSION), "1.0\n");
}

#[test]
fn what_is_listed_wins_over_what_is_always_there() {
    let site = Site::new();
    site.wheel("jinja2", "9.0", &["alpha"]);
    site.wheel("httpx", "9.0", &["alpha>=2"]);
    site.wheel("requests", "8.0", &[]);
    site.wheel("requests", "9.0", &[]);
    site.list(&format!("{OFFLINE}alpha==1.0\nrequests<9\n"));
    let installed = site.install();
    for row in ["alpha     1.0", "jinja2    9.0", "requests  8.0"] {
        assert!(installed.stdout.contains(row), "{row}: {installed:?}");
    }
    let words =
        "belljar: warning: without httpx: the versions that are asked for do not go together:";
    assert!(installed.stderr.contains(words), "{installed:?}");
    assert!(
        installed.stderr.contains("httpx 9.0 depends on alpha>=2"),
        "{installed:?}"
    );
    assert!(!installed.stdout.contains("httpx     9.0"), "{installed:?}");
}

#[test]
fn variables_that_a_list_mentions_are_given_to_pip() {
    let site = Site::new();
    site.list("--no-index --find-links ${WHERE_WHEELS_ARE}\nalpha\n");
    let wheels = site.0.0.join("dependencies/wheels");
    let variables = [("WHERE_WHEELS_ARE", wheels.to_str().unwrap())];
    let installed = site.belljar_with(&super::INSTALL, &variables, "");
    assert_eq!(installed.code, Some(0), "{installed:?}");
    assert_eq!(
        site.belljar_with(&["run", "-"], &[], VERSION).stdout,
        "2.0\n"
    );
}
