//! The one door to running programs: admission, slots, the choice of the tier, one outcome each.

mod imports;
mod tiers;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use tracing::warn;

use crate::native::client::NativeError;
use crate::program::{Ending, Language, LimitReached, Limits, Outcome, Package, Program};
use crate::units::ByteSize;
use crate::wasm::{Sandbox, SandboxError};

pub use tiers::NativeTier;

/// How much may run at once, and how far each run may go.
#[derive(Clone, Copy, Debug)]
pub struct ExecutionSettings {
    /// Programs that compute at the same time; one that sleeps or waits gives its place away.
    pub max_workers: usize,
    /// Requests accepted and not yet answered; one more is refused.
    pub max_requests: usize,
    /// Programs alive at the same time, sleeping ones included; further ones wait.
    pub max_instances: usize,
    /// What all programs together may allocate beyond the snapshot that they share.
    pub total_memory: ByteSize,
    pub limits: Limits,
}

/// Admits and runs programs. Cheap to clone.
#[derive(Clone)]
pub struct Executor {
    inner: Arc<Inner>,
}

struct Inner {
    settings: ExecutionSettings,
    sandbox: Arc<Sandbox>,
    /// For programs that WebAssembly cannot run.
    native: Option<NativeTier>,
    packages: OnceLock<Arc<dyn MaintainPackages>>,
    requests: Arc<Semaphore>,
    instances: Arc<Semaphore>,
}

/// What keeps a language's packages up to date while programs run.
pub trait MaintainPackages: Send + Sync {
    /// Brings them up to date if they are not; ready when that is done, or has taken too long to
    /// wait for.
    fn refresh(self: Arc<Self>, language: Language) -> Refreshing;

    /// Why they are not as the operator wants them.
    fn problem(&self, language: Language) -> Option<String>;

    /// What programs find from now on, if that is not what the sandbox was started with.
    fn packages(&self, language: Language) -> Option<Vec<Package>>;
}

pub type Refreshing = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A place among the requests in flight; free again when dropped.
#[derive(Debug)]
pub struct Admission {
    _place: OwnedSemaphorePermit,
    accepted: Instant,
}

impl Executor {
    pub fn new(
        settings: ExecutionSettings,
        sandbox: Arc<Sandbox>,
        native: Option<NativeTier>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                requests: Arc::new(Semaphore::new(settings.max_requests)),
                instances: Arc::new(Semaphore::new(settings.max_instances)),
                settings,
                sandbox,
                native,
                packages: OnceLock::new(),
            }),
        }
    }

    /// Leaves the packages to `maintainer`, once and for all.
    pub fn maintain_packages(&self, maintainer: Arc<dyn MaintainPackages>) {
        let _ = self.inner.packages.set(maintainer);
    }

    /// What maintains the packages, if anything does.
    pub fn packages(&self) -> Option<Arc<dyn MaintainPackages>> {
        self.inner.packages.get().map(Arc::clone)
    }

    /// Has ready what takes a while, so that the first program need not wait for it.
    pub async fn prepare(&self) {
        if let Some(tier) = &self.inner.native
            && let Err(error) = tier.prepare().await
        {
            // Programs are told when they want it.
            warn!("the native tier is not there yet: {error}");
        }
    }

    /// A place for one request; `None` when `max_requests` are in flight.
    pub fn admit(&self) -> Option<Admission> {
        let place = Arc::clone(&self.inner.requests).try_acquire_owned().ok()?;
        Some(Admission {
            _place: place,
            accepted: Instant::now(),
        })
    }

    /// Runs a program to its end. Dropping the future stops the program.
    ///
    /// # Errors
    /// When Belljar, not the program, fails.
    pub async fn run(
        &self,
        admission: Admission,
        program: Program,
    ) -> Result<Outcome, ExecutionError> {
        let limits = self.inner.settings.limits;
        if let Some(outcome) = refuse_large(&program, &limits) {
            return Ok(outcome);
        }
        let Some(tier) = &self.inner.native else {
            return self.in_webassembly(&admission, program).await;
        };
        let named = tier.named_by(&program);
        if !named.is_empty() {
            let why = format!("imports {}", named.join(", "));
            let outcome = tier.run(program, limits, named, why, admission.accepted);
            return Ok(outcome.await?);
        }
        let outcome = self.in_webassembly(&admission, program.clone()).await?;
        let Ending::NeedsNative(module) = outcome.ending else {
            return Ok(outcome);
        };
        let why = format!("came to the import of {module}");
        let outcome = tier.run(program, limits, vec![module], why, admission.accepted);
        Ok(outcome.await?)
    }

    async fn in_webassembly(
        &self,
        admission: &Admission,
        program: Program,
    ) -> Result<Outcome, ExecutionError> {
        let Inner {
            settings,
            sandbox,
            instances,
            ..
        } = &*self.inner;
        let slot = Arc::clone(instances).acquire_owned().await;
        let slot = slot.map_err(|_| ExecutionError::ShuttingDown)?;
        let outcome = sandbox.run(program, settings.limits, admission.accepted, slot);
        outcome.await.map_err(internal)
    }

    pub fn settings(&self) -> &ExecutionSettings {
        &self.inner.settings
    }

    pub fn sandbox(&self) -> &Arc<Sandbox> {
        &self.inner.sandbox
    }
}

/// The outcome of a program that is too large to be started.
fn refuse_large(program: &Program, limits: &Limits) -> Option<Outcome> {
    let preload = program.preload.as_ref().map_or(0, String::len);
    let size = (program.code.len() + preload) as u64;
    (size > limits.code.bytes()).then(|| Outcome {
        ending: Ending::Stopped(LimitReached::Code),
        ..Outcome::of(*limits)
    })
}

fn internal(error: SandboxError) -> ExecutionError {
    ExecutionError::Internal(error.to_string())
}

/// Belljar itself could not run a program.
#[derive(Debug, thiserror::Error)]
pub enum ExecutionError {
    /// The server is stopping; nothing new is started.
    #[error("the server is shutting down")]
    ShuttingDown,
    /// A defect or exhausted host resource; the message is for the operator.
    #[error("{0}")]
    Internal(String),
}

impl From<NativeError> for ExecutionError {
    fn from(error: NativeError) -> Self {
        Self::Internal(error.to_string())
    }
}
