//! The machine's own Python: which one, and a virtual environment of ours made by it, for its pip.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::packages::child::{self, Task};

/// What everybody has who has Python from the distribution.
const USUAL: &str = "/usr/bin/python3";
const NAME: &str = "python3";
/// In the virtual environment's folder, last: what it was made for.
const MARK: &str = "belljar.json";

/// How long it may take to say what it is.
const ANSWER: Duration = Duration::from_secs(30);
/// How long making the virtual environment may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// What asks it.
const QUESTION: &str = "
import json, os, platform, sys
executable = os.path.realpath(getattr(sys, '_base_executable', None) or sys.executable)
print(json.dumps({'executable': executable, 'version': platform.python_version()}))
";
/// The oldest that the native tier's own code runs on.
const OLDEST: (u32, u32) = (3, 9);

#[derive(Debug, thiserror::Error)]
pub enum InterpreterError {
    #[error(
        "there is no Python on this machine: install it (Debian's packages `python3` and `python3-venv`, or run `scripts/install build`), or say where it is (python_path)"
    )]
    Missing,
    #[error("cannot start `{}`: {source} (python_path)", path.display())]
    Start { path: PathBuf, source: io::Error },
    #[error("`{}` is no Python that can be used: {reason} (python_path)", path.display())]
    Unusable { path: PathBuf, reason: String },
    #[error(
        "`{}` cannot make a virtual environment, which takes its modules venv and ensurepip: install Debian's package `python3-venv`{exactly}, or run `scripts/install build`",
        path.display()
    )]
    NoVenv { path: PathBuf, exactly: String },
    #[error("cannot make the virtual environment `{}`: {reason}", path.display())]
    Venv { path: PathBuf, reason: String },
}

/// An interpreter, before it was asked anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    pub path: PathBuf,
    /// Tells it from another one, or from what it was before an upgrade.
    pub identity: String,
    /// What the operator should know of the choice.
    pub note: Option<String>,
}

/// What an interpreter is, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Python {
    /// The program itself, no link and no virtual environment's.
    pub executable: PathBuf,
    /// Such as `3.11.2`.
    pub version: String,
}

/// The one that was chosen, else the distribution's, else the first one in `PATH`. One that was
/// chosen and is not there (dify-sandbox's own configuration names one that its image has) is only
/// noted.
///
/// # Errors
/// When there is none.
pub fn find(chosen: Option<&Path>) -> Result<Interpreter, InterpreterError> {
    if let Some(found) = chosen.and_then(identify) {
        return Ok(found);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).map(|folder| folder.join(NAME));
    let mut found = std::iter::once(PathBuf::from(USUAL))
        .chain(in_path)
        .find_map(|path| identify(&path))
        .ok_or(InterpreterError::Missing)?;
    found.note = chosen.map(|path| {
        format!(
            "there is no `{}` (python_path): `{}` is used",
            path.display(),
            found.path.display()
        )
    });
    Ok(found)
}

fn identify(path: &Path) -> Option<Interpreter> {
    let real = path.canonicalize().ok()?;
    let file = real.metadata().ok().filter(|file| file.is_file())?;
    let identity = format!(
        "{} {} {} {}",
        path.display(),
        real.display(),
        file.len(),
        file.mtime()
    );
    Some(Interpreter {
        path: std::path::absolute(path).unwrap_or(real),
        identity,
        note: None,
    })
}

impl Interpreter {
    /// Has it say what it is.
    ///
    /// # Errors
    /// When it does not, or is too old.
    pub async fn ask(&self) -> Result<Python, InterpreterError> {
        let task =
            Task::new(&self.path, Path::new("/"), ANSWER).arguments(["-I", "-S", "-c", QUESTION]);
        let ended = self.run(&task).await?;
        let unusable = |reason: String| InterpreterError::Unusable {
            path: self.path.clone(),
            reason,
        };
        let python: Python = serde_json::from_str(&ended.stdout).map_err(|_| {
            let words = ended.stderr.lines().next_back().unwrap_or_default();
            unusable(format!("it does not say what it is: {}", words.trim()))
        })?;
        match number(&python.version) {
            Some(version) if version >= OLDEST => Ok(python),
            _ => {
                let (major, minor) = OLDEST;
                let version = &python.version;
                Err(unusable(format!(
                    "it is version {version}, at least {major}.{minor} is needed"
                )))
            }
        }
    }

