//! What can be learned of the host, of Belljar and of the programs before.

use crate::attack::{Attack, Ends::*, attack, check};
use crate::layers::*;

fn the_host_is_not_told() -> Vec<Attack> {
    vec![
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
            &[MOUNT_NAMESPACE, LANDLOCK],
        ),
        attack(
            "its load, its memory, its disks",
            r#"
                return first_that_works(
                    lambda: open("/proc/loadavg").read(), lambda: open("/proc/meminfo").read(),
                    lambda: open("/proc/partitions").read(),
                    lambda: open("/proc/interrupts").read(), lambda: open("/proc/stat").read(),
                )
            "#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK],
        ),
        attack(
            "who is connected with it",
            r#"
                port = f"0100007F:{HOST['port']:04X}"
                connections = open("/proc/self/net/tcp").read()
                if port not in connections:
                    raise Refused(connections)
                return port
            "#,
            Refused,
            &[NETWORK_NAMESPACE],
        ),
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
    ]
}

pub fn attacks() -> Vec<Attack> {
    [the_host_is_not_told()].concat()
}

#[test]
fn each_is_refused_by_each_of_its_layers() {
    check(&attacks());
}
