//! The routes against a runner that runs nothing, as far as they need no sandbox.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt as _;

use super::*;
use crate::config::{ConfigFile, Settings};
use crate::egress::Who;
use crate::execution::ExecutionError;
use crate::program::{Ending, Language, LimitReached, Outcome, Package, PackageState, Program};

/// Takes programs in, and gives back the ending that it was told to.
#[derive(Clone)]
struct Recorder {
    places: Arc<Semaphore>,
    ending: Ending,
    settings: Settings,
    programs: Arc<Mutex<Vec<Program>>>,
    refreshed: Arc<Mutex<Vec<Language>>>,
    problem: Arc<Mutex<Option<String>>>,
    /// Of `nodejs`, besides lodash.
    packages: Vec<Package>,
}

impl RunPrograms for Recorder {
    type Admission = OwnedSemaphorePermit;

    fn admit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    async fn run(
        &self,
        _admission: OwnedSemaphorePermit,
        program: Program,
    ) -> Result<Outcome, ExecutionError> {
        let code = program.code.clone();
        self.programs.lock().unwrap().push(program);
        match code.as_str() {
            "break" => return Err(ExecutionError::Internal("disk on fire".to_owned())),
            "too late" => return Err(ExecutionError::ShuttingDown),
            "forever" => std::future::pending().await,
            _ => {}
        }
        Ok(Outcome {
            stdout: b"out \xff\n".to_vec(),
            stderr: "err \u{fc}\n".as_bytes().to_vec(),
            ending: self.ending.clone(),
            ..Outcome::of(self.settings.execution.limits)
        })
    }

    fn packages_problem(&self, _language: Language) -> Option<String> {
        self.problem.lock().unwrap().clone()
    }

    async fn refresh_packages(&self, language: Language) {
        self.refreshed.lock().unwrap().push(language);
    }

    fn packages(&self, language: Language) -> Vec<Package> {
        let (name, version) = match language {
            Language::Python3 => ("jinja2", "3.1.6"),
            Language::Nodejs => ("lodash", "4.17.21"),
        };
        let mut packages = vec![Package::new(name, version)];
        if language == Language::Nodejs {
            packages.extend(self.packages.iter().cloned());
        }
        packages
    }
}

struct Fixture {
    recorder: Recorder,
    router: Router,
}

impl Fixture {
    fn new() -> Self {
        Self::configured(|_| {})
    }

    fn configured(change: impl FnOnce(&mut Recorder)) -> Self {
        let nothing = |_: &str| Err(std::env::VarError::NotPresent);
        let file = ConfigFile::Usual("no/such/file".into());
        let mut settings = Settings::load(&file, &nothing).unwrap().settings;
        settings.enable_network = true;
        let mut recorder = Recorder {
            places: Arc::new(Semaphore::new(1)),
            ending: Ending::Exited(0),
            settings,
            programs: Arc::default(),
            refreshed: Arc::default(),
            problem: Arc::default(),
            packages: Vec::new(),
        };
        change(&mut recorder);
        let router = router(recorder.clone(), &recorder.settings);
        Self { recorder, router }
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, Vec<u8>) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let id = response.headers()["x-request-id"].to_str().unwrap();
        assert_eq!(id.len(), 32);
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
        (status, body.unwrap().to_vec())
    }

    async fn send_for_json(&self, request: Request<Body>) -> (u16, Value) {
        let (status, body) = self.send(request).await;
        let text = String::from_utf8_lossy(&body);
        let value = serde_json::from_slice(&body).unwrap_or_else(|_| panic!("{status}: {text:?}"));
        (status.as_u16(), value)
    }

    async fn run(&self, content_type: &str, body: impl Into<Body>) -> (u16, Value) {
        let request = with_key("POST", "/v1/sandbox/run")
            .header("content-type", content_type)
            .body(body.into());
        self.send_for_json(request.unwrap()).await
    }

    async fn run_json(&self, body: Value) -> (u16, Value) {
        self.run("application/json", body.to_string()).await
    }

    fn last_program(&self) -> Program {
        let programs = self.recorder.programs.lock().unwrap();
        programs.last().expect("a program was run").clone()
    }
}

