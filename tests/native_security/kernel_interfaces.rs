//! Parts of the kernel that no Python package needs: each is a surface for attacks, many have had
//! holes, some outlive the program or reach its neighbours.

use crate::attack::{Attack, Ends::*, attack, check};
use crate::layers::*;

fn interfaces_with_a_history_are_closed() -> Vec<Attack> {
    vec![
        attack(
            "bpf",
            r#"
                BPF_MAP_CREATE, ARRAY = 0, 2
                attributes = struct.pack("IIIII", ARRAY, 4, 4, 1, 0) + bytes(100)
                return call("bpf", BPF_MAP_CREATE, attributes, len(attributes))
            "#,
            Forbidden("bpf"),
            &[SECCOMP, CAPABILITIES, IDENTITY, USER_NAMESPACE],
        ),
        attack(
            "perf_event_open",
            r#"
                attributes = bytearray(128)
                # A software clock of its own user code alone.
                struct.pack_into("IIQ", attributes, 0, 1, 128, 0)
                struct.pack_into("Q", attributes, 40, 1 << 5 | 1 << 6)
                return call("perf_event_open", bytes(attributes), 0, -1, -1, 0)
            "#,
            Forbidden("perf_event_open"),
            &[SECCOMP],
        ),
        attack(
            "userfaultfd",
            r#"
                UFFD_USER_MODE_ONLY = 1
                return call("userfaultfd", UFFD_USER_MODE_ONLY)
            "#,
            Forbidden("userfaultfd"),
            &[SECCOMP],
        ),
        attack(
            "io_uring, which calls the kernel past the filter",
            r#"
                parameters = ctypes.create_string_buffer(120)
                return call("io_uring_setup", 4, parameters)
            "#,
            Refused,
            &[SECCOMP, LIMIT_MEMLOCK],
        ),
        attack(
            "key rings: adding",
            r#"return call("add_key", b"user", b"x", b"y", 1, -3)"#,
            Forbidden("add_key"),
            &[SECCOMP],
        ),
        attack(
            "key rings: looking",
            r#"return call("keyctl", 0, -3, 1)"#,
            Forbidden("keyctl"),
            &[SECCOMP],
        ),
        attack(
            "kernel modules",
            r#"
                try:
                    return call("init_module", b"\0", 1, b"")
                except OSError as error:
                    if error.errno == errno.ENOEXEC:
                        return "it may, this is just not a module"
                    raise
            "#,
            Forbidden("init_module"),
            &[SECCOMP, CAPABILITIES, IDENTITY],
        )
        .untried_bare(NOT_PASSED_ON),
        attack(
            "another kernel",
            r#"return call("kexec_load", 0, 0, 0, 0)"#,
            Forbidden("kexec_load"),
            &[SECCOMP, CAPABILITIES, IDENTITY],
        )
        .untried_bare(NOT_PASSED_ON),
        attack(
            "switching the machine off",
            r#"
                # A wrong magic number: who may reboot hears EINVAL, others EPERM.
                try:
                    return call("reboot", 1, 2, 3, 0)
                except OSError as error:
                    if error.errno == errno.EINVAL:
                        return "it may"
                    raise
            "#,
            Forbidden("reboot"),
            &[SECCOMP, CAPABILITIES, IDENTITY],
        )
        .untried_bare(NOT_PASSED_ON),
        attack(
            "the kernel's log",
            r#"
                SYSLOG_ACTION_SIZE_BUFFER = 10
                return call("syslog", SYSLOG_ACTION_SIZE_BUFFER, 0, 0)
            "#,
            Forbidden("syslog"),
            &[SECCOMP, CAPABILITIES, IDENTITY],
        )
        .untried_bare("some kernels tell everybody"),
        attack(
            "input and output ports",
            r#"return call("ioperm", 0x80, 1, 1)"#,
            Forbidden("ioperm"),
            &[SECCOMP, CAPABILITIES, IDENTITY],
        )
        .untried_bare(NOT_PASSED_ON)
        .only_on("x86_64"),
        attack(
            "segments of its own",
            r#"
                entry = struct.pack("IIII", 0, 0, 0xfffff, 0x51)
                return call("modify_ldt", 1, entry, 16)
            "#,
            Forbidden("modify_ldt"),
            &[SECCOMP],
        )
        .only_on("x86_64"),
        attack(
            "another personality, in which all that can be read can be executed",
            r#"
                READ_IMPLIES_EXEC = 0x0400000
                return call("personality", READ_IMPLIES_EXEC)
            "#,
            Refused,
            &[SECCOMP],
        ),
        attack(
            "quotas",
            r#"
                try:
                    return call("quotactl", 0x80000100, 0, 0, 0)
                except OSError as error:
                    if error.errno in (errno.ENODEV, errno.ESRCH, errno.EINVAL):
                        return error
                    raise
            "#,
            Forbidden("quotactl"),
            &[SECCOMP],
        ),
        attack(
            "accounting of all processes",
            r#"return call("acct", 0)"#,
            Forbidden("acct"),
            &[SECCOMP, CAPABILITIES, IDENTITY],
        )
        .untried_bare(NOT_PASSED_ON),
        attack(
            "swapping",
            r#"
                try:
                    return call("swapoff", b"/nowhere")
                except OSError as error:
                    if error.errno == errno.ENOENT:
                        return "it may"
                    raise
            "#,
            Forbidden("swapoff"),
            &[SECCOMP, CAPABILITIES, IDENTITY, USER_NAMESPACE],
        ),
    ]
}

