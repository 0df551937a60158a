//! Open descriptors, and what can be done to the processes at their other ends.

use crate::attack::{Attack, Ends::*, attack, check};
use crate::layers::*;

fn there_are_three() -> Vec<Attack> {
    vec![
        attack(
            "any other descriptor",
            r#"
                found = []
                for fd in range(3, 4096):
                    try:
                        os.fstat(fd)
                    except OSError:
                        continue
                    # `tell` has one.
                    if not os.path.sameopenfile(fd, 1):
                        try:
                            found.append((fd, os.readlink(f"/proc/self/fd/{fd}")))
                        except OSError:
                            found.append(fd)
                if not found:
                    raise Refused("none")
                return found
            "#,
            Refused,
            &[CLOSED_DESCRIPTORS],
        )
        .untried_bare("what is open depends on who starts the zygote"),
        attack(
            "forging what a child says to the jailer",
            r#"
                import array
                rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [1]))]
                told = []
                for fd in range(0, 4096):
                    try:
                        there = socket.socket(fileno=os.dup(fd))
                    except OSError:
                        continue
                    for message in (b'"parked"', b'{"exited":{"child":0,"status":0,"cpu_us":0,"memory_bytes":0}}', b"\xff" * 100):
                        try:
                            there.sendmsg([message], rights)
                            told.append(fd)
                        except OSError:
                            pass
                if not told:
                    raise Refused("there is no socket")
                return told
            "#,
            Refused,
            &[CLOSED_DESCRIPTORS],
        )
        .untried_bare("what is open depends on who starts the zygote"),
        attack(
            "more room in the server's pipe",
            r#"
                import fcntl
                F_SETPIPE_SZ = 1031
                return fcntl.fcntl(1, F_SETPIPE_SZ, 1 << 20)
            "#,
            Refused,
            &[SECCOMP],
        ),
        attack(
            "pages of its own in the server's pipe, to change them while they are read",
            r#"
                page = ctypes.create_string_buffer(b"\n" * 4096)
                SPLICE_F_GIFT = 8
                return call("vmsplice", 1, struct.pack("QQ", ctypes.addressof(page), 4096), 1, SPLICE_F_GIFT)
            "#,
            Refused,
            &[SECCOMP],
        ),
    ]
}

pub fn attacks() -> Vec<Attack> {
    [there_are_three()].concat()
}

#[test]
fn each_is_refused_by_each_of_its_layers() {
    check(&attacks());
}
