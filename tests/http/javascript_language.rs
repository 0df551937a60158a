//! Parts of the language that changes to the engine have broken, or that it lacks by itself. The
//! whole of it is tests/test262's.

use crate::common::Expect::*;
use crate::common::check_javascript;

#[test]
fn objects_say_what_they_are_as_primitives() {
    check_javascript(&[
        (
            "Symbol.toPrimitive",
            "
            const money = { [Symbol.toPrimitive]: (hint) => (hint === 'number' ? 42 : hint) };
            console.log(+money, `${money}`, money + '', new Date(0)[Symbol.toPrimitive]('number'));
        ",
            Prints("42 string default 0\n"),
        ),
        (
            "all well-known symbols",
            "
            const missing = ['asyncIterator', 'hasInstance', 'isConcatSpreadable', 'iterator', 'match', 'matchAll', 'replace',
                'search', 'species', 'split', 'toPrimitive', 'toStringTag', 'unscopables'].filter((name) => typeof Symbol[name] !== 'symbol');
            console.log(missing);
        ",
            Prints("[]\n"),
        ),
    ]);
}

#[test]
fn shared_buffers_and_atomics_work_in_the_one_thread() {
    check_javascript(&[
        (
            "Atomics",
            "
            const cells = new Int32Array(new SharedArrayBuffer(8));
            console.log(Atomics.add(cells, 0, 5), Atomics.compareExchange(cells, 0, 5, 7), Atomics.load(cells, 0),
                Atomics.notify(cells, 0), Atomics.wait(cells, 0, 1), Atomics.wait(cells, 0, 7, 10));
        ",
            Prints("0 5 7 0 not-equal timed-out\n"),
        ),
        (
            "a shared buffer that grows",
            "
            const buffer = new SharedArrayBuffer(8, { maxByteLength: 64 });
            const cells = new Uint8Array(buffer);
            buffer.grow(32);
            console.log(cells.length, cells[31]);
        ",
            Prints("32 0\n"),
        ),
    ]);
}

#[test]
fn scripts_of_vm_share_their_global_scope() {
    check_javascript(&[
        (
            "let and const stay",
            "
            const vm = require('vm');
            vm.runInThisContext('let a = 1; const b = 2; var c = 3; class D {}');
            console.log(vm.runInThisContext('[a, b, c, typeof D]').join(), globalThis.c, globalThis.a);
        ",
            Prints("1,2,3,function 3 undefined\n"),
        ),
        (
            "a script runs again, and one that does not parse is refused",
            "
            const vm = require('vm');
            const script = new vm.Script('globalThis.n = (globalThis.n ?? 0) + 1');
            script.runInThisContext();
            console.log(script.runInThisContext());
            try { new vm.Script('a b') } catch (error) { console.log(error.name) }
        ",
            Prints("2\nSyntaxError\n"),
        ),
    ]);
}

#[test]
fn the_last_match_is_kept_on_regexp() {
    check_javascript(&[(
        "RegExp.$1 and the others",
        "
            if (/(\\d+)-(\\d+)/.test('call 12-34 now')) {
                console.log('found');
                console.log(RegExp.$1, RegExp.$2, RegExp.lastMatch, RegExp.lastParen);
                console.log([RegExp.leftContext, RegExp.rightContext, RegExp.$3, RegExp.input]);
            }
        ",
        Prints("found\n12 34 12-34 34\n[ 'call ', ' now', '', 'call 12-34 now' ]\n"),
    )]);
}

#[test]
fn what_a_finalization_registry_calls_throws_like_a_callback() {
    let throwing = "
        const registry = new FinalizationRegistry(() => { throw new Error('late') });
        (() => registry.register({}, 1))();
        let garbage = Array.from({ length: 3e5 }, (_, i) => [i]);
        garbage = undefined;
    ";
    let caught = format!(
        "process.on('uncaughtException', (error, origin) => console.log(error.message, origin));{throwing}
        setTimeout(() => console.log('goes on'), 10);"
    );
    check_javascript(&[
        ("nobody catches it", throwing, Raises("Error: late")),
        (
            "a listener does",
            &caught,
            Prints("late uncaughtException\ngoes on\n"),
        ),
    ]);
}

#[test]
fn many_search_parameters_are_gone_through_in_time() {
    check_javascript(&[(
        "as many as a large form has",
        "
            const params = new URLSearchParams('a=1&'.repeat(2e4));
            let [iterated, called] = [0, 0];
            for (const [name] of params) iterated += name.length;
            params.forEach((value) => { called += value.length });
            console.log(params.size, iterated, called);
        ",
        Prints("20000 20000 20000\n"),
    )]);
}
