//! What the compiled filters decide, on both architectures, by interpreting them as the kernel does.

use libseccomp::{ScmpArch, ScmpSyscall};

use super::{Extra, Files, OWN_PID, OffList, of_program, of_zygote};

const ALLOW: u32 = 0x7fff_0000;
const NOTIFY: u32 = 0x7fc0_0000;
const TRACE: u32 = 0x7ff0_0000;
const KILL: u32 = 0x8000_0000;
const EPERM: u32 = 0x0005_0001;
const ENOSYS: u32 = 0x0005_0026;

const ARCHITECTURES: [ScmpArch; 2] = [ScmpArch::X8664, ScmpArch::Aarch64];

fn audit_number(arch: ScmpArch) -> u32 {
    match arch {
        ScmpArch::X8664 => 0xc000_003e,
        ScmpArch::Aarch64 => 0xc000_00b7,
        other => panic!("{other:?} is not one of ours"),
    }
}

/// What `filter` says to a call, `None` if the architecture has none of the name.
fn decide(filter: &[u8], arch: ScmpArch, name: &str, arguments: &[u64]) -> Option<u32> {
    let number = i32::from(ScmpSyscall::from_name_by_arch(name, arch).ok()?);
    let number = u32::try_from(number).ok()?;
    Some(run(filter, audit_number(arch), number, arguments))
}

/// Classic BPF, as far as seccomp has it and libseccomp uses it.
fn run(filter: &[u8], arch: u32, number: u32, arguments: &[u64]) -> u32 {
    let mut data = Vec::new();
    data.extend(number.to_le_bytes());
    data.extend(arch.to_le_bytes());
    data.extend([0; 8]);
    for index in 0..6 {
        data.extend(arguments.get(index).copied().unwrap_or(0).to_le_bytes());
    }
    let word = |at: usize| u32::from_le_bytes(data[at..at + 4].try_into().unwrap());
    let mut accumulator = 0;
    let mut counter = 0;
    loop {
        let instruction = &filter[8 * counter..8 * counter + 8];
        let code = u16::from_le_bytes([instruction[0], instruction[1]]);
        let k = u32::from_le_bytes(instruction[4..].try_into().unwrap());
        let jump = |taken: bool| usize::from(instruction[if taken { 2 } else { 3 }]);
        counter += 1;
        match code {
            0x20 => accumulator = word(k as usize),
            0x54 => accumulator &= k,
            0x05 => counter += k as usize,
            0x15 => counter += jump(accumulator == k),
            0x25 => counter += jump(accumulator > k),
            0x35 => counter += jump(accumulator >= k),
            0x45 => counter += jump(accumulator & k != 0),
            0x06 => return k,
            other => panic!("instruction {other:#x}"),
        }
    }
}

#[test]
fn programs_are_allowed_what_is_listed_and_everything_else_is_asked_for() {
    let own = u64::from(OWN_PID);
    let minus_one = u64::MAX;
    let cases: &[(&str, &[u64], u32)] = &[
        ("read", &[0], ALLOW),
        ("openat", &[minus_one], ALLOW),
        ("open", &[0], ALLOW),
        ("mmap", &[0, 4096, 3, 0x22, minus_one], ALLOW),
        ("mmap", &[0, 4096, 5, 0x2, 4], ALLOW),
        ("mmap", &[0, 4096, 5, 0x22, minus_one], NOTIFY),
        ("mmap", &[0, 4096, 7, 0x2, 4], NOTIFY),
        ("mprotect", &[0, 4096, 1], ALLOW),
        ("mprotect", &[0, 4096, 5], NOTIFY),
        ("pkey_mprotect", &[0, 4096, 1], NOTIFY),
        // A thread of glibc's; fork; a thread in a user namespace of its own.
        ("clone", &[0x003d_0f00], ALLOW),
        ("clone", &[0x0120_0011], NOTIFY),
        ("clone", &[0x103d_0f00], NOTIFY),
        ("clone3", &[0], ENOSYS),
        ("fork", &[], NOTIFY),
        ("vfork", &[], NOTIFY),
        ("execve", &[], NOTIFY),
        ("ptrace", &[], NOTIFY),
        ("unshare", &[], NOTIFY),
        ("memfd_create", &[], NOTIFY),
        ("kill", &[own, 9], ALLOW),
        ("tgkill", &[own, own, 6], ALLOW),
        ("kill", &[1, 9], NOTIFY),
        ("kill", &[minus_one, 9], NOTIFY),
        ("tkill", &[own, 9], NOTIFY),
        ("prctl", &[15], ALLOW),
        ("prctl", &[0x5356_4d41], ALLOW),
        // PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP
        ("prctl", &[1, 0], NOTIFY),
        ("prctl", &[4, 1], NOTIFY),
        ("prctl", &[22, 2], NOTIFY),
        ("ioctl", &[1, 0x5401], ALLOW),
        // TIOCSTI, with and without something in the half that the kernel does not look at.
        ("ioctl", &[0, 0x5412], NOTIFY),
        ("ioctl", &[0, 0xdead_0000_5412], NOTIFY),
        ("fcntl", &[1, 3], ALLOW),
        // F_SETOWN would send signals to others.
        ("fcntl", &[1, 8], NOTIFY),
        ("prlimit64", &[0, 7], ALLOW),
        ("prlimit64", &[1, 7], NOTIFY),
        ("socketpair", &[1, 1], ALLOW),
        // Datagrams go to any socket; SOCK_STREAM with SOCK_CLOEXEC.
        ("socketpair", &[1, 2], NOTIFY),
        ("socketpair", &[1, 0x80001], ALLOW),
        ("setsockopt", &[3, 1, 26], NOTIFY),
        ("mmap", &[0, 4096, 3, 0x122, minus_one], NOTIFY),
        ("flock", &[3, 2], 0x0005_0000),
        ("madvise", &[0, 4096, 4], ALLOW),
        ("madvise", &[0, 4096, 11], ALLOW),
        ("madvise", &[0, 4096, 15], ALLOW),
        ("madvise", &[0, 4096, 23], ALLOW),
        // MADV_MERGEABLE, with and without something in the half that the kernel does not look at.
        ("madvise", &[0, 4096, 12], NOTIFY),
        ("madvise", &[0, 4096, 0x1_0000_000c], NOTIFY),
        // F_GETLK, F_SETLK, F_OFD_SETLK
        ("fcntl", &[3, 5], ALLOW),
        ("fcntl", &[3, 6], 0x0005_0000),
        ("fcntl", &[3, 37], 0x0005_0000),
        ("getpgid", &[0], ALLOW),
        ("getpgid", &[1], NOTIFY),
        ("socket", &[2, 1], NOTIFY),
        ("socket", &[1, 1], NOTIFY),
        ("setresuid", &[0, 0, 0], NOTIFY),
        ("seccomp", &[1], NOTIFY),
        ("io_uring_setup", &[], ENOSYS),
    ];
    for arch in ARCHITECTURES {
        let filter = of_program(arch, OffList::Ask, Files::Own, &Extra::default()).unwrap();
        for (name, arguments, expected) in cases {
            if let Some(decision) = decide(&filter, arch, name, arguments) {
                assert_eq!(decision, *expected, "{arch:?} {name} {arguments:x?}");
            }
        }
        // Another architecture's calls, and on x86_64 those of x32, which has the same number.
        assert_eq!(run(&filter, 0x4000_0003, 1, &[]), KILL);
        if arch == ScmpArch::X8664 {
            assert_eq!(run(&filter, audit_number(arch), 0x4000_0000, &[]), KILL);
        }
    }
}

