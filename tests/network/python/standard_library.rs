//! urllib, http.client, asyncio streams, sockets, smtplib.

use crate::tier::Case;

pub const CASES: &[Case<'static>] = &[
    (
        "urllib: get, post, headers, redirects, errors",
        "
        import json, urllib.error, urllib.parse, urllib.request
        with urllib.request.urlopen(HTTP + '/echo?q=1', timeout=10) as r:
            print(r.status, r.headers['content-type'], json.load(r)['target'])
        body = urllib.parse.urlencode({'a': 'x y'}).encode()
        request = urllib.request.Request(HTTP + '/echo', data=body, headers={'X-Mine': 'yes'}, method='PUT')
        answer = json.load(urllib.request.urlopen(request))
        print(answer['method'], answer['body'], answer['headers']['x-mine'])
        print(urllib.request.urlopen(HTTP + '/redirect?to=/').geturl() == HTTP + '/')
        print(urllib.request.urlopen(TLS + '/').read())
        try:
            urllib.request.urlopen(HTTP + '/status?code=503')
        except urllib.error.HTTPError as error:
            print(error.code, error.reason, error.read())
        ",
        r"
        200 application/json /echo?q=1
        PUT a=x+y yes
        True
        b'hello\n'
        503 Service Unavailable b'as asked for'
        ",
    ),
    (
        "urllib: basic authentication, cookies",
        "
        import http.cookiejar, urllib.request as u
        passwords = u.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, HTTP, 'user', 'pass word')
        jar = http.cookiejar.CookieJar()
        opener = u.build_opener(u.HTTPBasicAuthHandler(passwords), u.HTTPCookieProcessor(jar))
        print(opener.open(HTTP + '/basic').read(), opener.open(HTTP + '/cookies/set?a=1').read(), [c.name for c in jar])
        ",
        "b'welcome' b'a=1' ['a']",
    ),
    (
        "http.client: keep-alive, chunked both ways, TLS",
        "
        import http.client, json
        c = http.client.HTTPConnection('127.0.0.1', PORT['http'], timeout=10)
        places = []
        for _ in range(3):
            c.request('GET', '/connection')
            places.append(c.getresponse().read().split())
        print(len({p[0] for p in places}), [int(p[1]) for p in places])
        c.request('POST', '/upload', body=iter([b'one', b'two']), encode_chunked=True, headers={'Transfer-Encoding': 'chunked'})
        r = json.loads(c.getresponse().read())
        print(r['length'], r['chunked'])
        c.request('GET', '/chunked?count=2')
        r = c.getresponse()
        print(r.readline(), r.read(), r.isclosed())
        c.close()
        s = http.client.HTTPSConnection('localhost', PORT['tls'])
        s.request('GET', '/')
        print(s.getresponse().read(), s.sock.version() in ('TLSv1.2', 'TLSv1.3'))
        ",
        r"
        1 [1, 2, 3]
        6 True
        b'piece 0\n' b'piece 1\n' True
        b'hello\n' True
        ",
    ),
    (
        "asyncio streams",
        "
        import asyncio, ssl
        async def line(text):
            reader, writer = await asyncio.open_connection('127.0.0.1', PORT['lines'])
            writer.write(text.encode() + b'\\n')
            await writer.drain()
            answer = await reader.readline()
            writer.close()
            await writer.wait_closed()
            return answer.decode().strip()
        async def main():
            print(await asyncio.gather(*[line(f'line {n}') for n in range(5)]))
            reader, writer = await asyncio.open_connection('localhost', PORT['tls'], ssl=True)
            writer.write(b'GET / HTTP/1.0\\r\\n\\r\\n')
            answer = await reader.read()
            print(answer.split(b'\\r\\n')[0], answer[-6:])
            writer.close()
            try:
                async with asyncio.timeout(0.2):
                    reader, _ = await asyncio.open_connection('127.0.0.1', PORT['silent'])
                    await reader.read()
            except TimeoutError:
                print('timeout')
        asyncio.run(main())
        ",
        r"
        ['LINE 0', 'LINE 1', 'LINE 2', 'LINE 3', 'LINE 4']
        b'HTTP/1.0 200 OK' b'hello\n'
        timeout
        ",
    ),
    (
        "sockets: files, timeouts, shutdown, select, non-blocking",
        "
        import select, socket
        s = socket.create_connection(('127.0.0.1', PORT['lines']), timeout=5)
        print(s.getpeername() == ('127.0.0.1', PORT['lines']), s.family == socket.AF_INET, s.gettimeout())
        s.sendall(b'one\\ntwo\\n')
        s.shutdown(socket.SHUT_WR)
        with s.makefile('rb') as f:
            print(f.readlines())
        s.close()
        with socket.socket() as s:
            s.setblocking(False)
            try:
                s.connect(('127.0.0.1', PORT['lines']))
            except BlockingIOError:
                pass
            print(select.select([], [s], [], 5)[1] == [s], s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
            try:
                s.recv(1)
            except BlockingIOError as error:
                print(type(error).__name__)
            s.send(b'x\\n')
            print(select.select([s], [], [], 5)[0] == [s], s.recv(10))
            print(select.select([s], [], [], 0.05))
        ",
        r"
        True True 5.0
        [b'ONE\n', b'TWO\n']
        True 0
        BlockingIOError
        True b'X\n'
        ([], [], [])
        ",
    ),
    (
        "selectors: several connections",
        "
        import selectors, socket
        chosen = selectors.DefaultSelector()
        for n in range(3):
            s = socket.create_connection(('127.0.0.1', PORT['lines']))
            s.setblocking(False)
            s.send(f'n{n}\\n'.encode())
            chosen.register(s, selectors.EVENT_READ, n)
        answers = {}
        while len(answers) < 3:
            for key, _ in chosen.select(5):
                answers[key.data] = key.fileobj.recv(100)
                chosen.unregister(key.fileobj)
                key.fileobj.close()
        print(sorted(answers.items()))
        ",
        r"[(0, b'N0\n'), (1, b'N1\n'), (2, b'N2\n')]",
    ),
    (
        "ssl: contexts, certificates, ALPN",
        "
        import socket, ssl
        context = ssl.create_default_context()
        context.set_alpn_protocols(['http/1.1'])
        with socket.create_connection(('localhost', PORT['tls'])) as plain:
            with context.wrap_socket(plain, server_hostname='localhost') as s:
                names = s.getpeercert()['subjectAltName']
                print(('DNS', 'localhost') in names, s.selected_alpn_protocol(), s.cipher()[2] >= 128, len(s.getpeercert(True)) > 200)
                s.sendall(b'GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n')
                answer = b''
                while piece := s.recv(3):
                    answer += piece
                print(answer[-6:])
        ",
        r"
        True http/1.1 True True
        b'hello\n'
        ",
    ),
    (
        "smtplib: a mail, also after STARTTLS",
        "
        import smtplib
        from email.message import EmailMessage
        mail = EmailMessage()
        mail['From'], mail['To'], mail['Subject'] = 'a@mail.test', 'b@mail.test', 'Grüße'
        mail.set_content('the text')
        with smtplib.SMTP('127.0.0.1', PORT['smtp'], timeout=10) as s:
            print(s.send_message(mail), s.has_extn('starttls'))
        with smtplib.SMTP('localhost', PORT['smtp'], timeout=10) as s:
            import ssl
            s.starttls(context=ssl.create_default_context())
            print(s.login('user', 'password')[0], s.send_message(mail))
        ",
        "
        {} True
        235 {}
        ",
    ),
    (
        "names: getaddrinfo, gethostbyname, create_connection",
        "
        import socket
        print(socket.gethostbyname('localhost'), socket.gethostbyname('127.0.0.1'))
        print(('127.0.0.1', 80) in [i[4] for i in socket.getaddrinfo('localhost', 80, type=socket.SOCK_STREAM)])
        try:
            socket.getaddrinfo('127.0.0.1', 'http', type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST) and print('known')
        except socket.gaierror as error:
            print(error)
        ",
        "
        127.0.0.1 127.0.0.1
        True
        known
        ",
    ),
    (
        "xmlrpc, ftplib and others can be imported",
        "
        import ftplib, imaplib, poplib, smtplib, socketserver, http.server, xmlrpc.client, urllib.robotparser
        print('imported')
        ",
        "imported",
    ),
];
