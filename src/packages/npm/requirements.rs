//! `dependencies/nodejs-requirements.txt`: the packages that programs may load, one a line.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::wasm::artifact::sha256;

/// Where the list is, seen from the folder the server is started in.
pub const FILE: &str = "dependencies/nodejs-requirements.txt";

/// What a line may be, for error messages.
const EXPECTED: &str = "expected a package's name and version, such as `lodash@4.17.21`, `dayjs 1.11.13`, `@scope/name@^1.2` or only `uuid`";

/// One package of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    pub name: String,
    pub version: Version,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Version {
    /// A version, a range or a tag, as npm reads them.
    Range(String),
    /// A folder or archive on this machine, written `file:PATH`.
    File(PathBuf),
}

/// The list, and what tells it from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirements {
    pub list: Vec<Requirement>,
    /// Of the file's text.
    pub sha256: String,
}

/// Why the list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RequirementsError {
    #[error("cannot read `{}`: {source}", file.display())]
    Read { file: PathBuf, source: io::Error },
    #[error("{}:{line}: {message}", file.display())]
    Line {
        file: PathBuf,
        line: usize,
        message: String,
    },
}

/// Reads the list in `file`; one that does not exist is empty.
///
/// # Errors
/// When it cannot be read, or a line is not a package.
pub fn read(file: &Path) -> Result<Requirements, RequirementsError> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(source) => {
            return Err(RequirementsError::Read {
                file: file.to_owned(),
                source,
            });
        }
    };
    let folder = file.parent().unwrap_or(Path::new(""));
    let list = parse(&text, folder).map_err(|(line, message)| RequirementsError::Line {
        file: file.to_owned(),
        line,
        message,
    })?;
    Ok(Requirements {
        list,
        sha256: sha256(text.as_bytes()),
    })
}

/// The packages in `text`, paths seen from `folder`; or the number of the first line that is wrong,
/// and why.
fn parse(text: &str, folder: &Path) -> Result<Vec<Requirement>, (usize, String)> {
    let mut list: Vec<Requirement> = Vec::new();
    let mut lines = HashMap::new();
    for (at, line) in text.lines().enumerate() {
        let number = at + 1;
        let line = without_comment(line).trim();
        if line.is_empty() {
            continue;
        }
        let requirement = requirement(line, folder)
            .map_err(|message| (number, format!("{message}: `{line}`")))?;
        if let Some(before) = lines.insert(requirement.name.clone(), number) {
            let name = &requirement.name;
            return Err((number, format!("{name} is on line {before} already")));
        }
        list.push(requirement);
    }
    Ok(list)
}

fn without_comment(line: &str) -> &str {
    if line.starts_with('#') {
        return "";
    }
    let end = line.find(" #").or_else(|| line.find("\t#"));
    end.map_or(line, |end| &line[..end])
}

fn requirement(line: &str, folder: &Path) -> Result<Requirement, String> {
    // The first character may be a scope's `@`.
    let end = line
        .char_indices()
        .skip(1)
        .find(|(_, c)| *c == '@' || c.is_whitespace());
    let (name, version) = match end {
        Some((end, separator)) => (&line[..end], line[end + separator.len_utf8()..].trim()),
        None => (line, "*"),
    };
    if !is_name(name) {
        return Err(EXPECTED.to_owned());
    }
    let version = if let Some(path) = version.strip_prefix("file:") {
        Version::File(folder.join(path))
    } else if version.contains(':') || version.contains('/') {
        return Err(
            "packages come from the npm registry, or from `name@file:PATH`, and nowhere else"
                .to_owned(),
        );
    } else if is_range(version) {
        Version::Range(version.to_owned())
    } else {
        return Err(EXPECTED.to_owned());
    };
    Ok(Requirement {
        name: name.to_owned(),
        version,
    })
}

/// As npm names packages, old names with capital letters included.
fn is_name(name: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~'))
            && part != "node_modules"
    };
    let parts: Vec<_> = name.strip_prefix('@').unwrap_or(name).split('/').collect();
    let expected = if name.starts_with('@') { 2 } else { 1 };
    name.len() <= 214 && parts.len() == expected && parts.into_iter().all(part)
}

fn is_range(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with("==")
        && text.chars().all(|c| {
            c.is_ascii_alphanumeric()
                || matches!(
                    c,
                    '.' | '-' | '+' | '^' | '~' | '<' | '>' | '=' | '*' | '|' | ' ' | '_'
                )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Vec<(String, Version)> {
        let list = parse(text, Path::new("dependencies")).unwrap();
        list.into_iter()
            .map(|each| (each.name, each.version))
            .collect()
    }

    #[test]
    fn a_line_is_a_name_and_a_version_in_one_of_the_usual_forms() {
        let range = |name: &str, version: &str| (name.to_owned(), Version::Range(version.into()));
        let text = "# packages\n\nlodash@4.17.21\r\nlodash.get 4.4.2  # old\n@scope/name@^1\nuuid\n\
                    @a/b\najv >=8 <9\nx@1.x || ^2\nnext@latest\nlocal@file:../local#1\n";
        assert_eq!(
            parsed(text),
            [
                range("lodash", "4.17.21"),
                range("lodash.get", "4.4.2"),
                range("@scope/name", "^1"),
                range("uuid", "*"),
                range("@a/b", "*"),
                range("ajv", ">=8 <9"),
                range("x", "1.x || ^2"),
                range("next", "latest"),
                (
                    "local".to_owned(),
                    Version::File("dependencies/../local#1".into())
                ),
            ]
        );
        assert_eq!(parsed("# nothing\n"), []);
    }

    #[test]
    fn a_wrong_line_is_named_with_its_number() {
        for (line, words) in [
            ("lodash==4.17.21", "expected a package's name and version"),
            ("lodash@", "expected"),
            ("-r more.txt", "expected"),
            ("../x", "expected"),
            ("@scope", "expected"),
            ("node_modules", "expected"),
            ("a@$(reboot)", "expected"),
            ("x@git+https://host/x.git", "npm registry"),
            ("x@owner/repository", "npm registry"),
            ("uuid@9", "uuid is on line 2 already"),
        ] {
            let (number, message) =
                parse(&format!("# list\nuuid\n{line}\n"), Path::new("")).unwrap_err();
            assert_eq!(number, 3, "{line}");
            assert!(message.contains(words), "{line}: {message}");
        }
    }
}
