//! Getting privileges back: users, capabilities, limits, priorities.

use crate::attack::{Attack, Ends::*, attack, check};
use crate::layers::*;

fn what_was_given_up_stays_so() -> Vec<Attack> {
    vec![
        attack(
            "root",
            r#"
                return call("setresuid", 0, 0, 0)
            "#,
            Refused,
            &[SECCOMP, IDENTITY],
        ),
        attack(
            "another program's user",
            r#"return call("setresuid", os.getuid() + 1, os.getuid() + 1, os.getuid() + 1)"#,
            Refused,
            &[SECCOMP, CAPABILITIES, IDENTITY],
        ),
        attack(
            "another program's group",
            r#"return call("setresgid", os.getgid() + 1, os.getgid() + 1, os.getgid() + 1)"#,
            Refused,
            &[SECCOMP, CAPABILITIES, IDENTITY],
        ),
        attack(
            "groups",
            r#"
                return call("setgroups", 1, struct.pack("I", os.getgid()))
            "#,
            Refused,
            &[SECCOMP, CAPABILITIES, IDENTITY],
        ),
        attack(
            "the user for files alone",
            r#"
                before = call("setfsuid", -1)
                call("setfsuid", os.getuid() + 1)
                if call("setfsuid", -1) == before:
                    raise Refused("it stays the same")
                return "another"
            "#,
            Refused,
            &[SECCOMP, CAPABILITIES, IDENTITY],
        ),
        attack(
            "capabilities",
            r#"
                header = struct.pack("Ii", 0x20080522, 0)
                everything = struct.pack("6I", 0x200000, 0x200000, 0, 0, 0, 0)
                return call("capset", header, everything)
            "#,
            Refused,
            &[SECCOMP, CAPABILITIES, IDENTITY],
        ),
        attack(
            "capabilities that programs inherit",
            r#"
                PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN = 47, 2, 21
                return call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0)
            "#,
            Refused,
            &[SECCOMP, CAPABILITIES],
        )
        .untried_bare("a capability has to be inheritable first"),
        attack(
            "being dumpable",
            r#"
                PR_SET_DUMPABLE = 4
                return call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)
            "#,
            Refused,
            &[SECCOMP],
        ),
        attack(
            "its own memory as a file",
            r#"return os.open("/proc/self/mem", os.O_RDWR)"#,
            Refused,
            &[LANDLOCK, NOT_DUMPABLE],
        )
        .untried_bare("changing the user or its zygote made it so, too"),
        attack(
            "being spared when memory runs out",
            r#"
                with open("/proc/self/oom_score_adj", "w") as score:
                    score.write("-1000")
                return "spared"
            "#,
            Refused,
            &[LANDLOCK, NOT_DUMPABLE, CAPABILITIES],
        )
        .untried_bare(NOT_PASSED_ON),
        attack(
            "a core dump",
            r#"
                import resource
                resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, 1 << 20))
                return resource.getrlimit(resource.RLIMIT_CORE)
            "#,
            Refused,
            &[LIMIT_CORE],
        ),
    ]
}

fn limits_are_not_raised() -> Vec<Attack> {
    const RAISE: &str = r#"
        import resource
        number = getattr(resource, "RLIMIT_" + WHICH)
        soft, hard = resource.getrlimit(number)
        if hard == resource.RLIM_INFINITY:
            return f"there is none: {hard}"
        resource.setrlimit(number, (hard + 1, hard + 1))
        return resource.getrlimit(number)
    "#;
    let programs = ["AS", "DATA", "CPU", "NOFILE", "NPROC", "FSIZE", "STACK"].map(|which| {
        let program = format!("WHICH = \"{which}\"\n{}", crate::common::dedent(RAISE));
        (which, program)
    });
    programs
        .into_iter()
        .map(|(which, program)| {
            attack(which, program, Refused, &[CAPABILITIES, IDENTITY]).untried_bare(NOT_PASSED_ON)
        })
        .collect()
}

fn it_gets_no_more_of_the_processor_than_others() -> Vec<Attack> {
    vec![
        attack(
            "real-time scheduling",
            r#"return call("sched_setscheduler", 0, 1, struct.pack("i", 50))"#,
            Refused,
            &[SECCOMP, CAPABILITIES, IDENTITY],
        )
        .untried_bare(NOT_PASSED_ON),
        attack(
            "a deadline",
            r#"
                SCHED_DEADLINE = 6
                attributes = struct.pack("IIQiIQQQ", 48, SCHED_DEADLINE, 0, 0, 0, 10**7, 10**8, 10**8)
                return call("sched_setattr", 0, attributes, 0)
            "#,
            Refused,
            &[SECCOMP, CAPABILITIES, IDENTITY],
        )
        .untried_bare(NOT_PASSED_ON),
        attack(
            "a higher priority",
            r#"return call("setpriority", 0, 0, -10)"#,
            Refused,
            &[SECCOMP, CAPABILITIES, IDENTITY],
        )
        .untried_bare(NOT_PASSED_ON),
        attack(
            "the disk before all others",
            r#"
                IOPRIO_CLASS_RT = 1 << 13
                return call("ioprio_set", 1, 0, IOPRIO_CLASS_RT)
            "#,
            Refused,
            &[SECCOMP, CAPABILITIES, IDENTITY],
        )
        .untried_bare(NOT_PASSED_ON),
        attack(
            "memory that is never swapped out",
            r#"
                memory = ctypes.create_string_buffer(4096)
                return call("mlock", ctypes.addressof(memory), 4096)
            "#,
            Refused,
            &[SECCOMP, LIMIT_MEMLOCK],
        ),
    ]
}

pub fn attacks() -> Vec<Attack> {
    [
        what_was_given_up_stays_so(),
        it_gets_no_more_of_the_processor_than_others(),
        limits_are_not_raised(),
    ]
    .concat()
}

#[test]
fn each_is_refused_by_each_of_its_layers() {
    check(&attacks());
}
