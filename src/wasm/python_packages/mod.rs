//! Python packages in WebAssembly: which distributions run there, and what programs see of a set.
//!
//! ```text
//! site/ (what pip gave) ──► judge: imports in the sandbox ──► tier and reason of each distribution
//!                       ├─► set: archive of sources, byte code, metadata, and traps for the rest
//!                       └─► frozen: a snapshot in which what is harmless is imported already
//! ```
//!
//! Guarantees: no code of a package runs outside the sandbox; whatever a package does when it is tried
//! concerns the verdict on packages that import it; a program that comes to the import of something
//! native ends there, before that import has had any effect.

mod bytecode;
mod frozen;
mod judge;
mod layout;
mod probe;
mod reason;
mod set;
mod site;

use std::collections::BTreeMap;
use std::sync::Arc;

use cap_std::fs::Dir;

use super::trial::{ProbeError, Trial};
use crate::program::{Language, Outcome, Package, Tier};
use bytecode::Compiled;
use judge::{Judge, Judged};
pub use layout::Distribution;
use set::Trap;
pub(in crate::wasm) use set::load;
pub use set::{NativeModules, PythonSet, SetError, intact};
use site::{Files, MAX_BYTES, Site};

/// Where programs find the packages; on their `sys.path`.
pub(in crate::wasm) const SITE_PACKAGES: &str = "site-packages";

/// What determines the result for the same files.
pub const SOURCES: &[&str] = &[
    include_str!("bytecode.rs"),
    include_str!("compile.py"),
    include_str!("effects.py"),
    include_str!("frozen.rs"),
    include_str!("judge.rs"),
    include_str!("layout.rs"),
    include_str!("mod.rs"),
    include_str!("preimport.py"),
    include_str!("probe.py"),
    include_str!("probe.rs"),
    include_str!("reason.rs"),
    include_str!("set.rs"),
    include_str!("site.rs"),
];

/// Why a set could not be made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    #[error(transparent)]
    Probe(#[from] ProbeError),
    #[error(transparent)]
    Set(#[from] SetError),
    #[error("cannot read the installed packages: {0}")]
    Site(#[from] std::io::Error),
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// With tier and reason, in the order given.
    pub packages: Vec<Package>,
    /// Modules that only the native tier has, by the name that a program imports first, and the
    /// distribution that each is of.
    pub native_modules: BTreeMap<String, String>,
}

/// Tries `distributions`, whose files are in `site`, with the runtime in `runtimes`, and writes what
/// WebAssembly needs of them into `output`. `say` is told what is going on.
///
/// # Errors
/// When Belljar, not a package, fails.
pub async fn make(
    runtimes: &Dir,
    site: &Dir,
    distributions: &[Distribution],
    output: &Dir,
    say: &(dyn Fn(String) + Sync),
) -> Result<Made, MakeError> {
    let mut trial = Trial::new(runtimes, Language::Python3)?;
    let installed = Site::new(distributions, &trial.description.packages);

    let mut judge = Judge::new(&installed, &mut trial, say).await?;
    let mut files: BTreeMap<usize, Files> = BTreeMap::new();
    for index in judge.obvious() {
        let Some(read) = site::read(site, &installed.installed[index].layout.files)? else {
            let most = MAX_BYTES >> 20;
            judge.native(index, format!("its files take more than {most} MiB"));
            continue;
        };
        judge::add(judge.trial.image(), &read);
        files.insert(index, read);
    }
    judge.roots().await?;
    let with_native = judge.wants_native();
    if !with_native {
        // What was left out, or has a trap in its place.
        for index in judge.judged.native.keys() {
            let layout = &installed.installed[*index].layout;
            let read = site::read(site, &layout.files)?.unwrap_or_default();
            judge::add(judge.trial.image(), &read);
            files.insert(*index, read);
        }
    }

    say("compiling modules".to_owned());
    let kept = |index: &usize| {
        let judged = &judge.judged;
        !with_native || !judged.native.contains_key(index) || judged.fall_back.contains(index)
    };
    let mut all = Files::new();
    for (_, of_one) in files.into_iter().filter(|(index, _)| kept(index)) {
        all.extend(of_one);
    }
    let compiled = bytecode::compile(judge.trial, &all).await?;
    let shareable = frozen::bounded(&installed, &all, judge.shareable());
    let judged = if with_native {
        let bytecode = compiled.values();
        let bytecode = bytecode.map(|each| (each.path.clone(), Arc::clone(&each.data)));
        judge::add(judge.trial.image(), &bytecode.collect());
        say("trying what is within them".to_owned());
        judge.within().await?
    } else {
        judge.without_native()
    };

    let traps = traps(&installed, &judged);
    // Python does not look at a source that it has byte code of, and is to come upon the trap.
    let compiled = compiled
        .into_iter()
        .filter(|(source, _)| !traps.contains_key(source));
    all.extend(compiled.map(|(_, Compiled { path, data })| (path, data)));
    all.retain(|path, _| traps.get(path).is_none_or(|trap| trap.falls_back));
    for each in &installed.installed {
        // More than any metadata is nothing that a program reads.
        all.extend(site::read(site, &each.layout.metadata)?.unwrap_or_default());
    }
    set::write(output, &all, traps)?;
    if !shareable.is_empty() {
        say(format!("taking a snapshot with {}", shareable.join(", ")));
        if let Err(error) = frozen::make(runtimes, output, &shareable).await {
            say(format!(
                "programs import these packages themselves: {error}"
            ));
        }
    }
    Ok(made(&installed, &judged))
}

fn traps(site: &Site, judged: &Judged) -> BTreeMap<String, Trap> {
    let trap = |(path, module): (String, String)| {
        let owner = site
            .owner(&module)
            .expect("every trap is a module of the site");
        let trap = Trap {
            falls_back: judged.fall_back.contains(&owner),
            distribution: site.installed[owner].name.clone(),
            reason: judged
                .native
                .get(&owner)
                .or_else(|| judged.within.get(&module))
                .cloned()
                .unwrap_or_default(),
            module,
        };
        (path, trap)
    };
    judged.traps(site).into_iter().map(trap).collect()
}

fn made(site: &Site, judged: &Judged) -> Made {
    let mut made = Made::default();
    for (index, installed) in site.installed.iter().enumerate() {
        let native = judged.native.get(&index);
        made.packages.push(Package {
            tier: Some(if native.is_some() {
                Tier::Native
            } else {
                Tier::Wasm
            }),
            reason: native.or_else(|| judged.notes.get(&index)).cloned(),
            ..Package::new(&installed.name, &installed.version)
        });
        if native.is_some() {
            for root in &installed.layout.roots {
                made.native_modules
                    .insert(root.clone(), installed.name.clone());
            }
        }
    }
    made
}

/// What a program of ours printed before it failed, for errors.
fn show(outcome: &Outcome) -> String {
    let text = String::from_utf8_lossy(&outcome.stderr);
    let text = text.trim();
    if text.is_empty() {
        String::new()
    } else {
        format!("\nIt printed:\n{text}")
    }
}
