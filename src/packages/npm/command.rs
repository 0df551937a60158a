//! Running npm: fetches packages into a fresh folder, and never runs a script of theirs.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::requirements::{Requirement, Version};
use crate::hardening::Hardening;
use crate::packages::confined::{self, ConfinedError, Installer};

/// How long fetching may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// Lines of npm's own words that an error repeats.
const LINES: usize = 12;

#[derive(Debug, thiserror::Error)]
pub enum NpmError {
    #[error(
        "there is no npm on this machine: install it (Debian's package `npm`, or run `scripts/install build`), then try again"
    )]
    Missing,
    #[error("npm: {0}")]
    Confined(ConfinedError),
    #[error("cannot write `{file}`: {source}")]
    Write { file: String, source: io::Error },
    #[error("npm did not end within {} s", PATIENCE.as_secs())]
    TimedOut,
    #[error("npm cannot reach the registry:\n{0}")]
    Registry(String),
    #[error("npm failed:\n{0}")]
    Failed(String),
}

/// What npm prints when the registry is the problem and not what was asked of it.
const REGISTRY_TROUBLE: [&str; 9] = [
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "ERR_SOCKET_TIMEOUT",
    "CERT_",
    "E502",
    "E503",
];

/// Installs `requirements` into `folder`, with npm's own cache in `cache`.
///
/// # Errors
/// When npm is missing or fails; its words are in the error.
pub async fn install(
    folder: &Path,
    cache: &Path,
    requirements: &[Requirement],
    hardening: Hardening,
) -> Result<(), NpmError> {
    let manifest = manifest(requirements).to_string();
    std::fs::write(folder.join("package.json"), manifest).map_err(|source| NpmError::Write {
        file: folder.join("package.json").display().to_string(),
        source,
    })?;
    let mut cache_option = OsString::from("--cache=");
    cache_option.push(cache);
    let arguments = [
        "install",
        "--ignore-scripts",
        "--omit=dev",
        // Copies of local folders, not links to them.
        "--install-links",
        "--no-bin-links",
        "--package-lock",
        "--no-audit",
        "--no-fund",
        "--no-progress",
        "--no-update-notifier",
        "--loglevel=error",
        "--fetch-retries=1",
        "--fetch-timeout=60000",
    ];
    let files = requirements.iter().filter_map(|each| match &each.version {
        Version::File(path) => Some(path.clone()),
        Version::Range(_) => None,
    });
    let installer = Installer {
        arguments: arguments
            .iter()
            .map(OsString::from)
            .chain([cache_option])
            .collect(),
        cache: Some(cache),
        readable: files.collect(),
        patience: PATIENCE,
        hardening,
        ..Installer::new("npm", folder)
    };
    let ended = confined::run(&installer)
        .await
        .map_err(|error| match error {
            ConfinedError::Missing => NpmError::Missing,
            other => NpmError::Confined(other),
        })?;
    let status = ended.status.ok_or(NpmError::TimedOut)?;
    if status.success() {
        return Ok(());
    }
    let words = words(&ended.stderr);
    Err(
        if REGISTRY_TROUBLE.iter().any(|code| words.contains(code)) {
            NpmError::Registry(words)
        } else {
            NpmError::Failed(if words.is_empty() {
                status.to_string()
            } else {
                words
            })
        },
    )
}

fn manifest(requirements: &[Requirement]) -> Value {
    let version = |version: &Version| match version {
        Version::Range(range) => range.clone(),
        Version::File(path) => {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            format!("file:{}", path.display())
        }
    };
    let dependencies: Map<_, _> = requirements
        .iter()
        .map(|each| (each.name.clone(), version(&each.version).into()))
        .collect();
    json!({"name": "belljar-packages", "private": true, "dependencies": dependencies})
}

/// What npm has to say, without what is of no use to the reader.
fn words(stderr: &str) -> String {
    let lines = stderr.lines().filter(|line| {
        let line = line.trim();
        !line.is_empty() && !line.contains("complete log of this run") && !line.contains("_logs")
    });
    lines.take(LINES).collect::<Vec<_>>().join("\n")
}
