//! Looking into other processes, and what can be learned of them.

use crate::attack::{Attack, Ends::*, attack, check};
use crate::jail::ROOT;
use crate::layers::*;

macro_rules! of_others {
    ($attempt:literal) => {
        concat!(
            "return first_that_works(*[lambda pid=pid: ",
            $attempt,
            " for pid in others()])"
        )
    };
}

fn others_are_not_looked_into() -> Vec<Attack> {
    vec![
        attack(
            "ptrace",
            of_others!(r#"call("ptrace", 0x4206, pid, 0, 0)"#),
            Forbidden("ptrace"),
            &[SECCOMP, PID_NAMESPACE],
        )
        .untried_bare(ANOTHER_USER),
        attack(
            "being traced by the zygote",
            r#"return call("ptrace", 0, 0, 0, 0)"#,
            Forbidden("ptrace"),
            &[SECCOMP],
        ),
        attack(
            "reading memory",
            r#"
                there = ctypes.create_string_buffer(8)
                here = struct.pack("QQ", ctypes.addressof(there), 8)
                nowhere = struct.pack("QQ", 8, 8)
                def read(pid):
                    try:
                        return call("process_vm_readv", pid, here, 1, nowhere, 1, 0)
                    except OSError as error:
                        # It may look, there is just nothing at this address.
                        if error.errno == errno.EFAULT:
                            return "nothing is there"
                        raise
                return first_that_works(*[lambda pid=pid: read(pid) for pid in others()])
            "#,
            Forbidden("process_vm_readv"),
            &[SECCOMP, PID_NAMESPACE],
        )
        .untried_bare(ANOTHER_USER),
        attack(
            "writing memory",
            r#"
                there = ctypes.create_string_buffer(8)
                here = struct.pack("QQ", ctypes.addressof(there), 8)
                nowhere = struct.pack("QQ", 8, 8)
                def write(pid):
                    try:
                        return call("process_vm_writev", pid, here, 1, nowhere, 1, 0)
                    except OSError as error:
                        if error.errno == errno.EFAULT:
                            return "nothing is there"
                        raise
                return first_that_works(*[lambda pid=pid: write(pid) for pid in others()])
            "#,
            Forbidden("process_vm_writev"),
            &[SECCOMP, PID_NAMESPACE],
        )
        .untried_bare(ANOTHER_USER),
        attack(
            "their memory as a file",
            of_others!(r#"os.open(f"/proc/{pid}/mem", os.O_RDWR)"#),
            Refused,
            &[LANDLOCK, PID_NAMESPACE],
        )
        .untried_bare(ANOTHER_USER),
        attack(
            "their command line",
            of_others!(r#"open(f"/proc/{pid}/cmdline").read() or "empty""#),
            Refused,
            &[LANDLOCK, PID_NAMESPACE],
        ),
        attack(
            "their environment",
            of_others!(r#"open(f"/proc/{pid}/environ").read() or "empty""#),
            Refused,
            &[LANDLOCK, PID_NAMESPACE],
        )
        .untried_bare(ANOTHER_USER),
        attack(
            "their files, through their root",
            of_others!(r#"os.listdir(f"/proc/{pid}/root/etc")"#),
            Refused,
            &[LANDLOCK, PID_NAMESPACE],
        )
        .untried_bare(ANOTHER_USER),
        attack(
            "their descriptors",
            of_others!(r#"call("pidfd_getfd", call("pidfd_open", pid, 0), 0, 0)"#),
            Refused,
            &[SECCOMP, PID_NAMESPACE],
        )
        .untried_bare(ANOTHER_USER),
        attack(
            "comparing with them",
            of_others!(r#"call("kcmp", os.getpid(), pid, 0, 0, 0)"#),
            Forbidden("kcmp"),
            &[SECCOMP, PID_NAMESPACE],
        )
        .untried_bare(ANOTHER_USER),
        attack(
            "advice on their memory",
            r#"
                MADV_COLD = 20
                vector = struct.pack("QQ", 0x1000, 0x1000)
                def advise(pid):
                    try:
                        return call("process_madvise", call("pidfd_open", pid, 0), vector, 1, MADV_COLD, 0)
                    except OSError as error:
                        if error.errno == errno.ENOMEM:
                            return "nothing is there"
                        raise
                return first_that_works(*[lambda pid=pid: advise(pid) for pid in others()])
            "#,
            Refused,
            &[SECCOMP, PID_NAMESPACE],
        )
        .untried_bare(ANOTHER_USER),
        attack(
            "an address of theirs",
            r#"
                head, size = ctypes.c_ulong(), ctypes.c_ulong()
                def of(pid):
                    call("get_robust_list", pid, ctypes.byref(head), ctypes.byref(size))
                    return hex(head.value)
                return first_that_works(*[lambda pid=pid: of(pid) for pid in others()])
            "#,
            Refused,
            &[SECCOMP, PID_NAMESPACE],
        )
        .untried_bare(ANOTHER_USER),
        attack(
            "their limits",
            r#"
                limits = ctypes.create_string_buffer(16)
                return first_that_works(*[lambda pid=pid: call("prlimit64", pid, 7, 0, limits) for pid in others()])
            "#,
            Refused,
            &[SECCOMP, PID_NAMESPACE],
        )
        .untried_bare(ANOTHER_USER),
        attack(
            "their priority",
            of_others!(r#"call("setpriority", 0, pid, 19)"#),
            Refused,
            &[SECCOMP, PID_NAMESPACE],
        )
        .untried_bare(ANOTHER_USER),
        attack(
            "their processors",
            of_others!(r#"call("sched_setaffinity", pid, 8, struct.pack("Q", 1))"#),
            Refused,
            &[SECCOMP, PID_NAMESPACE],
        )
        .untried_bare(ANOTHER_USER),
        attack(
            "which processes there are",
            r#"
                found = [name for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]
                if not found:
                    raise Refused("none but this one")
                return found
            "#,
            Refused,
            &[PID_NAMESPACE, LANDLOCK],
        ),
        attack(
            "which processes there are, by asking for each",
            r#"
                found = []
                for pid in range(1, 5000):
                    if pid != os.getpid():
                        try:
                            call("getpgid", pid)
                            found.append(pid)
                        except OSError as refusal:
                            last = refusal
                if not found:
                    raise last
                return f"{len(found)}, the first ones {found[:5]}"
            "#,
            Refused,
            &[SECCOMP, PID_NAMESPACE],
        ),
    ]
}

/// Where the jailer is an ordinary user's and there are no namespaces, programs and other processes
/// are the same user's: then it is the filter and Landlock that keep them apart.
fn of_the_same_user() -> Vec<Attack> {
    let names = [
        "ptrace",
        "reading memory",
        "writing memory",
        "their descriptors",
        "comparing with them",
        "an address of theirs",
    ];
    let attacks = others_are_not_looked_into().into_iter();
    attacks
        .filter(|attack| attack.is_called(&names))
        .map(|attack| {
            attack
                .given_without(&[ROOT, NAMESPACES])
                .refused_by(&[SECCOMP, LANDLOCK])
        })
        .collect()
}

pub fn attacks() -> Vec<Attack> {
    [others_are_not_looked_into(), of_the_same_user()].concat()
}

#[test]
fn each_is_refused_by_each_of_its_layers() {
    check(&attacks());
}
