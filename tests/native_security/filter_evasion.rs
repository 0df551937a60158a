//! Ways around the filter of system calls: other numbers, other conventions, other filters, and
//! arguments that a filter reads otherwise than the kernel.

use crate::attack::{Attack, Ends::*, attack, check};
use crate::layers::*;

fn there_is_one_door() -> Vec<Attack> {
    vec![
        attack(
            "the numbers of x32",
            r#"return numbered(NUMBERS["getpid"] | 0x40000000)"#,
            Forbidden("not known"),
            &[SECCOMP],
        )
        .untried_bare("most kernels are built without x32")
        .only_on("x86_64"),
        attack(
            "a number with bits that the kernel does not read",
            r#"return numbered(NUMBERS["memfd_create"] | 1 << 32, b"x", 0x10)"#,
            Refused,
            &[SECCOMP, MEMFD_NOEXEC],
        ),
        attack(
            "a 32-bit call, by code of its own",
            r#"
                fd = os.open("/tmp/code", os.O_RDWR | os.O_CREAT)
                # mov eax, 20 (getpid); int 0x80; ret
                os.write(fd, bytes.fromhex("b814000000cd80c3").ljust(4096, b"\0"))
                start = call("mmap", 0, 4096, 5, 2, fd, 0)
                answer = ctypes.CFUNCTYPE(ctypes.c_int)(start)()
                if answer < 0:
                    raise OSError(-answer, "by int 0x80")
                return answer
            "#,
            Forbidden("not known"),
            &[SECCOMP],
        )
        .given_without(&[TMP_NOEXEC])
        .only_on("x86_64"),
        attack(
            "a filter of its own, whose listener answers for the jailer's",
            r#"
                SECCOMP_SET_MODE_FILTER, NEW_LISTENER = 1, 1 << 3
                program = struct.pack("HBBI", 6, 0, 0, 0x7FFF0000)
                code = ctypes.create_string_buffer(program)
                filter = struct.pack("HxxxxxxQ", 1, ctypes.addressof(code))
                return call("seccomp", SECCOMP_SET_MODE_FILTER, NEW_LISTENER, filter)
            "#,
            Refused,
            &[SECCOMP],
        ),
        attack(
            "a filter of its own, that allows everything",
            r#"
                PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
                code = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7FFF0000))
                filter = struct.pack("HxxxxxxQ", 1, ctypes.addressof(code))
                return call("prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter, 0, 0)
            "#,
            Refused,
            &[SECCOMP],
        ),
        attack(
            "own handling of system calls",
            r#"
                PR_SET_SYSCALL_USER_DISPATCH = 59
                selector = ctypes.create_string_buffer(1)
                return call("prctl", PR_SET_SYSCALL_USER_DISPATCH, 1, 0, 0, selector)
            "#,
            Refused,
            &[SECCOMP],
        )
        .untried_bare("aarch64 kernels have none"),
        attack(
            "all the calls that no list names",
            r#"
                allowed = []
                for number in list(range(500, 1024)):
                    try:
                        numbered(number, 0, 0, 0, 0, 0, 0)
                        allowed.append(number)
                    except OSError as error:
                        # Absent is what the filter says of what libraries probe, and the kernel of
                        # what it does not have.
                        if error.errno not in (errno.EPERM, errno.ENOSYS):
                            allowed.append((number, error.errno))
                if not allowed:
                    raise Refused("none")
                return allowed
            "#,
            Refused,
            &[SECCOMP],
        )
        .untried_bare("what a kernel has there differs"),
        attack(
            "a thread that is a process, by bits that look like a thread's",
            r#"
                CLONE_THREAD, CLONE_VM, CLONE_SIGHAND = 0x10000, 0x100, 0x800
                HIGH = 1 << 40
                attempts = [CLONE_THREAD << 32 | signal.SIGCHLD, HIGH | signal.SIGCHLD, CLONE_VM | signal.SIGCHLD]
                for flags in attempts:
                    try:
                        child = call("clone", flags, 0, 0, 0, 0)
                    except OSError as error:
                        refusal = error
                        continue
                    if child == 0:
                        os._exit(0)
                    return child
                raise refusal
            "#,
            Refused,
            &[SECCOMP],
        ),
        attack(
            "an interrupted call, restarted as another",
            r#"
                # restart_syscall takes no number: with none interrupted it is EINTR.
                try:
                    call("restart_syscall")
                except OSError as error:
                    if error.errno == errno.EINTR:
                        raise Refused("nothing to restart")
                    raise
            "#,
            Refused,
            &[SECCOMP],
        )
        .untried_bare("there is nothing to gain"),
    ]
}

/// Commands of the calls that are allowed for some purposes only.
fn commands_are_looked_at() -> Vec<Attack> {
    let commands = [
        (
            "ioctl: another owner of a terminal",
            r#"call("ioctl", 1, 0x540E, 0)"#,
        ),
        (
            "ioctl: the size of a socket's queue",
            r#"call("ioctl", 0, 0x8901, struct.pack("i", 1))"#,
        ),
        (
            "ioctl: network interfaces",
            r#"call("ioctl", 0, 0x8912, bytes(64))"#,
        ),
        (
            "fcntl: a pipe of a megabyte",
            r#"call("fcntl", 1, 1031, 1 << 20)"#,
        ),
        (
            "fcntl: a lease",
            r#"call("fcntl", os.open("/tmp/x", os.O_RDONLY | os.O_CREAT), 1024, 0)"#,
        ),
        (
            "fcntl: seals",
            r#"call("fcntl", os.open("/tmp/x", os.O_RDONLY | os.O_CREAT), 1033, 1)"#,
        ),
        (
            "fcntl: changes of folders",
            r#"call("fcntl", os.open("/tmp", os.O_RDONLY), 1026, 0x80000004)"#,
        ),
        (
            "prctl: another end of its arguments",
            r#"call("prctl", 35, 8, 0x1000, 0, 0)"#,
        ),
        (
            "prctl: adopting orphans",
            r#"call("prctl", 36, 1, 0, 0, 0)"#,
        ),
        ("prctl: no securebits", r#"call("prctl", 28, 0, 0, 0, 0)"#),
        ("prctl: speculation", r#"call("prctl", 53, 0, 2, 0, 0)"#),
        (
            "prctl: who may trace it",
            r#"call("prctl", 0x59616d61, -1, 0, 0, 0)"#,
        ),
        ("prctl: sharing a core", r#"call("prctl", 62, 1, 0, 0, 0)"#),
        (
            "madvise: pages that fail",
            r#"call("madvise", PAGE, 4096, 100)"#,
        ),
        (
            "madvise: pages shared with others",
            r#"call("madvise", PAGE, 4096, 12)"#,
        ),
        (
            "madvise: the same, with bits that the kernel does not read",
            r#"call("madvise", PAGE, 4096, 1 << 32 | 12)"#,
        ),
    ];
    let programs = commands.map(|(name, command)| {
        let page = "memory = mmap.mmap(-1, 4096)\nPAGE = ctypes.addressof(ctypes.c_char.from_buffer(memory))";
        (name, format!("{page}\nreturn {command}"))
    });
    programs
        .into_iter()
        .map(|(name, program)| {
            attack(name, program, Refused, &[SECCOMP])
                .untried_bare("each is a surface; most of them do nothing by themselves")
        })
        .collect()
}

pub fn attacks() -> Vec<Attack> {
    [there_is_one_door(), commands_are_looked_at()].concat()
}

#[test]
fn each_is_refused_by_each_of_its_layers() {
    check(&attacks());
}
