//! Starting an installer, in which foreign code runs: packages bring scripts that build them. What
//! it is confined to and who watches it is told in [`super::warden`].
//!
//! Guarantees: it finds nothing of our environment but what `child` passes on, a home and a folder
//! for temporary files of its own; when it ended, nothing of it runs, and its work folder holds
//! plain files of ours or nothing.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;
use tokio::process::Command;

use super::child::{self, Ended, Kept};
use super::warden::{End, Errand, HOME, TMP, Verdict};
use crate::hardening::{Hardening, Layer, Place, Report, Right, Rlimits};

/// What is before each line that tells what is not as it should be.
pub const WARNING: &str = "belljar: warning: ";

/// What the warden needs beyond the installer's time to end and clear up.
const GRACE: Duration = Duration::from_secs(60);

/// What no build of a package comes near to, and what keeps a machine usable.
const LIMITS: Rlimits = Rlimits {
    processes: 1024,
    open_files: 4096,
    file_bytes: 8 << 30,
    // Node and the sanitizers of compilers reserve much more than they use.
    address_bytes: 256 << 30,
    data_bytes: 16 << 30,
    cpu_seconds: 3600,
};
const DISK_BYTES: u64 = 24 << 30;

/// Files of the operator's home that say how to reach registries. The installer gets copies.
const PIP_SETTINGS: &str = "pip/pip.conf";
const SETTINGS: [&str; 4] = [".npmrc", ".netrc", ".config/pip/pip.conf", ".pip/pip.conf"];
/// Variables that name such a file.
const SETTINGS_VARIABLES: [&str; 4] = [
    "NETRC",
    "NPM_CONFIG_USERCONFIG",
    "npm_config_userconfig",
    "PIP_CONFIG_FILE",
];
/// Variables whose value names files and folders, separated as in a path or by blanks.
const PLACES_VARIABLES: [&str; 13] = [
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "NPM_CONFIG_CAFILE",
    "PIP_BUILD_CONSTRAINT",
    "PIP_CERT",
    "PIP_CLIENT_CERT",
    "PIP_CONSTRAINT",
    "PIP_FIND_LINKS",
    "PIP_REQUIREMENT",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "npm_config_cafile",
];
/// What programs have beside `bin`.
const BESIDE_BIN: [&str; 7] = [
    "bin",
    "include",
    "lib",
    "lib64",
    "libexec",
    "pyvenv.cfg",
    "share",
];

#[derive(Debug, thiserror::Error)]
pub enum ConfinedError {
    /// There is no such program.
    #[error("it is not there")]
    Missing,
    #[error("{0}")]
    NotStarted(String),
    #[error("it was stopped: {0}")]
    Stopped(String),
    #[error("what it installed cannot be used: {0}")]
    Unusable(String),
    #[error("cannot prepare it: `{}`: {source}", path.display())]
    Prepare { path: PathBuf, source: io::Error },
    #[error("cannot confine it: {0}")]
    Warden(String),
}

/// An installer and what it is given.
#[derive(Clone, Debug)]
pub struct Installer<'a> {
    /// Looked for as a shell does.
    pub program: OsString,
    pub arguments: Vec<OsString>,
    /// Set in its environment, over what every child of ours gets.
    pub environment: Vec<(OsString, OsString)>,
    /// Its work folder, which it installs into. What is there is given to it meanwhile.
    pub folder: &'a Path,
    /// Where it starts, if that is not its folder. Can be read.
    pub start_in: Option<PathBuf>,
    /// Its own cache, kept for the next time.
    pub cache: Option<&'a Path>,
    /// Private folders of ours that it is to read.
    pub handed: Vec<PathBuf>,
    /// What it has to read beside the system: where requirements and archives are.
    pub readable: Vec<PathBuf>,
    pub patience: Duration,
    pub hardening: Hardening,
    pub limits: Rlimits,
    /// What it may add to the work folder and the cache.
    pub disk_bytes: u64,
    /// Layers left out, for tests that show what each of them is for.
    pub without: Vec<Layer>,
    /// The program that has the role of the warden, if it is not this one.
    pub warden: Option<PathBuf>,
}

impl<'a> Installer<'a> {
    pub fn new(program: impl AsRef<OsStr>, folder: &'a Path) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            folder,
            start_in: None,
            cache: None,
            handed: Vec::new(),
            readable: Vec::new(),
            patience: Duration::from_secs(300),
            hardening: Hardening::BestEffort,
            limits: LIMITS,
            disk_bytes: DISK_BYTES,
            without: Vec::new(),
            warden: None,
        }
    }

    pub fn set(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) {
        let (name, value) = (name.as_ref().to_owned(), value.as_ref().to_owned());
        self.environment.push((name, value));
    }
}

/// What came of an installer, and how it was confined.
#[derive(Debug)]
pub struct Done {
    pub ended: Ended,
    pub report: Report,
}

