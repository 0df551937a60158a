//! What a running server does when the list of packages changes.

use serde_json::{Value, json};

use crate::common::{Request, Server};
use crate::{REQUIREMENTS, get, installed, local, replaced, run, start};

fn names(data: &Value) -> Vec<&str> {
    let packages = data["dependencies"].as_array().expect("a list");
    packages
        .iter()
        .map(|package| package["name"].as_str().expect("a name"))
        .collect()
}

fn list(server: &Server, requirements: &str) {
    server.folder().write(REQUIREMENTS, requirements);
}

#[test]
fn the_server_serves_at_once_and_has_packages_when_they_are_there() {
    let since = std::time::Instant::now();
    let server = start(&local("plain"));
    server.health();
    assert!(since.elapsed().as_secs() < 5, "{:?}", since.elapsed());
    server.log_line(
        "1 npm packages are listed in dependencies/nodejs-requirements.txt and not installed",
    );
    let data = get(&server, "/refresh");
    assert_eq!(names(&data), ["plain"]);
    assert_eq!(data.get("problem"), None);
    run(&server, "console.log(require('plain').answer)").prints("42\n");
    server.log_line("plain 1.2.3 is in the snapshot");
    replaced(&server);
}

#[test]
fn refreshing_follows_the_list_and_a_failure_keeps_what_was_there() {
    let server = installed(&local("plain"));
    let still_there = || run(&server, "console.log(require('plain').answer)").prints("42\n");

    list(&server, "lodash 4.17.21\n\n==4\n");
    let data = get(&server, "/refresh");
    let problem = data["problem"].as_str().expect("a problem");
    let words = "dependencies/nodejs-requirements.txt:3: expected a package's name and version";
    assert!(problem.starts_with(words), "{problem}");
    assert_eq!(names(&data), ["plain"]);
    still_there();

    list(&server, "gone@file:no/such/folder\n");
    let update = Request::new("POST", "/v1/sandbox/dependencies/update").key();
    let update = update.body("application/json", r#"{"language": "nodejs"}"#);
    let data = server.send(&update).json()["data"].take();
    let problem = data["problem"].as_str().expect("a problem");
    assert!(
        problem.starts_with("npm failed:") && problem.contains("no/such/folder"),
        "{problem}"
    );
    server.log_line("what was there before stays");
    still_there();
    assert_eq!(names(&get(&server, "")), ["plain"]);

    list(
        &server,
        &format!("{}{}", local("dual"), local("module-only")),
    );
    assert_eq!(server.send(&update).json()["data"], json!({}));
    assert_eq!(names(&get(&server, "")), ["dual", "module-only"]);
    run(&server, "console.log(require('dual').kind)").prints("required\n");
    let gone = run(&server, "require('plain')");
    assert!(
        gone.stderr.contains("Cannot find module 'plain'"),
        "{gone:?}"
    );

    list(&server, "# none\n");
    assert_eq!(get(&server, "/refresh"), json!({"dependencies": []}));
}

#[test]
fn programs_that_run_keep_the_packages_that_they_started_with() {
    let server = installed(&local("plain"));
    let code = "setTimeout(() => console.log(require('plain').greet('late'), require('plain/extra')()), 8000);";
    std::thread::scope(|scope| {
        let running = scope.spawn(|| run(&server, code));
        std::thread::sleep(std::time::Duration::from_secs(1));
        list(&server, "");
        assert_eq!(get(&server, "/refresh"), json!({"dependencies": []}));
        assert!(!running.is_finished(), "the list changed too late");
        running.join().unwrap().prints("hello late extra\n");
    });
}

#[test]
fn the_list_is_looked_at_again_after_the_interval() {
    let folder = crate::common::process::Folder::new();
    let cache = crate::cache(&folder);
    let config = format!(
        "app:\n  port: 0\n  key: {}\npython_deps_update_interval: 1s\npackages:\n  cache: {}\n",
        crate::KEY,
        cache.display()
    );
    let server = Server::start_in(folder, &config, &[]);
    assert_eq!(get(&server, ""), json!({"dependencies": []}));
    list(&server, &local("plain"));
    server.log_line("plain 1.2.3 is in the snapshot");
    replaced(&server);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = crate::common::process::Folder::new();
    folder.write(REQUIREMENTS, local("plain"));
    // A file where the folder has to be.
    let cache = folder.write("cache", "");
    let config = format!("app:\n  port: 0\n  key: {}\n", crate::KEY);
    let cache = cache.to_str().unwrap().to_owned();
    let server = Server::start_in(folder, &config, &[("PACKAGES_CACHE", &cache)]);
    let line = server.log_line("cannot write to the packages' folder");
    assert!(
        line.contains(&cache) && line.contains("packages.cache"),
        "{line}"
    );
    run(&server, "console.log(1)").prints("1\n");
}
