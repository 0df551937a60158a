//! Makes a compiled runtime from the committed one: unpack, check, snapshot, meter, compile.
//!
//! This belongs to building, never to starting the server.

use std::io::Read;
use std::sync::Arc;

use cap_std::fs::Dir;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::artifact::{self, Description, FileSum, description_file, hex, sha256};
use super::engine;
use super::fs::image::{Image, ImageError};
use super::meter::{MeterError, meter};
use super::snapshot::{self, SnapshotError};
use crate::program::{Language, Package};

/// The folder of `wasm-runtimes` that holds a language's recipe and result.
fn source_folder(language: Language) -> &'static str {
    match language {
        Language::Python3 => "python",
        Language::Nodejs => "javascript",
    }
}

/// Why a runtime could not be compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    #[error("cannot read `{file}`: {source}")]
    Read {
        file: String,
        source: std::io::Error,
    },
    #[error("cannot write `{file}`: {source}")]
    Write {
        file: String,
        source: std::io::Error,
    },
    #[error("`{file}` is not a valid manifest: {reason}")]
    Manifest { file: String, reason: String },
    #[error(
        "`{file}` is not what its manifest says (SHA-256 or size differs): restore it from the repository, or rebuild it with `make runtimes`"
    )]
    Checksum { file: String },
    #[error("`{file}` is not a usable archive: {source}")]
    Image { file: String, source: ImageError },
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error(transparent)]
    Meter(#[from] MeterError),
    #[error("cannot compile: {0}")]
    Engine(String),
}

/// What a runtime's recipe says of its result (`wasm-runtimes/*/manifest.json`).
#[derive(Debug, Deserialize)]
struct Manifest {
    interpreter: String,
    packages: Vec<Package>,
    artifacts: Artifacts,
}

#[derive(Debug, Deserialize)]
struct Artifacts {
    module: Artifact,
    image: Artifact,
}

/// A file as committed, and what it unpacks to.
#[derive(Debug, Deserialize)]
struct Artifact {
    /// Compressed with zstd.
    file: String,
    /// Of the unpacked content.
    bytes: u64,
    /// Of the unpacked content.
    sha256: String,
}

/// What came of compiling.
#[derive(Debug)]
pub enum Compiled {
    /// It was there already, made from the same inputs.
    UpToDate(Description),
    Written(Description),
}

/// Compiles a language's runtime from `sources` (the `wasm-runtimes` folder) into `output`.
///
/// # Errors
/// When an input is missing, damaged or does not initialise, or the output cannot be written.
pub async fn compile(
    sources: &Dir,
    output: &Dir,
    language: Language,
) -> Result<Compiled, CompileError> {
    let folder = source_folder(language);
    let manifest_file = format!("{folder}/manifest.json");
    let text = read(sources, &manifest_file)?;
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|error| CompileError::Manifest {
            file: manifest_file,
            reason: error.to_string(),
        })?;
    let engine = engine::compiler().map_err(failed)?;
    let inputs = inputs_hash(&text, &engine);
    if let Ok(there) = artifact::describe(output, language)
        && there.inputs == inputs
        && artifact::intact(output, language, &there)
    {
        return Ok(Compiled::UpToDate(there));
    }

    let module = unpack(sources, folder, &manifest.artifacts.module)?;
    let archive = unpack(sources, folder, &manifest.artifacts.image)?;
    let mut image = Image::default();
    image
        .add_tar(&archive[..])
        .map_err(|source| CompileError::Image {
            file: manifest.artifacts.image.file.clone(),
            source,
        })?;
    let code = machine_code(&engine, &module, image, None).await?;
    // Packages are installed where `sources` may not be.
    let file = format!("{folder}/{}", manifest.artifacts.module.file);
    let source = read(sources, &file)?;
    let source_file = format!("{}.wasm.zst", language.api_name());
    let description = Description {
        language: language.api_name().to_owned(),
        interpreter: manifest.interpreter,
        packages: manifest.packages,
        inputs,
        source: Some(write(output, source_file, &source)?),
        ..store(output, language, &code, &archive)?
    };
    write_description(output, language, &description)?;
    Ok(Compiled::Written(description))
}

/// What a runtime with packages is made from.
pub struct WithPackages<'a> {
    pub language: Language,
    /// The module before its snapshot was taken.
    pub module: &'a [u8],
    /// The runtime without packages.
    pub base: &'a Description,
    /// What is seen while the snapshot is taken.
    pub image: Image,
    /// What is run then.
    pub program: Option<&'a str>,
    /// The files that programs see afterwards.
    pub archive: &'a [u8],
    /// What it is to be described as having.
    pub packages: Vec<Package>,
    /// What it is to be described as made from.
    pub inputs: String,
}

