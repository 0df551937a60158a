//! A program that reads and writes all of its interpreter's memory, as one can with a forged
//! object: it has nothing but its own instance.

use crate::common::Expect::*;
use crate::common::server::{KEY, impatient, patient};
use crate::common::{Run, Server, check_on, dedent};

/// Defines `mem`, a `bytearray` that begins at address 0 and is 2 GiB long: a forged object that
/// crafted bytecode loads from beyond the end of its constants.
const MEM: &str = r#"
import opcode, struct, sys

def forge():
    keep = globals().setdefault("keep", [])
    data = bytes.__basicsize__ - 1
    body = struct.pack("<7I", 1 << 28, id(bytearray), 0x7fffffff, 0x7fffffff, 0, 0, 0)
    pointer = struct.pack("<I", id(body) + data)
    consts = (None,)
    keep += [body, pointer, consts]
    index = (id(pointer) + data - id(consts) - tuple.__basicsize__) // 4 & 0xffffffff
    op = opcode.opmap
    code = bytes([op["RESUME"], 0])
    for shift in (24, 16, 8):
        code += bytes([op["EXTENDED_ARG"], index >> shift & 255])
    code += bytes([op["LOAD_CONST"], index & 255, op["RETURN_VALUE"], 0])
    def f(): pass
    f.__code__ = f.__code__.replace(co_code=code, co_consts=consts, co_stacksize=10)
    return f()

mem = forge()

def end_of_memory():
    # Large objects lie last: everything that is in use lies before the end of a fresh one.
    probe = bytearray(1 << 20); keep.append(probe)
    address = struct.unpack("<I", mem[id(probe) + 20:id(probe) + 24])[0]
    return address + len(probe)
"#;

fn with_memory(code: &str) -> String {
    format!("{MEM}\n{}", dedent(code))
}

fn run(server: &Server, code: &str) -> Run {
    server.run(&with_memory(code))
}

#[test]
fn the_forged_object_really_reads_and_writes_memory() {
    // Without this the other tests here would show nothing.
    let run = run(
        patient(),
        "
        x = 0x12345678
        print(mem[id(x) + 12:id(x) + 16].hex(), end_of_memory() > 10_000_000)
        y = b'before'
        at = id(y) + bytes.__basicsize__ - 1
        mem[at:at + 6] = b'after!'
        print(y)
        ",
    );
    run.prints("78563412 True\nb'after!'\n");
}

#[test]
fn memory_beyond_its_own_is_a_trap() {
    for address in ["0x7ffffff0", "0x40000000", "0x20000000"] {
        let run = run(
            impatient(),
            &format!("print('start', flush=True)\nprint(mem[{address}])"),
        );
        run.stopped("the interpreter crashed");
        assert_eq!(run.stdout, "start\n");
    }
    impatient().run("print('next')").prints("next\n");
}

#[test]
fn nothing_of_other_programs_or_of_the_host_is_in_memory() {
    let config = format!("app:\n  port: 0\n  key: {KEY}\nmax_workers: 1\nmax_instances: 1\n");
    let server = Server::with_config(&config, &[("SECRET_OF_THE_HOST", "s3cr3t-0f-th3-h0st")]);
    let leave = "
        secret = bytes(reversed(b'terces-rehtona'))
        held = [bytearray(secret * 1000) for _ in range(2000)]
        open('/tmp/secret', 'wb').write(secret)
        import os; os.environ['SECRET'] = secret.decode(); print(secret.decode()); print(len(held))
    ";
    let look = format!(
        "
        held = bytearray(30_000_000)
        end = end_of_memory()
        whole = bytes(mem[8:end])
        for reverse in (b'terces-rehtona', b'{}', b'{}', b'TSOH_EHT_FO_TERCES', b'eludom-retni'):
            needle = bytes(reversed(reverse))
            print(whole.count(needle) - (1 if needle in keep else 0))
        print(whole.count(b'Traceback') > 0, len(whole) > 30_000_000)
        ",
        reversed(KEY),
        reversed("s3cr3t-0f-th3-h0st"),
    );
    for _ in 0..3 {
        let left = server.run(leave);
        assert_eq!((&*left.error, left.stdout.contains("2000")), ("", true));
        // The needle itself is in memory once it is put together, after the copy was made.
        run(&server, &look).prints("0\n0\n0\n0\n0\nTrue True\n");
    }
}

fn reversed(text: &str) -> String {
    text.chars().rev().collect()
}

#[test]
fn changes_to_the_shared_snapshot_are_seen_by_nobody_else() {
    let server = Server::start("max_workers: 1\nmax_instances: 1");
    let look = "
        import json
        print(5 + 0, json.dumps([True]), 'Traceback'.upper(), (1).__add__(1), ''.join(['a']))
        try: {}['x']
        except KeyError as e: print(repr(e))
    ";
    let clean = server.run(look);
    clean.prints("5 [true] TRACEBACK 2 a\nKeyError('x')\n");
    for smash in [
        "mem[id(5) + 12:id(5) + 16] = struct.pack('<I', 6); print(5 + 0)",
        "
        import json
        for text in ('true', 'KeyError', 'upper'):
            at = -1
            for _ in range(200):
                at = mem.find(text.encode(), at + 1, 30_000_000)
                if at < 0: break
                mem[at:at + 1] = b'X'
        print('done')
        ",
        "mem[1_000_000:30_000_000] = bytes(29_000_000)",
        "mem[0:30_000_000] = b'\\xff' * 30_000_000",
    ] {
        run(&server, smash);
        let after = server.run(look);
        assert_eq!(
            (after.stdout, after.error),
            (clean.stdout.clone(), String::new())
        );
        server.health();
    }
}

