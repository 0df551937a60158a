//! Loading JavaScript packages ahead of time: trying each in the sandbox, and telling the guest what
//! to do with them when its snapshot is taken.
//!
//! The forms here are those of `wasm-runtimes/javascript/node/probe.js`.

use std::time::Duration;

use cap_std::fs::Dir;
use serde::{Deserialize, Serialize};

use super::run::Entry;
pub use super::trial::ProbeError;
use super::trial::Trial;
use crate::program::{Ending, Language, Limits};
use crate::units::{ByteSize, Fuel};

/// Where the guest looks for its [`Plan`].
pub const PLAN_FILE: &str = "node_modules/.belljar.json";

/// What a package may take while it is tried: more than programs usually get, and an end all the
/// same.
const LIMITS: Limits = Limits {
    wall_clock: Duration::from_secs(30),
    fuel: Fuel(100_000_000_000),
    memory: ByteSize::mib(1024),
    stdout: ByteSize::mib(16),
    stderr: ByteSize::mib(1),
    tmp_bytes: ByteSize::mib(16),
    tmp_files: 1024,
    connections: 0,
    network_bytes: ByteSize(0),
    code: ByteSize::mib(1),
};

/// A way of loading a package; the two may give different files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Require,
    Import,
}

/// What came of loading a package in one way.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Attempt {
    /// Why it does not load.
    pub error: Option<String>,
    /// The file that the package's name stands for.
    pub main: Option<String>,
    /// What it asked for that differs between runs, or did that others see: `randomness`,
    /// `the time`, `output`, `timers`.
    #[serde(default)]
    pub asked: Vec<String>,
    /// What programs share and it changed, such as `Array.prototype.last`.
    #[serde(default)]
    pub changed: Vec<String>,
    /// The files it loaded, each after those it needs.
    #[serde(default)]
    pub files: Vec<LoadedFile>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct LoadedFile {
    pub file: String,
    /// An ES module; its evaluation is not told apart from that of what imports it.
    pub esm: bool,
    /// Evaluated to its end.
    pub loaded: bool,
    /// What it or a file it loaded asked for.
    pub asked: Vec<String>,
}

/// What the guest does with packages before its snapshot is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Names that are not there, and why.
    pub refused: std::collections::BTreeMap<String, String>,
    /// Names to look up.
    pub resolve: Vec<String>,
    /// CommonJS and JSON files to evaluate, in this order.
    pub evaluate: Vec<String>,
    /// Files to compile.
    pub compile: Vec<String>,
    /// ES modules to evaluate, with all that they import.
    pub import: Vec<String>,
}

/// Tries packages, each in an instance of its own.
pub struct Prober {
    trial: Trial,
}

impl Prober {
    /// For the runtime in `runtimes`, with the files of `archive`.
    ///
    /// # Errors
    /// When either cannot be used.
    pub fn new(runtimes: &Dir, archive: &[u8]) -> Result<Self, ProbeError> {
        let mut trial = Trial::new(runtimes, Language::Nodejs)?;
        trial.image().add_tar(archive)?;
        Ok(Self { trial })
    }

    /// Loads `package` in a fresh instance.
    ///
    /// # Errors
    /// When Belljar, not the package, fails.
    pub async fn probe(&self, package: &str, way: Way) -> Result<Attempt, ProbeError> {
        let way = match way {
            Way::Require => "require",
            Way::Import => "import",
        };
        let outcome = self
            .trial
            .run(Entry::Probe, package.to_owned(), way, LIMITS, package)
            .await?;
        let dies = |reason| Attempt {
            error: Some(reason),
            ..Attempt::default()
        };
        Ok(match (outcome.reason(), &outcome.ending) {
            (Some(reason), _) => dies(reason),
            (None, Ending::Exited(0)) if !outcome.stdout.is_empty() => {
                // The package may have printed before.
                let mut lines = outcome.stdout.rsplit(|byte| *byte == b'\n');
                serde_json::from_slice(lines.next().unwrap_or_default())
                    .unwrap_or_else(|_| dies("it changes how values become JSON".to_owned()))
            }
            _ => dies("it ends the program that loads it".to_owned()),
        })
    }
}
