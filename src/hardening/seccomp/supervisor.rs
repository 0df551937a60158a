//! What the supervisor does in strict mode, where it starts nothing but forks of itself: servers, and
//! the process that makes connections. A fork inherits this filter, so it must allow all that these do
//! until they have their own.

use super::{Rule, When};

/// Every CLONE_NEW… that `clone` knows.
const NAMESPACES: u64 = 0x7e02_0000;

/// Arguments of type `int`: the kernel ignores the upper half of the register.
const INT: u64 = 0xffff_ffff;

/// The allow-list.
pub const ALLOWED: &[Rule] = &[
    Rule {
        calls: &["fork", "vfork", "wait4", "waitid"],
        when: &[],
        reason: "servers are forked and waited for",
    },
    Rule {
        calls: &["clone"],
        when: &[When::Masked(0, NAMESPACES, 0)],
        reason: "servers are forked; their threads; never a namespace",
    },
    Rule {
        calls: &["kill", "tgkill", "tkill", "rt_sigqueueinfo"],
        when: &[],
        reason: "signals are passed on to the server",
    },
    Rule {
        calls: &[
            "rt_sigaction",
            "rt_sigprocmask",
            "rt_sigreturn",
            "rt_sigtimedwait",
            "rt_sigsuspend",
            "sigaltstack",
            "signalfd4",
            "pause",
        ],
        when: &[],
        reason: "waiting for signals; wasmtime's traps",
    },
    Rule {
        calls: &["socketpair"],
        when: &[When::Equal(0, libc::AF_UNIX as u64)],
        reason: "the channel to each server",
    },
    Rule {
        calls: &[
            "read",
            "readv",
            "pread64",
            "write",
            "writev",
            "recvfrom",
            "recvmsg",
            "sendto",
            "sendmsg",
            "shutdown",
            "close",
            "close_range",
            "dup",
            "dup3",
            "fcntl",
            "ioctl",
            "lseek",
            "pipe2",
        ],
        when: &[],
        reason: "the log, the channel; what a server reads its runtimes with",
    },
    Rule {
        calls: &[
            "accept4",
            "listen",
            "getsockopt",
            "setsockopt",
            "getsockname",
            "getpeername",
        ],
        when: &[],
        reason: "a server accepts connections from the listener that it inherits",
    },
    Rule {
        calls: &[
            "openat",
            "open",
            "newfstatat",
            "fstat",
            "fstatfs",
            "statfs",
            "getdents64",
            "readlink",
            "readlinkat",
            "access",
            "faccessat",
            "getcwd",
        ],
        when: &[],
        reason: "a server opens its runtimes, which Landlock leaves readable",
    },
    Rule {
        calls: &[
            "mmap",
            "mprotect",
            "munmap",
            "mremap",
            "madvise",
            "brk",
            "memfd_create",
            "ftruncate",
        ],
        when: &[],
        reason: "a server maps its machine code and the snapshots",
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
        reason: "waiting",
    },
    Rule {
        calls: &[
            "futex",
            "sched_yield",
            "nanosleep",
            "clock_nanosleep",
            "restart_syscall",
            "set_robust_list",
            "rseq",
            "get_robust_list",
            "set_tid_address",
            "gettid",
            "getpid",
            "getppid",
            "exit",
            "exit_group",
            "sched_getaffinity",
            "getcpu",
            "membarrier",
            "prctl",
            "arch_prctl",
        ],
        when: &[],
        reason: "threads and processes begin and end",
    },
    Rule {
        calls: &[
            "clock_gettime",
            "clock_getres",
            "gettimeofday",
            "time",
            "getrandom",
            "uname",
            "sysinfo",
        ],
        when: &[],
        reason: "clocks, randomness, the size of the machine",
    },
    Rule {
        calls: &[
            "getuid",
            "geteuid",
            "getgid",
            "getegid",
            "getresuid",
            "getresgid",
            "getgroups",
            "setresuid",
            "setresgid",
            "setgroups",
            "setuid",
            "setgid",
            "capget",
            "capset",
            "prlimit64",
            "getrlimit",
            "setrlimit",
        ],
        when: &[],
        reason: "a server gives up what it has left",
    },
    Rule {
        calls: &[
            "seccomp",
            "landlock_create_ruleset",
            "landlock_add_rule",
            "landlock_restrict_self",
        ],
        when: &[],
        reason: "a server locks itself in further",
    },
];

/// The same, where it also starts the process that makes the connections of programs.
pub const NETWORK: &[Rule] = &[
    Rule {
        calls: &["socket"],
        when: &[When::Masked(0, INT, libc::AF_INET as u64)],
        reason: "connections and name lookups of programs",
    },
    Rule {
        calls: &["socket"],
        when: &[When::Masked(0, INT, libc::AF_INET6 as u64)],
        reason: "the same over IPv6",
    },
    Rule {
        calls: &["socket"],
        when: &[
            When::Masked(0, INT, libc::AF_NETLINK as u64),
            When::Equal(2, libc::NETLINK_ROUTE as u64),
        ],
        reason: "whether an address is this machine's own",
    },
    Rule {
        calls: &["connect"],
        when: &[],
        reason: "as `socket`",
    },
];
