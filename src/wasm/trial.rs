//! Running programs of Belljar's own, to find out something about packages: one at a time, each in a
//! fresh instance, away from a server's workers.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use cap_std::fs::Dir;

use super::artifact::{self, ArtifactError, Description};
use super::budget::MemoryBudget;
use super::engine;
use super::fs::image::{Image, ImageError};
use super::guest_linker;
use super::run::{Entry, Run, Runtime};
use super::state::Asked;
use crate::program::{Language, Limits, Outcome, Program};

/// Why packages cannot be tried.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    #[error("the packages' files cannot be shown to programs: {0}")]
    Files(#[from] ImageError),
    #[error("cannot set up WebAssembly: {0}")]
    Engine(String),
    #[error("cannot try the package {0}: {1}")]
    Failed(String, String),
}

/// A runtime and the files that its programs see.
pub struct Trial {
    runtime: Arc<Runtime>,
    language: Language,
    /// The runtime's.
    pub description: Description,
}

impl Trial {
    /// For the runtime of `language` in `runtimes`.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn new(runtimes: &Dir, language: Language) -> Result<Self, ProbeError> {
        let failed = |error: wasmtime::Error| ProbeError::Engine(format!("{error:#}"));
        let engine = engine::compiler().map_err(failed)?;
        let loaded = artifact::load(&engine, runtimes, language)?;
        let linker = guest_linker(&engine).map_err(failed)?;
        let instance_pre = linker.instantiate_pre(&loaded.module).map_err(failed)?;
        Ok(Self {
            runtime: Arc::new(Runtime {
                instance_pre,
                image: Arc::new(loaded.image),
            }),
            language,
            description: loaded.description,
        })
    }

    /// The files that the next programs see.
    pub fn image(&mut self) -> &mut Image {
        let runtime = Arc::get_mut(&mut self.runtime);
        let image = runtime.and_then(|runtime| Arc::get_mut(&mut runtime.image));
        image.expect("no program runs: each one ends within a call of `run`")
    }

    /// Runs one program. `concerning` names what is tried, for errors.
    ///
    /// # Errors
    /// When Belljar, not the program, fails.
    pub async fn run(
        &self,
        entry: Entry,
        code: String,
        file_name: &str,
        limits: Limits,
        concerning: &str,
    ) -> Result<Outcome, ProbeError> {
        let ran = self.run_watched(entry, code, file_name, limits, concerning);
        ran.await.map(|(outcome, _)| outcome)
    }

    /// The same, and what the program asked for.
    ///
    /// # Errors
    /// When Belljar, not the program, fails.
    pub async fn run_watched(
        &self,
        entry: Entry,
        code: String,
        file_name: &str,
        limits: Limits,
        concerning: &str,
    ) -> Result<(Outcome, Asked), ProbeError> {
        let run = Run {
            runtime: Arc::clone(&self.runtime),
            entry,
            program: Program {
                language: self.language,
                code,
                preload: None,
                file_name: file_name.to_owned(),
                network: None,
            },
            limits,
            budget: Arc::new(MemoryBudget::new(limits.memory.bytes() * 2)),
            network: None,
            cancelled: Arc::new(AtomicBool::new(false)),
            accepted: Instant::now(),
        };
        let mut outcome = Err("there is no outcome".to_owned());
        let asked = run.execute(|result| outcome = result).await;
        let outcome =
            outcome.map_err(|reason| ProbeError::Failed(concerning.to_owned(), reason))?;
        Ok((outcome, asked))
    }
}
