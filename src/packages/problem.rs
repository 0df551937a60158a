//! What kept the last set of a language's packages from being made, kept on disk beside the sets:
//! `belljar packages` tells what a server met in the background. It goes when a set is made, and
//! does not count for another list than the one it was about.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tracing::debug;

use super::cache::Cache;
use super::{Places, npm, python};
use crate::program::Language;

const FILE: &str = "problem.json";

/// What is in the file.
#[derive(Debug, Serialize, Deserialize)]
struct Problem {
    /// SHA-256 of the requirements; none when they could not be read.
    requirements: Option<String>,
    /// In words for the operator.
    problem: String,
}

/// Where the problem with a list is kept.
#[derive(Debug)]
pub struct Record {
    folder: PathBuf,
    requirements: Option<String>,
}

impl Record {
    /// For the list as it is now.
    pub fn of(places: &Places, language: Language) -> Self {
        let list = places.requirements(language);
        let requirements = match language {
            Language::Python3 => python::requirements::read(list).ok().map(|it| it.sha256),
            Language::Nodejs => npm::requirements::read(list).ok().map(|it| it.sha256),
        };
        let folder = Cache::new(&places.cache, language).folder("");
        Self {
            folder,
            requirements,
        }
    }

    /// What kept this list's packages from being installed, the last time that was tried.
    pub fn problem(&self) -> Option<String> {
        let text = fs::read(self.folder.join(FILE)).ok()?;
        let last: Problem = serde_json::from_slice(&text).ok()?;
        (last.requirements == self.requirements).then_some(last.problem)
    }

    /// Keeps the problem, if anything can be kept there, and gives it back.
    pub fn failed(&self, problem: String) -> String {
        let text = serde_json::to_vec_pretty(&Problem {
            requirements: self.requirements.clone(),
            problem: problem.clone(),
        });
        let text = text.expect("a problem is plain data");
        let fresh = self.folder.join(format!("{FILE}.new"));
        let kept = fs::create_dir_all(&self.folder)
            .and_then(|()| fs::write(&fresh, text))
            // It may repeat an address that is nobody else's business.
            .and_then(|()| fs::set_permissions(&fresh, Permissions::from_mode(0o600)))
            .and_then(|()| fs::rename(&fresh, self.folder.join(FILE)));
        if let Err(error) = kept {
            debug!("the problem is not kept on disk: {error}");
        }
        problem
    }

    /// There is none any more.
    pub fn clear(&self) {
        let _ = fs::remove_file(self.folder.join(FILE));
    }
}
