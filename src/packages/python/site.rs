//! What pip installed: which distributions, which files are theirs, and what all of it is, as a sum.
//!
//! The formats: <https://packaging.python.org/en/latest/specifications/recording-installed-packages/>

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _};

use cap_std::fs::{Dir, Permissions, PermissionsExt as _};
use sha2::{Digest, Sha256};

use super::requirements::normal;
use crate::units::ByteSize;

/// What packages may amount to.
const MOST_BYTES: ByteSize = ByteSize::mib(16 << 10);
const MOST_FILES: usize = 1_000_000;
/// Folders within folders.
const MOST_DEPTH: usize = 64;

const INFORMATION: &str = ".dist-info";
/// What an interpreter compiled.
const COMPILED: &str = "__pycache__";
/// Files of [`INFORMATION`] folders that say how something was installed, not what.
const CIRCUMSTANCES: [&str; 4] = ["RECORD", "INSTALLER", "REQUESTED", "direct_url.json"];

#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    #[error("cannot read the packages' `{path}`: {source}")]
    Read { path: String, source: io::Error },
    #[error("the packages hold `{0}`, which is neither a file nor a folder")]
    Special(String),
    #[error("the packages are more than {MOST_BYTES}, or {MOST_FILES} files, or too deep: {0}")]
    TooLarge(String),
    #[error("`{0}` does not say what it is")]
    Nameless(String),
    #[error(
        "{0} is listed as editable (`-e`), which leaves its files where they are: list it without `-e`"
    )]
    Editable(String),
}

/// One installed distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// As package indexes compare it.
    pub name: String,
    pub version: String,
    /// Its files below the site, in order.
    pub files: Vec<String>,
    /// It was asked for by name, not only needed by another one.
    pub listed: bool,
}

/// All that was installed.
#[derive(Clone, Debug)]
pub struct Site {
    /// By name.
    pub distributions: Vec<Distribution>,
    /// SHA-256 of all files and their names, but for what only tells how they came here.
    pub sum: [u8; 32],
}

impl Site {
    /// Reads what is in `folder`, and lets everybody read it: the native tier's programs are nobody
    /// in particular.
    ///
    /// # Errors
    /// When it cannot be read, or is not what pip leaves.
    pub fn read(folder: &Dir) -> Result<Self, SiteError> {
        let mut walk = Walk::default();
        walk.folder(folder, "", 0)?;
        let Walk {
            mut hash, files, ..
        } = walk;
        let mut distributions = Vec::new();
        for information in folders_of_information(&files) {
            let distribution = distribution(folder, &information, &files)?;
            hash.update(distribution.name.as_bytes());
            hash.update([0, u8::from(distribution.listed)]);
            distributions.push(distribution);
        }
        distributions.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self {
            distributions,
            sum: hash.finalize().into(),
        })
    }
}

impl Distribution {
    /// The shortest names under which it can be imported: its packages and modules, with dots where
    /// they are parts of a package that several distributions share.
    pub fn modules(&self) -> BTreeSet<String> {
        let files: BTreeSet<_> = self.files.iter().map(String::as_str).collect();
        let packages: BTreeSet<_> = files
            .iter()
            .filter_map(|file| module(file)?.strip_suffix(".__init__").map(str::to_owned))
            .collect();
        let roots = files.iter().filter_map(|file| {
            let name = module(file)?;
            let name = name.strip_suffix(".__init__").unwrap_or(&name).to_owned();
            let above = name.match_indices('.').map(|(at, _)| &name[..at]);
            let root = above.into_iter().find(|above| packages.contains(*above));
            Some(root.map_or(name.clone(), str::to_owned))
        });
        roots.collect()
    }
}

/// The module that a file is, if it is one, as it is imported.
fn module(file: &str) -> Option<String> {
    let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
    let (stem, kind) = name.split_once('.')?;
    let is_module = kind == "py" || kind == "so" || kind.ends_with(".so");
    let parts = folder.split('/').filter(|part| !part.is_empty());
    let parts: Vec<_> = parts.chain([stem]).collect();
    let is_name = |part: &&str| {
        let start = part.starts_with(|c: char| c.is_alphabetic() || c == '_');
        start && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    (is_module && parts.iter().all(is_name)).then(|| parts.join("."))
}

#[derive(Default)]
struct Walk {
    hash: Sha256,
    bytes: u64,
    files: BTreeSet<String>,
}

impl Walk {
    fn folder(&mut self, folder: &Dir, path: &str, depth: usize) -> Result<(), SiteError> {
        let unreadable = |path: &str| {
            let path = path.to_owned();
            move |source| SiteError::Read { path, source }
        };
        let entries = folder.entries().and_then(Iterator::collect);
        let mut entries: Vec<_> = entries.map_err(unreadable(path))?;
        entries.sort_by_key(cap_std::fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let below = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}/{name}")
            };
            let data = entry.metadata().map_err(unreadable(&below))?;
            let mode = data.permissions().mode();
            if data.is_dir() {
                if depth == MOST_DEPTH {
                    return Err(SiteError::TooLarge(below));
                }
                open_to_all(folder, &name, mode, 0o755).map_err(unreadable(&below))?;
                let inside = entry.open_dir().map_err(unreadable(&below))?;
                if name != COMPILED {
                    self.folder(&inside, &below, depth + 1)?;
                }
            } else if data.is_file() {
                let readable = 0o644 | (mode & 0o111);
                open_to_all(folder, &name, mode, readable).map_err(unreadable(&below))?;
                self.bytes += data.len();
                if self.bytes > MOST_BYTES.bytes() || self.files.len() == MOST_FILES {
                    return Err(SiteError::TooLarge(below));
                }
                let in_information = path.ends_with(INFORMATION);
                if !(in_information && CIRCUMSTANCES.contains(&name.as_str())) {
                    self.add(&entry, &below).map_err(unreadable(&below))?;
                }
                self.files.insert(below);
            } else {
                return Err(SiteError::Special(below));
            }
        }
        Ok(())
    }

    fn add(&mut self, entry: &cap_std::fs::DirEntry, path: &str) -> io::Result<()> {
        let mut file = entry.open()?;
        let mut buffer = vec![0; 256 << 10];
        self.hash.update((path.len() as u64).to_le_bytes());
        self.hash.update(path.as_bytes());
        let mut length = 0u64;
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                count => {
                    self.hash.update(&buffer[..count]);
                    length += count as u64;
                }
            }
        }
        self.hash.update(length.to_le_bytes());
        Ok(())
    }
}

