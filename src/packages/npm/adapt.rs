//! Small changes to files of well-known packages that seed a generator of random numbers while they
//! are loaded, so that it is seeded when it is first used instead.
//!
//! Without them these packages, and all that need them, would be evaluated anew in every program
//! (half a second for mathjs). Whether a change was enough is found out by trying the package; one
//! that does not fit the file's text is not made.

use std::collections::BTreeMap;

struct Change {
    /// How the file's path ends.
    file: &'static str,
    /// Texts that have to be there exactly once, and what stands there instead.
    replace: &'static [(&'static str, &'static str)],
}

const CHANGES: [Change; 3] = [
    Change {
        file: "node_modules/seedrandom/seedrandom.js",
        replace: &[
            (
                "{\n  var key = [];\n",
                "{\n  var key = []; if (unmixed) { unmixed = false; mixkey(math.random(), pool); }\n",
            ),
            (
                "\nmixkey(math.random(), pool);\n",
                "\nvar unmixed = true;\n",
            ),
        ],
    },
    Change {
        file: "node_modules/mathjs/lib/cjs/function/probability/util/seededRNG.js",
        replace: &[(
            "const singletonRandom = /* #__PURE__ */(0, _seedrandom.default)(Date.now());",
            "let late; const singletonRandom = () => (late ??= (0, _seedrandom.default)(Date.now()))();",
        )],
    },
    Change {
        file: "node_modules/mathjs/lib/esm/function/probability/util/seededRNG.js",
        replace: &[(
            "var singletonRandom = /* #__PURE__ */seedrandom(Date.now());",
            "let late; var singletonRandom = () => (late ??= seedrandom(Date.now()))();",
        )],
    },
];

/// Changes those of `files` that are known.
pub fn adapt(files: &mut BTreeMap<String, Vec<u8>>) {
    for change in &CHANGES {
        let known = files.iter_mut().filter(|(path, _)| {
            path.strip_suffix(change.file)
                .is_some_and(|above| above.is_empty() || above.ends_with('/'))
        });
        for (_, data) in known {
            if let Some(changed) = std::str::from_utf8(data)
                .ok()
                .and_then(|text| change.of(text))
            {
                *data = changed.into_bytes();
            }
        }
    }
}

impl Change {
    fn of(&self, text: &str) -> Option<String> {
        let mut text = text.to_owned();
        for (before, after) in self.replace {
            if text.matches(before).count() != 1 {
                return None;
            }
            text = text.replace(before, after);
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_changed_whole_or_not_at_all() {
        let change = Change {
            file: "node_modules/x/x.js",
            replace: &[("a", "b"), ("c", "d")],
        };
        assert_eq!(change.of("a c").as_deref(), Some("b d"));
        assert_eq!(change.of("a"), None);
        assert_eq!(change.of("a a c"), None);
    }

    #[test]
    fn packages_within_packages_are_changed_as_well_and_nothing_else() {
        let text = b"{\n  var key = [];\n}\nmixkey(math.random(), pool);\n".to_vec();
        let paths = [
            ("node_modules/seedrandom/seedrandom.js", true),
            ("node_modules/a/node_modules/seedrandom/seedrandom.js", true),
            (
                "node_modules/not_node_modules/seedrandom/seedrandom.js",
                false,
            ),
            ("node_modules/seedrandom/other.js", false),
        ];
        let mut files: BTreeMap<_, _> = paths
            .iter()
            .map(|(path, _)| ((*path).to_owned(), text.clone()))
            .collect();
        adapt(&mut files);
        for (path, changed) in paths {
            assert_eq!(files[path] != text, changed, "{path}");
        }
    }
}
