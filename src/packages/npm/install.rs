//! Makes a set of packages: fetch, look for native code, try each in the sandbox, and compile a
//! runtime that holds them. Does not know whether a server runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use sha2::{Digest, Sha256};

use super::adapt::adapt;
use super::command::{self, NpmError};
use super::plan::{Planner, Tried};
use super::requirements::{self, Requirements, RequirementsError};
use super::sets;
use super::tree::{Tree, TreeError};
use crate::packages::Places;
use crate::packages::cache::{Cache, CacheError, Current};
use crate::program::{Language, Package};
use crate::wasm::artifact::{self, ArtifactError, Description, hex};
use crate::wasm::compile::{self, CompileError, WithPackages};
use crate::wasm::packages::{PLAN_FILE, ProbeError, Prober, Way};

/// npm's own cache.
const NPM_CACHE: &str = "npm";

#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    #[error(transparent)]
    Requirements(#[from] RequirementsError),
    #[error(transparent)]
    Cache(#[from] CacheError),
    #[error(transparent)]
    Npm(#[from] NpmError),
    #[error(transparent)]
    Tree(#[from] TreeError),
    #[error(transparent)]
    Runtime(#[from] ArtifactError),
    #[error(transparent)]
    Probe(#[from] ProbeError),
    #[error(transparent)]
    Compile(#[from] CompileError),
    #[error("cannot open `{}`: {source}", path.display())]
    Open {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("npm installed no package called {0}")]
    NotInstalled(String),
}

/// What came of it.
#[derive(Debug)]
pub enum Installed {
    /// The list is empty.
    Nothing,
    /// The same packages were compiled before.
    UpToDate(Vec<Package>),
    Made(Vec<Package>),
}

/// Makes the set that the requirements file asks for and notes it as the current one. `say` is told
/// what is going on.
///
/// # Errors
/// When something keeps the whole set from being made; then the current one stays.
pub async fn install(places: &Places, say: impl Fn(String)) -> Result<Installed, InstallError> {
    let requirements = requirements::read(&places.nodejs_requirements)?;
    if requirements.list.is_empty() {
        return Ok(Installed::Nothing);
    }
    let runtimes = Dir::open_ambient_dir(&places.runtimes, ambient_authority());
    let runtimes = runtimes.map_err(|source| InstallError::Open {
        path: places.runtimes.clone(),
        source,
    })?;
    let base = artifact::describe(&runtimes, Language::Nodejs)?;
    let cache = Cache::new(&places.cache, Language::Nodejs);
    let _turn = cache.turn()?;

    let count = requirements.list.len();
    say(format!("fetching {count} packages with npm"));
    let fetched = cache.work("npm")?;
    command::install(
        fetched.path(),
        &cache.folder(NPM_CACHE),
        &requirements.list,
        places.hardening,
    )
    .await?;
    let tree = Tree::read(fetched.path())?;
    let mut candidates = candidates(&requirements, &tree)?;
    let good = candidates.iter().filter(|each| each.native.is_none());
    let locations: BTreeSet<_> = good.flat_map(|each| tree.closure(&each.name)).collect();
    let mut files = tree.files(&locations)?;
    adapt(&mut files);

    let key = key(&base, &candidates, &files);
    let current = Current {
        requirements: requirements.sha256,
        base: base.inputs.clone(),
        interpreter: String::new(),
        set: key.clone(),
    };
    if let Some(there) = sets::whole(&cache, &key) {
        cache.choose(&current)?;
        return Ok(Installed::UpToDate(there.packages));
    }

    let prober = Prober::new(&runtimes, &archive(&files))?;
    for package in candidates.iter_mut().filter(|each| each.native.is_none()) {
        say(format!("trying {} {}", package.name, package.version));
        package.require = prober.probe(&package.name, Way::Require).await?;
        package.import = prober.probe(&package.name, Way::Import).await?;
    }
    drop(prober);
    let mut planner = Planner::default();
    let packages: Vec<_> = candidates.iter().map(|each| planner.add(each)).collect();
    let plan = planner.finish();

    say("compiling".to_owned());
    // What only refused packages need is left out.
    let usable = candidates
        .iter()
        .filter(|each| !plan.refused.contains_key(&each.name));
    let locations: BTreeSet<_> = usable.flat_map(|each| tree.closure(&each.name)).collect();
    let mut files = tree.files(&locations)?;
    adapt(&mut files);
    let text = serde_json::to_vec(&plan).expect("a plan is plain data");
    files.insert(PLAN_FILE.to_owned(), text);
    let made = cache.work("set")?;
    let output = Dir::open_ambient_dir(made.path(), ambient_authority());
    let output = output.map_err(|source| InstallError::Open {
        path: made.path().to_owned(),
        source,
    })?;
    let source = artifact::source(&runtimes, Language::Nodejs)?;
    let archive = archive(&files);
    let from = WithPackages {
        language: Language::Nodejs,
        module: &source,
        base: &base,
        image: compile::image_of(&archive)?,
        program: None,
        archive: &archive,
        packages: packages.clone(),
        inputs: key.clone(),
    };
    compile::compile_with_packages(from, &output).await?;
    cache.keep(&made, &key)?;
    cache.choose(&current)?;
    Ok(Installed::Made(packages))
}

fn candidates(requirements: &Requirements, tree: &Tree) -> Result<Vec<Tried>, InstallError> {
    let candidate = |name: &String| {
        let version = tree.version(name);
        Ok(Tried {
            name: name.clone(),
            version: version
                .ok_or_else(|| InstallError::NotInstalled(name.clone()))?
                .to_owned(),
            native: tree.native(name),
            native_within: tree.native_within(name),
            require: Default::default(),
            import: Default::default(),
        })
    };
    let names = requirements.list.iter().map(|each| &each.name);
    names.map(candidate).collect()
}

/// Names a set by everything that determines it.
fn key(base: &Description, candidates: &[Tried], files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    };
    add(base.inputs.as_bytes());
    for part in [
        include_str!("install.rs"),
        include_str!("plan.rs"),
        include_str!("tree.rs"),
        include_str!("../../wasm/packages.rs"),
    ] {
        add(part.as_bytes());
    }
    for package in candidates {
        add(package.name.as_bytes());
        add(package.version.as_bytes());
        add(package.native.as_deref().unwrap_or_default().as_bytes());
    }
    for (path, data) in files {
        add(path.as_bytes());
        add(data);
    }
    hex(&hash.finalize()[..16])
}

/// The files as a tar archive, the same for the same files.
fn archive(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, data) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(data.len() as u64);
        header.set_mode(0o444);
        archive
            .append_data(&mut header, path, &data[..])
            .expect("memory can be written to");
    }
    archive.into_inner().expect("memory can be written to")
}
