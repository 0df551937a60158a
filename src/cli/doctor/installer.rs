//! How installers of packages would be confined here: one that does nothing is, for real.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::checks::Check;
use crate::cli::sandbox::RuntimesArgument;
use crate::config::{ConfigFile, Settings, process_environment};
use crate::hardening::Hardening;
use crate::packages::confined::{self, Installer};

const NAME: &str = "installer";
const MEND: &str = "docs/security.md, \"The installer\", says what it needs";

pub fn check(file: &ConfigFile, runtimes: &RuntimesArgument) -> Option<Check> {
    // A wrong configuration and missing runtimes are told elsewhere.
    let settings = Settings::load(file, &process_environment).ok()?.settings;
    let places = runtimes.places(&settings).ok()?;
    let required = settings.lockdown.hardening == Hardening::Required;
    Some(match tried(&places.cache) {
        Ok(report) if report.missing().is_empty() => Check::ok(NAME, format!("confined: {report}")),
        Ok(report) if required => Check::failed(NAME, format!("off: {}", report.missing()), MEND),
        Ok(report) => {
            let missing = report.missing();
            Check::warning(
                NAME,
                format!("less confined than it could: {missing}"),
                MEND,
            )
        }
        Err(problem) => Check::warning(NAME, problem, MEND),
    })
}

fn tried(cache: &Path) -> Result<crate::hardening::Report, String> {
    let folder = Folder::within(cache).or_else(|_| Folder::within(&std::env::temp_dir()));
    let folder = folder.map_err(|error| format!("cannot be tried: {error}"))?;
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot be tried: {error}"))?;
    let nothing = Installer::new("true", &folder.0);
    executor
        .block_on(confined::run_and_report(&nothing))
        .map(|done| done.report)
        .map_err(|error| error.to_string())
}

/// Removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn within(parent: &Path) -> std::io::Result<Self> {
        let path = parent.join(format!("work-{}-doctor", std::process::id()));
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