fn the_clock_and_the_name_of_the_machine_stay() -> Vec<Attack> {
    vec![
        attack(
            "the time",
            r#"
                # To what it is, give or take: the machine's clock survives this where it works.
                now = time.time_ns()
                return call("clock_settime", 0, struct.pack("QQ", now // 10**9, now % 10**9))
            "#,
            Forbidden("clock_settime"),
            &[SECCOMP, CAPABILITIES, IDENTITY],
        )
        .untried_bare(NOT_PASSED_ON),
        attack(
            "the speed of the clock",
            r#"
                ADJ_TICK = 0x4000
                settings = bytearray(208)
                struct.pack_into("I", settings, 0, ADJ_TICK)
                struct.pack_into("q", settings, 88, 10000)
                return call("adjtimex", bytes(settings))
            "#,
            Forbidden("adjtimex"),
            &[SECCOMP, CAPABILITIES, IDENTITY],
        )
        .untried_bare(NOT_PASSED_ON),
        attack(
            "the machine's name",
            r#"
                name = os.uname().nodename.encode()
                return call("sethostname", name, len(name))
            "#,
            Forbidden("sethostname"),
            &[SECCOMP, CAPABILITIES, IDENTITY],
        ),
    ]
}

/// Objects that belong to no process: what is left in them is found by the next program.
fn nothing_that_outlives_it_is_made() -> Vec<Attack> {
    vec![
        attack(
            "shared memory of System V",
            r#"return call("shmget", 4711, 1 << 20, 0o1666)"#,
            Refused,
            &[SECCOMP],
        ),
        attack(
            "semaphores of System V",
            r#"return call("semget", 4711, 1, 0o1666)"#,
            Refused,
            &[SECCOMP],
        ),
        attack(
            "messages of System V",
            r#"return call("msgget", 4711, 0o1666)"#,
            Refused,
            &[SECCOMP],
        ),
        attack(
            "message queues of POSIX",
            r#"return call("mq_open", b"left", 0o102, 0o666, 0)"#,
            Refused,
            &[SECCOMP, LANDLOCK, LIMIT_MESSAGES],
        ),
        attack(
            "files in shared memory",
            r#"
                path = f"/dev/shm/left-{time.time_ns()}"
                with open(path, "w") as left:
                    left.write("for the next one")
                os.unlink(path)
                return path
            "#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK],
        ),
        attack(
            "memory that is hidden from the kernel",
            r#"return call("memfd_secret", 0)"#,
            Refused,
            &[SECCOMP],
        )
        .untried_bare("most kernels have it switched off"),
        attack(
            "memory as a file that can be executed",
            r#"return call("memfd_create", b"x", 0x10)"#,
            Refused,
            &[SECCOMP, MEMFD_NOEXEC],
        ),
    ]
}

pub fn attacks() -> Vec<Attack> {
    [
        interfaces_with_a_history_are_closed(),
        the_clock_and_the_name_of_the_machine_stay(),
        nothing_that_outlives_it_is_made(),
    ]
    .concat()
}

#[test]
fn each_is_refused_by_each_of_its_layers() {
    check(&attacks());
}
