//! Other ways to be started than as root with everything: an ordinary user, root without
//! capabilities as in a tight container, and what is made of missing layers.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;

use crate::common::Server;
use crate::common::process::{Folder, program_folder};
use crate::outside::{LOCKED, every_thread_of, is_root};

/// A copy of the program and its runtimes that everybody may read: the tree that is tested may lie
/// in somebody's home.
fn public_copy() -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("belljar-lockdown-{}-{number}", std::process::id());
    let target = std::env::temp_dir().join(name);
    let copy = |from: &Path, to: &Path| {
        fs::copy(from, to).unwrap();
        fs::set_permissions(to, fs::Permissions::from_mode(0o755)).unwrap();
    };
    fs::create_dir_all(target.join("runtimes")).unwrap();
    for folder in [&target, &target.join("runtimes")] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    }
    copy(&program_folder().join("belljar"), &target.join("belljar"));
    for file in fs::read_dir(program_folder().join("runtimes")).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            copy(
                &file.path(),
                &target.join("runtimes").join(file.file_name()),
            );
        }
    }
    target
}

struct Copy(PathBuf);

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Starts a server through `setpriv` (util-linux) with these options.
fn server_with(copy: &Copy, options: &[&str], config: &str) -> Server {
    let folder = Folder::public();
    folder.write(
        "conf/config.yaml",
        format!(
            "app:\n  port: 0\n  key: {}\n{config}\n",
            crate::common::server::KEY
        ),
    );
    let mut command = Command::new("setpriv");
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .args(options)
        .arg("--")
        .arg(copy.0.join("belljar"))
        .arg("serve");
    Server::of_command(command, folder)
}

#[test]
fn an_ordinary_user_gets_all_layers_and_the_same_answers() {
    if !is_root() {
        // Then all other tests show it.
        return;
    }
    let copy = Copy(public_copy());
    let user = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    for config in ["", "wasm_only: true", "hardening: required"] {
        let server = server_with(&copy, &user, config);
        server.run("print(1)").prints("1\n");
        every_thread_of(server.serving_pid(), &LOCKED);
        every_thread_of(
            server.serving_pid(),
            &[("Uid", "65534\t65534\t65534\t65534")],
        );
    }
}

#[test]
fn root_without_capabilities_says_what_is_missing_and_serves_unless_all_is_required() {
    if !is_root() {
        return;
    }
    let copy = Copy(public_copy());
    let nothing = ["--bounding-set=-all", "--inh-caps=-all"];
    let server = server_with(&copy, &nothing, "");
    server.run("print(1)").prints("1\n");
    let line = server.log_line("NOT LOCKED IN WHOLLY");
    assert!(
        line.contains("unprivileged user (cannot become uid"),
        "{line}"
    );
    every_thread_of(
        server.serving_pid(),
        &[("Seccomp", "2"), ("CapEff", "0000000000000000")],
    );
    server
        .run_request(&json!({"language": "nodejs", "code": "console.log(2)"}))
        .prints("2\n");

    let refused = server_with_failure(&copy, &nothing, "hardening: required");
    assert!(refused.contains("hardening is `required`"), "{refused}");
    assert!(refused.contains("unprivileged user"), "{refused}");
}

#[test]
fn namespaces_and_mounts_are_not_needed() {
    if !is_root() {
        return;
    }
    let copy = Copy(public_copy());
    // What Docker leaves of root's capabilities, but for those that change owners and networks.
    let docker = [
        "--bounding-set=-all,+setuid,+setgid,+setpcap",
        "--inh-caps=-all",
    ];
    let server = server_with(&copy, &docker, "hardening: required");
    server.run("print(1)").prints("1\n");
    every_thread_of(server.serving_pid(), &LOCKED);
}

/// What a server says that does not start.
fn server_with_failure(copy: &Copy, options: &[&str], config: &str) -> String {
    let folder = Folder::public();
    folder.write("conf/config.yaml", format!("app:\n  port: 0\n{config}\n"));
    let output = Command::new("setpriv")
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .current_dir(&folder.0)
        .args(options)
        .arg("--")
        .arg(copy.0.join("belljar"))
        .arg("serve")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}
