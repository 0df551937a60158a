//! The host's files: reading, changing, finding out about them.

use crate::attack::{Attack, Ends::*, attack, check};
use crate::layers::*;

fn files_of_the_host_are_not_read() -> Vec<Attack> {
    vec![
        attack(
            "a file that everybody may read",
            r#"return open(HOST["file"]).read()"#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK],
        ),
        attack(
            "a file that root may read",
            r#"return open("/etc/shadow").read()"#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK, IDENTITY, USER_NAMESPACE],
        ),
        attack(
            "its own root, from above",
            r#"return open("/" + "../" * 40 + HOST["file"]).read()"#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK],
        ),
        attack(
            "through a symbolic link",
            r#"
                os.symlink(HOST["file"], "link")
                return open("link").read()
            "#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK],
        ),
        attack(
            "through /proc/self/root and /proc/self/cwd",
            r#"
                return first_that_works(
                    lambda: open("/proc/self/root" + HOST["file"]).read(),
                    lambda: open("/proc/self/cwd/.." + HOST["file"]).read(),
                    lambda: open("/proc/1/root" + HOST["file"]).read(),
                )
            "#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK],
        ),
        attack(
            "by openat2, which a filter cannot look into",
            r#"
                how = struct.pack("QQQ", os.O_RDONLY, 0, 0)
                return os.read(call("openat2", -100, HOST["file"].encode(), how, len(how)), 100)
            "#,
            Refused,
            &[SECCOMP, MOUNT_NAMESPACE, LANDLOCK],
        ),
        attack(
            "by a handle, past all folders",
            r#"
                handle = ctypes.create_string_buffer(struct.pack("II", 128, 0) + bytes(128))
                mount = ctypes.c_int()
                call("name_to_handle_at", -100, HOST["folder"].encode(), handle, ctypes.byref(mount), 0)
                root = os.open("/", os.O_RDONLY)
                return call("open_by_handle_at", root, handle, os.O_RDONLY)
            "#,
            Forbidden("name_to_handle_at"),
            &[SECCOMP, CAPABILITIES, IDENTITY],
        )
        .untried_bare(NOT_PASSED_ON),
        attack(
            "listing the host's folders",
            r#"
                return first_that_works(lambda: os.listdir(HOST["folder"]), lambda: os.listdir("/root"))
            "#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK],
        ),
        attack(
            "whether a file is there, and how large",
            r#"return os.stat(HOST["file"]).st_size"#,
            Refused,
            &[MOUNT_NAMESPACE],
        ),
        attack(
            "a file that was removed, through a descriptor left open",
            r#"
                found = []
                for fd in range(3, 1024):
                    try:
                        found.append((fd, os.read(fd, 1)))
                    except OSError as error:
                        if error.errno not in (errno.EBADF, errno.EINVAL, errno.EAGAIN):
                            found.append((fd, error.errno))
                if not found:
                    raise Refused("no descriptor can be read")
                return found
            "#,
            Refused,
            &[CLOSED_DESCRIPTORS],
        )
        .untried_bare("what a descriptor leads to depends on who starts the zygote"),
    ]
}

fn files_of_the_host_are_not_changed() -> Vec<Attack> {
    vec![
        attack(
            "writing where everybody may",
            r#"
                with open(HOST["folder"] + "/made", "w") as made:
                    made.write("x")
                return os.listdir(HOST["folder"])
            "#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK],
        ),
        attack(
            "appending to a file that everybody may write",
            r#"
                with open(HOST["writable"], "a") as file:
                    return file.write("x")
            "#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK],
        ),
        attack(
            "truncating it without opening it",
            r#"return call("truncate", HOST["writable"].encode(), 1)"#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK],
        ),
        attack(
            "removing it",
            r#"return os.unlink(HOST["writable"])"#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK],
        ),
        attack(
            "a second name for it",
            r#"return os.link(HOST["writable"], "mine")"#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK],
        ),
        attack(
            "moving it",
            r#"
                return first_that_works(
                    lambda: os.rename(HOST["writable"], "mine"),
                    lambda: os.rename(HOST["writable"], HOST["writable"] + ".moved"),
                )
            "#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK],
        ),
        attack(
            "its times",
            r#"
                os.utime(HOST["own"], (4711, 4711))
                if os.stat(HOST["own"]).st_mtime != 4711:
                    raise Refused("it has no effect")
                return "changed"
            "#,
            Refused,
            &[MOUNT_NAMESPACE, IDENTITY, USER_NAMESPACE],
        ),
        attack(
            "its mode",
            r#"
                os.chmod(HOST["own"], 0o777)
                if os.stat(HOST["own"]).st_mode & 0o777 != 0o777:
                    raise Refused("it has no effect")
                return "changed"
            "#,
            Refused,
            &[MOUNT_NAMESPACE, IDENTITY, USER_NAMESPACE],
        ),
        attack(
            "its owner",
            r#"return os.chown(HOST["own"], 12345, 12345)"#,
            Refused,
            &[SECCOMP, CAPABILITIES, MOUNT_NAMESPACE],
        )
        .untried_bare(NOT_PASSED_ON),
        attack(
            "its attributes",
            r#"return os.setxattr(HOST["writable"], "user.x", b"x")"#,
            Refused,
            &[MOUNT_NAMESPACE, SECCOMP],
        ),
        attack(
            "a lock that others wait for",
            r#"
                import fcntl
                with open("/usr/lib/os-release") as file, open("/usr/lib/os-release") as other:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    try:
                        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except BlockingIOError:
                        return "locked"
                raise Refused("it has no effect")
            "#,
            Refused,
            &[SECCOMP],
        ),
        attack(
            "watching which files others open",
            r#"
                fd = call("inotify_init1", 0)
                IN_OPEN = 0x20
                return call("inotify_add_watch", fd, b"/usr/lib/os-release", IN_OPEN)
            "#,
            Refused,
            &[SECCOMP],
        ),
        attack(
            "watching whole file systems",
            r#"return call("fanotify_init", 0x200, 0)"#,
            Forbidden("fanotify_init"),
            &[SECCOMP],
        ),
    ]
}

