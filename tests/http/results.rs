//! How programs end, as the API tells it.

use serde_json::json;

use crate::common::Expect::*;
use crate::common::check_on;
use crate::common::server::shared;

#[test]
fn a_program_that_succeeds_gives_exactly_what_the_reference_gives() {
    let response = shared().post(&json!({"language": "python3", "code": "print(1)"}));
    assert_eq!(response.status, 200);
    let data = json!({"stdout": "1\n", "stderr": "", "error": "", "exit_code": 0});
    let expected = json!({"code": 0, "message": "success", "data": data});
    assert_eq!(response.json(), expected);
    let json = "application/json; charset=utf-8";
    assert_eq!(response.header("content-type"), Some(json));
}

#[test]
fn what_a_successful_program_writes_to_stderr_stays_there_and_is_no_error() {
    let run = shared().run("import sys; print('out'); print('careful', file=sys.stderr)");
    run.prints("out\n");
    assert_eq!(run.stderr, "careful\n");
}

#[test]
fn an_exit_code_is_the_programs_own_and_the_error_is_then_just_that() {
    let run = shared().run("import sys; print('kept'); sys.exit(3)");
    assert_eq!((run.exit_code, &*run.stdout), (3, "kept\n"));
    assert_eq!(
        (&*run.error, &*run.stderr),
        ("process exited with code 3", "")
    );
}

#[test]
fn a_failing_programs_stderr_follows_its_exit_code() {
    let run = shared().run("import sys; print('why', file=sys.stderr); sys.exit(4)");
    assert_eq!(run.error, "process exited with code 4\nwhy\n");
    assert_eq!(run.stderr, "why\n");
}

#[test]
fn programs_exit_as_under_any_python() {
    check_on(
        shared(),
        &[
            ("pass", "pass", Prints("")),
            ("exit()", "import sys; sys.exit()", Prints("")),
            ("exit(None)", "import sys; sys.exit(None)", Prints("")),
            ("exit(0)", "print(1); raise SystemExit(0)", Prints("1\n")),
            ("exit(True)", "import sys; sys.exit(True)", Exits(1)),
            ("exit(255)", "import sys; sys.exit(255)", Exits(255)),
            (
                "exit(256) keeps eight bits",
                "import sys; sys.exit(256)",
                Prints(""),
            ),
            ("exit(-1)", "import sys; sys.exit(-1)", Exits(255)),
            ("exit(text)", "import sys; sys.exit('sorry')", Exits(1)),
            ("builtin exit", "exit(6)", Exits(6)),
            ("builtin quit", "quit(7)", Exits(7)),
            ("os._exit", "import os; os._exit(8)", Exits(8)),
            (
                "os._exit without flushing keeps lines",
                "import os; print('x'); os._exit(0)",
                Prints("x\n"),
            ),
            (
                "caught exit",
                "
                try:
                    raise SystemExit(9)
                except SystemExit as e:
                    print(e.code)
            ",
                Prints("9\n"),
            ),
            (
                "exit in finally",
                "
                try:
                    1 / 0
                finally:
                    raise SystemExit(10)
            ",
                Exits(10),
            ),
            (
                "exit in a function",
                "
                def f():
                    raise SystemExit(11)
                f()
            ",
                Exits(11),
            ),
            ("KeyboardInterrupt", "raise KeyboardInterrupt", Exits(130)),
            (
                "aborting",
                "import os; print('x'); os.abort()",
                Stopped("the program aborted"),
            ),
        ],
    );
}

#[test]
fn sys_exit_with_a_text_writes_it_to_stderr() {
    let run = shared().run("import sys; sys.exit('sorry')");
    assert_eq!(run.error, "process exited with code 1\nsorry\n");
}

#[test]
fn a_traceback_shows_the_programs_own_lines_with_their_numbers_and_nothing_else() {
    let run = shared().run(
        r#"
        def inner(x):
            return 1 / x

        def outer():
            return inner(0)  # fünf

        print("before")
        outer()
        "#,
    );
    run.raises("ZeroDivisionError: division by zero");
    assert_eq!(run.stdout, "before\n");
    let expected = [
        "Traceback (most recent call last):",
        "  File \"main.py\", line 8, in <module>",
        "    outer()",
        "  File \"main.py\", line 5, in outer",
        "    return inner(0)  # fünf",
        "  File \"main.py\", line 2, in inner",
        "    return 1 / x",
        "ZeroDivisionError: division by zero",
    ];
    // Python marks the place within a line with `~` and `^`.
    let marks = |line: &&str| !line.trim().chars().all(|c| matches!(c, '~' | '^'));
    let lines: Vec<_> = run.stderr.lines().filter(marks).collect();
    assert_eq!(lines, expected);
    assert_eq!(
        run.error,
        format!("process exited with code 255\n{}", run.stderr)
    );
}

#[test]
fn a_traceback_through_the_standard_library_names_nothing_of_the_host() {
    let run = shared().run("import json\njson.loads('{')");
    run.raises("json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)");
    assert!(
        run.stderr
            .contains("File \"main.py\", line 2, in <module>\n    json.loads('{')")
    );
    for host in [
        "/root",
        "/home",
        "/work",
        "/var",
        "/build",
        "target/",
        "wasm-runtimes",
    ] {
        assert!(!run.stderr.contains(host), "{host}: {}", run.stderr);
    }
}

#[test]
fn syntax_errors_show_the_line_and_run_nothing() {
    let run = shared().run("print('first')\nif True\n    pass");
    run.raises("SyntaxError: expected ':'");
    assert_eq!(run.stdout, "");
    assert!(
        run.stderr
            .contains("File \"main.py\", line 2\n    if True\n"),
        "{}",
        run.stderr
    );
}

#[test]
fn chained_exceptions_and_groups_are_told_whole() {
    let run = shared().run(
        r#"
        try:
            raise KeyError("first")
        except KeyError as e:
            raise ExceptionGroup("both", [ValueError("a"), TypeError("b")]) from e
        "#,
    );
    assert_eq!(run.exit_code, 255);
    for part in [
        "KeyError: 'first'",
        "direct cause",
        "ValueError: a",
        "TypeError: b",
    ] {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
}

#[test]
fn the_main_module_looks_as_in_any_script() {
    shared()
        .run("import sys\nprint(__name__, sys.argv[1:], sys.modules['__main__'].__dict__ is globals())")
        .prints("__main__ [] True\n");
    shared()
        .run("if __name__ == '__main__':\n    print('main')")
        .prints("main\n");
}

#[test]
fn standard_input_is_at_its_end() {
    shared()
        .run("import sys; print(repr(sys.stdin.read()), list(sys.stdin))")
        .prints("'' []\n");
    shared()
        .run("input()")
        .raises("EOFError: EOF when reading a line");
}

#[test]
fn output_without_a_final_newline_and_out_of_order_flushes_arrives() {
    shared().run("print('a', end='')").prints("a");
    shared()
        .run("import sys; sys.stdout.write('b'); sys.stdout.flush(); sys.stdout.write('c')")
        .prints("bc");
    shared()
        .run("import sys; sys.stdout.buffer.write(b'd'); sys.stdout.write('e')")
        .prints("de");
    shared().run("import os; os.write(1, b'f')").prints("f");
}
