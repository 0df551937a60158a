//! Which distributions run in WebAssembly, found out by importing them there.
//!
//! What does not import is native; so is what imports something native, to the last of them. Of what
//! does import, modules deep inside that need more than the sandbox has are left to the native tier.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::super::fs::image::Image;
use super::super::run::Entry;
use super::super::state::Asked;
use super::super::trial::{ProbeError, Trial};
use super::layout::{is_within, parents};
use super::probe::{self, Fate, LIMITS, Tried};
use super::reason::{Reasons, Why};
use super::site::{Files, Site};
use super::{SITE_PACKAGES, show};
use crate::program::Limits;

/// How long all of this may take. What has not been tried by then is native.
const PATIENCE: Duration = Duration::from_secs(240);
/// For one distribution's modules.
const PATIENCE_FOR_ONE: Duration = Duration::from_secs(60);
/// For the modules within one distribution that its own import leaves alone.
const PATIENCE_WITHIN: Duration = Duration::from_secs(10);

/// What was found out. Distributions are named by their index in the [`Site`].
#[derive(Debug, Default)]
pub struct Judged {
    /// Those that are native, and why.
    pub native: BTreeMap<usize, String>,
    /// Those of them that do without what they import, where that is refused.
    pub fall_back: BTreeSet<usize>,
    /// Something to know about others.
    pub notes: BTreeMap<usize, String>,
    /// Modules within distributions that are not native, which only the native tier has, and why.
    pub within: BTreeMap<String, String>,
}

impl Judged {
    /// The files that stand for modules which only the native tier has, and those modules.
    pub fn traps(&self, site: &Site) -> BTreeMap<String, String> {
        let mut traps = BTreeMap::new();
        for index in self.native.keys() {
            let layout = &site.installed[*index].layout;
            for root in &layout.roots {
                traps.insert(layout.modules[root].path.clone(), root.clone());
            }
        }
        for module in self.within.keys() {
            let owner = site.owner(module).expect("it was tried as a part of it");
            let path = &site.installed[owner].layout.modules[module].path;
            traps.insert(path.clone(), module.clone());
        }
        traps
    }
}

/// Tries everything.
pub struct Judge<'a> {
    pub site: &'a Site,
    pub trial: &'a mut Trial,
    pub say: &'a (dyn Fn(String) + Sync),
    standard: BTreeSet<String>,
    /// What a program asks for that imports nothing.
    usual: Asked,
    pub judged: Judged,
    /// What importing each distribution's roots did.
    tried: BTreeMap<usize, Vec<Tried>>,
    /// Modules that something imports and does without if that fails.
    optional: BTreeSet<String>,
    started: Instant,
}

impl<'a> Judge<'a> {
    /// # Errors
    /// When Belljar fails.
    pub async fn new(
        site: &'a Site,
        trial: &'a mut Trial,
        say: &'a (dyn Fn(String) + Sync),
    ) -> Result<Self, ProbeError> {
        let standard = standard_library(trial).await?;
        let usual = probe::asked_by_nobody(trial).await?;
        Ok(Self {
            site,
            trial,
            say,
            standard,
            usual,
            judged: Judged::default(),
            tried: BTreeMap::new(),
            optional: BTreeSet::new(),
            started: Instant::now(),
        })
    }

    /// Finds what needs no trying. The rest is to be given its files.
    pub fn obvious(&mut self) -> Vec<usize> {
        for (index, installed) in self.site.installed.iter().enumerate() {
            let layout = &installed.layout;
            let mut roots = layout.public_roots().into_iter();
            if let Some(root) = roots.find(|root| layout.is_extension(root)) {
                self.native(index, format!("{root} is a C extension"));
            } else if let Some(version) = &installed.built_in
                && *version != installed.version
            {
                self.native(index, format!("WebAssembly has {version} built in"));
            }
        }
        let all = 0..self.site.installed.len();
        all.filter(|index| self.is_open(*index)).collect()
    }

    fn is_open(&self, index: usize) -> bool {
        !self.judged.native.contains_key(&index) && self.site.installed[index].built_in.is_none()
    }

    /// Notes that a distribution is native.
    pub fn native(&mut self, index: usize, reason: String) {
        self.judged.native.entry(index).or_insert(reason);
    }

    /// Tries by their roots all that are not decided yet.
    ///
    /// # Errors
    /// When Belljar, not a package, fails.
    pub async fn roots(&mut self) -> Result<(), ProbeError> {
        let mut turn: Vec<usize> = (0..self.site.installed.len()).collect();
        turn.retain(|index| self.is_open(*index));
        // Without traps at first, so that a package shows its own reason and not that of another.
        let mut met = BTreeSet::new();
        while !turn.is_empty() {
            for index in turn {
                self.try_roots(index).await?;
            }
            self.set_traps();
            turn = self.touching(&mut met);
        }
        self.extensions_within();
        Ok(())
    }