#[test]
fn a_frame_that_returns_to_itself_ends_at_the_limit() {
    // A cycle that contains no backward jump and no call of a Python function.
    let run = run(
        impatient(),
        r#"
        def immortal(o): mem[id(o):id(o) + 4] = struct.pack("<I", 0x3fffffff)

        ZERO = bytes(2)

        def returns_to_itself():
            frame = sys._getframe()
            at = struct.unpack("<I", mem[id(frame) + 12:id(frame) + 16])[0]
            assert struct.unpack("<I", mem[at:at + 4])[0] == id(frame.f_code)
            me = struct.pack("<I", at)
            x = 300
            del frame
            mem[at + 4:at + 8] = me
            mem[at + 36:at + 38] = ZERO
            return x

        immortal(returns_to_itself); immortal(returns_to_itself.__code__)
        print("start")
        returns_to_itself()
        print("came back")
        "#,
    );
    run.stopped("timeout");
    assert_eq!(run.stdout, "start\n");
    impatient().run("print('next')").prints("next\n");
}

#[test]
fn calling_through_forged_function_pointers_reaches_nothing() {
    // Every function of the interpreter, the host's among them, is called with a wrong idea of
    // its arguments, by way of a type whose `repr` is overwritten.
    let programs: Vec<_> = (0..40)
        .map(|i| {
            let index = 1 + i * 97;
            let code = with_memory(&format!(
                "
                class A:
                    __slots__ = ()
                a = A()
                # tp_repr is the tenth word of a type after its header of three.
                at = id(A) + 12 + 8 * 4
                mem[at:at + 4] = struct.pack('<I', {index})
                print('start')
                repr(a)
                "
            ));
            (format!("function {index}"), code)
        })
        .collect();
    let cases: Vec<_> = programs
        .iter()
        .map(|(name, code)| (&**name, &**code, Ends))
        .collect();
    check_on(impatient(), &cases);
}

#[test]
fn smashing_structures_of_the_interpreter_harms_nobody_else() {
    let smash = |name: &str, code: &str| (name.to_owned(), with_memory(code));
    let programs = [
        smash(
            "its own type",
            "mem[id(type):id(type) + 400] = bytes(400)\nprint(type)",
        ),
        smash(
            "None",
            "mem[id(None) + 4:id(None) + 8] = b'\\xff' * 4\nprint(None)",
        ),
        smash(
            "a length",
            "x = [1]; mem[id(x) + 8:id(x) + 12] = b'\\xff\\xff\\xff\\x7f'; print(len(x)); print(x[10 ** 6]); sum(x)",
        ),
        smash(
            "a negative length",
            "x = b'abc'; mem[id(x) + 8:id(x) + 12] = b'\\xff' * 4; print(len(x)); print(x + x)",
        ),
        smash(
            "a length written out",
            "x = b'abc'; mem[id(x) + 8:id(x) + 12] = b'\\xff\\xff\\xff\\x7f'; import os; os.write(1, x)",
        ),
        smash(
            "a text's length",
            "x = 'abc'; mem[id(x) + 8:id(x) + 12] = b'\\xff\\xff\\xff\\x7f'; print(len(x)); print(x)",
        ),
        smash(
            "reference counts",
            "x = object(); mem[id(x):id(x) + 4] = bytes(4); del x; import gc; gc.collect()",
        ),
        smash(
            "sys.modules",
            "mem[id(sys.modules):id(sys.modules) + 48] = b'\\x41' * 48; import json",
        ),
        smash(
            "standard output",
            "o = id(sys.stdout.buffer.raw); mem[o + 8:o + 12] = struct.pack('<i', 77); print('x'); sys.stdout.flush()",
        ),
        smash(
            "standard output becomes the root folder",
            "o = id(sys.stdout.buffer.raw); mem[o + 8:o + 12] = struct.pack('<i', 3); print('x'); sys.stdout.flush()",
        ),
        smash(
            "the heap",
            "x = bytearray(100_000); a = struct.unpack('<I', mem[id(x) + 20:id(x) + 24])[0]; mem[a - 64:a] = b'\\x41' * 64; del x; y = [bytearray(i) for i in range(10_000)]",
        ),
        smash(
            "every thousandth byte",
            "for a in range(1 << 16, 30_000_000, 1009): mem[a] ^= 255",
        ),
    ];
    let cases: Vec<_> = programs
        .iter()
        .map(|(name, code)| (&**name, &**code, Ends))
        .collect();
    check_on(impatient(), &cases);
}
