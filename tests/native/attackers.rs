//! Sixteen programs at a time that take what they can get, beside which the server stays healthy and
//! a neighbour's program is served.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::common::Server;
use crate::common::eventually;
use crate::processes::{Process, jailer};
use crate::{native, server};

const ATTACKERS: usize = 16;
const LONG: Duration = Duration::from_secs(8);
/// How long anybody may have to wait for a word of the server's, on a machine that is as busy as
/// sixteen programs can make it.
const HEALTHY: Duration = Duration::from_secs(1);
const NEIGHBOURLY: Duration = Duration::from_secs(3);

const ATTACKS: &[&str] = &[
    // Memory, in the usual form and in one that no resource limit counts.
    "kept = []\nwhile True: kept.append(b'x' * (1 << 20))",
    "
    import ctypes, mmap
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    while True:
        start = libc.mmap(None, 1 << 20, 3, 0x22, -1, 0)
        ctypes.memset(start, 1, 1 << 20)
        libc.mprotect(ctypes.c_void_p(start), 1 << 20, 1)
    ",
    // The processor.
    "
    import threading
    def work():
        while True: pass
    for _ in range(16): threading.Thread(target=work).start()
    ",
    // Calls that the jailer has to answer.
    "
    import ctypes, threading
    libc = ctypes.CDLL(None)
    def work():
        while True: libc.syscall(999)
    for _ in range(8): threading.Thread(target=work).start()
    ",
    "import ctypes; ctypes.CDLL(None).ptrace(0, 0, 0, 0)",
    // Output.
    "import os\nwhile True: os.write(1, b'x' * 65536)",
    "import os\nwhile True: os.write(2, b'x')",
    // Disk, descriptors, threads.
    "
    import itertools
    for number in itertools.count():
        with open(f'/tmp/{number}', 'wb') as file: file.write(bytes(1 << 20))
    ",
    "import os\nkept = []\nwhile True: kept.append(os.pipe())",
    "
    import threading, time
    while True: threading.Thread(target=time.sleep, args=(60,)).start()
    ",
    // Ends that are none.
    "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\nwhile True: pass",
    "
    import ctypes, os, threading
    def work():
        while True: pass
    threading.Thread(target=work).start()
    ctypes.CDLL(None).syscall({'x86_64': 60, 'aarch64': 93}[os.uname().machine], 0)
    ",
    "import os\nos.abort()",
];

#[test]
fn a_neighbour_is_served_beside_sixteen_attackers() {
    let server = server(
        "
        max_workers: 20
        worker_timeout: 2
        limits:
          memory: 128MiB
          stdout: 1MiB
          stderr: 1MiB
          tmp_bytes: 16MiB
        ",
    );
    let watched = [jailer(&server), Process(server.serving_pid())];
    let before = watched.map(Process::open_files);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for attacker in 0..ATTACKERS {
            let (server, over) = (&server, &over);
            scope.spawn(move || attack(server, attacker, over));
        }
        let since = Instant::now();
        let mut worst = [Duration::ZERO; 2];
        while since.elapsed() < LONG {
            worst[0] = worst[0].max(server.health());
            let run = server.run(&native("print(ujson.dumps([1, 2]))"));
            run.prints("[1,2]\n");
            worst[1] = worst[1].max(run.took);
        }
        over.store(true, Ordering::Relaxed);
        println!(
            "longest: health {:?}, a neighbour's program {:?}",
            worst[0], worst[1]
        );
        assert!(worst[0] < HEALTHY && worst[1] < NEIGHBOURLY, "{worst:?}");
    });
    assert_eq!(
        [jailer(&server), Process(server.serving_pid())],
        watched,
        "they live"
    );
    eventually("nothing is held of them", || {
        let now = watched.map(Process::open_files);
        now.iter()
            .zip(before)
            .all(|(now, before)| *now <= before + 4)
    });
}

/// Runs attacks one after the other; each has to end as one, never as a failure of the server's.
fn attack(server: &Server, first: usize, over: &AtomicBool) {
    for program in ATTACKS.iter().cycle().skip(first) {
        if over.load(Ordering::Relaxed) {
            return;
        }
        let run = server.run(&native(program));
        assert_ne!(run.exit_code, 0, "{program}: {run:?}");
    }
}
