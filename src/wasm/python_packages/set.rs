//! What a set of Python packages is for WebAssembly, as files in the set's folder: an archive of what
//! programs see below `/site-packages`, and a description with its checksum and the modules that only
//! the native tier has.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use cap_std::fs::Dir;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::super::artifact::{self, FileSum, description_file, hex, sha256};
use super::super::fs::image::{Image, ImageError};
use super::judge::steps;
use super::site::Files;
use crate::program::Language;

const DESCRIPTION: &str = "python3.packages.json";
const ARCHIVE: &str = "python3.packages.tar";

/// Why a set's files cannot be used or written.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    #[error("the packages' `{file}` cannot be used: {source}")]
    File {
        file: &'static str,
        source: std::io::Error,
    },
    #[error("the packages' `{DESCRIPTION}` is damaged: {0}")]
    Description(#[from] serde_json::Error),
    #[error("the packages' `{ARCHIVE}` is not what was installed (its SHA-256 differs)")]
    Checksum,
    #[error("the packages' `{ARCHIVE}` cannot be unpacked: {0}")]
    Image(#[from] ImageError),
}

#[derive(Debug, Serialize, Deserialize)]
struct Description {
    archive: FileSum,
    /// File to module.
    traps: BTreeMap<String, Trap>,
}

/// A module that only the native tier has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trap {
    pub module: String,
    pub distribution: String,
    /// Why it is native.
    pub reason: String,
    /// It does without that where there is no native tier: the archive has it too.
    #[serde(default)]
    pub falls_back: bool,
}

/// What an import of a module that only the native tier has comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NativeModules {
    /// The run's end, with `Ending::NeedsNative`.
    Elsewhere,
    /// An `ImportError` that says why (strict mode).
    Refused,
}

/// Packages for Python programs.
#[derive(Clone, Copy, Debug)]
pub struct PythonSet<'a> {
    /// The set's folder.
    pub folder: &'a Dir,
    pub native: NativeModules,
}

impl<'a> PythonSet<'a> {
    /// The folder of the runtime that programs with these packages start from: a snapshot with some of
    /// them imported if there is one, else the `usual` one.
    pub(in crate::wasm) fn runtime(&self, usual: &'a Dir) -> &'a Dir {
        if self.folder.exists(description_file(Language::Python3)) {
            self.folder
        } else {
            usual
        }
    }
}

/// Writes a set's files.
///
/// # Errors
/// When the folder cannot be written to.
pub fn write(folder: &Dir, files: &Files, traps: BTreeMap<String, Trap>) -> Result<(), SetError> {
    let failed = |file| move |source| SetError::File { file, source };
    let mut archive = tar::Builder::new(Vec::new());
    for (path, data) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(data.len() as u64);
        header.set_mode(0o444);
        let path = steps(path).join("/");
        archive
            .append_data(&mut header, path, &data[..])
            .map_err(failed(ARCHIVE))?;
    }
    let archive = archive.into_inner().map_err(failed(ARCHIVE))?;
    folder.write(ARCHIVE, &archive).map_err(failed(ARCHIVE))?;
    let description = Description {
        archive: FileSum {
            file: ARCHIVE.to_owned(),
            bytes: archive.len() as u64,
            sha256: sha256(&archive),
        },
        traps,
    };
    let text = serde_json::to_vec_pretty(&description)?;
    folder.write(DESCRIPTION, text).map_err(failed(DESCRIPTION))
}

/// Whether a set's files are there and unchanged.
pub fn intact(folder: &Dir) -> bool {
    let runtime = match artifact::describe(folder, Language::Python3) {
        Ok(runtime) => artifact::intact(folder, Language::Python3, &runtime),
        Err(_) => !folder.exists(description_file(Language::Python3)),
    };
    runtime && describe(folder).is_ok_and(|description| open(folder, &description).is_ok())
}

/// Adds a set's files to what programs see.
///
/// # Errors
/// When one of them is missing or not what was written.
pub fn load(set: PythonSet<'_>, image: &mut Image) -> Result<(), SetError> {
    let description = describe(set.folder)?;
    image.add_tar(open(set.folder, &description)?)?;
    for (path, trap) in &description.traps {
        let steps = steps(path);
        let placed = match set.native {
            NativeModules::Elsewhere => image.add_trap(&steps, &trap.module),
            NativeModules::Refused if trap.falls_back => Some(()),
            NativeModules::Refused => image.add_file(&steps, refusal(trap).into_bytes(), 0),
        };
        placed.ok_or_else(|| ImageError::Entry(path.clone()))?;
    }
    Ok(())
}

