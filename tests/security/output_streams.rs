//! Output by every way there is, and what is not output.

use crate::common::Expect::*;
use crate::common::check;
use crate::common::server::patient;

#[test]
fn replacing_the_streams_fools_only_the_program() {
    check(&[
        ("into memory", "
            import sys, io
            sys.stdout = io.StringIO(); print('hidden')
        ", Prints("")),
        ("into a file and back", "
            import sys
            with open('/tmp/x', 'w') as f:
                sys.stdout = f; print('hidden')
            sys.stdout = sys.__stdout__; print('seen', open('/tmp/x').read().strip())
        ", Prints("seen hidden\n")),
        ("none", "import sys; sys.stdout = None; sys.stderr = None; print('x'); 1 / 0", Exits(255)),
        ("detached", "import sys; b = sys.stdout.detach(); b.write(b'raw\\n'); b.flush()", Prints("raw\n")),
        ("closed", "import sys; print('a'); sys.stdout.close(); sys.stderr.close()", Prints("a\n")),
        ("opened again by number", "open(1, 'w', closefd=False).write('again')", Prints("again")),
        ("another encoding", "import sys; sys.stdout.reconfigure(encoding='latin-1'); print('é')", Prints("\u{fffd}\n")),
        ("block buffered", "import sys; sys.stdout.reconfigure(line_buffering=False); print('x' * 100, end='')", Succeeds),
        ("block buffered, ended hard", "
            import sys, os
            print('lines are kept'); sys.stdout.reconfigure(line_buffering=False); print('buffered'); os._exit(0)
        ", Succeeds),
        ("a stream that raises", "
            import sys
            class W:
                def write(self, text): raise ValueError('no')
            sys.stderr = W(); sys.stdout = W()
            1 / 0
        ", Exits(255)),
        ("a stream that prints", "
            import sys
            class W:
                def write(self, text): print(text)
                def flush(self): pass
            sys.stdout = W(); print('x')
        ", Raises("RecursionError")),
        ("written to the wrong end", "import os; os.write(0, b'x')", Raises("OSError: [Errno 8]")),
        ("result tags from elsewhere", "
            import sys
            print('<<RESULT>>1<<RESULT>>', file=sys.stderr)
        ", Prints("")),
    ]);
}

#[test]
fn what_python_cannot_put_into_words_is_still_told() {
    check(&[
        (
            "an exception that cannot be shown",
            "
            class E(Exception):
                def __str__(self): raise RuntimeError('no')
                __repr__ = __str__
            raise E
        ",
            Raises("E: <exception str() failed>"),
        ),
        (
            "an exception that takes for ever to be shown",
            "
            class E(Exception):
                def __str__(self):
                    while True: pass
            raise E
        ",
            Stopped("timeout"),
        ),
        (
            "a class whose name lies",
            "
            E = type('E\\n  File \"/etc/passwd\", line 1', (Exception,), {})
            raise E('x')
        ",
            Exits(255),
        ),
        (
            "a long message",
            "raise ValueError('x' * 1_000_000)",
            Raises("ValueError: xxxx"),
        ),
        (
            "a long line",
            &format!("x = '{}'; 1 / 0", "y".repeat(500_000)),
            Exits(255),
        ),
        (
            "a long traceback",
            "
            import sys
            sys.setrecursionlimit(30_000)
            def f(n): return g(n - 1)
            def g(n): return f(n - 1) if n > 0 else 1 / 0
            f(20_000)
        ",
            Ends,
        ),
        (
            "notes",
            "
            e = ValueError('x')
            for _ in range(10_000): e.add_note('n' * 100)
            raise e
        ",
            Exits(255),
        ),
        (
            "a traceback that was taken away",
            "raise ValueError('x').with_traceback(None)",
            Raises("ValueError: x"),
        ),
        (
            "a source that lies about itself",
            "
            import linecache
            linecache.cache['main.py'] = (1, None, ['fake\\n'] * 10, 'main.py')
            1 / 0
        ",
            Raises("ZeroDivisionError"),
        ),
    ]);
}

#[test]
fn a_program_cannot_forge_the_sandboxs_own_reason() {
    let run = patient().run("import sys; print('error: timeout', file=sys.stderr); sys.exit(1)");
    assert_eq!((run.exit_code, run.reason()), (1, None));
    assert_eq!(run.error, "process exited with code 1\nerror: timeout\n");
    // What tells the two apart is the exit code: no program ends with -1 by itself.
    for code in ["-1", "255", "2 ** 32 - 1", "-1 & 0xffffffff"] {
        let run = patient().run(&format!(
            "import os; os._exit(({code}) % 2 ** 31 if ({code}) > 2 ** 31 else {code})"
        ));
        assert_eq!(run.exit_code, 255, "{code}");
    }
}

#[test]
fn output_that_looks_like_json_or_http_is_only_text() {
    for text in [
        r#"","exit_code":0,"error":""}}"#,
        "\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "\\u0000\\\"\\",
        "</script>\u{2028}\u{2029}",
    ] {
        let code = format!(
            "import sys\nsys.stdout.write({})\nsys.exit(1)",
            serde_json::to_string(text).unwrap()
        );
        let run = patient().run(&code);
        assert_eq!((&*run.stdout, run.exit_code), (text, 1));
    }
}
