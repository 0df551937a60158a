//! Programs that look for a way out: files, processes, sockets, the engine's inside, the host.

use crate::common::Expect::*;
use crate::common::{check_javascript, server::patient};

#[test]
fn modules_that_reach_out_exist_and_refuse_with_nodes_errors() {
    check_javascript(&[
        ("reading a file", "require('fs').readFileSync('/etc/passwd')", Raises("Error: EPERM: operation not permitted, open '/etc/passwd'")),
        ("reading a file, caught", "
            try { require('fs').readFileSync('/etc/shadow') } catch (e) { console.log(e.code, e.errno, e.syscall, e.path) }
        ", Prints("EPERM -1 open /etc/shadow\n")),
        ("reading a file with a callback", "
            require('node:fs').readFile('/etc/passwd', (e, data) => console.log(e.code, data))
        ", Prints("EPERM undefined\n")),
        ("reading a file with a promise", "
            require('fs/promises').readFile('/proc/self/environ').catch((e) => console.log(e.code))
            require('fs').promises.writeFile('/tmp/x', 'y').catch((e) => console.log(e.code))
        ", Prints("EPERM\nEPERM\n")),
        ("writing and listing", "
            const fs = require('fs');
            for (const call of [() => fs.writeFileSync('/tmp/a', 'b'), () => fs.readdirSync('/'), () => fs.unlinkSync('/x'),
                () => fs.mkdirSync('/tmp/d'), () => fs.openSync('/dev/mem'), () => fs.symlinkSync('/', '/tmp/l')]) {
                try { call(); console.log('done') } catch (e) { console.log(e.code) }
            }
            console.log(fs.existsSync('/etc/passwd'));
        ", Prints("EPERM\nEPERM\nEPERM\nEPERM\nEPERM\nEPERM\nfalse\n")),
        ("a shell", "require('child_process').execSync('id')", Raises("Error: spawnSync /bin/sh EPERM")),
        ("a process, asynchronously", "
            try { require('child_process').spawn('id', ['-u']) } catch (e) { console.log(e.message, e.code, e.spawnargs) }
        ", Prints("spawn id EPERM EPERM [ '-u' ]\n")),
        ("a fork, a worker and a cluster", "
            for (const call of [() => require('child_process').fork('x.js'), () => new (require('worker_threads').Worker)('x', { eval: true }),
                () => require('cluster').fork()]) {
                try { call(); console.log('done') } catch (e) { console.log(e.code ?? e.name) }
            }
        ", Succeeds),
        ("a socket", "
            const socket = require('net').connect(8194, '127.0.0.1');
            socket.on('error', (e) => console.log(e.message, e.code));
        ", Prints("connect EPERM 127.0.0.1:8194 - this program was given no network (enable_network) EPERM\n")),
        ("a socket that nobody listens to", "require('net').connect({ host: '127.0.0.1', port: 1 })", Raises("Error: connect EPERM 127.0.0.1:1")),
        ("HTTP", "
            require('http').get('http://169.254.169.254/latest/meta-data', () => console.log('answered')).on('error', (e) => console.log(e.code));
        ", Prints("EPERM\n")),
        ("fetch", "
            fetch('http://127.0.0.1:8194/health').then(() => console.log('answered'), (e) => console.log(e.name));
        ", Prints("TypeError\n")),
        ("a lookup", "require('dns').lookup('localhost', (e) => console.log(e.message))", Prints("getaddrinfo EPERM localhost - this program was given no network (enable_network)\n")),
        ("a native add-on", "
            const os = require('os');
            try { process.dlopen({ exports: {} }, '/lib/x86_64-linux-gnu/libc.so.6'); console.log('loaded') } catch (e) { console.log('refused') }
        ", Prints("refused\n")),
        ("node's own inside", "
            for (const call of [() => process.binding('fs').open('/etc/passwd'), () => process._linkedBinding('x'), () => process.kill(1, 9),
                () => process.setuid(0), () => process.chdir('/etc')]) {
                try { call(); console.log('done') } catch (e) { console.log('refused') }
            }
        ", Prints("refused\nrefused\nrefused\nrefused\nrefused\n")),
    ]);
}

#[test]
fn nothing_of_the_engine_or_the_host_is_lying_around() {
    check_javascript(&[
        ("QuickJS's own modules", "
            for (const name of ['std', 'os:std', 'qjs:std', 'qjs:os', 'bjson', 'qjs:bjson', 'native', 'node:internal', 'internal/util']) {
                try { require(name); console.log(name) } catch (e) { if (!/^(MODULE_NOT_FOUND|ERR_UNKNOWN_BUILTIN_MODULE)$/.test(e.code)) console.log(e) }
            }
            Promise.all(['std', 'qjs:std', 'qjs:os', 'node:internal', '/etc/passwd', 'file:///etc/passwd', 'data:text/javascript,1'].map((name) =>
                import(name).then(() => console.log(name), () => {}))).then(() => console.log('none'));
        ", Prints("none\n")),
        ("names the engine's shell has", "
            console.log(['std', 'os', 'bjson', 'scriptArgs', 'print', '__loadScript', '__native', 'native', 'gc', 'navigator', 'InternalError', 'Bun', 'Deno']
                .filter((name) => name in globalThis));
        ", Prints("[]\n")),
        ("the prelude's functions through a stack trace", "
            Error.prepareStackTrace = (error, sites) => sites;
            const sites = [].concat(new Error('x').stack);
            for (const site of sites) {
                const reached = [site?.getThis?.(), site?.getFunction?.()].filter((each) => each && each !== globalThis && each !== module.exports);
                if (reached.some((each) => /hostCall|compileFunction/.test(Reflect.ownKeys(each).join()))) console.log('found');
            }
            const callers = [];
            function f() { try { for (let c = f.caller; c; c = c.caller) callers.push(c); } catch {} try { callers.push(arguments.callee.caller) } catch {} }
            f();
            console.log(callers.filter((each) => each && /hostCall|native/.test(String(each))).length);
        ", Prints("0\n")),
        ("the prelude's functions through a getter that it calls", "
            let seen = [];
            const spy = new Proxy({}, { get(target, key) { seen.push(new Error().stack); return undefined } });
            console.log(spy);
            Object.defineProperty(Object.prototype, 'hostCall', { get() { seen.push(this); return undefined }, configurable: true });
            require('crypto').createHash('md5');
            Buffer.from('x').toString('hex');
            delete Object.prototype.hostCall;
            console.log(seen.filter((each) => typeof each === 'object').length);
        ", Succeeds),
        ("the source of the prelude's functions", "
            console.log([console.log, Buffer.from, require, setTimeout, process.exit].map((each) => /hostCall|__native/.test(Function.prototype.toString.call(each))));
        ", Prints("[ false, false, false, false, false ]\n")),
        ("constructors that lead to another realm", "
            const roots = [require, module, process, console, Buffer, setTimeout, new URL('http://x'), performance, (async () => {})(), structuredClone];
            const global = roots.map((each) => each.constructor.constructor('return this')());
            console.log(global.every((each) => each === globalThis), global.some((each) => '__native' in each));
        ", Prints("true false\n")),
        ("vm as a way out", "
            const vm = require('vm');
            console.log(vm.runInNewContext('this.constructor.constructor(\"return typeof process.binding\")()') !== undefined);
            try { console.log(vm.runInThisContext('require')) } catch (e) { console.log(e.name) }
        ", Succeeds),
        ("the environment, the command line, the host's name", "
            console.log(Object.keys(process.env).length, process.execPath, require('os').hostname(), require('os').userInfo().username, process.pid);
        ", Prints("0 /usr/local/bin/node sandbox sandbox 1\n")),
        ("memory that another program left", "
            const old = [Buffer.allocUnsafe(1 << 20), Buffer.allocUnsafeSlow(1 << 20), new Uint8Array(1 << 20), Buffer.from(new ArrayBuffer(1 << 20))];
            console.log(old.map((each) => each.some((byte) => byte !== 0)).join());
        ", Succeeds),
    ]);
}

#[test]
fn a_secret_of_one_program_is_not_in_the_memory_of_the_next() {
    let server = patient();
    let secret = "
        globalThis.kept = [];
        for (let i = 0; i < 2000; i++) kept.push('SECRET-' + i + '-of-the-first-program'.repeat(20));
        const buffer = Buffer.alloc(4 << 20, 'SECRET-of-the-first-program');
        console.log(kept.length, buffer.length);
    ";
    let search = "
        const found = [];
        for (let i = 0; i < 24; i++) {
            const block = Buffer.allocUnsafeSlow(1 << 20);
            if (block.includes('SECRET-')) found.push(i);
        }
        console.log(found.length);
    ";
    let javascript = |code: &str| {
        server.run_request(
            &serde_json::json!({"language": "nodejs", "code": crate::common::dedent(code)}),
        )
    };
    for _ in 0..8 {
        javascript(secret).prints("2000 4194304\n");
        javascript(search).prints("0\n");
        server
            .run(r#"print(sum(bytearray(1 << 22).count(b"SECRET") for _ in range(8)))"#)
            .prints("0\n");
    }
}