fn with_key(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header("X-Api-Key", "dify-sandbox")
}

fn refusal(code: i32, message: &str) -> Value {
    json!({"code": code, "message": message, "data": null})
}

#[tokio::test]
async fn health_needs_no_key() {
    let request = Request::get("/health").body(Body::empty()).unwrap();
    let answer = Fixture::new().send_for_json(request).await;
    assert_eq!(answer, (200, json!("ok")));
}

#[tokio::test]
async fn everything_under_v1_sandbox_needs_the_key() {
    let fixture = Fixture::new();
    for path in [
        "/v1/sandbox/run",
        "/v1/sandbox/dependencies?language=python3",
        "/v1/sandbox/dependencies/refresh",
        "/v1/sandbox/dependencies/update",
        "/v1/sandbox/nothing/here",
        "/v1/sandbox/",
    ] {
        for key in [None, Some(""), Some("dify-sandboX"), Some("dify-sandbox2")] {
            for method in ["GET", "POST"] {
                let mut request = Request::builder().method(method).uri(path);
                if let Some(key) = key {
                    request = request.header("X-Api-Key", key);
                }
                let body = Body::from("not even looked at");
                let (status, body) = fixture.send(request.body(body).unwrap()).await;
                assert_eq!(status, 401, "{method} {path} {key:?}");
                assert!(body.is_empty());
            }
        }
    }
}

#[tokio::test]
async fn unknown_paths_and_wrong_methods_are_not_found() {
    let fixture = Fixture::new();
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/v1/sandbox"),
        ("GET", "/v1/sandbox/run"),
        ("PUT", "/v1/sandbox/run"),
        ("POST", "/v1/sandbox/run/"),
        ("POST", "/v1/%73andbox/run"),
        ("POST", "//v1/sandbox/run"),
        ("POST", "/v1/sandbox/dependencies"),
        ("GET", "/v1/sandbox/dependencies/update"),
        ("POST", "/health"),
    ] {
        let request = with_key(method, path).body(Body::empty()).unwrap();
        let (status, _) = fixture.send(request).await;
        assert_eq!(status, 404, "{method} {path}");
    }
}

#[tokio::test]
async fn a_program_that_succeeds_keeps_its_stderr_and_has_no_error() {
    let fixture = Fixture::new();
    for content_type in ["application/json", "application/json; charset=utf-8"] {
        let body = json!({"language": "python3", "code": "print(1)", "preload": "import os",
            "enable_network": true, "dependencies": [{"name": "x"}]});
        let answer = fixture.run(content_type, body.to_string()).await;
        let data =
            json!({"stdout": "out \u{fffd}\n", "stderr": "err ü\n", "error": "", "exit_code": 0});
        let expected = json!({"code": 0, "message": "success", "data": data});
        assert_eq!(answer, (200, expected));
        let program = fixture.last_program();
        assert_eq!(program.code, "print(1)");
        assert_eq!(program.preload, None, "enable_preload is off");
    }
}

#[tokio::test]
async fn a_form_is_taken_as_well() {
    let fixture = Fixture::new();
    let form = "language=python3&code=print(%22%C3%BC%22)+%23&enable_network=true&other=1";
    let (status, answer) = fixture.run("application/x-www-form-urlencoded", form).await;
    assert_eq!((status, &answer["code"]), (200, &json!(0)));
    assert_eq!(fixture.last_program().code, "print(\"ü\") #");
}

#[tokio::test]
async fn preload_is_run_only_if_it_is_enabled() {
    let fixture = Fixture::configured(|it| it.settings.enable_preload = true);
    let body = json!({"language": "python3", "code": "1", "preload": "import json"});
    fixture.run_json(body).await;
    assert_eq!(
        fixture.last_program().preload.as_deref(),
        Some("import json")
    );
    let body = json!({"language": "python3", "code": "1", "preload": ""});
    fixture.run_json(body).await;
    assert_eq!(fixture.last_program().preload, None);
}

