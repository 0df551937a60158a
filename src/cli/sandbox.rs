//! The one place where the command line meets what runs programs.

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use clap::Args;
use tokio::runtime::Handle;

use super::runtimes;
use crate::checks::Check;
use crate::config::Settings;
use crate::egress::Dial;
use crate::execution::{ExecutionSettings, Executor, NativeTier};
use crate::native::client::Native;
use crate::packages::npm::maintain::{self as npm, Ready};
use crate::packages::python::maintain as python;
use crate::packages::python::set::Set;
use crate::packages::{Places, requirements_file};
use crate::program::{Language, Package};
use crate::wasm::artifact;
use crate::wasm::network::{Network, Trust};
use crate::wasm::python_packages::{NativeModules, PythonSet};
use crate::wasm::{self, Folders, SandboxSettings};

/// Where the compiled runtimes are.
#[derive(Debug, Args)]
pub struct RuntimesArgument {
    /// The folder with the compiled runtimes [default: `runtimes` beside this program].
    #[arg(
        long,
        value_name = "DIR",
        env = "BELLJAR_RUNTIMES",
        value_parser = clap::value_parser!(OsString)
    )]
    runtimes: Option<OsString>,
}

/// Packages of the host's for programs.
#[derive(Debug, Default, Args)]
pub struct PackagesArgument {
    /// A folder of pure Python packages that the program can import; it sees a copy in memory,
    /// read-only, as `/site-packages`.
    #[arg(long, value_name = "DIR")]
    site_packages: Option<PathBuf>,
}

impl PackagesArgument {
    fn open(&self) -> Result<Option<Dir>, String> {
        let open = |path: &PathBuf| {
            Dir::open_ambient_dir(path, ambient_authority())
                .map_err(|error| format!("cannot open `{}`: {error}", path.display()))
        };
        self.site_packages.as_ref().map(open).transpose()
    }
}

/// What runs programs, all code loaded.
pub struct Prepared {
    sandbox: wasm::Prepared,
    execution: ExecutionSettings,
    /// The set of Python packages, if there is one.
    pub python: Option<Set>,
    /// What the operator should be told about packages that are not there.
    pub missing: HashMap<Language, String>,
}

/// The way to the network that programs can have.
pub struct WayOut {
    pub dial: Arc<dyn Dial>,
    pub trust: Arc<Trust>,
}

impl Prepared {
    /// The packages that programs find.
    pub fn packages(&self, language: Language) -> Vec<Package> {
        match (&self.python, language) {
            (Some(set), Language::Python3) => set.packages.clone(),
            _ => self.sandbox.packages(language),
        }
    }

    /// Whether programs can import what only the native tier has.
    pub fn has_native_packages(&self) -> bool {
        let set = self.python.as_ref();
        set.is_some_and(|set| !set.native_modules.is_empty())
    }

    /// With `door` to the processes of the native tier, if there are any, and with the way to the
    /// network, if programs can have any. Must be called within a tokio runtime, which
    /// then wakes sleeping programs.
    ///
    /// # Errors
    /// When the system refuses threads; in words for the operator.
    pub fn start(self, door: Option<OwnedFd>, network: Option<WayOut>) -> Result<Executor, String> {
        let network = network.map(|way| Network::new(way.dial, way.trust, Handle::current()));
        let native = match (door, self.python) {
            (Some(door), Some(set)) if !set.native_modules.is_empty() => {
                let native = Native::new(door, set.key, self.execution.max_workers)
                    .map_err(|error| format!("cannot reach the native tier: {error}"))?;
                Some(NativeTier::new(native, set.native_modules))
            }
            _ => None,
        };
        let sandbox = self.sandbox.start(&Handle::current(), network);
        let sandbox = sandbox.map_err(|error| error.to_string())?;
        Ok(Executor::new(self.execution, Arc::new(sandbox), native))
    }
}

