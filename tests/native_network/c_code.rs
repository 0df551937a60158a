//! C code that makes its connections by itself, stood for by the C library's own functions, which such
//! code calls: socket, connect, getaddrinfo.

use crate::jail::{Jail, ROOT};
use crate::layers::NAMESPACES;
use crate::{jails, printed, servers};

const PROGRAM: &str = r#"
    import ctypes, os, socket, struct
    libc = ctypes.CDLL(None, use_errno=True)

    class AddrInfo(ctypes.Structure):
        pass
    AddrInfo._fields_ = [
        ("flags", ctypes.c_int), ("family", ctypes.c_int), ("kind", ctypes.c_int), ("protocol", ctypes.c_int),
        ("length", ctypes.c_uint), ("address", ctypes.c_void_p), ("name", ctypes.c_char_p), ("next", ctypes.POINTER(AddrInfo)),
    ]

    def fetch(host, port, family=socket.AF_INET):
        hints = AddrInfo(family=family, kind=socket.SOCK_STREAM)
        found = ctypes.POINTER(AddrInfo)()
        code = libc.getaddrinfo(host.encode(), str(port).encode(), ctypes.byref(hints), ctypes.byref(found))
        if code:
            return "getaddrinfo", code
        one = found.contents
        fd = libc.socket(one.family, one.kind, one.protocol)
        if fd < 0:
            return "socket", ctypes.get_errno()
        os.set_blocking(fd, True)
        if libc.connect(fd, ctypes.c_void_p(one.address), one.length):
            return "connect", ctypes.get_errno()
        os.write(fd, b"GET /c HTTP/1.1\r\n\r\n")
        answer = os.read(fd, 1000)
        os.close(fd)
        return answer[-2:]

    print(fetch("127.0.0.1", PORT))
    print(fetch("localhost", PORT))
    print(fetch("127.0.0.1", 1))
    print(fetch("127.0.0.1", 23999))
    print(fetch("nobody.example", PORT))
"#;

/// Whether the jailer of these tests may look into programs of a jail that lacks this.
fn is_open(lacks: &[&str]) -> bool {
    let ptrace = caps::Capability::CAP_SYS_PTRACE;
    let has = caps::has_cap(None, caps::CapSet::Effective, ptrace);
    // Who made its user namespace may do everything in it.
    has.unwrap_or(false) || (!lacks.contains(&NAMESPACES) && !lacks.contains(&ROOT))
}

#[test]
fn it_is_connected_and_refused_like_python_where_the_jailer_may_look_into_it() {
    let port = servers::http();
    for lacks in jails() {
        let jail = Jail::without(lacks).unwrap();
        let printed = printed(&jail, port, PROGRAM);
        let lines: Vec<_> = printed.lines().collect();
        // EPERM, by the policy; ECONNREFUSED.
        let expected = match is_open(lacks) {
            true => ["b'/c'", "b'/c'", "('connect', 1)", "('connect', 111)"],
            // The jail's own root has a file of hosts.
            false if !lacks.contains(&NAMESPACES) => ["('socket', 1)"; 4],
            false => [
                "('socket', 1)",
                "('getaddrinfo', -2)",
                "('socket', 1)",
                "('socket', 1)",
            ],
        };
        assert_eq!(lines[..4], expected, "without {lacks:?}");
        assert!(lines[4].starts_with("('getaddrinfo', -"), "{printed}");
    }
}
