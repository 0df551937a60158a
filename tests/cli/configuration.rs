//! Configuration files, right and wrong, as `belljar serve` takes them.

use crate::common::cli::Cli;
use crate::common::process::Folder;
use crate::common::{Request, Server};

/// What `belljar serve` says about a configuration that it does not start with.
#[track_caller]
fn refused(config: &str, environment: &[(&str, &str)]) -> String {
    let folder = Folder::new();
    folder.write("conf/config.yaml", config);
    let cli = Cli {
        environment,
        ..Cli::new(&["serve"])
    };
    let ended = cli.run_in(&folder.0);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    ended.stderr
}

#[test]
fn a_wrong_type_stops_it_with_file_line_and_what_was_expected() {
    for (config, words) in [
        (
            "app:\n  port: 0\n\nmax_workers: four\n",
            "conf/config.yaml:4: max_workers: expected a whole number",
        ),
        (
            "app:\n  port: none\n",
            "conf/config.yaml:2: app.port: expected",
        ),
        (
            "app:\n  port: 70000\n",
            "conf/config.yaml:2: app.port: expected",
        ),
        (
            "max_workers: 0\n",
            "conf/config.yaml:1: max_workers: expected",
        ),
        (
            "max_workers: -1\n",
            "conf/config.yaml:1: max_workers: expected",
        ),
        (
            "max_workers: [4]\n",
            "conf/config.yaml:1: max_workers: expected",
        ),
        (
            "worker_timeout: soon\n",
            "conf/config.yaml:1: worker_timeout: expected",
        ),
        (
            "enable_network: maybe\n",
            "conf/config.yaml:1: enable_network: expected",
        ),
        (
            "limits:\n  memory: lots\n",
            "conf/config.yaml:2: limits.memory: expected a size",
        ),
        (
            "limits:\n  memory: 5GiB\n",
            "conf/config.yaml:2: limits.memory: expected a size",
        ),
        (
            "limits: 5\n",
            "conf/config.yaml:1: limits: expected further keys",
        ),
        (
            "python_deps_update_interval: often\n",
            "conf/config.yaml:1: python_deps_update_interval: expected",
        ),
        (
            "log_format: xml\n",
            "conf/config.yaml:1: log_format: expected `text` or `json`",
        ),
        (
            "app:\n  host: nowhere\n",
            "conf/config.yaml:2: app.host: expected",
        ),
    ] {
        let message = refused(config, &[]);
        let whole = format!("belljar: error: {words}");
        assert!(message.contains(&whole), "`{whole}` not in `{message}`");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let message = refused(
        "max_workers: four\nworker_timeout: soon\n",
        &[("LIMITS_MEMORY", "lots"), ("MAX_REQUESTS", "0")],
    );
    for words in [
        "conf/config.yaml:1: max_workers",
        "conf/config.yaml:2: worker_timeout",
        "environment variable LIMITS_MEMORY: expected a size",
        "environment variable MAX_REQUESTS",
    ] {
        assert!(message.contains(words), "{words}: {message}");
    }
}

#[test]
fn what_is_no_yaml_is_told_with_its_line() {
    let message = refused("app:\n  port: 0\n bad: [1\n", &[]);
    assert!(message.contains("conf/config.yaml:"), "{message}");
}

#[test]
fn a_file_that_was_named_must_exist() {
    let cli = Cli::new(&["serve", "--config", "missing.yaml"]);
    let ended = cli.run();
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("missing.yaml"), "{ended:?}");
}

#[test]
fn unknown_keys_are_warned_about_by_name_and_change_nothing() {
    let server = Server::with_config(
        "app:\n  port: 0\n  key: k\nmax_worker: 3\nsomething_else: [1]\n",
        &[],
    );
    let line = server.log_line("max_worker:");
    for words in [
        "WARN",
        "conf/config.yaml:4",
        "unknown key, ignored; did you mean `max_workers`?",
    ] {
        assert!(line.contains(words), "{words}: {line}");
    }
    server.log_line("something_else: unknown key");
    server.health();
}

/// Every key that dify-sandbox's own file sets, set as it is there.
const DIFY_SANDBOX: &str = "app:
  port: 8194
  debug: True
  key: dify-sandbox
max_workers: 4
max_requests: 50
worker_timeout: 5
python_path: /opt/python/bin/python3
python_lib_path:
  - /usr/local/lib/python3.10
python_pip_mirror_url: https://pypi.tuna.tsinghua.edu.cn/simple
python_deps_update_interval: 30m
nodejs_path: /usr/local/bin/node
enable_network: True # a comment behind a value
enable_preload: False
log_path: \"./logs\" # with quotes
allowed_syscalls: # nothing behind a key
proxy:
  socks5: ''
  http: ''
  https: ''
  no_proxy: ''
