//! Starting processes and programs.

use crate::attack::{Attack, Ends::*, attack, check};
use crate::layers::*;

fn no_process_is_started() -> Vec<Attack> {
    vec![
        attack(
            "a thousand forks",
            r#"
                made = 0
                try:
                    for _ in range(1000):
                        child = call("clone", signal.SIGCHLD, 0, 0, 0, 0)
                        if child == 0:
                            time.sleep(5)
                            os._exit(0)
                        made += 1
                except OSError as refusal:
                    if made == 0:
                        raise
                    raise Refused(f"{refusal} after {made}")
                return f"{made} processes"
            "#,
            Refused,
            &[SECCOMP, LIMIT_PROCESSES],
        ),
        attack(
            "a program, by execve",
            r#"
                os.execv("/bin/echo", ["echo", "SUCCEEDED as another program"])
            "#,
            Refused,
            &[SECCOMP, LANDLOCK],
        ),
        attack(
            "the interpreter again, by the loader",
            r#"
                import glob
                loaders = glob.glob("/lib*/ld-linux*") + glob.glob("/lib/*/ld-linux*")
                os.execv(loaders[0], [loaders[0], "/bin/echo", "SUCCEEDED by the loader"])
            "#,
            Refused,
            &[SECCOMP, LANDLOCK],
        ),
        attack(
            "a program of its own making, from a file in /tmp",
            r##"
                with open("/tmp/program", "w") as script:
                    script.write("#!/bin/echo SUCCEEDED\n")
                os.chmod("/tmp/program", 0o755)
                os.execv("/tmp/program", ["program"])
            "##,
            Refused,
            &[SECCOMP, LANDLOCK, TMP_NOEXEC],
        ),
        attack(
            "a program that is in no file, by execveat",
            r#"
                MFD_EXEC = 0x10
                fd = call("memfd_create", b"x", MFD_EXEC)
                os.write(fd, open("/bin/echo", "rb").read())
                arguments = (ctypes.c_char_p * 3)(b"echo", b"SUCCEEDED from memory", None)
                call("execveat", fd, b"", arguments, 0, 0x1000)
            "#,
            Refused,
            &[SECCOMP, MEMFD_NOEXEC, LANDLOCK],
        ),
        attack(
            "subprocess",
            r#"
                import subprocess
                return subprocess.run(["/bin/echo", "hello"], capture_output=True).stdout
            "#,
            Refused,
            &[SECCOMP, LANDLOCK],
        ),
        attack(
            "os.system",
            r#"
                status = os.system("/bin/echo started")
                if status != 0:
                    raise Refused(f"status {status}")
                return status
            "#,
            Refused,
            &[SECCOMP, LANDLOCK],
        ),
        attack(
            "a process by clone3, whose flags no filter sees",
            r#"
                arguments = struct.pack("8Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
                child = call("clone3", arguments, len(arguments))
                if child == 0:
                    os._exit(0)
                return child
            "#,
            Refused,
            &[SECCOMP],
        ),
        attack(
            "a process that shares its memory, by vfork",
            r#"
                CLONE_VM, CLONE_VFORK = 0x100, 0x4000
                stack = ctypes.create_string_buffer(1 << 16)
                top = (ctypes.addressof(stack) + (1 << 16)) & ~15
                # The new process returns into an empty stack and dies at once; that it was made is
                # all that counts.
                return call("clone", CLONE_VM | CLONE_VFORK | signal.SIGCHLD, top, 0, 0, 0)
            "#,
            Refused,
            &[SECCOMP],
        ),
    ]
}

pub fn attacks() -> Vec<Attack> {
    [no_process_is_started()].concat()
}

#[test]
fn each_is_refused_by_each_of_its_layers() {
    check(&attacks());
}