    /// The Python of the virtual environment in `folder`, which is made if it is not there for this
    /// interpreter.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn environment(&self, folder: &Path) -> Result<PathBuf, InterpreterError> {
        let (mark, inside) = (folder.join(MARK), folder.join("bin/python"));
        if std::fs::read_to_string(&mark).is_ok_and(|made_for| made_for == self.identity)
            && inside.exists()
        {
            return Ok(inside);
        }
        let _ = std::fs::remove_dir_all(folder);
        let task = Task::new(&self.path, Path::new("/"), PATIENCE)
            .arguments(["-I", "-m", "venv"])
            .arguments([folder]);
        let ended = self.run(&task).await?;
        let failed = |reason: String| InterpreterError::Venv {
            path: folder.to_owned(),
            reason,
        };
        if ended.status.is_none_or(|status| !status.success()) {
            let _ = std::fs::remove_dir_all(folder);
            let said = format!("{}\n{}", ended.stdout, ended.stderr);
            if said.contains("ensurepip") || said.contains("No module named venv") {
                return Err(InterpreterError::NoVenv {
                    path: self.path.clone(),
                    exactly: named_package(&said),
                });
            }
            let last = said.lines().rfind(|line| !line.trim().is_empty());
            let time = || format!("it took more than {} s", PATIENCE.as_secs());
            return Err(failed(
                last.map_or_else(time, |last| last.trim().to_owned()),
            ));
        }
        std::fs::write(mark, &self.identity).map_err(|error| failed(error.to_string()))?;
        Ok(inside)
    }

    async fn run(&self, task: &Task) -> Result<child::Ended, InterpreterError> {
        child::run(task)
            .await
            .map_err(|source| InterpreterError::Start {
                path: self.path.clone(),
                source,
            })
    }
}

/// The package that Debian's Python names when it lacks a part.
fn named_package(said: &str) -> String {
    let mut words = said.split_whitespace();
    let package = words.find(|word| word.starts_with("python3") && word.ends_with("-venv"));
    let other = package.filter(|package| *package != "python3-venv");
    other.map_or_else(String::new, |package| format!(" (`{package}`)"))
}

/// The first two parts of a version.
fn number(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_was_chosen_and_is_not_there_is_replaced_and_noted() {
        let found = find(Some(Path::new("/nowhere/python3"))).unwrap();
        let note = found.note.unwrap();
        assert!(
            note.starts_with("there is no `/nowhere/python3` (python_path): `/"),
            "{note}"
        );
        let again = find(Some(&found.path)).unwrap();
        assert_eq!((again.identity, again.note), (found.identity, None));
    }

    #[test]
    fn what_debian_says_is_missing_is_passed_on() {
        let said = "The virtual environment was not created successfully because ensurepip is not\n\
                    available.  On Debian/Ubuntu systems, you need to install the python3-venv\n\
                    package using the following command.\n\n    apt install python3.11-venv\n";
        assert_eq!(
            named_package(&said.replace("python3-venv", "x")),
            " (`python3.11-venv`)"
        );
        assert_eq!(number("3.11.2rc1"), Some((3, 11)));
        assert_eq!(number("3"), None);
    }

    #[tokio::test]
    async fn something_else_than_python_is_told_so() {
        let found = identify(Path::new("/bin/false")).unwrap();
        let error = found.ask().await.unwrap_err().to_string();
        assert!(
            error.starts_with("`/bin/false` is no Python that can be used: "),
            "{error}"
        );
    }
}
