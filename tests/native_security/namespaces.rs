//! Namespaces and mounts: becoming the master of a world of its own.

use crate::attack::{Attack, Ends::*, attack, check};
use crate::layers::*;

fn there_are_no_worlds_of_its_own() -> Vec<Attack> {
    vec![
        attack(
            "a user namespace, in which it has all capabilities",
            r#"return call("unshare", 0x10000000)"#,
            Forbidden("unshare"),
            &[SECCOMP, NO_NAMESPACES],
        ),
        attack(
            "a process in a user namespace",
            r#"
                child = call("clone", 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0)
                if child == 0:
                    os._exit(0)
                return child
            "#,
            Refused,
            &[SECCOMP, NO_NAMESPACES],
        ),
        attack(
            "a mount namespace",
            r#"return call("unshare", 0x20000)"#,
            Forbidden("unshare"),
            &[SECCOMP, CAPABILITIES, IDENTITY],
        ),
        attack(
            "a process namespace",
            r#"return call("unshare", 0x20000000)"#,
            Forbidden("unshare"),
            &[SECCOMP, CAPABILITIES, IDENTITY],
        ),
        attack(
            "a time namespace",
            r#"return call("unshare", 0x80)"#,
            Forbidden("unshare"),
            &[SECCOMP, CAPABILITIES, IDENTITY],
        ),
        attack(
            "the namespaces of another",
            r#"
                def enter(pid):
                    return call("setns", os.open(f"/proc/{pid}/ns/mnt", os.O_RDONLY), 0)
                return first_that_works(lambda: call("setns", call("pidfd_open", os.getppid() or 1, 0), 0x20000), *[
                    lambda pid=pid: enter(pid) for pid in others()
                ])
            "#,
            Refused,
            &[SECCOMP, CAPABILITIES, IDENTITY],
        )
        .untried_bare(NOT_PASSED_ON),
    ]
}

fn the_file_system_stays_as_it_is() -> Vec<Attack> {
    vec![
        attack(
            "mounting",
            r#"return call("mount", b"none", b"/tmp", b"tmpfs", 0, 0)"#,
            Forbidden("mount"),
            &[SECCOMP, CAPABILITIES, IDENTITY, LANDLOCK],
        ),
        attack(
            "making a mount writable",
            r#"
                MS_REMOUNT_BIND = 0x20 | 0x1000
                return call("mount", b"none", b"/tmp", 0, MS_REMOUNT_BIND, 0)
            "#,
            Forbidden("mount"),
            &[SECCOMP, CAPABILITIES, IDENTITY, LANDLOCK],
        ),
        attack(
            "taking a mount away, to see what is below",
            r#"
                MNT_DETACH = 2
                return call("umount2", b"/tmp", MNT_DETACH)
            "#,
            Forbidden("umount2"),
            &[SECCOMP, CAPABILITIES, IDENTITY, LANDLOCK],
        ),
        attack(
            "the newer calls for mounting",
            r#"
                return first_that_works(
                    lambda: call("fsopen", b"tmpfs", 0),
                    lambda: call("open_tree", -100, b"/", 1),
                )
            "#,
            Forbidden("fsopen"),
            &[SECCOMP, CAPABILITIES, IDENTITY],
        ),
        attack(
            "attributes of a mount",
            r#"
                attributes = struct.pack("4Q", 0, 1, 0, 0)
                return call("mount_setattr", -100, b"/tmp", 0, attributes, len(attributes))
            "#,
            Forbidden("mount_setattr"),
            &[SECCOMP, CAPABILITIES, IDENTITY],
        ),
        attack(
            "what is mounted on the host",
            r#"
                mounts = [line for line in open("/proc/self/mountinfo") if HOST["site"] in line]
                if not mounts:
                    raise Refused("no path of the host's is told")
                return mounts
            "#,
            Refused,
            &[MOUNT_NAMESPACE],
        )
        .untried_bare("without mounts of its own there is nothing to tell"),
        attack(
            "another root",
            r#"
                os.mkdir("/tmp/deep")
                return call("chroot", b"/tmp/deep")
            "#,
            Forbidden("chroot"),
            &[SECCOMP, CAPABILITIES, IDENTITY],
        )
        .untried_bare(NOT_PASSED_ON),
        attack(
            "the classic way out of a root",
            r#"
                os.mkdir("/tmp/deep")
                above = os.open("/", os.O_RDONLY)
                call("chroot", b"/tmp/deep")
                os.fchdir(above)
                for _ in range(40):
                    os.chdir("..")
                call("chroot", b".")
                return open(HOST["file"]).read()
            "#,
            Forbidden("chroot"),
            &[SECCOMP, CAPABILITIES, IDENTITY],
        )
        .untried_bare(NOT_PASSED_ON),
        attack(
            "another root, by pivot_root",
            r#"return call("pivot_root", b"/tmp", b"/tmp")"#,
            Forbidden("pivot_root"),
            &[SECCOMP, CAPABILITIES, IDENTITY],
        )
        .untried_bare(NOT_PASSED_ON),
    ]
}

pub fn attacks() -> Vec<Attack> {
    [
        there_are_no_worlds_of_its_own(),
        the_file_system_stays_as_it_is(),
    ]
    .concat()
}

#[test]
fn each_is_refused_by_each_of_its_layers() {
    check(&attacks());
}
