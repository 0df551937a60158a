//! What can go wrong with a list: each failure is told in a few words that say what to change, and
//! leaves what was there.

use std::process::Command;

use super::{OFFLINE, Site, wheels};

/// With `alpha` 1 installed, this list is refused, for a reason that has these words.
#[track_caller]
fn refused(site: &Site, list: &str, words: &[&str]) {
    site.list(&format!("{OFFLINE}alpha==1.0\n"));
    site.install();
    site.list(list);
    let reason = site.refuses(&[]);
    for words in words {
        assert!(reason.contains(words), "`{words}` in: {reason}");
    }
    assert_eq!(site.run("import alpha; print(alpha.version)"), "1.0\n");
    assert_eq!(site.sets().len(), 1);
}

#[test]
fn a_package_that_there_is_not() {
    let list = format!("{OFFLINE}alpha\nno-such-package==3\n");
    let words = [
        "there is no no-such-package==3 to be had",
        "no package of that name",
    ];
    refused(&Site::new(), &list, &words);
}

#[test]
fn a_version_that_there_is_not() {
    let list = format!("{OFFLINE}alpha==7\n");
    let words = ["there is no alpha==7 to be had", "1.0, 2.0"];
    refused(&Site::new(), &list, &words);
}

#[test]
fn versions_that_do_not_go_together() {
    let list = format!("{OFFLINE}beta\ngamma\n");
    let words = [
        "do not go together",
        "beta 1.0 depends on alpha>=2",
        "gamma 1.0 depends on alpha<2",
    ];
    refused(&Site::new(), &list, &words);
}

#[test]
fn a_line_that_is_none() {
    let words = ["Invalid requirement", "alpha = = 1", "line 2"];
    refused(&Site::new(), &format!("{OFFLINE}alpha = = 1\n"), &words);
}

#[test]
fn a_list_that_is_included_and_is_not_there() {
    let words = ["cannot read", "gone.txt"];
    refused(&Site::new(), &format!("{OFFLINE}-r gone.txt\n"), &words);
}

#[test]
fn an_editable_package() {
    let site = Site::new();
    let code = "return 'x'\ndef build_editable(folder, config_settings=None, metadata_directory=None):\n    \
                import zipfile\n    \
                name = 'mine-1.0-py3-none-any.whl'\n    \
                with zipfile.ZipFile(f'{folder}/{name}', 'w') as wheel:\n        \
                    wheel.writestr('__editable__.mine-1.0.pth', '/x')\n        \
                    wheel.writestr('mine-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: mine\\nVersion: 1.0\\n')\n        \
                    wheel.writestr('mine-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')\n        \
                    wheel.writestr('mine-1.0.dist-info/RECORD', '__editable__.mine-1.0.pth,,\\n')\n    \
                return name";
    wheels::source(&site.0.0.join("dependencies"), "mine", code);
    let words = ["mine is listed as editable (`-e`)", "list it without `-e`"];
    refused(&site, &format!("{OFFLINE}-e ./mine\n"), &words);
}

#[test]
fn a_build_that_fails_after_a_flood_of_words() {
    let site = Site::new();
    let code = "for _ in range(200_000): print('x.c:1: warning: ' + 'y' * 80)\n    \
                raise SystemExit('error: command cc failed')";
    wheels::source(&site.0.0.join("dependencies"), "floods", code);
    let words = [
        "building floods failed:",
        "error: command cc failed",
        "build-essential",
    ];
    refused(&site, &format!("{OFFLINE}./floods\n"), &words);
}

#[test]
fn an_index_that_is_not_reached() {
    // Nothing listens on the discard port.
    let words = [
        "pip cannot reach the package index",
        "python_pip_mirror_url",
    ];
    let list = "--index-url http://127.0.0.1:9/simple\nalpha\n";
    let site = Site::new();
    refused(&site, list, &words);
    // Nor is what is always there to be had.
    site.list("# none\n");
    let mirror = [
        ("PIP_MIRROR_URL", "http://127.0.0.1:9/simple"),
        ("PIP_RETRIES", "1"),
    ];
    let reason = site.refuses(&mirror);
    assert!(
        reason.contains("pip cannot reach the package index"),
        "{reason}"
    );
}

