//! Programs one after the other and beside each other: what one has, leaves or changes, another does
//! not find.

use crate::attack::{Ends, refused_in};
use crate::common::dedent;
use crate::jail::{Jail, LIMITS};
use crate::outside::SECRET;

/// A program that must leave nothing, and what the next one looks for: it prints `SUCCEEDED` if it
/// finds it.
const PAIRS: &[(&str, &str, &str)] = &[
    (
        "a file in /tmp",
        "open('/tmp/left', 'w').write('x')",
        r#"
        if os.path.exists("/tmp/left") or os.listdir("/tmp"):
            return os.listdir("/tmp")
        raise Refused("nothing is there")
        "#,
    ),
    (
        "modules that are the same for all",
        r#"
        import builtins, json, os, random, sys
        json.dumps = lambda *_: "changed"
        os.getpid = lambda: 4711
        builtins.changed = True
        sys.modules["changed"] = sys
        sys.path.insert(0, "/tmp/changed")
        sys.addaudithook(lambda *_: None)
        sys.meta_path.insert(0, object())
        random.random = lambda: 4
        os.environ["CHANGED"] = "yes"
        "#,
        r#"
        import builtins, json, random
        seen = [json.dumps(1) != "1", os.getpid() == 4711, hasattr(builtins, "changed"), "changed" in sys.modules,
                "/tmp/changed" in sys.path, type(sys.meta_path[0]) is object, random.random() == 4, "CHANGED" in os.environ]
        if not any(seen):
            raise Refused("as if nothing had been")
        return seen
        "#,
    ),
    (
        "the code of functions, changed in place",
        r#"
        import json, os
        def changed(*arguments, **options):
            return "changed"
        json.dumps.__code__ = changed.__code__
        json.dumps.__kwdefaults__.clear()
        "#,
        r#"
        import json
        if json.dumps(1) != "1":
            return json.dumps(1)
        raise Refused("as if nothing had been")
        "#,
    ),
    (
        "integers and other objects, changed in memory",
        r#"
        import ctypes
        # 5 is one object for everybody.
        ctypes.memset(id(5) + 24, 7, 1)
        "#,
        r#"
        if 2 + 3 != int("5") or int("5") * 2 != 10:
            return int("5")
        raise Refused("as if nothing had been")
        "#,
    ),
    (
        "modules on disk",
        r#"
        import os
        for folder in (os.path.dirname(os.__file__), "/site-packages", "/tmp"):
            try:
                with open(folder + "/planted.py", "w") as planted:
                    planted.write("found = True")
            except OSError:
                pass
        "#,
        r#"
        try:
            import planted
        except ImportError as error:
            raise Refused(error)
        return planted.found
        "#,
    ),
    (
        "what is switched on descriptors that were there before",
        r#"
        import fcntl, os
        for fd in range(3):
            fcntl.fcntl(fd, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND)
        "#,
        r#"
        import fcntl
        switched = os.O_NONBLOCK | os.O_APPEND
        found = [fd for fd in range(3) if fcntl.fcntl(fd, fcntl.F_GETFL) & switched]
        if not found:
            raise Refused("as if nothing had been")
        return found
        "#,
    ),
    (
        "System V memory",
        r#"
        import ctypes
        libc = ctypes.CDLL(None)
        memory = libc.shmget(4711, 4096, 0o1666)
        "#,
        r#"return call("shmget", 4711, 4096, 0o666)"#,
    ),
];

#[test]
fn a_program_leaves_nothing_to_the_next() {
    let jail = Jail::without(&[]).unwrap();
    for (name, first, second) in PAIRS {
        jail.run(&dedent(first), LIMITS).unwrap();
        refused_in(&jail, name, second, Ends::Refused);
    }
}

