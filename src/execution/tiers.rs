//! Which tier a program runs in. It is settled before anything that a caller could notice: by what
//! the program's text says that it imports, or when it comes to such an import; then all that it did
//! so far was in its own instance, which is thrown away.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::imports::named_modules;
use crate::native::client::{Native, NativeError};
use crate::program::{Language, Limits, Outcome, Program};

/// The native tier and what it is for.
pub struct NativeTier {
    native: Native,
    /// Modules that only it has, with dots where a package is spread over several distributions,
    /// each with the distribution it is from.
    modules: BTreeMap<String, String>,
}

impl NativeTier {
    pub fn new(native: Native, modules: BTreeMap<String, String>) -> Self {
        Self { native, modules }
    }

    /// Has everything ready for the first program.
    ///
    /// # Errors
    /// When nobody can be told to.
    pub async fn prepare(&self) -> Result<(), NativeError> {
        self.native.prepare().await
    }

    /// The modules of this tier that a program's text names.
    pub fn named_by(&self, program: &Program) -> Vec<String> {
        if program.language != Language::Python3 {
            return Vec::new();
        }
        let sources = program.preload.iter().chain([&program.code]);
        let named = sources.flat_map(|source| named_modules(source));
        let ours: BTreeSet<_> = named.filter_map(|name| self.module_of(&name)).collect();
        ours.into_iter().map(str::to_owned).collect()
    }

    /// The module of this tier that `name` is, or is part of.
    fn module_of(&self, name: &str) -> Option<&str> {
        let dots = name.match_indices('.').map(|(at, _)| at);
        let mut parents = dots.chain([name.len()]).map(|end| &name[..end]);
        parents.find_map(|parent| self.modules.get_key_value(parent).map(|(key, _)| &**key))
    }

    /// Runs a program to its end. `why` is for the log. Dropping the future stops the program.
    ///
    /// # Errors
    /// When Belljar, not the program, fails.
    pub async fn run(
        &self,
        program: Program,
        limits: Limits,
        imports: Vec<String>,
        why: String,
        accepted: Instant,
    ) -> Result<Outcome, NativeError> {
        let outcome = self.native.run(program, limits, imports, accepted).await?;
        Ok(Outcome {
            tier_reason: Some(why),
            ..outcome
        })
    }
}
