//! Calls that no correct server ever makes: they end the process.

use super::{Rule, When};

const EXECUTABLE: u64 = libc::PROT_EXEC as u64;
const THREAD: u64 = libc::CLONE_THREAD as u64;
const FAST_OPEN: u64 = libc::MSG_FASTOPEN as u64;

macro_rules! attacks {
    ($($own:expr,)*) => {
        &[
            $($own,)*
            Rule {
                calls: &["ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd", "process_madvise"],
                when: &[],
                reason: "looking into other processes",
            },
            Rule {
                calls: &["execveat"],
                when: &[],
                reason: "starting a program",
            },
            Rule {
                calls: &["bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register"],
                when: &[],
                reason: "kernel interfaces with a history of holes; io_uring evades this filter",
            },
            Rule {
                calls: &["add_key", "keyctl", "request_key"],
                when: &[],
                reason: "kernel key rings",
            },
            Rule {
                calls: &[
                    "mount", "umount2", "mount_setattr", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount",
                    "fspick", "pivot_root", "chroot", "swapon", "swapoff",
                ],
                when: &[],
                reason: "changing what the file system looks like",
            },
            Rule {
                calls: &["setns", "unshare"],
                when: &[],
                reason: "new namespaces give capabilities in them",
            },
            Rule {
                calls: &[
                    "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "acct",
                    "iopl", "ioperm", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname",
                    "setdomainname", "quotactl", "nfsservctl", "lookup_dcookie", "personality", "modify_ldt",
                ],
                when: &[],
                reason: "administration of the machine",
            },
            Rule {
                calls: &["open_by_handle_at", "name_to_handle_at", "fanotify_init", "mknod", "mknodat"],
                when: &[],
                reason: "ways around file permissions",
            },
        ]
    };
}

/// Of any process that has locked itself in.
pub const ALL: &[Rule] = attacks![Rule {
    calls: &["execve"],
    when: &[],
    reason: "starting a program",
},];

/// Of the server, which has all its code and starts no process.
pub const SERVER: &[Rule] = attacks![
    Rule {
        calls: &["execve", "fork", "vfork"],
        when: &[],
        reason: "starting a program or a process",
    },
    Rule {
        calls: &["clone"],
        when: &[When::Masked(0, THREAD, 0)],
        reason: "a process, not a thread",
    },
    Rule {
        calls: &["mmap", "mprotect", "pkey_mprotect"],
        when: &[When::Masked(2, EXECUTABLE, EXECUTABLE)],
        reason: "new machine code",
    },
    Rule {
        calls: &[
            "setuid",
            "setgid",
            "setreuid",
            "setregid",
            "setresuid",
            "setresgid",
            "setgroups",
            "setfsuid",
            "setfsgid",
            "capset"
        ],
        when: &[],
        reason: "getting privileges back",
    },
    Rule {
        calls: &["sendto"],
        when: &[When::Masked(3, FAST_OPEN, FAST_OPEN)],
        reason: "connecting without `connect`",
    },
    Rule {
        calls: &["sendmsg"],
        when: &[When::Masked(2, FAST_OPEN, FAST_OPEN)],
        reason: "connecting without `connect`",
    },
    Rule {
        calls: &["memfd_create", "memfd_secret"],
        when: &[],
        reason: "files without a place, the usual way to run code that is nowhere",
    },
];

/// Of the process that makes connections and takes none.
pub const EGRESS: &[Rule] = attacks![
    Rule {
        calls: &["execve", "fork", "vfork", "clone"],
        when: &[],
        reason: "starting a program, a process or a thread",
    },
    Rule {
        calls: &["listen", "accept", "accept4"],
        when: &[],
        reason: "taking connections",
    },
    Rule {
        calls: &["mmap", "mprotect", "pkey_mprotect"],
        when: &[When::Masked(2, EXECUTABLE, EXECUTABLE)],
        reason: "new machine code",
    },
    Rule {
        calls: &[
            "setuid",
            "setgid",
            "setreuid",
            "setregid",
            "setresuid",
            "setresgid",
            "setgroups",
            "setfsuid",
            "setfsgid",
            "capset"
        ],
        when: &[],
        reason: "getting privileges back",
    },
    Rule {
        calls: &["memfd_create", "memfd_secret"],
        when: &[],
        reason: "files without a place, the usual way to run code that is nowhere",
    },
];

/// Calls that libraries try first and do without.
pub const ABSENT: &[Rule] = &[
    Rule {
        calls: &["clone3"],
        when: &[],
        reason: "its flags are in memory, out of a filter's sight; glibc falls back to clone",
    },
    Rule {
        calls: &["openat2", "faccessat2", "statx"],
        when: &[],
        reason: "their predecessors are looked at instead",
    },
    Rule {
        calls: &["epoll_pwait2", "futex_waitv"],
        when: &[],
        reason: "newer forms of what is allowed",
    },
];
