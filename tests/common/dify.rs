//! Requests in the shape in which Dify sends them: statement for statement what its code executor
//! builds around a node's code, its inputs and its template (`docs` of ours speak of them as the
//! three Python templates).

use serde_json::{Value, json};

/// A code node: the user's `main` first, from the first line on, so that its line numbers are the
/// user's.
const PYTHON: &str = r"{{code}}

import json
from base64 import b64decode

# the inputs
inputs_obj = json.loads(b64decode('{{inputs}}').decode('utf-8'))

# the call
output_obj = main(**inputs_obj)

# the result
output_json = json.dumps(output_obj, indent=4)
result = f'''<<RESULT>>{output_json}<<RESULT>>'''
print(result)
";

/// A code node in JavaScript.
const JAVASCRIPT: &str = r"
{{code}}

// the inputs
var inputs_obj = JSON.parse(Buffer.from('{{inputs}}', 'base64').toString('utf-8'))

// the call
var output_obj = main(inputs_obj)

// the result
var output_json = JSON.stringify(output_obj)
var result = `<<RESULT>>${output_json}<<RESULT>>`
console.log(result)
";

/// A template node.
const JINJA2: &str = r"
# the rendering
def main(**inputs):
    import jinja2
    template = jinja2.Template('''{{code}}''')
    return template.render(**inputs)
    
import json
from base64 import b64decode

# the inputs
inputs_obj = json.loads(b64decode('{{inputs}}').decode('utf-8'))

# the call
output = main(**inputs_obj)

# the result
result = f'''<<RESULT>>{output}<<RESULT>>'''
print(result)

";

/// A template node of newer versions: the template is base64 as well, and is rendered in jinja2's
/// own sandbox.
const JINJA2_SANDBOXED: &str = r"
# the rendering
def main(**inputs):
    from base64 import b64decode
    from jinja2.sandbox import SandboxedEnvironment
    template_code = b64decode('{{code}}').decode('utf-8')
    template = SandboxedEnvironment().from_string(template_code)
    return template.render(**inputs)

import json
from base64 import b64decode

# the inputs
inputs_obj = json.loads(b64decode('{{inputs}}').decode('utf-8'))

# the call
output = main(**inputs_obj)

# the result
result = f'''<<RESULT>>{output}<<RESULT>>'''
print(result)

";

/// What template nodes send as `preload`.
const JINJA2_PRELOAD: &str = r"
import jinja2
from base64 import b64decode

def _jinja2_preload_():
    template = jinja2.Template('{{s}}')
    template.render(s='a')

if __name__ == '__main__':
    _jinja2_preload_()

";

fn request(language: &str, code: &str, preload: &str) -> Value {
    json!({"language": language, "code": code, "preload": preload, "enable_network": true})
}

/// The code first, so that a placeholder in it is filled as well.
fn fill(script: &str, code: &str, inputs: &Value) -> String {
    let inputs = base64(inputs.to_string().as_bytes());
    script
        .replace("{{code}}", code)
        .replace("{{inputs}}", &inputs)
}

pub fn python(code: &str, inputs: &Value) -> Value {
    request("python3", &fill(PYTHON, &super::dedent(code), inputs), "")
}

pub fn javascript(code: &str, inputs: &Value) -> Value {
    request(
        "nodejs",
        &fill(JAVASCRIPT, &super::dedent(code), inputs),
        "",
    )
}

pub fn jinja2(template: &str, inputs: &Value) -> Value {
    request("python3", &fill(JINJA2, template, inputs), JINJA2_PRELOAD)
}

pub fn jinja2_sandboxed(template: &str, inputs: &Value) -> Value {
    let template = base64(template.as_bytes());
    request(
        "python3",
        &fill(JINJA2_SANDBOXED, &template, inputs),
        JINJA2_PRELOAD,
    )
}

/// What Dify takes for the result: everything between the first tag and the last one.
pub fn result(stdout: &str) -> &str {
    const TAG: &str = "<<RESULT>>";
    let start = stdout.find(TAG).expect("a result") + TAG.len();
    let end = stdout.rfind(TAG).expect("a result");
    stdout.get(start..end).expect("two tags")
}

pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |value: u32| DIGITS[value as usize & 63] as char;
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        text.push(digit(bits >> 18));
        text.push(digit(bits >> 12));
        text.push(if chunk.len() > 1 {
            digit(bits >> 6)
        } else {
            '='
        });
        text.push(if chunk.len() > 2 { digit(bits) } else { '=' });
    }
    text
}
