//! Bytecode that no compiler makes. It may break its own interpreter; it must still be answered,
//! at the wall-clock limit at the latest, and leave nothing behind.

use crate::common::Expect::*;
use crate::common::server::impatient;
use crate::common::{check, dedent};

/// Replaces `f`'s bytecode by what a list of `(name, argument)` says, with `EXTENDED_ARG` as
/// needed, `None` standing for no argument.
const ASSEMBLE: &str = r#"
import opcode

def assemble(*instructions):
    code = bytearray()
    for name, argument in instructions:
        argument &= 0xffffffff
        for shift in (24, 16, 8):
            if argument >> shift:
                code += bytes([opcode.opmap["EXTENDED_ARG"], argument >> shift & 255])
        code += bytes([opcode.opmap[name], argument & 255])
    return bytes(code)

def crafted(*instructions, **more):
    def f(*a): pass
    more = {"co_stacksize": 100, **more}
    f.__code__ = f.__code__.replace(co_code=assemble(*instructions), **more)
    return f
"#;

fn with_assembler(code: &str) -> String {
    format!("{ASSEMBLE}\n{}", dedent(code))
}

#[track_caller]
fn never_ends(instructions: &str) {
    let run = impatient().run(&with_assembler(&format!(
        "print('start')\ncrafted({instructions})()\nprint('came back')"
    )));
    run.stopped("timeout");
    assert_eq!(run.stdout, "start\n");
    impatient().run("print('next')").prints("next\n");
}

#[test]
fn a_loop_that_never_asks_for_signals_ends_at_the_limit() {
    never_ends("('RESUME', 0), ('NOP', 0), ('JUMP_BACKWARD_NO_INTERRUPT', 2)");
}

#[test]
fn a_plain_backward_loop_ends_at_the_limit() {
    never_ends("('RESUME', 0), ('NOP', 0), ('JUMP_BACKWARD', 3), ('CACHE', 0)");
}

#[test]
fn a_forward_jump_by_a_negative_distance_ends_at_the_limit() {
    // -5 takes three EXTENDED_ARG and the jump itself: back to the NOP.
    never_ends("('RESUME', 0), ('NOP', 0), ('JUMP_FORWARD', -5)");
}

#[test]
fn a_conditional_jump_by_a_negative_distance_ends_at_the_limit() {
    never_ends(
        "('RESUME', 0), ('NOP', 0), ('LOAD_CONST', 0), ('POP_JUMP_IF_NONE', -7), ('CACHE', 0)",
    );
}

#[test]
fn an_iteration_that_exits_backwards_ends_at_the_limit() {
    // FOR_ITER over what is exhausted jumps by its argument and skips an END_FOR and a POP_TOP.
    never_ends(
        "('RESUME', 0), ('NOP', 0), ('BUILD_LIST', 0), ('GET_ITER', 0), ('FOR_ITER', -10), ('CACHE', 0), ('END_FOR', 0), ('POP_TOP', 0)",
    );
}

#[test]
fn an_exception_handler_that_handles_itself_ends_at_the_limit() {
    let run = impatient().run(&with_assembler(
        r#"
        def varint(n, first=False):
            out = [n & 63]
            n >>= 6
            while n:
                out.insert(0, 64 | n & 63)
                n >>= 6
            if len(out) > 1: out = [64 | out[0]] + out[1:]
            if first: out[0] |= 128
            return bytes(out)

        # Instruction 1 raises; its handler is instruction 1.
        table = varint(1, True) + varint(5) + varint(1) + varint(0)
        f = crafted(("RESUME", 0), ("RAISE_VARARGS", 0), ("NOP", 0), ("NOP", 0), ("NOP", 0), ("NOP", 0), co_exceptiontable=table)
        print("start")
        f()
        print("came back")
        "#,
    ));
    run.stopped("timeout");
    assert_eq!(run.stdout, "start\n");
}

