//! Packages that programs can load beyond their language's own: from the operator's lists to sets
//! that servers start with.
//!
//! Three processes have to do with them: `belljar packages install` makes a set in the cache folder
//! ([`npm::install`], [`python::install`]); the [`keeper`], a child of the supervisor, starts that
//! command and has a fresh server take its result into use; a server's [`desk`] asks for it.
//!
//! Guarantees: a set is used whole or not at all; whatever fails leaves the one in use as it was and
//! says why; what is half done is removed.

pub mod cache;
pub mod child;
pub mod confined;
mod descendants;
pub mod desk;
pub mod keeper;
pub(crate) mod leftovers;
pub mod npm;
pub mod problem;
pub mod python;
pub mod settlement;
pub mod state;
pub mod warden;

use std::path::PathBuf;

use crate::hardening::Hardening;
use crate::program::Language;

/// Where everything is.
#[derive(Clone, Debug)]
pub struct Places {
    /// The lists of packages.
    pub nodejs_requirements: PathBuf,
    pub python_requirements: PathBuf,
    /// Where sets are kept.
    pub cache: PathBuf,
    /// The compiled runtimes.
    pub runtimes: PathBuf,
    /// The machine's Python, if one was chosen (`python_path`).
    pub python: Option<PathBuf>,
    /// The package index that pip asks (`python_pip_mirror_url`), if not the usual one.
    pub pip_mirror: Option<String>,
    /// Whether installers may be confined less than wholly.
    pub hardening: Hardening,
}

impl Places {
    /// The list of a language's packages.
    pub fn requirements(&self, language: Language) -> &PathBuf {
        match language {
            Language::Python3 => &self.python_requirements,
            Language::Nodejs => &self.nodejs_requirements,
        }
    }
}

/// What the packages of a language are called, in words for the operator.
pub fn kind(language: Language) -> &'static str {
    match language {
        Language::Python3 => "Python packages",
        Language::Nodejs => "npm packages",
    }
}

/// Where the list of a language's packages is, seen from the folder the server is started in.
pub fn requirements_file(language: Language) -> &'static str {
    match language {
        Language::Python3 => python::requirements::FILE,
        Language::Nodejs => npm::requirements::FILE,
    }
}
