//! The requests that are measured.

use crate::client::Request;

/// A program as a caller sends it, and what must be in its answer.
#[derive(Debug)]
pub struct Workload {
    pub name: &'static str,
    pub request: Request,
    /// Bytes of the answer, as JSON escapes them, that show that the right thing was computed.
    pub expected: &'static [u8],
    /// The share of a native spawn that it should cost at most.
    pub aim: f64,
}

/// `print(1)`, Dify's Python node and Dify's template node.
pub fn all() -> [Workload; 3] {
    let workload = |name, code, expected, aim| Workload {
        name,
        request: Request::run(code),
        expected,
        aim,
    };
    [
        workload(
            "hello",
            include_str!("programs/hello.py"),
            br#""stdout":"1\n""#,
            0.03,
        ),
        workload(
            "template",
            include_str!("programs/template.py"),
            br#"\"total\": 10.0"#,
            0.05,
        ),
        workload(
            "jinja2",
            include_str!("programs/jinja.py"),
            b"Total: 6<<RESULT>>",
            0.12,
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