/// What the interpreter and the packages are is the same for all programs: who changes it has the
/// next one.
fn what_programs_share_is_not_changed() -> Vec<Attack> {
    vec![
        attack(
            "the standard library",
            r#"
                with open(os.__file__, "a") as library:
                    return library.write("")
            "#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK, IDENTITY, USER_NAMESPACE],
        ),
        attack(
            "its compiled modules",
            r#"
                import json
                folder = os.path.join(os.path.dirname(json.__file__), "__pycache__")
                path = os.path.join(folder, "planted.pyc")
                with open(path, "wb") as planted:
                    planted.write(b"x")
                os.unlink(path)
                return path
            "#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK, IDENTITY, USER_NAMESPACE],
        ),
        attack(
            "the packages",
            r#"
                path = HOST["site"] + "/planted.py"
                if os.path.isdir("/site-packages"):
                    path = "/site-packages/planted.py"
                with open(path, "w") as planted:
                    planted.write("x")
                return path
            "#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK, IDENTITY, USER_NAMESPACE],
        ),
        attack(
            "the root of its jail",
            r#"
                os.mkdir("/planted")
                os.rmdir("/planted")
                return "made"
            "#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK, IDENTITY, USER_NAMESPACE],
        ),
        attack(
            "devices",
            r#"
                with open("/dev/planted", "w") as planted:
                    planted.write("x")
                os.unlink("/dev/planted")
                return "made"
            "#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK, IDENTITY, USER_NAMESPACE],
        ),
        attack(
            "a disk of its own making",
            r#"
                os.mknod("/tmp/disk", 0o60666, os.makedev(254, 0))
                return open("/tmp/disk", "rb").read(1)
            "#,
            Refused,
            &[SECCOMP, CAPABILITIES, LANDLOCK],
        )
        .untried_bare(NOT_PASSED_ON),
        attack(
            "the machine's memory",
            r#"
                return first_that_works(
                    lambda: os.open("/dev/mem", os.O_RDWR), lambda: os.open("/dev/kmsg", os.O_WRONLY),
                    lambda: os.open("/proc/kcore", os.O_RDONLY), lambda: os.open("/dev/vda", os.O_RDONLY),
                )
            "#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK, IDENTITY, USER_NAMESPACE],
        ),
        attack(
            "settings of the kernel",
            r#"
                return first_that_works(
                    lambda: os.open("/proc/sys/kernel/hostname", os.O_WRONLY),
                    lambda: os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY),
                    lambda: os.open("/proc/sysrq-trigger", os.O_WRONLY),
                    lambda: os.open("/sys/fs/cgroup/unified/cgroup.procs", os.O_WRONLY),
                    lambda: os.open("/sys/fs/cgroup/cgroup.procs", os.O_WRONLY),
                )
            "#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK, IDENTITY, USER_NAMESPACE],
        ),
    ]
}

pub fn attacks() -> Vec<Attack> {
    [
        files_of_the_host_are_not_read(),
        files_of_the_host_are_not_changed(),
        what_programs_share_is_not_changed(),
    ]
    .concat()
}

#[test]
fn each_is_refused_by_each_of_its_layers() {
    check(&attacks());
}
