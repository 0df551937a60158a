//! The installer's confinement: hostile build scripts, started as an installer starts them. Each
//! attack is tried with all layers on, and again with those left out that are there to stop it:
//! then it must succeed.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use belljar::hardening::{Hardening, Layer};
use belljar::packages::confined::{self, ConfinedError, Done, Installer};

use crate::common::process::{Folder, program_folder, spawn};

/// All layers that keep one process from another.
const BETWEEN_PROCESSES: [Layer; 5] = [
    Layer::Identity,
    Layer::Capabilities,
    Layer::Landlock,
    Layer::Seccomp,
    Layer::Processes,
];

/// Where an installer works, and what it must not touch, all of it open to everybody as far as file
/// permissions go.
struct Site {
    folder: Folder,
    work: PathBuf,
    cache: PathBuf,
}

impl Site {
    fn new() -> Self {
        let folder = Folder::public();
        let work = folder.0.join("packages/work-1");
        let cache = folder.0.join("packages/cache");
        fs::create_dir_all(&work).unwrap();
        for place in ["packages/sets/1", "runtimes", "project/conf"] {
            let file = folder.write(&format!("{place}/file"), "untouched");
            fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
            let place = folder.0.join(place);
            fs::set_permissions(&place, fs::Permissions::from_mode(0o777)).unwrap();
        }
        let secret = folder.write("secret", "secret");
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
        Self {
            folder,
            work,
            cache,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.0.join(name)
    }

    /// Runs a Python program as an installer.
    fn run(
        &self,
        code: &str,
        change: impl FnOnce(&mut Installer<'_>),
    ) -> Result<Done, ConfinedError> {
        let code = format!(
            "import os, sys, time, signal, socket, ctypes\n{}",
            crate::common::dedent(code)
        );
        let mut installer = Installer::new("/usr/bin/python3", &self.work);
        installer.cache = Some(&self.cache);
        installer.arguments = vec!["-I".into(), "-c".into(), code.into()];
        installer.patience = Duration::from_secs(60);
        installer.warden = Some(program_folder().join("belljar"));
        change(&mut installer);
        let executor = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        executor.block_on(confined::run_and_report(&installer))
    }

    /// What it says on its standard error.
    #[track_caller]
    fn says(&self, code: &str, without: &[Layer]) -> String {
        let done = self.run(code, |installer| installer.without = without.to_vec());
        let done = done.unwrap_or_else(|error| panic!("{error}"));
        done.ended.stderr.trim().to_owned()
    }
}

/// Whether installers get a user of their own here, as with root's capabilities.
fn has_own_user() -> bool {
    let site = Site::new();
    let own = site.says("print(os.getuid(), file=sys.stderr)", &[]);
    // SAFETY: takes nothing and always succeeds.
    own != unsafe { libc::geteuid() }.to_string()
}

/// Whether they get process ids of their own.
fn has_namespaces() -> bool {
    let done = Site::new().run("", |_| {}).unwrap();
    done.report.to_string().contains("own processes: namespace")
}

/// Processes with these words in their command line.
pub fn processes(words: &str) -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &u32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(words)
    })
    .collect()
}

/// Words that no other process has.
pub fn mark() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("belljar-mark-{}-{number}", std::process::id())
}

/// A process of ours, as the supervisor is, with something to hide.
fn victim() -> std::process::Child {
    let mut command = Command::new("sleep");
    command.arg("60").env("API_KEY", "hidden");
    spawn(command)
}

#[test]
fn all_layers_are_on_and_the_status_shows_it() {
    let site = Site::new();
    let code = "print(open('/proc/self/status').read(), file=sys.stderr)";
    let done = site.run(code, |_| {}).unwrap();
    let missing = done.report.missing();
    // SAFETY: takes nothing and always succeeds.
    if has_own_user() || unsafe { libc::geteuid() } != 0 {
        assert_eq!(missing, "", "{}", done.report);
    } else {
        assert!(
            missing.starts_with("unprivileged user (changing its user takes CAP_"),
            "{missing}"
        );
    }
    // Landlock keeps the status from it where it has no `/proc` of its own.
    if has_namespaces() {
        let status = done.ended.stderr;
        for line in [
            "Seccomp:\t2",
            "NoNewPrivs:\t1",
            "CapEff:\t0000000000000000",
            "CapPrm:\t0000000000000000",
        ] {
            assert!(status.contains(line), "{line}: {status}");
        }
        if has_own_user() {
            assert!(status.contains("CapBnd:\t0000000000000000"), "{status}");
            assert!(status.contains("Uid:\t59"), "{status}");
            assert!(status.contains("Groups:\t \n"), "{status}");
        }
    }
}

