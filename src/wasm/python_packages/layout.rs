//! What a distribution's files mean to Python: which modules they are, which of them are C extensions,
//! and by which names a program begins to import it.

use std::collections::{BTreeMap, BTreeSet};

/// A distribution as it was installed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    pub name: String,
    pub version: String,
    /// Paths below the folder of packages, with `/`.
    pub files: Vec<String>,
    /// It is listed by the operator, or needed by something that is.
    pub wanted: bool,
}

/// Where a module is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// The file that WebAssembly has or would have.
    pub path: String,
    /// Only machine code is there.
    pub extension: bool,
}

/// The modules of one distribution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// By dotted name.
    pub modules: BTreeMap<String, Module>,
    /// The outermost of [`Self::modules`]: dotted within a namespace package.
    pub roots: BTreeSet<String>,
    /// Files that programs in WebAssembly can use: sources and data.
    pub files: Vec<String>,
    /// What `importlib.metadata` reads.
    pub metadata: Vec<String>,
}

/// Folders and modules at the top that belong to a distribution's making, not to its use.
const NOT_FOR_USE: [&str; 14] = [
    "benchmark",
    "benchmarks",
    "build",
    "conftest",
    "doc",
    "docs",
    "example",
    "examples",
    "scripts",
    "setup",
    "test",
    "tests",
    "tools",
    "share",
];

impl Layout {
    pub fn of(files: &[String]) -> Self {
        let mut layout = Self::default();
        for path in files {
            let mut steps: Vec<&str> = path.split('/').collect();
            let top = steps[0];
            let leaves = |step: &&str| matches!(*step, "" | "." | ".." | "__pycache__");
            if top == "bin" || steps.iter().any(leaves) {
                continue;
            }
            if steps.len() > 1 && (top.ends_with(".dist-info") || top.ends_with(".egg-info")) {
                layout.metadata.push(path.clone());
                continue;
            }
            let file = steps.pop().unwrap_or_default();
            match kind(file) {
                Kind::Source(stem) => {
                    layout.files.push(path.clone());
                    layout.add(&steps, stem, path.clone(), false);
                }
                Kind::Extension(stem) => {
                    let stands_for = [&steps[..], &[&format!("{stem}.py")]].concat().join("/");
                    layout.add(&steps, stem, stands_for, true);
                }
                Kind::Useless => {}
                Kind::Data => layout.files.push(path.clone()),
            }
        }
        layout.roots = layout
            .modules
            .keys()
            .filter(|name| !parents(name).any(|parent| layout.modules.contains_key(parent)))
            .cloned()
            .collect();
        layout
    }

    /// `steps` are the folders above a module's file.
    fn add(&mut self, steps: &[&str], stem: &str, path: String, extension: bool) {
        let inner = (stem != "__init__").then_some(stem);
        let names: Vec<_> = steps.iter().copied().chain(inner).collect();
        if names.is_empty() || !names.iter().all(|name| is_identifier(name)) {
            return;
        }
        let module = Module { path, extension };
        let there = self.modules.entry(names.join("."));
        // Python code beside an extension of the same name is there to be fallen back to.
        there
            .and_modify(|there| {
                if there.extension {
                    *there = module.clone();
                }
            })
            .or_insert(module);
    }

    /// The roots that a program imports: those that are neither private nor there for tests and the
    /// like, or, if that leaves none, all.
    pub fn public_roots(&self) -> Vec<&str> {
        let is_public = |name: &&str| {
            let last = name.rsplit('.').next().unwrap_or_default();
            !last.starts_with('_') && !last.contains("__mypyc") && {
                let top = name.split('.').next().unwrap_or_default();
                !NOT_FOR_USE.contains(&top)
            }
        };
        let all = || self.roots.iter().map(String::as_str);
        let public: Vec<_> = all().filter(is_public).collect();
        if public.is_empty() {
            all().collect()
        } else {
            public
        }
    }

    pub fn is_extension(&self, module: &str) -> bool {
        self.modules
            .get(module)
            .is_some_and(|module| module.extension)
    }
}

/// The packages around a module, inner ones first.
pub fn parents(module: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(module.rsplit_once('.'), |(parent, _)| {
        parent.rsplit_once('.')
    })
    .map(|(parent, _)| parent)
}

