//! A runtime of a set's own, whose snapshot was taken with packages imported, so that importing them
//! costs a program nothing.
//!
//! Only packages that import the same for everybody and change nothing for others take part. Whether
//! there is such a runtime makes no difference but in speed.

use std::collections::BTreeSet;

use cap_std::fs::Dir;

use super::super::artifact::{self, ArtifactError, description_file};
use super::super::compile::{self, CompileError, WithPackages};
use super::layout::Layout;
use super::probe::EFFECTS;
use super::set::{self, NativeModules, PythonSet, SetError};
use super::site::{Files, Site};
use crate::program::Language;

const PROGRAM: &str = include_str!("preimport.py");

/// Source text of what one root loads, and of all together: it is part of every program's memory.
const MOST_OF_ONE: usize = 4 << 20;
const MOST: usize = 16 << 20;
/// Less than this is imported from its byte code in a millisecond or two. A runtime costs a quarter of
/// a minute to make and 70 MB of disk.
const LEAST: usize = 64 << 10;

/// Why there is no such runtime.
#[derive(Debug, thiserror::Error)]
pub enum FreezeError {
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    #[error(transparent)]
    Set(#[from] SetError),
    #[error(transparent)]
    Compile(#[from] CompileError),
}

/// Those of the roots, with what each loads, that are not too much; none when all of them together
/// are too little.
pub fn bounded(site: &Site, files: &Files, roots: Vec<(String, Vec<String>)>) -> Vec<String> {
    let mut there = BTreeSet::new();
    let mut total = 0;
    let mut chosen = Vec::new();
    for (root, loaded) in roots {
        let fresh: Vec<_> = loaded
            .into_iter()
            .filter(|name| !there.contains(name))
            .collect();
        let size: usize = fresh
            .iter()
            .filter_map(|name| {
                let layout: &Layout = &site.installed[site.owner(name)?].layout;
                Some(files.get(&layout.modules[name].path)?.len())
            })
            .sum();
        if size <= MOST_OF_ONE && total + size <= MOST {
            total += size;
            there.extend(fresh);
            chosen.push(root);
        }
    }
    if total < LEAST {
        chosen.clear();
    }
    chosen
}

/// Makes the runtime in `output`, where the set's files are already.
///
/// # Errors
/// When it cannot be made; then nothing of it is left there.
pub async fn make(runtimes: &Dir, output: &Dir, modules: &[String]) -> Result<(), FreezeError> {
    let made = compiled(runtimes, output, modules).await;
    if made.is_err() {
        // Without its description the rest is not looked at.
        let _ = output.remove_file(description_file(Language::Python3));
    }
    made
}

async fn compiled(runtimes: &Dir, output: &Dir, modules: &[String]) -> Result<(), FreezeError> {
    let base = artifact::describe(runtimes, Language::Python3)?;
    let module = artifact::source(runtimes, Language::Python3)?;
    let archive = artifact::archive(runtimes, Language::Python3, &base)?;
    let mut image = compile::image_of(&archive)?;
    let set = PythonSet {
        folder: output,
        native: NativeModules::Elsewhere,
    };
    set::load(set, &mut image)?;
    let names = serde_json::to_string(modules).expect("names are plain data");
    let program = format!("MODULES = {names}\n{EFFECTS}\n{PROGRAM}");
    let from = WithPackages {
        language: Language::Python3,
        module: &module,
        base: &base,
        image,
        program: Some(&program),
        archive: &archive,
        packages: base.packages.clone(),
        inputs: format!("{} with {}", base.inputs, modules.join(" ")),
    };
    compile::compile_with_packages(from, output).await?;
    Ok(())
}