    /// Roots that import the same for everybody, and change nothing for those that do not import
    /// them, each with the modules that it loads.
    pub fn shareable(&self) -> Vec<(String, Vec<String>)> {
        let open = self.tried.iter().filter(|(index, _)| self.is_open(**index));
        open.flat_map(|(_, tried)| tried)
            .filter(|each| each.fate == Fate::Imported && each.effects.as_deref() == Some(&[]))
            .map(|each| (each.module.clone(), each.loaded.clone()))
            .collect()
    }

    /// Whether anything is native that is there because the operator wants it. Without that nobody
    /// asked for a native tier.
    pub fn wants_native(&self) -> bool {
        let mut native = self.judged.native.keys();
        native.any(|index| self.site.installed[*index].wanted)
    }

    /// Leaves everything to WebAssembly, as far as it gets there.
    pub fn without_native(self) -> Judged {
        let Judged { native, notes, .. } = self.judged;
        let failing = native.into_iter();
        let failing = failing.map(|(index, why)| (index, format!("importing it fails: {why}")));
        Judged {
            notes: notes.into_iter().chain(failing).collect(),
            ..Judged::default()
        }
    }

    /// Tries what is within those that are not native.
    ///
    /// # Errors
    /// When Belljar, not a package, fails.
    pub async fn within(mut self) -> Result<Judged, ProbeError> {
        self.set_traps();
        let all = 0..self.site.installed.len();
        let mut failed = BTreeMap::new();
        for index in all.filter(|index| self.is_open(*index)).collect::<Vec<_>>() {
            self.try_within(index, &mut failed).await?;
        }
        let is_inner = |name: &str| {
            failed
                .keys()
                .any(|other| other != name && is_within(name, other))
        };
        for (name, reason) in &failed {
            // A module fails with the package around it: only the outermost is a trap.
            if !is_inner(name) && !self.optional.contains(name) {
                self.judged.within.insert(name.clone(), reason.clone());
            }
        }
        Ok(self.judged)
    }

    /// Open distributions whose import looked for a module of one that is native, unless it is in
    /// `met`: they were tried with that one's traps.
    fn touching(&self, met: &mut BTreeSet<(usize, usize)>) -> Vec<usize> {
        let mut touching = Vec::new();
        for (index, tried) in self.tried.iter().filter(|(index, _)| self.is_open(**index)) {
            let names = tried
                .iter()
                .flat_map(|each| each.asked.iter().chain(&each.loaded));
            let natives: BTreeSet<usize> = names
                .filter_map(|name| self.site.within(name, self.judged.native.keys().copied()))
                .collect();
            let before = met.len();
            met.extend(natives.into_iter().map(|native| (*index, native)));
            if met.len() > before {
                touching.push(*index);
            }
        }
        touching
    }

    fn set_traps(&mut self) {
        let traps = self.judged.traps(self.site);
        let image = self.trial.image();
        for (path, module) in &traps {
            trap(image, path, module);
        }
    }

    async fn try_roots(&mut self, index: usize) -> Result<(), ProbeError> {
        let installed = &self.site.installed[index];
        let name = &installed.name;
        (self.say)(format!("trying {name} {}", installed.version));
        let since = Instant::now();
        let mut all = Vec::new();
        for root in installed.layout.public_roots() {
            let left = PATIENCE
                .checked_sub(self.started.elapsed())
                .unwrap_or_default();
            let left = left.min(PATIENCE_FOR_ONE.saturating_sub(since.elapsed()));
            if left.is_zero() {
                self.native(
                    index,
                    "there was no time to try it in WebAssembly".to_owned(),
                );
                return Ok(());
            }
            let limits = Limits {
                wall_clock: left.min(LIMITS.wall_clock),
                ..LIMITS
            };
            let tried = probe::import_watched(self.trial, root, limits, self.usual).await?;
            let reasons = Reasons {
                site: self.site,
                standard: &self.standard,
            };
            for each in &tried {
                match reasons.of(each) {
                    Some(Why::OnlyHere(reason)) => {
                        // It did import before the traps were there.
                        if self.tried.contains_key(&index) {
                            self.judged.fall_back.insert(index);
                        }
                        self.native(index, reason);
                        return Ok(());
                    }
                    Some(Why::Everywhere(note)) => {
                        self.judged.notes.insert(index, note);
                    }
                    None => {}
                }
            }
            all.extend(tried);
        }
        if let Some(extension) = self.untouched(index, &all) {
            self.native(index, format!("{extension} is a C extension"));
        }
        self.optional.extend(all.iter().flat_map(optional));
        self.tried.insert(index, all);
        Ok(())
    }

