//! `fetch` and what belongs to it.

use crate::tier::Case;

pub const CASES: &[Case<'static>] = &[
    (
        "fetch: get, headers, json, status",
        "
        (async () => {
            const r = await fetch(HTTP + '/echo?q=' + encodeURIComponent('ä b'), { headers: { 'X-Mine': 'yes' } });
            const { target, headers } = await r.json();
            console.log(r.status, r.statusText, r.ok, r.headers.get('content-type'), target, headers['x-mine']);
            const missing = await fetch(HTTP + '/status?code=404');
            console.log(missing.ok, missing.status, await missing.text());
            console.log((await (await fetch(TLS + '/')).text()).trim(), new TextDecoder('latin1').decode(await (await fetch(HTTP + '/latin1')).arrayBuffer()));
        })();
        ",
        "
        200 OK true application/json /echo?q=%C3%A4%20b yes
        false 404 as asked for
        hello café
        ",
    ),
    (
        "fetch: methods and bodies",
        "
        (async () => {
            const echo = async (init) => (await fetch(HTTP + '/echo', init)).json();
            for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
                const r = await echo({ method, body: 'x' });
                console.log(r.method, r.body, r.headers['content-type']);
            }
            console.log((await fetch(HTTP + '/echo', { method: 'HEAD' })).status);
            const json = await echo({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ a: 'ü' }) });
            console.log(json.headers['content-type'], json.body);
            const form = await echo({ method: 'POST', body: new URLSearchParams({ a: '1', b: 'x y' }) });
            console.log(form.headers['content-type'], form.body);
            const data = new FormData();
            data.append('k', 'v');
            data.append('file', new Blob(['content'], { type: 'text/plain' }), 'a.txt');
            const multipart = await echo({ method: 'POST', body: data });
            console.log(multipart.headers['content-type'].split(';')[0], multipart.body.includes('filename=\"a.txt\"'), multipart.body.includes('content'));
            console.log((await echo({ method: 'POST', body: new Uint8Array([104, 105]) })).body);
        })();
        ",
        r#"
        POST x text/plain;charset=UTF-8
        PUT x text/plain;charset=UTF-8
        PATCH x text/plain;charset=UTF-8
        DELETE x text/plain;charset=UTF-8
        200
        application/json {"a":"ü"}
        application/x-www-form-urlencoded;charset=UTF-8 a=1&b=x+y
        multipart/form-data true true
        hi
        "#,
    ),
    (
        "fetch: redirects",
        "
        (async () => {
            const r = await fetch(HTTP + '/redirect?to=/');
            console.log(r.redirected, r.url === HTTP + '/', (await r.text()).trim());
            const manual = await fetch(HTTP + '/redirect?to=/', { redirect: 'manual' });
            console.log(manual.status, manual.headers.get('location'));
            await fetch(HTTP + '/redirect?to=/', { redirect: 'error' }).catch((error) => console.log(error.name));
            await fetch(HTTP + '/loop').catch((error) => console.log(error.name, error.cause.message));
            const kept = await (await fetch(HTTP + '/redirect?code=307&to=/echo', { method: 'POST', body: 'kept' })).json();
            console.log(kept.method, kept.body);
            const other = await (await fetch(HTTP + '/redirect?to=' + OTHER + '/echo', { headers: { authorization: 'secret' } })).json();
            console.log('authorization' in other.headers);
            console.log((await (await fetch(HTTP + '/redirect?to=' + TLS + '/')).text()).trim());
        })();
        ",
        "
        true true hello
        302 /
        TypeError
        TypeError redirect count exceeded
        POST kept
        false
        hello
        ",
    ),
    (
        "fetch: compressed, chunked, streamed",
        "
        (async () => {
            console.log((await (await fetch(HTTP + '/gzip')).text()).slice(0, 6), (await (await fetch(HTTP + '/deflate')).text()).length);
            console.log(await (await fetch(HTTP + '/chunked?count=2')).text());
            const r = await fetch(HTTP + '/slow?every=100&count=3');
            const decoder = new TextDecoder();
            let pieces = 0;
            for await (const piece of r.body) {
                pieces += 1;
            }
            console.log(pieces);
            const reader = (await fetch(TLS + '/slow?every=20&count=2')).body.getReader();
            const first = await reader.read();
            console.log(first.done, decoder.decode(first.value).trim());
            await reader.cancel();
        })();
        ",
        "
        a text 3400
        piece 0
        piece 1

        3
        false piece 0
        ",
    ),
    (
        "fetch: a streamed upload",
        "
        (async () => {
            let n = 0;
            const body = new ReadableStream({
                pull(controller) {
                    n += 1;
                    n > 100 ? controller.close() : controller.enqueue(new Uint8Array(10000).fill(n));
                },
            });
            const r = await (await fetch(HTTP + '/upload', { method: 'POST', body, duplex: 'half' })).json();
            console.log(r.length, r.chunked);
            const whole = await (await fetch(TLS + '/upload', { method: 'POST', body: new Uint8Array(3000000).fill(120) })).json();
            const digest = require('crypto').createHash('sha256').update('x'.repeat(3000000)).digest('hex');
            console.log(whole.length, whole.chunked, whole.sha256 === digest);
        })();
        ",
        "
        1000000 true
        3000000 false true
        ",
    ),
    (
        "fetch: Headers, Request, Response",
        "
        (async () => {
            const request = new Request(HTTP + '/echo', { method: 'POST', headers: new Headers([['X-Many', 'a'], ['X-Many', 'b']]), body: 'x' });
            console.log(request.method, request.headers.get('x-many'));
            const r = await fetch(request);
            const copy = r.clone();
            console.log((await r.json()).headers['x-many'], (await copy.text()).length > 0, r.bodyUsed);
            const cookies = (await fetch(HTTP + '/cookies/set?a=1&b=2', { redirect: 'manual' })).headers.getSetCookie();
            console.log(cookies);
            console.log(await Response.json({ a: 1 }).json());
        })();
        ",
        "
        POST a, b
        a, b true true
        [ 'a=1; Path=/; HttpOnly', 'b=2; Path=/; HttpOnly' ]
        { a: 1 }
        ",
    ),
    (
        "fetch: several at once",
        "
        (async () => {
            const since = Date.now();
            const all = await Promise.all([1, 2, 3, 4, 5, 6].map(async (n) => (await fetch(HTTP + `/slow?head=500&count=${n}`)).text()));
            console.log(all.map((text) => text.split('piece').length - 1).join(), Date.now() - since < 3000);
        })();
        ",
        "1,2,3,4,5,6 true",
    ),
    (
        "fetch: events as they come",
        "
        (async () => {
            const r = await fetch(HTTP + '/events?every=30&count=3');
            let text = '';
            for await (const piece of r.body.pipeThrough(new TextDecoderStream())) {
                text += piece;
            }
            console.log(r.headers.get('content-type'), text.match(/data: (\\d)/g).join());
        })();
        ",
        "text/event-stream data: 0,data: 1,data: 2",
    ),
    (
        "fetch: 100 MB",
        "
        (async () => {
            const r = await fetch(HTTP + '/bytes?n=100000000');
            let total = 0, wrong = 0;
            for await (const piece of r.body) {
                wrong += piece[0] !== total % 251;
                total += piece.length;
            }
            console.log(total, wrong);
        })();
        ",
        "100000000 0",
    ),
];
