//! Nothing of one run is there in the next, or in another at the same time.

use std::collections::HashSet;
use std::thread;

use crate::common::server::shared;
use crate::common::{Server, dedent};

/// What `leave` leaves behind is not there for `look`, on a server that has room for one program
/// at a time, so that both have the same place.
#[track_caller]
fn nothing_left(leave: &str, look: &str, expected: &str) {
    let server = Server::start("max_workers: 1\nmax_instances: 1");
    server.run(look).prints(expected);
    let left = server.run(leave);
    assert_eq!(left.error, "", "leaving");
    for _ in 0..3 {
        server.run(look).prints(expected);
    }
}

#[test]
fn globals_and_builtins_are_new() {
    nothing_left(
        "
        import builtins
        marker = 1; builtins.marker = 2
        builtins.print = lambda *a: None; builtins.len = lambda x: 7; builtins.open = None
        __name__ = 'other'
        ",
        "print('marker' in globals(), hasattr(__builtins__, 'marker'), len('abc'), open is not None, __name__)",
        "False False 3 True __main__\n",
    );
}

#[test]
fn modules_are_new() {
    nothing_left(
        "
        import sys, json, os, types, math, re, jinja2
        sys.modules['left'] = types.ModuleType('left')
        json.loads = None; os.listdir = lambda *a: ['fake']; math.pi = 3; jinja2.Template = None
        re.compile('left behind'); sys.path.insert(0, '/tmp'); sys.marker = 1
        del sys.modules['string']
        ",
        "
        import sys, json, os, math, jinja2, string
        print('left' in sys.modules, json.loads('1'), os.listdir('/tmp'), math.pi, hasattr(sys, 'marker'))
        print('/tmp' in sys.path, jinja2.Template('{{ 1 }}').render(), string.digits)
        ",
        "False 1 [] 3.141592653589793 False\nFalse 1 0123456789\n",
    );
}

#[test]
fn modules_written_to_tmp_are_gone() {
    nothing_left(
        "
        import sys
        open('/tmp/left.py', 'w').write('x = 1'); open('/tmp/jinja2.py', 'w').write('x = 1')
        sys.path.insert(0, '/tmp')
        import left
        ",
        "
        try:
            import left
        except ImportError as e:
            print(e)
        import jinja2; print(hasattr(jinja2, 'x'))
        ",
        "No module named 'left'\nFalse\n",
    );
}

#[test]
fn files_environment_and_working_folder_are_new() {
    nothing_left(
        "
        import os
        open('/tmp/left', 'w').write('x' * 1000); os.makedirs('/tmp/a/b'); open('/tmp/a/b/c', 'w')
        os.environ['LEFT'] = '1'; os.putenv('ALSO', '1'); os.chdir('/tmp/a')
        held = open('/tmp/held', 'w')
        ",
        "import os; print(os.listdir('/tmp'), dict(os.environ), os.getcwd(), open('/tmp/x', 'w').fileno())",
        "[] {} /tmp 4\n",
    );
}

#[test]
fn settings_of_the_interpreter_are_new() {
    nothing_left(
        "
        import sys, gc, decimal, locale, warnings, signal, time, threading, random, asyncio, logging, socket
        sys.setrecursionlimit(50000); gc.disable(); gc.set_threshold(1); decimal.getcontext().prec = 3
        warnings.simplefilter('error'); sys.set_int_max_str_digits(0); threading.stack_size(0)
        sys.settrace(lambda *a: None); sys.setprofile(lambda *a: None); sys.excepthook = None
        sys.addaudithook(lambda *a: None); random.seed(1); sys.setswitchinterval(1)
        logging.basicConfig(level=1); logging.getLogger('left').disabled = True
        sys.stdout.reconfigure(encoding='utf-16', line_buffering=False); sys.displayhook = None
        ",
        "
        import sys, gc, decimal, warnings, logging
        print(sys.getrecursionlimit(), gc.isenabled(), gc.get_threshold()[0] > 1, decimal.getcontext().prec)
        print(sys.get_int_max_str_digits(), sys.gettrace(), sys.getprofile(), sys.excepthook is sys.__excepthook__)
        print(sys.stdout.encoding, logging.root.level, logging.getLogger('left').disabled, callable(sys.displayhook))
        warnings.warn('not an error')
        ",
        "1000 True True 28\n4300 None None True\nutf-8 30 False True\n",
    );
}

