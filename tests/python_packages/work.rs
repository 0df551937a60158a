//! Each package does what people use it for.

use super::{run, server};

/// A program, what it prints, and where it has to run.
struct Work {
    name: &'static str,
    code: &'static str,
    prints: &'static str,
    tier: &'static str,
}

macro_rules! work {
    ($($name:ident, $tier:literal: $prints:literal;)*) => {
        $(
            #[test]
            fn $name() {
                check(&Work {
                    name: stringify!($name),
                    code: include_str!(concat!("programs/use_", stringify!($name), ".py")),
                    prints: $prints,
                    tier: $tier,
                });
            }
        )*
    };
}

#[track_caller]
fn check(work: &Work) {
    let (run, line) = run(server(), work.code);
    assert_eq!(
        (&*run.error, &*run.stdout),
        ("", work.prints),
        "{}",
        work.name
    );
    let tier = format!("tier=\"{}\"", work.tier);
    assert!(line.contains(&tier), "{}: {line}", work.name);
}

work! {
    pandas, "native": "{\"north\":{\"sum\":10,\"mean\":2.5},\"south\":{\"sum\":28,\"mean\":7.0}}\n[18, 20]\nTrue\n9 6.5\n";
    numpy, "native": "True (100, 100) 64\n[94, 62, 68, 89, 57]\nTrue\n";
    scipy, "native": "2.0\n9.0\n[3, 8]\n0.975\n";
    sklearn, "native": "True [2, 1, 0]\n";
    matplotlib, "native": "True True\n(480, 640, 4)\n";
    pillow, "native": "PNG (32, 24)\nJPEG (32, 24)\nWEBP (32, 24)\nGIF (32, 24)\n";
    lxml, "native": "8.0 ['tea', 'coffee']\n['/two'] <item price=\"3\">tea</item>\n";
    openpyxl, "native": "[['what', 'n'], ['tea', 3], ['coffee', 5], [None, '=SUM(B2:B3)']]\n";
    tiktoken, "native": "[259, 32, 258] hello hell\n";
    pydantic, "native": "{'item': 'tea', 'count': 3}\n1 int_parsing\n";
    cv2, "native": "1 (60, 80, 3) (30, 40, 3)\n";
    polars, "native": "[{'b': 'x', 'a': 4}, {'b': 'y', 'a': 2}]\n";
    duckdb, "native": "[(45,)]\n";
    yaml, "wasm": "{'name': 'coffee', 'price': 5} a: é\nb:\n- 1\n- null\n\n";
}

#[test]
fn what_is_always_there_runs_in_webassembly() {
    let (run, line) = run(
        server(),
        "
        import httpx, jinja2, requests
        print(jinja2.Template('{{ 1 + 1 }}').render(), requests.Request('GET', 'http://x/').prepare().url)
        print(httpx.URL('http://x/y?z=1').params['z'])
        ",
    );
    run.prints("2 http://x/\n1\n");
    assert!(line.contains("tier=\"wasm\""), "{line}");
}

#[test]
fn what_is_imported_often_is_imported_already_and_as_fresh_as_ever() {
    let mark = "
        import sys
        print('yaml' in sys.modules)
        import yaml
        print(hasattr(yaml, 'mark'), yaml.SafeLoader.yaml_constructors is not None)
        yaml.mark = yaml.SafeLoader.yaml_constructors = None
        ";
    for _ in 0..2 {
        let (run, line) = run(server(), mark);
        run.prints("True\nFalse True\n");
        assert!(line.contains("tier=\"wasm\""), "{line}");
    }
}