#[test]
fn without_a_listener_calls_fail_and_attacks_kill() {
    for arch in ARCHITECTURES {
        let filter = of_program(arch, OffList::Refuse, Files::Own, &Extra::default()).unwrap();
        let decide = |name, arguments: &[u64]| decide(&filter, arch, name, arguments).unwrap();
        assert_eq!(decide("write", &[1]), ALLOW);
        assert_eq!(decide("execve", &[]), EPERM);
        assert_eq!(decide("socket", &[2]), EPERM);
        assert_eq!(decide("ptrace", &[]), KILL);
        assert_eq!(decide("clone3", &[]), ENOSYS);
    }
}

#[test]
fn what_a_zygote_is_refused_gives_way_to_the_question_to_the_jailer() {
    for arch in ARCHITECTURES {
        let filter = of_zygote(arch, &Extra::default(), None).unwrap();
        let decide = |name| decide(&filter, arch, name, &[]).unwrap();
        for refused in [
            "execve",
            "socket",
            "connect",
            "ptrace",
            "bpf",
            "keyctl",
            "io_uring_setup",
        ] {
            assert_eq!(decide(refused), TRACE, "{refused}");
        }
        for needed in ["unshare", "setns", "mount", "clone", "seccomp", "setresuid"] {
            assert_eq!(decide(needed), ALLOW, "{needed}");
        }
        assert_eq!(run(&filter, 0x4000_0003, 1, &[]), KILL);
        // The lower the value, the stronger (include/uapi/linux/seccomp.h).
        const { assert!(TRACE > NOTIFY) };
    }
}

#[test]
fn what_the_configuration_adds_is_allowed_to_both() {
    let extra = Extra::of(&["execve".to_owned(), "mlock".to_owned()]);
    for arch in ARCHITECTURES {
        let program = of_program(arch, OffList::Ask, Files::Own, &extra).unwrap();
        let zygote = of_zygote(arch, &extra, None).unwrap();
        for name in ["execve", "mlock"] {
            assert_eq!(decide(&program, arch, name, &[]), Some(ALLOW));
            assert_eq!(decide(&zygote, arch, name, &[]), Some(ALLOW));
        }
        assert_eq!(decide(&program, arch, "ptrace", &[]), Some(NOTIFY));
    }
}

#[test]
fn a_zygote_with_the_right_to_change_ids_changes_to_its_own_only() {
    for arch in ARCHITECTURES {
        let filter = of_zygote(arch, &Extra::default(), Some(70_000..70_100)).unwrap();
        let decide = |name, arguments: &[u64]| decide(&filter, arch, name, arguments).unwrap();
        for name in ["setresuid", "setresgid"] {
            assert_eq!(decide(name, &[70_000, 70_099, 70_001]), ALLOW);
            for outside in [0, 69_999, 70_100, u64::from(u32::MAX), u64::MAX, 1 << 32] {
                for position in 0..3 {
                    let mut ids = [70_001; 3];
                    ids[position] = outside;
                    assert_eq!(decide(name, &ids), TRACE, "{name} {ids:?}");
                }
            }
        }
        assert_eq!(decide("setgroups", &[0]), ALLOW);
        assert_eq!(decide("setgroups", &[1]), TRACE);
        assert_eq!(decide("setuid", &[0]), TRACE);
    }
}

#[test]
fn a_program_that_shares_its_user_changes_no_attributes_of_files() {
    for arch in ARCHITECTURES {
        let filter = of_program(arch, OffList::Ask, Files::Shared, &Extra::default()).unwrap();
        for name in ["chmod", "fchmod", "fchmodat", "utimensat"] {
            let decision = decide(&filter, arch, name, &[0]);
            assert!(
                decision.is_none_or(|decision| decision == 0x0005_0000),
                "{name}"
            );
        }
        assert_eq!(decide(&filter, arch, "ftruncate", &[0]), Some(ALLOW));
    }
}
