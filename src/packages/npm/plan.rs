//! Decides, from what loading a package took, what is done with it when the snapshot is taken.
//!
//! A file is evaluated ahead of time only if its evaluation, with all that it loads, asked for
//! nothing that differs between runs and its package changed nothing that programs share.

use std::collections::BTreeSet;

use crate::program::{Package, PackageState};
use crate::wasm::packages::{Attempt, Plan};

/// The longest reason, in characters.
const MOST_WORDS: usize = 500;

/// What is known of a package.
#[derive(Debug)]
pub struct Tried {
    pub name: String,
    pub version: String,
    /// What shows that it is native code itself.
    pub native: Option<String>,
    /// The same of what it needs, with where.
    pub native_within: Option<String>,
    pub require: Attempt,
    pub import: Attempt,
}

/// Puts the plan together, package by package.
#[derive(Debug, Default)]
pub struct Planner {
    plan: Plan,
    /// Files that asked for something, whoever loaded them.
    asking: BTreeSet<String>,
}

impl Planner {
    /// Adds a package and says what becomes of it.
    pub fn add(&mut self, tried: &Tried) -> Package {
        let (state, reason) = state(tried);
        match state {
            PackageState::Refused => {
                let reason = reason.clone().unwrap_or_default();
                self.plan.refused.insert(tried.name.clone(), reason);
            }
            PackageState::Snapshot | PackageState::WhenRequired => self.prepare(tried),
        }
        Package {
            state: Some(state),
            reason,
            ..Package::new(&tried.name, &tried.version)
        }
    }

    fn prepare(&mut self, tried: &Tried) {
        let plan = &mut self.plan;
        plan.resolve.push(tried.name.clone());
        let changes = ways(tried).any(|way| !way.changed.is_empty());
        for way in ways(tried) {
            let scripts = || way.files.iter().filter(|file| !file.esm && file.loaded);
            for file in scripts() {
                if !file.asked.is_empty() {
                    self.asking.insert(file.file.clone());
                }
                let list = if changes {
                    &mut plan.compile
                } else {
                    &mut plan.evaluate
                };
                list.push(file.file.clone());
            }
            let Some(main) = &way.main else { continue };
            if !way.files.iter().any(|file| file.esm && file.file == *main) {
                continue;
            }
            if way.asked.is_empty() && !changes {
                plan.import.push(main.clone());
            } else if !changes && scripts().all(|file| file.asked.is_empty()) {
                // Compiling a module evaluates what it imports that is none.
                plan.compile.push(main.clone());
            }
        }
    }

    /// The plan for all packages that were added.
    pub fn finish(self) -> Plan {
        let mut plan = self.plan;
        let (asking, evaluate) = plan
            .evaluate
            .into_iter()
            .partition(|file| self.asking.contains(file));
        plan.evaluate = evaluate;
        plan.compile.extend::<Vec<String>>(asking);
        let mut seen = BTreeSet::new();
        for list in [&mut plan.evaluate, &mut plan.import, &mut plan.compile] {
            list.retain(|file| seen.insert(file.clone()));
        }
        plan
    }
}

fn state(tried: &Tried) -> (PackageState, Option<String>) {
    let (state, reason) = judge(tried);
    (state, reason.map(|reason| on_one_line(&reason)))
}

/// A reason as the operator's terminal and log may show it: some of its words are the package's.
fn on_one_line(text: &str) -> String {
    let visible = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(visible).take(MOST_WORDS).collect()
}

fn judge(tried: &Tried) -> (PackageState, Option<String>) {
    let refused = |reason| (PackageState::Refused, Some(reason));
    if let Some(mark) = &tried.native {
        return refused(format!("it needs a native add-on ({mark})"));
    }
    if let (Some(error), Some(_)) = (&tried.require.error, &tried.import.error) {
        return refused(match &tried.native_within {
            Some(mark) => format!("it needs a native add-on ({mark})"),
            None => format!("it does not load: {error}"),
        });
    }
    let when_required = |reason| (PackageState::WhenRequired, Some(reason));
    if let Some(changed) = ways(tried).find_map(|way| way.changed.first()) {
        return when_required(format!("it changes what programs share: {changed}"));
    }
    if let Some(way) = ways(tried).find(|way| !way.asked.is_empty()) {
        let doings: Vec<_> = way.asked.iter().map(|kind| doing(kind)).collect();
        let mut reason = format!("while it is loaded it {}", doings.join(" and "));
        if let Some(first) = way.files.iter().find(|file| !file.asked.is_empty()) {
            let file = first.file.trim_start_matches("/node_modules/");
            reason.push_str(&format!(" ({file})"));
        }
        return when_required(reason);
    }
    (PackageState::Snapshot, None)
}

/// The ways in which it loads.
fn ways(tried: &Tried) -> impl Iterator<Item = &Attempt> {
    let both = [&tried.require, &tried.import];
    both.into_iter().filter(|way| way.error.is_none())
}

