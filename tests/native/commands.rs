//! `belljar run --native`, `belljar syscalls` and `belljar doctor`: the same jail without a server.

use serde_json::Value;

use crate::common::cli::{Cli, Ended};
use crate::{configured, native, server};

/// Runs a command where the packages are installed.
fn command(arguments: &[&str], program: &str) -> Ended {
    // Whoever comes first has them installed.
    drop(server(""));
    let (folder, config) = configured("");
    folder.write("conf/config.yaml", config);
    let cli = Cli {
        stdin: program,
        ..Cli::new(arguments)
    };
    cli.run_in(&folder.0)
}

#[test]
fn a_program_runs_natively_without_a_server() {
    let ended = command(
        &["run", "--native", "-"],
        &native("import sys\nprint(ujson.loads('[1]'), sys.platform)\nsys.exit(3)"),
    );
    assert_eq!(
        (ended.code, &*ended.stdout, &*ended.stderr),
        (Some(3), "[1] linux\n", "")
    );
    let ended = command(&["run", "--native", "-"], "import time\ntime.sleep(60)");
    assert_eq!(ended.code, Some(124), "{ended:?}");
    assert!(ended.stderr.contains("error: timeout"), "{ended:?}");
}

#[test]
fn a_program_that_imports_native_code_runs_natively_unasked() {
    let code = "import sys, ujson\nprint(ujson.loads('[1]'), sys.platform)\nsys.exit(3)";
    let dynamic =
        "print(0)\nimport sys\nprint(__import__('uj' + 'son').loads('[1]'), sys.platform)";
    for (code, exit, stdout) in [(code, 3, "[1] linux\n"), (dynamic, 0, "0\n[1] linux\n")] {
        let ended = command(&["run", "-"], code);
        assert_eq!(
            (ended.code, &*ended.stdout, &*ended.stderr),
            (Some(exit), stdout, "")
        );
    }
    let ended = command(&["run", "-"], "import sys\nprint(sys.platform)");
    assert_eq!((&*ended.stdout, &*ended.stderr), ("wasi\n", ""));
}

#[test]
fn what_a_program_would_need_is_told_by_name() {
    let code = "
        import ctypes, os
        libc = ctypes.CDLL(None)
        for _ in range(3): libc.sched_setscheduler(0, 0, 0)
        print(libc.ptrace(0, 0, 0, 0))
    ";
    let ended = command(&["syscalls", "-"], &native(code));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for line in [
        "  sched_setscheduler  3 times",
        "System calls that only an attack makes: a program is killed for them.",
        "  ptrace  1 time",
        "allowed_syscalls: [sched_setscheduler]",
    ] {
        assert!(
            ended.stdout.lines().any(|other| other == line),
            "{line}: {ended:?}"
        );
    }
    let ended = command(&["syscalls", "-"], &native("print(1)"));
    assert_eq!(
        ended.stdout,
        "The program needs no system calls beyond the list.\n"
    );
}

#[test]
fn what_the_configuration_allows_is_allowed() {
    let code = native("import ctypes\nprint(ctypes.CDLL(None).sched_setscheduler(0, 0, 0) < 0)");
    let refused = server("").run(&format!("{code}raise PermissionError('not permitted')"));
    let reason = refused.reason().unwrap_or_default();
    assert!(reason.contains("sched_setscheduler"), "{refused:?}");
    let allowing = server("allowed_syscalls: [sched_setscheduler]");
    let run = allowing.run(&format!("{code}raise PermissionError('not permitted')"));
    assert_eq!(run.reason(), None, "{run:?}");
}

#[test]
fn doctor_tells_which_layers_there_are() {
    let ended = command(&["doctor", "--json"], "");
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let found = |name: &str| {
        let checks = report["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["name"] == name);
        check
            .unwrap_or_else(|| panic!("{name} in {report:#}"))
            .clone()
    };
    assert_eq!(found("native tier")["status"], "ok", "{report:#}");
    assert_eq!(found("native Python")["status"], "ok", "{report:#}");
    for layer in ["seccomp", "no-new-privs", "not-dumpable", "tether"] {
        let check = found(&format!("native: {layer}"));
        assert_eq!(check["status"], "ok", "{check}");
    }
}
