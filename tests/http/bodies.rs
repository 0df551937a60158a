//! Bodies of `POST /v1/sandbox/run`, right and wrong.

use serde_json::{Value, json};

use crate::common::http::{RUN, Response};
use crate::common::server::{KEY, shared};
use crate::common::{Request, Run, Server};

fn send(content_type: Option<&str>, body: &str) -> Response {
    let request = Request::new("POST", RUN).key();
    let request = match content_type {
        Some(content_type) => request.body(content_type, body),
        None => request,
    };
    shared().send(&request)
}

#[track_caller]
fn refused(response: &Response, status: u16, words: &str) {
    let answer = response.json();
    assert_eq!((response.status, &answer["code"]), (status, &json!(-400)));
    assert_eq!(answer["data"], Value::Null);
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains(words), "`{message}` without `{words}`");
}

#[test]
fn json_is_taken_with_and_without_a_charset() {
    let body = json!({"language": "python3", "code": "print('é')"}).to_string();
    for content_type in [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "Application/JSON",
    ] {
        Run::read(&send(Some(content_type), &body), Default::default()).prints("é\n");
    }
}

#[test]
fn a_form_is_taken() {
    let form = "language=python3&code=print%28%27a%2Bb+%C3%A9%27%29&enable_network=true";
    let response = send(Some("application/x-www-form-urlencoded"), form);
    Run::read(&response, Default::default()).prints("a+b é\n");
}

#[test]
fn unknown_fields_are_ignored() {
    let run = shared().run_request(&json!({
        "dependencies": [{"name": "jinja2", "version": ""}],
        "language": "python3",
        "options": {"deep": [[[{"a": null}]]]},
        "code": "print(1)",
        "Code": "print(2)",
        "enable_network": true,
    }));
    run.prints("1\n");
}

#[test]
fn null_counts_as_missing() {
    let body =
        json!({"language": "python3", "code": "print(1)", "preload": null, "enable_network": null});
    shared().run_request(&body).prints("1\n");
    let response = shared().post(&json!({"language": "python3", "code": null}));
    refused(&response, 400, "code");
}

#[test]
fn what_is_missing_empty_or_of_a_wrong_type_is_named() {
    for (body, words) in [
        (json!({"language": "python3"}), "code"),
        (json!({"code": "print(1)"}), "language"),
        (json!({"language": "python3", "code": ""}), "code"),
        (json!({"language": "", "code": "print(1)"}), "language"),
        (
            json!({"language": "python3", "code": 1}),
            "code: expected a string",
        ),
        (
            json!({"language": "python3", "code": ["print(1)"]}),
            "code: expected a string",
        ),
        (
            json!({"language": 3, "code": "print(1)"}),
            "language: expected a string",
        ),
        (
            json!({"language": "python3", "code": "x", "preload": {}}),
            "preload: expected a string",
        ),
        (
            json!({"language": "python3", "code": "x", "enable_network": "yes"}),
            "enable_network: expected a boolean",
        ),
        (json!({}), "language"),
    ] {
        refused(&shared().post(&body), 400, words);
    }
}

#[test]
fn what_is_no_json_object_is_refused() {
    for body in [
        "",
        " ",
        "{",
        "[]",
        "null",
        "\"print(1)\"",
        "1",
        r#"{"language": "python3", "code": "print(1)"} trailing"#,
        r#"{"language": "python3", "code": "print(1)}"#,
        r#"{'language': 'python3', 'code': 'print(1)'}"#,
        "\u{feff}{}",
    ] {
        refused(&send(Some("application/json"), body), 400, "body");
    }
}

#[test]
fn json_that_is_not_utf8_is_refused() {
    let mut body = br#"{"language": "python3", "code": "print('X')"}"#.to_vec();
    let x = body.iter().position(|byte| *byte == b'X').unwrap();
    body[x] = 0xff;
    let request = Request::new("POST", RUN)
        .key()
        .body("application/json", body);
    refused(&shared().send(&request), 400, "body");
}

#[test]
fn half_a_surrogate_pair_is_refused() {
    let body = r#"{"language": "python3", "code": "print('\ud83d')"}"#;
    refused(&send(Some("application/json"), body), 400, "body");
}

