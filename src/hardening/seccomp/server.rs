//! What the server does once its code is loaded: read requests, run WebAssembly, write answers.
//! Everything here was seen while the whole test suite ran; the reason says who needs it.

use super::{Rule, When};

const EXECUTABLE: u64 = libc::PROT_EXEC as u64;
const THREAD: u64 = libc::CLONE_THREAD as u64;
/// `_IOWR('f', 16, struct pm_scan_arg)`, include/uapi/linux/fs.h.
const PAGEMAP_SCAN: u64 = 0xC060_6610;
const FIONBIO: u64 = libc::FIONBIO;
/// `sendto` and `sendmsg` connect with this flag, on a socket that is not connected.
const FAST_OPEN: u64 = libc::MSG_FASTOPEN as u64;
/// Arguments of type `int`: the kernel ignores the upper half of the register.
const INT: u64 = 0xffff_ffff;
/// What is a type, not a flag, in the second argument of `socketpair`.
const SOCKET_TYPE: u64 = 0xf;

/// The allow-list.
pub const ALLOWED: &[Rule] = &[
    // Connections.
    Rule {
        calls: &["accept4"],
        when: &[],
        reason: "callers connect",
    },
    Rule {
        calls: &["read", "readv", "recvfrom", "recvmsg", "write", "writev"],
        when: &[],
        reason: "requests and answers, the log, wake-ups between threads, the supervisor's socket",
    },
    Rule {
        calls: &["sendto"],
        when: &[When::Masked(3, FAST_OPEN, 0)],
        reason: "answers, the supervisor's socket; never a connection made by sending",
    },
    Rule {
        calls: &["sendmsg"],
        when: &[When::Masked(2, FAST_OPEN, 0)],
        reason: "as `sendto`, of several pieces",
    },
    Rule {
        calls: &["shutdown"],
        when: &[When::Masked(1, INT, libc::SHUT_WR as u64)],
        reason: "answers end; the other direction would end the listener for all servers to come",
    },
    Rule {
        calls: &["close"],
        when: &[],
        reason: "ends of connections",
    },
    Rule {
        calls: &["setsockopt"],
        when: &[
            When::Masked(1, INT, libc::IPPROTO_TCP as u64),
            When::Masked(2, INT, libc::TCP_NODELAY as u64),
        ],
        reason: "answers leave at once; other options would stay on the listener",
    },
    Rule {
        calls: &["getsockopt", "getsockname", "getpeername"],
        when: &[],
        reason: "errors and addresses of connections",
    },
    Rule {
        calls: &["ioctl"],
        when: &[When::Equal(1, FIONBIO)],
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
    Rule {
        calls: &["socketpair"],
        when: &[
            When::Equal(0, libc::AF_UNIX as u64),
            When::Masked(1, SOCKET_TYPE, libc::SOCK_STREAM as u64),
        ],
        reason: "tokio's signal handlers wake it through a pair of its own; one for datagrams could \
                 send to every socket file of the machine",
    },
    // The native tier.
    Rule {
        calls: &["socketpair"],
        when: &[
            When::Equal(0, libc::AF_UNIX as u64),
            When::Masked(1, SOCKET_TYPE, libc::SOCK_SEQPACKET as u64),
        ],
        reason: "a connection per program, over which its end is told; a pair for whole messages \
                 cannot send to anybody but its other end",
    },
    Rule {
        calls: &["pipe2"],
        when: &[When::Equal(1, libc::O_CLOEXEC as u64)],
        reason: "a program's text and output go through pipes to and from its process",
    },
    // Programs.
    Rule {
        calls: &["mmap", "mprotect"],
        when: &[When::Masked(2, EXECUTABLE, 0)],
        reason: "instances map the snapshot and grow; malloc; stacks of threads; never executable",
    },
    Rule {
        calls: &["munmap", "mremap", "madvise", "brk"],
        when: &[],
        reason: "instances are wiped, malloc gives back",
    },
    Rule {
        calls: &["ioctl"],
        when: &[When::Equal(1, PAGEMAP_SCAN)],
        reason: "wasmtime asks which pages of an instance were written to",
    },
    Rule {
        calls: &["getrandom"],
        when: &[],
        reason: "randomness for programs, request ids, hash maps",
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
        reason: "wasmtime turns faults of guests into traps; threads have signal stacks; signals",
    },
    // Threads.
    Rule {
        calls: &["clone"],
        when: &[When::Masked(0, THREAD, THREAD)],
        reason: "threads, never processes",
    },
    Rule {
        calls: &[
            "futex",
            "sched_yield",
            "nanosleep",
            "clock_nanosleep",
            "restart_syscall",
        ],
        when: &[],
        reason: "locks and pauses",
    },
    Rule {
        calls: &[
            "set_robust_list",
            "rseq",
            "get_robust_list",
            "gettid",
            "getpid",
            "exit",
            "sched_getaffinity",
            "getcpu",
            "membarrier",
        ],
        when: &[],
        reason: "what glibc does when threads begin and end",
    },
    Rule {
        calls: &["prctl"],
        when: &[When::Equal(0, libc::PR_SET_NAME as u64)],
        reason: "threads have names",
    },
    Rule {
        calls: &["prctl"],
        when: &[When::Equal(0, 0x5356_4d41)],
        reason: "PR_SET_VMA: glibc names its anonymous memory",
    },
    // The process.
    Rule {
        calls: &["fcntl"],
        when: &[When::Equal(1, libc::F_GETFL as u64)],
        reason: "the standard library looks at descriptors that it is given",
    },
    Rule {
        calls: &["fcntl"],
        when: &[When::Equal(1, libc::F_DUPFD_CLOEXEC as u64)],
        reason: "tokio has its own handle to what it waits on",
    },
    Rule {
        calls: &["fcntl"],
        when: &[When::Equal(1, libc::F_GETFD as u64)],
        reason: "the standard library checks, in debug builds, that descriptors are open",
    },
    Rule {
        calls: &["fstat", "lseek"],
        when: &[],
        reason: "the log file",
    },
    Rule {
        calls: &["tgkill"],
        when: &[When::Own(0)],
        reason: "a panic that aborts signals itself; others of the same user are none of its business",
    },
    Rule {
        calls: &["exit_group", "getppid"],
        when: &[],
        reason: "ending",
    },
];
