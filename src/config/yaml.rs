//! The configuration file as a flat list of keys, each with its line.
//!
//! Values are kept as they were written: which type a value has is for the key to say, not for
//! YAML to guess (`key: 0123` is a text, not the number 83).

use saphyr::{MarkedYaml, ScalarStyle, YamlData, YamlLoader};
use saphyr_parser::{Parser, ScanError};

use super::keys;
use super::value::Value;

/// One key of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The dotted path, such as `app.port`.
    pub path: String,
    /// Counted from 1.
    pub line: usize,
    pub value: Value,
}

/// The file is not the kind of YAML that a configuration can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Counted from 1.
    pub line: usize,
    pub message: String,
}

/// All keys of the first document in `text`, in their order.
///
/// # Errors
/// Text that is not YAML, that repeats a key, or whose top level is not keys with values.
pub fn read(text: &str) -> Result<Vec<Entry>, SyntaxError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut loader = YamlLoader::<MarkedYaml>::default();
    loader.early_parse(false);
    Parser::new_from_str(text)
        .load(&mut loader, true)
        .map_err(|error| not_yaml(&error))?;
    if let Some(error) = loader.error() {
        return Err(not_yaml(error));
    }
    let mut entries = Vec::new();
    if let Some(document) = loader.into_documents().into_iter().next() {
        let line = document.span.start.line();
        match document.data {
            YamlData::Mapping(_) => collect(&document, "", &mut entries),
            data if value_of(&data).is_unset() => {}
            data => {
                return Err(SyntaxError {
                    line,
                    message: format!("expected keys with values, found {}", value_of(&data)),
                });
            }
        }
    }
    Ok(entries)
}

fn not_yaml(error: &ScanError) -> SyntaxError {
    SyntaxError {
        line: error.marker().line(),
        message: format!("this is not valid YAML: {}", error.info()),
    }
}

fn collect(mapping: &MarkedYaml, group: &str, entries: &mut Vec<Entry>) {
    let YamlData::Mapping(pairs) = &untagged(mapping).data else {
        return;
    };
    for (key, node) in pairs {
        let name = match value_of(&key.data) {
            Value::Plain(name) | Value::Text(name) => name,
            Value::List(_) | Value::Mapping => "?".to_owned(),
        };
        let path = format!("{group}{name}");
        let value = value_of(&node.data);
        if value == Value::Mapping && group.is_empty() && keys::is_group(&path) {
            collect(node, &format!("{path}."), entries);
        } else {
            let line = key.span.start.line();
            entries.push(Entry { path, line, value });
        }
    }
}

fn untagged<'a, 'input>(node: &'a MarkedYaml<'input>) -> &'a MarkedYaml<'input> {
    match &node.data {
        YamlData::Tagged(_, inner) => untagged(inner),
        _ => node,
    }
}

fn value_of<'a>(data: &YamlData<'a, MarkedYaml<'a>>) -> Value {
    match data {
        YamlData::Representation(text, ScalarStyle::Plain, _) => Value::Plain(text.to_string()),
        YamlData::Representation(text, _, _) => Value::Text(text.to_string()),
        YamlData::Sequence(items) => {
            Value::List(items.iter().map(|item| value_of(&item.data)).collect())
        }
        YamlData::Mapping(_) => Value::Mapping,
        YamlData::Tagged(_, inner) => value_of(&inner.data),
        // The loader keeps texts as they are, so that these do not come about.
        YamlData::Value(_) | YamlData::Alias(_) | YamlData::BadValue => Value::Plain(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_with_their_lines() {
        let entries = read("# comment\napp:\n  port: 8194\n\nmax_workers: \"4\"\n").unwrap();
        assert_eq!(
            entries,
            [
                Entry {
                    path: "app.port".to_owned(),
                    line: 3,
                    value: Value::Plain("8194".to_owned())
                },
                Entry {
                    path: "max_workers".to_owned(),
                    line: 5,
                    value: Value::Text("4".to_owned())
                },
            ]
        );
    }

    #[test]
    fn an_empty_file_has_no_keys() {
        for text in ["", "\n# only a comment\n", "---\n", "null\n", "\u{feff}"] {
            assert_eq!(read(text), Ok(vec![]), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_configuration_is_refused_with_its_line() {
        for (text, line) in [
            ("- a\n- b\n", 1),
            ("just text\n", 1),
            ("max_workers: 4\nmax_workers: 5\n", 2),
            ("app:\n  port: 1\n bad: 2\n", 3),
            ("app: {port: 1\n", 2),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error.line, line, "{text:?}: {}", error.message);
        }
    }
}
