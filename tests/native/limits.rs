//! Limits and refusals, in the words that the WebAssembly tier has for them.

use std::sync::OnceLock;
use std::time::Duration;

use crate::common::Server;
use crate::{native, server};

fn limited() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        server(
            "
            worker_timeout: 3
            limits:
              memory: 128MiB
              stdout: 1MiB
              stderr: 1MiB
            ",
        )
    })
}

#[test]
fn the_wall_clock_ends_a_program_that_sleeps() {
    let run = limited().run(&native("import time\nprint(1, flush=True)\ntime.sleep(60)"));
    run.stopped("timeout");
    assert_eq!(run.stdout, "1\n");
    assert!(run.took < Duration::from_secs(6), "{run:?}");
}

#[test]
fn the_wall_clock_ends_a_program_that_computes() {
    limited()
        .run(&native("while True: pass"))
        .stopped("timeout");
}

#[test]
fn processor_time_ends_a_program_that_computes() {
    let server = server("worker_timeout: 20\nlimits:\n  fuel: 5_000_000_000");
    let run = server.run(&native("while True: pass"));
    run.stopped("CPU limit of 5000000000 fuel reached (limits.fuel)");
    assert!(run.took < Duration::from_secs(10), "{run:?}");
}

#[test]
fn output_beyond_its_limit_is_an_error_and_never_cut_off() {
    let run = limited().run(&native("print('x' * (1 << 20), end='')"));
    assert_eq!((run.exit_code, run.stdout.len()), (0, 1 << 20));
    let run = limited().run(&native("print('x' * (1 << 20))"));
    run.stopped("standard output is larger than 1 MiB");
    let run = limited().run(&native(
        "import sys\nwhile True: sys.stderr.write('x' * 999)",
    ));
    run.stopped("standard error is larger than 1 MiB");
}

#[test]
fn memory_beyond_the_limit_is_a_memory_error() {
    let run = limited().run(&native("x = bytearray(200 << 20)"));
    assert_eq!(run.exit_code, 255, "{run:?}");
    let reason = run.reason().expect("a reason");
    assert!(
        reason.starts_with("memory limit of 128 MiB reached"),
        "{run:?}"
    );
}

#[test]
fn memory_that_no_resource_limit_counts_ends_a_program() {
    // Filled and then made read-only, it is no data any more.
    let run = limited().run(&native(
        "
        import mmap, ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        held = []
        for _ in range(40):
            one = mmap.mmap(-1, 16 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            one.write(b'x' * (16 << 20))
            address = ctypes.addressof(ctypes.c_char.from_buffer(one))
            assert libc.mprotect(ctypes.c_void_p(address), 16 << 20, 1) == 0
            held.append(one)
        import time
        time.sleep(2)
        print('free')
        ",
    ));
    assert_ne!(run.exit_code, 0, "{run:?}");
    let reason = run.reason().unwrap_or_default();
    assert!(
        reason.starts_with("memory limit of 128 MiB reached"),
        "{run:?}"
    );
}

#[test]
fn a_refused_system_call_is_named() {
    let run = limited().run(&native("import socket\nsocket.socket()"));
    assert_eq!(run.exit_code, 255, "{run:?}");
    let reason = run.reason().expect("a reason");
    assert_eq!(reason, "operation not permitted (system call: socket)");
}

#[test]
fn a_program_that_lives_with_a_refusal_is_a_success() {
    let code = "import os\ntry:\n    os.fork()\nexcept OSError as error:\n    print(error.errno)";
    limited().run(&native(code)).prints("1\n");
}

#[test]
fn a_system_call_of_attackers_ends_the_program() {
    let code = "import ctypes\nprint(1, flush=True)\n\
                ctypes.CDLL(None).ptrace(0, 0, 0, 0)\nprint(2)";
    let run = limited().run(&native(code));
    run.stopped("operation not permitted (system call: ptrace)");
    assert_eq!(run.stdout, "1\n");
}

#[test]
fn a_flood_of_refused_calls_disturbs_nobody() {
    let flood = "
        import os, threading
        def flood():
            while True:
                try: os.fork()
                except OSError: pass
        for _ in range(8): threading.Thread(target=flood, daemon=True).start()
        flood()
    ";
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| limited().run(&native(flood)).stopped("timeout"));
        }
        std::thread::sleep(Duration::from_millis(700));
        for _ in 0..5 {
            let run = limited().run(&native("print(1)"));
            run.prints("1\n");
            assert!(run.took < Duration::from_secs(2), "{run:?}");
        }
    });
}

#[test]
fn an_interpreter_that_crashes_is_told_as_such() {
    let run = limited().run(&native("import os\nprint(1, flush=True)\nos.abort()"));
    // The first process of a namespace cannot signal itself; the C library has another way.
    run.stopped("the interpreter crashed: it aborted");
    assert_eq!(run.stdout, "1\n");
}