#[test]
fn nothing_but_the_work_folder_and_the_cache_can_be_written() {
    let site = Site::new();
    let places = [
        "packages/sets/1",
        "packages",
        "runtimes",
        "project",
        "project/conf",
        ".",
    ];
    let places = places.map(|place| site.path(place)).into_iter();
    let others = [
        "/tmp",
        "/var/tmp",
        "/dev/shm",
        "/etc",
        "/usr/local/lib",
        "/root",
    ]
    .map(PathBuf::from);
    let places: Vec<_> = places.chain(others).collect();
    let mark = mark();
    let code = format!(
        r#"
        done = []
        for place in {places:?}:
            for name, how in (("file", "a"), ("{mark}", "w")):
                try:
                    if name == "file" and not os.path.exists(os.path.join(place, name)):
                        continue
                    open(os.path.join(place, name), how).write("changed")
                    done.append(place)
                except OSError:
                    pass
            for attempt in (
                lambda: os.mkdir(os.path.join(place, "{mark}-d")),
                lambda: os.symlink("x", os.path.join(place, "{mark}-l")),
                lambda: os.unlink(os.path.join(place, "file")),
                lambda: os.rename(os.path.join(place, "file"), "moved"),
                lambda: os.link(os.path.join(place, "file"), "linked"),
                lambda: os.truncate(os.path.join(place, "file"), 0),
            ):
                try:
                    attempt()
                    done.append(place)
                except OSError:
                    pass
        for place in (".", os.environ["HOME"], os.environ["TMPDIR"], {cache:?}):
            open(os.path.join(place, "mine"), "w").write("x")
        print(done, file=sys.stderr)
        "#,
        cache = site.cache,
    );
    assert_eq!(site.says(&code, &[]), "[]");
    for place in ["packages/sets/1", "runtimes", "project/conf"] {
        let file = fs::read_to_string(site.path(place).join("file")).unwrap();
        assert_eq!(file, "untouched");
    }
    let open = site.says(&code, &[Layer::Landlock]);
    for place in ["packages/sets/1", "runtimes", "project/conf"] {
        assert!(
            open.contains(&format!("{:?}", site.path(place)).replace('"', "'")),
            "{open}"
        );
    }
    for place in ["/tmp", "/var/tmp", "/dev/shm"] {
        for name in [mark.clone(), format!("{mark}-d"), format!("{mark}-l")] {
            let path = Path::new(place).join(name);
            let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir(&path));
        }
    }
}

#[test]
fn files_that_are_nobody_elses_business_cannot_be_read() {
    let site = Site::new();
    let code = format!(
        r#"
        for place in ({:?}, {:?}, "/etc/shadow"):
            try:
                print(open(place).read(6), file=sys.stderr)
            except PermissionError:
                print("refused", file=sys.stderr)
        "#,
        site.path("secret"),
        site.path("project/conf/file"),
    );
    assert_eq!(site.says(&code, &[]), "refused\nrefused\nrefused");
    if has_own_user() {
        // Two layers: each does it alone for what is not for everybody.
        let identity = site.says(&code, &[Layer::Identity]);
        assert_eq!(identity, "refused\nrefused\nrefused");
        let landlock = site.says(&code, &[Layer::Landlock]);
        assert_eq!(landlock, "refused\nuntouc\nrefused");
    }
    let neither = site.says(&code, &[Layer::Identity, Layer::Landlock]);
    assert!(neither.starts_with("secret\nuntouc"), "{neither}");
}

