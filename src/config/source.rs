//! Looks each key up, the environment before the file, and collects every problem on the way.

use std::env::VarError;
use std::fmt;
use std::path::{Path, PathBuf};

use super::keys::{self, Key};
use super::suggest::nearest_key;
use super::value::{Expected, Value};
use super::yaml::{self, Entry};

/// How environment variables are looked up; tests inject their own.
pub type Environment<'a> = &'a dyn Fn(&str) -> Result<String, VarError>;

/// The environment of this process.
pub fn process_environment(name: &str) -> Result<String, VarError> {
    std::env::var(name)
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read the configuration file `{}`: {source}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    /// Everything that is wrong, not only the first thing.
    #[error("{}", list(.0))]
    Invalid(Vec<Problem>),
}

fn list(problems: &[Problem]) -> String {
    let lines: Vec<_> = problems.iter().map(Problem::to_string).collect();
    lines.join("\n")
}

/// One value that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `conf/config.yaml:7: max_workers`, or `environment variable MAX_WORKERS`.
    pub place: String,
    /// What was expected and what was found.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Something the operator should read in the log although the configuration is usable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    Information(String),
    Warning(String),
}

/// The file's keys and the environment.
pub struct Sources<'a> {
    environment: Environment<'a>,
    file: Option<&'a Path>,
    entries: Vec<Entry>,
    problems: Vec<Problem>,
    pub notices: Vec<Notice>,
}

impl<'a> Sources<'a> {
    /// Sources without a file.
    pub fn environment_only(environment: Environment<'a>) -> Self {
        Self {
            environment,
            file: None,
            entries: Vec::new(),
            problems: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// Sources with the file at `path`, whose content is `text`.
    pub fn with_file(environment: Environment<'a>, path: &'a Path, text: &str) -> Self {
        let mut sources = Self::environment_only(environment);
        sources.file = Some(path);
        match yaml::read(text) {
            Ok(entries) => sources.entries = entries,
            Err(error) => sources.problems.push(Problem {
                place: format!("{}:{}", path.display(), error.line),
                message: error.message,
            }),
        }
        sources.check_names();
        sources
    }

    fn check_names(&mut self) {
        for entry in &self.entries {
            let path = &entry.path;
            if keys::is_key(path) {
                continue;
            }
            let place = self.place_in_file(entry);
            if keys::is_group(path) {
                if !entry.value.is_unset() {
                    self.problems.push(Problem {
                        place,
                        message: format!(
                            "expected further keys, indented below it, found {}",
                            entry.value
                        ),
                    });
                }
                continue;
            }
            let hint = nearest_key(path)
                .map(|key| format!("; did you mean `{key}`?"))
                .unwrap_or_default();
            self.notices.push(Notice::Warning(format!(
                "{place}: unknown key, ignored{hint}"
            )));
        }
    }

    fn place_in_file(&self, entry: &Entry) -> String {
        let file = self.file.unwrap_or(Path::new("")).display();
        format!("{file}:{}: {}", entry.line, entry.path)
    }

    /// The value of `key`, read by `read`; `None` if it is not set anywhere or is wrong (which is
    /// then remembered for [`Self::finish`]).
    pub fn get<T>(
        &mut self,
        key: &Key,
        read: impl FnOnce(&Value) -> Result<T, Expected>,
    ) -> Option<T> {
        self.get_explained(key, |value| {
            read(value).map_err(|expected| format!("expected {expected}, found {value}"))
        })
    }

    /// The same where `read` says itself what is wrong, because the value may hold a password or is
    /// wrong only in part.
    pub fn get_explained<T>(
        &mut self,
        key: &Key,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        let (place, value) = self.look_up(key)?;
        match read(&value) {
            Ok(value) => Some(value),
            Err(message) => {
                self.problems.push(Problem { place, message });
                None
            }
        }
    }

    /// Whether `key` is set, rightly or wrongly.
    pub fn has(&self, key: &Key) -> bool {
        let variable = key.variable.and_then(|name| (self.environment)(name).ok());
        variable.is_some_and(|text| !text.trim().is_empty())
            || self
                .entries
                .iter()
                .any(|entry| entry.path == key.path && !entry.value.is_unset())
    }

    fn look_up(&mut self, key: &Key) -> Option<(String, Value)> {
        if let Some(variable) = key.variable {
            let place = format!("environment variable {variable}");
            match (self.environment)(variable) {
                Ok(text) if text.trim().is_empty() => {}
                Ok(text) => return Some((place, Value::Text(text))),
                Err(VarError::NotPresent) => {}
                Err(VarError::NotUnicode(_)) => {
                    self.problems.push(Problem {
                        place,
                        message: "expected text, found bytes that are not UTF-8".to_owned(),
                    });
                    return None;
                }
            }
        }
        let entry = self.entries.iter().find(|entry| entry.path == key.path)?;
        if entry.value.is_unset() {
            return None;
        }
        Some((self.place_in_file(entry), entry.value.clone()))
    }

    /// All notices, if there were no problems.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with everything that was wrong.
    pub fn finish(self) -> Result<Vec<Notice>, ConfigError> {
        if self.problems.is_empty() {
            Ok(self.notices)
        } else {
            Err(ConfigError::Invalid(self.problems))
        }
    }
}
