//! Every route but the one that runs programs, the key, and what is no route.

use serde_json::{Value, json};

use crate::common::http::RUN;
use crate::common::server::{KEY, shared};
use crate::common::{Request, Server};

#[test]
fn health_is_a_json_string_and_needs_no_key() {
    let response = shared().send(&Request::get("/health"));
    assert_eq!(response.status, 200);
    assert_eq!(response.json(), json!("ok"));
    let json = "application/json; charset=utf-8";
    assert_eq!(response.header("content-type"), Some(json));
}

#[test]
fn without_the_right_key_everything_below_sandbox_is_401_with_an_empty_body() {
    let body = json!({"language": "python3", "code": "print(1)"}).to_string();
    for (method, path) in [
        ("POST", RUN),
        ("GET", "/v1/sandbox/dependencies?language=python3"),
        ("GET", "/v1/sandbox/dependencies/refresh?language=python3"),
        ("POST", "/v1/sandbox/dependencies/update"),
        ("GET", "/v1/sandbox/nothing"),
    ] {
        let half = &KEY[..KEY.len() - 1];
        let upper = KEY.to_uppercase();
        let longer = format!("{KEY}!");
        for key in [
            None,
            Some(""),
            Some(half),
            Some(&*upper),
            Some(&*longer),
            Some("dify-sandbox"),
        ] {
            let mut request = Request::new(method, path).body("application/json", &*body);
            if let Some(key) = key {
                request = request.header("X-Api-Key", key);
            }
            let response = shared().send(&request);
            assert_eq!(
                (response.status, &*response.body),
                (401, &b""[..]),
                "{path} {key:?}"
            );
        }
    }
}

#[test]
fn the_key_is_looked_at_before_a_body_of_any_size() {
    let request = Request::new("POST", RUN).body("application/json", vec![b' '; 4 << 20]);
    assert_eq!(shared().send(&request).status, 401);
}

#[test]
fn the_name_of_the_key_header_may_be_written_in_any_case() {
    let request = Request::get("/v1/sandbox/dependencies?language=python3");
    for name in ["x-api-key", "X-API-KEY", "X-Api-Key"] {
        let response = shared().send(&request.clone().header(name, KEY));
        assert_eq!(response.status, 200, "{name}");
    }
}

#[test]
fn unknown_paths_and_wrong_methods_are_404() {
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/nothing"),
        ("POST", "/health"),
        ("GET", RUN),
        ("PUT", RUN),
        ("DELETE", RUN),
        ("POST", "/v1/sandbox/run/"),
        ("POST", "/v1/sandbox/dependencies"),
        ("GET", "/v1/sandbox/dependencies/update"),
        ("POST", "/v1/sandbox/dependencies/refresh"),
        ("GET", "/v1/sandbox/../../etc/passwd"),
    ] {
        let request = Request::new(method, path).key();
        assert_eq!(shared().send(&request).status, 404, "{method} {path}");
    }
}

fn listed(path: &str) -> Value {
    let response = shared().send(&Request::get(path).key());
    assert_eq!(response.status, 200);
    let mut answer = response.json();
    let packages = answer["data"]["dependencies"].take();
    let rest = json!({"code": 0, "message": "success", "data": {"dependencies": null}});
    assert_eq!(answer, rest);
    packages
}

#[test]
fn dependencies_are_listed_with_the_versions_that_programs_find() {
    let packages = listed("/v1/sandbox/dependencies?language=python3");
    let packages = packages.as_array().expect("a list");
    let version = |name: &str| {
        let found = packages.iter().find(|package| package["name"] == name);
        let found = found.unwrap_or_else(|| panic!("{name} is not among {packages:?}"));
        found["version"].as_str().expect("a text").to_owned()
    };
    let imported = shared().run("from importlib.metadata import version; import jinja2, markupsafe; print(jinja2.__version__)");
    imported.prints(&format!("{}\n", version("jinja2")));
    assert!(!version("markupsafe").is_empty());
}

#[test]
fn refreshing_answers_with_the_list() {
    assert_eq!(
        listed("/v1/sandbox/dependencies/refresh?language=python3"),
        listed("/v1/sandbox/dependencies?language=python3")
    );
}

#[test]
fn updating_succeeds() {
    let request = Request::new("POST", "/v1/sandbox/dependencies/update").key();
    let request = request.body("application/json", r#"{"language": "python3"}"#);
    let response = shared().send(&request);
    assert_eq!(response.status, 200);
    let expected = json!({"code": 0, "message": "success", "data": {}});
    assert_eq!(response.json(), expected);
}

#[test]
fn dependencies_of_other_languages_are_refused() {
    let refused = json!({"code": -400, "message": "unsupported language", "data": null});
    let update = Request::new("POST", "/v1/sandbox/dependencies/update").key();
    for request in [
        Request::get("/v1/sandbox/dependencies?language=cobol").key(),
        Request::get("/v1/sandbox/dependencies/refresh?language=cobol").key(),
        update.body("application/json", r#"{"language": "cobol"}"#),
    ] {
        let response = shared().send(&request);
        assert_eq!((response.status, response.json()), (400, refused.clone()));
    }
}

#[test]
fn the_default_key_works_where_none_is_configured() {
    let server = Server::with_config("app:\n  port: 0\n", &[]);
    let request = Request::get("/v1/sandbox/dependencies?language=python3");
    let with = |key| request.clone().header("X-Api-Key", key);
    assert_eq!(server.send(&with("dify-sandbox")).status, 200);
    assert_eq!(server.send(&with(KEY)).status, 401);
}

#[test]
fn health_answers_within_seconds_of_the_start() {
    let since = std::time::Instant::now();
    let server = Server::start("");
    server.health();
    let took = since.elapsed();
    assert!(took.as_secs() < 5, "{took:?}");
}
