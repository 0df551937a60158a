//! System calls tried by a process that is locked in as the server is. The test program starts
//! itself again as that process; each attack is tried with all layers on, and again with the layers
//! left out that are there to stop it: then it must succeed.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::fd::AsRawFd as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;

use belljar::hardening::seccomp::Filter;
use belljar::hardening::{Hardening, Layer, Lockdown, free_identity, lock};

use crate::outside::is_root;

const ATTACK: &str = "BELLJAR_TEST_ATTACK";
const WITHOUT: &str = "BELLJAR_TEST_WITHOUT";
/// The name of the test below that is the locked process.
const HELPER: &str = "inside::the_locked_process";

/// What came of a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    /// The process was killed with SIGSYS.
    Killed,
    Refused(i32),
    Done,
}

fn answer(result: libc::c_long) -> Result<(), io::Error> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// The attacks by name, by a process that holds this listener.
fn attack(name: &str, listener: &TcpListener) -> Result<(), io::Error> {
    let listener = listener.as_raw_fd();
    let on: libc::c_int = 1;
    let mut pair = [0; 2];
    let path = c"/etc/hostname".as_ptr();
    let program = c"/bin/true".as_ptr();
    let arguments = [program, std::ptr::null()];
    let page = 4096;
    // SAFETY: every pointer is to memory that lives through the call, or null where the kernel
    // allows it; memory that is mapped is not used; a forked child ends at once.
    let result = unsafe {
        match name {
            "exec" => libc::syscall(
                libc::SYS_execve,
                program,
                arguments.as_ptr(),
                std::ptr::null::<u8>(),
            ),
            "execveat" => libc::syscall(
                libc::SYS_execveat,
                libc::AT_FDCWD,
                program,
                arguments.as_ptr(),
                std::ptr::null::<u8>(),
                0,
            ),
            "fork" => {
                let child = libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0);
                if child == 0 {
                    libc::_exit(0);
                }
                child
            }
            "vfork by clone3" => libc::syscall(libc::SYS_clone3, std::ptr::null::<u8>(), 0),
            "ptrace" => libc::syscall(libc::SYS_ptrace, libc::PTRACE_TRACEME, 0, 0, 0),
            "process_vm_readv" => {
                libc::syscall(libc::SYS_process_vm_readv, libc::getppid(), 0, 0, 0, 0, 0)
            }
            "open" => libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path, libc::O_RDONLY),
            "open to write" => libc::syscall(
                libc::SYS_openat,
                libc::AT_FDCWD,
                c"/tmp".as_ptr(),
                libc::O_TMPFILE | libc::O_WRONLY,
                0o600,
            ),
            "mmap executable" => libc::syscall(
                libc::SYS_mmap,
                0,
                page,
                libc::PROT_READ | libc::PROT_EXEC,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            ),
            "mprotect executable" => {
                let memory = libc::mmap(
                    std::ptr::null_mut(),
                    page,
                    libc::PROT_READ | libc::PROT_WRITE,
                    libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                    -1,
                    0,
                );
                libc::syscall(
                    libc::SYS_mprotect,
                    memory,
                    page,
                    libc::PROT_READ | libc::PROT_EXEC,
                )
            }
            "memfd" => libc::syscall(libc::SYS_memfd_create, c"x".as_ptr(), 0),
            "socket inet" => libc::syscall(libc::SYS_socket, libc::AF_INET, libc::SOCK_STREAM, 0),
            "socket netlink" => {
                libc::syscall(libc::SYS_socket, libc::AF_NETLINK, libc::SOCK_RAW, 0)
            }
            "socket unix" => libc::syscall(libc::SYS_socket, libc::AF_UNIX, libc::SOCK_STREAM, 0),
            // What would outlast this process: its successors accept from the same listener.
            "end the listener" => libc::syscall(libc::SYS_shutdown, listener, libc::SHUT_RD),
            "change the listener" => libc::syscall(
                libc::SYS_setsockopt,
                listener,
                libc::SOL_SOCKET,
                libc::SO_LOCK_FILTER,
                &raw const on,
                size_of_val(&on),
            ),
            // A listener that was ended is a socket that can connect.
            "connect by sending" => {
                let address = libc::sockaddr_in {
                    sin_family: libc::AF_INET as u16,
                    // Nobody listens there: getting as far as being refused is success.
                    sin_port: 9u16.to_be(),
                    sin_addr: libc::in_addr {
                        s_addr: u32::from_ne_bytes([127, 0, 0, 1]),
                    },
                    sin_zero: [0; 8],
                };
                libc::syscall(libc::SYS_shutdown, listener, libc::SHUT_RD);
                let sent = libc::syscall(
                    libc::SYS_sendto,
                    listener,
                    c"x".as_ptr(),
                    1,
                    libc::MSG_FASTOPEN | libc::MSG_NOSIGNAL,
                    &raw const address,
                    size_of_val(&address),
                );
                match io::Error::last_os_error().raw_os_error() {
                    Some(libc::ECONNREFUSED) => 0,
                    _ => sent,
                }
            }
            "a pair for datagrams" => libc::syscall(
                libc::SYS_socketpair,
                libc::AF_UNIX,
                libc::SOCK_DGRAM,
                0,
                pair.as_mut_ptr(),
            ),
            "blocking or not" => libc::syscall(libc::SYS_fcntl, 2, libc::F_SETFL, libc::O_NONBLOCK),
            "look for a file" => {
                let mut found: libc::stat = std::mem::zeroed();
                libc::syscall(
                    libc::SYS_newfstatat,
                    libc::AT_FDCWD,
                    path,
                    &raw mut found,
                    0,
                )
            }
            "signal a thread of another" => {
                libc::syscall(libc::SYS_tgkill, libc::getppid(), libc::getppid(), 0)
            }
            "setuid" => libc::syscall(libc::SYS_setuid, 0),
            "setgroups" => libc::syscall(libc::SYS_setgroups, 0, 0),
            "mount" => libc::syscall(
                libc::SYS_mount,
                c"none".as_ptr(),
                c"/nowhere".as_ptr(),
                c"tmpfs".as_ptr(),
                0,
                0,
            ),
            "unshare" => libc::syscall(libc::SYS_unshare, libc::CLONE_NEWUSER),
            "io_uring" => {
                let mut parameters = [0u8; 120];
                libc::syscall(libc::SYS_io_uring_setup, 1, parameters.as_mut_ptr())
            }
            "bpf" => libc::syscall(libc::SYS_bpf, 0, 0, 0),
            "keyctl" => libc::syscall(libc::SYS_keyctl, 0, -3, 0),
            "signal another" => libc::syscall(libc::SYS_kill, libc::getppid(), 0),
            "dump me" => libc::syscall(libc::SYS_prctl, libc::PR_SET_DUMPABLE, 1, 0, 0, 0),
            "chown" => libc::syscall(libc::SYS_fchownat, libc::AT_FDCWD, path, 0, 0, 0),
            "raise a limit" => {
                let limit = libc::rlimit64 {
                    rlim_cur: 1 << 20,
                    rlim_max: 1 << 20,
                };
                libc::syscall(libc::SYS_prlimit64, 0, libc::RLIMIT_CORE, &limit, 0)
            }
            "i386 call" => {
                // x32's bit: another convention on the same processor.
                libc::syscall(0x4000_0000 | libc::SYS_getpid)
            }
            other => panic!("no attack `{other}`"),
        }
    };
    answer(result)
}

