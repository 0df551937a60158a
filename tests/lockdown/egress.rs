//! The process that makes the connections of programs: what it can do locked in, and what it cannot.

use std::fs;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::fd::{FromRawFd as _, IntoRawFd as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::thread;
use std::time::Duration;

use belljar::egress::policy::Policy;
use belljar::egress::resolver::ResolverSettings;
use belljar::egress::{Destination, Dial as _, Engine, OwnAddresses, Settings, Who};
use belljar::hardening::seccomp::Filter;
use belljar::hardening::{Hardening, Layer, Lockdown, free_identity_from_above, lock};

use crate::common::process::Folder;
use crate::common::server::child_named;
use crate::common::{Server, eventually};
use crate::outside::{LOCKED, every_thread_of, is_root};

const HELPER: &str = "egress::the_locked_egress_process";
const WORK: &str = "BELLJAR_TEST_EGRESS_WORK";
const WITHOUT: &str = "BELLJAR_TEST_EGRESS_WITHOUT";
/// The file that may be read, and ports of the test's servers.
const GIVEN: &str = "BELLJAR_TEST_EGRESS_GIVEN";

fn lockdown(readable: &str, without: Vec<Layer>) -> Lockdown {
    Lockdown {
        identity: free_identity_from_above(),
        readable: vec![readable.into()],
        open_files: 256,
        filter: Filter::egress(),
        hardening: Hardening::BestEffort,
        parent: None,
        without,
    }
}

/// Not a test but the process that the tests lock in, when they start it.
#[test]
fn the_locked_egress_process() {
    let Ok(work) = std::env::var(WORK) else {
        return;
    };
    let given = std::env::var(GIVEN).unwrap();
    let without = std::env::var(WITHOUT).unwrap_or_default();
    let left_out = Layer::ALL
        .into_iter()
        .filter(|layer| without.split(',').any(|name| name == layer.name()))
        .collect();
    let own = OwnAddresses::new();
    let readable = given.split(' ').next().unwrap();
    let report = lock(&lockdown(readable, left_out)).expect("best effort is no error");
    if work == "its work" {
        match connect(&given, own) {
            Ok(said) => eprintln!("HEARD {said}"),
            Err(error) => eprintln!("FAILED {error}"),
        }
    } else {
        match attempt(&work, readable) {
            Ok(()) => eprintln!("DONE"),
            Err(error) => eprintln!("REFUSED {}", error.raw_os_error().unwrap_or(0)),
        }
    }
    // Kept for whoever reads a failure.
    eprintln!("{report}");
}

/// What it is for: looks a name up, decides, connects.
fn connect(given: &str, own: OwnAddresses) -> Result<String, String> {
    let mut given = given.split(' ');
    let resolv_conf = given.next().unwrap().into();
    let mut port = || given.next().unwrap().parse().unwrap();
    let (dns, there) = (port(), port());
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    tokio.block_on(async {
        let policy = Policy {
            allow: vec!["127.0.0.1".parse().unwrap()],
            ..Policy::default()
        };
        let settings = Settings {
            resolver: ResolverSettings {
                resolv_conf,
                hosts: "/nowhere".into(),
                port: dns,
                timeout: Duration::from_secs(5),
            },
            ..Settings::directly(policy)
        };
        let engine = Engine::new(settings, own);
        let to = Destination {
            host: "name.example.com".to_owned(),
            address: None,
            port: there,
            bytes: None,
        };
        let connected = engine.dial(&Who::default(), &to).await;
        let connection = connected.map_err(|error| error.to_string())?;
        // SAFETY: the connection is its only owner, and gives it up.
        let stream = unsafe { std::net::TcpStream::from_raw_fd(connection.socket.into_raw_fd()) };
        let mut stream = tokio::net::TcpStream::from_std(stream).unwrap();
        let mut said = [0; 5];
        tokio::io::AsyncReadExt::read_exact(&mut stream, &mut said)
            .await
            .map_err(|error| error.to_string())?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    })
}

fn attempt(work: &str, readable: &str) -> io::Result<()> {
    let path = std::ffi::CString::new(readable).unwrap();
    let address = libc::sockaddr_in {
        sin_family: libc::AF_INET as u16,
        sin_port: 0,
        sin_addr: libc::in_addr { s_addr: 0 },
        sin_zero: [0; 8],
    };
    let socket = |family: i32, kind: i32, protocol: i32| {
        // SAFETY: no memory is passed.
        unsafe { libc::syscall(libc::SYS_socket, family, kind, protocol) }
    };
    // SAFETY: memory that the kernel looks at is valid where it gets that far.
    let result = unsafe {
        match work {
            "read its file" => libc::syscall(libc::SYS_openat, 0, path.as_ptr(), libc::O_RDONLY),
            "write its file" => libc::syscall(libc::SYS_openat, 0, path.as_ptr(), libc::O_RDWR),
            "read another file" => libc::syscall(
                libc::SYS_openat,
                libc::AT_FDCWD,
                c"/etc/hostname".as_ptr(),
                libc::O_RDONLY,
            ),
            "a socket" => socket(libc::AF_INET, libc::SOCK_STREAM, 0),
            "a socket for questions" => socket(libc::AF_INET6, libc::SOCK_DGRAM, 0),
            "a raw socket" => socket(libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_ICMP),
            "a unix socket" => socket(libc::AF_UNIX, libc::SOCK_STREAM, 0),
            "a packet socket" => socket(libc::AF_PACKET, libc::SOCK_RAW, 0),
            "a netlink socket" => socket(libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_ROUTE),
            "bind" => {
                let socket = socket(libc::AF_INET, libc::SOCK_STREAM, 0);
                let length = size_of_val(&address);
                libc::syscall(libc::SYS_bind, socket, &raw const address, length)
            }
            "listen" => {
                let socket = socket(libc::AF_INET, libc::SOCK_STREAM, 0);
                libc::syscall(libc::SYS_listen, socket, 1)
            }
            "exec" => {
                let arguments = [c"true".as_ptr(), std::ptr::null()];
                let program = c"/bin/true".as_ptr();
                libc::syscall(libc::SYS_execve, program, arguments.as_ptr(), 0)
            }
            "fork" => libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0),
            "executable memory" => libc::syscall(
                libc::SYS_mmap,
                0,
                4096,
                libc::PROT_READ | libc::PROT_EXEC,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            ),
            "signal another" => libc::syscall(libc::SYS_kill, libc::getppid(), 0),
            "setuid" => libc::syscall(libc::SYS_setuid, 0),
            other => panic!("no such work: `{other}`"),
        }
    };
    match result {
        -1 => Err(io::Error::last_os_error()),
        // A child of `fork` must not go on as if it were the test.
        0 if work == "fork" => std::process::exit(0),
        _ => Ok(()),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Came {
    Done,
    Refused(i32),
    Killed,
    Heard(String),
}

fn came_of(work: &str, given: &str, without: &[Layer]) -> (Came, String) {
    let names: Vec<_> = without.iter().map(|layer| layer.name()).collect();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", HELPER, "--nocapture", "--test-threads=1"])
        .env(WORK, work)
        .env(GIVEN, given)
        .env(WITHOUT, names.join(","))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = |start: &str| said.lines().find_map(|line| line.strip_prefix(start));
    let came = if output.status.signal() == Some(libc::SIGSYS) {
        Came::Killed
    } else if let Some(number) = line("REFUSED ") {
        Came::Refused(number.trim().parse().unwrap())
    } else if let Some(heard) = line("HEARD ") {
        Came::Heard(heard.to_owned())
    } else if said.contains("DONE") || (work == "exec" && output.status.success()) {
        Came::Done
    } else {
        panic!("{work} without {names:?}: {:?}\n{said}", output.status)
    };
    (came, said)
}

/// A name server that gives every name this machine's address of IPv4, and none of IPv6.
fn name_server() -> u16 {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = socket.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut question = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut question) {
            let end = question[12..length].iter().position(|byte| *byte == 0);
            let end = 12 + end.unwrap() + 5;
            let is_four = question[end - 3] == 1;
            let mut answer = question[..end].to_vec();
            answer[2..4].copy_from_slice(&[0x81, 0x80]);
            answer[4..12].copy_from_slice(&[0, 1, 0, u8::from(is_four), 0, 0, 0, 0]);
            if is_four {
                answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
            }
            let _ = socket.send_to(&answer, from);
        }
    });
    port
}

