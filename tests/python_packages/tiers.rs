//! Which tier a program runs in is settled before anybody could notice, and the log says why.

use serde_json::json;

use super::{listed, run, server};
use crate::common::dify;

#[test]
fn an_import_that_is_written_down_is_seen_before_the_start() {
    let (result, line) = run(
        server(),
        "import pandas as pd; print(pd.Series([1, 2]).sum())",
    );
    result.prints("3\n");
    assert!(line.contains("imports pandas"), "{line}");
}

#[test]
fn difys_own_script_with_pandas_in_main_just_works() {
    let code = "import pandas as pd\ndef main(rows):\n    return {'sum': int(pd.DataFrame(rows)['a'].sum())}";
    let body = dify::python(code, &json!({"rows": [{"a": 1}, {"a": 41}]}));
    let result = server().run_request(&body);
    result.prints("<<RESULT>>{\n    \"sum\": 42\n}<<RESULT>>\n");
}

#[test]
fn an_import_that_only_happens_starts_the_program_over_with_nothing_shown_twice() {
    let (result, line) = run(
        server(),
        "
        import sys
        print('before')
        print('aside', file=sys.stderr)
        open('/tmp/mark', 'x').write('once')
        name = 'pan' + 'das'
        pandas = __import__(name)
        print(pandas.Series([1, 2]).sum())
        ",
    );
    result.prints("before\n3\n");
    assert_eq!(result.stderr, "aside\n");
    assert!(line.contains("tier=\"native\""), "{line}");
    assert!(line.contains("came to the import of pandas"), "{line}");
}

#[test]
fn a_program_that_would_catch_the_missing_import_gets_the_package() {
    let (result, _) = run(
        server(),
        "
        import importlib
        try:
            module = importlib.import_module('num' + 'py')
        except ImportError:
            module = None
        print(module.arange(3).tolist())
        ",
    );
    result.prints("[0, 1, 2]\n");
}

#[test]
fn looking_whether_a_package_is_there_starts_nothing() {
    let (result, line) = run(
        server(),
        "
        import importlib.metadata, importlib.util
        print(importlib.util.find_spec('pan' + 'das') is not None, importlib.metadata.version('pandas'))
        print(importlib.util.find_spec('nothing_of_the_kind'))
        ",
    );
    result.prints("True 2.2.3\nNone\n");
    assert!(line.contains("tier=\"wasm\""), "{line}");
}

#[test]
fn errors_look_the_same_in_both_tiers() {
    let failing = "def f(x):\n    return 1 / x\n\nprint('é文')\nf(0)\n";
    let (wasm, _) = run(server(), failing);
    let (native, line) = run(server(), &format!("{failing}\nimport numpy\n"));
    assert!(line.contains("tier=\"native\""), "{line}");
    assert_eq!((wasm.exit_code, native.exit_code), (255, 255));
    assert_eq!(wasm.stdout, native.stdout);
    for result in [&wasm, &native] {
        let text = &result.stderr;
        assert!(
            text.starts_with(
                "Traceback (most recent call last):\n  File \"main.py\", line 5, in <module>\n    f(0)\n"
            ),
            "{text}"
        );
        assert!(
            text.ends_with("ZeroDivisionError: division by zero\n"),
            "{text}"
        );
    }
}

#[test]
fn limits_have_the_same_words_in_both_tiers() {
    let cases = [
        ("while True: pass", "timeout"),
        ("print('x' * 20_000_000)", "standard output is larger than"),
        (
            "x = [bytearray(10_000_000) for _ in range(200)]",
            "memory limit of",
        ),
    ];
    for (code, reason) in cases {
        for prefix in ["", "import numpy\n"] {
            let (result, line) = run(server(), &format!("{prefix}{code}"));
            let given = result.reason().unwrap_or_default();
            assert!(
                given.starts_with(reason),
                "{prefix}{code}: {result:?}\n{line}"
            );
        }
    }
}

#[test]
fn a_refused_system_call_is_named() {
    let (result, _) = run(server(), "import numpy, os\nos.fork()");
    let reason = result.reason().unwrap_or_default();
    assert!(
        reason.starts_with("operation not permitted (system call: "),
        "{result:?}"
    );
    assert!(result.stderr.contains("PermissionError"), "{result:?}");
}

#[test]
fn the_endpoint_lists_name_version_tier_and_reason() {
    let packages = listed(server());
    let find = |name: &str| {
        let found = packages.iter().find(|each| each["name"] == name);
        found.unwrap_or_else(|| panic!("{name} is not in {packages:?}"))
    };
    let pandas = find("pandas");
    assert_eq!(
        (&pandas["version"], &pandas["tier"]),
        (&json!("2.2.3"), &json!("native"))
    );
    assert!(
        pandas["reason"]
            .as_str()
            .is_some_and(|reason| !reason.is_empty())
    );
    for name in ["jinja2", "requests", "httpx"] {
        assert_eq!(find(name)["tier"], "wasm", "{packages:?}");
        assert!(
            find(name)["version"]
                .as_str()
                .is_some_and(|version| !version.is_empty())
        );
    }
}
