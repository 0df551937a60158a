//! What the jail consists of, in each of its forms, and that it closes when something is missing.

use std::os::unix::fs::PermissionsExt as _;

use belljar::native::messages::FromZygote;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::driver::{As, Folder, LIMITS, Zygote};
use super::is_root;

/// An ordinary user that nobody is.
const USER: u32 = 52_077;

/// Looks around.
const PROBE: &str = r#"
import os
def may(f):
    try:
        f()
        return True
    except OSError:
        return False
status = dict(line.split(":\t") for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
print("caps", {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")})
print("seccomp", status["Seccomp"], "nnp", status["NoNewPrivs"])
print("write /usr", may(lambda: open("/usr/x", "w")))
print("read shadow", may(lambda: open("/etc/shadow").read()))
print("write mem", may(lambda: open("/proc/self/mem", "r+b")))
print("other processes", sorted(name for name in os.listdir("/proc") if name.isdigit() and name != str(os.getpid())) if may(lambda: os.listdir("/proc")) else [])
print("write", may(lambda: open("file", "w").write("x")))
"#;

const SHUT: &str = "caps {'0000000000000000'}\nseccomp 2 nnp 1\nwrite /usr False\nread shadow False\n\
    write mem False\nother processes []\n";

fn off(zygote: &Zygote) -> Vec<&str> {
    let layers = zygote.layers.iter();
    let off = layers.filter(|(_, state)| state.starts_with("off"));
    off.map(|(name, _)| name.as_str()).collect()
}

#[test]
fn as_root_every_layer_is_on_and_children_have_ids_of_their_own() {
    if !is_root() {
        return;
    }
    let mut zygote = Zygote::start("root", As::Myself, |_| {});
    assert_eq!(off(&zygote), [""; 0], "{:#?}", zygote.layers);
    let ran = zygote.run(PROBE);
    assert_eq!(ran.stdout, format!("{SHUT}write True\n"), "{ran:?}");
    let ids = "import os\nprint(set(os.getresuid() + os.getresgid()), os.getgroups(), os.getpid())";
    let (first, second) = (zygote.run(ids).stdout, zygote.run(ids).stdout);
    assert_ne!(first, second);
    assert!(!first.contains("{0"), "{first}");
}

#[test]
fn as_an_ordinary_user_only_the_id_of_its_own_is_missing() {
    if !is_root() {
        return;
    }
    let mut zygote = Zygote::start("user", As::User(USER), |_| {});
    assert_eq!(
        off(&zygote),
        ["identity", "memfd-noexec"],
        "{:#?}",
        zygote.layers
    );
    let ran = zygote.run(PROBE);
    assert_eq!(ran.stdout, format!("{SHUT}write True\n"), "{ran:?}");
}

/// As in a container with its usual profile.
#[test]
fn without_namespaces_it_is_another_user_landlock_and_the_filter() {
    if !is_root() {
        return;
    }
    let scratch = Folder::new("scratch");
    std::fs::set_permissions(&scratch.0, std::fs::Permissions::from_mode(0o1733)).unwrap();
    let mut zygote = Zygote::start("plain", As::Myself, |spec| {
        spec.without = vec!["namespaces".to_owned()];
        spec.scratch = Some(scratch.0.clone());
        std::fs::write(spec.site.join("raises.py"), "1/0").unwrap();
    });
    assert!(
        zygote.layers["landlock"].starts_with("on"),
        "{:#?}",
        zygote.layers
    );
    assert!(
        zygote.layers["identity"].starts_with("on"),
        "{:#?}",
        zygote.layers
    );
    let ran = zygote.run(PROBE);
    assert_eq!(ran.stdout, format!("{SHUT}write True\n"), "{ran:?}");
    let place =
        zygote.run("import os, tempfile\nprint(os.getcwd() == tempfile.gettempdir(), os.getuid())");
    assert!(place.stdout.starts_with("True 2310"), "{place:?}");
    // Where the packages are on the host is nobody's business.
    let raised = zygote.run("import raises").stderr;
    assert!(
        raised.contains("  File \"/site-packages/raises.py\", line 1, in <module>\n"),
        "{raised}"
    );
}

#[test]
fn without_namespaces_and_root_it_is_landlock_and_the_filter() {
    if !is_root() {
        return;
    }
    let mut zygote = Zygote::start("plainuser", As::User(USER), |spec| {
        spec.without = vec!["namespaces".to_owned()];
    });
    let ran = zygote.run(PROBE);
    assert_eq!(ran.stdout, format!("{SHUT}write False\n"), "{ran:?}");
    let chmod = zygote.run("import os\nos.chmod('/usr/bin/python3', 0)\nprint('no effect')");
    assert_eq!(chmod.stdout, "no effect\n", "{chmod:?}");
}

#[test]
fn what_must_not_be_missing_is_said_and_nothing_runs() {
    let python = |path: &str| {
        let failed = Zygote::try_start("bad", As::Myself, |spec| spec.python = path.into());
        failed.err().expect("no zygote")
    };
    assert!(python("/bin/cat").contains("`/bin/cat` is not to be used"));
    assert!(python("/nonexistent").contains("No such file"));
    assert!(python("python3").contains("not absolute"));
    let failed = Zygote::try_start("bad", As::Myself, |spec| {
        spec.site = "/nonexistent/site".into();
        spec.without = Vec::new();
    });
    // Without its packages there are no namespaces, and plain there is nothing at the place either:
    // imports fail, and say so.
    if let Ok(zygote) = &failed {
        assert!(zygote.layers["namespaces"].contains("/nonexistent/site"));
    }
}

#[test]
fn what_is_imported_and_what_is_not_is_told() {
    let zygote = Zygote::try_start("imports", As::Myself, |spec| {
        std::fs::write(spec.site.join("fine.py"), "x = 1").unwrap();
        std::fs::write(spec.site.join("broken.py"), "1/0").unwrap();
        spec.preload = ["fine", "broken", "json"].map(str::to_owned).to_vec();
    });
    let mut zygote = zygote.unwrap();
    let ran = zygote.run("import sys\nprint('fine' in sys.modules)\nimport broken");
    assert_eq!(ran.stdout, "True\n");
    assert!(
        ran.stderr
            .contains("File \"/site-packages/broken.py\", line 1"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("    1/0\n"), "{ran:?}");
}

#[test]
fn what_a_packages_native_code_would_do_at_the_end_is_not_for_its_children() {
    let mut zygote = Zygote::start("at-exit", As::Myself, |spec| {
        let tidies = "import atexit, os\natexit.register(os._exit, 9)\n\
            def tell():\n    print('told')\natexit.register(tell)\n";
        std::fs::write(spec.site.join("tidies.py"), tidies).unwrap();
        spec.preload = vec!["tidies".to_owned()];
    });
    let ran = zygote.run("import tidies\nprint(1)");
    assert_eq!((&*ran.stdout, ran.code), ("1\ntold\n", 0), "{ran:?}");
    // What the program itself registers is its own.
    let ran = zygote.run("import atexit, os\natexit.register(os._exit, 9)");
    assert_eq!(ran.code, 9, "{ran:?}");
}

#[test]
fn a_package_that_attacks_while_it_is_imported_gets_nothing() {
    let mut zygote = Zygote::start("evil", As::Myself, |spec| {
        let evil = "import ctypes, os, socket\n\
            libc = ctypes.CDLL(None, use_errno=True)\n\
            tried = {}\n\
            def attempt(name, f):\n\
            \x20   try:\n        tried[name] = f()\n    except OSError as e:\n        tried[name] = e.errno\n\
            attempt('exec', lambda: os.execv('/bin/true', ['true']))\n\
            attempt('socket', lambda: socket.socket())\n\
            attempt('ptrace', lambda: (libc.ptrace(16, 1, 0, 0), ctypes.get_errno()))\n\
            attempt('write', lambda: open('/usr/x', 'w'))\n\
            attempt('environ', lambda: open('/proc/1/environ').read())\n";
        std::fs::write(spec.site.join("evil.py"), evil).unwrap();
        spec.preload = vec!["evil".to_owned()];
    });
    let ran = zygote.run("import evil\nprint({n: v for n, v in evil.tried.items() if n != 'environ'})\nprint('PATH' in str(evil.tried['environ']))");
    let enosys = libc::ENOSYS;
    let expected =
        format!("{{'exec': {enosys}, 'socket': {enosys}, 'ptrace': (-1, {enosys}), 'write': ");
    assert!(ran.stdout.starts_with(&expected), "{ran:?}");
    assert!(ran.stdout.ends_with("False\n"), "{ran:?}");
}

#[test]
fn what_the_configuration_allows_is_allowed() {
    let mut zygote = Zygote::start("allowed", As::Myself, |spec| {
        spec.allowed_syscalls = ["sched_setscheduler", "inotify_init1", "ptrace"]
            .map(str::to_owned)
            .to_vec();
    });
    assert_eq!(
        zygote.layers["allowed-syscalls"],
        "off: ptrace: only attacks need it"
    );
    let code = "import ctypes\nlibc = ctypes.CDLL(None)\nprint(libc.inotify_init1(0) > 0, libc.ptrace(0, 0, 0, 0))";
    let ran = zygote.run(code);
    assert_eq!(ran.stdout, "True -1\n", "{ran:?}");
    assert_eq!(ran.denied, ["ptrace"]);
}

#[test]
fn all_processes_end_with_the_launcher_and_with_the_jailer() {
    let mut zygote = Zygote::start("ends", As::Myself, |_| {});
    let child = zygote.park();
    let outputs = child.hand_over(
        "import time\nprint('runs', flush=True)\ntime.sleep(60)",
        None,
        LIMITS,
    );
    let launcher = Pid::from_raw(zygote.process_id().try_into().unwrap());
    kill(launcher, Signal::SIGKILL).unwrap();
    // The pipes end when the last process that holds them has.
    for output in outputs {
        output.join().unwrap();
    }
    assert!(
        zygote.hear().is_none() || matches!(zygote.hear(), Some(FromZygote::Exited { .. }) | None)
    );
}