#[test]
fn a_folder_that_cannot_be_written_to() {
    let site = Site::new();
    site.list(&format!("{OFFLINE}alpha\n"));
    std::fs::remove_dir_all(site.cache()).unwrap();
    site.0.write("cache", "a file where the folder has to be");
    let refused = site.belljar(&super::INSTALL);
    let words = "belljar: error: cannot write to the packages' folder `";
    assert!(refused.stderr.starts_with(words), "{refused:?}");
    assert!(refused.stderr.contains("(packages.cache)"), "{refused:?}");
}

#[test]
fn another_installation_at_work() {
    let site = Site::new();
    site.list(&format!("{OFFLINE}alpha\n"));
    let lock = std::fs::File::create(site.cache().join("python/lock")).unwrap();
    lock.lock().unwrap();
    let reason = site.refuses(&[]);
    assert!(
        reason.contains("another `belljar packages install` is at work"),
        "{reason}"
    );
}

/// In namespaces of its own, where `prepare` (a line of shell) may mount things.
fn install_where(site: &Site, prepare: &str) -> (Option<i32>, String) {
    let script = format!("{prepare} && exec \"$0\" packages install --language python3");
    let ended = Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", &script])
        .arg(env!("CARGO_BIN_EXE_belljar"))
        .env("PACKAGES_CACHE", site.cache())
        .current_dir(&site.0.0)
        .output()
        .expect("unshare (util-linux) is there");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    (ended.status.code(), said)
}

#[test]
fn a_full_disk() {
    let site = Site::new();
    let code = "open(f'{folder}/large', 'wb').write(bytes(200_000_000))";
    wheels::source(&site.0.0.join("dependencies"), "large", code);
    site.list(&format!("{OFFLINE}./large\n"));
    let pip = site.cache().join("python/pip");
    let pip = std::fs::read_link(pip).unwrap();
    let prepare = format!(
        "mount -t tmpfs -o size=150m none cache && mkdir cache/python && ln -s {} cache/python/pip",
        pip.display()
    );
    let (code, said) = install_where(&site, &prepare);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("the disk of `") && said.contains("is full"),
        "{said}"
    );
    assert!(said.contains("(packages.cache)"), "{said}");
}

#[test]
fn a_python_without_what_makes_virtual_environments() {
    let site = Site::new();
    site.list(&format!("{OFFLINE}alpha\n"));
    let hidden = Command::new("/usr/bin/python3")
        .args(["-I", "-c", "import ensurepip; print(ensurepip.__path__[0])"])
        .output()
        .unwrap();
    let hidden = String::from_utf8(hidden.stdout).unwrap();
    let prepare = format!(
        "rm cache/python/pip && mount -t tmpfs none {}",
        hidden.trim()
    );
    let (code, said) = install_where(&site, &prepare);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("install Debian's package `python3-venv`"),
        "{said}"
    );
}

#[test]
fn a_python_that_is_none() {
    let site = Site::new();
    site.list(&format!("{OFFLINE}alpha\n"));
    let reason = site.refuses(&[("PYTHON_PATH", "/bin/false")]);
    let words = "`/bin/false` is no Python that can be used";
    assert!(reason.starts_with(words), "{reason}");
    // dify-sandbox's own configuration names one that only its image has.
    let elsewhere = [("PYTHON_PATH", "/opt/nowhere/bin/python3")];
    let installed = site.belljar_with(&super::INSTALL, &elsewhere, "");
    assert_eq!(installed.code, Some(0), "{installed:?}");
    let words = "there is no `/opt/nowhere/bin/python3` (python_path): `/usr/bin/python3` is used";
    assert!(installed.stderr.contains(words), "{installed:?}");
}