#[test]
fn code_objects_that_make_no_sense_break_at_most_their_own_interpreter() {
    let broken: &[(&str, &str)] = &[
        (
            "an unknown instruction",
            "f = crafted(); f.__code__ = f.__code__.replace(co_code=b'\\xff' * 100); f()",
        ),
        (
            "no instruction at all",
            "def f(): pass\nf.__code__ = f.__code__.replace(co_code=b''); f()",
        ),
        (
            "half an instruction",
            "def f(): pass\nf.__code__ = f.__code__.replace(co_code=b'\\x95'); f()",
        ),
        ("running off the end", "crafted(*[('NOP', 0)] * 1000)()"),
        (
            "an empty stack, popped",
            "crafted(('RESUME', 0), *[('POP_TOP', 0)] * 200, ('RETURN_VALUE', 0))()",
        ),
        (
            "a stack pushed too far",
            "crafted(('RESUME', 0), *[('LOAD_CONST', 0)] * 100_000, ('RETURN_VALUE', 0), co_stacksize=1)()",
        ),
        (
            "a stack size that lies",
            "crafted(('RESUME', 0), ('RETURN_CONST', 0), co_stacksize=2 ** 31 - 1)()",
        ),
        (
            "constants that are not there",
            "print(crafted(('RESUME', 0), ('LOAD_CONST', 100_000), ('RETURN_VALUE', 0))())",
        ),
        (
            "constants before the first",
            "print(crafted(('RESUME', 0), ('LOAD_CONST', -100), ('RETURN_VALUE', 0))())",
        ),
        (
            "variables that are not there",
            "print(crafted(('RESUME', 0), ('LOAD_FAST', 100_000), ('RETURN_VALUE', 0))())",
        ),
        (
            "variables overwritten far away",
            "crafted(('RESUME', 0), *[x for i in range(500) for x in (('LOAD_CONST', 0), ('STORE_FAST', i * 50))], ('RETURN_CONST', 0))()",
        ),
        (
            "names that are not there",
            "crafted(('RESUME', 0), ('LOAD_NAME', 50_000), ('RETURN_VALUE', 0))()",
        ),
        (
            "cells that are none",
            "crafted(('RESUME', 0), ('LOAD_DEREF', 7), ('RETURN_VALUE', 0))()",
        ),
        (
            "a jump to nowhere",
            "crafted(('RESUME', 0), ('JUMP_FORWARD', 100_000_000))()",
        ),
        (
            "a jump into an instruction's cache",
            "crafted(('RESUME', 0), ('JUMP_FORWARD', 1), ('LOAD_GLOBAL', 0), ('CACHE', 255), ('CACHE', 255))()",
        ),
        (
            "calling what is no function",
            "crafted(('RESUME', 0), *[('LOAD_CONST', 0)] * 3, ('CALL', 200), ('RETURN_VALUE', 0))()",
        ),
        (
            "swapping beyond the stack",
            "crafted(('RESUME', 0), ('LOAD_CONST', 0), ('SWAP', 250), ('COPY', 250), ('RETURN_VALUE', 0))()",
        ),
        (
            "building from what is not there",
            "crafted(('RESUME', 0), ('BUILD_TUPLE', 5000), ('RETURN_VALUE', 0))()",
        ),
        (
            "unpacking far",
            "crafted(('RESUME', 0), ('LOAD_CONST', 0), ('UNPACK_SEQUENCE', 200), ('RETURN_VALUE', 0), co_consts=('x' * 200,), co_stacksize=1)()",
        ),
        (
            "resuming a generator that is none",
            "crafted(('RESUME', 0), ('LOAD_CONST', 0), ('LOAD_CONST', 0), ('SEND', 1), ('CACHE', 0), ('YIELD_VALUE', 0), ('RETURN_VALUE', 0))()",
        ),
        (
            "leaving the interpreter",
            "crafted(('RESUME', 0), ('LOAD_CONST', 0), ('INTERPRETER_EXIT', 0))()",
        ),
        (
            "entering machine code",
            "crafted(('RESUME', 0), ('ENTER_EXECUTOR', 0), ('RETURN_CONST', 0))()",
        ),
        (
            "instructions of the instrumenter",
            "crafted(('RESUME', 0), ('INSTRUMENTED_LINE', 0), ('INSTRUMENTED_INSTRUCTION', 0), ('RETURN_CONST', 0))()",
        ),
        (
            "wrong exception tables",
            "crafted(('RESUME', 0), ('RAISE_VARARGS', 0), co_exceptiontable=b'\\xff' * 100)()",
        ),
        (
            "wrong line tables",
            "import traceback\nf = crafted(('RESUME', 0), ('RAISE_VARARGS', 0), co_linetable=b'\\xff' * 50)\nf()",
        ),
        (
            "flags that lie",
            "print(crafted(('RESUME', 0), ('RETURN_CONST', 0), co_flags=0xffff)())",
        ),
        (
            "more arguments than variables",
            "crafted(('RESUME', 0), ('RETURN_CONST', 0), co_argcount=1000)(*range(1000))",
        ),
        (
            "marshalled nonsense",
            "import marshal, random\nfor i in range(3000):\n    random.seed(i)\n    try: marshal.loads(bytes([random.choice(b'csi(tuza[{<>lgyrRfx')]) + random.randbytes(60))\n    except (ValueError, EOFError, TypeError, MemoryError, OverflowError): pass",
        ),
        (
            "a marshalled code object, shaken",
            "import marshal\nraw = bytearray(marshal.dumps(compile('def f(a, b=1):\\n  try:\\n    return [a + x for x in range(b)]\\n  except ValueError: pass\\nf(1, 5)', 'x', 'exec')))\nfor i in range(len(raw)):\n    for bit in (1, 128):\n        other = bytearray(raw); other[i] ^= bit\n        try: exec(marshal.loads(other))\n        except Exception: pass",
        ),
    ];
    let programs: Vec<_> = broken
        .iter()
        .map(|(name, code)| (*name, with_assembler(code)))
        .collect();
    let cases: Vec<_> = programs
        .iter()
        .map(|(name, code)| (*name, &**code, Ends))
        .collect();
    check(&cases);
}

#[test]
fn random_bytecode_breaks_at_most_its_own_interpreter() {
    let programs: Vec<_> = (0..60)
        .map(|seed| {
            let code = format!(
                "
                import random
                random.seed({seed})
                def f(a=1, b=[2], *c): return a
                for _ in range(200):
                    try:
                        f.__code__ = f.__code__.replace(co_code=bytes([149, 0]) + random.randbytes(40), co_stacksize=200)
                        f()
                    except Exception:
                        pass
                "
            );
            (format!("seed {seed}"), code)
        })
        .collect();
    let cases: Vec<_> = programs
        .iter()
        .map(|(name, code)| (&**name, &**code, Ends))
        .collect();
    check(&cases);
}