#[test]
fn classes_and_constants_of_the_interpreter_are_new() {
    nothing_left(
        "
        import collections, datetime, json.encoder, abc
        collections.Counter.left = 1; collections.abc.Sized.register(int)
        json.encoder.JSONEncoder.default = lambda self, o: 'left'
        Exception.__init_subclass__; collections.Counter.most_common = None
        ",
        "
        import collections, collections.abc, json
        print(hasattr(collections.Counter, 'left'), isinstance(1, collections.abc.Sized))
        print(collections.Counter('aab').most_common(1))
        try: json.dumps({1, 2})
        except TypeError as e: print('TypeError')
        ",
        "False False\n[('a', 2)]\nTypeError\n",
    );
}

#[test]
fn memory_is_wiped() {
    // The marker is put together at run time in both programs, so that neither source holds it.
    let leave = "
        secret = b''.join(bytes([c]) for c in b'tennant' b'-secret-')
        held = [bytearray(secret * 1000) for _ in range(2000)]
        print(len(held))
    ";
    // Fresh memory from the interpreter, looked at without being written to first.
    let look = "
        needle = bytes(reversed(b'-terces-tnannet'))
        found = 0
        import io, array
        for size in (1000, 10_000, 100_000, 1_000_000, 10_000_000):
            for _ in range(20):
                a = bytearray(b'x'); a *= 1
                buffer = io.BytesIO(); buffer.truncate(size)
                block = bytearray(size)
                found += block.count(needle[1:9]) + buffer.getvalue().count(needle[1:9])
        print(found)
    ";
    nothing_left(leave, look, "0\n");
}

#[test]
fn nothing_random_repeats() {
    let code = dedent(
        "
        import random, uuid, secrets, os, tempfile, numbers
        print(random.random()); print(random.Random().random()); print(random.SystemRandom().random())
        print(uuid.uuid4()); print(uuid.uuid1()); print(secrets.token_hex(8)); print(os.urandom(8).hex())
        print(tempfile.mktemp()); print(random.getrandbits(64)); print(random.shuffle(x := list(range(50))) or x)
        ",
    );
    let runs: Vec<_> = (0..20).map(|_| shared().run(&code)).collect();
    let mut seen = HashSet::new();
    for run in &runs {
        assert_eq!(run.error, "");
        assert_eq!(run.stdout.lines().count(), 10);
        for line in run.stdout.lines() {
            assert!(seen.insert(line), "`{line}` came twice");
        }
    }
}

#[test]
fn preload_does_not_stay_either() {
    let server = Server::start("enable_preload: true\nmax_workers: 1\nmax_instances: 1");
    let code = "print('x' in globals())";
    let with = serde_json::json!({"language": "python3", "code": code, "preload": "x = 1"});
    server.run_request(&with).prints("True\n");
    server.run(code).prints("False\n");
}

#[test]
fn two_hundred_programs_side_by_side_see_only_themselves() {
    let server = Server::start("max_workers: 4\nmax_requests: 300\nworker_timeout: 30");
    let one = |i: usize| {
        let mark = format!("mark-{i}-{}", "m".repeat(i % 50));
        let code = format!(
            "
            import os, sys, time, json, builtins, random
            mark = '{mark}'
            assert not hasattr(builtins, 'mark') and not os.listdir('/tmp') and 'MARK' not in os.environ
            builtins.mark = mark; json.mark = mark; os.environ['MARK'] = mark
            open('/tmp/mark', 'w').write(mark); held = [mark] * 10000
            time.sleep(random.random() / 5)
            n = sum(range({i} * 100))
            assert (builtins.mark, json.mark, os.environ['MARK'], open('/tmp/mark').read()) == (mark,) * 4
            print(mark, n); print(mark, file=sys.stderr)
            sys.exit({i} % 3)
            "
        );
        let run = server.run(&code);
        let sum: u64 = (0..i as u64 * 100).sum();
        assert_eq!(run.stdout, format!("{mark} {sum}\n"));
        assert_eq!(
            (&*run.stderr, run.exit_code),
            (&*format!("{mark}\n"), i as i64 % 3)
        );
    };
    thread::scope(|scope| {
        for client in 0..20 {
            scope.spawn(move || (0..10).for_each(|i| one(client * 10 + i)));
        }
    });
}
