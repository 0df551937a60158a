//! Makes a set of Python packages: resolve and fetch with pip, find out which tier runs what, compile,
//! and describe the result. Does not know whether a server runs.

use std::ffi::OsString;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use sha2::{Digest, Sha256};

use super::interpreter::{self, Interpreter, InterpreterError, Python};
use super::maintain::{self, NO_LIST};
use super::pip::{Pip, PipError};
use super::requirements::{self, ALWAYS, Requirements, RequirementsError};
use super::set::{SITE, Set, SetError, Sets};
use super::site::{Distribution, Site, SiteError};
use super::trouble::Trouble;
use crate::packages::Places;
use crate::packages::cache::{Cache, CacheError, Current, Work};
use crate::packages::confined::{self, ConfinedError, Installer};
use crate::packages::leftovers;
use crate::program::{Language, Package, Tier};
use crate::wasm::artifact::{ArtifactError, hex};
use crate::wasm::python_packages::{self, Made, MakeError};

/// pip's virtual environment, and what it has fetched before.
const PIP: &str = "pip";
const DOWNLOADS: &str = "pip-cache";
/// What the latter may amount to; then it is begun anew.
const MOST_DOWNLOADS: u64 = 2 << 30;
/// How long compiling all modules may take; what is not compiled is compiled when it is imported.
const COMPILING: Duration = Duration::from_secs(300);
/// What a zygote imports if it is there, before anything else.
const PRELOADED_FIRST: [&str; 2] = ["numpy", "pandas"];