#[test]
fn it_looks_names_up_and_connects_locked_in() {
    let folder = Folder::new();
    folder.write("resolv.conf", "nameserver 127.0.0.1\n");
    let file = folder.0.join("resolv.conf");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream.unwrap().write_all(b"hello");
        }
    });
    let given = format!("{} {} {port}", file.display(), name_server());
    let (came, said) = came_of("its work", &given, &[]);
    assert_eq!(came, Came::Heard("hello".to_owned()), "{said}");
    assert!(!said.contains("OFF"), "{said}");
}

use Layer::{Capabilities, Identity, Landlock, Seccomp};
const EPERM: Came = Came::Refused(libc::EPERM);

/// What is tried, what comes of it, and the layers without which it succeeds; none where others than
/// this process's refuse it as well, or where it succeeds in any case.
const TRIED: &[(&str, Came, &[Layer])] = &[
    ("read its file", Came::Done, &[]),
    (
        "write its file",
        EPERM,
        &[Seccomp, Landlock, Identity, Capabilities],
    ),
    (
        "read another file",
        Came::Refused(libc::EACCES),
        &[Landlock],
    ),
    ("a socket", Came::Done, &[]),
    ("a socket for questions", Came::Done, &[]),
    ("a raw socket", EPERM, &[Seccomp, Identity, Capabilities]),
    ("a unix socket", EPERM, &[Seccomp]),
    ("a packet socket", EPERM, &[Seccomp, Identity, Capabilities]),
    ("a netlink socket", EPERM, &[Seccomp]),
    ("bind", EPERM, &[Seccomp]),
    ("listen", Came::Killed, &[Seccomp]),
    ("exec", Came::Killed, &[Seccomp, Landlock]),
    ("fork", Came::Killed, &[Seccomp]),
    ("executable memory", Came::Killed, &[Seccomp]),
    (
        "signal another",
        EPERM,
        &[Seccomp, Landlock, Identity, Capabilities],
    ),
    ("setuid", Came::Killed, &[Seccomp, Identity, Capabilities]),
];