/// Loads what runs programs.
///
/// # Errors
/// When a runtime is missing or does not fit this machine, or the system refuses resources; in
/// words for the operator.
pub fn prepare(
    settings: &Settings,
    runtimes: &RuntimesArgument,
    packages: &PackagesArgument,
) -> Result<Prepared, String> {
    let site_packages = packages.open()?;
    let execution = settings.execution;
    let places = runtimes.places(settings)?;
    let mut missing = HashMap::new();
    let set = match npm::ready(&places) {
        Ok(Ready::Set(set, _)) => Some(set),
        Ok(Ready::NothingWanted(_)) => None,
        Ok(Ready::NotMade(wanted)) => {
            let count = wanted.list.len();
            let file = requirements_file(Language::Nodejs);
            let problem = format!("{count} npm packages are listed in {file} and not installed");
            missing.insert(Language::Nodejs, problem);
            None
        }
        Err(error) => {
            missing.insert(Language::Nodejs, error);
            None
        }
    };
    let python = match python::ready(&places) {
        Ok(ready) => {
            if let Some(problem) = ready.problem() {
                missing.insert(Language::Python3, problem);
            }
            ready.set
        }
        Err(error) => {
            missing.insert(Language::Python3, error);
            None
        }
    };
    let base = runtimes::open(&places.runtimes)?;
    let native = match settings.lockdown.wasm_only {
        true => NativeModules::Refused,
        false => NativeModules::Elsewhere,
    };
    let load = |nodejs: Option<&Dir>, python: Option<&Dir>| {
        wasm::Prepared::load(
            SandboxSettings {
                workers: execution.max_workers,
                instances: u32::try_from(execution.max_instances).unwrap_or(u32::MAX),
                memory: execution.limits.memory,
                total_memory: execution.total_memory,
            },
            &Language::ALL,
            Folders {
                runtimes: &base,
                nodejs,
                python: python.map(|folder| PythonSet { folder, native }),
                site_packages: site_packages.as_ref(),
            },
        )
        .map_err(|error| error.to_string())
    };
    let (sandbox, python) = load_what_can_be(load, set.as_ref(), python, &mut missing)?;
    Ok(Prepared {
        sandbox,
        execution,
        python,
        missing,
    })
}

/// Loads all of it, or, where that fails, the runtimes with those packages that do load.
fn load_what_can_be(
    load: impl Fn(Option<&Dir>, Option<&Dir>) -> Result<wasm::Prepared, String>,
    nodejs: Option<&Dir>,
    python: Option<Set>,
    missing: &mut HashMap<Language, String>,
) -> Result<(wasm::Prepared, Option<Set>), String> {
    let opened = python.as_ref().map(Set::open).transpose();
    let (folder, mut python) = match opened {
        Ok(folder) => (folder, python),
        Err(error) => {
            missing.insert(Language::Python3, error.to_string());
            (None, None)
        }
    };
    if let Ok(all) = load(nodejs, folder.as_ref()) {
        return Ok((all, python));
    }
    if let (Some(_), Err(error)) = (nodejs, load(nodejs, None)) {
        let problem = format!("the npm packages cannot be used: {error}");
        missing.insert(Language::Nodejs, problem);
    }
    if let (Some(_), Err(error)) = (&folder, load(None, folder.as_ref())) {
        let problem = format!("the Python packages cannot be used: {error}");
        missing.insert(Language::Python3, problem);
        python = None;
    }
    let usable = |language, folder| match missing.contains_key(&language) {
        true => None,
        false => folder,
    };
    let nodejs = usable(Language::Nodejs, nodejs);
    let loaded = load(nodejs, folder.as_ref().filter(|_| python.is_some()))?;
    Ok((loaded, python))
}

/// What `belljar doctor` says about the runtimes.
pub fn checks(runtimes: &RuntimesArgument) -> Vec<Check> {
    let mend = "run `make build`";
    let folder = match runtimes.path().and_then(|path| runtimes::open(&path)) {
        Ok(folder) => folder,
        Err(message) => return vec![Check::failed("runtimes", message, mend)],
    };
    let check = |language: &Language| {
        let name = format!("{} runtime", language.api_name());
        match artifact::verify(&folder, *language) {
            Ok(description) => Check::ok(
                name,
                format!(
                    "{}, checksums match, fits this CPU",
                    description.interpreter
                ),
            ),
            Err(error) => Check::failed(name, error.to_string(), mend),
        }
    };
    Language::ALL.iter().map(check).collect()
}

impl RuntimesArgument {
    /// The folder with the compiled runtimes.
    ///
    /// # Errors
    /// When there is none.
    pub fn path(&self) -> Result<PathBuf, String> {
        // An environment variable that is empty counts as unset.
        let given = self.runtimes.as_ref().filter(|given| !given.is_empty());
        runtimes::find(given.map(PathBuf::from))
    }

    /// Where packages are listed and kept.
    ///
    /// # Errors
    /// When there are no compiled runtimes.
    pub fn places(&self, settings: &Settings) -> Result<Places, String> {
        let runtimes = self.path()?;
        let cache = settings.packages.cache.clone();
        Ok(Places {
            nodejs_requirements: PathBuf::from(requirements_file(Language::Nodejs)),
            python_requirements: PathBuf::from(requirements_file(Language::Python3)),
            cache: cache.unwrap_or_else(|| usual_cache(&runtimes)),
            runtimes,
            python: settings.packages.python.clone(),
            pip_mirror: settings.packages.pip_mirror.clone(),
            hardening: settings.lockdown.hardening,
        })
    }
}

/// Beside the compiled runtimes.
fn usual_cache(runtimes: &Path) -> PathBuf {
    runtimes.with_file_name("packages")
}