#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    #[error(transparent)]
    Requirements(#[from] RequirementsError),
    #[error(transparent)]
    Cache(#[from] CacheError),
    #[error(transparent)]
    Interpreter(#[from] InterpreterError),
    #[error(transparent)]
    Pip(#[from] PipError),
    #[error("cannot compile the packages' modules: {0}")]
    Compile(#[from] ConfinedError),
    #[error(transparent)]
    Site(#[from] SiteError),
    #[error(transparent)]
    Set(#[from] SetError),
    #[error(transparent)]
    Runtime(#[from] ArtifactError),
    #[error(transparent)]
    Make(#[from] MakeError),
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("cannot open `{}`: {source}", path.display())]
    Open {
        path: PathBuf,
        source: std::io::Error,
    },
}

/// What came of it.
#[derive(Debug)]
pub enum Installed {
    /// The same was made before.
    UpToDate(Set),
    Made(Set),
}

/// Makes the set that the requirements file asks for and notes it as the current one. `say` is told
/// what is going on.
///
/// # Errors
/// When something keeps it from being made; then the current one stays. Where there is none, one of
/// what need not be listed is made if that can be.
pub async fn install(
    places: &Places,
    say: impl Fn(String) + Sync,
) -> Result<Installed, InstallError> {
    let interpreter = interpreter::find(places.python.as_deref())?;
    let base = maintain::base(places)?;
    let cache = Cache::new(&places.cache, Language::Python3);
    let _turn = cache.turn()?;
    let maker = Maker {
        places,
        cache: &cache,
        sets: Sets::new(&places.cache),
        interpreter,
        base,
    };
    let installed = maker.install(&say).await;
    if let Err(error) = &installed
        && error.may_be_the_lists()
        && maker.noted().is_none()
    {
        // What keeps these from being made says nothing new.
        let _ = maker.install_default(&say).await;
    }
    installed
}

impl InstallError {
    /// Whether another list could be installed all the same.
    fn may_be_the_lists(&self) -> bool {
        let unreachable =
            |error: &PipError| matches!(error, PipError::Trouble(Trouble::Unreachable(_)));
        match self {
            Self::Cache(_) | Self::Interpreter(_) | Self::Runtime(_) => false,
            Self::Pip(error) => !unreachable(error),
            _ => true,
        }
    }
}

struct Maker<'a> {
    places: &'a Places,
    cache: &'a Cache,
    sets: Sets,
    interpreter: Interpreter,
    base: String,
}

/// What pip installed for a list.
struct Fetched {
    work: Work,
    python: Python,
    site: Site,
    /// The distributions that are listed or that these need.
    wanted: Vec<String>,
    notes: Vec<String>,
}

impl Fetched {
    fn folder(&self) -> PathBuf {
        self.work.path().join(SITE)
    }
}

impl Maker<'_> {
    /// Makes what the requirements file asks for.
    async fn install(&self, say: &(dyn Fn(String) + Sync)) -> Result<Installed, InstallError> {
        let requirements = requirements::read(&self.places.python_requirements)?;
        let note = |set: &Set| self.note(&requirements.sha256, set);
        if let Some(set) = self.noted()
            && self.cache.current() == Some(note(&set))
            && self.is_whole(&set)
        {
            return Ok(Installed::UpToDate(set));
        }
        let fetched = self.fetch(&requirements, say).await?;
        let installed = self.make(fetched, say).await?;
        let (Installed::UpToDate(set) | Installed::Made(set)) = &installed;
        self.cache.choose(&note(set))?;
        Ok(installed)
    }

    /// Makes what need not be listed, if any of it is to be had.
    async fn install_default(&self, say: &(dyn Fn(String) + Sync)) -> Result<(), InstallError> {
        let requirements = requirements::without_packages(&self.places.python_requirements);
        let fetched = self.fetch(&requirements, say).await?;
        if fetched.site.distributions.is_empty() {
            return Ok(());
        }
        let installed = self.make(fetched, say).await?;
        let (Installed::UpToDate(set) | Installed::Made(set)) = &installed;
        self.cache.choose(&self.note(NO_LIST, set))?;
        Ok(())
    }

    /// The set there is.
    fn noted(&self) -> Option<Set> {
        maintain::noted(self.cache, &self.sets, &self.base)
    }

    fn note(&self, requirements: &str, set: &Set) -> Current {
        Current {
            requirements: requirements.to_owned(),
            base: self.base.clone(),
            interpreter: self.interpreter.identity.clone(),
            set: set.key.clone(),
        }
    }

    async fn fetch(
        &self,
        requirements: &Requirements,
        say: &(dyn Fn(String) + Sync),
    ) -> Result<Fetched, InstallError> {
        let python = self.interpreter.ask().await?;
        let environment = self.cache.folder(PIP);
        let pip_python = self.interpreter.environment(&environment).await?;
        let mut notes: Vec<String> = self.interpreter.note.iter().cloned().collect();

        let work = self.cache.work("set")?;
        let temporary = self.cache.work("tmp")?;
        let pip = self.pip(pip_python, &work, &temporary, requirements);
        let folder = work.path().join(SITE);
        std::fs::create_dir(&folder).map_err(|source| InstallError::Write {
            path: folder.clone(),
            source,
        })?;
        if requirements.lists_something {
            say(format!(
                "fetching what {} lists with pip",
                requirements::FILE
            ));
            let list = std::path::absolute(&self.places.python_requirements);
            let list = list.unwrap_or_else(|_| self.places.python_requirements.clone());
            pip.install(&folder, ["-r".into(), OsString::from(list)])
                .await?;
        }
        let listed = Site::read(&open(&folder)?)?.distributions;
        let always = add_always(&pip, &folder, requirements, &listed, say);
        notes.extend(always.await?);
        let wanted: Vec<_> = listed.into_iter().map(|each| each.name).collect();
        self.bound_downloads();
        Ok(Fetched {
            site: Site::read(&open(&folder)?)?,
            work,
            python,
            wanted,
            notes,
        })
    }

    async fn make(
        &self,
        fetched: Fetched,
        say: &(dyn Fn(String) + Sync),
    ) -> Result<Installed, InstallError> {
        let folder = fetched.folder();
        let Fetched {
            work,
            python,
            site: installed,
            wanted,
            notes,
        } = fetched;
        let site = open(&folder)?;
        let key = self.key(&python, &wanted, &installed);
        if let Ok(there) = self.sets.open(&key)
            && self.is_whole(&there)
        {
            return Ok(Installed::UpToDate(there));
        }
        let runtimes = open(&self.places.runtimes)?;
        let tried = |each: &Distribution| python_packages::Distribution {
            name: each.name.clone(),
            version: each.version.clone(),
            files: each.files.clone(),
            wanted: wanted.contains(&each.name),
        };
        let distributions: Vec<_> = installed.distributions.iter().map(tried).collect();
        let output = open(work.path())?;
        let Made {
            packages,
            native_modules,
        } = python_packages::make(&runtimes, &site, &distributions, &output, say).await?;
        // The compiler, which is somebody else, has to get to the site.
        let passable = Permissions::from_mode(0o711);
        std::fs::set_permissions(work.path(), passable).map_err(|source| InstallError::Write {
            path: work.path().to_owned(),
            source,
        })?;
        self.compile(&folder).await?;
        let set = Set {
            preload: preload(&installed.distributions, &packages),
            packages,
            native_modules,
            wanted,
            key: key.clone(),
            folder: self.cache.set(&key),
            python,
            notes,
        };
        self.finish(&work, &set)?;
        Ok(Installed::Made(self.sets.open(&key)?))
    }

    fn pip(
        &self,
        python: PathBuf,
        work: &Work,
        temporary: &Work,
        requirements: &Requirements,
    ) -> Pip<'_> {
        let list = std::path::absolute(&self.places.python_requirements).unwrap_or_default();
        let folder = list.parent().filter(|folder| folder.is_dir());
        let value = |name: &String| Some((name.into(), std::env::var_os(name)?));
        Pip {
            python,
            cache: self.cache,
            downloads: self.cache.folder(DOWNLOADS),
            start_in: folder.map(Path::to_owned),
            work: work.path().to_owned(),
            lists: temporary.path().to_owned(),
            local: requirements.local.iter().cloned().collect(),
            hardening: self.places.hardening,
            mirror: self.places.pip_mirror.as_deref(),
            variables: requirements.variables.iter().filter_map(value).collect(),
        }
    }

    /// Names a set by everything that determines it.
    fn key(&self, python: &Python, wanted: &[String], site: &Site) -> String {
        let mut hash = Sha256::new();
        let executable = python.executable.as_os_str().as_encoded_bytes();
        let wanted = wanted.join(" ");
        for part in [
            self.base.as_bytes(),
            self.interpreter.identity.as_bytes(),
            executable,
            python.version.as_bytes(),
            wanted.as_bytes(),
            &site.sum,
        ] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hex(&hash.finalize())
    }

    /// Whether a set still is what its key says.
    fn is_whole(&self, set: &Set) -> bool {
        let site = open(&set.site())
            .ok()
            .and_then(|site| Site::read(&site).ok());
        site.is_some_and(|site| self.key(&set.python, &set.wanted, &site) == set.key)
            && set
                .open()
                .is_ok_and(|folder| python_packages::intact(&folder))
    }

    /// So that no program pays for it. What cannot be compiled (a template, or code for another
    /// Python) fails when it is imported, as everywhere.
    ///
    /// # Errors
    /// When what is there afterwards is not what packages consist of.
    async fn compile(&self, site: &Path) -> Result<(), InstallError> {
        let arguments = [
            "-I",
            "-S",
            "-m",
            "compileall",
            "-q",
            "-j",
            "0",
            "--invalidation-mode",
            "unchecked-hash",
            ".",
        ];
        // A compiler that reads foreign code is to be trusted as little as that.
        let compiler = Installer {
            arguments: arguments.map(OsString::from).to_vec(),
            patience: COMPILING,
            hardening: self.places.hardening,
            ..Installer::new(&self.interpreter.path, site)
        };
        match confined::run(&compiler).await {
            Err(unusable @ ConfinedError::Unusable(_)) => Err(unusable.into()),
            _ => Ok(()),
        }
    }

    fn finish(&self, work: &Work, set: &Set) -> Result<(), InstallError> {
        let path = work.path();
        let unwritable = |source| InstallError::Write {
            path: path.to_owned(),
            source,
        };
        set.describe(path).map_err(unwritable)?;
        // Programs of the native tier are nobody in particular, and without namespaces they see
        // their packages where these are.
        let readable = Permissions::from_mode(0o755);
        for folder in [path.join(SITE), path.to_owned()] {
            std::fs::set_permissions(folder, readable.clone()).map_err(unwritable)?;
        }
        self.cache.keep(work, &set.key)?;
        Ok(())
    }

    fn bound_downloads(&self) {
        let folder = self.cache.folder(DOWNLOADS);
        // Foreign code may have worked in it.
        let weight = leftovers::weigh(&[&folder]);
        if weight.beyond || weight.bytes > MOST_DOWNLOADS {
            let _ = leftovers::remove(&folder);
        }
    }
}

fn open(folder: &Path) -> Result<Dir, InstallError> {
    Dir::open_ambient_dir(folder, ambient_authority()).map_err(|source| InstallError::Open {
        path: folder.to_owned(),
        source,
    })
}

/// Adds what is always there and not there yet, in versions that go with what is there. Says
/// what could not be added.
async fn add_always(
    pip: &Pip<'_>,
    folder: &Path,
    requirements: &Requirements,
    there: &[Distribution],
    say: &(dyn Fn(String) + Sync),
) -> Result<Option<String>, InstallError> {
    let has = |name: &str| there.iter().any(|each| each.name == name);
    let missing: Vec<_> = ALWAYS.into_iter().filter(|name| !has(name)).collect();
    if missing.is_empty() {
        return Ok(None);
    }
    let write = |name: &str, text: String| {
        let path = pip.lists.join(name);
        let written = std::fs::write(&path, text);
        written.map_err(|source| InstallError::Write {
            path: path.clone(),
            source,
        })?;
        Ok::<_, InstallError>(path)
    };
    let versions = there
        .iter()
        .map(|each| format!("{}=={}\n", each.name, each.version));
    let versions = write("constraints.txt", versions.collect())?;
    let sources = requirements.sources.join("\n");
    let sources = write("sources.txt", sources + "\n")?;
    let options = [
        "-c".into(),
        versions.into(),
        "-r".into(),
        OsString::from(sources),
    ];
    let add = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(OsString::from).collect();
        pip.install(folder, options.iter().cloned().chain(names))
    };
    say(format!("fetching {} with pip", missing.join(", ")));
    let all = add(&missing).await;
    let Err(PipError::Trouble(trouble)) = all else {
        all?;
        return Ok(None);
    };
    if !requirements.lists_something && matches!(trouble, Trouble::Unreachable(_)) {
        return Err(PipError::from(trouble).into());
    }
    // What is listed is there; one of these that does not fit keeps nobody from it.
    let mut without = Vec::new();
    let mut why = trouble;
    let alone = missing.len() > 1 && !matches!(why, Trouble::Unreachable(_));
    for name in missing {
        match if alone {
            add(&[name]).await
        } else {
            Err(why.clone().into())
        } {
            Ok(()) => {}
            Err(PipError::Trouble(trouble)) => {
                without.push(name);
                why = trouble;
            }
            Err(other) => return Err(other.into()),
        }
    }
    let why = why.to_string().replace('\n', " ");
    Ok((!without.is_empty()).then(|| format!("without {}: {why}", without.join(", "))))
}

/// What is imported before programs ask for it: what was listed and takes the native tier, and the
/// packages that most of these build on.
fn preload(distributions: &[Distribution], packages: &[Package]) -> Vec<String> {
    let native = |each: &&Distribution| {
        let package = packages.iter().find(|package| package.name == each.name);
        package.is_some_and(|package| package.tier == Some(Tier::Native))
    };
    let first = |each: &&Distribution| PRELOADED_FIRST.contains(&each.name.as_str());
    let native: Vec<_> = distributions.iter().filter(native).collect();
    let (first, others): (Vec<_>, Vec<_>) = native.into_iter().partition(first);
    let listed = others.into_iter().filter(|each| each.listed);
    first
        .into_iter()
        .chain(listed)
        .filter_map(main_module)
        .collect()
}

/// The module that a distribution is known for: the one with its name, else its only public one.
fn main_module(distribution: &Distribution) -> Option<String> {
    let modules = distribution.modules();
    let name = distribution.name.replace('-', "_");
    if let Some(same) = modules
        .iter()
        .find(|each| each.to_ascii_lowercase() == name)
    {
        return Some(same.clone());
    }
    let mut public = modules.into_iter().filter(|each| !each.starts_with('_'));
    let only = public.next()?;
    public.next().is_none().then_some(only)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distribution(name: &str, listed: bool, files: &[&str]) -> Distribution {
        Distribution {
            name: name.to_owned(),
            version: "1".to_owned(),
            files: files.iter().map(|&file| file.to_owned()).collect(),
            listed,
        }
    }

    #[test]
    fn what_was_listed_and_is_native_is_preloaded_and_what_it_builds_on() {
        let distributions = [
            distribution("lxml", true, &["lxml/__init__.py", "lxml/etree.abi3.so"]),
            distribution("numpy", false, &["numpy/__init__.py", "numpy/core/x.so"]),
            distribution("pillow", true, &["PIL/__init__.py", "PIL/_imaging.so"]),
            distribution("regex", false, &["regex/__init__.py", "regex/_regex.so"]),
            distribution("requests", true, &["requests/__init__.py"]),
            distribution("two", true, &["one.py", "other.py", "two.libs/x.so"]),
        ];
        let packages: Vec<_> = distributions
            .iter()
            .map(|each| Package {
                tier: Some(match each.name.as_str() {
                    "requests" => Tier::Wasm,
                    _ => Tier::Native,
                }),
                ..Package::new(&each.name, &each.version)
            })
            .collect();
        assert_eq!(preload(&distributions, &packages), ["numpy", "lxml", "PIL"]);
    }
}
