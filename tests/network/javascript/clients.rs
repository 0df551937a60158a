//! Node's `http`, `https` and `net`, axios, ws.

use crate::tier::Case;

pub const CASES: &[Case<'static>] = &[
    (
        "http and https: get",
        "
        const http = require('http'), https = require('https');
        http.get(HTTP + '/echo?q=1', { headers: { 'X-Mine': 'yes' } }, (res) => {
            let text = '';
            res.setEncoding('utf8');
            res.on('data', (piece) => { text += piece; });
            res.on('end', () => {
                const { target, headers } = JSON.parse(text);
                console.log(res.statusCode, res.headers['content-type'], target, headers['x-mine']);
                https.get(TLS + '/', (secure) => secure.on('data', (piece) => console.log(String(piece).trim())));
            });
        });
        ",
        "
        200 application/json /echo?q=1 yes
        hello
        ",
    ),
    (
        "http: a request with a body, options, pipes",
        "
        const http = require('http');
        const req = http.request({ hostname: '127.0.0.1', port: PORT.http, path: '/upload', method: 'POST' }, (res) => {
            const pieces = [];
            res.on('data', (piece) => pieces.push(piece));
            res.on('end', () => {
                const { length, chunked } = JSON.parse(Buffer.concat(pieces).toString());
                console.log(length, chunked, res.complete);
            });
        });
        for (let n = 0; n < 10; n++) req.write('x'.repeat(1000));
        req.end('the end');
        ",
        "10007 true true",
    ),
    (
        "http: an agent keeps its connection",
        "
        const http = require('http');
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        const get = () => new Promise((resolve, reject) => http.get(HTTP + '/connection', { agent }, (res) => {
            let text = '';
            res.on('data', (piece) => { text += piece; });
            res.on('end', () => resolve(text.split(' ')));
        }).on('error', reject));
        (async () => {
            const places = [await get(), await get(), await get()];
            console.log(new Set(places.map(([c]) => c)).size, places.map(([, n]) => n).join());
            agent.destroy();
        })();
        ",
        "1 1,2,3",
    ),
    (
        "net: a line server",
        "
        const net = require('net');
        const socket = net.connect(PORT.lines, '127.0.0.1', () => socket.write('hello\\n'));
        socket.on('data', (piece) => { console.log(String(piece).trim()); socket.end(); });
        socket.on('close', (failed) => console.log('closed', failed));
        ",
        "
        HELLO
        closed false
        ",
    ),
    (
        "tls: a connection",
        "
        const tls = require('tls');
        const socket = tls.connect({ host: 'localhost', port: PORT.tls, servername: 'localhost' }, () => {
            console.log(socket.authorized, /^TLSv1\\.[23]$/.test(socket.getProtocol()));
            socket.write('GET / HTTP/1.0\\r\\n\\r\\n');
        });
        let text = '';
        socket.on('data', (piece) => { text += piece; });
        socket.on('end', () => console.log(text.split('\\r\\n')[0], text.endsWith('hello\\n')));
        ",
        "
        true true
        HTTP/1.0 200 OK true
        ",
    ),
    (
        "axios: get, post, headers, params",
        "
        const axios = require('axios');
        (async () => {
            const r = await axios.get(HTTP + '/echo', { params: { q: 'x y' }, headers: { 'X-Mine': 'yes' } });
            console.log(r.status, r.statusText, r.headers['content-type'], r.data.target, r.data.headers['x-mine']);
            const post = await axios.post(TLS + '/echo', { a: 'ü' });
            console.log(post.data.headers['content-type'], post.data.body);
            const form = await axios.post(HTTP + '/echo', new URLSearchParams({ a: '1' }));
            console.log(form.data.headers['content-type'].split(';')[0], form.data.body);
            const put = await axios({ method: 'put', url: HTTP + '/echo', data: 'text' });
            console.log(put.data.method, put.data.body);
            console.log((await axios.get(HTTP + '/gzip')).data.slice(0, 6), (await axios.get(HTTP + '/deflate')).data.length);
            console.log((await axios.get(HTTP + '/basic', { auth: { username: 'user', password: 'pass word' } })).data);
            console.log((await axios.get(HTTP + '/redirect?to=/')).data.trim());
        })();
        ",
        r#"
        200 OK application/json /echo?q=x+y yes
        application/json {"a":"ü"}
        application/x-www-form-urlencoded a=1
        PUT text
        a text 3400
        welcome
        hello
        "#,
    ),
    (
        "axios: instances, interceptors, errors, timeouts",
        "
        const axios = require('axios');
        (async () => {
            const api = axios.create({ baseURL: HTTP, timeout: 400 });
            api.interceptors.request.use((config) => { config.headers.set('X-Token', 't'); return config; });
            console.log((await api.get('/echo')).data.headers['x-token']);
            await api.get('/status?code=404').catch((error) => console.log(error.code, error.response.status, error.response.data));
            await api.get('/hold?tag=axios').catch((error) => console.log(error.code, error.message));
            await axios.get('http://127.0.0.1:{closed}/').catch((error) => console.log(error.code));
            await axios.get(HTTP + '/loop').catch((error) => console.log(error.code));
        })();
        ",
        "
        t
        ERR_BAD_REQUEST 404 as asked for
        ECONNABORTED timeout of 400ms exceeded
        ECONNREFUSED
        ERR_FR_TOO_MANY_REDIRECTS
        ",
    ),
    (
        "axios: bytes and streams",
        "
        const axios = require('axios');
        (async () => {
            const bytes = await axios.get(HTTP + '/bytes?n=1000', { responseType: 'arraybuffer' });
            console.log(bytes.data.length, bytes.data[250], bytes.data[251]);
            const stream = await axios.get(HTTP + '/slow?every=20&count=3', { responseType: 'stream' });
            let text = '';
            for await (const piece of stream.data) text += piece;
            console.log(text.trim().split('\\n').join());
        })();
        ",
        "
        1000 250 0
        piece 0,piece 1,piece 2
        ",
    ),
    (
        "ws: messages there and back",
        "
        const { WebSocket } = require('ws');
        const socket = new WebSocket('ws://127.0.0.1:{websocket}/');
        const got = [];
        socket.on('open', () => { socket.send('text'); socket.send(Buffer.from([1, 2, 3])); socket.send('x'.repeat(100000)); });
        socket.on('message', (data, binary) => {
            got.push(binary ? [...data].join() : String(data).slice(0, 4));
            if (got.length === 3) socket.close();
        });
        socket.on('close', (code) => console.log(got.join(' '), code));
        ",
        "text 1,2,3 xxxx 1005",
    ),
];
