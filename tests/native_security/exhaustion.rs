//! Taking all there is: memory in every form that the kernel gives it in, descriptors, threads, disk,
//! processor.

use crate::attack::{Attack, Ends::*, attack, check};
use crate::layers::*;
use belljar::program::LimitReached;

const ALWAYS_WATCHED: &str = "the jailer always looks";

fn memory_is_bounded_in_every_form() -> Vec<Attack> {
    vec![
        attack(
            "a large block",
            r#"
                block = bytearray(1 << 30)
                return len(block)
            "#,
            Refused,
            &[LIMIT_ADDRESS_SPACE, LIMIT_DATA, MEMORY_WATCH],
        )
        .untried_bare(ALWAYS_WATCHED),
        attack(
            "many small objects",
            r#"
                kept = []
                for _ in range(1024):
                    kept.append(b"x" * (1 << 20))
                return len(kept)
            "#,
            Refused,
            &[LIMIT_ADDRESS_SPACE, LIMIT_DATA, MEMORY_WATCH],
        )
        .untried_bare(ALWAYS_WATCHED),
        attack(
            "mappings",
            r#"
                kept = [mmap.mmap(-1, 1 << 20, flags=mmap.MAP_PRIVATE) for _ in range(1024)]
                for each in kept:
                    each[0] = 1
                return len(kept)
            "#,
            Refused,
            &[LIMIT_ADDRESS_SPACE, LIMIT_DATA],
        ),
        attack(
            "shared mappings, which are not data",
            r#"
                kept = [mmap.mmap(-1, 1 << 20, flags=mmap.MAP_SHARED) for _ in range(1024)]
                return len(kept)
            "#,
            Refused,
            &[LIMIT_ADDRESS_SPACE],
        ),
        attack(
            "memory that is written and then only read, which is data no more",
            r#"
                for _ in range(300):
                    start = call("mmap", 0, 1 << 20, 3, 0x22, -1, 0)
                    ctypes.memset(start, 1, 1 << 20)
                    call("mprotect", start, 1 << 20, 1)
                time.sleep(1)
                return "300 MiB"
            "#,
            AtLimit(LimitReached::Memory),
            &[MEMORY_WATCH],
        )
        .untried_bare(ALWAYS_WATCHED),
        attack(
            "shared mappings, filled",
            r#"
                kept = [mmap.mmap(-1, 1 << 20, flags=mmap.MAP_SHARED) for _ in range(300)]
                for each in kept:
                    each.write(bytes(1 << 20))
                time.sleep(1)
                return len(kept)
            "#,
            AtLimit(LimitReached::Memory),
            &[MEMORY_WATCH],
        )
        .untried_bare(ALWAYS_WATCHED),
        attack(
            "memory that grows down, which is a stack and not data",
            r#"
                MAP_GROWSDOWN = 0x100
                for _ in range(300):
                    start = call("mmap", 0, 1 << 20, 3, 0x22 | MAP_GROWSDOWN, -1, 0)
                    ctypes.memset(start, 1, 1 << 20)
                time.sleep(1)
                return "300 MiB"
            "#,
            Refused,
            &[SECCOMP, MEMORY_WATCH],
        )
        .untried_bare(ALWAYS_WATCHED),
        attack(
            "the stack, whose limit is raised first",
            r#"
                import resource
                hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
                resource.setrlimit(resource.RLIMIT_STACK, (hard, hard))
                with open("/proc/self/maps") as maps:
                    stack = next(line for line in maps if "[stack]" in line)
                start, end = (int(each, 16) for each in stack.split()[0].split("-"))
                # As deep calls would, a page at a time.
                for at in range(start, end - (300 << 20), -4096):
                    ctypes.memset(at, 1, 1)
                time.sleep(1)
                return "300 MiB"
            "#,
            Crashes,
            &[LIMIT_STACK, MEMORY_WATCH],
        )
        .untried_bare(ALWAYS_WATCHED),
        attack(
            "memory of threads whose main thread has ended, which is in nobody's statistics",
            r#"
                def fill():
                    time.sleep(0.2)
                    for _ in range(300):
                        start = call("mmap", 0, 1 << 20, 3, 0x22, -1, 0)
                        ctypes.memset(start, 1, 1 << 20)
                        call("mprotect", start, 1 << 20, 1)
                    time.sleep(1)
                    os.write(1, b"SUCCEEDED 300 MiB\n")
                    os._exit(0)
                threading.Thread(target=fill).start()
                call("exit", 0)
            "#,
            AtLimit(LimitReached::Memory),
            &[MEMORY_WATCH],
        )
        .untried_bare(ALWAYS_WATCHED),
        attack(
            "the heap's end",
            r#"
                now = call("brk", 0)
                if call("brk", now + (1 << 30)) < now + (1 << 30):
                    raise Refused("it stays where it was")
                return "moved"
            "#,
            Refused,
            &[LIMIT_ADDRESS_SPACE, LIMIT_DATA],
        ),
        attack(
            "a mapping that grows",
            r#"
                start = call("mmap", 0, 4096, 3, 0x22, -1, 0)
                return call("mremap", start, 4096, 1 << 30, 1, 0)
            "#,
            Refused,
            &[LIMIT_ADDRESS_SPACE, LIMIT_DATA],
        ),
        attack(
            "a file in memory",
            r#"
                fd = call("memfd_create", b"x", 0)
                for _ in range(1024):
                    os.write(fd, bytes(1 << 20))
                return os.fstat(fd).st_size
            "#,
            Refused,
            &[SECCOMP, LIMIT_FILE_SIZE],
        ),
        attack(
            "files in /tmp",
            r#"
                with open("/tmp/large", "wb") as file:
                    for _ in range(256):
                        file.write(bytes(1 << 20))
                return os.stat("/tmp/large").st_size
            "#,
            Refused,
            &[TMP_SIZE, LIMIT_FILE_SIZE],
        ),
        attack(
            "many files in /tmp, each of them small enough",
            r#"
                for number in range(60):
                    with open(f"/tmp/{number}", "wb") as file:
                        for _ in range(8):
                            file.write(bytes(1 << 20))
                return "480 MiB"
            "#,
            Refused,
            &[TMP_SIZE],
        ),
        attack(
            "files in /tmp without a name",
            r#"
                kept = []
                for number in range(60):
                    kept.append(os.open("/tmp", os.O_TMPFILE | os.O_RDWR))
                    for _ in range(8):
                        os.write(kept[-1], bytes(1 << 20))
                return "480 MiB"
            "#,
            Refused,
            &[TMP_SIZE],
        ),
        attack(
            "a file that is only asked for",
            r#"
                fd = os.open("/tmp/large", os.O_RDWR | os.O_CREAT)
                return call("fallocate", fd, 0, 0, 1 << 30)
            "#,
            Refused,
            &[TMP_SIZE, LIMIT_FILE_SIZE],
        ),
        attack(
            "a sparse file, mapped and filled",
            r#"
                fd = os.open("/tmp/sparse", os.O_RDWR | os.O_CREAT)
                os.ftruncate(fd, 1 << 30)
                mapped = mmap.mmap(fd, 1 << 30)
                for start in range(0, 1 << 30, 4096):
                    mapped[start] = 1
                return "filled"
            "#,
            Refused,
            &[TMP_SIZE, LIMIT_FILE_SIZE, LIMIT_ADDRESS_SPACE],
        )
        .untried_bare(ALWAYS_WATCHED),
        attack(
            "very many files",
            r#"
                for number in range(100_000):
                    os.close(os.open(f"/tmp/{number}", os.O_CREAT | os.O_WRONLY))
                return "all made"
            "#,
            Refused,
            &[TMP_ENTRIES],
        ),
        attack(
            "very many folders, each in the last",
            r#"
                os.chdir("/tmp")
                for number in range(1_000):
                    os.mkdir("x")
                    os.chdir("x")
                return "all made"
            "#,
            Refused,
            &[TMP_ENTRIES],
        ),
        attack(
            "attributes of files",
            r#"
                open("/tmp/x", "w").close()
                for number in range(10_000):
                    os.setxattr("/tmp/x", f"user.{number}", bytes(60_000))
                return "600 MB"
            "#,
            Refused,
            &[SECCOMP, TMP_ENTRIES],
        ),
        attack(
            "the buffers of pipes",
            r#"
                import fcntl
                filled = 0
                pipes = []
                for _ in range(4000):
                    reading, writing = os.pipe()
                    pipes.append((reading, writing))
                    fcntl.fcntl(writing, 1031, 1 << 20)
                    filled += os.write(writing, bytes(1 << 20))
                    if filled > 32 << 20:
                        return filled
            "#,
            Refused,
            &[SECCOMP],
        ),
        attack(
            "the buffers of sockets",
            r#"
                filled = 0
                pairs = []
                while True:
                    pairs.append(socket.socketpair())
                    writer = pairs[-1][0]
                    writer.setblocking(False)
                    try:
                        writer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30)
                    except OSError:
                        pass
                    try:
                        while True:
                            filled += writer.send(bytes(1 << 16))
                    except BlockingIOError:
                        pass
                    if filled > 100 << 20:
                        return filled
            "#,
            Refused,
            &[LIMIT_OPEN_FILES],
        ),
        attack(
            "descriptors in flight, which no limit of its own counts",
            r#"
                import array
                kept = []
                sent = 0
                for _ in range(5):
                    one, other = socket.socketpair()
                    kept.append((one, other))
                    one.setblocking(False)
                    try:
                        while True:
                            pipe = os.pipe()
                            one.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", pipe))])
                            os.close(pipe[0])
                            os.close(pipe[1])
                            sent += 2
                            if sent > 2000:
                                return sent
                    except BlockingIOError:
                        pass
                raise Refused(f"after {sent}")
            "#,
            Refused,
            &[LIMIT_OPEN_FILES],
        ),
        attack(
            "threads",
            r#"
                def wait():
                    time.sleep(20)
                started = 0
                threading.stack_size(32 << 10)
                while started < 1000:
                    threading.Thread(target=wait, daemon=True).start()
                    started += 1
                return started
            "#,
            Refused,
            &[LIMIT_PROCESSES],
        ),
        attack(
            "stacks of threads",
            r#"
                started = 0
                threading.stack_size(128 << 20)
                while started < 12:
                    threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
                    started += 1
                return started
            "#,
            Refused,
            &[LIMIT_ADDRESS_SPACE, LIMIT_DATA],
        ),
        attack(
            "the stack",
            r#"
                import resource
                if resource.getrlimit(resource.RLIMIT_STACK)[0] in (-1, resource.RLIM_INFINITY):
                    return "without limit"
                raise Refused(resource.getrlimit(resource.RLIMIT_STACK))
            "#,
            Refused,
            &[LIMIT_STACK],
        )
        .untried_bare("it may have a limit from whoever starts the tests"),
        attack(
            "descriptors",
            r#"
                kept = []
                while len(kept) < 4000:
                    kept.append(os.dup(1))
                return len(kept)
            "#,
            Refused,
            &[LIMIT_OPEN_FILES],
        ),
        attack(
            "timers",
            r#"
                timer = ctypes.c_int()
                for number in range(10_000):
                    call("timer_create", 1, 0, ctypes.byref(timer))
                return number
            "#,
            Refused,
            &[SECCOMP, LIMIT_SIGNALS],
        ),
        attack(
            "signals that wait",
            r#"
                signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGRTMIN})
                information = struct.pack("iii116x", signal.SIGRTMIN, 0, -1)
                for number in range(10_000):
                    call("rt_sigqueueinfo", os.getpid(), signal.SIGRTMIN, information)
                return number
            "#,
            Refused,
            &[SECCOMP, LIMIT_SIGNALS],
        ),
    ]
}

