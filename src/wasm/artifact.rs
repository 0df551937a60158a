//! A language runtime compiled ahead of time, as files in a folder: the machine code, the
//! read-only files of its guests, and a description with checksums.
//!
//! Guarantee: what is loaded is what `belljar compile` wrote, for this wasmtime and this CPU.

use std::fmt::Write as _;
use std::io::{Read, Seek};

use cap_std::fs::Dir;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wasmtime::{Engine, Module};

use super::fs::image::Image;
use crate::program::{Language, Package};

/// What mends nearly every problem with these files.
const MEND: &str = "run `make build` (or `belljar compile`) on this machine";

/// Why a compiled runtime was refused.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    #[error("no compiled runtime for {language}: cannot read `{file}`: {source}; {MEND}")]
    Missing {
        language: &'static str,
        file: String,
        source: std::io::Error,
    },
    #[error("the description `{file}` is damaged: {reason}; {MEND}")]
    Description { file: String, reason: String },
    #[error("`{file}` is not what `belljar compile` wrote (its SHA-256 differs); {MEND}")]
    Checksum { file: String },
    #[error("`{file}` does not fit this machine or this Belljar: {reason}; {MEND}")]
    Unfit { file: String, reason: String },
    #[error("`{file}` cannot be unpacked: {reason}; {MEND}")]
    Image { file: String, reason: String },
}

/// A file and what must be in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSum {
    pub file: String,
    pub bytes: u64,
    pub sha256: String,
}

/// The description beside the compiled code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// As the API names it.
    pub language: String,
    /// Such as `CPython 3.13.5`.
    pub interpreter: String,
    /// The packages a program can import without installing anything.
    pub packages: Vec<Package>,
    /// SHA-256 of everything that determines the result: sources, settings, this program.
    pub inputs: String,
    pub code: FileSum,
    pub image: FileSum,
    /// The module before its snapshot was taken, compressed: for a language whose packages become
    /// part of the snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<FileSum>,
}

/// A runtime ready to run.
pub struct Loaded {
    pub module: Module,
    pub image: Image,
    pub description: Description,
}

/// The name of a language's description.
pub fn description_file(language: Language) -> String {
    format!("{}.json", language.api_name())
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Reads a runtime's description.
///
/// # Errors
/// When it is missing or damaged.
pub fn describe(folder: &Dir, language: Language) -> Result<Description, ArtifactError> {
    let file = description_file(language);
    let text = folder
        .read_to_string(&file)
        .map_err(|source| ArtifactError::Missing {
            language: language.api_name(),
            file: file.clone(),
            source,
        })?;
    serde_json::from_str(&text).map_err(|error| ArtifactError::Description {
        file,
        reason: error.to_string(),
    })
}

/// Loads a runtime for `engine`, checking every byte first.
///
/// # Errors
/// When a file is missing, damaged, or compiled for another wasmtime or CPU.
pub fn load(engine: &Engine, folder: &Dir, language: Language) -> Result<Loaded, ArtifactError> {
    let description = describe(folder, language)?;
    let code = checked(folder, language, &description.code)?;
    // SAFETY: the bytes behind this handle were just found to be the ones `belljar compile` wrote
    // with wasmtime. They are mapped from the same open file, in a folder that only the operator
    // writes to, and are not changed in place: `compile` replaces files by renaming.
    let module = unsafe { Module::deserialize_open_file(engine, code) }.map_err(|error| {
        ArtifactError::Unfit {
            file: description.code.file.clone(),
            reason: format!("{error:#}"),
        }
    })?;
    let archive = checked(folder, language, &description.image)?;
    let mut image = Image::default();
    image
        .add_tar(archive)
        .map_err(|error| ArtifactError::Image {
            file: description.image.file.clone(),
            reason: error.to_string(),
        })?;
    Ok(Loaded {
        module,
        image,
        description,
    })
}

/// The archive of what a runtime's programs see.
///
/// # Errors
/// When it is missing or damaged.
pub fn archive(
    folder: &Dir,
    language: Language,
    description: &Description,
) -> Result<Vec<u8>, ArtifactError> {
    let mut data = Vec::new();
    let mut file = checked(folder, language, &description.image)?;
    file.read_to_end(&mut data)
        .map_err(|source| ArtifactError::Missing {
            language: language.api_name(),
            file: description.image.file.clone(),
            source,
        })?;
    Ok(data)
}

/// The module that a runtime's snapshot is taken of, if it is kept.
///
/// # Errors
/// When it is missing or damaged.
pub fn source(folder: &Dir, language: Language) -> Result<Vec<u8>, ArtifactError> {
    let description = describe(folder, language)?;
    let missing = |source| ArtifactError::Missing {
        language: language.api_name(),
        file: description_file(language),
        source,
    };
    let sum = description.source.as_ref();
    let sum = sum.ok_or_else(|| missing(std::io::ErrorKind::NotFound.into()))?;
    let packed = checked(folder, language, sum)?;
    zstd::decode_all(packed).map_err(missing)
}

/// Checks that a runtime would load, without keeping it.
///
/// # Errors
/// As [`load`].
pub fn verify(folder: &Dir, language: Language) -> Result<Description, ArtifactError> {
    let engine = super::engine::compiler().map_err(|error| ArtifactError::Unfit {
        file: description_file(language),
        reason: format!("{error:#}"),
    })?;
    load(&engine, folder, language).map(|loaded| loaded.description)
}

/// Whether the files that `description` speaks of are there and unchanged.
pub fn intact(folder: &Dir, language: Language, description: &Description) -> bool {
    [&description.code, &description.image]
        .into_iter()
        .chain(&description.source)
        .all(|sum| checked(folder, language, sum).is_ok())
}

fn checked(
    folder: &Dir,
    language: Language,
    sum: &FileSum,
) -> Result<std::fs::File, ArtifactError> {
    let missing = |source| ArtifactError::Missing {
        language: language.api_name(),
        file: sum.file.clone(),
        source,
    };
    let mut file = folder.open(&sum.file).map_err(missing)?.into_std();
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(missing)? {
            0 => break,
            count => hash.update(&buffer[..count]),
        }
    }
    if hex(&hash.finalize()) != sum.sha256 {
        return Err(ArtifactError::Checksum {
            file: sum.file.clone(),
        });
    }
    file.rewind().map_err(missing)?;
    Ok(file)
}