/// Compiles a runtime whose snapshot is taken with packages.
///
/// # Errors
/// When the module does not initialise with these files, or the output cannot be written.
pub async fn compile_with_packages(
    from: WithPackages<'_>,
    output: &Dir,
) -> Result<Description, CompileError> {
    let engine = engine::compiler().map_err(failed)?;
    let code = machine_code(&engine, from.module, from.image, from.program).await?;
    let description = Description {
        language: from.language.api_name().to_owned(),
        interpreter: from.base.interpreter.clone(),
        packages: from.packages,
        inputs: from.inputs,
        ..store(output, from.language, &code, from.archive)?
    };
    write_description(output, from.language, &description)?;
    Ok(description)
}

/// What the files of `archive` are to programs.
///
/// # Errors
/// When it is no archive of files and folders.
pub fn image_of(archive: &[u8]) -> Result<Image, CompileError> {
    let mut image = Image::default();
    image
        .add_tar(archive)
        .map_err(|source| CompileError::Image {
            file: "the packages' files".to_owned(),
            source,
        })?;
    Ok(image)
}

/// Snapshot, metering, compilation.
async fn machine_code(
    engine: &wasmtime::Engine,
    module: &[u8],
    image: Image,
    program: Option<&str>,
) -> Result<Vec<u8>, CompileError> {
    let snapshot = snapshot::take(module, Arc::new(image), program).await?;
    let metered = meter(&snapshot)?;
    engine.precompile_module(&metered).map_err(failed)
}

/// Writes a runtime's files; of the description only what concerns them is filled in.
fn store(
    output: &Dir,
    language: Language,
    code: &[u8],
    archive: &[u8],
) -> Result<Description, CompileError> {
    let name = language.api_name();
    Ok(Description {
        language: String::new(),
        interpreter: String::new(),
        packages: Vec::new(),
        inputs: String::new(),
        code: write(output, format!("{name}.code"), code)?,
        image: write(output, format!("{name}.image.tar"), archive)?,
        source: None,
    })
}

fn write_description(
    output: &Dir,
    language: Language,
    description: &Description,
) -> Result<(), CompileError> {
    let text = serde_json::to_vec_pretty(description).expect("a description is plain data");
    write(output, description_file(language), &text).map(drop)
}

/// Everything that determines the result: the manifest (which names the inputs by checksum), the
/// compile settings and CPU, and this very program.
fn inputs_hash(manifest: &[u8], engine: &wasmtime::Engine) -> String {
    use std::hash::{Hash, Hasher};
    let mut settings = std::hash::DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut settings);
    let mut hash = Sha256::new();
    hash.update(manifest);
    hash.update(settings.finish().to_le_bytes());
    hash.update(env!("CARGO_PKG_VERSION"));
    for part in RECIPE {
        hash.update(part);
    }
    hex(&hash.finalize())
}

/// The parts of this program that determine what a compiled runtime is.
const RECIPE: [&str; 7] = [
    include_str!("compile.rs"),
    include_str!("engine.rs"),
    include_str!("meter/costs.rs"),
    include_str!("meter/cycles.rs"),
    include_str!("meter/mod.rs"),
    include_str!("snapshot.rs"),
    include_str!("wasi/clock.rs"),
];

fn read(folder: &Dir, file: &str) -> Result<Vec<u8>, CompileError> {
    folder.read(file).map_err(|source| CompileError::Read {
        file: file.to_owned(),
        source,
    })
}

fn unpack(sources: &Dir, folder: &str, artifact: &Artifact) -> Result<Vec<u8>, CompileError> {
    let file = format!("{folder}/{}", artifact.file);
    let packed = read(sources, &file)?;
    let wrong = |source| CompileError::Read {
        file: file.clone(),
        source,
    };
    let mut data = Vec::with_capacity(usize::try_from(artifact.bytes).unwrap_or(0));
    zstd::Decoder::new(&packed[..])
        .and_then(|mut decoder| {
            decoder.window_log_max(31)?;
            decoder.take(artifact.bytes + 1).read_to_end(&mut data)
        })
        .map_err(wrong)?;
    if data.len() as u64 != artifact.bytes || sha256(&data) != artifact.sha256 {
        return Err(CompileError::Checksum { file });
    }
    Ok(data)
}

/// Writes a file beside its place and moves it there, so that a running server keeps what it
/// has mapped.
fn write(folder: &Dir, file: String, data: &[u8]) -> Result<FileSum, CompileError> {
    let fresh = format!("{file}.new");
    folder
        .write(&fresh, data)
        .and_then(|()| folder.rename(&fresh, folder, &file))
        .map_err(|source| CompileError::Write {
            file: file.clone(),
            source,
        })?;
    Ok(FileSum {
        file,
        bytes: data.len() as u64,
        sha256: sha256(data),
    })
}

fn failed(error: wasmtime::Error) -> CompileError {
    CompileError::Engine(format!("{error:#}"))
}
