//! A set of Python packages, as it lies in the cache folder, and what is to be known of it.
//!
//! ```text
//! <packages.cache>/python/sets/<key>/
//!     set.json    what is here, below
//!     site/       what pip installed: `/site-packages` of the native tier's programs
//!     …           what the sandbox needs (`wasm`)
//! ```

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use serde::{Deserialize, Serialize};

use super::interpreter::Python;
use crate::packages::cache::Cache;
use crate::program::{Language, Package};

const DESCRIPTION: &str = "set.json";
pub const SITE: &str = "site";

#[derive(Debug, thiserror::Error)]
pub enum SetError {
    #[error("`{0}` is no set's key")]
    Key(String),
    #[error("the set of Python packages {key} cannot be read: {source}")]
    Read { key: String, source: io::Error },
    #[error("the set of Python packages {key} is damaged: {reason}")]
    Damaged { key: String, reason: String },
}

/// A set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Set {
    /// Names it by everything that determines it: 64 hexadecimal digits.
    #[serde(skip)]
    pub key: String,
    /// Where it is.
    #[serde(skip)]
    pub folder: PathBuf,
    /// The machine's interpreter that its machine code fits.
    pub python: Python,
    /// Every distribution, with the tier that it runs in.
    pub packages: Vec<Package>,
    /// Distributions that are listed or that these need; the others are there without being listed.
    #[serde(default)]
    pub wanted: Vec<String>,
    /// What only the native tier can import, and which distribution it is of: packages and modules,
    /// with dots where they are parts of a package that several distributions share.
    pub native_modules: BTreeMap<String, String>,
    /// Modules that a zygote imports before it is of use, in this order.
    pub preload: Vec<String>,
    /// What the operator should know of it.
    #[serde(default)]
    pub notes: Vec<String>,
}

impl Set {
    /// What pip installed.
    pub fn site(&self) -> PathBuf {
        self.folder.join(SITE)
    }

    /// Its folder, for the sandbox to read.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&self) -> Result<Dir, SetError> {
        Dir::open_ambient_dir(&self.folder, ambient_authority()).map_err(|source| SetError::Read {
            key: self.key.clone(),
            source,
        })
    }

    /// Writes its description into `folder`.
    ///
    /// # Errors
    /// When that cannot be written to.
    pub fn describe(&self, folder: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self).expect("a description is plain data");
        std::fs::write(folder.join(DESCRIPTION), text)
    }
}

/// The sets in a cache folder.
#[derive(Clone, Debug)]
pub struct Sets(Cache);

impl Sets {
    /// Those below `packages.cache`.
    pub fn new(packages_cache: &Path) -> Self {
        Self(Cache::new(packages_cache, Language::Python3))
    }

    /// The set called `key`.
    ///
    /// # Errors
    /// When there is none, or not one that can be used.
    pub fn open(&self, key: &str) -> Result<Set, SetError> {
        if key.len() != 64 || !key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(SetError::Key(key.chars().take(80).collect()));
        }
        let folder = self.0.set(key);
        let text = std::fs::read(folder.join(DESCRIPTION)).map_err(|source| SetError::Read {
            key: key.to_owned(),
            source,
        })?;
        let damaged = |reason: String| SetError::Damaged {
            key: key.to_owned(),
            reason,
        };
        let set: Set = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
        if !set.python.executable.is_absolute() {
            return Err(damaged("its interpreter has no absolute path".to_owned()));
        }
        Ok(Set {
            key: key.to_owned(),
            folder: std::path::absolute(&folder).unwrap_or(folder),
            ..set
        })
    }
}
