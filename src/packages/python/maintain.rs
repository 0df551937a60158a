//! What there is for the requirements file, and what of it the operator should know.

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use sha2::{Digest, Sha256};
use tracing::{info, warn};

use super::set::{Set, Sets};
use super::{interpreter, requirements};
use crate::packages::Places;
use crate::packages::cache::Cache;
use crate::program::{Language, Tier};
use crate::wasm::artifact::{self, ArtifactError, hex};
use crate::wasm::python_packages;

/// What determines a set besides the list, the interpreter and what pip finds: the runtime and the
/// code that makes sets.
///
/// # Errors
/// When there is no compiled runtime.
pub fn base(places: &Places) -> Result<String, ArtifactError> {
    let runtimes = Dir::open_ambient_dir(&places.runtimes, ambient_authority());
    let runtimes = runtimes.map_err(|source| ArtifactError::Missing {
        language: Language::Python3.api_name(),
        file: places.runtimes.display().to_string(),
        source,
    })?;
    let runtime = artifact::describe(&runtimes, Language::Python3)?;
    let mut base = Sha256::new();
    let ours = [include_str!("install.rs"), include_str!("site.rs")];
    let parts = [runtime.inputs.as_str()].into_iter().chain(ours);
    for part in parts.chain(python_packages::SOURCES.iter().copied()) {
        base.update((part.len() as u64).to_le_bytes());
        base.update(part);
    }
    Ok(hex(&base.finalize()))
}

/// What stands for the SHA-256 of the list where a set was made without one.
pub const NO_LIST: &str = "";

/// What servers can use, and whether it is what the requirements ask for.
#[derive(Clone, Debug)]
pub struct Ready {
    /// The set that was made last for this runtime, even if the requirements have changed since.
    pub set: Option<Set>,
    pub fits: bool,
    /// Whether the set holds only what need not be listed, since a list could not be installed.
    pub is_default: bool,
    /// Whether the file lists anything, or why that cannot be told.
    pub lists_something: Result<bool, String>,
}

impl Ready {
    /// What the operator should know, if it is not what the requirements ask for.
    pub fn problem(&self) -> Option<String> {
        let file = requirements::FILE;
        (!self.fits).then(|| match (&self.set, &self.lists_something) {
            (_, Err(error)) => error.clone(),
            (Some(_), _) if !self.is_default => {
                format!("{file} has changed since its packages were installed")
            }
            (_, Ok(true)) => format!("the Python packages that {file} lists are not installed"),
            (Some(_), Ok(false)) => format!("{file} lists nothing any more"),
            (None, Ok(false)) => {
                let always = requirements::ALWAYS.join(", ");
                format!("the Python packages that need not be listed ({always}) are not installed")
            }
        })
    }
}

/// What there is, as a server sees it: it looks at no interpreter, since it starts none.
///
/// # Errors
/// When there is no compiled runtime, in words for the operator.
pub fn ready(places: &Places) -> Result<Ready, String> {
    let requirements = requirements::read(&places.python_requirements);
    let base = base(places).map_err(|error| error.to_string())?;
    let cache = Cache::new(&places.cache, Language::Python3);
    let set = noted(&cache, &Sets::new(&places.cache), &base);
    let noted = cache.current().map(|current| current.requirements);
    let listed = requirements.as_ref().ok().map(|list| list.sha256.clone());
    Ok(Ready {
        fits: set.is_some() && listed.is_some() && noted == listed,
        is_default: noted.as_deref() == Some(NO_LIST),
        lists_something: requirements
            .map(|list| list.lists_something)
            .map_err(|error| error.to_string()),
        set,
    })
}

/// The same for whoever makes sets: the machine's interpreter has to be the one that it was made
/// for.
///
/// # Errors
/// When the requirements, the runtimes or the interpreter are missing, in words for the operator.
pub fn up_to_date(places: &Places) -> Result<Ready, String> {
    let ready = ready(places)?;
    ready.lists_something.clone()?;
    let interpreter = interpreter::find(places.python.as_deref());
    let interpreter = interpreter.map_err(|error| error.to_string())?;
    let made_for = Cache::new(&places.cache, Language::Python3).current();
    let made_for = made_for.map(|current| current.interpreter);
    Ok(Ready {
        fits: ready.fits && made_for == Some(interpreter.identity),
        ..ready
    })
}

/// Whether there is nothing at all, since the list cannot be read; what need not be listed can be made
/// all the same.
pub fn lacks_default(places: &Places) -> bool {
    ready(places).is_ok_and(|ready| ready.set.is_none() && ready.lists_something.is_err())
}

/// The current set, if it was made for this runtime.
pub fn noted(cache: &Cache, sets: &Sets, base: &str) -> Option<Set> {
    let current = cache.current()?;
    if current.base != base {
        return None;
    }
    sets.open(&current.set).ok()
}

/// Tells the log what programs can import, and where that runs.
pub fn announce(set: &Set, wasm_only: bool) {
    let in_tier = |tier: Tier| {
        let packages = set.packages.iter();
        let packages = packages.filter(|package| package.tier == Some(tier));
        let names: Vec<_> = packages
            .map(|package| format!("{} {}", package.name, package.version))
            .collect();
        (names.len(), names.join(", "))
    };
    let (count, names) = in_tier(Tier::Wasm);
    info!("Python packages: {count} run in WebAssembly: {names}");
    let (count, names) = in_tier(Tier::Native);
    match (count, wasm_only) {
        (0, _) => {}
        (_, false) => info!("Python packages: {count} run natively, in a jail: {names}"),
        (_, true) => {
            info!("Python packages: {count} cannot be imported in strict mode (wasm_only): {names}")
        }
    }
    for note in &set.notes {
        warn!("Python packages: {note}");
    }
}
