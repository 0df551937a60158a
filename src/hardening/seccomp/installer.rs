//! What no installer, compiler or build script needs, and attacks do. Everything else is allowed:
//! nobody can list what foreign build tools call.

use super::{Rule, When};

const NETLINK: u64 = libc::AF_NETLINK as u64;
/// Arguments of type `int`: the kernel ignores the upper half of the register.
const INT: u64 = 0xffff_ffff;
const TIOCSTI: u64 = libc::TIOCSTI;
const TIOCLINUX: u64 = libc::TIOCLINUX;

macro_rules! each {
    ($call:literal, $mask:expr, $reason:literal: $($value:expr,)*) => {
        [$(Rule {
            calls: &[$call],
            when: &[When::Masked(0, $mask($value), $value)],
            reason: $reason,
        },)*]
    };
}
const fn itself(flag: u64) -> u64 {
    flag
}
const fn int(_: u64) -> u64 {
    INT
}

const CLONES: [Rule; 7] = each!("clone", itself, "a new namespace gives capabilities in it":
    libc::CLONE_NEWNS as u64,
    libc::CLONE_NEWCGROUP as u64,
    libc::CLONE_NEWUTS as u64,
    libc::CLONE_NEWIPC as u64,
    libc::CLONE_NEWUSER as u64,
    libc::CLONE_NEWPID as u64,
    libc::CLONE_NEWNET as u64,
);
/// AF_AX25 to AF_X25, AF_ROSE to AF_KEY: between those of the internet and netlink.
const FAMILIES: [Rule; 12] = each!("socket", int, "networks of another time, whose code the kernel would load":
    3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15,
);

/// These end the process.
pub const ATTACKS: &[Rule] = &[
    CLONES[0],
    CLONES[1],
    CLONES[2],
    CLONES[3],
    CLONES[4],
    CLONES[5],
    CLONES[6],
    Rule {
        calls: &[
            "ptrace",
            "process_vm_readv",
            "process_vm_writev",
            "kcmp",
            "pidfd_getfd",
            "process_madvise",
        ],
        when: &[],
        reason: "looking into other processes",
    },
    Rule {
        calls: &["bpf", "userfaultfd"],
        when: &[],
        reason: "kernel interfaces with a history of holes",
    },
    Rule {
        calls: &[
            "mount",
            "umount2",
            "mount_setattr",
            "move_mount",
            "open_tree",
            "fsopen",
            "fsconfig",
            "fsmount",
            "fspick",
            "pivot_root",
            "chroot",
            "swapon",
            "swapoff",
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
            "init_module",
            "finit_module",
            "delete_module",
            "kexec_load",
            "kexec_file_load",
            "reboot",
            "acct",
            "iopl",
            "ioperm",
            "settimeofday",
            "clock_settime",
            "sethostname",
            "setdomainname",
            "quotactl",
            "quotactl_fd",
            "nfsservctl",
            "lookup_dcookie",
            "modify_ldt",
        ],
        when: &[],
        reason: "administration of the machine",
    },
    Rule {
        calls: &["open_by_handle_at", "fanotify_init"],
        when: &[],
        reason: "ways around file permissions",
    },
];

/// Programs try these and do without.
pub const ABSENT: &[Rule] = &[
    Rule {
        calls: &["clone3"],
        when: &[],
        reason: "its flags are in memory, out of a filter's sight; glibc falls back to clone",
    },
    Rule {
        calls: &["io_uring_setup", "io_uring_enter", "io_uring_register"],
        when: &[],
        reason: "evades this filter; libuv, and so Node, asks for it and falls back to threads",
    },
    Rule {
        calls: &["add_key", "keyctl", "request_key"],
        when: &[],
        reason: "kernel key rings, which Kerberos within libcurl asks for",
    },
    Rule {
        calls: &[
            "shmget", "shmat", "shmctl", "semget", "semop", "semctl", "msgget", "msgsnd", "msgrcv",
            "msgctl", "mq_open",
        ],
        when: &[],
        reason: "what stays when the processes are gone, and is shared with all others of the user",
    },
];

/// These fail.
pub const REFUSED: &[Rule] = &[
    Rule {
        calls: &["socket"],
        when: &[When::Masked(0, INT, libc::AF_UNIX as u64)],
        reason: "services of the machine listen on such sockets, Docker's among them; Landlock keeps only abstract ones away",
    },
    FAMILIES[0],
    FAMILIES[1],
    FAMILIES[2],
    FAMILIES[3],
    FAMILIES[4],
    FAMILIES[5],
    FAMILIES[6],
    FAMILIES[7],
    FAMILIES[8],
    FAMILIES[9],
    FAMILIES[10],
    FAMILIES[11],
    Rule {
        calls: &["socket"],
        when: &[When::Above(0, NETLINK)],
        reason: "families that no registry is reached by: packets, virtual machines, kernel cryptography",
    },
    Rule {
        calls: &["socket"],
        when: &[
            When::Masked(0, INT, NETLINK),
            When::Not(2, libc::NETLINK_ROUTE as u64),
        ],
        reason: "of netlink only what names and addresses of interfaces are asked by",
    },
    Rule {
        calls: &["perf_event_open", "personality", "name_to_handle_at"],
        when: &[],
        reason: "measuring and other personalities, which tools try and attacks use",
    },
    Rule {
        calls: &["clock_adjtime", "adjtimex"],
        when: &[],
        reason: "administration of the machine",
    },
    Rule {
        calls: &["ioctl"],
        when: &[When::Masked(1, INT, TIOCSTI)],
        reason: "typing into the operator's terminal",
    },
    Rule {
        calls: &["ioctl"],
        when: &[When::Masked(1, INT, TIOCLINUX)],
        reason: "the same on the console",
    },
];