fn lockdown(without: Vec<Layer>) -> Lockdown {
    Lockdown {
        identity: free_identity(),
        readable: Vec::new(),
        open_files: 256,
        filter: Filter::server(),
        hardening: Hardening::BestEffort,
        parent: None,
        without,
    }
}

/// Not a test but the process that the tests lock in, when they start it.
#[test]
fn the_locked_process() {
    let Ok(name) = std::env::var(ATTACK) else {
        return;
    };
    let without = std::env::var(WITHOUT).unwrap_or_default();
    let left_out = Layer::ALL
        .into_iter()
        .filter(|layer| without.split(',').any(|name| name == layer.name()))
        .collect();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let report = lock(&lockdown(left_out)).expect("best effort is no error");
    match attack(&name, &listener) {
        Ok(()) => eprintln!("DONE"),
        Err(error) => eprintln!("REFUSED {}", error.raw_os_error().unwrap_or(0)),
    }
    // Kept for whoever reads a failure.
    eprintln!("{report}");
}

fn came_of(name: &str, without: &[Layer]) -> (Came, String) {
    let names: Vec<_> = without.iter().map(|layer| layer.name()).collect();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", HELPER, "--nocapture", "--test-threads=1"])
        .env(ATTACK, name)
        .env(WITHOUT, names.join(","))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let came = if output.status.signal() == Some(libc::SIGSYS) {
        Came::Killed
    } else if let Some(line) = said.lines().find_map(|line| line.strip_prefix("REFUSED ")) {
        Came::Refused(line.trim().parse().unwrap())
    } else if said.contains("DONE") || (name.starts_with("exec") && output.status.success()) {
        Came::Done
    } else {
        panic!("{name} without {names:?}: {:?}\n{said}", output.status)
    };
    (came, said)
}