#[tokio::test]
async fn a_program_that_fails_is_still_200() {
    for (ending, exit_code, error) in [
        (Ending::Exited(3), 3, "process exited with code 3\nerr ü\n"),
        (
            Ending::Stopped(LimitReached::WallClock),
            -1,
            "process exited with code -1\nerror: timeout\nerr ü\n",
        ),
    ] {
        let fixture = Fixture::configured(|it| it.ending = ending);
        let (status, answer) = fixture
            .run_json(json!({"language": "python3", "code": "1"}))
            .await;
        assert_eq!((status, &answer["code"]), (200, &json!(0)));
        assert_eq!(answer["data"]["exit_code"], exit_code);
        assert_eq!(answer["data"]["error"], error);
        assert_eq!(answer["data"]["stdout"], "out \u{fffd}\n");
    }
}

#[tokio::test]
async fn an_unsupported_language_is_named_so_in_json_and_in_forms() {
    let fixture = Fixture::new();
    let expected = (400, refusal(-400, "unsupported language"));
    for language in ["javascript", "ruby", "Python3"] {
        let json = json!({"language": language, "code": "1", "enable_network": true});
        assert_eq!(fixture.run_json(json).await, expected);
        let form = format!("language={language}&code=1");
        let answer = fixture.run("application/x-www-form-urlencoded", form).await;
        assert_eq!(answer, expected);
    }
}