#[test]
fn a_process_that_gets_away_is_ended() {
    let site = Site::new();
    let daemon = |mark: &str| {
        format!(
            r#"
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    os.setpgid(0, 0)
                    null = os.open("/dev/null", os.O_RDWR)
                    for fd in (0, 1, 2):
                        os.dup2(null, fd)
                    os.execv("/usr/bin/python3", ["python3", "-c", "import time; time.sleep(30)", "{mark}"])
                os._exit(0)
            os.wait()
            time.sleep(0.3)
            print("left", file=sys.stderr)
            "#
        )
    };
    // A namespace of process ids, and what is done where there is none.
    for without in [&[][..], &[Layer::Processes]] {
        let mark = mark();
        assert_eq!(site.says(&daemon(&mark), without), "left");
        assert_eq!(processes(&mark), Vec::<u32>::new(), "{without:?}");
    }
    // Unconfined it stays.
    let mark = mark();
    let code = format!(
        "import os, sys, time, signal\n{}",
        crate::common::dedent(&daemon(&mark))
    );
    let status = Command::new("/usr/bin/python3")
        .args(["-I", "-c", &code])
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let left = processes(&mark);
    assert_eq!(left.len(), 1);
    for pid in left {
        // SAFETY: no memory is passed; it is the process that was started above.
        unsafe { libc::kill(pid.cast_signed(), libc::SIGKILL) };
    }
}

#[test]
fn one_that_takes_too_long_is_ended_with_all_that_it_started() {
    let site = Site::new();
    for without in [&[][..], &[Layer::Processes]] {
        let mark = mark();
        let code = format!(
            r#"
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            for _ in range(3):
                if os.fork() == 0:
                    os.setsid()
                    os.execv("/usr/bin/python3", ["python3", "-c", "import time; time.sleep(30)", "{mark}"])
            time.sleep(30)
            "#
        );
        let since = Instant::now();
        let done = site.run(&code, |installer| {
            installer.patience = Duration::from_secs(2);
            installer.without = without.to_vec();
        });
        assert_eq!(done.unwrap().ended.status, None);
        assert!(
            since.elapsed() < Duration::from_secs(10),
            "{:?}",
            since.elapsed()
        );
        assert_eq!(processes(&mark), Vec::<u32>::new(), "{without:?}");
    }
}

#[test]
fn one_that_nobody_waits_for_is_ended_as_well() {
    let site = Site::new();
    let mark = mark();
    let mut installer = Installer::new("/usr/bin/python3", &site.work);
    let code = "import time; time.sleep(30)";
    installer.arguments = ["-c", code, &mark].map(Into::into).to_vec();
    installer.warden = Some(program_folder().join("belljar"));
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    executor.block_on(async {
        let running = confined::run_and_report(&installer);
        let waited = tokio::time::timeout(Duration::from_secs(2), running).await;
        assert!(waited.is_err());
    });
    crate::common::eventually("it is gone", || processes(&mark).is_empty());
}

#[test]
fn our_processes_can_be_neither_signalled_nor_looked_into() {
    let site = Site::new();
    let victim = victim();
    let code = format!(
        r#"
        pid = {}
        libc = ctypes.CDLL(None, use_errno=True)
        try:
            print("hidden" in open(f"/proc/{{pid}}/environ").read(), file=sys.stderr)
        except OSError:
            print("refused", file=sys.stderr)
        try:
            os.kill(pid, signal.SIGCONT)
            print("signalled", file=sys.stderr)
        except OSError:
            print("refused", file=sys.stderr)
        "#,
        victim.id()
    );
    assert_eq!(site.says(&code, &[]), "refused\nrefused");
    // Each of these layers is enough.
    for on in [Layer::Identity, Layer::Landlock, Layer::Processes] {
        let there = match on {
            Layer::Identity => has_own_user(),
            Layer::Processes => has_namespaces(),
            _ => true,
        };
        if !there {
            continue;
        }
        let without: Vec<_> = BETWEEN_PROCESSES
            .into_iter()
            .filter(|layer| *layer != on)
            .collect();
        // A `/proc` of one's own is mounted by root only, and what it shows is one's own.
        assert_eq!(
            site.says(&code, &without),
            "refused\nrefused",
            "{on:?} alone"
        );
    }
    assert_eq!(site.says(&code, &BETWEEN_PROCESSES), "True\nsignalled");
    drop(victim);
}

