//! Programs have no network, not even to the server that runs them.

use std::net::TcpListener;
use std::time::Duration;

use crate::common::Expect::*;
use crate::common::Server;
use crate::common::check;

#[test]
fn no_socket_of_any_kind_can_be_made_or_used() {
    check(&[
        (
            "sockets",
            r#"
            import socket, itertools
            for family, kind in itertools.product(range(0, 45), range(0, 8)):
                try: made = socket.socket(family, kind)
                except OSError: continue
                # Numbers that stand for nothing until they are connected.
                print(made.family.name, made.type.name)
                to = ("192.0.2.1", 80) if family == socket.AF_INET else ("2001:db8::1", 80)
                for use in (lambda: made.connect(to), lambda: made.recv(1), lambda: made.send(b"x"), lambda: made.listen(),
                            lambda: made.accept(), lambda: made.bind(("", 80)), lambda: made.sendto(b"x", to), lambda: made.shutdown(2)):
                    try: print("used", use())
                    except OSError: pass
        "#,
            Prints("AF_INET SOCK_STREAM\nAF_INET6 SOCK_STREAM\n"),
        ),
        (
            "descriptors as sockets",
            r#"
            import socket
            for fd in range(0, 10):
                try:
                    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fileno=fd)
                except OSError:
                    continue
                for use in (lambda: s.accept(), lambda: s.recv(1), lambda: s.send(b"x"), lambda: s.connect(("127.0.0.1", 80)),
                            lambda: s.bind(("0.0.0.0", 80)), lambda: s.listen(), lambda: s.shutdown(2), lambda: s.sendto(b"x", ("127.0.0.1", 80))):
                    try: print("used", fd, use())
                    except (OSError, AttributeError): pass
                s.detach()
            print("end")
        "#,
            Prints("end\n"),
        ),
        (
            "names",
            r#"
            import socket
            for ask in (lambda: socket.getaddrinfo("example.com", 80), lambda: socket.gethostbyname("example.com"),
                        lambda: socket.gethostbyname("localhost.localdomain"), lambda: socket.gethostbyaddr("192.0.2.1"),
                        lambda: socket.getnameinfo(("192.0.2.1", 80), socket.NI_NAMEREQD)):
                try: print("told", ask())
                except OSError: pass
            print("end")
        "#,
            Prints("end\n"),
        ),
        (
            "asyncio",
            r#"
            import asyncio
            async def main():
                for open_one in (asyncio.open_connection("127.0.0.1", 80), asyncio.start_server(print, "127.0.0.1", 0)):
                    try: print("made", await open_one)
                    except (OSError, NotImplementedError, AttributeError): pass
            asyncio.run(main()); print("end")
        "#,
            Prints("end\n"),
        ),
    ]);
}

#[test]
fn the_server_itself_cannot_be_reached_from_inside() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let server = Server::start("enable_network: true");
    for port in [server.port(), listener.local_addr().unwrap().port()] {
        let run = server.run(&format!(
            r#"
            import socket, urllib.request, http.client
            for host in ("127.0.0.1", "localhost", "0.0.0.0", "::1"):
                for reach in (
                    lambda: socket.create_connection((host, {port}), 1),
                    lambda: urllib.request.urlopen(f"http://{{host}}:{port}/health", timeout=1),
                    lambda: http.client.HTTPConnection(host, {port}, timeout=1).request("GET", "/health"),
                ):
                    try: print("reached", reach())
                    except OSError: pass
            print("none")
            "#
        ));
        run.prints("none\n");
    }
    std::thread::sleep(Duration::from_millis(100));
    assert!(listener.accept().is_err(), "somebody connected");
}
