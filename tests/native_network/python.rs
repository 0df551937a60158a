//! What Python's own modules are used for.

use crate::jail::Jail;
use crate::outside::OUTSIDE;
use crate::{printed, prints_everywhere, servers};

#[test]
fn urllib_http_client_and_asyncio_fetch_in_every_jail() {
    prints_everywhere(
        servers::http(),
        r#"
        import asyncio, http.client, urllib.request
        print(urllib.request.urlopen("http://127.0.0.1:PORT/urllib").read())
        connection = http.client.HTTPConnection("127.0.0.1", PORT)
        for n in range(3):
            connection.request("GET", f"/again/{n}")
            print(connection.getresponse().read())
        print(len(urllib.request.urlopen("http://127.0.0.1:PORT/big").read()))

        async def fetch(path):
            reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
            writer.write(f"GET {path} HTTP/1.1\r\n\r\n".encode())
            await reader.readuntil(b"\r\n\r\n")
            answer = await reader.readexactly(len(path))
            writer.close()
            await writer.wait_closed()
            return answer

        async def fetch_all():
            print(await asyncio.gather(*(fetch(f"/async/{n}") for n in range(3))))
        asyncio.run(fetch_all())
        "#,
        r#"
        b'/urllib'
        b'/again/0'
        b'/again/1'
        b'/again/2'
        3145728
        [b'/async/0', b'/async/1', b'/async/2']
        "#,
    );
}

#[test]
fn what_is_not_allowed_is_refused_with_the_policys_words_and_what_fails_as_it_does_elsewhere() {
    let program = r#"
        import asyncio, socket, urllib.request

        def told(*address, **more):
            try:
                print(socket.create_connection(address, **more))
            except OSError as error:
                print(type(error).__name__, str(error).replace(str(PORT), "…"))

        async def told_async(port):
            try:
                await asyncio.open_connection("127.0.0.1", port)
            except OSError as error:
                print(type(error).__name__, str(error).replace(str(PORT), "…"))

        told("127.0.0.1", PORT)
        asyncio.run(told_async(PORT))
        told("127.0.0.1", 23999)
        asyncio.run(told_async(23999))
        told("metadata.google.internal", 80)
        "#;
    let expected = "PermissionError [Errno 1] network policy: 127.0.0.1:… is not in network.allow, and only what is there can be reached\n\
        PermissionError [Errno 1] network policy: 127.0.0.1:… is not in network.allow, and only what is there can be reached\n\
        ConnectionRefusedError [Errno 111] Connection refused\n\
        ConnectionRefusedError [Errno 111] Connect call failed ('127.0.0.1', 23999)\n\
        gaierror ";
    let jail = Jail::without(&[]).unwrap();
    let text = printed(&jail, OUTSIDE.port, program);
    assert!(text.starts_with(expected), "{text}");
    assert_eq!(text.lines().count(), 5, "{text}");
}

#[test]
fn waiting_ends_in_time_and_holds_nothing_else_up() {
    let (full, _kept) = servers::full();
    let program = r#"
        import asyncio, socket, time
        FULL = ANOTHER

        begun = time.monotonic()
        try:
            socket.create_connection(("127.0.0.1", FULL), timeout=0.3)
        except TimeoutError as error:
            print(error, 0.3 <= time.monotonic() - begun < 2)

        async def main():
            ticks = 0
            waiting = asyncio.ensure_future(asyncio.open_connection("127.0.0.1", FULL))
            begun = time.monotonic()
            while time.monotonic() - begun < 0.5:
                await asyncio.sleep(0.01)
                ticks += 1
            reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
            writer.write(b"GET /meanwhile HTTP/1.1\r\n\r\n")
            print(ticks > 20, (await reader.readuntil(b"meanwhile"))[-10:], waiting.done())
            waiting.cancel()
        asyncio.run(main())
        "#
    .replace("ANOTHER", &full.to_string());
    let expected = r#"
        timed out True
        True b'/meanwhile' False
        "#;
    prints_everywhere(servers::http(), &program, expected);
}

#[test]
fn a_socket_behaves_as_one_before_and_after_it_is_connected() {
    let program = r#"
        import select, socket, errno
        s = socket.socket()
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        print(s.family, s.type, s.getsockname(), s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        for attempt in (s.getpeername, lambda: s.send(b"x"), lambda: s.recv(1)):
            try:
                print(attempt())
            except OSError as error:
                print(errno.errorcode[error.errno])
        s.setblocking(False)
        print(errno.errorcode[s.connect_ex(("127.0.0.1", PORT))])
        _, writable, _ = select.select([], [s], [], 5)
        print(writable == [s], s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        print(s.getpeername() == ("127.0.0.1", PORT), s.gettimeout())
        print(s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), s.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
        try:
            s.recv(1)
        except BlockingIOError:
            print("nothing yet")
        s.setblocking(True)
        s.sendall(b"GET /self HTTP/1.1\r\n\r\n")
        print(s.makefile("rb").readline())
        # At once, without asking how it went.
        t = socket.socket()
        t.setblocking(False)
        t.connect_ex(("127.0.0.1", PORT))
        select.select([], [t], [], 5)
        print(t.send(b"GET"))
        # Epoll follows, too.
        u, poll = socket.socket(), select.epoll()
        u.setblocking(False)
        u.connect_ex(("127.0.0.1", PORT))
        poll.register(u, select.EPOLLOUT)
        print(poll.poll(5)[0][0] == u.fileno(), u.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        for bad in (lambda: u.bind(("127.0.0.1", 1)), lambda: socket.socket().listen(), lambda: socket.socket(type=socket.SOCK_DGRAM)):
            try:
                print(bad())
            except PermissionError:
                print("not permitted")
        "#;
    let expected = r#"
        2 1 ('0.0.0.0', 0) 1
        ENOTCONN
        ENOTCONN
        ENOTCONN
        EINPROGRESS
        True 0
        True 0.0
        1 1
        nothing yet
        b'HTTP/1.1 200 OK\r\n'
        3
        True 0
        not permitted
        not permitted
        not permitted
        "#;
    let program = program.replace("s.family, s.type", "int(s.family), int(s.type)");
    prints_everywhere(servers::http(), &program, expected);
}

#[test]
fn what_the_program_closes_is_closed_at_once() {
    let (port, told) = servers::ends();
    let jail = Jail::without(&[]).unwrap();
    let program = r#"
        import os, socket, time
        socket.create_connection(("127.0.0.1", PORT)).close()
        os.close(socket.create_connection(("127.0.0.1", PORT)).detach())
        time.sleep(1)
        print("goes on")
        "#;
    let printed = printed(&jail, port, program);
    assert_eq!(printed, "goes on\n");
    let all: Vec<_> = told.try_iter().collect();
    assert_eq!(
        all.iter().filter(|one| **one == "ended").count(),
        2,
        "{all:?}"
    );
}
