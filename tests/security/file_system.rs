//! Nothing of the host's files can be reached, and nothing but `/tmp` can be changed.

use crate::common::Expect::*;
use crate::common::check;
use crate::common::server::patient;

#[test]
fn no_path_leads_to_a_file_of_the_host() {
    let run = patient().run(
        r#"
        import os
        host = [
            "/etc/passwd", "/etc/hostname", "/etc/resolv.conf", "/etc/shadow", "/bin/sh", "/lib", "/root", "/home",
            "/proc", "/proc/self/maps", "/proc/self/environ", "/proc/1/cmdline", "/sys", "/dev", "/dev/null",
            "/dev/mem", "/dev/urandom", "/dev/stdout", "/dev/fd/1", "/run", "/var", "/usr/bin", "/usr/lib", "/conf/config.yaml",
            "conf/config.yaml", "../conf/config.yaml", "runtimes", "..//..//..//etc//passwd",
            "/tmp/../etc/passwd", "/tmp/../../../../etc/passwd", "/usr/share/zoneinfo/../../../etc/passwd",
            "./../././../etc/passwd", "//etc/passwd", "///etc/passwd", "/tmp/x/../../etc/passwd",
            "\\etc\\passwd", "file:///etc/passwd", "/etc/passwd\n", "\u2025/etc/passwd", "/\u200betc/passwd",
        ]
        os.mkdir("/tmp/x")
        for path in host:
            for look in (open, os.stat, os.listdir, os.readlink, os.chdir):
                try:
                    print("reached", path, look(path))
                except (FileNotFoundError, NotADirectoryError):
                    pass
        print("none")
        "#,
    );
    run.prints("none\n");
}

#[test]
fn all_there_is_to_see_are_time_zones_and_an_empty_tmp() {
    let run = patient().run(
        r#"
        import os
        kinds = set()
        for folder, folders, files in os.walk("/"):
            kinds.add("/".join(folder.split("/")[:4]))
        print(sorted(kinds - {"/site-packages"} - {k for k in kinds if k.startswith("/site-packages/")}))
        print(sorted(set(os.listdir("/")) - {"site-packages"}), os.path.realpath("/tmp/../.."), os.listdir("/tmp/.."))
        "#,
    );
    let mut lines = run.stdout.lines();
    assert_eq!(
        lines.next(),
        Some("['/', '/tmp', '/usr', '/usr/share', '/usr/share/zoneinfo']"),
        "{run:?}"
    );
    assert!(
        lines.next().unwrap().starts_with("['tmp', 'usr'] / ["),
        "{run:?}"
    );
}

#[test]
fn odd_paths_are_errors_and_nothing_worse() {
    check(&[
        (
            "a zero byte",
            r"open('/etc/passwd\0.txt')",
            Raises("ValueError: embedded null byte"),
        ),
        (
            "nothing",
            "try: open('', 'w')\nexcept OSError: print('no')",
            Prints("no\n"),
        ),
        (
            "half a surrogate",
            r"open('/tmp/\udcff', 'w')",
            Raises("OSError"),
        ),
        (
            "a long name",
            "open('/tmp/' + 'x' * 256, 'w')",
            Raises("OSError: [Errno 37]"),
        ),
        (
            "the longest name",
            "open('/tmp/' + 'x' * 255, 'w').close(); print('ok')",
            Prints("ok\n"),
        ),
        (
            "a long path",
            "open('/tmp/' + './' * 5000 + 'x', 'w')",
            Raises("OSError: [Errno 37]"),
        ),
        (
            "a huge path",
            "try: open('/tmp/' + 'x' * 50_000_000, 'w')\nexcept OSError as e: print(e.errno)",
            Prints("37\n"),
        ),
        (
            "dots",
            "
            import os
            for path in ('.', '..', '/', '/.', '/..', '/tmp', '/tmp/', '/tmp/.', '/tmp/../tmp'):
                try: open(path, 'w'); print('opened', path)
                except IsADirectoryError: pass
                try: open(path, 'x'); print('made', path)
                except (FileExistsError, IsADirectoryError): pass
            print(os.path.samefile('/tmp/..', '/'))
        ",
            Prints("True\n"),
        ),
        (
            "a file as a folder",
            "
            import os
            open('/tmp/f', 'w').close()
            for path in ('/tmp/f/', '/tmp/f/x', '/tmp/f/../f', '/tmp/f/.'):
                try: os.stat(path); print('found', path)
                except NotADirectoryError: pass
            print('ok')
        ",
            Ends,
        ),
        (
            "deep folders",
            "
            import os
            depth = 0
            try:
                while True:
                    os.mkdir('d'); os.chdir('d'); depth += 1
            except OSError:
                print(depth)
            os.chdir('/'); print(sum(1 for _ in os.walk('/tmp')))
        ",
            Prints("64\n65\n"),
        ),
    ]);
}

