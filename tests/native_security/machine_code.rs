//! Machine code of its own: what can be written cannot be executed. This stops nothing by itself, it
//! makes a hole in the interpreter or the kernel harder to use.

use crate::attack::{Attack, Ends::*, attack, check};
use crate::layers::*;

fn memory_is_either_written_or_executed() -> Vec<Attack> {
    vec![
        attack(
            "memory that is both",
            r#"return run_code(mmap.mmap(-1, 4096, prot=7))"#,
            Refused,
            &[SECCOMP, WRITE_XOR_EXECUTE],
        ),
        attack(
            "first written, then executed",
            r#"
                memory = mmap.mmap(-1, 4096, prot=3)
                memory.write(CODE)
                start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
                call("mprotect", start, 4096, 5)
                return run_at(start)
            "#,
            Refused,
            &[SECCOMP, WRITE_XOR_EXECUTE],
        ),
        attack(
            "with bits set that nobody looks at",
            r#"
                memory = mmap.mmap(-1, 4096, prot=3)
                memory.write(CODE)
                start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
                PROT_SEM, HIGH = 8, 1 << 40
                first_that_works(
                    lambda: call("mprotect", start, 4096, 5 | HIGH),
                    lambda: call("mprotect", start, 4096, 5 | PROT_SEM),
                    lambda: call("pkey_mprotect", start, 4096, 5, -1),
                )
                return run_at(start)
            "#,
            Refused,
            &[SECCOMP, WRITE_XOR_EXECUTE],
        ),
        attack(
            "from a file in /tmp",
            r#"
                with open("/tmp/code", "wb") as file:
                    file.write(CODE.ljust(4096, b"\0"))
                fd = os.open("/tmp/code", os.O_RDONLY)
                start = call("mmap", 0, 4096, 5, 2, fd, 0)
                return run_at(start)
            "#,
            Refused,
            &[TMP_NOEXEC],
        ),
        attack(
            "a file in /tmp that is mapped twice",
            r#"
                fd = os.open("/tmp/code", os.O_RDWR | os.O_CREAT)
                os.ftruncate(fd, 4096)
                start = call("mmap", 0, 4096, 5, 1, fd, 0)
                os.write(fd, CODE)
                return run_at(start)
            "#,
            Refused,
            &[TMP_NOEXEC],
        ),
        attack(
            "a library of its own",
            r#"
                import shutil
                import _ctypes
                # The interpreter's own `_ctypes`, under a name where it could have been changed.
                shutil.copy(_ctypes.__file__, "/tmp/own.so")
                return ctypes.CDLL("/tmp/own.so")
            "#,
            Refused,
            &[TMP_NOEXEC],
        ),
        attack(
            "over the interpreter's code, through /proc/self/mem",
            r#"
                fd = os.open("/proc/self/mem", os.O_RDWR)
                target = ctypes.cast(libc.getpid, ctypes.c_void_p).value
                os.pwrite(fd, CODE, target)
                return run_at(target)
            "#,
            Refused,
            &[LANDLOCK, NOT_DUMPABLE],
        )
        .untried_bare("changing the user or its zygote made it so, too"),
        attack(
            "over the interpreter's code, by writing to itself",
            r#"
                code = ctypes.create_string_buffer(CODE)
                target = ctypes.cast(libc.getpid, ctypes.c_void_p).value
                here = struct.pack("QQ", ctypes.addressof(code), len(CODE))
                there = struct.pack("QQ", target, len(CODE))
                return call("process_vm_writev", os.getpid(), here, 1, there, 1, 0)
            "#,
            Forbidden("process_vm_writev"),
            &[SECCOMP],
        )
        .untried_bare("the kernel itself refuses it for memory that is not writable"),
        attack(
            "shared memory that can be executed",
            r#"
                SHM_EXEC = 0o100000
                memory = call("shmget", 0, 4096, 0o1777)
                start = call("shmat", memory, 0, 0)
                ctypes.memmove(start, CODE, len(CODE))
                return run_at(call("shmat", memory, 0, SHM_EXEC))
            "#,
            Refused,
            &[SECCOMP, WRITE_XOR_EXECUTE],
        ),
        attack(
            "an executable stack",
            r#"
                # What glibc does for a library that asks for it.
                PROT_GROWSDOWN = 0x01000000
                here = ctypes.create_string_buffer(16)
                with open("/proc/self/maps") as maps:
                    stack = next(line for line in maps if "[stack]" in line)
                start, end = (int(each, 16) for each in stack.split()[0].split("-"))
                return call("mprotect", end - 4096, 4096, 7 | PROT_GROWSDOWN)
            "#,
            Refused,
            &[SECCOMP, WRITE_XOR_EXECUTE],
        ),
    ]
}

pub fn attacks() -> Vec<Attack> {
    [memory_is_either_written_or_executed()].concat()
}

#[test]
fn each_is_refused_by_each_of_its_layers() {
    check(&attacks());
}
