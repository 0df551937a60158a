//! Signals to processes that are not the program's.

use crate::attack::{Attack, Ends::*, attack, check};
use crate::jail::ROOT;
use crate::layers::*;

/// Whom a signal could reach differs in each jail without some of its layers: all are tried that
/// the program can name.
macro_rules! to_others {
    ($attempt:literal) => {
        concat!(
            "SIGNAL_NOTHING = 0\nattempts = [lambda pid=pid: ",
            $attempt,
            " for pid in others()]\nreturn first_that_works(*attempts)"
        )
    };
}

fn others_are_not_signalled() -> Vec<Attack> {
    vec![
        attack(
            "kill",
            to_others!(r#"call("kill", pid, SIGNAL_NOTHING)"#),
            Refused,
            &[SECCOMP, PID_NAMESPACE],
        )
        .untried_bare(ANOTHER_USER),
        attack(
            "kill everybody",
            r#"return call("kill", -1, 0)"#,
            Refused,
            &[SECCOMP, PID_NAMESPACE],
        ),
        attack(
            "kill its process group, which may be the zygote's",
            r#"
                if os.getpgrp() == os.getpid():
                    raise Refused("it is its own group's only member")
                return call("kill", 0, 0)
            "#,
            Refused,
            &[SECCOMP, SESSION],
        ),
        attack(
            "tgkill",
            to_others!(r#"call("tgkill", pid, pid, SIGNAL_NOTHING)"#),
            Refused,
            &[SECCOMP, PID_NAMESPACE],
        )
        .untried_bare(ANOTHER_USER),
        attack(
            "tkill",
            to_others!(r#"call("tkill", pid, SIGNAL_NOTHING)"#),
            Refused,
            &[SECCOMP, PID_NAMESPACE],
        )
        .untried_bare(ANOTHER_USER),
        attack(
            "rt_sigqueueinfo",
            to_others!(
                r#"call("rt_sigqueueinfo", pid, SIGNAL_NOTHING, struct.pack("iii116x", 0, 0, -1))"#
            ),
            Refused,
            &[SECCOMP, PID_NAMESPACE],
        )
        .untried_bare(ANOTHER_USER),
        attack(
            "rt_tgsigqueueinfo",
            to_others!(
                r#"call("rt_tgsigqueueinfo", pid, pid, SIGNAL_NOTHING, struct.pack("iii116x", 0, 0, -1))"#
            ),
            Refused,
            &[SECCOMP, PID_NAMESPACE],
        )
        .untried_bare(ANOTHER_USER),
        attack(
            "a descriptor of a process",
            to_others!(r#"call("pidfd_send_signal", call("pidfd_open", pid, 0), 0, 0, 0)"#),
            Refused,
            &[SECCOMP, PID_NAMESPACE],
        )
        .untried_bare(ANOTHER_USER),
        attack(
            "a pipe that signals another when it can be read",
            r#"
                import fcntl
                F_SETOWN, F_SETSIG = 8, 10
                reading, writing = os.pipe()
                def own(pid):
                    call("fcntl", reading, F_SETOWN, pid)
                    call("fcntl", reading, F_SETSIG, signal.SIGURG)
                    call("fcntl", reading, fcntl.F_SETFL, os.O_ASYNC)
                    os.write(writing, b"x")
                    return pid
                return first_that_works(*[lambda pid=pid: own(pid) for pid in others()])
            "#,
            Refused,
            &[SECCOMP, PID_NAMESPACE],
        )
        .untried_bare(ANOTHER_USER),
        attack(
            "a terminal's input, as if typed",
            r#"
                TIOCSTI = 0x5412
                def type_into(path):
                    fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
                    call("ioctl", fd, TIOCSTI, b"x")
                    return path
                return first_that_works(*[lambda path=path: type_into(path) for path in ("/dev/tty", "/dev/console", "/dev/ptmx")])
            "#,
            Refused,
            &[MOUNT_NAMESPACE, LANDLOCK],
        )
        .untried_bare("the tests may run without a terminal"),
    ]
}

fn what_ties_it_to_its_zygote_holds() -> Vec<Attack> {
    vec![
        attack(
            "no signal when its parent ends",
            r#"
                PR_SET_PDEATHSIG = 1
                return call("prctl", PR_SET_PDEATHSIG, 0, 0, 0, 0)
            "#,
            Refused,
            &[SECCOMP],
        ),
        attack(
            "a session of its own",
            r#"return call("setsid")"#,
            Refused,
            &[SECCOMP, SESSION],
        ),
        attack(
            "the process group of another",
            r#"
                return first_that_works(*[lambda pid=pid: call("setpgid", 0, pid) for pid in others()])
            "#,
            Refused,
            &[SECCOMP, SESSION],
        )
        .untried_bare("there is none in its session"),
    ]
}

/// As in `other_processes`: of the same user, without namespaces.
fn of_the_same_user() -> Vec<Attack> {
    let names = [
        "kill",
        "tgkill",
        "tkill",
        "rt_sigqueueinfo",
        "rt_tgsigqueueinfo",
        "a descriptor of a process",
    ];
    let attacks = others_are_not_signalled().into_iter();
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
    [
        others_are_not_signalled(),
        what_ties_it_to_its_zygote_holds(),
        of_the_same_user(),
    ]
    .concat()
}

#[test]
fn each_is_refused_by_each_of_its_layers() {
    check(&attacks());
}