/// Whether `module` is `package` or within it.
pub fn is_within(module: &str, package: &str) -> bool {
    module
        .strip_prefix(package)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

enum Kind<'a> {
    Source(&'a str),
    Extension(&'a str),
    /// Machine code, byte code of another Python, and what is only read when Python starts.
    Useless,
    Data,
}

fn kind(file: &str) -> Kind<'_> {
    if let Some(stem) = file.strip_suffix(".py") {
        return Kind::Source(stem);
    }
    if file.ends_with(".so") {
        // `x.cpython-311-x86_64-linux-gnu.so`, `x.abi3.so`, `x.so`
        return Kind::Extension(file.split('.').next().unwrap_or_default());
    }
    let useless = [".pyc", ".pyo", ".pyd", ".dll", ".dylib", ".a", ".o", ".pth"];
    if useless.iter().any(|end| file.ends_with(end)) || file.contains(".so.") {
        return Kind::Useless;
    }
    Kind::Data
}

fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    let is_start = |letter: char| letter == '_' || letter.is_alphabetic();
    letters.next().is_some_and(is_start)
        && letters.all(|letter| letter == '_' || letter.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(files: &[&str]) -> Layout {
        Layout::of(
            &files
                .iter()
                .map(|file| (*file).to_owned())
                .collect::<Vec<_>>(),
        )
    }

    fn names(layout: &Layout) -> Vec<&str> {
        layout.modules.keys().map(String::as_str).collect()
    }

    #[test]
    fn modules_packages_and_extensions_are_told_apart() {
        let layout = layout(&[
            "yaml/__init__.py",
            "yaml/cyaml.py",
            "yaml/_yaml.cpython-311-x86_64-linux-gnu.so",
            "_yaml/__init__.py",
            "yaml/__pycache__/cyaml.cpython-311.pyc",
            "PyYAML-6.0.dist-info/METADATA",
            "../../bin/tool",
            "bin/tool",
        ]);
        assert_eq!(
            names(&layout),
            ["_yaml", "yaml", "yaml._yaml", "yaml.cyaml"]
        );
        assert!(layout.is_extension("yaml._yaml"));
        assert_eq!(layout.modules["yaml._yaml"].path, "yaml/_yaml.py");
        assert_eq!(layout.public_roots(), ["yaml"]);
        assert_eq!(layout.metadata, ["PyYAML-6.0.dist-info/METADATA"]);
        assert_eq!(layout.files.len(), 3);
    }

    #[test]
    fn python_code_beside_an_extension_is_what_counts() {
        for files in [["p/md.abi3.so", "p/md.py"], ["p/md.py", "p/md.abi3.so"]] {
            assert!(!layout(&files).is_extension("p.md"), "{files:?}");
        }
    }

    #[test]
    fn a_namespace_package_is_entered_where_its_packages_are() {
        let layout = layout(&[
            "google/protobuf/__init__.py",
            "google/protobuf/message.py",
            "google/_upb/_message.abi3.so",
            "google/api.py",
        ]);
        let roots: Vec<_> = layout.roots.iter().map(String::as_str).collect();
        assert_eq!(
            roots,
            ["google._upb._message", "google.api", "google.protobuf"]
        );
        assert_eq!(layout.public_roots(), ["google.api", "google.protobuf"]);
    }

    #[test]
    fn what_is_only_private_is_what_a_program_imports() {
        let cffi = layout(&["_cffi_backend.cpython-311-x86_64-linux-gnu.so"]);
        assert_eq!(cffi.public_roots(), ["_cffi_backend"]);
        let mixed = layout(&[
            "81d2__mypyc.cpython-311.so",
            "pkg/__init__.py",
            "tests/x.py",
        ]);
        assert_eq!(mixed.public_roots(), ["pkg"]);
    }

    #[test]
    fn libraries_and_data_are_no_modules() {
        let layout = layout(&[
            "numpy.libs/libblas.so.0",
            "numpy.libs/libx-1.so",
            "certifi/cacert.pem",
            "certifi/__init__.py",
            "distutils-precedence.pth",
        ]);
        assert_eq!(names(&layout), ["certifi"]);
        assert_eq!(layout.files, ["certifi/cacert.pem", "certifi/__init__.py"]);
    }

    #[test]
    fn a_package_holds_its_modules_and_no_name_that_begins_alike() {
        assert!(is_within("a.b", "a") && is_within("a", "a"));
        assert!(!is_within("ab", "a"));
        assert_eq!(parents("a.b.c").collect::<Vec<_>>(), ["a.b", "a"]);
    }
}
