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
            made = 0
            for family, kind in itertools.product(range(0, 45), range(0, 8)):
                try:
                    socket.socket(family, kind); made += 1
                except OSError: pass
            print(made)
        "#,
            Prints("0\n"),
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
            for ask in (lambda: socket.getaddrinfo("localhost", 80), lambda: socket.gethostbyname("localhost"),
                        lambda: socket.gethostbyaddr("127.0.0.1"), lambda: socket.getnameinfo(("127.0.0.1", 80), 0)):
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
