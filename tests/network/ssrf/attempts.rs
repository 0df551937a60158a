//! What Python programs of either tier can try that is no URL.

use super::WhenOpened::{Harmless, Reaches, ReachesByNumber, Refused};
use super::{Attempt, WhenOpened};
use crate::tier::Language::Python;

const fn attempt(name: &'static str, when_opened: WhenOpened, code: &'static str) -> Attempt {
    Attempt {
        name,
        language: Python,
        code,
        when_opened,
    }
}

pub const ALL: &[Attempt] = &[
    attempt("asyncio streams", Reaches, "
        import asyncio
        async def main():
            reader, writer = await asyncio.open_connection('10.0.0.5', 80)
            writer.write(b'GET / HTTP/1.0\\r\\n\\r\\n')
            return await reader.read()
        return asyncio.run(main())
    "),
    attempt("asyncio's sockets", Reaches, "
        import asyncio, socket
        async def main():
            loop = asyncio.get_running_loop()
            s = socket.socket()
            s.setblocking(False)
            await loop.sock_connect(s, ('127.0.0.1', 80))
            return await loop.sock_recv(s, 1000)
        return asyncio.run(main())
    "),
    attempt("a socket that does not block, and its error", ReachesByNumber, "
        import os, select, socket
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex(('169.254.169.254', 80))
        select.select([], [s], [], 5)
        error = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))
        s.setblocking(True)
        return s.recv(1000)
    "),
    attempt("an IPv6 socket with a mapped address", Reaches, "
        import socket
        s = socket.socket(socket.AF_INET6)
        s.connect(('::ffff:10.0.0.5', 80))
        return s.recv(1000)
    "),
    attempt("a public name looked up, and another address dialled", Reaches, "
        import socket
        socket.getaddrinfo('public.example.net', 80)
        s = socket.create_connection(('10.0.0.5', 80), timeout=5)
        return s.recv(1000)
    "),
    attempt("a name that is public only the first time", Harmless, "
        import socket
        socket.getaddrinfo('a.rebind.example.net', 80)
        said = []
        for _ in range(4):
            try:
                s = socket.create_connection(('a.rebind.example.net', 80), timeout=5)
                s.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n')
                said.append(s.makefile().read())
            except OSError as error:
                said.append(str(error))
        return said
    "),
    attempt("such a name, with requests and pauses", Harmless, "
        import requests, time
        said = []
        for _ in range(5):
            try:
                said.append(requests.get('http://b.rebind.example.net/', timeout=5).text)
            except requests.RequestException as error:
                said.append(str(error))
            time.sleep(0.3)
        return said
    "),
    attempt("the address of a rebinding name, dialled later", Harmless, "
        import socket, time
        first = socket.getaddrinfo('c.rebind.example.net', 80, socket.AF_INET)[0][4]
        time.sleep(1.2)
        said = [first]
        for _ in range(3):
            for info in socket.getaddrinfo('c.rebind.example.net', 80, socket.AF_INET):
                said.append(info[4])
                try:
                    socket.create_connection(info[4], timeout=5).close()
                except OSError as error:
                    said.append(str(error))
        return said
    "),
    attempt("the API's own port", Reaches, "
        import urllib.request
        return urllib.request.urlopen(f'http://127.0.0.1:{API}/health', timeout=5).read().decode()
    "),
    attempt("the API's own port by the machine's name for itself", Reaches, "
        import urllib.request
        return urllib.request.urlopen(f'http://localhost:{API}/health', timeout=5).read().decode()
    "),
    attempt("a proxy of the program's own choice", Reaches, "
        import requests
        return requests.get('http://public.example.net/', proxies={'http': 'http://10.0.0.5:80'}, timeout=5).text
    "),
    attempt("a proxy in the environment", Reaches, "
        import os, requests
        os.environ['HTTP_PROXY'] = os.environ['http_proxy'] = 'http://127.0.0.1:80'
        return requests.get('http://public.example.net/', timeout=5).text
    "),
    attempt("a tunnel through a machine of the network", Reaches, "
        import http.client
        c = http.client.HTTPConnection('192.168.1.5', 80, timeout=5)
        c.set_tunnel('127.0.0.1', 6379)
        c.request('GET', '/')
        return c.getresponse().read()
    "),
    attempt("CONNECT, absolute targets and false hosts sent to a public server", Harmless, "
        import socket
        said = []
        for request in ('CONNECT 127.0.0.1:80 HTTP/1.1\\r\\nHost: 127.0.0.1:80\\r\\n\\r\\n',
                        'GET http://127.0.0.1/ HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nConnection: close\\r\\n\\r\\n',
                        'GET / HTTP/1.1\\r\\nHost: 169.254.169.254\\r\\nConnection: close\\r\\n\\r\\n'):
            s = socket.create_connection(('public.example.net', 80), timeout=5)
            s.sendall(request.encode())
            s.shutdown(socket.SHUT_WR)
            said.append(s.makefile().read()[:50])
        return said
    "),
    attempt("line ends in a path", Harmless, "
        import urllib.request
        return urllib.request.urlopen('http://public.example.net/ HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\nGET http://127.0.0.1/').read()
    "),
    attempt("line ends in a host", Refused, "
        import socket
        s = socket.create_connection(('public.example.net\\r\\nHost: 127.0.0.1', 80), timeout=5)
        return s.recv(1000)
    "),
    attempt("a host with a zero in it", Refused, "
        import socket
        s = socket.create_connection(('public.example.net\\0.127.0.0.1', 80), timeout=5)
        return s.recv(1000)
    "),
    attempt("a web socket", Reaches, "
        import asyncio, aiohttp
        async def main():
            async with aiohttp.ClientSession() as session:
                try:
                    await session.ws_connect('http://10.0.0.5:80/')
                except aiohttp.WSServerHandshakeError:
                    return 'CANARY'
        return asyncio.run(main())
    "),
    attempt("TLS to a private address", Reaches, "
        import socket, ssl
        context = ssl.create_default_context()
        plain = socket.create_connection(('10.0.0.5', 443), timeout=5)
        try:
            context.wrap_socket(plain, server_hostname='public.example.net')
        except ssl.SSLError:
            return 'CANARY'
    "),
    attempt("mail", Reaches, "
        import smtplib
        try:
            smtplib.SMTP('10.0.0.5', 6379, timeout=5)
        except (smtplib.SMTPException, ValueError) as error:
            return f'CANARY {error}'
    "),
    attempt("FTP, whose data goes where the server says", Reaches, "
        import ftplib
        try:
            ftplib.FTP().connect('127.0.0.1', 80, timeout=5)
        except ftplib.Error as error:
            return f'CANARY {error}'
    "),
    attempt("datagrams", Refused, "
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(2)
        s.sendto(b'x', ('127.0.0.1', 80))
        return s.recv(100)
    "),
    attempt("datagrams to the world", Refused, "
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(2)
        s.connect(('10.0.0.5', 80))
        s.send(b'x')
        return s.recv(100)
    "),
    attempt("the name server, asked by hand", Refused, "
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(2)
        s.sendto(bytes.fromhex('000101000001000000000000') + b'\\x06public\\x07example\\x03net\\0\\0\\1\\0\\1', ('10.77.0.1', 53))
        return s.recv(100)
    "),
    attempt("listening", Refused, "
        import socket
        s = socket.socket()
        s.bind(('0.0.0.0', 0))
        s.listen()
        return s.getsockname()
    "),
    attempt("serving", Refused, "
        import http.server
        return http.server.HTTPServer(('127.0.0.1', 0), http.server.BaseHTTPRequestHandler).server_address
    "),
    attempt("serving, with asyncio", Refused, "
        import asyncio
        async def main():
            server = await asyncio.start_server(lambda r, w: None, '127.0.0.1', 0)
            return server.sockets[0].getsockname()
        return asyncio.run(main())
    "),
    attempt("raw sockets", Refused, "
        import socket
        return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
    "),
    attempt("sockets of the machine", Refused, "
        import socket
        s = socket.socket(getattr(socket, 'AF_UNIX', 1))
        s.connect('/var/run/docker.sock')
        return s.recv(10)
    "),
    attempt("a private address as a reverse lookup", Harmless, "
        import socket
        return socket.getfqdn('10.0.0.5'), socket.getnameinfo(('10.0.0.5', 80), 0)
    "),
    attempt("what private names resolve to", Refused, "
        import socket
        return socket.getaddrinfo('private.example.net', 80)
    "),
];
