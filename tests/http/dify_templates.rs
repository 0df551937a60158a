//! The three Python scripts that Dify sends, and what it reads out of the answer.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::common::{Run, Server, dify};

/// Configured as Dify's compose file does it, with the preload that template nodes send enabled.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start("enable_network: true\nenable_preload: true"))
}

#[track_caller]
fn result(run: &Run) -> &str {
    assert_eq!(run.error, "");
    dify::result(&run.stdout)
}

#[track_caller]
fn output(run: &Run) -> Value {
    serde_json::from_str(result(run)).unwrap()
}

#[test]
fn a_code_node_gets_its_inputs_and_gives_its_output() {
    let code = r#"
        def main(arg1: str, arg2: int) -> dict:
            return {"result": arg1 * arg2}
    "#;
    let run = server().run_request(&dify::python(code, &json!({"arg1": "ab", "arg2": 3})));
    assert_eq!(
        run.stdout,
        "<<RESULT>>{\n    \"result\": \"ababab\"\n}<<RESULT>>\n"
    );
    assert_eq!(output(&run), json!({"result": "ababab"}));
}

#[test]
fn a_code_node_without_inputs_works() {
    let run = server().run_request(&dify::python("def main():\n    return {}", &json!({})));
    assert_eq!(output(&run), json!({}));
}

#[test]
fn all_of_json_passes_through_a_code_node() {
    let value = json!({
        "text": "quotes ' \" ''' \"\"\" \\ \\n \n\t{{inputs}} {{code}} <b>&amp;",
        "languages": "中文 日本語 한국어 עברית العربية ไทย é e\u{301} 👩‍👩‍👧‍👦 𝒳 \u{0}\u{7f}\u{2028}",
        "numbers": [0, -1, 1.5, 1e300, 9007199254740993i64, -0.1],
        "others": [true, false, null, [], {}, [[{"a": [{}]}]]],
        "": "empty key",
    });
    let run = server().run_request(&dify::python(
        "def main(x):\n    return x",
        &json!({"x": value}),
    ));
    assert_eq!(output(&run), value);
}

#[test]
fn a_code_node_may_print_before_its_result() {
    let code = "
        def main():
            print('debugging', {'a': 1})
            return {'x': 1}
    ";
    let run = server().run_request(&dify::python(code, &json!({})));
    assert!(run.stdout.starts_with("debugging {'a': 1}\n<<RESULT>>"));
    assert_eq!(output(&run), json!({"x": 1}));
}

#[test]
fn the_users_own_imports_classes_and_helpers_work_in_a_code_node() {
    let code = r#"
        import re
        from collections import Counter
        from dataclasses import dataclass, asdict

        @dataclass
        class Word:
            text: str
            count: int

        def words(text):
            return Counter(re.findall(r"\w+", text.lower()))

        def main(text: str) -> dict:
            return {"words": [asdict(Word(*pair)) for pair in words(text).most_common(2)]}
    "#;
    let run = server().run_request(&dify::python(
        code,
        &json!({"text": "to be or not to BE, to"}),
    ));
    let expected = json!({"words": [{"text": "to", "count": 3}, {"text": "be", "count": 2}]});
    assert_eq!(output(&run), expected);
}

#[test]
fn an_exception_in_a_code_node_shows_the_users_line() {
    let code = "
        def main(a, b):
            c = a + b
            return {'x': c / 0}
    ";
    let run = server().run_request(&dify::python(code, &json!({"a": 1, "b": 2})));
    run.raises("ZeroDivisionError: division by zero");
    let frame = "File \"main.py\", line 3, in main\n    return {'x': c / 0}";
    assert!(run.stderr.contains(frame), "{}", run.stderr);
}

#[test]
fn wrong_inputs_and_outputs_of_a_code_node_are_the_programs_error() {
    let no_json = "def main():\n    return {'x': {1, 2}}";
    let run = server().run_request(&dify::python(no_json, &json!({})));
    run.raises("TypeError: Object of type set is not JSON serializable");
    let run = server().run_request(&dify::python(
        "def main(a):\n    return a",
        &json!({"b": 1}),
    ));
    run.raises("TypeError: main() got an unexpected keyword argument 'b'");
    let run = server().run_request(&dify::python("x = 1", &json!({})));
    run.raises("NameError: name 'main' is not defined. Did you mean: 'min'?");
}

const TEMPLATE: &str = "{% for item in items -%}\n{{ loop.index }}. {{ item.name | upper }}: \
     {{ '%.2f' | format(item.price) }}\n{% endfor %}{{ note | default('-') }} {{ items | length }}";

fn items() -> Value {
    json!({"items": [{"name": "tea", "price": 1.5}, {"name": "größe", "price": 20}]})
}

#[test]
fn a_template_node_renders() {
    let run = server().run_request(&dify::jinja2(TEMPLATE, &items()));
    assert_eq!(result(&run), "1. TEA: 1.50\n2. GRÖSSE: 20.00\n- 2");
}

#[test]
fn a_template_node_renders_in_jinjas_own_sandbox() {
    let run = server().run_request(&dify::jinja2_sandboxed(TEMPLATE, &items()));
    assert_eq!(result(&run), "1. TEA: 1.50\n2. GRÖSSE: 20.00\n- 2");
}

#[test]
fn a_template_node_renders_without_its_preload() {
    let server = Server::start("enable_network: true");
    for request in [
        dify::jinja2(TEMPLATE, &items()),
        dify::jinja2_sandboxed(TEMPLATE, &items()),
    ] {
        let run = server.run_request(&request);
        assert_eq!(result(&run), "1. TEA: 1.50\n2. GRÖSSE: 20.00\n- 2");
    }
}

#[test]
fn quotes_of_all_kinds_may_stand_in_a_base64_template() {
    let template = "'''\"\"\" \\ {{ a }} '''";
    let run = server().run_request(&dify::jinja2_sandboxed(template, &json!({"a": "\\'''"})));
    assert_eq!(result(&run), "'''\"\"\" \\ \\''' '''");
}

#[test]
fn mistakes_in_a_template_are_told() {
    let run = server().run_request(&dify::jinja2("{% if %}", &json!({})));
    run.raises("jinja2.exceptions.TemplateSyntaxError: Expected an expression, got 'end of statement block'");
    let run = server().run_request(&dify::jinja2("{{ a.b.c }}", &json!({"a": 1})));
    run.raises("jinja2.exceptions.UndefinedError: 'int object' has no attribute 'b'");
}

#[test]
fn jinjas_sandbox_refuses_what_it_should() {
    let run = server().run_request(&dify::jinja2_sandboxed(
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        &json!({}),
    ));
    assert_eq!(run.exit_code, 255);
    assert!(run.stderr.contains("SecurityError"), "{}", run.stderr);
}

#[test]
fn an_escape_from_a_template_ends_in_our_sandbox() {
    let run = server().run_request(&dify::jinja2(
        "{{ cycler.__init__.__globals__.__builtins__.__import__('os').listdir('/') }} \
         {{ cycler.__init__.__globals__.__builtins__.open('/etc/passwd').read() }}",
        &json!({}),
    ));
    run.raises("FileNotFoundError: [Errno 44] No such file or directory: '/etc/passwd'");
}
