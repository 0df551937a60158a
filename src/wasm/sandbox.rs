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
use super::fs::image::{Image, ImageError};
use super::guest_linker;
use super::network::Network;
use super::python_packages::{self, PythonSet, SITE_PACKAGES, SetError};
use super::run::{Entry, Run, Runtime};
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
    /// The runtime of `nodejs` with the operator's packages, in place of the one in `runtimes`.
    pub nodejs: Option<&'a Dir>,
    /// The packages of Python programs, which see them, read-only, as `/site-packages`.
    pub python: Option<PythonSet<'a>>,
    /// A folder that they see there besides, as it is.
    pub site_packages: Option<&'a Dir>,
}

/// Why a sandbox cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    #[error(transparent)]
    PythonSet(#[from] SetError),
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
    loaded: HashMap<Language, Loaded>,
    scheduler: Scheduler,
    budget: Arc<MemoryBudget>,
    /// Without it no program has a network.
    network: Option<Network>,
}

/// All code of a sandbox, loaded. The process has no other thread because of it, and may lock
/// itself in before it goes on: nothing is opened or made executable any more.
pub struct Prepared {
    loaded: HashMap<Language, Loaded>,
    threads: usize,
    total_memory: ByteSize,
}

struct Loaded {
    runtime: Arc<Runtime>,
    description: Description,
}

impl Prepared {
    /// Loads the compiled runtimes of `languages`.
    ///
    /// # Errors
    /// When a runtime or the packages do not load, or the system refuses address space.
    pub fn load(
        settings: SandboxSettings,
        languages: &[Language],
        folders: Folders<'_>,
    ) -> Result<Self, SandboxError> {
        let pool = Pool {
            instances: settings.instances,
            memory: settings.memory,
        };
        let engine = engine::runner(pool).map_err(failed)?;
        let mut loaded = HashMap::new();
        for language in languages {
            let folder = match language {
                Language::Nodejs => folders.nodejs.unwrap_or(folders.runtimes),
                Language::Python3 => folders
                    .python
                    .map_or(folders.runtimes, |set| set.runtime(folders.runtimes)),
            };
            let image = |image: &mut Image| {
                if *language == Language::Python3 {
                    add_python_packages(image, folders)?;
                }
                Ok(())
            };
            let one = load(&engine, folder, *language, settings.memory, image)?;
            loaded.insert(*language, one);
        }
        Ok(Self {
            loaded,
            threads: threads(settings.workers),
            total_memory: settings.total_memory,
        })
    }

    /// The packages inside a language's runtime.
    pub fn packages(&self, language: Language) -> Vec<Package> {
        packages(&self.loaded, language)
    }

    /// Starts the workers, with `timers` to wake programs that sleep or wait for the network. Without
    /// `network` none has one.
    ///
    /// # Errors
    /// When the system refuses threads.
    pub fn start(
        self,
        timers: &tokio::runtime::Handle,
        network: Option<Network>,
    ) -> Result<Sandbox, SandboxError> {
        Ok(Sandbox {
            loaded: self.loaded,
            scheduler: Scheduler::start(self.threads, timers).map_err(SandboxError::Threads)?,
            budget: Arc::new(MemoryBudget::new(self.total_memory.bytes())),
            network,
        })
    }
}

impl Sandbox {
    /// The packages inside a language's runtime.
    pub fn packages(&self, language: Language) -> Vec<Package> {
        packages(&self.loaded, language)
    }

    fn runtime(&self, language: Language) -> Option<Arc<Runtime>> {
        let loaded = self.loaded.get(&language)?;
        Some(Arc::clone(&loaded.runtime))
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
        let runtime = self.runtime(language);
        let runtime = runtime.ok_or(SandboxError::NotLoaded(language.api_name()))?;
        let cancelled = Arc::new(AtomicBool::new(false));
        let stop = StopWhenDropped(Arc::clone(&cancelled));
        let run = Run {
            runtime,
            entry: Entry::Run,
            program,
            limits,
            budget: Arc::clone(&self.budget),
            network: self.network.clone(),
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

fn packages(loaded: &HashMap<Language, Loaded>, language: Language) -> Vec<Package> {
    let found = loaded.get(&language);
    found.map_or_else(Vec::new, |loaded| loaded.description.packages.clone())
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

fn add_python_packages(image: &mut Image, folders: Folders<'_>) -> Result<(), SandboxError> {
    if let Some(set) = folders.python {
        python_packages::load(set, image)?;
    }
    if let Some(folder) = folders.site_packages {
        image.add_dir(&[SITE_PACKAGES], folder)?;
    }
    Ok(())
}

/// Loads the runtime in `folder`; `add_files` adds to what its programs see.
fn load(
    engine: &Engine,
    folder: &Dir,
    language: Language,
    memory: ByteSize,
    add_files: impl FnOnce(&mut Image) -> Result<(), SandboxError>,
) -> Result<Loaded, SandboxError> {
    let mut loaded = artifact::load(engine, folder, language)?;
    let needed = loaded.module.resources_required().max_initial_memory_size;
    if let Some(needed) = needed.filter(|needed| *needed > memory.bytes()) {
        return Err(SandboxError::TooLittleMemory {
            language: language.api_name(),
            needed: ByteSize(needed),
            memory,
        });
    }
    add_files(&mut loaded.image)?;
    let linker = guest_linker(engine).map_err(failed)?;
    let instance_pre = linker.instantiate_pre(&loaded.module).map_err(failed)?;
    // Makes the copy-on-write image now rather than for the first program.
    loaded
        .module
        .initialize_copy_on_write_image()
        .map_err(failed)?;
    Ok(Loaded {
        runtime: Arc::new(Runtime {
            instance_pre,
            image: Arc::new(loaded.image),
        }),
        description: loaded.description,
    })
}

fn failed(error: wasmtime::Error) -> SandboxError {
    SandboxError::Engine(format!("{error:#}"))
}
