//! What can be learned of the host, of Belljar and of the programs before.

use crate::attack::{Ends::*, attack, check};
use crate::layers::*;

#[test]
fn the_host_is_not_told() {
    check(&[
        attack(
            "its name",
            r#"
                if os.uname().nodename != HOST["name"]:
                    raise Refused(f"it is called {os.uname().nodename}")
                return HOST["name"]
            "#,
            Refused,
            &[UTS_NAMESPACE],
        ),
        attack(
            "its number",
            r#"
                return first_that_works(
                    lambda: open("/etc/machine-id").read(), lambda: open("/proc/sys/kernel/random/boot_id").read(),
                )
            "#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK],
        ),
        attack(
            "how the kernel was started",
            r#"return open("/proc/cmdline").read()"#,
            Refused,
            &[PROC, LANDLOCK],
        ),
        attack(
            "its load, its memory, its disks",
            r#"
                return first_that_works(
                    lambda: open("/proc/loadavg").read(), lambda: open("/proc/meminfo").read(),
                    lambda: open("/proc/mounts").read(), lambda: open("/proc/partitions").read(),
                    lambda: open("/proc/interrupts").read(), lambda: open("/proc/net/dev").read(),
                )
            "#,
            Refused,
            &[PROC, LANDLOCK],
        )
        .untried_bare("/proc/self/mounts stays, which tells of the jail alone"),
        attack(
            "its users",
            r#"
                users = open("/etc/passwd").read()
                if "sshd" in users or "daemon" in users:
                    return users
                raise Refused(users)
            "#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK],
        ),
        attack(
            "its devices",
            r#"return os.listdir("/sys/class") or os.listdir("/sys")"#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK],
        ),
        attack(
            "the devices there are",
            r#"
                found = set(os.listdir("/dev")) - {"null", "zero", "full", "random", "urandom", "fd", "stdin", "stdout", "stderr", "shm"}
                if not found:
                    raise Refused("none but the harmless")
                return sorted(found)[:5]
            "#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK],
        ),
        attack(
            "which users others are, by its groups",
            r#"
                lines = open("/proc/self/status").read().splitlines()
                groups = next(line for line in lines if line.startswith("Groups:")).split()[1:]
                if not groups:
                    raise Refused("none")
                return groups
            "#,
            Refused,
            &[IDENTITY],
        )
        .untried_bare("whoever starts the tests may have none either"),
        attack(
            "its folders, from the limits of a file system",
            r#"
                return [os.readlink(f"/proc/self/{name}") for name in ("cwd", "root", "exe")
                        if HOST["site"].split("/")[1] in os.readlink(f"/proc/self/{name}")][0]
            "#,
            Ends,
            &[],
        ),
    ]);
}

/// Reads all of its own memory. What is looked for is put together from pieces, so that the search
/// finds only what was there before: `SOUGHT` names entries of `HOST` in which it is written
/// backwards.
const SEARCH: &str = r#"
    wanted = HOST[SOUGHT]
    alphabet = wanted[::-1].encode()
    first, rest = alphabet[:4], alphabet[4:]
    own = (id(alphabet), id(first), id(rest), id(wanted))
    where = []
    for line in list(open("/proc/self/maps")):
        span, mode = line.split()[:2]
        start, end = (int(each, 16) for each in span.split("-"))
        if mode[0] != "r" or line.rstrip().endswith("]") and not line.rstrip().endswith(("[heap]", "[stack]")):
            continue
        at = start
        while True:
            at = find(at, end, first, rest)
            if at is None:
                break
            if not any(0 <= at - each < 200 for each in own):
                where.append(hex(at))
            at += 1
    if not where:
        raise Refused("nowhere in memory")
    return where
"#;

/// `find` for [`SEARCH`]: without a copy of the text beside the pieces it is looked for with.
const FIND: &str = r#"
    libc.memmem.restype = ctypes.c_void_p
    libc.memmem.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    libc.memcmp.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    def find(at, end, first, rest):
        while True:
            at = libc.memmem(at, end - at, first, len(first))
            if at is None or at + 4 + len(rest) > end:
                return None
            if libc.memcmp(at + 4, rest, len(rest)) == 0:
                return at
            at += 1
"#;

#[test]
fn memory_holds_nothing_of_the_host_or_of_other_programs() {
    let sought = ["environment backwards", "before backwards", "site backwards"];
    let programs = sought.map(|name| {
        let (find, search) = (crate::common::dedent(FIND), crate::common::dedent(SEARCH));
        (name, format!("SOUGHT = {name:?}\n{find}{search}"))
    });
    let attacks: Vec<_> = programs
        .iter()
        .map(|(name, program)| {
            attack(name, program, Refused, &[]).untried_bare("no layer keeps it out: it is not there")
        })
        .collect();
    check(&attacks);
}
