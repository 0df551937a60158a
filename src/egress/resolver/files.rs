//! The two files of the host's configuration, read again when they change.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::ResolverSettings;
use super::system::System;

/// How often the files are looked at, at most.
const CHECKED_EVERY: Duration = Duration::from_secs(1);
/// Lists of what is to be blocked are large; more than that is cut off.
const MOST_BYTES: u64 = 16 << 20;

/// The files, and what they say.
#[derive(Debug)]
pub struct Files {
    settings: ResolverSettings,
    now: Mutex<Now>,
}

#[derive(Debug)]
struct Now {
    resolv_conf: Watched,
    hosts: Watched,
    checked: Instant,
    system: Arc<System>,
}

impl Files {
    pub fn new(settings: ResolverSettings) -> Self {
        let resolv_conf = Watched::new(&settings.resolv_conf);
        let hosts = Watched::new(&settings.hosts);
        let system = System::new(&resolv_conf.text, &hosts.text, &settings);
        let now = Mutex::new(Now {
            resolv_conf,
            hosts,
            checked: Instant::now(),
            system: Arc::new(system),
        });
        Self { settings, now }
    }

    /// What the files say now, or said a moment ago.
    pub fn current(&self) -> Arc<System> {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if now.checked.elapsed() >= CHECKED_EVERY {
            now.checked = Instant::now();
            // Both, not only the first that changed.
            let changed = now.resolv_conf.reread() | now.hosts.reread();
            if changed {
                info!("the configuration of name resolution changed");
                let (resolv_conf, hosts) = (&now.resolv_conf.text, &now.hosts.text);
                now.system = Arc::new(System::new(resolv_conf, hosts, &self.settings));
            }
        }
        Arc::clone(&now.system)
    }
}

#[derive(Debug)]
struct Watched {
    path: PathBuf,
    /// What the text belongs to; `None`: no file.
    mark: Option<Mark>,
    /// Empty where there is no file.
    text: Vec<u8>,
}

/// What changes with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

impl Watched {
    fn new(path: &Path) -> Self {
        let mut watched = Self {
            path: path.to_owned(),
            mark: None,
            text: Vec::new(),
        };
        watched.reread();
        watched
    }

    /// Whether there is a new text.
    fn reread(&mut self) -> bool {
        let mark = mark(&self.path);
        if mark == self.mark {
            return false;
        }
        // Whatever comes of it, it is tried once for each change.
        self.mark = mark;
        match read(&self.path) {
            Ok(text) if text == self.text => false,
            Ok(text) => {
                self.text = text;
                true
            }
            // A file that was put in the place of another cannot be opened by a locked process.
            Err(error) => {
                let path = self.path.display();
                warn!(
                    "`{path}` changed and cannot be read any more ({error}): still used as it was"
                );
                false
            }
        }
    }
}

fn mark(path: &Path) -> Option<Mark> {
    let metadata = fs::metadata(path).ok()?;
    Some(Mark {
        device: metadata.dev(),
        inode: metadata.ino(),
        size: metadata.size(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
    })
}

/// A missing file is an empty one.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(MOST_BYTES).read_to_end(&mut text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    Ok(text)
}
