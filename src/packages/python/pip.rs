//! Running pip: resolves and fetches into a folder, and says in a few words what keeps it from that.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::trouble::{self, Trouble};
use crate::hardening::Hardening;
use crate::packages::cache::Cache;
use crate::packages::confined::{self, ConfinedError, Installer};
use crate::units::ByteSize;

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(780);
/// What has to stay free on the disk while it works.
const LEAST_FREE: ByteSize = ByteSize::mib(64);
/// How often that is looked at.
const LOOK: Duration = Duration::from_millis(250);

#[derive(Debug, thiserror::Error)]
pub enum PipError {
    #[error("pip: {0}")]
    Confined(#[from] ConfinedError),
    #[error("pip did not end within {} s", PATIENCE.as_secs())]
    TimedOut,
    #[error(
        "the disk of `{}` is full: less than {LEAST_FREE} are free; make room or choose another folder (packages.cache)",
        .0.display()
    )]
    DiskFull(PathBuf),
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// pip, ready to be run.
#[derive(Debug)]
pub struct Pip<'a> {
    /// The virtual environment's Python.
    pub python: PathBuf,
    pub cache: &'a Cache,
    /// pip's own cache.
    pub downloads: PathBuf,
    /// Where paths in the requirements are seen from; the work folder if nowhere.
    pub start_in: Option<PathBuf>,
    /// The work folder.
    pub work: PathBuf,
    /// A folder of ours with lists that it is given.
    pub lists: PathBuf,
    /// What the requirements name of this machine.
    pub local: Vec<PathBuf>,
    pub mirror: Option<&'a str>,
    /// Environment variables that the requirements mention.
    pub variables: Vec<(OsString, OsString)>,
    pub hardening: Hardening,
}

impl Pip<'_> {
    /// Installs what `wanted` (arguments of pip's) says into the folder `site`.
    ///
    /// # Errors
    /// When it fails, in words for the operator.
    pub async fn install<T: Into<OsString>>(
        &self,
        site: &Path,
        wanted: impl IntoIterator<Item = T>,
    ) -> Result<(), PipError> {
        let command = ["-I", "-m", "pip", "install", "--no-user", "--no-compile"];
        let mut arguments: Vec<OsString> = command.map(Into::into).to_vec();
        arguments.extend(["--target".into(), site.into()]);
        arguments.extend(self.index());
        arguments.extend(wanted.into_iter().map(Into::into));
        let mut pip = Installer {
            arguments,
            start_in: self.start_in.clone(),
            cache: Some(&self.downloads),
            handed: vec![self.lists.clone()],
            readable: self.local.clone(),
            patience: PATIENCE,
            hardening: self.hardening,
            ..Installer::new(&self.python, &self.work)
        };
        pip.set("PIP_CACHE_DIR", &self.downloads);
        pip.set("LC_ALL", "C.UTF-8");
        for (name, value) in [
            ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
            ("PIP_NO_INPUT", "1"),
            ("PIP_NO_COLOR", "1"),
            ("PIP_NO_PYTHON_VERSION_WARNING", "1"),
            ("PIP_PROGRESS_BAR", "off"),
            ("PIP_ROOT_USER_ACTION", "ignore"),
            // Or old packages are installed in a way that leaves no list of their files.
            ("PIP_USE_PEP517", "1"),
        ] {
            pip.set(name, value);
        }
        if std::env::var_os("PIP_RETRIES").is_none() {
            pip.set("PIP_RETRIES", "2");
        }
        for (name, value) in &self.variables {
            pip.set(name, value);
        }
        let ended = tokio::select! {
            ended = confined::run(&pip) => ended?,
            () = self.disk_is_full() => return Err(self.full()),
        };
        match ended.status {
            Some(status) if status.success() => Ok(()),
            Some(_) => match trouble::explain(&ended.stdout, &ended.stderr) {
                Trouble::DiskFull => Err(self.full()),
                other => Err(other.into()),
            },
            None => Err(PipError::TimedOut),
        }
    }

    /// The index to ask, unless the requirements name one.
    fn index(&self) -> Vec<OsString> {
        let Some(mirror) = self.mirror else {
            return Vec::new();
        };
        let mut arguments = vec!["--index-url".into(), mirror.into()];
        if let Some(host) = plain_host(mirror) {
            arguments.extend(["--trusted-host".into(), host.into()]);
        }
        arguments
    }

    /// Ends when there is too little room for anything more.
    async fn disk_is_full(&self) {
        while self.cache.free().is_none_or(|free| free >= LEAST_FREE) {
            tokio::time::sleep(LOOK).await;
        }
    }

    fn full(&self) -> PipError {
        PipError::DiskFull(self.cache.folder(""))
    }
}

/// The host (and port) of an address without TLS, which pip has to be told to trust.
fn plain_host(address: &str) -> Option<&str> {
    let rest = address.strip_prefix("http://")?;
    let rest = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_without_tls_is_trusted() {
        for (address, host) in [
            ("http://mirror/simple", Some("mirror")),
            ("http://user:word@mirror:8080/simple", Some("mirror:8080")),
            ("http://127.0.0.1:3141", Some("127.0.0.1:3141")),
            ("https://mirror/simple", None),
            ("http://", None),
        ] {
            assert_eq!(plain_host(address), host, "{address}");
        }
    }
}
