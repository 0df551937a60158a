//! All language runtimes of a server, and the workers they run on.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use cap_std::fs::Dir;
use tokio::sync::oneshot;
use wasmtime::Engine;

use super::artifact::{self, ArtifactError, Description};
use super::budget::MemoryBudget;
use super::engine::{self, Pool};
use super::fs::image::ImageError;
use super::guest_linker;
use super::run::{Run, Runtime};
use super::scheduler::Scheduler;

use crate::program::{Language, Limits, Outcome, Package, Program};
use crate::units::ByteSize;

/// What a sandbox is built for.
#[derive(Clone, Copy, Debug)]
pub struct SandboxSettings {
    /// Programs that compute at the same time.
    pub workers: usize,
    /// Programs alive at the same time.
    pub instances: u32,
    /// The most linear memory any one program may be given.
    pub memory: ByteSize,
    /// What all programs together may allocate beyond the shared snapshot.
    pub total_memory: ByteSize,
}

/// Folders of the host that a sandbox is started from. Nothing reads them later.
#[derive(Clone, Copy, Debug)]
pub struct Folders<'a> {
    /// The compiled runtimes.
    pub runtimes: &'a Dir,
    /// What every Python program sees, read-only, as `/site-packages`.
    pub site_packages: Option<&'a Dir>,
}

/// Where [`Folders::site_packages`] is for a program; on its `sys.path`.
const SITE_PACKAGES: &str = "site-packages";

/// Why a sandbox cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    #[error("cannot give programs their packages: {0}")]
    SitePackages(#[from] ImageError),
    #[error("cannot set up WebAssembly: {0}")]
    Engine(String),
    #[error(
        "limits.memory is {memory}, but the {language} interpreter alone takes {needed}: raise it"
    )]
    TooLittleMemory {
        language: &'static str,
        needed: ByteSize,
        memory: ByteSize,
    },
    #[error("cannot start the worker threads: {0}")]
    Threads(std::io::Error),
    #[error("the language {0} is not loaded")]
    NotLoaded(&'static str),
    #[error("{0}")]
    Run(String),
}

/// Runs programs in WebAssembly.
pub struct Sandbox {
    runtimes: HashMap<Language, Arc<Runtime>>,
    descriptions: Vec<Description>,
    scheduler: Scheduler,
    budget: Arc<MemoryBudget>,
}

impl Sandbox {
    /// Loads the compiled runtimes of `languages` and starts the workers, with `timers` to wake
    /// sleeping programs.
    ///
    /// # Errors
    /// When a runtime or the packages do not load, or the system refuses threads or address space.
    pub fn start(
        settings: SandboxSettings,
        languages: &[Language],
        folders: Folders<'_>,
        timers: &tokio::runtime::Handle,
    ) -> Result<Self, SandboxError> {
        let pool = Pool {
            instances: settings.instances,
            memory: settings.memory,
        };
        let engine = engine::runner(pool).map_err(failed)?;
        let mut runtimes = HashMap::new();
        let mut descriptions = Vec::new();
        for language in languages {
            let (runtime, description) = load(&engine, folders, *language, settings.memory)?;
            runtimes.insert(*language, Arc::new(runtime));
            descriptions.push(description);
        }
        Ok(Self {
            runtimes,
            descriptions,
            scheduler: Scheduler::start(threads(settings.workers), timers)
                .map_err(SandboxError::Threads)?,
            budget: Arc::new(MemoryBudget::new(settings.total_memory.bytes())),
        })
    }

    /// The packages inside a language's runtime.
    pub fn packages(&self, language: Language) -> &[Package] {
        let mut descriptions = self.descriptions.iter();
        descriptions
            .find(|description| description.language == language.api_name())
            .map_or(&[], |description| &description.packages)
    }

    /// Runs one program to its end. Dropping the future stops the program. `held` is dropped when
    /// the program's instance is gone.
    ///
    /// # Errors
    /// When the host, not the program, fails.
    pub async fn run(
        &self,
        program: Program,
        limits: Limits,
        accepted: Instant,
        held: impl Send + 'static,
    ) -> Result<Outcome, SandboxError> {
        let language = program.language;
        let runtime = self.runtimes.get(&language);
        let runtime = runtime.ok_or(SandboxError::NotLoaded(language.api_name()))?;
        let cancelled = Arc::new(AtomicBool::new(false));
        let stop = StopWhenDropped(Arc::clone(&cancelled));
        let run = Run {
            runtime: Arc::clone(runtime),
            program,
            limits,
            budget: Arc::clone(&self.budget),
            cancelled,
            accepted,
        };
        let (deliver, delivered) = oneshot::channel();
        let task = self.scheduler.spawn(async move {
            run.execute(|outcome| {
                // Nobody listens when the client is gone.
                let _ = deliver.send(outcome);
            })
            .await;
            drop(held);
        });
        let outcome = delivered.await;
        drop(stop);
        task.detach();
        outcome
            .map_err(|_| SandboxError::Run("the program was lost to a failure of the host".into()))?
            .map_err(SandboxError::Run)
    }
}

/// Worker threads for `workers` programs at a time. More than there are processors would only make
/// them wait for each other in the kernel; a long program gives way to others all the same.
fn threads(workers: usize) -> usize {
    let processors = std::thread::available_parallelism().map_or(workers, usize::from);
    workers.min(processors)
}

/// Tells a computing program to stop. One that sleeps is dropped with its task.
struct StopWhenDropped(Arc<AtomicBool>);

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn load(
    engine: &Engine,
    folders: Folders<'_>,
    language: Language,
    memory: ByteSize,
) -> Result<(Runtime, Description), SandboxError> {
    let mut loaded = artifact::load(engine, folders.runtimes, language)?;
    let needed = loaded.module.resources_required().max_initial_memory_size;
    if let Some(needed) = needed.filter(|needed| *needed > memory.bytes()) {
        return Err(SandboxError::TooLittleMemory {
            language: language.api_name(),
            needed: ByteSize(needed),
            memory,
        });
    }
    if let (Language::Python3, Some(packages)) = (language, folders.site_packages) {
        loaded.image.add_dir(&[SITE_PACKAGES], packages)?;
    }
    let linker = guest_linker(engine).map_err(failed)?;
    let instance_pre = linker.instantiate_pre(&loaded.module).map_err(failed)?;
    // Makes the copy-on-write image now rather than for the first program.
    loaded
        .module
        .initialize_copy_on_write_image()
        .map_err(failed)?;
    Ok((
        Runtime {
            instance_pre,
            image: Arc::new(loaded.image),
        },
        loaded.description,
    ))
}

fn failed(error: wasmtime::Error) -> SandboxError {
    SandboxError::Engine(format!("{error:#}"))
}
