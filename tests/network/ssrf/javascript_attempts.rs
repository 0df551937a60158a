//! What JavaScript programs can try that is no URL.

use super::WhenOpened::{Harmless, Reaches, Refused};
use super::{Attempt, WhenOpened};
use crate::tier::Language::JavaScript;

const fn attempt(name: &'static str, when_opened: WhenOpened, code: &'static str) -> Attempt {
    Attempt {
        name,
        language: JavaScript,
        code,
        when_opened,
    }
}

pub const ALL: &[Attempt] = &[
    attempt("net", Reaches, "
        return new Promise((resolve, reject) => {
            const socket = require('net').connect(80, '10.0.0.5');
            socket.on('data', (data) => resolve(String(data))).on('error', reject);
        });
    "),
    attempt("net, by a mapped address", Reaches, "
        return new Promise((resolve, reject) => {
            const socket = require('net').connect({ port: 80, host: '::ffff:169.254.169.254' });
            socket.on('data', (data) => resolve(String(data))).on('error', reject);
        });
    "),
    attempt("the host that a program names itself", Reaches, "
        return new Promise((resolve, reject) => {
            const options = { host: '127.0.0.1', port: 80, headers: { Host: 'public.example.net' } };
            require('http').get(options, (res) => res.on('data', (data) => resolve(String(data)))).on('error', reject);
        });
    "),
    attempt("a lookup of the program's own", Reaches, "
        return new Promise((resolve, reject) => {
            const lookup = (host, options, done) => options?.all ? done(null, [{ address: '10.0.0.5', family: 4 }]) : done(null, '10.0.0.5', 4);
            require('http').get({ host: 'public.example.net', port: 80, lookup }, (res) => res.on('data', (data) => resolve(String(data)))).on('error', reject);
        }).then((text) => {
            // A client that does not ask the program's lookup goes to the public server.
            if (text.includes('hello')) throw new Error('network policy: not asked');
            return text;
        });
    "),
    attempt("a connection of the program's own", Reaches, "
        return new Promise((resolve, reject) => {
            const createConnection = () => require('net').connect(80, '192.168.1.5').on('error', reject);
            require('http').get({ host: 'public.example.net', createConnection }, (res) => res.on('data', (data) => resolve(String(data)))).on('error', reject);
        });
    "),
    attempt("the API's own port", Reaches, "
        return (await fetch(`http://127.0.0.1:${API}/health`)).json();
    "),
    attempt("TLS", Reaches, "
        return new Promise((resolve, reject) => {
            const socket = require('tls').connect({ host: '10.0.0.5', port: 443, servername: 'public.example.net' });
            socket.on('error', (error) => /policy/.test(error.message) ? reject(error) : resolve('CANARY'));
        });
    "),
    attempt("ws", Reaches, "
        return new Promise((resolve, reject) => {
            const socket = new (require('ws'))('ws://127.0.0.1:80/');
            socket.on('error', (error) => /200/.test(error.message) ? resolve('CANARY') : reject(error));
        });
    "),
    attempt("axios through a proxy of its own", Reaches, "
        const { data } = await require('axios').get('http://public.example.net/', { proxy: { protocol: 'http', host: '10.0.0.5', port: 80 } });
        return data;
    "),
    attempt("a proxy in the environment", Reaches, "
        process.env.HTTP_PROXY = process.env.http_proxy = 'http://127.0.0.1:80';
        return (await require('axios').get('http://public.example.net/')).data;
    "),
    attempt("axios, told not to follow, and following by hand", Reaches, "
        const axios = require('axios');
        const first = await axios.get('http://public.example.net/redirect?to=http%3A//10.0.0.5/', { maxRedirects: 0, validateStatus: () => true });
        return (await axios.get(first.headers.location)).data;
    "),
    attempt("sockets of the machine, by http", Refused, "
        return new Promise((resolve, reject) => {
            require('http').get({ socketPath: '/var/run/docker.sock', path: '/info' }, resolve).on('error', reject);
        });
    "),
    attempt("sockets of the machine, by net", Refused, "
        return new Promise((resolve, reject) => {
            require('net').connect('/var/run/docker.sock', () => resolve('connected')).on('error', reject);
        });
    "),
    attempt("listening", Refused, "
        return new Promise((resolve, reject) => {
            const server = require('net').createServer(() => {});
            server.on('error', reject);
            server.listen(0, () => resolve(server.address()));
        });
    "),
    attempt("serving", Refused, "
        return new Promise((resolve, reject) => {
            const server = require('http').createServer(() => {});
            server.on('error', reject);
            server.listen(0, () => resolve(server.address()));
        });
    "),
    attempt("datagrams", Refused, "
        return new Promise((resolve, reject) => {
            const socket = require('dgram').createSocket('udp4');
            socket.on('error', reject);
            socket.send('x', 80, '127.0.0.1', (error) => error ? reject(error) : resolve('sent'));
        });
    "),
    attempt("other programs", Refused, "
        return require('child_process').execSync('true');
    "),
    attempt("line ends in a path", Harmless, "
        return (await fetch('http://public.example.net/\\r\\nHost: 127.0.0.1\\r\\n\\r\\nGET http://127.0.0.1/')).text();
    "),
    attempt("line ends in a header", Refused, "
        return (await fetch('http://public.example.net/echo', { headers: { 'X-A': 'b\\r\\nHost: 127.0.0.1' } })).text();
    "),
    attempt("headers that say where to go", Harmless, "
        return (await fetch('http://public.example.net/', { headers: { Host: '127.0.0.1', 'X-Forwarded-Host': '127.0.0.1' } })).text();
    "),
    attempt("a name that is public only the first time", Harmless, "
        const said = [];
        for (let n = 0; n < 5; n++) {
            said.push(await tell(async () => (await fetch('http://d.rebind.example.net/')).text()));
            await new Promise((resolve) => setTimeout(resolve, 300));
        }
        return said;
    "),
    attempt("what private names resolve to", Refused, "
        return require('dns').promises.lookup('private.example.net');
    "),
];
