//! Importing modules in the sandbox, and what came of each. The guest's side is `probe.py`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::run::Entry;
use super::super::state::Asked;
use super::super::trial::{ProbeError, Trial};
use crate::program::{Ending, LimitReached, Limits, Outcome};
use crate::units::{ByteSize, Fuel};

const PROGRAM: &str = include_str!("probe.py");
pub const EFFECTS: &str = include_str!("effects.py");

/// What an import may take while it is tried: more than programs usually get, and an end all the same.
pub const LIMITS: Limits = Limits {
    wall_clock: Duration::from_secs(30),
    fuel: Fuel(100_000_000_000),
    memory: ByteSize::mib(1024),
    stdout: ByteSize::mib(64),
    stderr: ByteSize::mib(4),
    tmp_bytes: ByteSize::mib(64),
    tmp_files: 1024,
    connections: 0,
    network_bytes: ByteSize(0),
    code: ByteSize::mib(16),
};

/// An exception, or one behind it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Cause {
    /// Its class.
    pub kind: String,
    /// The first line of its text.
    pub text: String,
    /// The module that could not be imported.
    pub module: Option<String>,
}

/// What came of importing a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    Imported,
    /// With what is behind the exception, itself first.
    Raised(Vec<Cause>),
    /// It imports this module, which only the native tier has.
    NeedsNative(String),
    /// It ended the program, as these words say.
    Ended(String),
}

/// A module that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    pub module: String,
    pub fate: Fate,
    /// Modules that are there now and were not before.
    pub loaded: Vec<String>,
    /// Modules that were looked for.
    pub asked: Vec<String>,
    /// Those that nobody found.
    pub missing: Vec<String>,
    /// What it changed that programs notice which do not import it, or asked for that differs from run
    /// to run; `None` if that was not looked at.
    pub effects: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Request<'a> {
    mark: &'a str,
    modules: &'a [&'a str],
    /// Empty for no.
    effects: &'a str,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Begins {
        begins: String,
    },
    Result {
        module: String,
        failure: Option<Vec<Cause>>,
        loaded: Vec<String>,
        asked: Vec<String>,
        missing: Vec<String>,
        #[serde(default)]
        changed: Option<Vec<String>>,
    },
}

/// Imports `modules` one after the other in one fresh instance, which ends at the first that does not
/// leave it alive: that one is the last of the result.
///
/// # Errors
/// When Belljar, not a package, fails.
pub async fn import(
    trial: &Trial,
    modules: &[&str],
    limits: Limits,
) -> Result<Vec<Tried>, ProbeError> {
    let (tried, _) = run(trial, modules, limits, "").await?;
    Ok(tried)
}

/// Imports one module in a fresh instance, and looks at what that does to others. `usual` is what the
/// same asks for without a module ([`asked_by_nobody`]).
///
/// # Errors
/// When Belljar, not a package, fails.
pub async fn import_watched(
    trial: &Trial,
    module: &str,
    limits: Limits,
    usual: Asked,
) -> Result<Vec<Tried>, ProbeError> {
    let (mut tried, (asked, is_silent)) = run(trial, &[module], limits, "yes").await?;
    for effects in tried.iter_mut().filter_map(|each| each.effects.as_mut()) {
        if !is_silent {
            effects.push("it prints".to_owned());
        }
        effects.extend(asked.beyond(usual).map(str::to_owned));
    }
    Ok(tried)
}

/// What the probing program itself asks for.
///
/// # Errors
/// When Belljar fails.
pub async fn asked_by_nobody(trial: &Trial) -> Result<Asked, ProbeError> {
    let (_, (asked, _)) = run(trial, &[], LIMITS, "yes").await?;
    Ok(asked)
}

async fn run(
    trial: &Trial,
    modules: &[&str],
    limits: Limits,
    effects: &str,
) -> Result<(Vec<Tried>, (Asked, bool)), ProbeError> {
    let mark = mark()?;
    let request = Request {
        mark: &mark,
        modules,
        effects,
    };
    let request = serde_json::to_string(&request).expect("a request is plain data");
    // What JSON writes is Python, as long as there are only strings and lists.
    let code = format!("REQUEST = {request}\n{EFFECTS}\n{PROGRAM}");
    let concerning = modules.first().copied().unwrap_or_default();
    let (outcome, asked) = trial
        .run_watched(Entry::Run, code, "probe.py", limits, concerning)
        .await?;
    let mut lines = outcome.stdout.split(|byte| *byte == b'\n');
    let is_ours = |line: &[u8]| line.is_empty() || line.starts_with(mark.as_bytes());
    let is_silent = outcome.stderr.is_empty() && lines.all(is_ours);
    Ok((read(&outcome, &mark, modules), (asked, is_silent)))
}

