//! Packages from an index: one of the test's own without TLS, and the one that everybody uses.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use super::{INSTALL, Site};
use crate::common::process::spawn;

#[test]
fn a_mirror_without_tls_is_used() {
    let site = Site::new();
    let folder = site.0.0.join("index/simple/alpha");
    std::fs::create_dir_all(&folder).unwrap();
    let wheel = site
        .0
        .0
        .join("dependencies/wheels/alpha-1.0-py3-none-any.whl");
    let name = wheel.file_name().unwrap().to_str().unwrap();
    std::fs::copy(&wheel, folder.join(name)).unwrap();
    std::fs::write(
        folder.join("index.html"),
        format!("<a href='{name}'>{name}</a>"),
    )
    .unwrap();
    let mut command = Command::new("/usr/bin/python3");
    command
        .args(["-u", "-m", "http.server", "--bind", "127.0.0.1", "0"])
        .current_dir(site.0.0.join("index"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut index = spawn(command);
    let mut line = String::new();
    let stdout = index.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    let port = line
        .split_whitespace()
        .find_map(|word| word.parse::<u16>().ok());
    let port = port.unwrap_or_else(|| panic!("{line}"));

    site.list("alpha\n");
    let mirror = format!("http://127.0.0.1:{port}/simple");
    let installed = site.belljar_with(&INSTALL, &[("PIP_MIRROR_URL", &mirror)], "");
    let _ = index.kill();
    let _ = index.wait();
    assert_eq!(installed.code, Some(0), "{installed:?}");
    assert!(
        installed.stdout.contains("  alpha  1.0  in WebAssembly\n"),
        "{installed:?}"
    );
}

#[test]
fn packages_with_and_without_machine_code_are_installed() {
    let site = Site::new();
    site.list("ujson==5.10.0\nPyYAML==6.0.2\nMarkupSafe==3.0.2\n");
    let installed = site.belljar(&INSTALL);
    assert!(
        !installed
            .stderr
            .contains("pip cannot reach the package index"),
        "the package index cannot be reached from this machine, which says nothing of Belljar:\n{}",
        installed.stderr
    );
    assert_eq!(installed.code, Some(0), "{installed:?}");
    let tier = |name: &str| {
        let row = installed
            .stdout
            .lines()
            .find(|line| line.trim_start().starts_with(name));
        row.unwrap_or_else(|| panic!("{name} in {installed:?}"))
            .to_owned()
    };
    for (name, words) in [
        ("ujson", "natively, in a jail: "),
        ("pyyaml", "6.0.2"),
        ("markupsafe", "3.0.2"),
        ("requests", "in WebAssembly"),
        ("httpx", "in WebAssembly"),
        ("jinja2", "in WebAssembly"),
    ] {
        assert!(tier(name).contains(words), "{}", tier(name));
    }
    let code = "import yaml, requests, httpx, jinja2; print(yaml.safe_load('a: [1]'))";
    assert_eq!(site.run(code), "{'a': [1]}\n");
    let set = site.cache().join("python/sets").join(&site.sets()[0]);
    let text = std::fs::read(set.join("set.json")).unwrap();
    let set: serde_json::Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(set["native_modules"]["ujson"], "ujson");
    let preload = set["preload"].as_array().unwrap();
    assert!(preload.contains(&"ujson".into()), "{preload:?}");
    assert!(
        set["python"]["executable"]
            .as_str()
            .unwrap()
            .starts_with("/usr/bin/python3")
    );
}