#[test]
fn json_nested_without_end_is_refused_and_harms_nobody() {
    let body = format!("{{\"x\": {}", "[".repeat(1 << 20));
    refused(&send(Some("application/json"), &body), 400, "body");
    shared().health();
}

#[test]
fn a_form_that_lacks_something_is_refused_with_200() {
    let form = "application/x-www-form-urlencoded";
    refused(&send(Some(form), "language=python3"), 200, "code");
    refused(&send(Some(form), "code=print(1)"), 200, "language");
    refused(&send(Some(form), ""), 200, "language");
}

#[test]
fn a_content_type_that_nobody_knows_is_refused_with_200() {
    let body = json!({"language": "python3", "code": "print(1)"}).to_string();
    for content_type in ["text/plain", "application/xml", "x"] {
        refused(&send(Some(content_type), &body), 200, "Content-Type");
    }
    refused(&send(None, ""), 200, "Content-Type");
}

#[test]
fn unsupported_languages_are_refused() {
    for language in ["cobol", "python", "Python3", " python3", "python3\0"] {
        let response = shared().post(&json!({"language": language, "code": "print(1)"}));
        let expected = json!({"code": -400, "message": "unsupported language", "data": null});
        assert_eq!(
            (response.status, response.json()),
            (400, expected),
            "{language}"
        );
    }
}

#[test]
fn asking_for_network_where_the_configuration_forbids_it_is_refused_with_200() {
    let server = Server::start("enable_network: false");
    let ask =
        |network| json!({"language": "python3", "code": "print(1)", "enable_network": network});
    let response = server.post(&ask(true));
    let message = "network is disabled, please enable it in the configuration";
    let expected = json!({"code": -400, "message": message, "data": null});
    assert_eq!((response.status, response.json()), (200, expected));
    server.run_request(&ask(false)).prints("1\n");
}

#[test]
fn preload_is_ignored_unless_the_configuration_enables_it() {
    let body = json!({
        "language": "python3",
        "preload": "x = 41",
        "code": "print(globals().get('x', 0) + 1)",
    });
    shared().run_request(&body).prints("1\n");
    Server::start("enable_preload: true")
        .run_request(&body)
        .prints("42\n");
}

#[test]
fn preload_is_held_in_the_same_sandbox_and_to_the_same_limits() {
    let server = Server::start("enable_preload: true\nworker_timeout: 1");
    let run = |preload: &str| {
        server.run_request(
            &json!({"language": "python3", "preload": preload, "code": "print('ran')"}),
        )
    };
    run("while True: pass").stopped("timeout");
    let failed = run("x = 1\nraise ValueError('early')");
    failed.raises("ValueError: early");
    assert!(
        failed.stderr.contains("line 2") && failed.stdout.is_empty(),
        "{failed:?}"
    );
    run("import os\ntry:\n  open('/etc/passwd')\nexcept OSError:\n  print('no')")
        .prints("no\nran\n");
}

#[test]
fn a_body_that_breaks_off_runs_nothing() {
    use std::io::Write as _;
    let server = Server::start("");
    let body = json!({"language": "python3", "code": "print(1)"}).to_string();
    let mut stream = crate::common::http::connect(server.port());
    let head = format!(
        "POST {RUN} HTTP/1.1\r\nHost: x\r\nX-Api-Key: {KEY}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len() + 1
    );
    stream
        .write_all(format!("{head}{body}").as_bytes())
        .unwrap();
    drop(stream);
    let line = server.log_line("outcome=");
    assert!(!line.contains("success"), "{line}");
    server.run("print(2)").prints("2\n");
}

#[test]
fn chunked_bodies_are_taken() {
    use std::io::{Read as _, Write as _};
    let body = json!({"language": "python3", "code": "print('chunks')"}).to_string();
    let mut stream = crate::common::http::connect(shared().port());
    let head = format!(
        "POST {RUN} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Api-Key: {KEY}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    for chunk in body.as_bytes().chunks(7) {
        stream
            .write_all(format!("{:x}\r\n", chunk.len()).as_bytes())
            .unwrap();
        stream.write_all(chunk).unwrap();
        stream.write_all(b"\r\n").unwrap();
    }
    stream.write_all(b"0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(r#""stdout":"chunks\n""#), "{answer}");
}
