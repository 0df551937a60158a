//! Text of all languages, in programs and in what they print.

use serde_json::json;

use crate::common::Expect::*;
use crate::common::check_on;
use crate::common::server::shared;

const SAMPLES: &[&str] = &[
    "中文字符，日本語、한국어",
    "👩‍👩‍👧‍👦 🏳️‍🌈 🇪🇺 ❤️",
    "שלום עולם مرحبا بالعالم",
    "e\u{301} n\u{303} a\u{30a}\u{323}",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐍈 \u{10ffff}",
    "ไทย हिन्दी தமிழ்",
    "\u{200b}\u{200e}\u{202e}\u{feff}\u{2028}\u{2029}",
    "<script>&amp;</script> \" ' \\ / \u{7f} \u{0} \u{1}",
];

#[test]
fn what_a_program_prints_arrives_letter_for_letter() {
    for sample in SAMPLES {
        // As a literal in the program, and put together inside it.
        let literal = serde_json::to_string(sample)
            .unwrap()
            .replace("\\u007f", "\u{7f}");
        shared()
            .run(&format!("print({literal})"))
            .prints(&format!("{sample}\n"));
        let points: Vec<u32> = sample.chars().map(u32::from).collect();
        shared()
            .run(&format!(
                "print(''.join(map(chr, {points:?})), len({points:?}))"
            ))
            .prints(&format!("{sample} {}\n", points.len()));
    }
}

#[test]
fn stderr_and_tracebacks_keep_their_letters() {
    for sample in SAMPLES
        .iter()
        .filter(|sample| !sample.contains(['\u{0}', '\u{2028}']))
    {
        let code =
            format!("import sys\nprint('{sample}', file=sys.stderr)\nraise ValueError('{sample}')");
        let code = code.replace("\" ' \\", "");
        let sample = sample.replace("\" ' \\", "");
        let run = shared().run(&code);
        run.raises(&format!("ValueError: {sample}"));
        assert!(run.stderr.starts_with(&format!("{sample}\n")), "{run:?}");
        assert!(
            run.stderr
                .contains(&format!("    raise ValueError('{sample}')\n")),
            "{run:?}"
        );
    }
}

#[test]
fn names_may_be_written_in_any_script() {
    let code = "名前 = '値'\ndef größe(π):\n    return π\nprint(größe(名前))";
    shared().run(code).prints("値\n");
}

#[test]
fn bytes_that_are_no_text_become_replacement_characters() {
    check_on(
        shared(),
        &[
            (
                "stdout",
                r"import sys; sys.stdout.buffer.write(b'a\xff\xfeb')",
                Prints("a\u{fffd}\u{fffd}b"),
            ),
            (
                "half a character at the end",
                r"import os; os.write(1, b'x\xc3')",
                Prints("x\u{fffd}"),
            ),
            (
                "a character in two writes",
                r"import os; os.write(1, b'\xc3'); os.write(1, b'\xa9')",
                Prints("é"),
            ),
            (
                "a surrogate",
                r"print('\ud800')",
                Raises("UnicodeEncodeError: 'utf-8' codec can't encode"),
            ),
            (
                "UTF-16",
                "import sys; sys.stdout.buffer.write('é'.encode('utf-16-be'))",
                Prints("\0\u{fffd}"),
            ),
        ],
    );
    let run = shared().run(r"import os; os.write(2, b'\xff\n'); raise SystemExit(1)");
    assert_eq!(run.stderr, "\u{fffd}\n");
}

#[test]
fn control_characters_arrive_as_they_are() {
    let run = shared().run(r"print(''.join(map(chr, range(32))), end='\r\n')");
    let expected: String = (0u8..32).map(char::from).chain("\r\n".chars()).collect();
    run.prints(&expected);
}

#[test]
fn a_program_may_begin_with_a_byte_order_mark_and_have_any_line_ends() {
    let run = |code: &str| shared().run_request(&json!({"language": "python3", "code": code}));
    run("\u{feff}print('bom')").prints("bom\n");
    run("if True:\r\n    print('crlf')\r\n").prints("crlf\n");
    run("if True:\r    print('cr')\r").prints("cr\n");
    run("x = '''a\r\nb'''\nprint(repr(x))").prints("'a\\nb'\n");
    run("print('no newline at the end')  # é").prints("no newline at the end\n");
}

#[test]
fn a_program_with_a_zero_byte_is_a_syntax_error() {
    let run = shared().run_request(&json!({"language": "python3", "code": "print(1)\0"}));
    run.raises("SyntaxError: source code string cannot contain null bytes");
}

#[test]
fn files_are_utf8_unless_told_otherwise() {
    shared()
        .run(
            "
            import sys
            with open('/tmp/ä', 'w') as f:
                f.write('é')
            print(open('/tmp/ä', 'rb').read(), sys.getfilesystemencoding())
            print(sys.stdout.encoding, sys.flags.utf8_mode)
            ",
        )
        .prints("b'\\xc3\\xa9' utf-8\nutf-8 1\n");
}

#[test]
fn a_program_is_unicode_text_whatever_its_coding_line_says() {
    shared()
        .run("# -*- coding: latin-1 -*-\nprint('é', len('é'))")
        .prints("é 1\n");
}

#[test]
fn a_message_id_can_be_made_although_there_is_no_host() {
    shared()
        .run(
            "
            import email.utils, socket
            print(socket.gethostname(), email.utils.make_msgid().startswith('<'))
            ",
        )
        .prints("localhost True\n");
}
