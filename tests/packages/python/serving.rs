//! What a running server does when the list of Python packages changes.

use serde_json::{Value, json};

use super::{OFFLINE, REQUIREMENTS, SHOW, Site};
use crate::common::cli::Cli;
use crate::common::{Request, Server, eventually};

const VERSION: &str = "import alpha; print(alpha.version)";

fn config(site: &Site, more: &str) -> String {
    let (key, cache) = (crate::KEY, site.cache());
    let cache = cache.display();
    format!("app:\n  port: 0\n  key: {key}\npackages:\n  cache: {cache}\n{more}\n")
}

fn start(site: Site, more: &str) -> Server {
    let config = config(&site, more);
    Server::start_in(site.0, &config, &[])
}

fn list(server: &Server, lines: &str) {
    server
        .folder()
        .write(REQUIREMENTS, format!("{OFFLINE}{lines}"));
}

#[track_caller]
fn get(server: &Server, route: &str) -> Value {
    let path = format!("/v1/sandbox/dependencies{route}?language=python3");
    let response = server.send(&Request::get(&path).key());
    assert_eq!(response.status, 200);
    response.json()["data"].take()
}

#[track_caller]
fn update(server: &Server) -> Value {
    let request = Request::new("POST", "/v1/sandbox/dependencies/update").key();
    let request = request.body("application/json", r#"{"language": "python3"}"#);
    let response = server.send(&request);
    assert_eq!(response.status, 200);
    response.json()["data"].take()
}

/// What `belljar packages` says meanwhile.
fn show(server: &Server) -> String {
    let folder = &server.folder().0;
    let cache = folder.join("cache");
    let cli = Cli {
        environment: &[("PACKAGES_CACHE", cache.to_str().unwrap())],
        ..Cli::new(&SHOW)
    };
    cli.run_in(folder).stdout
}

/// Once a server that has it took over.
#[track_caller]
fn has(server: &Server, version: &str) {
    eventually(&format!("programs find alpha {version}"), || {
        server.run(VERSION).stdout == format!("{version}\n")
    });
}

#[test]
fn the_server_serves_at_once_and_has_packages_when_they_are_there() {
    let site = Site::new();
    site.list(&format!("{OFFLINE}alpha==1.0\n"));
    let since = std::time::Instant::now();
    let server = start(site, "");
    server.health();
    server
        .run("import jinja2; print(jinja2.Template('{{ 1 }}').render())")
        .prints("1\n");
    assert!(since.elapsed().as_secs() < 10, "{:?}", since.elapsed());
    let data = get(&server, "/refresh");
    let alpha = json!([{"name": "alpha", "version": "1.0", "tier": "wasm"}]);
    assert_eq!(data, json!({"dependencies": alpha}));
    has(&server, "1.0");
    assert_eq!(get(&server, ""), json!({"dependencies": alpha}));
    server.log_line("Python packages: 1 run in WebAssembly: alpha 1.0");
    server.log_line("Python packages: without jinja2, requests, httpx: there is no ");
}

#[test]
fn refreshing_follows_the_list_and_a_failure_keeps_what_was_there() {
    let site = Site::new();
    site.list(&format!("{OFFLINE}alpha==1.0\n"));
    site.install();
    let server = start(site, "");
    has(&server, "1.0");

    list(&server, "alpha==7.0\n");
    let data = get(&server, "/refresh");
    let problem = data["problem"].as_str().expect("a problem");
    assert!(
        problem.starts_with("there is no alpha==7.0 to be had"),
        "{problem}"
    );
    assert_eq!(data["dependencies"][0]["version"], "1.0");
    server.log_line("Python packages: there is no alpha==7.0 to be had");
    server.log_line("what was there before stays");
    has(&server, "1.0");
    let shown = show(&server);
    let told = format!("Python packages: problem: {problem}\n");
    assert!(shown.ends_with(&told), "{shown}");

    // A server that is started meanwhile has it as well, and says so.
    server.signal(libc::SIGHUP);
    server.log_line("has changed since its packages were installed");
    server.log_line("INFO stopped");
    has(&server, "1.0");
    let problem = get(&server, "")["problem"].take();
    assert!(
        problem
            .as_str()
            .is_some_and(|text| text.contains("has changed since")),
        "{problem}"
    );

    list(&server, "alpha==2.0\nbeta\n");
    assert_eq!(update(&server), json!({}));
    has(&server, "2.0");
    let shown = show(&server);
    assert!(!shown.contains("problem:"), "{shown}");
    let names: Vec<_> = get(&server, "")["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|each| each["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["alpha", "beta"]);
}

#[test]
fn a_broken_list_at_the_start_keeps_nobody_from_being_served() {
    let site = Site::new();
    site.list("this is = no list\n");
    let server = start(site, "");
    server.log_line("Invalid requirement");
    server.run("print(1)").prints("1\n");
    let data = get(&server, "/refresh");
    let problem = data["problem"].as_str().expect("a problem");
    assert!(problem.contains("this is = no list"), "{problem}");
    // What is built in is there all the same.
    assert!(
        data["dependencies"].to_string().contains("jinja2"),
        "{data}"
    );
}

#[test]
fn with_a_broken_list_at_a_first_start_there_is_what_need_not_be_listed() {
    for broken in ["no-such-package==3\n", "-r gone.txt\n"] {
        let site = Site::new();
        site.wheel("httpx", "9.0", &[]);
        site.list(&format!("{OFFLINE}{broken}"));
        let server = start(site, "");
        eventually("programs find httpx", || {
            let ran = server.run("import httpx; print(httpx.version)");
            ran.stdout == "9.0\n"
        });
        let data = get(&server, "/refresh");
        assert_eq!(data["dependencies"][0]["name"], "httpx", "{data}");
        let problem = data["problem"].as_str().expect("a problem");
        let words = broken.trim_start_matches("-r ").trim();
        assert!(problem.contains(words), "{problem}");
        let shown = show(&server);
        assert!(shown.contains(problem), "{problem}: {shown}");

        list(&server, "alpha==1.0\n");
        assert_eq!(update(&server), json!({}));
        has(&server, "1.0");
    }
}

#[test]
fn the_list_is_looked_at_again_after_the_interval() {
    let site = Site::new();
    site.list(&format!("{OFFLINE}alpha==1.0\n"));
    site.install();
    let server = start(site, "python_deps_update_interval: 1s");
    has(&server, "1.0");
    list(&server, "alpha\n");
    has(&server, "2.0");
}

#[test]
fn strict_mode_uses_what_is_there_and_installs_nothing() {
    let site = Site::new();
    site.list(&format!("{OFFLINE}-r more.txt\n"));
    site.0.write("dependencies/more.txt", "alpha==1.0\n");
    site.install();
    let server = start(site, "wasm_only: true");
    server.run(VERSION).prints("1.0\n");
    assert_eq!(get(&server, "").get("problem"), None);
    list(&server, "alpha==2.0\n");
    let asked = update(&server)["problem"].take();
    assert!(
        asked
            .as_str()
            .is_some_and(|text| text.starts_with("strict mode")),
        "{asked}"
    );
    server.signal(libc::SIGHUP);
    server.log_line("INFO stopped");
    let problem = get(&server, "/refresh")["problem"].take();
    let problem = problem.as_str().expect("a problem");
    assert!(
        problem.contains("strict mode") && problem.contains("belljar packages install"),
        "{problem}"
    );
    server.run(VERSION).prints("1.0\n");
}
