//! Programs that change what the language and the prelude stand on, to reach the next program, the
//! lines that Dify puts behind the user's, or the prelude itself.

use serde_json::json;

use crate::common::Expect::*;
use crate::common::{check_javascript, dify, server::shared};

#[test]
fn what_a_program_redefines_is_gone_with_it() {
    check_javascript(&[
        ("Object.prototype", "
            Object.prototype.polluted = 'x'; Array.prototype.map = () => 'y'; Object.prototype.toJSON = () => 'z';
            console.log({}.polluted, [1].map(), JSON.stringify([1]));
        ", Succeeds),
        ("__proto__ through JSON", "
            const merge = (a, b) => { for (const k in b) typeof b[k] === 'object' ? merge(a[k] ??= {}, b[k]) : a[k] = b[k]; return a };
            merge({}, JSON.parse('{\"__proto__\": {\"admin\": true}}'));
            console.log({}.admin);
        ", Prints("true\n")),
        ("all intrinsics frozen", "
            for (const name of Object.getOwnPropertyNames(globalThis)) {
                const value = globalThis[name];
                if (value && typeof value !== 'string') try { Object.freeze(value); Object.freeze(value.prototype) } catch {}
            }
            Object.freeze(globalThis);
        ", Succeeds),
        ("all globals deleted", "
            for (const name of Object.getOwnPropertyNames(globalThis)) if (name !== 'console') try { delete globalThis[name] } catch {}
            console.log(Object.getOwnPropertyNames === undefined);
        ", Ends),
        ("console, process and require replaced", "
            console.log = () => {}; process.exit = () => {}; process.stdout.write = () => true;
            globalThis.require = () => ({}); globalThis.console = undefined; process.on('exit', () => { throw 1 });
        ", Ends),
        ("built-in modules changed", "
            require('util').inspect = () => 'gone'; require('crypto').createHash = null; require('path').join = () => '/etc';
            require('events').prototype.emit = () => true; require('stream').Readable.prototype.read = null;
        ", Succeeds),
        ("Promise and its species", "
            Promise.prototype.then = function (f) { f?.('hijacked'); return this };
            (async () => { await 1; console.log('reached') })();
            Object.defineProperty(Promise, Symbol.species, { value: function () { throw 1 } });
        ", Ends),
        ("RegExp and String methods that the prelude might call", "
            RegExp.prototype.exec = () => null; RegExp.prototype.test = () => true; String.prototype.replace = () => 'evil';
            String.prototype.split = () => []; Array.prototype[Symbol.iterator] = function* () { yield 'evil' };
            console.log('%s %o', 'a', { b: [1] });
        ", Ends),
        ("what the end of a program might stand on", "
            console.log('on');
            delete Array.prototype[Symbol.iterator]; delete Array.prototype.push; delete Array.prototype.some;
            Object.defineProperty(Array.prototype, '0', { get() { return 'evil' }, set() { throw 'evil' } });
            Object.defineProperty(Map.prototype, 'size', { value: 1 });
            delete globalThis.Number;
        ", Prints("on\n")),
        ("getters on Array indices", "
            Object.defineProperty(Array.prototype, '0', { get() { return 'evil' }, set() {}, configurable: true });
            console.log([,], new Map([[1, 2]]), Buffer.from('x'));
        ", Ends),
        ("an uncaught error whose every property throws", "
            const e = new Error('x');
            for (const key of ['stack', 'message', 'name', 'cause', 'toString', Symbol.toStringTag])
                Object.defineProperty(e, key, { get() { throw new Error('again') } });
            throw e;
        ", Ends),
        ("thrown things that are no errors", "
            throw new Proxy({}, { get() { throw 1 }, ownKeys() { throw 2 }, getPrototypeOf() { throw 3 } });
        ", Ends),
        ("Error.prepareStackTrace and captureStackTrace", "
            Error.prepareStackTrace = () => { throw new Error('no') }; Error.captureStackTrace = null; Error.stackTraceLimit = -1;
            null.x;
        ", Ends),
        ("custom inspect that never comes back", "
            const loop = { [Symbol.for('nodejs.util.inspect.custom')]() { for (;;); } };
            console.log(loop);
        ", Stopped("timeout")),
        ("exit handlers that do not let go", "
            process.on('exit', () => { for (;;); });
        ", Stopped("timeout")),
        ("beforeExit again and again", "
            process.on('beforeExit', () => setTimeout(() => {}, 1));
        ", Stopped("timeout")),
        ("uncaughtException again and again", "
            process.on('uncaughtException', () => setTimeout(() => { throw 1 }, 0)); throw 0;
        ", Stopped("timeout")),
    ]);
}

/// CVE-2025-3466: globals redefined before the sandbox takes them away; here there is nothing to
/// take away, and what the template's last lines find is the program's own affair.
#[test]
fn the_lines_behind_the_users_run_in_the_same_sandbox_and_reach_no_further() {
    let server = shared();
    let redefined = "
        globalThis.Buffer = { from: () => ({ toString: () => '{\"a\": 41}' }) };
        JSON.stringify = (value) => `forged ${value.r}`;
        function main({a}) { return { r: a + 1 } }
    ";
    let run = server.run_request(&dify::javascript(redefined, &json!({"a": 1})));
    assert_eq!(dify::result(&run.stdout), "forged 42");
    let honest = "function main({a}) { return { r: a + 1 } }";
    let run = server.run_request(&dify::javascript(honest, &json!({"a": 1})));
    assert_eq!(dify::result(&run.stdout), r#"{"r":2}"#);
}