#[test]
fn nothing_outside_of_tmp_can_be_changed() {
    let run = patient().run(
        r#"
        import errno, os, shutil
        zone = "/usr/share/zoneinfo/UTC"
        before = open(zone, "rb").read()
        refused = (errno.EROFS, errno.ENOTSUP, errno.EISDIR, errno.ENOENT, errno.EINVAL, errno.EXDEV, errno.EPERM,
                   errno.EACCES, errno.EBADF, errno.EEXIST, errno.ENOTEMPTY, errno.ENOSYS)
        attempts = {
            "write /": lambda: open("/new", "w"),
            "write image": lambda: open(zone, "w"),
            "append image": lambda: open(zone, "a"),
            "update image": lambda: open(zone, "r+"),
            "write beside": lambda: open("/usr/share/zoneinfo/new", "w"),
            "create exclusively": lambda: open("/usr/new", "x"),
            "through a descriptor": lambda: os.write(os.open(zone, os.O_RDONLY), b"x"),
            "truncate": lambda: os.truncate(zone, 0),
            "ftruncate": lambda: os.ftruncate(os.open(zone, os.O_RDONLY), 0),
            "O_TRUNC": lambda: os.open(zone, os.O_RDONLY | os.O_TRUNC),
            "mkdir": lambda: os.mkdir("/folder"),
            "remove": lambda: os.remove(zone),
            "rmdir": lambda: os.rmdir("/usr"),
            "rmdir /": lambda: os.rmdir("/"),
            "rmdir /tmp": lambda: os.rmdir("/tmp"),
            "rmdir .": lambda: os.rmdir("."),
            "remove /tmp": lambda: os.remove("/tmp"),
            "rmtree": lambda: shutil.rmtree("/usr"),
            "rename out": lambda: os.rename(zone, "/tmp/u"),
            "rename in": lambda: (open("/tmp/x", "w").close(), os.rename("/tmp/x", "/x")),
            "rename over": lambda: (open("/tmp/x", "w").close(), os.rename("/tmp/x", zone)),
            "rename /tmp": lambda: os.rename("/tmp", "/tmp2"),
            "rename / into /tmp": lambda: os.rename("/", "/tmp/root"),
            "rename /usr over /tmp": lambda: os.rename("/usr", "/tmp"),
            "symlink": lambda: os.symlink("/etc/passwd", "/tmp/link"),
            "symlink out": lambda: os.symlink("/tmp", "/link"),
            "link": lambda: os.link(zone, "/tmp/link"),
            "utime": lambda: os.utime(zone),
        }
        for name, attempt in attempts.items():
            try:
                print("done:", name, attempt())
            except OSError as e:
                if e.errno not in refused:
                    print("odd:", name, repr(e))
            except (AttributeError, NotImplementedError):
                pass
        print(before == open(zone, "rb").read() and len(before) > 0, os.path.isdir("/tmp"), "new" in os.listdir("/"))
        "#,
    );
    run.prints("True True False\n");
    // The image is shared by all programs: the next one sees it whole.
    let next =
        "print(open('/usr/share/zoneinfo/UTC', 'rb').read()[:4], __import__('os').listdir('/tmp'))";
    patient().run(next).prints("b'TZif' []\n");
}

#[test]
fn removing_everything_removes_only_what_is_the_programs_own() {
    check(&[(
        "rmtree of the root",
        "
        import os, shutil
        os.makedirs('/tmp/a/b'); open('/tmp/a/b/c', 'w').close()
        shutil.rmtree('/', ignore_errors=True)
        print(os.listdir('/tmp'), os.path.exists('/usr/share/zoneinfo/UTC'))
        open('/tmp/again', 'w').close()
    ",
        Prints("[] True\n"),
    )]);
}

#[test]
fn moving_folders_around_never_makes_a_loop() {
    check(&[
        (
            "into itself",
            "
            import os
            os.makedirs('/tmp/a/b')
            for to in ('/tmp/a/b/c', '/tmp/a/a', '/tmp/a/../a/b/x'):
                try: os.rename('/tmp/a', to); print('moved', to)
                except OSError as e: print(e.strerror)
        ",
            Prints("Invalid argument\nInvalid argument\nInvalid argument\n"),
        ),
        (
            "while it is open and removed",
            "
            import os
            os.makedirs('/tmp/a/b'); os.chdir('/tmp/a/b')
            fd = os.open('.', os.O_RDONLY)
            os.rmdir('/tmp/a/b'); os.rmdir('/tmp/a')
            for path in ('x', '../x', '../../x'):
                try: open(path, 'w'); print('made', path)
                except OSError: print('no')
            print(os.listdir('/tmp'))
        ",
            Prints("no\nno\nno\n[]\n"),
        ),
        (
            "opened by descriptor",
            "
            import os
            fd = os.open('/tmp', os.O_RDONLY)
            for path in ('../etc/passwd', '../../etc/passwd', '/etc/passwd'):
                try: os.open(path, os.O_RDONLY, dir_fd=fd); print('opened', path)
                except (OSError, NotImplementedError): print('no')
        ",
            Prints("no\nno\nno\n"),
        ),
    ]);
}
