//! Byte code for the packages' modules, compiled by the very Python that will load it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::super::run::Entry;
use super::super::trial::{ProbeError, Trial};
use super::SITE_PACKAGES;
use super::site::Files;
use crate::program::Limits;
use crate::units::{ByteSize, Fuel};

const PROGRAM: &str = include_str!("compile.py");

/// Source that one instance compiles.
const PORTION: usize = 4 << 20;

const LIMITS: Limits = Limits {
    wall_clock: Duration::from_secs(120),
    fuel: Fuel(500_000_000_000),
    memory: ByteSize::mib(1024),
    stdout: ByteSize::mib(256),
    stderr: ByteSize::mib(1),
    tmp_bytes: ByteSize::mib(1),
    tmp_files: 16,
    connections: 0,
    network_bytes: ByteSize(0),
    code: ByteSize::mib(16),
};

/// Byte code and the file that Python looks for it in.
#[derive(Clone, Debug)]
pub struct Compiled {
    pub path: String,
    pub data: Arc<[u8]>,
}

/// The byte code of all modules in `files`, which the programs of `trial` see, by the modules' files. A
/// module that does not compile has none.
///
/// # Errors
/// When Belljar fails.
pub async fn compile(
    trial: &Trial,
    files: &Files,
) -> Result<BTreeMap<String, Compiled>, ProbeError> {
    let modules = files.iter().filter(|(path, _)| path.ends_with(".py"));
    let modules: Vec<(&str, usize)> = modules
        .map(|(path, source)| (path.as_str(), source.len()))
        .collect();
    let mut made = BTreeMap::new();
    let mut rest = &modules[..];
    while !rest.is_empty() {
        let (portion, _) = rest.split_at(portion(rest));
        let paths: Vec<_> = portion
            .iter()
            .map(|(path, _)| format!("/{SITE_PACKAGES}/{path}"))
            .collect();
        let paths = serde_json::to_string(&paths).expect("paths are plain data");
        let code = format!("PATHS = {paths}\n{PROGRAM}");
        let outcome = trial
            .run(Entry::Run, code, "compile.py", LIMITS, portion[0].0)
            .await?;
        let frames = frames(&outcome.stdout);
        // One that takes the compiler with it is left out.
        let done = (frames.len() + usize::from(frames.len() < portion.len())).max(1);
        rest = &rest[done..];
        let root = format!("/{SITE_PACKAGES}/");
        for ((source, _), (path, code)) in portion.iter().zip(frames) {
            if let Some(path) = path.strip_prefix(&root).filter(|_| !code.is_empty()) {
                let compiled = Compiled {
                    path: path.to_owned(),
                    data: code.into(),
                };
                made.insert((*source).to_owned(), compiled);
            }
        }
    }
    Ok(made)
}

/// How many of the modules come next: as many as are not too much, but one.
fn portion(modules: &[(&str, usize)]) -> usize {
    let sizes = modules.iter().scan(0, |total, (_, size)| {
        *total += size;
        Some(*total)
    });
    sizes.take_while(|total| *total <= PORTION).count().max(1)
}

/// What `compile.py` printed, as far as it is whole.
fn frames(mut printed: &[u8]) -> Vec<(&str, &[u8])> {
    let mut frames = Vec::new();
    while let Some((name, rest)) = framed(printed)
        && let Some((code, rest)) = framed(rest)
        && let Ok(name) = std::str::from_utf8(name)
    {
        frames.push((name, code));
        printed = rest;
    }
    frames
}

fn framed(printed: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = printed.split_first_chunk::<4>()?;
    let length = u32::from_le_bytes(*length) as usize;
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_frames_count() {
        let mut printed = Vec::new();
        for part in [&b"a.pyc"[..], b"code", b"b.pyc", b"", b"c.pyc", b"cut"] {
            printed.extend((part.len() as u32).to_le_bytes());
            printed.extend(part);
        }
        printed.pop();
        let whole: Vec<_> = [("a.pyc", &b"code"[..]), ("b.pyc", b"")].into();
        assert_eq!(frames(&printed), whole);
    }

    #[test]
    fn a_module_that_is_larger_than_a_portion_is_one() {
        assert_eq!(portion(&[("big", PORTION + 1), ("small", 1)]), 1);
        assert_eq!(portion(&[("a", PORTION - 1), ("b", 1), ("c", 1)]), 2);
    }
}
