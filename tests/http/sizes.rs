//! Large programs, inputs and outputs: whole, or an error.

use serde_json::json;

use crate::common::http::RUN;
use crate::common::server::shared;
use crate::common::{Request, Server, dify};

const MEGABYTE: usize = 1_000_000;

#[test]
fn a_megabyte_goes_in_and_comes_out() {
    let text = "0123456789".repeat(MEGABYTE / 10);
    let code = "def main(text):\n    return {'text': text[::-1], 'length': len(text)}";
    let run = shared().run_request(&dify::python(code, &json!({"text": text})));
    assert_eq!(run.error, "");
    let output: serde_json::Value = serde_json::from_str(dify::result(&run.stdout)).unwrap();
    let reversed: String = text.chars().rev().collect();
    assert!(output == json!({"text": reversed, "length": MEGABYTE}));
}

#[test]
fn a_megabyte_of_letters_of_three_bytes_goes_in_and_comes_out() {
    let text = "文".repeat(MEGABYTE / 3);
    let run = shared().run(&format!("x = '{text}'\nprint(x)"));
    assert_eq!(run.error, "");
    assert!(run.stdout.trim_end() == text);
}

#[test]
fn five_megabytes_come_out_whole() {
    let run = shared().run("import sys\nfor i in range(50000):\n    print(f'{i:099}')");
    assert_eq!((run.error.as_str(), run.stdout.len()), ("", 5 * MEGABYTE));
    assert!(
        run.stdout
            .lines()
            .enumerate()
            .all(|(i, line)| line == format!("{i:099}"))
    );
}

#[test]
fn five_megabytes_of_stderr_come_out_whole_in_the_error() {
    let run = shared().run("import sys\nsys.stderr.write('e' * 5_000_000)\nsys.exit(1)");
    assert_eq!(run.stderr.len(), 5 * MEGABYTE);
    assert!(run.error == format!("process exited with code 1\n{}", run.stderr));
}

#[test]
fn ten_mebibytes_are_allowed_and_one_byte_more_is_an_error() {
    let write = |length: usize| shared().run(&format!("import os; os.write(1, b'x' * {length})"));
    let most = 10 << 20;
    let run = write(most);
    assert_eq!((run.error.as_str(), run.stdout.len()), ("", most));
    let run = write(most + 1);
    run.stopped("standard output is larger than 10 MiB (limits.stdout)");
    assert_eq!(run.stdout.len(), most, "what fits is kept");
}

#[test]
fn a_template_of_a_megabyte_is_rendered() {
    let text = "x".repeat(MEGABYTE);
    let run = shared().run_request(&dify::jinja2(
        "{{ text }}{{ text | length }}",
        &json!({"text": text}),
    ));
    assert!(dify::result(&run.stdout) == format!("{text}{MEGABYTE}"));
}

#[test]
fn a_program_of_400000_characters_runs() {
    let mut code = String::from("total = 0\n");
    while code.len() < 400_000 {
        code += "total += 1  # a line like so many others, in a long program\n";
    }
    let lines = code.lines().count() - 1;
    shared()
        .run(&format!("{code}print(total)"))
        .prints(&format!("{lines}\n"));
}

#[test]
fn a_traceback_finds_its_line_at_the_end_of_a_program_of_400000_characters() {
    let code = format!("{}raise ValueError('last')", "x = 1\n".repeat(66_000));
    let run = shared().run(&code);
    run.raises("ValueError: last");
    let frame = "File \"main.py\", line 66001, in <module>\n    raise ValueError('last')\n";
    assert!(run.stderr.contains(frame), "{}", run.stderr);
}

#[test]
fn a_program_in_one_line_of_a_megabyte_runs() {
    shared()
        .run(&format!(
            "x = [{}]; print(len(x))",
            "1,".repeat(MEGABYTE / 2)
        ))
        .prints("500000\n");
}

#[test]
fn a_program_larger_than_the_limit_is_an_error_that_says_so() {
    let server = Server::start("limits:\n  code: 64KiB");
    let run = |length: usize| server.run(&format!("print(1) # {}", "x".repeat(length - 11)));
    run(65536).prints("1\n");
    let refused = run(65537);
    refused.stopped("the program is larger than 64 KiB (limits.code)");
    assert_eq!(refused.stdout, "");
    // However it is escaped, a program within the limit fits into a body.
    let escaped = "\\u0023".repeat(65536);
    let body = format!("{{\"language\": \"python3\", \"code\": \"{escaped}\"}}");
    let request = Request::new("POST", RUN)
        .key()
        .body("application/json", body);
    assert_eq!(server.send(&request).json()["data"]["exit_code"], 0);
}

#[test]
fn preload_counts_towards_the_size_of_the_program() {
    let server = Server::start("enable_preload: true\nlimits:\n  code: 64KiB");
    let half = format!("# {}", "x".repeat(40_000));
    let body = json!({"language": "python3", "code": half, "preload": half});
    server
        .run_request(&body)
        .stopped("the program is larger than 64 KiB (limits.code)");
}

#[test]
fn a_body_beyond_all_reason_is_refused_with_400_and_without_taking_memory() {
    let server = Server::start("limits:\n  code: 64KiB");
    let body = format!(
        "{{\"language\": \"python3\", \"code\": \"{}\"}}",
        "x".repeat(8 << 20)
    );
    let request = Request::new("POST", RUN)
        .key()
        .body("application/json", body);
    let response = server.send(&request);
    let answer = response.json();
    assert_eq!((response.status, &answer["code"]), (400, &json!(-400)));
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("limits.code"), "{message}");
    server.run("print(1)").prints("1\n");
}
