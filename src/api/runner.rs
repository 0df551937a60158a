//! The seam between the API and what runs programs.

use std::future::Future;

use crate::execution::{Admission, ExecutionError, Executor};
use crate::program::{Language, Outcome, Package, Program};

/// Runs programs, a limited number of them at a time.
pub trait RunPrograms: Clone + Send + Sync + 'static {
    /// A place among the requests in flight, free again when dropped.
    type Admission: Send + 'static;

    /// A place, or `None` when all are taken.
    fn admit(&self) -> Option<Self::Admission>;

    /// Runs `program` to its end. Dropping the future stops it.
    fn run(
        &self,
        admission: Self::Admission,
        program: Program,
    ) -> impl Future<Output = Result<Outcome, ExecutionError>> + Send;

    /// What programs in `language` can import besides its standard library.
    fn packages(&self, language: Language) -> Vec<Package>;

    /// Why these are not what the operator wants.
    fn packages_problem(&self, language: Language) -> Option<String>;

    /// Brings them up to date; ready when that is done, or has taken too long to wait for.
    fn refresh_packages(&self, language: Language) -> impl Future<Output = ()> + Send;
}

impl RunPrograms for Executor {
    type Admission = Admission;

    fn admit(&self) -> Option<Admission> {
        Executor::admit(self)
    }

    fn run(
        &self,
        admission: Admission,
        program: Program,
    ) -> impl Future<Output = Result<Outcome, ExecutionError>> + Send {
        Executor::run(self, admission, program)
    }

    fn packages(&self, language: Language) -> Vec<Package> {
        let fresh = Executor::packages(self).and_then(|desk| desk.packages(language));
        fresh.unwrap_or_else(|| self.sandbox().packages(language))
    }

    fn packages_problem(&self, language: Language) -> Option<String> {
        Executor::packages(self)?.problem(language)
    }

    async fn refresh_packages(&self, language: Language) {
        if let Some(maintainer) = Executor::packages(self) {
            maintainer.refresh(language).await;
        }
    }
}
