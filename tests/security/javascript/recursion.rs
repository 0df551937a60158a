//! Recursion in the program, in the engine's C code and in the prelude, without end.

use crate::common::Expect::*;
use crate::common::check_javascript;

const TOO_DEEP: &str = "RangeError: Maximum call stack size exceeded";

#[test]
fn endless_recursion_is_a_range_error() {
    check_javascript(&[
        ("a function", "function f() { f() } f()", Raises(TOO_DEEP)),
        ("a function, caught", "
            let depth = 0;
            function f() { depth++; f() }
            try { f() } catch (e) { console.log(e instanceof RangeError, depth > 5000) }
        ", Prints("true true\n")),
        ("caught at every level", "
            function f(n) { try { return f(n + 1) } catch { return n } }
            console.log(f(0) > 1000);
        ", Prints("true\n")),
        ("a getter, a proxy, a toString", "
            const o = { get x() { return this.x } };
            const p = new Proxy({}, { get(t, k, r) { return r[k] } });
            const s = { toString() { return `${this}` } };
            for (const f of [() => o.x, () => p.x, () => `${s}`]) try { f() } catch (e) { console.log(e.name) }
        ", Prints("RangeError\nRangeError\nRangeError\n")),
        ("async functions, generators, constructors", "
            async function a() { await a() }
            function* g() { yield* g() }
            class C { constructor() { new C() } }
            a().catch((e) => console.log(e.name));
            for (const f of [() => [...g()], () => new C()]) try { f() } catch (e) { console.log(e.name) }
        ", Prints("RangeError\nRangeError\nRangeError\n")),
        ("sort, replace and map callbacks", "
            const f = () => [2, 1].sort(f), g = () => 'x'.replace(/x/, g), h = () => [1].map(h);
            for (const each of [f, g, h]) try { each() } catch (e) { console.log(e.name) }
        ", Prints("RangeError\nRangeError\nRangeError\n")),
        ("bind upon bind", "
            let f = () => 1;
            for (let i = 0; i < 5e3; i++) f = f.bind(null);
            try { console.log(f()) } catch (e) { console.log(e.name) }
        ", Prints("1\n")),
        ("a prototype chain and a proxy chain without end", "
            let p = {};
            for (let i = 0; i < 1e5; i++) p = new Proxy(p, {});
            try { p.x } catch (e) { console.log(e.name) }
        ", Prints("RangeError\n")),
    ]);
}

#[test]
fn recursion_in_the_engine_itself_is_a_range_error_too() {
    check_javascript(&[
        ("deep JSON, parsed", "
            try { JSON.parse('['.repeat(1e6) + ']'.repeat(1e6)) } catch (e) { console.log(e.name) }
        ", Prints("RangeError\n")),
        ("deep JSON, written", "
            let a = []; for (let i = 0; i < 1e6; i++) a = [a];
            try { JSON.stringify(a) } catch (e) { console.log(e.name) }
        ", Prints("RangeError\n")),
        ("deep source text", "
            for (const text of ['('.repeat(1e6), '['.repeat(1e6), '{'.repeat(1e6), '!'.repeat(1e6) + '1', 'a=>'.repeat(1e6) + '1', 'f'.repeat(10) + '`${'.repeat(1e5)])
                try { eval(text) } catch (e) { console.log(/RangeError|SyntaxError/.test(e.name)) }
        ", Prints("true\ntrue\ntrue\ntrue\ntrue\ntrue\n")),
        ("a deep array, made flat", "
            let a = []; for (let i = 0; i < 1e6; i++) a = [a];
            try { a.flat(Infinity) } catch (e) { console.log(e.name) }
        ", Prints("RangeError\n")),
        ("a deep array, as text", "
            let a = []; for (let i = 0; i < 1e6; i++) a = [a];
            try { `${a}` } catch (e) { console.log(e.name) }
        ", Prints("RangeError\n")),
        ("a deep regular expression", "
            for (const text of ['(?:'.repeat(1e5) + ')'.repeat(1e5), '('.repeat(200) + ')'.repeat(200), '(?='.repeat(1e5)])
                try { new RegExp(text).test('x'); console.log('true') } catch (e) { console.log(/RangeError|SyntaxError/.test(e.name)) }
        ", Prints("true\ntrue\ntrue\n")),
        ("a deep value, inspected, cloned and compared", "
            let a = {}, b = {}; for (let i = 0; i < 1e5; i++) { a = { a }; b = { a: b } }
            console.log(require('util').inspect(a, { depth: Infinity }).length > 0);
            for (const f of [() => structuredClone(a), () => require('assert').deepStrictEqual(a, b), () => require('util').isDeepStrictEqual(a, b)])
                try { f(); console.log('true') } catch (e) { console.log(e.name === 'RangeError') }
        ", Prints("true\ntrue\ntrue\ntrue\n")),
        ("ropes of strings", "
            let s = 'x'; for (let i = 0; i < 1e6; i++) s = s + 'y' + i % 10;
            let t = 'x'; for (let i = 0; i < 1e4; i++) t = 'a' + t + 'b';
            console.log(s.length, t.length, s.charCodeAt(5) > 0, t.indexOf('x'));
        ", Prints("2000001 20001 true 10000\n")),
        ("a long chain of freed objects", "
            let list = null; for (let i = 0; i < 2e6; i++) list = { next: list };
            list = null;
            let promise = Promise.resolve(); for (let i = 0; i < 1e5; i++) promise = promise.then(() => i);
            promise.then((i) => console.log(i));
        ", Prints("99999\n")),
    ]);
}