/// Looks through all of its own memory for a text that it knows only backwards and in two pieces,
/// so that what it finds was there before it.
const SEARCH: &str = r#"
    libc.memmem.restype = ctypes.c_void_p
    libc.memmem.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    libc.memcmp.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    first, rest = (HOST[SOUGHT][:-9:-1].encode(), HOST[SOUGHT][-9::-1].encode())
    found = []
    for line in list(open("/proc/self/maps")):
        span, mode = line.split()[:2]
        at, end = (int(each, 16) for each in span.split("-"))
        if mode[0] != "r" or line.rstrip().endswith(("[vvar]", "[vvar_vclock]", "[vsyscall]")):
            continue
        while at is not None and end - at > len(rest) + 8:
            at = libc.memmem(at, end - at, first, 8)
            if at is not None:
                if at + 8 + len(rest) <= end and libc.memcmp(at + 8, rest, len(rest)) == 0:
                    found.append(hex(at))
                at += 1
    if not found:
        raise Refused("nowhere in memory")
    return found
"#;

fn search(sought: &str) -> String {
    format!("SOUGHT = {sought:?}\n{}", dedent(SEARCH))
}

#[test]
fn memory_holds_nothing_of_the_host_or_of_a_program_before() {
    let jail = Jail::without(&[]).unwrap();
    let secret = format!("secret = {SECRET:?} * 100\nprint(len(secret))");
    jail.run(&secret, LIMITS).unwrap();
    for sought in [
        "a program before",
        "the environment",
        "the packages' folder",
        "belljar",
    ] {
        let found = searched(&jail, &search(sought));
        assert!(found.starts_with("REFUSED"), "{sought}: {found}");
    }
}

/// The search finds what is there.
#[test]
fn the_search_through_memory_works() {
    let jail = Jail::without(&[]).unwrap();
    let program = format!(
        "kept = {SECRET:?}.encode() * 2\n{}",
        search("a program before")
    );
    let came = searched(&jail, &program);
    assert!(came.contains("SUCCEEDED"), "{came}");
}

fn searched(jail: &Jail, program: &str) -> String {
    let outcome = jail.search(&crate::attack::body(program)).unwrap();
    String::from_utf8_lossy(&outcome.stdout).into_owned()
}

#[test]
fn programs_at_the_same_time_do_not_see_each_other() {
    let jail = Jail::without(&[]).unwrap();
    let victim = format!(
        "import fcntl, time\nopen('/tmp/mine', 'w').write({SECRET:?})\nkept = {SECRET:?}\n\
         shared = open('/usr/lib/os-release')\nfcntl.lockf(shared, fcntl.LOCK_SH, 7, 4711)\n\
         time.sleep(3)\nprint('fine')"
    );
    let running = jail.start(&victim, LIMITS);
    let attacks = [
        (
            "its process",
            r#"
            found = []
            for pid in range(1, 2000):
                if pid != os.getpid():
                    for name in ("", "/root/tmp/mine", "/mem", "/cmdline", "/fd/1"):
                        if os.path.lexists(f"/proc/{pid}{name}"):
                            found.append((pid, name))
            if not found:
                raise Refused("no other is there")
            return found
            "#,
        ),
        (
            "its locks on files that all see",
            r#"
            import fcntl
            with open("/usr/lib/os-release") as file:
                asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
                kind, _, start, length, _ = struct.unpack("hhqqi4x", fcntl.fcntl(file, fcntl.F_GETLK, asked))
            if kind == fcntl.F_UNLCK:
                raise Refused("there is none")
            return start, length
            "#,
        ),
        (
            "its files",
            r#"
            for folder, _, files in os.walk("/"):
                if "mine" in files:
                    return folder
            raise Refused("no file of this name")
            "#,
        ),
        (
            "its output",
            r#"
            for pid in range(1, 200):
                try:
                    return os.open(f"/proc/{pid}/fd/1", os.O_WRONLY) if pid != os.getpid() else 1 // 0
                except (OSError, ZeroDivisionError):
                    pass
            raise Refused("none")
            "#,
        ),
    ];
    for (name, program) in attacks {
        refused_in(&jail, name, program, Ends::Refused);
    }
    let victim = running.recv().unwrap().unwrap();
    assert_eq!(victim.stdout, b"fine\n", "{victim:?}");
}