fn describe(folder: &Dir) -> Result<Description, SetError> {
    let text = folder.read(DESCRIPTION).map_err(|source| SetError::File {
        file: DESCRIPTION,
        source,
    })?;
    Ok(serde_json::from_slice(&text)?)
}

/// The archive, every byte checked.
fn open(folder: &Dir, description: &Description) -> Result<std::fs::File, SetError> {
    let failed = |source| SetError::File {
        file: ARCHIVE,
        source,
    };
    let mut file = folder.open(ARCHIVE).map_err(failed)?.into_std();
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => break,
            count => hash.update(&buffer[..count]),
        }
    }
    if hex(&hash.finalize()) != description.archive.sha256 {
        return Err(SetError::Checksum);
    }
    file.rewind().map_err(failed)?;
    Ok(file)
}

/// The Python code that strict mode has in place of a module.
fn refusal(trap: &Trap) -> String {
    let Trap {
        module,
        distribution,
        reason,
        ..
    } = trap;
    let of = if module == distribution {
        String::new()
    } else {
        format!(" (of the package {distribution})")
    };
    let text = format!(
        "{module}{of} cannot run in WebAssembly ({reason}), and this server runs nothing else: strict \
         mode (wasm_only) is on. Use a package without C extensions, or ask the operator of this \
         server to set wasm_only to false"
    );
    // Strings in JSON are strings in Python.
    let text = serde_json::Value::from(text);
    let module = serde_json::Value::from(module.as_str());
    format!("raise ImportError({text}, name={module})\n")
}

#[cfg(test)]
mod tests {
    use cap_std::ambient_authority;

    use super::super::super::fs::FileSystem;
    use super::super::super::fs::tmp::Tmp;
    use super::*;

    fn written() -> (std::path::PathBuf, Dir) {
        let name = format!(
            "belljar-set-{}-{:?}",
            std::process::id(),
            std::thread::current().id()
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        let folder = Dir::open_ambient_dir(&path, ambient_authority()).unwrap();
        let mut files = Files::new();
        files.insert("plain.py".to_owned(), b"x = 1".to_vec().into());
        let trap = Trap {
            module: "fast".to_owned(),
            distribution: "Fast".to_owned(),
            reason: "fast is a C extension".to_owned(),
            falls_back: false,
        };
        write(&folder, &files, [("fast.py".to_owned(), trap)].into()).unwrap();
        (path, folder)
    }

    fn seen(folder: &Dir, native: NativeModules) -> FileSystem {
        use super::super::super::budget::{MemoryBudget, Share};
        let mut image = Image::default();
        load(PythonSet { folder, native }, &mut image).unwrap();
        let budget = std::sync::Arc::new(MemoryBudget::new(1000));
        FileSystem::new(image.into(), Tmp::new(0, 0, Share::of(&budget)))
    }

    #[test]
    fn what_was_written_is_what_programs_see() {
        let (path, folder) = written();
        assert!(intact(&folder));
        let files = seen(&folder, NativeModules::Elsewhere);
        let find = |files: &FileSystem, path| files.find(FileSystem::ROOT, path).unwrap();
        let plain = find(&files, "site-packages/plain.py");
        assert_eq!(files.data(plain), Ok(&b"x = 1"[..]));
        let fast = find(&files, "site-packages/fast.py");
        assert_eq!(files.trap(fast).map(|module| &**module), Some("fast"));

        let strict = seen(&folder, NativeModules::Refused);
        let fast = find(&strict, "site-packages/fast.py");
        let text = String::from_utf8_lossy(strict.data(fast).unwrap()).into_owned();
        assert!(strict.trap(fast).is_none());
        assert!(text.contains("strict mode (wasm_only)") && text.contains("fast is a C extension"));
        std::fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn a_damaged_set_is_refused() {
        let (path, folder) = written();
        folder.write(ARCHIVE, b"other").unwrap();
        assert!(!intact(&folder));
        let set = PythonSet {
            folder: &folder,
            native: NativeModules::Elsewhere,
        };
        assert!(matches!(
            load(set, &mut Image::default()),
            Err(SetError::Checksum)
        ));
        std::fs::remove_dir_all(path).unwrap();
    }
}
