//! What goes wrong, and the error that says so.

use crate::tier::Case;

pub const CASES: &[Case<'static>] = &[
    (
        "fetch: certificates that are not to be trusted",
        "
        (async () => {
            for (const url of [WRONG_NAME, EXPIRED, SELF_SIGNED]) {
                await fetch(url).catch((error) => console.log(error.name, error.message, error.cause.code));
            }
        })();
        ",
        "
        TypeError fetch failed ERR_TLS_CERT_ALTNAME_INVALID
        TypeError fetch failed CERT_HAS_EXPIRED
        TypeError fetch failed DEPTH_ZERO_SELF_SIGNED_CERT
        ",
    ),
    (
        "fetch: refused, reset, dropped, garbage, other schemes",
        "
        (async () => {
            const code = async (url) => {
                try {
                    await (await fetch(url)).text();
                } catch (error) {
                    return `${error.name} ${error.cause?.code ?? error.cause?.message}`;
                }
            };
            console.log(await code('http://127.0.0.1:{closed}/'));
            console.log(await code('http://127.0.0.1:{reset}/'));
            console.log((await code('http://127.0.0.1:{garbage}/')).split(' ')[0]);
            console.log((await code(HTTP + '/drop?after=10')).split(' ')[0]);
            console.log(await code('gopher://127.0.0.1/'));
        })();
        ",
        "
        TypeError ECONNREFUSED
        TypeError ECONNRESET
        TypeError
        TypeError
        TypeError unknown scheme
        ",
    ),
    (
        "fetch: signals",
        "
        (async () => {
            const since = Date.now();
            await fetch(HTTP + '/hold?tag=signals', { signal: AbortSignal.timeout(200) }).catch((error) => console.log(error.name, Date.now() - since < 2000));
            const controller = new AbortController();
            setTimeout(() => controller.abort(), 100);
            await fetch('http://127.0.0.1:{silent}/', { signal: controller.signal }).catch((error) => console.log(error.name));
            await fetch(HTTP + '/', { signal: AbortSignal.abort() }).catch((error) => console.log(error.name));
            const slow = new AbortController();
            const r = await fetch(HTTP + '/slow?every=5000&count=2', { signal: slow.signal });
            setTimeout(() => slow.abort(), 100);
            await r.text().catch((error) => console.log(error.name));
        })();
        ",
        "
        TimeoutError true
        AbortError
        AbortError
        AbortError
        ",
    ),
    (
        "http: errors, timeouts, destroying",
        "
        const http = require('http');
        http.get('http://127.0.0.1:{closed}/').on('error', (error) => {
            console.log(error.code, error.syscall, error.port === PORT.closed);
            const req = http.get('http://127.0.0.1:{silent}/', { timeout: 200 });
            req.on('timeout', () => req.destroy(new Error('too slow')));
            req.on('error', (error) => {
                console.log(error.message);
                http.get('http://127.0.0.1:{reset}/').on('error', (error) => console.log(error.code));
            });
        });
        ",
        "
        ECONNREFUSED connect true
        too slow
        ECONNRESET
        ",
    ),
    (
        "https: certificates",
        "
        const https = require('https');
        https.get(SELF_SIGNED).on('error', (error) => {
            console.log(error.code);
            https.get(WRONG_NAME).on('error', (error) => console.log(error.code));
        });
        ",
        "
        DEPTH_ZERO_SELF_SIGNED_CERT
        ERR_TLS_CERT_ALTNAME_INVALID
        ",
    ),
    (
        "what nobody catches ends the program",
        "
        process.on('exit', (code) => console.log(code));
        process.on('uncaughtException', (error) => console.log(error.code));
        require('http').get('http://127.0.0.1:{closed}/');
        ",
        "
        ECONNREFUSED
        0
        ",
    ),
];