#[tokio::test]
async fn wrong_json_is_400_and_says_what_is_wrong() {
    let fixture = Fixture::new();
    for (body, part) in [
        ("", "the body is empty"),
        ("{", "not a valid JSON object: EOF"),
        ("[\"python3\", \"print(1)\"]", "expected an object"),
        ("\"python3\"", "expected an object"),
        ("{}", "language: missing"),
        (r#"{"language": "python3"}"#, "code: missing"),
        (r#"{"language": "python3", "code": ""}"#, "code: empty"),
        (r#"{"language": "", "code": "1"}"#, "language: empty"),
        (r#"{"language": null, "code": "1"}"#, "language: missing"),
        (
            r#"{"language": "python3", "code": 5}"#,
            "code: expected a string, found a number",
        ),
        (
            r#"{"language": "python3", "code": ["a"]}"#,
            "code: expected a string, found a list",
        ),
        (
            r#"{"language": {"a": [1]}, "code": "1"}"#,
            "language: expected a string, found an object",
        ),
        (
            r#"{"language": "python3", "code": "1", "enable_network": "yes"}"#,
            "enable_network: expected a boolean, found a string",
        ),
        (
            r#"{"language": "python3", "code": "1", "preload": true}"#,
            "preload: expected a string, found a boolean",
        ),
        (
            "{\"language\": \"python3\", \"code\": \"\u{1}\"}",
            "control character",
        ),
    ] {
        let (status, answer) = fixture.run("application/json", body).await;
        assert_eq!((status, &answer["code"]), (400, &json!(-400)), "{body}");
        assert_eq!(answer["data"], Value::Null);
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains(part), "{body}: {message}");
    }
    assert!(fixture.recorder.programs.lock().unwrap().is_empty());
}

#[tokio::test]
async fn wrong_forms_and_unknown_content_types_are_200_with_the_same_body() {
    let fixture = Fixture::new();
    for (content_type, body, part) in [
        ("application/x-www-form-urlencoded", "", "language: missing"),
        (
            "application/x-www-form-urlencoded",
            "language=python3",
            "code: missing",
        ),
        (
            "application/x-www-form-urlencoded",
            "language=python3&code=1&enable_network=perhaps",
            "enable_network: expected a boolean",
        ),
        (
            "text/plain",
            r#"{"language": "python3", "code": "1"}"#,
            "Content-Type",
        ),
        (
            "",
            r#"{"language": "python3", "code": "1"}"#,
            "Content-Type",
        ),
    ] {
        let (status, answer) = fixture.run(content_type, body).await;
        assert_eq!((status, &answer["code"]), (200, &json!(-400)), "{body}");
        assert_eq!(answer["data"], Value::Null);
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains(part), "{body}: {message}");
    }
}

#[tokio::test]
async fn network_is_refused_only_where_it_is_disabled_and_asked_for() {
    let fixture = Fixture::configured(|it| it.settings.enable_network = false);
    let with =
        |network: bool| json!({"language": "python3", "code": "1", "enable_network": network});
    let message = "network is disabled, please enable it in the configuration";
    assert_eq!(
        fixture.run_json(with(true)).await,
        (200, refusal(-400, message))
    );
    let (_, answer) = fixture.run_json(with(false)).await;
    assert_eq!(answer["code"], 0);
    assert_eq!(fixture.last_program().network, None);
    let (_, answer) = fixture
        .run_json(json!({"language": "ruby", "code": "1", "enable_network": true}))
        .await;
    assert_eq!(answer["message"], "unsupported language");
}

#[tokio::test]
async fn connections_are_made_in_the_name_of_the_request() {
    let fixture = Fixture::new();
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let request = with_key("POST", "/v1/sandbox/run")
        .header("content-type", "application/json")
        .header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"))
        .body(
            json!({"language": "nodejs", "code": "1", "enable_network": true})
                .to_string()
                .into(),
        );
    fixture.send_for_json(request.unwrap()).await;
    let expected = Who {
        tenant: "default".to_owned(),
        request: trace.to_owned(),
    };
    assert_eq!(fixture.last_program().network, Some(expected));
}

#[tokio::test]
async fn one_request_too_many_is_503_and_its_body_is_not_looked_at() {
    let fixture = Fixture::new();
    let waiting = tokio::spawn({
        let router = fixture.router.clone();
        let body = json!({"language": "python3", "code": "forever"}).to_string();
        let request = with_key("POST", "/v1/sandbox/run")
            .header("content-type", "application/json")
            .body(Body::from(body))
            .unwrap();
        async move { router.oneshot(request).await }
    });
    while fixture.recorder.programs.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let busy = (503, refusal(-503, "Too many requests"));
    assert_eq!(fixture.run("application/json", "{").await, busy);
    waiting.abort();
    let _ = waiting.await;
    let (status, _) = fixture
        .run_json(json!({"language": "python3", "code": "1"}))
        .await;
    assert_eq!(status, 200, "a caller that went away frees its place");
}

#[tokio::test]
async fn a_failure_of_belljar_is_reported_without_its_inside() {
    let fixture = Fixture::new();
    let (status, answer) = fixture
        .run_json(json!({"language": "python3", "code": "break"}))
        .await;
    assert_eq!((status, &answer["code"]), (200, &json!(-500)));
    assert!(!answer["message"].as_str().unwrap().contains("disk"));
    let (status, answer) = fixture
        .run_json(json!({"language": "python3", "code": "too late"}))
        .await;
    assert_eq!((status, &answer["code"]), (503, &json!(-503)));
}

#[tokio::test]
async fn a_body_of_the_largest_program_fits_however_it_is_escaped() {
    let fixture = Fixture::configured(|it| {
        it.settings.execution.limits.code = crate::units::ByteSize::mib(1);
    });
    let code = "\u{1}".repeat(1 << 20);
    let (status, answer) = fixture
        .run_json(json!({"language": "python3", "code": code}))
        .await;
    assert_eq!((status, &answer["code"]), (200, &json!(0)));
    assert_eq!(fixture.last_program().code.len(), 1 << 20);

    let code = "x".repeat(7 << 20);
    let (status, answer) = fixture
        .run_json(json!({"language": "python3", "code": code}))
        .await;
    assert_eq!((status, &answer["code"]), (400, &json!(-400)));
    let message = answer["message"].as_str().unwrap();
    assert!(
        message.contains("7 MiB") && message.contains("limits.code"),
        "{message}"
    );
}

#[tokio::test]
async fn the_callers_trace_id_is_the_request_id() {
    let request = Request::get("/health")
        .header(
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        )
        .body(Body::empty())
        .unwrap();
    let response = Fixture::new().router.oneshot(request).await.unwrap();
    assert_eq!(
        response.headers()["x-request-id"],
        "0af7651916cd43dd8448eb211c80319c"
    );
}

#[tokio::test]
async fn dependencies_are_listed_with_their_versions() {
    let fixture = Fixture::new();
    for path in [
        "/v1/sandbox/dependencies",
        "/v1/sandbox/dependencies/refresh",
    ] {
        let get = |query: &str| {
            let path = format!("{path}{query}");
            with_key("GET", &path).body(Body::empty()).unwrap()
        };
        for (language, name, version) in [
            ("python3", "jinja2", "3.1.6"),
            ("nodejs", "lodash", "4.17.21"),
        ] {
            let packages = json!({"dependencies": [{"name": name, "version": version}]});
            let expected = json!({"code": 0, "message": "success", "data": packages});
            let query = format!("?language={language}");
            let answer = fixture.send_for_json(get(&query)).await;
            assert_eq!(answer, (200, expected));
        }
        let answer = fixture.send_for_json(get("?language=cobol")).await;
        assert_eq!(answer, (400, refusal(-400, "unsupported language")));
        let (status, answer) = fixture.send_for_json(get("")).await;
        assert_eq!((status, &answer["code"]), (200, &json!(-400)));
    }
}

#[tokio::test]
async fn refused_packages_and_problems_are_told_apart_from_what_is_there() {
    let refused = Package {
        state: Some(PackageState::Refused),
        reason: Some("it is heavy".to_owned()),
        ..Package::new("iron", "1.0.0")
    };
    let later = Package {
        state: Some(PackageState::WhenRequired),
        ..Package::new("clock", "2.0.0")
    };
    let fixture = Fixture::configured(|recorder| {
        recorder.packages = vec![refused, later];
        recorder.problem = Arc::new(Mutex::new(Some("no npm".to_owned())));
    });
    let path = "/v1/sandbox/dependencies/refresh?language=nodejs";
    let request = with_key("GET", path).body(Body::empty()).unwrap();
    let data = json!({
        "dependencies": [
            {"name": "lodash", "version": "4.17.21"},
            {"name": "clock", "version": "2.0.0", "state": "when-required"},
        ],
        "refused": [{"name": "iron", "version": "1.0.0", "state": "refused", "reason": "it is heavy"}],
        "problem": "no npm",
    });
    let expected = json!({"code": 0, "message": "success", "data": data});
    assert_eq!(fixture.send_for_json(request).await, (200, expected));
    let request = with_key("POST", "/v1/sandbox/dependencies/update")
        .header("content-type", "application/json")
        .body(Body::from(r#"{"language":"python3"}"#))
        .unwrap();
    let (_, answer) = fixture.send_for_json(request).await;
    assert_eq!(answer["data"], json!({"problem": "no npm"}));
    let refreshed = fixture.recorder.refreshed.lock().unwrap().clone();
    assert_eq!(refreshed, [Language::Nodejs, Language::Python3]);
}

#[tokio::test]
async fn updating_dependencies_succeeds_at_once() {
    let fixture = Fixture::new();
    let update = |content_type: &str, body: &str| {
        with_key("POST", "/v1/sandbox/dependencies/update")
            .header("content-type", content_type)
            .body(Body::from(body.to_owned()))
            .unwrap()
    };
    let done = json!({"code": 0, "message": "success", "data": {}});
    let answer = fixture
        .send_for_json(update("application/json", r#"{"language":"python3"}"#))
        .await;
    assert_eq!(answer, (200, done.clone()));
    let answer = fixture
        .send_for_json(update(
            "application/x-www-form-urlencoded",
            "language=python3",
        ))
        .await;
    assert_eq!(answer, (200, done));
    let answer = fixture
        .send_for_json(update("application/json", r#"{"language":"nodejs"}"#))
        .await;
    assert_eq!(
        answer,
        (200, json!({"code": 0, "message": "success", "data": {}}))
    );
    let answer = fixture
        .send_for_json(update("application/json", r#"{"language":"cobol"}"#))
        .await;
    assert_eq!(answer, (400, refusal(-400, "unsupported language")));
    let (status, answer) = fixture
        .send_for_json(update("application/json", "{}"))
        .await;
    assert_eq!((status, &answer["code"]), (400, &json!(-400)));
}