/// Runs an installer to its end. What it could not be confined by is told on standard error, each
/// line with [`WARNING`] before it.
///
/// # Errors
/// As [`run_and_report`].
pub async fn run(installer: &Installer<'_>) -> Result<Ended, ConfinedError> {
    let done = run_and_report(installer).await?;
    let missing = done.report.missing();
    if !missing.is_empty() {
        let program = Path::new(&installer.program).file_name();
        let program = program.unwrap_or_default().display();
        eprintln!(
            "{WARNING}{program} runs less confined than it could: {missing}; see docs/security.md"
        );
    }
    Ok(done.ended)
}

/// Runs an installer to its end.
///
/// # Errors
/// When it could not be started, was stopped, or left what cannot be used.
pub async fn run_and_report(installer: &Installer<'_>) -> Result<Done, ConfinedError> {
    let errand = errand(installer)?;
    let errand = serde_json::to_vec(&errand)
        .map_err(|error| ConfinedError::Warden(format!("a path that is not text ({error})")))?;
    let failed = |error: io::Error| ConfinedError::Warden(error.to_string());
    let warden = match &installer.warden {
        Some(warden) => warden.clone(),
        None => std::env::current_exe().map_err(failed)?,
    };
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().map_err(failed)?;
    ours.set_nonblocking(true).map_err(failed)?;
    let mut socket = UnixStream::from_std(ours).map_err(failed)?;
    let mut command = Command::new(warden);
    command
        .arg("warden")
        .env_clear()
        .current_dir("/")
        .stdin(OwnedFd::from(theirs))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let mut child = command.spawn().map_err(failed)?;
    // It holds the warden's end of the socket.
    drop(command);
    // Told to end rather than killed when nobody waits any more: it has to end others.
    let mut asked = Asked(child.id());
    socket.write_all(&errand).await.map_err(failed)?;
    socket.shutdown().await.map_err(failed)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let mut kept = [(); 3].map(|()| Kept::default());
    let [verdict, out, err] = &mut kept;
    let output = async {
        tokio::join!(
            verdict.read(Some(socket)),
            out.read(stdout),
            err.read(stderr),
            child.wait()
        )
        .3
    };
    let patience = installer.patience.saturating_add(GRACE);
    let Ok(status) = tokio::time::timeout(patience, output).await else {
        let words = "the process that confines it does not end";
        return Err(ConfinedError::Warden(words.to_owned()));
    };
    // It was waited for: its number may be another's by now.
    asked.0 = None;
    let [verdict, stdout, stderr] = kept.map(Kept::into_text);
    let status = status.map_err(failed)?;
    if !status.success() {
        let words = stderr.trim().replace("belljar: error: ", "");
        return Err(ConfinedError::Warden(if words.is_empty() {
            status.to_string()
        } else {
            words
        }));
    }
    let verdict: Verdict =
        serde_json::from_str(&verdict).map_err(|error| ConfinedError::Warden(error.to_string()))?;
    let status = match verdict.end {
        End::Ended(status) => Some(ExitStatus::from_raw(status)),
        End::TimedOut => None,
        End::Stopped(why) => return Err(ConfinedError::Stopped(why)),
        End::NotStarted(why) => return Err(ConfinedError::NotStarted(why)),
        End::Unusable(why) => return Err(ConfinedError::Unusable(why)),
    };
    Ok(Done {
        ended: Ended {
            status,
            stdout,
            stderr,
        },
        report: verdict.report,
    })
}

/// The warden, told to end when dropped before it did.
struct Asked(Option<u32>);

impl Drop for Asked {
    fn drop(&mut self) {
        let Some(id) = self.0.and_then(|id| libc::pid_t::try_from(id).ok()) else {
            return;
        };
        // SAFETY: no memory is passed. It is our child, and was not waited for.
        unsafe { libc::kill(id, libc::SIGTERM) };
    }
}

