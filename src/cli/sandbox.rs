//! The one place where the command line meets what runs programs.

use std::ffi::OsString;
use std::path::PathBuf;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use clap::Args;
use tokio::runtime::Handle;

use crate::api::Dependency;
use crate::checks::Check;
use crate::config::Settings;
use crate::execution::{Executor, Language};
use crate::units::ByteSize;
use crate::wasm::{Sandbox, SandboxSettings};

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

/// What all programs together may allocate.
const TOTAL_MEMORY: ByteSize = ByteSize::mib(4096);

/// Starts what runs programs. Must be called within a tokio runtime, which then wakes sleeping
/// programs.
///
/// # Errors
/// When a runtime is missing or does not fit this machine, or the system refuses resources; in
/// words for the operator.
pub fn start(settings: &Settings, runtimes: &RuntimesArgument) -> Result<Executor, String> {
    let execution = settings.execution;
    let sandbox = Sandbox::start(
        SandboxSettings {
            workers: execution.max_workers,
            instances: u32::try_from(execution.max_instances).unwrap_or(u32::MAX),
            memory: execution.limits.memory,
            total_memory: TOTAL_MEMORY,
        },
        &[Language::Python3],
        &runtimes.open()?,
        &Handle::current(),
    )
    .map_err(|error| error.to_string())?;
    Ok(Executor::new(execution, sandbox))
}

/// The packages inside the Python runtime, for the dependencies endpoint.
pub fn dependencies(executor: &Executor) -> Vec<Dependency> {
    let descriptions = executor.sandbox().descriptions().iter();
    descriptions
        .filter(|description| description.language == Language::Python3.api_name())
        .flat_map(|description| &description.packages)
        .map(|package| Dependency {
            name: package.name.clone(),
            version: package.version.clone(),
        })
        .collect()
}

/// What `belljar doctor` says about the runtimes.
pub fn checks(runtimes: &RuntimesArgument) -> Vec<Check> {
    match runtimes.open() {
        Ok(_) => Vec::new(),
        Err(message) => vec![Check::failed("runtimes", message, "run `make build`")],
    }
}

impl RuntimesArgument {
    fn open(&self) -> Result<Dir, String> {
        let path = match &self.runtimes {
            // An environment variable that is empty counts as unset.
            Some(given) if !given.is_empty() => PathBuf::from(given),
            _ => beside_program()?,
        };
        Dir::open_ambient_dir(&path, ambient_authority()).map_err(|error| {
            format!(
                "cannot open the folder of compiled runtimes `{}`: {error}",
                path.display()
            )
        })
    }
}

fn beside_program() -> Result<PathBuf, String> {
    let program = std::env::current_exe()
        .map_err(|error| format!("cannot tell where this program is: {error}"))?;
    Ok(program.with_file_name("runtimes"))
}
