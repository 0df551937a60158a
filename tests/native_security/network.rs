//! The network, the machine's own included, and other sockets.

use crate::attack::{Attack, Ends::*, attack, check};
use crate::layers::*;

fn nobody_is_reached() -> Vec<Attack> {
    vec![
        attack(
            "a port of the machine",
            r#"
                with socket.create_connection(("127.0.0.1", HOST["port"]), timeout=5) as connection:
                    return connection.recv(100)
            "#,
            Refused,
            &[SECCOMP, NETWORK_NAMESPACE, LANDLOCK],
        ),
        attack(
            "a port of the machine, by IPv6",
            r#"
                with socket.socket(socket.AF_INET6) as connection:
                    connection.connect(("::ffff:127.0.0.1", HOST["port"]))
                    return connection.recv(100)
            "#,
            Refused,
            &[SECCOMP, NETWORK_NAMESPACE, LANDLOCK],
        ),
        attack(
            "a port of the machine, connecting while sending",
            r#"
                MSG_FASTOPEN = 0x20000000
                fd = call("socket", socket.AF_INET, socket.SOCK_STREAM, 0)
                to = struct.pack("!HH4s8x", socket.htons(2), HOST["port"], b"\x7f\0\0\1")
                call("sendto", fd, b"x", 1, MSG_FASTOPEN, to, 16)
                return os.read(fd, 100)
            "#,
            Refused,
            &[SECCOMP, NETWORK_NAMESPACE],
        ),
        attack(
            "datagrams",
            r#"
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                    return sender.sendto(b"x", ("127.0.0.1", HOST["port"]))
            "#,
            Refused,
            &[SECCOMP, NETWORK_NAMESPACE],
        ),
        attack(
            "names",
            r#"
                try:
                    # A name that the machine resolves without asking anybody.
                    return socket.getaddrinfo("localhost", HOST["port"], type=socket.SOCK_STREAM)[0] and \
                        socket.create_connection(("localhost", HOST["port"]), timeout=5)
                except socket.gaierror as error:
                    raise Refused(error)
            "#,
            Refused,
            &[SECCOMP, NETWORK_NAMESPACE, LANDLOCK],
        ),
        attack(
            "listening",
            r#"
                with socket.socket() as listener:
                    listener.bind(("127.0.0.1", 0))
                    listener.listen()
                    return listener.getsockname()
            "#,
            Refused,
            &[SECCOMP, LANDLOCK],
        ),
        attack(
            "a socket of the machine, by its path",
            r#"
                with socket.socket(socket.AF_UNIX) as connection:
                    connection.connect(HOST["socket"])
                    return connection.recv(100)
            "#,
            Refused,
            &[SECCOMP, MOUNT_NAMESPACE],
        ),
        attack(
            "a socket of the machine without a path",
            r#"
                with socket.socket(socket.AF_UNIX) as connection:
                    connection.connect("\0" + HOST["abstract"])
                    return connection.recv(100)
            "#,
            Refused,
            &[SECCOMP, NETWORK_NAMESPACE, LANDLOCK],
        ),
        attack(
            "a datagram to a socket of the machine, from a pair that needs no connecting",
            r#"
                one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
                return first_that_works(
                    lambda: one.sendto(b"x", HOST["datagrams"]), lambda: one.sendto(b"x", "\0" + HOST["abstract datagrams"])
                )
            "#,
            Refused,
            &[SECCOMP, NETWORK_NAMESPACE, LANDLOCK],
        ),
        attack(
            "a pair that is taken apart and connected anew",
            r#"
                one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
                AF_UNSPEC = struct.pack("H", 0)
                call("connect", one.fileno(), AF_UNSPEC, 2)
                one.connect(HOST["datagrams"])
                return one.send(b"x")
            "#,
            Refused,
            &[SECCOMP, MOUNT_NAMESPACE],
        ),
    ]
}

fn other_families_of_sockets_are_closed() -> Vec<Attack> {
    let families = [
        (
            "netlink",
            "socket.AF_NETLINK, socket.SOCK_RAW, 0",
            &[SECCOMP][..],
        ),
        (
            "packets",
            "socket.AF_PACKET, socket.SOCK_RAW, 0",
            &[SECCOMP, CAPABILITIES],
        ),
        (
            "raw IP",
            "socket.AF_INET, socket.SOCK_RAW, 1",
            &[SECCOMP, CAPABILITIES],
        ),
        (
            "the machine's hypervisor",
            "socket.AF_VSOCK, socket.SOCK_STREAM, 0",
            &[SECCOMP],
        ),
        (
            "the kernel's ciphers",
            "38, socket.SOCK_SEQPACKET, 0",
            &[SECCOMP],
        ),
        (
            "key management",
            "15, socket.SOCK_RAW, 2",
            &[SECCOMP, CAPABILITIES],
        ),
        ("bluetooth", "31, socket.SOCK_RAW, 1", &[SECCOMP]),
        ("CAN", "29, socket.SOCK_RAW, 1", &[SECCOMP]),
        (
            "express data paths",
            "44, socket.SOCK_RAW, 0",
            &[SECCOMP, CAPABILITIES],
        ),
    ];
    let programs = families
        .map(|(name, socket, layers)| (name, format!("return call(\"socket\", {socket})"), layers));
    programs
        .into_iter()
        .map(|(name, program, layers)| {
            attack(name, program, Refused, layers)
                .untried_bare("whether there is such a family depends on the kernel")
        })
        .collect()
}

pub fn attacks() -> Vec<Attack> {
    [nobody_is_reached(), other_families_of_sockets_are_closed()].concat()
}

#[test]
fn each_is_refused_by_each_of_its_layers() {
    check(&attacks());
}
