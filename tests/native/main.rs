//! The native tier through the API, with a small package of native code: its limits, and what happens
//! when any of its processes dies. No process of it may outlive what it is for.

#[path = "../common/mod.rs"]
mod common;

mod commands;
mod deaths;
mod limits;
mod load;
mod processes;

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use common::process::Folder;
use common::server::{KEY, Server};

/// What programs here import, to run natively.
pub const IMPORT: &str = "import ujson\n";

/// A folder for a server whose programs can import a package with a C extension, and its
/// configuration.
pub fn configured(config: &str) -> (Folder, String) {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("native-packages");
    let folder = Folder::new();
    folder.write("dependencies/python-requirements.txt", "ujson==5.12.1\n");
    let config = format!(
        "app:\n  port: 0\n  key: {KEY}\nmax_requests: 100\npackages:\n  cache: {}\n{}\n",
        cache.display(),
        common::dedent(config)
    );
    (folder, config)
}

/// Such a server, with the package there. It is fetched once.
pub fn server(config: &str) -> Server {
    let (folder, config) = configured(config);
    // Nobody wants to fetch it twice at the same time.
    static FETCHING: Mutex<()> = Mutex::new(());
    let fetching = FETCHING.lock();
    let server = Server::start_in(folder, &config, &[]);
    let since = Instant::now();
    while server.run(&native("print(ujson.dumps(1))")).stdout != "1\n" {
        assert!(
            since.elapsed() < Duration::from_secs(300),
            "{}",
            server.log().join("\n")
        );
        std::thread::sleep(Duration::from_millis(200));
    }
    drop(fetching);
    server
}

/// A program that runs natively.
pub fn native(code: &str) -> String {
    format!("{IMPORT}{}", common::dedent(code))
}
