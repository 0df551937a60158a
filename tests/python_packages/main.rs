//! Python packages as an operator lists them and programs use them: pandas and its like from PyPI, in
//! one server with pure ones, through the API.

#[path = "../common/mod.rs"]
mod common;

mod endurance;
mod strict;
mod tiers;
mod work;

use std::path::Path;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use common::process::Folder;
use common::server::{KEY, Server};
use common::{Request, Run, dedent};
use serde_json::{Value, json};

/// What an operator would list.
const REQUIREMENTS: &str = "\
pandas==2.2.3
pyyaml
numpy
scipy
scikit-learn
matplotlib
pillow
lxml
openpyxl
tiktoken
pydantic
opencv-python-headless
polars
duckdb
";

/// What fetching them and trying each may take on a busy machine with a slow network.
const PATIENCE: Duration = Duration::from_secs(900);

/// A folder with the list, whose server finds what earlier ones installed.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("dependencies/python-requirements.txt", REQUIREMENTS);
    folder
}

fn config(more: &str) -> String {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-packages");
    format!(
        "app:\n  port: 0\n  key: {KEY}\nenable_network: true\nworker_timeout: 20\n\
         max_requests: 100\npackages:\n  cache: {}\n{}\n",
        cache.display(),
        dedent(more)
    )
}

/// The server of these tests, with all packages there.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let server = Server::start_in(folder(), &config(""), &[]);
        let since = Instant::now();
        while !listed(&server).iter().any(|each| each["name"] == "pandas") {
            assert!(since.elapsed() < PATIENCE, "{}", server.log().join("\n"));
            // Whatever is being installed, programs run meanwhile.
            server.health();
            server.run("print(1)").prints("1\n");
            thread::sleep(Duration::from_millis(500));
        }
        // The endpoint tells what is there before the server that has it takes over.
        while server.run("import yaml, pandas").exit_code != 0 {
            assert!(since.elapsed() < PATIENCE, "{}", server.log().join("\n"));
            thread::sleep(Duration::from_millis(100));
        }
        server
    })
}

/// The packages as the API lists them.
#[track_caller]
fn listed(server: &Server) -> Vec<Value> {
    let path = "/v1/sandbox/dependencies?language=python3";
    let response = server.send(&Request::get(path).key());
    let mut answer = response.json();
    assert_eq!(
        (response.status, &answer["code"]),
        (200, &json!(0)),
        "{answer}"
    );
    match answer["data"]["dependencies"].take() {
        Value::Array(packages) => packages,
        other => panic!("{other}"),
    }
}

/// Runs a program and says in which tier, with the log's reason.
#[track_caller]
fn run(server: &Server, code: &str) -> (Run, String) {
    let body = json!({"language": "python3", "code": dedent(code)});
    let since = Instant::now();
    let response = server.post(&body);
    let run = Run::read(&response, since.elapsed());
    let id = response
        .header("x-request-id")
        .expect("every answer has one");
    (run, server.log_line(id))
}
