//! requests, httpx, urllib3 and aiohttp.

use crate::tier::Case;

pub const CASES: &[Case<'static>] = &[
    (
        "requests: get, json, status, headers",
        "
        import requests
        r = requests.get(HTTP + '/echo', params={'q': 'ä b'}, headers={'X-Mine': 'yes'}, timeout=10)
        print(r.status_code, r.reason, r.headers['content-type'], r.json()['target'], r.json()['headers']['x-mine'])
        print(requests.get(HTTP + '/status?code=404').ok, requests.get(HTTP + '/latin1').text, r.elapsed.total_seconds() > 0)
        ",
        "
        200 OK application/json /echo?q=%C3%A4+b yes
        False café True
        ",
    ),
    (
        "requests: TLS",
        "
        import requests
        print(requests.get(TLS + '/').text.strip(), requests.get('https://127.0.0.1:{tls}/').text.strip())
        ",
        "hello hello",
    ),
    (
        "requests: every method",
        "
        import requests
        for method in ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'QUERY']:
            r = requests.request(method, HTTP + '/echo', data=b'x' if method in ('POST', 'PUT', 'PATCH', 'QUERY') else None)
            print(method, r.status_code, r.json()['method'] + r.json()['body'] if r.content else len(r.content))
        ",
        "
        GET 200 GET
        POST 200 POSTx
        PUT 200 PUTx
        PATCH 200 PATCHx
        DELETE 200 DELETE
        OPTIONS 200 OPTIONS
        HEAD 200 0
        QUERY 200 QUERYx
        ",
    ),
    (
        "requests: JSON, forms, files",
        "
        import requests
        r = requests.post(HTTP + '/echo', json={'a': [1, 'ü']}).json()
        print(r['headers']['content-type'], r['body'])
        r = requests.post(HTTP + '/echo', data={'a': '1', 'b': 'x y&z'}).json()
        print(r['headers']['content-type'], r['body'])
        r = requests.post(HTTP + '/echo', files={'file': ('a.txt', b'content', 'text/plain')}, data={'k': 'v'}).json()
        print(r['headers']['content-type'].split(';')[0], 'filename=\"a.txt\"' in r['body'], 'content' in r['body'])
        ",
        r#"
        application/json {"a": [1, "\u00fc"]}
        application/x-www-form-urlencoded a=1&b=x+y%26z
        multipart/form-data True True
        "#,
    ),
    (
        "requests: a session keeps its connection",
        "
        import requests
        with requests.Session() as session:
            places = [session.get(HTTP + '/connection').text.split() for _ in range(5)]
        print(len({c for c, _ in places}), [int(n) for _, n in places])
        ",
        "1 [1, 2, 3, 4, 5]",
    ),
    (
        "requests: a session keeps its TLS connection",
        "
        import requests
        with requests.Session() as session:
            places = [session.get(TLS + '/connection').text.split() for _ in range(3)]
        print(len({c for c, _ in places}), [int(n) for _, n in places])
        ",
        "1 [1, 2, 3]",
    ),
    (
        "requests: cookies",
        "
        import requests
        s = requests.Session()
        print(s.get(HTTP + '/cookies/set?a=1&b=two').text, dict(s.cookies), s.get(HTTP + '/cookies').text)
        ",
        "a=1; b=two {'a': '1', 'b': 'two'} a=1; b=two",
    ),
    (
        "requests: redirects",
        "
        import requests
        r = requests.get(HTTP + '/redirect?to=/connection')
        print(r.status_code, [h.status_code for h in r.history], r.url == HTTP + '/connection')
        r = requests.get(HTTP + '/redirect', params={'to': OTHER + '/echo'}, headers={'Authorization': 'secret'})
        print('authorization' in r.json()['headers'], r.url == OTHER + '/echo')
        r = requests.post(HTTP + '/redirect?code=307&to=/echo', data='kept').json()
        print(r['method'], r['body'])
        r = requests.post(HTTP + '/redirect?code=303&to=/echo', data='not kept').json()
        print(r['method'], repr(r['body']))
        print(requests.get(HTTP + '/redirect?to=/', allow_redirects=False).headers['location'])
        print(requests.get(HTTP + '/redirect', params={'to': TLS + '/'}).text.strip())
        try:
            requests.get(HTTP + '/loop')
        except requests.TooManyRedirects as error:
            print(error)
        ",
        "
        200 [302] True
        False True
        POST kept
        GET ''
        /
        hello
        Exceeded 30 redirects.
        ",
    ),
    (
        "requests: compressed, chunked, streamed, authenticated",
        "
        import requests
        print(requests.get(HTTP + '/gzip').text[:20], requests.get(HTTP + '/deflate').text[-13:].strip())
        print(requests.get(HTTP + '/chunked?count=3').text.split())
        with requests.get(HTTP + '/slow?every=50&count=3', stream=True) as r:
            print(list(r.iter_lines()))
        print(requests.get(HTTP + '/basic').status_code, requests.get(HTTP + '/basic', auth=('user', 'pass word')).text)
        print(requests.get('http://user:pass%20word@127.0.0.1:{http}/basic').text)
        ",
        "
        a text that is worth compressing,
        ['piece', '0', 'piece', '1', 'piece', '2']
        [b'piece 0', b'piece 1', b'piece 2']
        401 welcome
        welcome
        ",
    ),
    (
        "requests: a streamed upload",
        "
        import hashlib, requests
        pieces = [bytes([n]) * 10000 for n in range(100)]
        r = requests.post(HTTP + '/upload', data=iter(pieces)).json()
        print(r['length'], r['chunked'], r['sha256'] == hashlib.sha256(b''.join(pieces)).hexdigest())
        r = requests.post(TLS + '/upload', data=b'x' * 3000000).json()
        print(r['length'], r['chunked'], r['sha256'] == hashlib.sha256(b'x' * 3000000).hexdigest())
        ",
        "
        1000000 True True
        3000000 False True
        ",
    ),
    (
        "requests: a hundred small requests, and many threads' worth one after the other",
        "
        import requests
        with requests.Session() as s:
            print(sum(len(s.get(HTTP + '/').content) for _ in range(100)))
        print(sum(len(requests.get(HTTP + '/').content) for _ in range(10)))
        ",
        "
        600
        60
        ",
    ),
    (
        "httpx: the same things",
        "
        import httpx
        r = httpx.get(HTTP + '/echo', params={'q': 'x'}, headers={'X-Mine': 'yes'})
        print(r.status_code, r.http_version, r.json()['target'], r.json()['headers']['x-mine'])
        print(httpx.get(TLS + '/').text.strip(), httpx.get(HTTP + '/gzip').text[:6], httpx.get(HTTP + '/deflate').text[:6])
        print(httpx.post(HTTP + '/echo', json={'a': 1}).json()['body'], httpx.post(HTTP + '/echo', data={'a': '1'}).json()['body'])
        r = httpx.post(HTTP + '/echo', files={'f': ('a.txt', b'content')}).json()
        print(r['headers']['content-type'].split(';')[0], 'content' in r['body'])
        r = httpx.get(HTTP + '/redirect?to=/', follow_redirects=True)
        print(r.text.strip(), [h.status_code for h in r.history], httpx.get(HTTP + '/redirect?to=/').status_code)
        print(httpx.get(HTTP + '/basic', auth=('user', 'pass word')).text)
        with httpx.Client(base_url=HTTP) as client:
            print(client.get('/cookies/set?a=1', follow_redirects=True).text)
            print(len({client.get('/connection').text.split()[0] for _ in range(4)}))
        with httpx.stream('GET', HTTP + '/slow?every=20&count=3') as r:
            print(list(r.iter_lines()))
        ",
        r#"
        200 HTTP/1.1 /echo?q=x yes
        hello a text a text
        {"a":1} a=1
        multipart/form-data True
        hello [302] 302
        welcome
        a=1
        1
        ['piece 0', 'piece 1', 'piece 2']
        "#,
    ),
    (
        "httpx: asynchronous, several at once",
        "
        import asyncio, time, httpx
        async def main():
            async with httpx.AsyncClient() as client:
                since = time.monotonic()
                rs = await asyncio.gather(*[client.get(HTTP + f'/slow?head=500&count={n}') for n in range(8)])
                took = time.monotonic() - since
                print([r.text.count('piece') for r in rs], took < 3)
                print((await client.get(TLS + '/')).text.strip())
                async with client.stream('GET', TLS + '/slow?every=20&count=2') as r:
                    print([line async for line in r.aiter_lines()])
                async def upload():
                    for n in range(10):
                        yield b'x' * 1000
                print((await client.post(HTTP + '/upload', content=upload())).json()['length'])
        asyncio.run(main())
        ",
        "
        [0, 1, 2, 3, 4, 5, 6, 7] True
        hello
        ['piece 0', 'piece 1']
        10000
        ",
    ),
    (
        "urllib3: pools, retries",
        "
        import urllib3
        pool = urllib3.PoolManager()
        r = pool.request('GET', HTTP + '/echo', fields={'a': '1'})
        print(r.status, r.json()['target'], pool.request('POST', HTTP + '/echo', json={'b': 2}).json()['body'])
        print(pool.request('GET', TLS + '/').data)
        print(urllib3.request('GET', HTTP + '/redirect?to=/').data)
        try:
            pool.request('GET', 'http://127.0.0.1:{closed}/', retries=urllib3.Retry(1, backoff_factor=0.01))
        except urllib3.exceptions.MaxRetryError as error:
            print(type(error.reason).__name__)
        ",
        r#"
        200 /echo?a=1 {"b":2}
        b'hello\n'
        b'hello\n'
        NewConnectionError
        "#,
    ),
    (
        "aiohttp",
        "
        import aiohttp, asyncio
        async def main():
            async with aiohttp.ClientSession() as session:
                async with session.get(HTTP + '/echo', params={'q': 'x'}) as r:
                    print(r.status, (await r.json())['target'])
                async with session.post(TLS + '/echo', json={'a': 1}) as r:
                    print((await r.json())['body'])
                async with session.get(HTTP + '/gzip') as r:
                    print((await r.text())[:6])
                async with session.ws_connect('http://127.0.0.1:{websocket}/') as ws:
                    await ws.send_str('over a socket')
                    print(await ws.receive_str())
        asyncio.run(main())
        ",
        r#"
        200 /echo?q=x
        {"a": 1}
        a text
        over a socket
        "#,
    ),
    (
        "100 MB, streamed",
        "
        import requests
        total = 0
        with requests.get(HTTP + '/bytes?n=100000000', stream=True) as r:
            for piece in r.iter_content(1 << 20):
                assert piece[0] == total % 251 and piece[-1] == (total + len(piece) - 1) % 251
                total += len(piece)
        print(total, r.headers['content-length'])
        ",
        "100000000 100000000",
    ),
];