const EPERM: Came = Came::Refused(libc::EPERM);
const ENOSYS: Came = Came::Refused(libc::ENOSYS);

use Layer::{Capabilities, Identity, Landlock, Limits, NotDumpable, Seccomp};

/// An attack, what comes of it, and the layers without which it succeeds. Some the kernel refuses
/// to everybody on some machines, and a few need root to succeed: nothing is left out for those.
const ATTACKS: &[(&str, Came, &[Layer])] = &[
    ("exec", Came::Killed, &[Seccomp, Landlock]),
    ("execveat", Came::Killed, &[Seccomp, Landlock]),
    ("fork", Came::Killed, &[Seccomp]),
    ("vfork by clone3", ENOSYS, &[]),
    ("ptrace", Came::Killed, &[]),
    ("process_vm_readv", Came::Killed, &[]),
    ("open", EPERM, &[Seccomp, Landlock]),
    ("open to write", EPERM, &[Seccomp, Landlock]),
    ("mmap executable", Came::Killed, &[Seccomp]),
    ("mprotect executable", Came::Killed, &[Seccomp]),
    ("memfd", Came::Killed, &[Seccomp]),
    ("socket inet", EPERM, &[Seccomp]),
    ("socket netlink", EPERM, &[Seccomp]),
    ("socket unix", EPERM, &[Seccomp]),
    ("setuid", Came::Killed, &[Seccomp, Identity, Capabilities]),
    (
        "setgroups",
        Came::Killed,
        &[Seccomp, Identity, Capabilities],
    ),
    ("mount", Came::Killed, &[]),
    ("unshare", Came::Killed, &[]),
    ("io_uring", Came::Killed, &[]),
    ("bpf", Came::Killed, &[]),
    ("keyctl", Came::Killed, &[]),
    (
        "signal another",
        EPERM,
        &[Seccomp, Landlock, Identity, Capabilities],
    ),
    (
        "signal a thread of another",
        EPERM,
        &[Seccomp, Landlock, Identity, Capabilities],
    ),
    ("end the listener", EPERM, &[Seccomp]),
    ("change the listener", EPERM, &[Seccomp]),
    ("connect by sending", Came::Killed, &[Seccomp]),
    ("a pair for datagrams", EPERM, &[Seccomp]),
    ("blocking or not", EPERM, &[Seccomp]),
    ("look for a file", EPERM, &[Seccomp]),
    ("dump me", EPERM, &[Seccomp, NotDumpable]),
    ("chown", EPERM, &[Seccomp, Landlock, Identity, Capabilities]),
    (
        "raise a limit",
        EPERM,
        &[Seccomp, Limits, Identity, Capabilities],
    ),
];

#[test]
fn every_attack_is_refused_and_succeeds_without_its_layers() {
    let mut problems = Vec::new();
    for (name, expected, layers) in ATTACKS {
        let (came, said) = came_of(name, &[]);
        if came != *expected {
            problems.push(format!("{name}: {came:?}, not {expected:?}\n{said}"));
        }
        let needs_root = layers.contains(&Identity);
        if layers.is_empty() || (needs_root && !is_root()) {
            continue;
        }
        let (came, said) = came_of(name, layers);
        if came != Came::Done {
            problems.push(format!("{name} without {layers:?}: {came:?}\n{said}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The layers behind the filter hold on their own.
#[test]
fn without_the_filter_the_other_layers_still_refuse() {
    let refused = |name: &str, without: &[Layer], errno: i32| {
        let (came, said) = came_of(name, without);
        assert_eq!(came, Came::Refused(errno), "{name}: {said}");
    };
    refused("open", &[Seccomp], libc::EACCES);
    refused("open to write", &[Seccomp], libc::EACCES);
    refused("exec", &[Seccomp], libc::EACCES);
    refused("signal another", &[Seccomp], libc::EPERM);
    if is_root() {
        refused("setuid", &[Seccomp], libc::EPERM);
        refused("raise a limit", &[Seccomp], libc::EPERM);
    }
}

#[test]
fn calls_of_another_convention_end_the_process() {
    if cfg!(target_arch = "x86_64") {
        assert_eq!(came_of("i386 call", &[]).0, Came::Killed);
    }
}

#[test]
fn the_file_that_is_opened_exists() {
    fs::metadata("/etc/hostname").expect("the attacks that open a file mean something");
}