fn the_processor_is_bounded() -> Vec<Attack> {
    vec![
        attack(
            "a loop",
            r#"
                signal.signal(signal.SIGXCPU, lambda *_: None)
                until = time.thread_time() + 4
                while time.thread_time() < until:
                    pass
                return "four seconds"
            "#,
            AtLimit(LimitReached::Fuel),
            &[LIMIT_CPU, CPU_WATCH],
        )
        .untried_bare(ALWAYS_WATCHED),
        attack(
            "loops in threads, which a limit for each would miss",
            r#"
                signal.signal(signal.SIGXCPU, signal.SIG_IGN)
                import hashlib
                def work():
                    until = time.process_time() + 4
                    block = bytes(1 << 22)
                    while time.process_time() < until:
                        hashlib.sha256(block)
                threads = [threading.Thread(target=work) for _ in range(4)]
                for thread in threads: thread.start()
                for thread in threads: thread.join()
                return "four seconds"
            "#,
            AtLimit(LimitReached::Fuel),
            &[LIMIT_CPU, CPU_WATCH],
        )
        .untried_bare(ALWAYS_WATCHED),
    ]
}

pub fn attacks() -> Vec<Attack> {
    [
        memory_is_bounded_in_every_form(),
        the_processor_is_bounded(),
    ]
    .concat()
}

#[test]
fn each_is_refused_by_each_of_its_layers() {
    check(&attacks());
}
