//! What a program came to, as the API tells it.

use std::time::Duration;

use serde_json::{Value, json};

use super::http::Response;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub stdout: String,
    pub stderr: String,
    pub error: String,
    pub exit_code: i64,
    /// From sending the request to its answer.
    pub took: Duration,
}

impl Run {
    /// Reads the answer to a program that ran, and checks what holds for all of them.
    #[track_caller]
    pub fn read(response: &Response, took: Duration) -> Self {
        let mut answer = response.json();
        let data = answer["data"].take();
        assert_eq!(
            (response.status, &answer),
            (200, &json!({"code": 0, "message": "success", "data": null})),
            "{data}"
        );
        let fields: Vec<_> = data.as_object().expect("an object").keys().collect();
        assert_eq!(fields, ["error", "exit_code", "stderr", "stdout"]);
        let text = |name: &str| match &data[name] {
            Value::String(text) => text.clone(),
            other => panic!("{name} is {other}"),
        };
        let run = Self {
            stdout: text("stdout"),
            stderr: text("stderr"),
            error: text("error"),
            exit_code: data["exit_code"].as_i64().expect("a whole number"),
            took,
        };
        // Dify takes any `error` for a failure, and nothing else.
        assert_eq!(run.exit_code == 0, run.error.is_empty(), "{run:?}");
        if run.exit_code != 0 {
            let start = format!("process exited with code {}", run.exit_code);
            assert!(run.error.starts_with(&start), "{run:?}");
            assert!(run.error.ends_with(&run.stderr), "{run:?}");
        }
        run
    }

    /// The sandbox's own reason: the rest of the second line of the error after `error: `.
    pub fn reason(&self) -> Option<&str> {
        let rest = self.error.strip_suffix(&self.stderr).unwrap_or(&self.error);
        let (_, reason) = rest.split_once("\nerror: ")?;
        Some(reason.trim_end_matches('\n'))
    }

    /// It succeeded and printed exactly this.
    #[track_caller]
    pub fn prints(&self, stdout: &str) {
        assert_eq!((&*self.error, &*self.stdout), ("", stdout));
    }

    /// It ended by itself with 255 and this as the last line of its traceback.
    #[track_caller]
    pub fn raises(&self, last_line: &str) {
        assert_eq!((self.exit_code, self.reason()), (255, None), "{self:?}");
        assert!(
            self.stderr.trim_end().ends_with(last_line),
            "not `{last_line}`: {self:?}"
        );
    }

    /// The sandbox stopped it for a reason that begins like this.
    #[track_caller]
    pub fn stopped(&self, reason: &str) {
        assert_eq!(self.exit_code, -1, "{self:?}");
        assert!(
            self.reason().is_some_and(|given| given.starts_with(reason)),
            "not `{reason}`: {:?}",
            self.reason()
        );
    }
}
