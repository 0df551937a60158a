//! Strict mode: what is native is not there, and says so.

use std::fs;

use super::{config, folder, server};
use crate::common::Server;
use crate::common::server::child_named;

#[test]
fn importing_pandas_names_strict_mode_and_what_to_do() {
    // Installs what there is to install.
    server();
    let strict = Server::start_in(folder(), &config("wasm_only: true"), &[]);
    let run = strict.run("import pandas");
    assert_eq!(run.exit_code, 255, "{run:?}");
    let last = run
        .stderr
        .trim_end()
        .lines()
        .next_back()
        .unwrap_or_default();
    for word in ["ImportError", "pandas", "strict mode", "wasm_only"] {
        assert!(last.contains(word), "{word}: {run:?}");
    }
    strict
        .run("import yaml; print(yaml.safe_load('1'))")
        .prints("1\n");
    let caught = "try:\n    import numpy\nexcept ImportError:\n    print('without')";
    strict.run(caught).prints("without\n");
    assert_eq!(child_named(strict.pid(), "belljar-jailer"), None);
    let pid = strict.serving_pid();
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    assert_eq!(children.unwrap_or_default(), "");
}
