//! Prints checks: a table for people, JSON for programs.

use std::io::{self, Write as _};

use serde::Serialize;

use super::is_fit;
use crate::checks::{Check, Status};

pub fn print_table(checks: &[Check]) {
    print(&table(checks));
}

pub fn print_json(checks: &[Check]) {
    #[derive(Serialize)]
    struct Report<'a> {
        fit: bool,
        checks: &'a [Check],
    }
    let report = Report {
        fit: is_fit(checks),
        checks,
    };
    // Texts always have a JSON form.
    if let Ok(json) = serde_json::to_string_pretty(&report) {
        print(&json);
    }
}

/// Whoever reads our output may have gone; the exit code still counts.
fn print(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

fn table(checks: &[Check]) -> String {
    let width = checks.iter().map(|check| check.name.chars().count()).max();
    let width = width.unwrap_or(0);
    let mut lines = Vec::new();
    for check in checks {
        let status = match check.status {
            Status::Ok => "ok  ",
            Status::Warning => "warn",
            Status::Failed => "FAIL",
        };
        let mut found = check.found.lines();
        let first = found.next().unwrap_or_default();
        lines.push(format!("{status}  {:width$}  {first}", check.name));
        let indent = " ".repeat("warn".len() + 2 + width + 2);
        lines.extend(found.map(|line| format!("{indent}{line}")));
        lines.extend(check.mend.iter().map(|mend| format!("{indent}→ {mend}")));
    }
    lines.push(if is_fit(checks) {
        "fit to serve".to_owned()
    } else {
        "not fit to serve".to_owned()
    });
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_lines_up_and_says_what_to_do() {
        let checks = [
            Check::ok("belljar", "0.1.0"),
            Check::failed("configuration", "line one\nline two", "correct it"),
        ];
        assert_eq!(
            table(&checks),
            "ok    belljar        0.1.0\n\
             FAIL  configuration  line one\n\
             \u{20}                    line two\n\
             \u{20}                    → correct it\n\
             not fit to serve"
        );
    }
}