allowed_env_vars: []
";

#[test]
fn a_file_written_for_dify_sandbox_starts_it_unchanged() {
    let server = Server::with_config(
        DIFY_SANDBOX,
        &[("SANDBOX_PORT", "0"), ("GIN_MODE", "release")],
    );
    let request = |network: bool| {
        let body = serde_json::json!({"language": "python3", "code": "print(1)", "enable_network": network});
        Request::new("POST", "/v1/sandbox/run")
            .header("X-Api-Key", "dify-sandbox")
            .body("application/json", body.to_string())
    };
    let answer = server.send(&request(true)).json();
    assert_eq!(answer["data"]["stdout"], "1\n", "{answer}");
    let log = server.log().join("\n");
    assert!(!log.contains("unknown key"), "{log}");
    assert!(
        log.contains("without effect") && log.contains("python_lib_path"),
        "{log}"
    );
    assert!(server.folder().0.join("logs/belljar.log").exists());
}

#[test]
fn the_lists_of_syscalls_that_people_use_are_accepted() {
    let config = "app:\n  port: 0\nallowed_syscalls: [0, 1, 2, 3, 281]\n";
    Server::with_config(config, &[]).health();
    Server::with_config("app:\n  port: 0\n", &[("ALLOWED_SYSCALLS", "0,1,2,3")]).health();
}

#[test]
fn the_environment_wins_over_the_file() {
    let config = "app:\n  port: 1\n  key: from file\nmax_requests: 5\nenable_network: false\nworker_timeout: 60\n";
    let environment = [
        ("SANDBOX_PORT", "0"),
        ("API_KEY", "from environment"),
        ("ENABLE_NETWORK", "true"),
        ("WORKER_TIMEOUT", "1"),
        ("MAX_WORKERS", ""),
    ];
    let server = Server::with_config(config, &environment);
    let body = serde_json::json!({"language": "python3", "code": "while True: pass", "enable_network": true});
    let request = |key: &str| {
        Request::new("POST", "/v1/sandbox/run")
            .header("X-Api-Key", key)
            .body("application/json", body.to_string())
    };
    assert_eq!(server.send(&request("from file")).status, 401);
    let answer = server.send(&request("from environment")).json();
    assert_eq!(
        answer["data"]["error"],
        "process exited with code -1\nerror: timeout\n"
    );
}

#[test]
fn starting_with_the_default_key_warns_and_louder_where_everybody_can_reach_it() {
    let warns = |config: &str| {
        let server = Server::with_config(config, &[]);
        server.health();
        let log = server.log();
        let warning = log
            .iter()
            .find(|line| line.contains("publicly known default"));
        warning.map(|line| (line.contains("WARN"), line.contains("DANGER")))
    };
    assert_eq!(warns("app:\n  port: 0\n"), Some((true, false)));
    assert_eq!(
        warns("app:\n  port: 0\n  key: dify-sandbox\n"),
        Some((true, false))
    );
    assert_eq!(warns("app:\n  port: 0\n  key: something else\n"), None);
    let config = "app:\n  port: 0\n  host: 0.0.0.0\n";
    assert_eq!(warns(config), Some((true, true)));
}

#[test]
fn it_listens_on_loopback_only_unless_told_otherwise() {
    let server = Server::with_config("app:\n  port: 0\n", &[]);
    assert!(
        server
            .log_line("listening on")
            .contains("http://127.0.0.1:")
    );
    let all = Server::with_config("app:\n  port: 0\n", &[("SANDBOX_HOST", "0.0.0.0")]);
    assert!(all.log_line("listening on").contains("http://0.0.0.0:"));
}

#[test]
fn a_port_that_is_taken_is_told_and_ends_it() {
    let first = Server::start("");
    let port = first.port().to_string();
    let cli = Cli {
        environment: &[("SANDBOX_PORT", &port)],
        ..Cli::new(&["serve"])
    };
    let ended = cli.run();
    assert_eq!(ended.code, Some(1));
    assert!(
        ended
            .stderr
            .contains(&format!("cannot listen on 127.0.0.1:{port}")),
        "{ended:?}"
    );
    first.health();
}

#[test]
fn without_any_file_the_defaults_hold() {
    let server = Server::with_config("", &[("SANDBOX_PORT", "0")]);
    let line = server.log_line("listening on");
    for words in [
        "max_workers=4",
        "max_requests=50",
        "worker_timeout_s=5",
        "512 MiB",
        "enable_network=false",
    ] {
        assert!(line.contains(words), "{words}: {line}");
    }
}