    /// An extension of a distribution that its import did not even ask for: it is there for programs
    /// to import, and not to be done without.
    fn untouched(&self, index: usize, tried: &[Tried]) -> Option<&'a str> {
        let layout = &self.site.installed[index].layout;
        let done_without: BTreeSet<&str> = tried
            .iter()
            .flat_map(|each| &each.missing)
            .map(String::as_str)
            .collect();
        // Where the first of several is missing, the others are often not asked for.
        let folders: BTreeSet<_> = done_without
            .iter()
            .filter(|module| layout.is_extension(module))
            .map(|module| parents(module).next())
            .collect();
        let modules = layout.modules.iter();
        let untouched = modules
            .filter(|(_, module)| module.extension)
            .map(|(name, _)| name.as_str())
            .filter(|name| !name.contains("__mypyc") && is_for_use(name))
            .filter(|name| !folders.contains(&parents(name).next()));
        let is_private = |name: &&str| {
            name.rsplit('.')
                .next()
                .is_some_and(|last| last.starts_with('_'))
        };
        untouched.min_by_key(is_private)
    }

    /// Extensions that no import asked for: whoever asks later is to have them. One that was asked
    /// for and not there is done without.
    fn extensions_within(&mut self) {
        let tried = || self.tried.values().flatten();
        let done_without: BTreeSet<&str> = tried()
            .flat_map(|each| &each.missing)
            .map(String::as_str)
            .collect();
        for (index, installed) in self.site.installed.iter().enumerate() {
            if !self.is_open(index) {
                continue;
            }
            let modules = installed.layout.modules.iter();
            let extensions = modules
                .filter(|(name, module)| module.extension && !done_without.contains(name.as_str()))
                .map(|(name, _)| (name.clone(), format!("{name} is a C extension")));
            self.judged.within.extend(extensions);
        }
    }

    /// Imports what the import of the roots left alone.
    async fn try_within(
        &mut self,
        index: usize,
        failed: &mut BTreeMap<String, String>,
    ) -> Result<(), ProbeError> {
        let installed = &self.site.installed[index];
        let tried = self.tried.get(&index).into_iter().flatten();
        let seen: BTreeSet<&str> = tried
            .flat_map(|each| each.asked.iter().chain(&each.loaded))
            .map(String::as_str)
            .collect();
        let modules = installed.layout.modules.iter();
        let mut rest: Vec<&str> = modules
            .filter(|(name, module)| !module.extension && !seen.contains(name.as_str()))
            .map(|(name, _)| name.as_str())
            .filter(|name| is_for_use(name))
            .collect();
        let since = Instant::now();
        while !rest.is_empty() {
            let left = PATIENCE.saturating_sub(self.started.elapsed());
            let left = left.min(PATIENCE_WITHIN.saturating_sub(since.elapsed()));
            if left.is_zero() {
                break;
            }
            let limits = Limits {
                wall_clock: left,
                ..LIMITS
            };
            let tried = probe::import(self.trial, &rest, limits).await?;
            let reasons = Reasons {
                site: self.site,
                standard: &self.standard,
            };
            self.optional.extend(tried.iter().flat_map(optional));
            for each in &tried {
                // A trap will be there for whoever imports it, and the end of a program is its end
                // natively as well.
                if let (Fate::Raised(_), Some(Why::OnlyHere(reason))) =
                    (&each.fate, reasons.of(each))
                    && !ends_the_program(each)
                {
                    failed.insert(each.module.clone(), reason);
                }
            }
            let done = tried.last().map(|each| each.module.clone());
            let place = rest.iter().position(|name| Some(*name) == done.as_deref());
            rest = rest.split_off(place.map_or(rest.len(), |place| place + 1));
            // Whatever is within it comes to the same end.
            rest.retain(|name| !done.as_deref().is_some_and(|done| is_within(name, done)));
        }
        Ok(())
    }
}

/// Gives programs a distribution's files.
pub fn add(image: &mut Image, files: &Files) {
    for (path, data) in files {
        // What cannot be placed is a file within a file: the other one was there first.
        let _ = image.add_file(&steps(path), data.clone(), 0);
    }
}

fn trap(image: &mut Image, path: &str, module: &str) {
    let _ = image.add_trap(&steps(path), module);
}

/// Where a file of the packages is for programs.
pub fn steps(path: &str) -> Vec<&str> {
    std::iter::once(SITE_PACKAGES)
        .chain(path.split('/'))
        .collect()
}

/// What a module asked for that imported all the same, whether it got it or not.
fn optional(tried: &Tried) -> impl Iterator<Item = String> {
    let imported = tried.fate == Fate::Imported;
    let asked = tried
        .asked
        .iter()
        .filter(move |name| imported && **name != tried.module);
    asked.cloned()
}

fn ends_the_program(tried: &Tried) -> bool {
    matches!(&tried.fate, Fate::Raised(causes)
        if causes.first().is_some_and(|cause| cause.kind == "SystemExit" || cause.kind == "KeyboardInterrupt"))
}

/// Whether a module within a package is imported by programs at all.
fn is_for_use(module: &str) -> bool {
    let mut names = module.split('.');
    !names.any(|name| matches!(name, "__main__" | "conftest" | "test" | "tests"))
}

/// The names of the guest's standard library.
async fn standard_library(trial: &Trial) -> Result<BTreeSet<String>, ProbeError> {
    let program = "import json, sys\nprint(json.dumps(sorted(sys.stdlib_module_names)))";
    let outcome = trial
        .run(
            Entry::Run,
            program.to_owned(),
            "names.py",
            LIMITS,
            "the standard library",
        )
        .await?;
    serde_json::from_slice(&outcome.stdout).map_err(|error| {
        ProbeError::Failed(
            "the standard library".to_owned(),
            format!("{error}{}", show(&outcome)),
        )
    })
}
