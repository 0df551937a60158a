//! Memory of one program and of all together. Python gets a `MemoryError`; one that dies of it is
//! told which limit it was.

use crate::common::Expect::*;
use crate::common::server::impatient;
use crate::common::{Server, check, check_on};

#[test]
fn memory_is_limited_and_python_gets_a_memory_error() {
    check(&[
        (
            "caught",
            "
            try:
                bytearray(10 ** 9)
            except MemoryError:
                print('caught')
        ",
            Prints("caught\n"),
        ),
        ("uncaught", "bytearray(10 ** 9)", OutOfMemory),
        (
            "more than 32 bits",
            "
            import sys
            for size in (2 ** 30, 2 ** 31 - 2 ** 20):
                try: bytes(size)
                except MemoryError: print('caught')
            try: 'x' * (2 ** 40)
            except OverflowError: print('caught')
        ",
            Prints("caught\ncaught\ncaught\n"),
        ),
        (
            "within the limit",
            "print(len(bytearray(150_000_000)))",
            Prints("150000000\n"),
        ),
        (
            "many small objects",
            "
            a = []
            while True: a.append([a])
        ",
            Ends,
        ),
        (
            "doubling",
            "
            a = 'x'
            while True: a += a
        ",
            OutOfMemory,
        ),
        ("a big number", "1 << (8 * 10 ** 9)", OutOfMemory),
        ("a list of everything", "list(range(10 ** 8))", OutOfMemory),
        (
            "caught after filling it slowly, and used again",
            "
            a = []
            try:
                while True: a.append(bytearray(10000))
            except MemoryError:
                a.clear()
            print(len(bytearray(100_000_000)))
        ",
            Prints("100000000\n"),
        ),
    ]);
}

#[test]
fn programs_that_fill_memory_to_the_last_byte_are_told_it_was_memory() {
    check_on(
        impatient(),
        &[
            (
                "a slow leak",
                "
                a = []
                while True: a.append(bytearray(10000))
            ",
                OutOfMemory,
            ),
            (
                "pages",
                "
                a = []
                while True: a.append(bytearray(65536))
            ",
                OutOfMemory,
            ),
            (
                "growing texts",
                "
                a = []
                while True: a.append('x' * 100000)
            ",
                OutOfMemory,
            ),
            (
                "keeping the exception",
                "
                a = []
                while True:
                    try:
                        while True: a.append(bytearray(1 << 20))
                    except MemoryError as e:
                        a.append(e)
                        raise
            ",
                OutOfMemory,
            ),
        ],
    );
}

#[test]
fn failing_for_another_reason_after_a_memory_error_is_not_blamed_on_memory() {
    check(&[
        (
            "another exception",
            "
            try: bytearray(10 ** 9)
            except MemoryError: pass
            raise ValueError('x')
        ",
            Raises("ValueError: x"),
        ),
        (
            "an exit code",
            "
            try: bytearray(10 ** 9)
            except MemoryError: raise SystemExit(3)
        ",
            Exits(3),
        ),
    ]);
}

#[test]
fn the_memory_of_all_programs_together_is_limited() {
    let server = Server::start(
        "max_workers: 4\nworker_timeout: 20\nlimits:\n  memory: 512MiB\n  total_memory: 600MiB",
    );
    let hold = "
        import time
        try:
            a = bytearray(400_000_000); time.sleep(1.5); print('got it')
        except MemoryError:
            print('refused')
    ";
    let mut outputs = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| server.run(hold).stdout))
            .collect();
        runs.into_iter()
            .map(|run| run.join().unwrap())
            .collect::<Vec<_>>()
    });
    outputs.sort();
    assert_eq!(outputs, ["got it\n", "refused\n", "refused\n"]);
    // An answer is on its way before the memory of its program is given back.
    let again = (0..20).map(|_| server.run(hold).stdout);
    let came_back = again.into_iter().any(|stdout| stdout == "got it\n");
    assert!(came_back, "the memory does not come back");
}
