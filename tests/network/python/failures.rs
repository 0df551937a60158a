//! What goes wrong, and the exception that says so.

use crate::tier::Case;

pub const CASES: &[Case<'static>] = &[
    (
        "requests: certificates that are not to be trusted",
        "
        import requests
        for url in WRONG_NAME, EXPIRED, SELF_SIGNED:
            try:
                requests.get(url)
            except requests.exceptions.SSLError as error:
                text = str(error)
                print([word for word in ('Hostname mismatch', 'expired', 'self-signed') if word in text.replace('self signed', 'self-signed')])
        ",
        "
        ['Hostname mismatch']
        ['expired']
        ['self-signed']
        ",
    ),
    (
        "httpx, urllib and ssl: the same",
        "
        import httpx, socket, ssl, urllib.error, urllib.request
        for url in WRONG_NAME, EXPIRED, SELF_SIGNED:
            try:
                httpx.get(url)
            except httpx.ConnectError as error:
                print('CERTIFICATE_VERIFY_FAILED' in str(error))
            try:
                urllib.request.urlopen(url)
            except urllib.error.URLError as error:
                print(type(error.reason).__name__, error.reason.verify_code)
        try:
            with socket.create_connection(('127.0.0.1', PORT['http'])) as plain:
                ssl.create_default_context().wrap_socket(plain, server_hostname='localhost')
        except ssl.SSLError as error:
            print(isinstance(error, OSError), 'WRONG_VERSION_NUMBER' in str(error) or 'RECORD' in str(error).upper())
        ",
        "
        True
        SSLCertVerificationError 62
        True
        SSLCertVerificationError 10
        True
        SSLCertVerificationError 18
        True True
        ",
    ),
    (
        "requests: refused, reset, dropped, garbage, no such name",
        "
        import requests
        def fails(url, **more):
            try:
                return requests.get(url, **more).status_code
            except requests.RequestException as error:
                return type(error).__name__
        print(fails('http://127.0.0.1:{closed}/'), fails('http://127.0.0.1:{reset}/'), fails('http://127.0.0.1:{garbage}/'))
        print(fails(HTTP + '/drop?after=10'), fails('gopher://127.0.0.1/'), fails('http://'))
        ",
        "
        ConnectionError ConnectionError ConnectionError
        ChunkedEncodingError InvalidSchema InvalidURL
        ",
    ),
    (
        "requests: timeouts",
        "
        import requests, time
        for url, timeout in [(HTTP + '/slow?head=5000', 0.3), ('http://127.0.0.1:{silent}/', 0.3), (HTTP + '/hold?tag=timeouts', (1, 0.3))]:
            since = time.monotonic()
            try:
                requests.get(url, timeout=timeout)
            except requests.exceptions.ReadTimeout:
                print('read timeout', time.monotonic() - since < 2)
        try:
            requests.get(HTTP + '/slow?first=0&every=5000&count=2', timeout=0.3).text
        except requests.exceptions.ConnectionError as error:
            print('timed out' in str(error))
        ",
        "
        read timeout True
        read timeout True
        read timeout True
        True
        ",
    ),
    (
        "httpx: exceptions of the right class",
        "
        import httpx
        def fails(url, **more):
            try:
                return httpx.get(url, **more).status_code
            except httpx.HTTPError as error:
                return type(error).__name__
        print(fails('http://127.0.0.1:{closed}/'), fails('http://127.0.0.1:{garbage}/'), fails(HTTP + '/drop?after=10'))
        print(fails('http://127.0.0.1:{silent}/', timeout=0.3), fails('http://127.0.0.1:{reset}/'), fails('ftp://127.0.0.1/'))
        ",
        "
        ConnectError RemoteProtocolError RemoteProtocolError
        ReadTimeout ReadError UnsupportedProtocol
        ",
    ),
    (
        "httpx, asynchronous: timeouts and cancelling",
        "
        import asyncio, httpx, time
        async def main():
            async with httpx.AsyncClient(timeout=0.3) as client:
                try:
                    await client.get('http://127.0.0.1:{silent}/')
                except httpx.ReadTimeout:
                    print('read timeout')
                task = asyncio.create_task(client.get(HTTP + '/hold?tag=cancelled', timeout=30))
                await asyncio.sleep(0.2)
                task.cancel()
                try:
                    await task
                except asyncio.CancelledError:
                    print('cancelled')
        asyncio.run(main())
        ",
        "
        read timeout
        cancelled
        ",
    ),
    (
        "sockets: errors of the right class",
        "
        import socket
        def fails(what):
            try:
                what()
            except OSError as error:
                return type(error).__name__
        print(fails(lambda: socket.create_connection(('127.0.0.1', PORT['closed']))))
        s = socket.create_connection(('127.0.0.1', PORT['silent']))
        s.settimeout(0.2)
        print(fails(lambda: s.recv(1)), fails(lambda: s.recv(1)))
        s.close()
        print(fails(lambda: s.recv(1)))
        r = socket.create_connection(('127.0.0.1', PORT['reset']))
        r.send(b'x')
        print(fails(lambda: r.recv(1)))
        print(fails(lambda: socket.socket().recv(1)))
        ",
        "
        ConnectionRefusedError
        TimeoutError TimeoutError
        OSError
        ConnectionResetError
        OSError
        ",
    ),
    (
        "urllib: the reason is the system's",
        "
        import urllib.error, urllib.request
        try:
            urllib.request.urlopen('http://127.0.0.1:{closed}/')
        except urllib.error.URLError as error:
            print(type(error.reason).__name__)
        try:
            urllib.request.urlopen('http://127.0.0.1:{silent}/', timeout=0.2)
        except TimeoutError as error:
            print(error)
        import http.client
        try:
            urllib.request.urlopen('http://127.0.0.1:{garbage}/')
        except http.client.BadStatusLine as error:
            print(str(error).strip())
        ",
        "
        ConnectionRefusedError
        timed out
        220 this is not what you expected
        ",
    ),
];
