//! What the process does that makes the connections of programs: it looks names up, connects, and hands
//! sockets over. It takes no connections, starts nothing, and has one thread.

use super::{Rule, When};

const EXECUTABLE: u64 = libc::PROT_EXEC as u64;
const FIONBIO: u64 = libc::FIONBIO;
/// Arguments of type `int`: the kernel ignores the upper half of the register.
const INT: u64 = 0xffff_ffff;
/// What is a type, not a flag, in the second argument of `socket` and `socketpair`.
const TYPE: u64 = 0xf;
/// Flags of `openat` by which a file is more than read.
const WRITING: u64 = (libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC | libc::O_APPEND) as u64;

macro_rules! socket {
    ($family:ident, $kind:ident, $reason:literal) => {
        Rule {
            calls: &["socket"],
            when: &[
                When::Masked(0, INT, libc::$family as u64),
                When::Masked(1, TYPE, libc::$kind as u64),
            ],
            reason: $reason,
        }
    };
}

/// The allow-list.
pub const ALLOWED: &[Rule] = &[
    // Connections.
    socket!(AF_INET, SOCK_STREAM, "connections of programs"),
    socket!(AF_INET6, SOCK_STREAM, "the same over IPv6"),
    socket!(AF_INET, SOCK_DGRAM, "questions to name servers"),
    socket!(AF_INET6, SOCK_DGRAM, "the same over IPv6"),
    Rule {
        calls: &["connect"],
        when: &[],
        reason: "connections of programs, to proxies and to name servers",
    },
    Rule {
        calls: &["socketpair"],
        when: &[
            When::Equal(0, libc::AF_UNIX as u64),
            When::Masked(1, TYPE, libc::SOCK_STREAM as u64),
        ],
        reason: "what a program gets where a proxy has to be spoken to for it; tokio's wake-ups",
    },
    Rule {
        calls: &[
            "read", "readv", "recvfrom", "recvmsg", "write", "writev", "sendto", "sendmsg",
        ],
        when: &[],
        reason: "requests and replies with the sockets, what is relayed, name servers, routes, the log",
    },
    Rule {
        calls: &["shutdown", "close"],
        when: &[],
        reason: "ends of connections",
    },
    Rule {
        calls: &["setsockopt"],
        when: &[
            When::Masked(1, INT, libc::IPPROTO_TCP as u64),
            When::Masked(2, INT, libc::TCP_NODELAY as u64),
        ],
        reason: "what programs send leaves at once",
    },
    Rule {
        calls: &["getsockopt", "getsockname", "getpeername"],
        when: &[],
        reason: "errors and addresses of connections",
    },
    Rule {
        calls: &["ioctl"],
        when: &[When::Masked(1, INT, FIONBIO)],
        reason: "tokio makes sockets non-blocking",
    },
    Rule {
        calls: &[
            "epoll_create1",
            "epoll_ctl",
            "epoll_wait",
            "epoll_pwait",
            "poll",
            "ppoll",
            "eventfd2",
        ],
        when: &[],
        reason: "tokio waits for connections and timers",
    },
    // How names are looked up.
    Rule {
        calls: &["openat"],
        when: &[When::Masked(2, WRITING, libc::O_RDONLY as u64)],
        reason: "resolv.conf and hosts, when they change; Landlock leaves nothing else",
    },
    Rule {
        calls: &["fstat", "newfstatat", "lseek"],
        when: &[],
        reason: "whether those have changed; the log file",
    },
    // Memory, clocks, randomness, signals.
    Rule {
        calls: &["mmap", "mprotect"],
        when: &[When::Masked(2, EXECUTABLE, 0)],
        reason: "malloc; never executable",
    },
    Rule {
        calls: &["munmap", "mremap", "madvise", "brk"],
        when: &[],
        reason: "malloc gives back",
    },
    Rule {
        calls: &["getrandom"],
        when: &[],
        reason: "numbers of questions to name servers, hash maps",
    },
    Rule {
        calls: &["clock_gettime", "clock_getres", "gettimeofday", "time"],
        when: &[],
        reason: "clocks, where the vDSO does not answer",
    },
    Rule {
        calls: &[
            "rt_sigreturn",
            "rt_sigprocmask",
            "rt_sigaction",
            "sigaltstack",
        ],
        when: &[],
        reason: "signals of a service manager or a terminal are heard",
    },
    Rule {
        calls: &["futex", "sched_yield", "restart_syscall"],
        when: &[],
        reason: "locks, also with one thread",
    },
    // The process.
    Rule {
        calls: &["fcntl"],
        when: &[When::Masked(1, INT, libc::F_GETFL as u64)],
        reason: "the standard library looks at descriptors that it is given",
    },
    Rule {
        calls: &["fcntl"],
        when: &[When::Masked(1, INT, libc::F_GETFD as u64)],
        reason: "the standard library checks, in debug builds, that descriptors are open",
    },
    Rule {
        calls: &["fcntl"],
        when: &[When::Masked(1, INT, libc::F_DUPFD_CLOEXEC as u64)],
        reason: "another handle to a program's end, on which nothing but its closing is waited for",
    },
    Rule {
        calls: &["tgkill"],
        when: &[When::Own(0)],
        reason: "a panic that aborts signals itself",
    },
    Rule {
        calls: &["gettid", "getpid", "getppid", "exit", "exit_group"],
        when: &[],
        reason: "ending",
    },
];
