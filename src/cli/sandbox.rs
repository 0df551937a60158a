//! The one place where the command line meets what runs programs.

use std::ffi::OsString;
use std::path::PathBuf;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use clap::Args;
use tokio::runtime::Handle;

use super::runtimes;
use crate::checks::Check;
use crate::config::Settings;
use crate::execution::Executor;
use crate::program::Language;
use crate::wasm::artifact;
use crate::wasm::{Folders, Sandbox, SandboxSettings};

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

/// Starts what runs programs. Must be called within a tokio runtime, which then wakes sleeping
/// programs.
///
/// # Errors
/// When a runtime is missing or does not fit this machine, or the system refuses resources; in
/// words for the operator.
pub fn start(
    settings: &Settings,
    runtimes: &RuntimesArgument,
    packages: &PackagesArgument,
) -> Result<Executor, String> {
    let site_packages = packages.open()?;
    let execution = settings.execution;
    let sandbox = Sandbox::start(
        SandboxSettings {
            workers: execution.max_workers,
            instances: u32::try_from(execution.max_instances).unwrap_or(u32::MAX),
            memory: execution.limits.memory,
            total_memory: execution.total_memory,
        },
        &Language::ALL,
        Folders {
            runtimes: &runtimes.open()?,
            site_packages: site_packages.as_ref(),
        },
        &Handle::current(),
    )
    .map_err(|error| error.to_string())?;
    Ok(Executor::new(execution, sandbox))
}

/// What `belljar doctor` says about the runtimes.
pub fn checks(runtimes: &RuntimesArgument) -> Vec<Check> {
    let mend = "run `make build`";
    let folder = match runtimes.open() {
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
    fn open(&self) -> Result<Dir, String> {
        // An environment variable that is empty counts as unset.
        let given = self.runtimes.as_ref().filter(|given| !given.is_empty());
        runtimes::open(given.map(PathBuf::from))
    }
}