fn open_to_all(folder: &Dir, name: &str, is: u32, wanted: u32) -> io::Result<()> {
    if is & 0o7777 == wanted {
        return Ok(());
    }
    folder.set_permissions(name, Permissions::from_mode(wanted))
}

fn folders_of_information(files: &BTreeSet<String>) -> Vec<String> {
    let records = files
        .iter()
        .filter_map(|file| file.strip_suffix("/METADATA"));
    let at_top = records.filter(|path| path.ends_with(INFORMATION) && !path.contains('/'));
    at_top.map(str::to_owned).collect()
}

fn distribution(
    site: &Dir,
    information: &str,
    all: &BTreeSet<String>,
) -> Result<Distribution, SiteError> {
    let read = |name: &str| {
        let path = format!("{information}/{name}");
        let text = site.read(&path);
        let text = text.map_err(|source| SiteError::Read { path, source })?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    };
    let fields = headers(&read("METADATA")?);
    let field = |name: &str| {
        let value = fields.get(name).filter(|value| !value.is_empty());
        value
            .cloned()
            .ok_or_else(|| SiteError::Nameless(information.to_owned()))
    };
    let (name, version) = (normal(&field("name")?), field("version")?);
    let record = format!("{information}/RECORD");
    let record = if all.contains(&record) {
        read("RECORD")?
    } else {
        String::new()
    };
    let files: Vec<_> = record
        .lines()
        .filter_map(first_column)
        .filter(|path| all.contains(path))
        .collect();
    if files.iter().any(|file| file.starts_with("__editable__")) {
        return Err(SiteError::Editable(name));
    }
    Ok(Distribution {
        listed: all.contains(&format!("{information}/REQUESTED")),
        name,
        version,
        files,
    })
}

/// The fields at the beginning of a message, by their names in lower case; the first of each.
fn headers(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().take_while(|line| !line.is_empty());
    let mut fields = BTreeMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value: String = value.trim().chars().filter(|c| !c.is_control()).collect();
        fields.entry(name.to_ascii_lowercase()).or_insert(value);
    }
    fields
}

/// The first column of a line of comma-separated values.
fn first_column(line: &str) -> Option<String> {
    let Some(quoted) = line.strip_prefix('"') else {
        return line.split(',').next().map(str::to_owned);
    };
    let mut column = String::new();
    let mut chars = quoted.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if chars.peek() == Some(&'"') => column.extend(chars.next()),
            '"' => return Some(column),
            c => column.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(files: &[&str]) -> Distribution {
        Distribution {
            name: "x".to_owned(),
            version: "1".to_owned(),
            files: files.iter().map(|&file| file.to_owned()).collect(),
            listed: true,
        }
    }

    fn modules(files: &[&str]) -> Vec<String> {
        with(files).modules().into_iter().collect()
    }

    #[test]
    fn what_can_be_imported_is_read_from_the_files() {
        let sklearn = [
            "sklearn/__init__.py",
            "sklearn/tree/__init__.py",
            "sklearn/tree/_tree.cpython-311-x86_64-linux-gnu.so",
            "scikit_learn-1.5.dist-info/METADATA",
        ];
        assert_eq!(modules(&sklearn), ["sklearn"]);
        let yaml = [
            "_yaml/__init__.py",
            "yaml/__init__.py",
            "yaml/_yaml.abi3.so",
        ];
        assert_eq!(modules(&yaml), ["_yaml", "yaml"]);
        assert_eq!(modules(&["six.py", "data/six.json", "bin/x-y.py"]), ["six"]);
        assert_eq!(
            modules(&["orjson.cpython-311-x86_64-linux-gnu.so"]),
            ["orjson"]
        );
        let shared = [
            "google/cloud/storage/__init__.py",
            "google/cloud/storage/blob.py",
            "google/one.py",
        ];
        assert_eq!(modules(&shared), ["google.cloud.storage", "google.one"]);
    }

    #[test]
    fn names_with_commas_are_read() {
        assert_eq!(
            first_column("a/b.py,sha256=x,12").as_deref(),
            Some("a/b.py")
        );
        assert_eq!(
            first_column("\"a,\"\"b\"\".py\",,").as_deref(),
            Some("a,\"b\".py")
        );
        assert_eq!(first_column("\"a"), None);
    }

    #[test]
    fn fields_end_where_the_description_begins() {
        let fields = headers("Metadata-Version: 2.1\nName: a\nVersion: 1.0 \n\nName: b\n");
        assert_eq!((&*fields["name"], &*fields["version"]), ("a", "1.0"));
    }
}
