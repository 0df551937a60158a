//! Programs that want more than there is: memory, time, output, work of the host.

use serde_json::json;

use crate::common::Expect::*;
use crate::common::{check_javascript, server::patient};

#[test]
fn memory_bombs_end_at_the_memory_limit() {
    check_javascript(&[
        ("an array that grows", "const a = []; for (;;) a.push(new Array(1e5).fill(1))", OutOfMemory),
        ("objects", "const a = []; for (;;) a.push({ a: 1, b: [1, 2, 3], c: 'x' + a.length })", OutOfMemory),
        ("buffers", "const a = []; for (;;) a.push(Buffer.alloc(1e7, 1))", OutOfMemory),
        ("buffers, caught", "
            const a = [];
            try { for (;;) a.push(new Uint8Array(1e7)) } catch (e) { a.length = 0; console.log(e.name) }
        ", Prints("RangeError\n")),
        ("a string that doubles", "let s = 'xy'; for (;;) s += s", Raises("RangeError: Invalid string length")),
        ("a list of long strings", "const a = []; for (let i = 0; ; i++) a.push('x'.repeat(1e6) + i)", OutOfMemory),
        ("a map and a set", "const m = new Map(); for (let i = 0; ; i++) m.set(i, new Set([i]))", OutOfMemory),
        ("closures and promises", "
            const a = [];
            (async () => { for (;;) { a.push(new Promise(() => {})); a.push(() => a) } })();
        ", OutOfMemory),
        ("timers", "for (;;) setTimeout(() => {}, 1e6)", OutOfMemory),
        ("microtasks", "const f = () => { queueMicrotask(f); queueMicrotask(f) }; f()", Ends),
        ("a sparse array, filled", "const a = []; a.length = 2 ** 32 - 1; a.fill(0)", Ends),
        ("join, padStart, repeat", "
            for (const f of [() => 'x'.repeat(2 ** 31), () => 'x'.padStart(2 ** 31), () => new Array(2 ** 28).join('ab'), () => Buffer.alloc(2 ** 33),
                () => new Array(-1), () => new ArrayBuffer(2 ** 53), () => new ArrayBuffer(2 ** 31 - 1)])
                try { f(); console.log('done') } catch (e) { console.log(e.name) }
        ", Prints("RangeError\nRangeError\nRangeError\nRangeError\nRangeError\nRangeError\nRangeError\n")),
        ("a number of a million digits", "let n = 3n; for (;;) n = n * n", Ends),
        ("2n ** (2n ** 40n)", "try { 2n ** (2n ** 40n) } catch (e) { console.log(e.name) }", Prints("RangeError\n")),
        ("source that makes source", "
            let code = '1'; for (;;) code = `(${code}) + (${code})`;
        ", Ends),
    ]);
}

#[test]
fn programs_without_end_are_stopped_on_time() {
    check_javascript(&[
        ("a loop", "for (;;);", Stopped("timeout")),
        ("a loop that catches everything", "for (;;) try { for (;;) null.x } catch {}", Stopped("timeout")),
        ("a finally that goes on", "for (;;) { try { throw 1 } catch {} finally { continue } }", Stopped("timeout")),
        ("a pattern that goes back", "/^(a+)+$/.test('a'.repeat(50) + 'b')", Stopped("timeout")),
        ("a pattern over a long text", "/(x+x+)+y/.exec('x'.repeat(1e5))", Stopped("timeout")),
        ("promises that follow each other", "const f = () => Promise.resolve().then(f); f()", Stopped("timeout")),
        ("nextTick upon nextTick", "const f = () => process.nextTick(f); f()", Stopped("timeout")),
        ("immediates and intervals", "const f = () => setImmediate(f); f(); setInterval(() => {}, 0)", Stopped("timeout")),
        ("a timer far away", "setTimeout(() => {}, 2 ** 31 - 1)", Stopped("timeout")),
        ("an await that never comes, kept alive", "setInterval(() => {}, 1000); (async () => { await new Promise(() => {}) })()", Stopped("timeout")),
        ("Atomics.wait", "
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1e9)
        ", Ends),
        ("a sort whose comparison lies", "
            const a = Array.from({ length: 1e6 }, (_, i) => i); for (;;) a.sort(() => Math.random() - 0.5)
        ", Stopped("timeout")),
        ("one call of the engine over much", "
            const a = new Array(5e6).fill(1); for (;;) { a.indexOf(2); a.includes(2); a.lastIndexOf(2); [...a.keys()].length; a.reverse() }
        ", Ends),
        ("numbers that take long", "
            const big = 10n ** 100000n; let n = big; for (;;) n = (n * n) % (big + 7n)
        ", Stopped("timeout")),
        ("text searched in text", "
            const s = 'a'.repeat(1e7); for (;;) s.indexOf('a'.repeat(5e6) + 'b')
        ", Stopped("timeout")),
        ("normalize, toUpperCase and split over megabytes", "
            const s = 'é\\u0301ß'.repeat(1e6); for (;;) { s.normalize('NFD').length; s.toUpperCase().length; s.split('').length }
        ", Ends),
        ("Date, parseFloat, JSON over megabytes", "
            const s = '1'.repeat(1e7); for (;;) { parseFloat(s); Date.parse(s); JSON.parse(s) }
        ", Stopped("timeout")),
        ("Buffer fill, compare, indexOf and copy over megabytes", "
            const b = Buffer.alloc(2e7, 'a'), c = Buffer.alloc(2e7, 'a');
            for (;;) { b.compare(c); b.equals(c); b.indexOf('ab'); b.copy(c); b.fill('xyz'); b.swap16() }
        ", Ends),
    ]);
}

#[test]
fn floods_of_output_are_refused_and_say_so() {
    check_javascript(&[
        ("lines", "for (;;) console.log('x'.repeat(1000))", Stopped("standard output is larger than 1 MiB")),
        ("one long line", "process.stdout.write('x'.repeat(2 ** 21))", Stopped("standard output is larger than 1 MiB")),
        ("standard error", "for (;;) console.error('x'.repeat(1000))", Stopped("standard error is larger than 4 MiB")),
        ("a huge value, shown", "
            console.log(new Array(1e6).fill({ a: { b: { c: {} } } }), new Uint8Array(1e7), 'x'.repeat(100));
        ", Succeeds),
        ("a getter that prints while it is printed", "
            const o = { get a() { console.log(o); return 1 } };
            console.log(o); console.log(o.a);
        ", Ends),
        ("an uncaught error with a long message", "throw new Error('x'.repeat(1e7))", Ends),
    ]);
}

#[test]
fn a_sleeping_program_and_a_computing_one_answer_to_the_same_clock() {
    let server = crate::common::server::impatient();
    let run = |code: &str| server.run_request(&json!({"language": "nodejs", "code": code}));
    for code in [
        "setTimeout(() => {}, 60000)",
        "for (;;);",
        "const f = async () => { for (;;) await new Promise((r) => setTimeout(r, 1)) }; f()",
    ] {
        let run = run(code);
        run.stopped("timeout");
        assert!(run.took.as_secs_f64() > 0.9, "{run:?}");
        assert!(run.took.as_secs() < 10, "{run:?}");
    }
    let kept = run("console.log('before'); for (;;);");
    assert_eq!(kept.stdout, "before\n");
    patient().health();
}
