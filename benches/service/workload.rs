//! The requests that are measured.

use crate::client::Request;

/// A program as a caller sends it, and what must be in its answer.
#[derive(Debug)]
pub struct Workload {
    pub name: &'static str,
    /// As the API names it.
    pub language: &'static str,
    pub code: &'static str,
    pub request: Request,
    /// Bytes of the answer, as JSON escapes them, that show that the right thing was computed.
    pub expected: &'static [u8],
    /// The share of a native spawn that it should cost at most.
    pub aim: f64,
}

/// `print(1)`, Dify's Python node, Dify's template node; `console.log(1)`, Dify's JavaScript node.
pub fn all() -> [Workload; 5] {
    let workload = |name, language, code, expected, aim| Workload {
        name,
        language,
        code,
        request: Request::run(language, code),
        expected,
        aim,
    };
    [
        workload(
            "hello",
            "python3",
            include_str!("programs/hello.py"),
            br#""stdout":"1\n""#.as_slice(),
            0.03,
        ),
        workload(
            "template",
            "python3",
            include_str!("programs/template.py"),
            br#"\"total\": 10.0"#,
            0.05,
        ),
        workload(
            "jinja2",
            "python3",
            include_str!("programs/jinja.py"),
            b"Total: 6<<RESULT>>",
            0.12,
        ),
        workload(
            "hello, JavaScript",
            "nodejs",
            include_str!("programs/hello.js"),
            br#""stdout":"1\n""#,
            0.025,
        ),
        workload(
            "template, JavaScript",
            "nodejs",
            include_str!("programs/template.js"),
            br#"\"total\":10"#,
            0.025,
        ),
    ]
}

impl Workload {
    /// Whether an answer's body is the right one.
    pub fn answered_by(&self, body: &[u8]) -> bool {
        let mut windows = body.windows(self.expected.len());
        windows.any(|window| window == self.expected)
    }
}
