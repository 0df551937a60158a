//! `belljar run`: one program through the same sandbox, without the server.

use crate::common::cli::{Cli, Ended};
use crate::common::process::Folder;

fn run_file(name: &str, code: &str) -> Ended {
    let folder = Folder::new();
    folder.write(name, code);
    Cli::new(&["run", name]).run_in(&folder.0)
}

fn run_stdin(code: &str, environment: &[(&str, &str)]) -> Ended {
    let cli = Cli {
        stdin: code,
        environment,
        ..Cli::new(&["run", "-"])
    };
    cli.run()
}

#[track_caller]
fn says(ended: &Ended, code: i32, stdout: &str, stderr: &str) {
    assert_eq!(
        (ended.code, &*ended.stdout, &*ended.stderr),
        (Some(code), stdout, stderr)
    );
}

#[test]
fn a_file_runs_and_its_output_comes_out_as_it_is() {
    let ended = run_file(
        "hello.py",
        "import sys\nprint('hello, wörld')\nprint('careful', file=sys.stderr)",
    );
    says(&ended, 0, "hello, wörld\n", "careful\n");
}

#[test]
fn a_program_is_read_from_standard_input() {
    says(&run_stdin("print(6 * 7)", &[]), 0, "42\n", "");
    // It was all the program: nothing of it is left for the program to read.
    says(
        &run_stdin("import sys; print(repr(sys.stdin.read()))", &[]),
        0,
        "''\n",
        "",
    );
}

#[test]
fn the_exit_code_is_the_programs() {
    for code in [1, 3, 42, 255] {
        assert_eq!(
            run_stdin(&format!("import sys; sys.exit({code})"), &[]).code,
            Some(code)
        );
    }
}

#[test]
fn an_exception_shows_the_file_by_its_name() {
    let ended = run_file("job.py", "def f():\n    raise ValueError('x')\n\nf()\n");
    assert_eq!(ended.code, Some(255));
    let frame = "File \"job.py\", line 2, in f\n    raise ValueError('x')\n";
    assert!(ended.stderr.contains(frame), "{}", ended.stderr);
    assert!(
        ended.stderr.ends_with("ValueError: x\n"),
        "{}",
        ended.stderr
    );
}

#[test]
fn what_the_sandbox_stops_has_its_own_exit_codes_and_a_reason() {
    let limits = [
        ("WORKER_TIMEOUT", "1"),
        ("LIMITS_STDOUT", "64KiB"),
        ("LIMITS_CODE", "100KiB"),
        ("LIMITS_MEMORY", "128MiB"),
    ];
    let long = format!("# {}", "x".repeat(200_000));
    for (program, code, reason) in [
        (
            "print('kept')\nwhile True: pass",
            124,
            "belljar: error: timeout\n",
        ),
        (
            "while True: print('x' * 1000)",
            125,
            "belljar: error: standard output is larger than 64 KiB (limits.stdout)",
        ),
        (
            &*long,
            125,
            "belljar: error: the program is larger than 100 KiB (limits.code)",
        ),
        (
            "import os; os.abort()",
            126,
            "belljar: error: the program aborted\n",
        ),
        (
            "bytearray(10 ** 9)",
            255,
            "belljar: error: memory limit of 128 MiB reached (limits.memory)\n",
        ),
    ] {
        let ended = run_stdin(program, &limits);
        assert_eq!(ended.code, Some(code), "{ended:?}");
        let last = ended.stderr.lines().next_back().unwrap();
        assert!(last.starts_with(reason.trim_end()), "{last}");
    }
    let ended = run_stdin("print('kept')\nwhile True: pass", &limits);
    assert_eq!(ended.stdout, "kept\n");
}

#[test]
fn a_program_sees_the_sandbox_and_not_where_it_was_started() {
    let folder = Folder::new();
    folder.write("secret.txt", "s");
    folder.write(
        "main.py",
        "import os; print(os.listdir('.'), os.path.exists('secret.txt'), dict(os.environ))",
    );
    let cli = Cli {
        environment: &[("SECRET", "x")],
        ..Cli::new(&["run", "main.py"])
    };
    says(&cli.run_in(&folder.0), 0, "[] False {}\n", "");
}

#[test]
fn preload_runs_first_and_in_the_same_sandbox() {
    let folder = Folder::new();
    folder.write("first.py", "x = 41");
    folder.write("main.py", "print(x + 1)");
    let ended = Cli::new(&["run", "--preload", "first.py", "main.py"]).run_in(&folder.0);
    says(&ended, 0, "42\n", "");
}

#[test]
fn the_configuration_of_the_folder_counts() {
    let folder = Folder::new();
    folder.write("conf/config.yaml", "worker_timeout: 1\n");
    folder.write("main.py", "while True: pass");
    let ended = Cli::new(&["run", "main.py"]).run_in(&folder.0);
    assert_eq!(ended.code, Some(124), "{ended:?}");
}

#[test]
fn what_cannot_be_run_is_a_usage_error() {
    let folder = Folder::new();
    folder.write("latin1.py", b"print('\xe9')");
    for (arguments, words) in [
        (&["run", "missing.py"][..], "cannot read `missing.py`"),
        (&["run", "latin1.py"], "not UTF-8"),
        (&["run", "--language", "cobol", "a.py"], "python3, nodejs"),
        (&["run", "--preload", "missing.py", "a.py"], "cannot read"),
        (&["run"], "Usage"),
        (&["run", "--nonsense", "x"], "--nonsense"),
        (&["nonsense"], "nonsense"),
    ] {
        let ended = Cli::new(arguments).run_in(&folder.0);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains(words), "{words}: {ended:?}");
    }
}

#[test]
fn the_language_is_told_by_the_name_of_the_file_or_by_the_caller() {
    let folder = Folder::new();
    let program = "console.log(process.argv[1] === __filename, [1])";
    for name in ["a.js", "b.cjs", "c"] {
        folder.write(name, program);
    }
    folder.write(
        "d.mjs",
        "import os from 'node:os'; console.log(await 1, [1])",
    );
    for arguments in [
        &["run", "a.js"][..],
        &["run", "b.cjs"],
        &["run", "--language", "nodejs", "c"],
    ] {
        let ended = Cli::new(arguments).run_in(&folder.0);
        assert_eq!(
            (ended.code, &*ended.stdout),
            (Some(0), "true [ 1 ]\n"),
            "{ended:?}"
        );
    }
    let ended = Cli::new(&["run", "d.mjs"]).run_in(&folder.0);
    assert_eq!(
        (ended.code, &*ended.stdout),
        (Some(0), "1 [ 1 ]\n"),
        "{ended:?}"
    );
}

#[test]
fn large_output_comes_out_whole_and_a_reader_that_leaves_is_no_failure() {
    let ended = run_stdin("print('x' * 5_000_000)", &[]);
    assert_eq!((ended.code, ended.stdout.len()), (Some(0), 5_000_001));
}

#[test]
fn version_and_help_are_told() {
    let version = Cli::new(&["--version"]).run();
    says(
        &version,
        0,
        &format!("belljar {}\n", env!("CARGO_PKG_VERSION")),
        "",
    );
    let help = Cli::new(&["--help"]).run();
    assert_eq!(help.code, Some(0));
    for command in ["serve", "run", "doctor", "compile"] {
        assert!(help.stdout.contains(command), "{}", help.stdout);
    }
}