fn errand(installer: &Installer<'_>) -> Result<Errand, ConfinedError> {
    let absolute = |path: &Path| {
        std::path::absolute(path).map_err(|source| ConfinedError::Prepare {
            path: path.to_owned(),
            source,
        })
    };
    let folder = absolute(installer.folder)?;
    let cache = installer.cache.map(absolute).transpose()?;
    let start_in = absolute(installer.start_in.as_deref().unwrap_or(&folder))?;
    if let Some(cache) = &cache {
        make(cache)?;
    }
    let program = find(&installer.program).ok_or(ConfinedError::Missing)?;
    let mut places = beside(&program);
    // npm is a script that Node runs.
    places.extend(find("node".as_ref()).iter().flat_map(|node| beside(node)));
    for path in installer.readable.iter().chain(&installer.start_in) {
        places.push(Place::new(absolute(path)?, Right::Execute));
    }
    let mut environment = child::environment();
    environment.extend(installer.environment.iter().cloned());
    for (name, value) in &environment {
        let value = value.to_string_lossy();
        let named = PLACES_VARIABLES.iter().any(|each| *each == name);
        let parts = value.split([':', ' ']).filter(|part| part.starts_with('/'));
        places.extend(
            parts
                .filter(|_| named)
                .map(|part| Place::new(part, Right::Read)),
        );
    }
    furnish(&folder, &mut environment)?;
    let text = |text: OsString| {
        let words = |text: OsString| format!("`{}` is not text", text.display());
        text.into_string()
            .map_err(|text| ConfinedError::Warden(words(text)))
    };
    let mut passed = Vec::new();
    for (name, value) in environment {
        passed.push((text(name)?, text(value)?));
    }
    let arguments = installer.arguments.iter().cloned().map(text);
    let handed = installer.handed.iter().map(|folder| absolute(folder));
    Ok(Errand {
        program,
        arguments: arguments.collect::<Result<_, _>>()?,
        environment: passed,
        folder,
        start_in,
        cache,
        handed: handed.collect::<Result<_, _>>()?,
        places,
        patience: installer.patience,
        limits: installer.limits,
        disk_bytes: installer.disk_bytes,
        hardening: installer.hardening,
        without: installer.without.clone(),
    })
}

/// Makes the installer's home and its folder for temporary files within `folder`, with copies of
/// what the operator's home says of registries.
fn furnish(
    folder: &Path,
    environment: &mut Vec<(OsString, OsString)>,
) -> Result<(), ConfinedError> {
    let (home, tmp) = (folder.join(HOME), folder.join(TMP));
    make(&home)?;
    make(&tmp)?;
    let variable = |wanted: &str| {
        let (_, value) = environment.iter().rfind(|(name, _)| name == wanted)?;
        Some(PathBuf::from(value))
    };
    let operators = variable("HOME");
    // pip looks there first.
    let configuration = variable("XDG_CONFIG_HOME").map(|folder| (folder, home.join(".config")));
    for name in SETTINGS {
        if let Some(operators) = &operators {
            copy(&operators.join(name), &home.join(name))?;
        }
    }
    if let Some((theirs, ours)) = configuration {
        copy(&theirs.join(PIP_SETTINGS), &ours.join(PIP_SETTINGS))?;
    }
    for (name, value) in environment.iter_mut() {
        let named = SETTINGS_VARIABLES.iter().any(|each| *each == name);
        if named && Path::new(value).is_file() {
            let ours = home.join(&*name);
            copy(Path::new(value), &ours)?;
            *value = ours.into();
        }
    }
    let own = ["HOME", "TMPDIR", "TMP", "TEMP", "XDG_CONFIG_HOME"];
    environment.retain(|(name, _)| own.iter().all(|each| *each != name));
    environment.push(("HOME".into(), home.into()));
    for name in ["TMPDIR", "TMP", "TEMP"] {
        environment.push((name.into(), tmp.clone().into()));
    }
    Ok(())
}

fn make(folder: &Path) -> Result<(), ConfinedError> {
    fs::create_dir_all(folder).map_err(|source| ConfinedError::Prepare {
        path: folder.to_owned(),
        source,
    })
}

/// Copies a file that may not be there, or not be readable, so that only its owner can read it.
fn copy(from: &Path, to: &Path) -> Result<(), ConfinedError> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let Ok(content) = fs::read(from) else {
        return Ok(());
    };
    if let Some(folder) = to.parent() {
        make(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(0o600).open(to);
    opened
        .and_then(|mut file| file.write_all(&content))
        .map_err(|source| ConfinedError::Prepare {
            path: to.to_owned(),
            source,
        })
}

/// A program by its path, or by its name in one of the folders of `PATH`.
fn find(program: &OsStr) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    let startable = |path: &PathBuf| {
        let metadata = fs::metadata(path);
        metadata.is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    };
    if Path::new(program).components().count() > 1 {
        return std::path::absolute(program).ok().filter(startable);
    }
    std::env::split_paths(&child::search_path())
        .map(|folder| folder.join(program))
        .find(startable)
}

/// Where a program and what belongs to it are, along all links that lead to it.
fn beside(program: &Path) -> Vec<Place> {
    let mut places = Vec::new();
    let mut at = program.to_owned();
    // As many links as the kernel follows.
    for _ in 0..40 {
        let folder = at.parent().unwrap_or(Path::new("/"));
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        places.push(Place::new(&folder, Right::Execute));
        if let Some(prefix) = folder.parent().filter(|_| folder.ends_with("bin")) {
            let theirs = BESIDE_BIN.map(|name| prefix.join(name));
            let there = theirs.into_iter().filter(|path| path.exists());
            places.extend(there.map(|path| Place::new(path, Right::Execute)));
        }
        match fs::read_link(&at) {
            Ok(target) => at = folder.join(target),
            Err(_) => break,
        }
    }
    places.dedup();
    places
}