fn doing(kind: &str) -> &str {
    match kind {
        "randomness" => "asks for randomness",
        "the time" => "asks for the time",
        "output" => "prints",
        "timers" => "sets timers",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasm::packages::LoadedFile;

    fn file(file: &str, esm: bool, asked: &[&str]) -> LoadedFile {
        LoadedFile {
            file: file.to_owned(),
            esm,
            loaded: true,
            asked: asked.iter().map(|each| (*each).to_owned()).collect(),
        }
    }

    fn way(main: &str, asked: &[&str], files: Vec<LoadedFile>) -> Attempt {
        Attempt {
            main: Some(main.to_owned()),
            asked: asked.iter().map(|each| (*each).to_owned()).collect(),
            files,
            ..Attempt::default()
        }
    }

    fn broken() -> Attempt {
        Attempt {
            error: Some("Error: no".to_owned()),
            ..Attempt::default()
        }
    }

    fn tried(require: Attempt, import: Attempt) -> Tried {
        Tried {
            name: "x".to_owned(),
            version: "1.0.0".to_owned(),
            native: None,
            native_within: None,
            require,
            import,
        }
    }

    fn decided(tried: &Tried) -> (PackageState, String, Plan) {
        let mut planner = Planner::default();
        let package = planner.add(tried);
        let reason = package.reason.unwrap_or_default();
        (package.state.unwrap(), reason, planner.finish())
    }

    #[test]
    fn what_asks_for_nothing_is_evaluated_ahead() {
        let script = || {
            way(
                "/m/a.js",
                &[],
                vec![file("/m/b.js", false, &[]), file("/m/a.js", false, &[])],
            )
        };
        let (state, reason, plan) = decided(&tried(script(), script()));
        assert_eq!((state, &*reason), (PackageState::Snapshot, ""));
        assert_eq!(plan.evaluate, ["/m/b.js", "/m/a.js"]);
        let module = way("/m/a.mjs", &[], vec![file("/m/a.mjs", true, &[])]);
        let (state, _, plan) = decided(&tried(broken(), module));
        assert_eq!(state, PackageState::Snapshot);
        assert_eq!(
            (plan.evaluate.len(), plan.import),
            (0, vec!["/m/a.mjs".into()])
        );
    }

    #[test]
    fn of_what_asks_for_something_only_the_rest_is_evaluated_ahead() {
        let time = &["the time", "randomness"];
        let script = way(
            "/node_modules/x/a.js",
            time,
            vec![
                file("/node_modules/x/b.js", false, &[]),
                file("/node_modules/x/c.js", false, time),
                file("/node_modules/x/a.js", false, time),
            ],
        );
        let module = way("/m/a.mjs", &["output"], vec![file("/m/a.mjs", true, &[])]);
        let (state, reason, plan) = decided(&tried(script, module));
        assert_eq!(state, PackageState::WhenRequired);
        assert_eq!(
            reason,
            "while it is loaded it asks for the time and asks for randomness (x/c.js)"
        );
        assert_eq!(plan.evaluate, ["/node_modules/x/b.js"]);
        assert_eq!(
            plan.compile,
            ["/m/a.mjs", "/node_modules/x/c.js", "/node_modules/x/a.js"]
        );
        assert!(plan.import.is_empty());
    }

    #[test]
    fn of_what_changes_what_programs_share_nothing_is_evaluated_ahead() {
        let script = Attempt {
            changed: vec!["Array.prototype.last".to_owned()],
            ..way("/m/a.js", &[], vec![file("/m/a.js", false, &[])])
        };
        let (state, reason, plan) = decided(&tried(script, broken()));
        assert_eq!(state, PackageState::WhenRequired);
        assert_eq!(
            reason,
            "it changes what programs share: Array.prototype.last"
        );
        assert_eq!(
            (plan.evaluate.len(), plan.compile),
            (0, vec!["/m/a.js".into()])
        );
    }

    #[test]
    fn a_file_that_packages_share_is_evaluated_ahead_unless_it_asks_for_something() {
        let mut planner = Planner::default();
        let both = |asked: &[&str]| {
            vec![
                file("/m/shared.js", false, &[]),
                file("/m/asks.js", false, asked),
            ]
        };
        let changing = Attempt {
            changed: vec!["globalThis.x".to_owned()],
            ..way("/m/a.js", &[], both(&["the time"]))
        };
        planner.add(&tried(changing, broken()));
        planner.add(&tried(way("/m/b.js", &[], both(&[])), broken()));
        let plan = planner.finish();
        assert_eq!(plan.evaluate, ["/m/shared.js"]);
        assert_eq!(plan.compile, ["/m/asks.js"]);
    }

    #[test]
    fn a_reason_is_one_line_whatever_the_package_says() {
        let says = |words: &str| Attempt {
            error: Some(words.to_owned()),
            ..Attempt::default()
        };
        let (_, reason, plan) = decided(&tried(says("a\nWARN b\x1b[2J"), broken()));
        assert_eq!(reason, "it does not load: a\u{fffd}WARN b\u{fffd}[2J");
        assert_eq!(plan.refused["x"], reason);
        let changed = Attempt {
            changed: vec!["x".repeat(1_000_000)],
            ..way("/m/a.js", &[], vec![file("/m/a.js", false, &[])])
        };
        let (_, reason, _) = decided(&tried(changed, broken()));
        assert_eq!(reason.len(), MOST_WORDS);
    }

    #[test]
    fn what_does_not_load_is_refused_with_the_reason() {
        let mut broken_package = tried(broken(), broken());
        let (state, reason, plan) = decided(&broken_package);
        assert_eq!(
            (state, &*reason),
            (PackageState::Refused, "it does not load: Error: no")
        );
        assert_eq!(plan.refused["x"], reason);
        broken_package.native_within = Some("x.node in y".to_owned());
        assert_eq!(
            decided(&broken_package).1,
            "it needs a native add-on (x.node in y)"
        );
        let good = || way("/m/a.js", &[], Vec::new());
        let native = Tried {
            native: Some("binding.gyp".to_owned()),
            ..tried(good(), good())
        };
        assert_eq!(decided(&native).1, "it needs a native add-on (binding.gyp)");
        let unused = Tried {
            native_within: Some("binding.gyp in y".to_owned()),
            ..tried(good(), broken())
        };
        assert_eq!(decided(&unused).0, PackageState::Snapshot);
    }
}
