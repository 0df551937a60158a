//! What `dependencies/python-requirements.txt` asks for that is not there.
//!
//! This release installs nothing; an operator who moves here from dify-sandbox should learn that
//! at start rather than from a user's `ModuleNotFoundError`.

use std::path::Path;

use crate::program::Package;

/// Where dify-sandbox's users list their packages.
const FILE: &str = "dependencies/python-requirements.txt";

/// A warning that names the packages of the requirements file that are not among `present`.
pub fn warning(present: &[Package]) -> Option<String> {
    let text = std::fs::read_to_string(Path::new(FILE)).ok()?;
    let missing: Vec<_> = names(&text)
        .filter(|name| !present.iter().any(|there| normal(&there.name) == *name))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let inside: Vec<_> = present.iter().map(|each| each.name.as_str()).collect();
    Some(format!(
        "{FILE} lists {}: this release has only the standard library, {}; programs that import more will fail",
        missing.join(", "),
        inside.join(" and ")
    ))
}

/// The project names in a requirements file, normalised; options and addresses are left out.
fn names(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter_map(|line| {
        let line = line.split('#').next()?.trim();
        let end = line
            .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'))
            .unwrap_or(line.len());
        let (name, rest) = line.split_at(end);
        let is_name = name.starts_with(|c: char| c.is_ascii_alphanumeric());
        (is_name && !rest.starts_with(':')).then(|| normal(name))
    })
}

/// As PyPI compares names: <https://packaging.python.org/en/latest/specifications/name-normalization/>
fn normal(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_are_found_in_what_pip_accepts() {
        let text = "# comment\n\npandas==2.2.3\nPyYAML >= 6  # why\n-r more.txt\nzope.interface[test]~=5\nhttps://x/y.whl\nfoo_bar ; python_version > '3'\n";
        assert_eq!(
            names(text).collect::<Vec<_>>(),
            ["pandas", "pyyaml", "zope-interface", "foo-bar"]
        );
    }
}