/// Tells the program's own lines from what packages print. A package that looks for it can find it, and
/// spoil the verdict on itself.
fn mark() -> Result<String, ProbeError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| ProbeError::Engine(format!("there is no randomness: {error}")))?;
    Ok(super::super::artifact::hex(&bytes))
}

fn read(outcome: &Outcome, mark: &str, modules: &[&str]) -> Vec<Tried> {
    let mut tried: Vec<Tried> = Vec::new();
    let mut begun = modules.first().map(|module| (*module).to_owned());
    for line in outcome.stdout.split(|byte| *byte == b'\n') {
        let Some(line) = line.strip_prefix(mark.as_bytes()) else {
            continue;
        };
        match serde_json::from_slice(line) {
            Ok(Line::Begins { begins }) => begun = Some(begins),
            Ok(Line::Result {
                module,
                failure,
                loaded,
                asked,
                missing,
                changed,
            }) => {
                begun = None;
                tried.push(Tried {
                    module,
                    fate: failure.map_or(Fate::Imported, Fate::Raised),
                    loaded,
                    asked,
                    missing,
                    effects: changed,
                });
            }
            Err(_) => {}
        }
    }
    if let Some(module) = begun {
        tried.push(Tried {
            fate: end(outcome),
            module,
            loaded: Vec::new(),
            asked: Vec::new(),
            missing: Vec::new(),
            effects: None,
        });
    }
    tried
}

/// How an instance ended that should have gone on.
fn end(outcome: &Outcome) -> Fate {
    Fate::Ended(match &outcome.ending {
        Ending::NeedsNative(module) | Ending::NativeTooLate(module) => {
            return Fate::NeedsNative(module.clone());
        }
        Ending::Stopped(LimitReached::WallClock | LimitReached::Fuel) => {
            "importing it takes too long in WebAssembly".to_owned()
        }
        Ending::Stopped(LimitReached::Stdout | LimitReached::Stderr) => {
            "it prints without end when it is imported".to_owned()
        }
        Ending::Stopped(_) | Ending::ExitedAtLimit(..) => {
            "importing it takes too much memory in WebAssembly".to_owned()
        }
        Ending::Exited(_) => "it ends the program that imports it".to_owned(),
        Ending::Crashed(_) | Ending::Forbidden(_) => {
            "importing it crashes the interpreter in WebAssembly".to_owned()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(stdout: &str, ending: Ending) -> Outcome {
        Outcome {
            stdout: stdout.as_bytes().to_vec(),
            ending,
            ..Outcome::of(LIMITS)
        }
    }

    #[test]
    fn what_a_package_prints_is_no_verdict() {
        let printed = "{\"module\": \"a\"}\nMARK{\"begins\": \"a\"}\nMARKnonsense\nhello\n\
                       MARK{\"module\": \"a\", \"failure\": null, \"loaded\": [\"a\"], \"asked\": [], \"missing\": []}\n";
        let tried = read(&outcome(printed, Ending::Exited(0)), "MARK", &["a"]);
        assert_eq!(tried.len(), 1);
        assert_eq!(
            (&tried[0].fate, &tried[0].loaded[..]),
            (&Fate::Imported, &["a".to_owned()][..])
        );
    }

    #[test]
    fn a_module_that_takes_the_program_with_it_is_named() {
        let printed = "MARK{\"begins\": \"a\"}\nMARK{\"module\": \"a\", \"failure\": [], \"loaded\": [], \
                       \"asked\": [], \"missing\": []}\nMARK{\"begins\": \"b\"}\n";
        let ended = outcome(printed, Ending::NeedsNative("numpy".into()));
        let tried = read(&ended, "MARK", &["a", "b", "c"]);
        let fates: Vec<_> = tried
            .iter()
            .map(|each| (each.module.as_str(), &each.fate))
            .collect();
        assert_eq!(
            fates,
            [
                ("a", &Fate::Raised(vec![])),
                ("b", &Fate::NeedsNative("numpy".into()))
            ]
        );
        let silent = read(&outcome("", Ending::Exited(0)), "MARK", &["a"]);
        assert!(matches!(&silent[0].fate, Fate::Ended(why) if why.contains("ends the program")));
    }
}