#[test]
fn it_can_do_nothing_else_and_could_without_its_layers() {
    let folder = Folder::new();
    folder.write("resolv.conf", "nameserver 127.0.0.1\n");
    let file = folder.0.join("resolv.conf");
    let given = file.display().to_string();
    let mut problems = Vec::new();
    for (work, expected, layers) in TRIED {
        let (came, said) = came_of(work, &given, &[]);
        if came != *expected {
            problems.push(format!("{work}: {came:?}, not {expected:?}\n{said}"));
        }
        let needs_root = layers.contains(&Identity);
        if layers.is_empty() || (needs_root && !is_root()) {
            continue;
        }
        let (came, said) = came_of(work, &given, layers);
        if came != Came::Done {
            problems.push(format!("{work} without {layers:?}: {came:?}\n{said}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn egress_of(server: &Server) -> u32 {
    let mut found = None;
    eventually("the egress process is there", || {
        found = child_named(server.pid(), "belljar-egress");
        // Its name comes with the fork, its lock a moment later.
        found.is_some()
            && server
                .log()
                .iter()
                .any(|line| line.contains("egress process locked in"))
    });
    found.unwrap()
}

#[test]
fn it_is_there_and_locked_in_in_either_mode() {
    for mode in ["", "wasm_only: true\n"] {
        let server = Server::start(&format!("{mode}enable_network: true"));
        let pid = egress_of(&server);
        every_thread_of(pid, &LOCKED);
        if is_root() {
            every_thread_of(pid, &[("CapBnd", "0000000000000000")]);
            let status = |pid| fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
            let user = |pid: u32| {
                let text = status(pid);
                let line = text.lines().find(|line| line.starts_with("Uid")).unwrap();
                line.to_owned()
            };
            let same = user(pid) == user(server.serving_pid());
            assert_eq!(
                same,
                !mode.is_empty(),
                "a user of its own, where there can be one"
            );
        }
        let whole = server.log().iter().any(|line| line.contains("NOT LOCKED"));
        assert!(!whole, "{:?}", server.log());
    }
}

#[test]
fn it_is_not_there_where_programs_have_no_network() {
    for config in [
        "enable_network: false",
        "enable_network: true\nnetwork:\n  policy: off",
    ] {
        let server = Server::start(config);
        server.run("print(1)").prints("1\n");
        assert_eq!(
            child_named(server.pid(), "belljar-egress"),
            None,
            "{config}"
        );
    }
}

#[test]
fn it_is_replaced_when_it_dies_and_goes_with_the_last_server() {
    for mode in ["", "wasm_only: true\n"] {
        let server = Server::start(&format!("{mode}enable_network: true"));
        let serving = server.serving_pid();
        let first = egress_of(&server);
        // SAFETY: no memory is passed; the process was started by this test's server.
        unsafe { libc::kill(first as libc::pid_t, libc::SIGKILL) };
        server.log_line("the egress process was killed by SIGKILL; starting another one");
        eventually("another one is there", || {
            child_named(server.pid(), "belljar-egress").is_some_and(|pid| pid != first)
        });
        assert_eq!(server.serving_pid(), serving);
        let second = child_named(server.pid(), "belljar-egress").unwrap();
        server.signal(libc::SIGTERM);
        assert_eq!(server.ended().code(), Some(0));
        eventually("it is gone", || {
            fs::metadata(format!("/proc/{second}")).is_err()
        });
    }
}