#[test]
fn what_only_an_attack_calls_ends_it() {
    let site = Site::new();
    let calls = [
        ("ptrace", "libc.ptrace(0, 0, 0, 0)"),
        ("a user namespace", "libc.unshare(0x10000000)"),
        (
            "a namespace by clone",
            "libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0) or os._exit(0)",
        ),
        ("chroot", "libc.chroot(b'.')"),
        ("mount", "libc.mount(b'none', b'.', b'tmpfs', 0, 0)"),
        ("bpf", "libc.syscall(321, 0, 0, 0)"),
        ("userfaultfd", "libc.syscall(323, 0)"),
        (
            "another's memory",
            "libc.process_vm_readv(os.getpid(), 0, 0, 0, 0, 0)",
        ),
    ];
    if cfg!(not(target_arch = "x86_64")) {
        // The numbers above are of one architecture.
        return;
    }
    for (name, call) in calls {
        let code = format!(
            "
            libc = ctypes.CDLL(None, use_errno=True)
            {call}
            print('still here', file=sys.stderr)
            "
        );
        let done = site.run(&code, |_| {}).unwrap();
        let status = done.ended.status.unwrap();
        // The first confined process tells of a signal as shells do.
        assert_eq!(
            status.code(),
            Some(128 + libc::SIGSYS),
            "{name}: {}",
            done.ended.stderr
        );
        assert_eq!(site.says(&code, &[Layer::Seccomp]), "still here", "{name}");
    }
}

#[test]
fn sockets_are_those_of_the_internet_and_none_listens() {
    let site = Site::new();
    let path = site.path("service");
    let _service = UnixListener::bind(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
    let registry = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = registry.local_addr().unwrap().port();
    let code = format!(
        r#"
        def unix():
            socket.socket(socket.AF_UNIX).connect({path:?})
        def connect():
            socket.create_connection(("127.0.0.1", {port}), 5)
        def listen():
            one = socket.socket()
            one.bind(("127.0.0.1", 0))
            one.listen()
        def packet():
            socket.socket(socket.AF_VSOCK)
        def old():
            socket.socket(4)
        for each in (unix, connect, listen, packet, old):
            try:
                each()
                print(each.__name__, file=sys.stderr)
            except PermissionError:
                print("refused", file=sys.stderr)
            except OSError as error:
                print(error.strerror, file=sys.stderr)
        socket.socketpair()
        "#
    );
    assert_eq!(
        site.says(&code, &[]),
        "refused\nconnect\nrefused\nrefused\nrefused"
    );
    let without = site.says(&code, &[Layer::Seccomp, Layer::Landlock]);
    assert!(without.starts_with("unix\nconnect\nlisten\n"), "{without}");
}

#[test]
fn the_disk_is_not_filled() {
    let site = Site::new();
    let code = "
        for number in range(10**6):
            with open(f'{number}', 'wb') as file:
                file.write(b'x' * (4 << 20))
                file.flush()
                os.fsync(file.fileno())
    ";
    let stopped = site.run(code, |installer| installer.disk_bytes = 64 << 20);
    let words = stopped.expect_err("it is stopped").to_string();
    assert_eq!(
        words,
        "it was stopped: it takes more than 64 MiB of the disk"
    );
    assert_eq!(fs::read_dir(&site.work).unwrap().count(), 0);

    let code = "
        file = open('large', 'wb')
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        try:
            file.truncate(33 << 20)
        except OSError as error:
            print(error.strerror, file=sys.stderr)
    ";
    let done = site.run(code, |installer| installer.limits.file_bytes = 32 << 20);
    assert_eq!(done.unwrap().ended.stderr.trim(), "File too large");
}

#[test]
fn a_fork_bomb_is_bounded() {
    if !has_own_user() {
        // The limit counts all processes of the user, also those that are not the installer's.
        return;
    }
    let site = Site::new();
    let mark = mark();
    let code = format!(
        r#"
        made = 0
        marked = "{mark}"
        try:
            while made < 500:
                if os.fork() == 0:
                    time.sleep(30)
                    os._exit(0)
                made += 1
        except BlockingIOError:
            pass
        print(made, file=sys.stderr)
        "#
    );
    for without in [&[][..], &[Layer::Processes]] {
        let done = site.run(&code, |installer| {
            installer.limits.processes = 50;
            installer.without = without.to_vec();
        });
        let made: u32 = done.unwrap().ended.stderr.trim().parse().unwrap();
        assert!((10..50).contains(&made), "{made}");
        assert_eq!(processes(&mark), Vec::<u32>::new(), "{without:?}");
    }
    let unlimited = site.says(&code, &[Layer::Limits]);
    assert_eq!(unlimited, "500");
}

#[test]
fn what_is_left_is_ours_and_plain() {
    let site = Site::new();
    let code = r#"
        os.makedirs("site/closed")
        open("site/closed/module.py", "w").write("x = 1")
        open("site/tool", "w").write("x")
        os.chmod("site/tool", 0o6777)
        os.chmod("site/closed/module.py", 0o222)
        os.chmod("site/closed", 0o000)
        os.symlink("tool", "site/alias")
        open(os.path.join(os.environ["HOME"], "x"), "w")
        open(os.path.join(os.environ["TMPDIR"], "x"), "w")
    "#;
    site.run(code, |_| {}).unwrap();
    let names: Vec<_> = fs::read_dir(&site.work)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["site"]);
    // SAFETY: takes nothing and always succeeds.
    let me = unsafe { libc::geteuid() };
    for (name, mode) in [
        ("site/closed", 0o40755),
        ("site/closed/module.py", 0o100_644),
        ("site/tool", 0o100_755),
    ] {
        let metadata = fs::symlink_metadata(site.work.join(name)).unwrap();
        assert_eq!((metadata.uid(), metadata.mode()), (me, mode), "{name}");
    }
    assert_eq!(
        fs::read_link(site.work.join("site/alias")).unwrap(),
        Path::new("tool")
    );

    let unusable = |code: &str, words: &str| {
        let refused = site.run(code, |_| {});
        let said = refused.expect_err(words).to_string();
        assert!(said.contains(words), "{said}");
        assert_eq!(fs::read_dir(&site.work).unwrap().count(), 0);
    };
    unusable("os.mkfifo('pipe')", "which is neither a file nor a folder");
    unusable(
        "os.symlink('/etc/passwd', 'out')",
        "outside of what it installed",
    );
    unusable(
        "os.makedirs('a/b'); os.symlink('../../..', 'a/b/out')",
        "outside of what it installed",
    );
    let deep = "
        for _ in range(3000):
            os.mkdir('deep')
            os.chdir('deep')
    ";
    unusable(deep, "deep");
}

#[test]
fn where_another_user_cannot_get_to_it_stays_root_without_privileges() {
    if !has_own_user() {
        return;
    }
    let mut site = Site::new();
    let closed = site.path("closed");
    fs::create_dir_all(closed.join("work")).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    site.work = closed.join("work");
    let code = format!(
        r#"
        open("mine", "w").write("x")
        print(os.getuid(), file=sys.stderr)
        for attempt in (
            lambda: open("/etc/shadow"),
            lambda: open({secret:?}),
            lambda: open("/etc/belljar-was-here", "w"),
            lambda: open({set:?}, "w"),
            lambda: os.chown("mine", 1, 1),
            lambda: os.kill({parent}, signal.SIGCONT),
        ):
            try:
                attempt()
                print("done", file=sys.stderr)
            except OSError:
                print("refused", file=sys.stderr)
        "#,
        secret = site.path("secret"),
        set = site.path("packages/sets/1/file"),
        parent = std::process::id(),
    );
    let done = site.run(&code, |_| {}).unwrap();
    let missing = done.report.missing();
    assert!(
        missing.contains("unprivileged user (another user cannot reach"),
        "{missing}"
    );
    assert_eq!(
        done.ended.stderr.trim(),
        "0\nrefused\nrefused\nrefused\nrefused\nrefused\nrefused"
    );
    let required = site.run(&code, |installer| installer.hardening = Hardening::Required);
    let words = required.expect_err("it is not started").to_string();
    assert!(words.starts_with("hardening is `required`"), "{words}");
}
