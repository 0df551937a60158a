//! `belljar packages`: which packages programs can load, and where they run; and `belljar packages
//! install`, which makes that what the requirements files say. The server runs the latter by itself.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Subcommand};

use super::sandbox::RuntimesArgument;
use super::{ConfigArgument, EXIT_USAGE, complain, language_named};
use crate::checks::{Check, Status};
use crate::config::{Settings, process_environment};
use crate::packages::cache::CacheError;
use crate::packages::npm::{self, sets};
use crate::packages::problem::Record;
use crate::packages::python::{self, interpreter};
use crate::packages::{Places, kind, requirements_file};
use crate::program::{Language, Package, PackageState, Tier};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    places: PlacesArguments,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Fetch, try and compile what the requirements files list.
    Install(PlacesArguments),
}

#[derive(Debug, Args)]
struct PlacesArguments {
    #[command(flatten)]
    config: ConfigArgument,
    #[command(flatten)]
    runtimes: RuntimesArgument,
    /// Only the packages of this language, `python3` or `nodejs`.
    #[arg(long, value_name = "LANGUAGE", value_parser = language_named)]
    language: Option<Language>,
    /// The list of that language's packages [default: dependencies/python-requirements.txt and
    /// dependencies/nodejs-requirements.txt].
    #[arg(long, value_name = "FILE", requires = "language")]
    requirements: Option<PathBuf>,
    /// Where packages are kept [default: `packages.cache` of the configuration].
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
}

impl PlacesArguments {
    fn places(&self) -> Result<Places, String> {
        let settings = Settings::load(&self.config.file(), &process_environment)
            .map_err(|error| error.to_string())?
            .settings;
        let mut places = self.runtimes.places(&settings)?;
        if let Some(requirements) = &self.requirements {
            match self.language {
                Some(Language::Nodejs) => places.nodejs_requirements.clone_from(requirements),
                _ => places.python_requirements.clone_from(requirements),
            }
        }
        if let Some(cache) = &self.cache {
            places.cache.clone_from(cache);
        }
        Ok(places)
    }
}

pub fn packages(arguments: &Arguments) -> ExitCode {
    let (action, given) = match &arguments.action {
        Some(Action::Install(given)) => (install as fn(&Places, _) -> Result<(), String>, given),
        None => (show as _, &arguments.places),
    };
    let places = match given.places() {
        Ok(places) => places,
        Err(message) => {
            complain(&message);
            return ExitCode::from(EXIT_USAGE);
        }
    };
    let mut code = ExitCode::SUCCESS;
    // What keeps one language's packages from being installed does not concern the other's.
    for language in Language::ALL {
        if given.language.is_some_and(|only| only != language) {
            continue;
        }
        if let Err(message) = action(&places, language) {
            complain(&message);
            code = ExitCode::FAILURE;
        }
    }
    code
}

fn install(places: &Places, language: Language) -> Result<(), String> {
    let start = Instant::now();
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start: {error}"))?;
    let kind = kind(language);
    let say = |text: String| print(&format!("{kind}: {text} …"));
    let record = Record::of(places, language);
    let (packages, notes, made) = match language {
        Language::Python3 => {
            use python::install::{InstallError, Installed, install};
            let installed = executor.block_on(install(places, say));
            match installed.map_err(|error| match error {
                // Whoever is at work says what comes of it.
                InstallError::Cache(CacheError::Busy(_)) => error.to_string(),
                error => record.failed(error.to_string()),
            })? {
                Installed::UpToDate(set) => (set.packages, set.notes, false),
                Installed::Made(set) => (set.packages, set.notes, true),
            }
        }
        Language::Nodejs => {
            use npm::install::{InstallError, Installed, install};
            let installed = executor.block_on(install(places, say));
            match installed.map_err(|error| match error {
                InstallError::Cache(CacheError::Busy(_)) => error.to_string(),
                error => record.failed(error.to_string()),
            })? {
                Installed::Nothing => {
                    record.clear();
                    print(&none_listed(places, language));
                    return Ok(());
                }
                Installed::UpToDate(packages) => (packages, Vec::new(), false),
                Installed::Made(packages) => (packages, Vec::new(), true),
            }
        }
    };
    record.clear();
    print(&table(&packages));
    tell(&notes);
    print(&if made {
        format!(
            "{kind}: installed in {:.1} s",
            start.elapsed().as_secs_f64()
        )
    } else {
        format!("{kind}: up to date")
    });
    Ok(())
}

fn show(places: &Places, language: Language) -> Result<(), String> {
    let kind = kind(language);
    let told = match language {
        Language::Python3 => {
            let ready = python::maintain::ready(places)?;
            if let Some(set) = &ready.set {
                print(&format!("{kind}:\n{}", table(&set.packages)));
                tell(&set.notes);
            }
            let problem = ready.problem();
            if let Some(problem) = &problem {
                print(&format!(
                    "{kind}: {problem}: run `belljar packages install`"
                ));
            }
            problem
        }
        Language::Nodejs => {
            show_npm(places)?;
            None
        }
    };
    let problem = Record::of(places, language).problem();
    if let Some(problem) = problem.filter(|words| told.as_ref() != Some(words)) {
        print(&format!("{kind}: problem: {problem}"));
    }
    Ok(())
}

fn show_npm(places: &Places) -> Result<(), String> {
    use npm::maintain::Ready;
    let kind = kind(Language::Nodejs);
    match npm::maintain::ready(places)? {
        Ready::NothingWanted(_) => print(&none_listed(places, Language::Nodejs)),
        Ready::Set(set, _) => print(&format!("{kind}:\n{}", table(&sets::packages(&set)))),
        Ready::NotMade(wanted) => {
            let rows = wanted.list.into_iter().map(|each| Package {
                reason: Some("run `belljar packages install`".to_owned()),
                ..Package::new(each.name, "-")
            });
            print(&format!("{kind}:\n{}", table(&rows.collect::<Vec<_>>())));
        }
    }
    Ok(())
}

fn none_listed(places: &Places, language: Language) -> String {
    let list = places.requirements(language).display();
    format!("{}: `{list}` lists none", kind(language))
}

/// What an operator should know and need do nothing about.
fn tell(notes: &[String]) {
    for note in notes {
        eprintln!("belljar: warning: {note}");
    }
}

/// Whoever reads our output may have gone.
fn print(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

fn table(packages: &[Package]) -> String {
    if packages.is_empty() {
        return "  none".to_owned();
    }
    let width = |of: fn(&Package) -> &str| {
        let widths = packages.iter().map(|package| of(package).chars().count());
        widths.max().unwrap_or(0)
    };
    let (names, versions) = (width(|each| &each.name), width(|each| &each.version));
    let row = |package: &Package| {
        let place = match (package.state, package.tier) {
            (Some(PackageState::Snapshot), _) => "in the snapshot",
            (Some(PackageState::WhenRequired), _) => "loaded when required",
            (Some(PackageState::Refused), _) => "refused",
            (None, Some(Tier::Wasm)) => "in WebAssembly",
            (None, Some(Tier::Native)) => "natively, in a jail",
            (None, None) => "not installed",
        };
        let Package { name, version, .. } = package;
        let reason = package.reason.as_ref();
        let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
        format!("  {name:names$}  {version:versions$}  {place}{reason}")
    };
    packages.iter().map(row).collect::<Vec<_>>().join("\n")
}

/// What `belljar doctor` says about packages.
pub fn checks(config: &ConfigArgument, runtimes: &RuntimesArgument) -> Vec<Check> {
    let settings = Settings::load(&config.file(), &process_environment);
    let settings = settings.map_err(|error| error.to_string());
    let places = settings.and_then(|loaded| runtimes.places(&loaded.settings));
    let check = |language| {
        let check = match (&places, language) {
            (Err(message), _) => Err(message.clone()),
            (Ok(places), Language::Python3) => python_check(places),
            (Ok(places), Language::Nodejs) => npm_check(places),
        };
        let check =
            check.unwrap_or_else(|message| Check::warning(kind(language), message, "correct it"));
        let places = places.as_ref().ok();
        let problem = places.and_then(|places| Record::of(places, language).problem());
        match problem {
            Some(problem) if !check.found.contains(&problem) => with_problem(check, &problem),
            _ => check,
        }
    };
    Language::ALL.into_iter().map(check).collect()
}

const INSTALL: &str = "run `belljar packages install`; the server does it at its start";

/// With why the last installation failed.
fn with_problem(check: Check, problem: &str) -> Check {
    let problem = problem.replace('\n', " ");
    Check {
        status: check.status.max(Status::Warning),
        found: format!("{}; problem: {problem}", check.found),
        mend: check.mend.or_else(|| Some(INSTALL.to_owned())),
        ..check
    }
}

fn python_check(places: &Places) -> Result<Check, String> {
    let name = kind(Language::Python3);
    let interpreter = interpreter::find(places.python.as_deref());
    let interpreter = match interpreter {
        Ok(interpreter) => interpreter,
        Err(error) => return Ok(Check::warning(name, "no Python", error.to_string())),
    };
    let with = interpreter.path.display();
    let ready = python::maintain::up_to_date(places)?;
    let count = |tier| {
        let packages = ready.set.iter().flat_map(|set| &set.packages);
        packages.filter(|each| each.tier == Some(tier)).count()
    };
    let found = format!(
        "{} in WebAssembly, {} native, installed with {with}",
        count(Tier::Wasm),
        count(Tier::Native)
    );
    Ok(match (&ready.set, ready.problem()) {
        (Some(set), None) if ready.fits && set.notes.is_empty() => Check::ok(name, found),
        (Some(set), None) if ready.fits => Check::warning(name, found, set.notes.join("; ")),
        (_, Some(problem)) => Check::warning(name, problem, INSTALL),
        (_, None) => {
            let changed = format!("they were installed for another Python than {with}");
            Check::warning(name, changed, INSTALL)
        }
    })
}

fn npm_check(places: &Places) -> Result<Check, String> {
    use npm::maintain::Ready;
    let name = kind(Language::Nodejs);
    Ok(match npm::maintain::ready(places)? {
        Ready::NothingWanted(_) => {
            let file = requirements_file(Language::Nodejs);
            Check::ok(name, format!("none listed in {file}"))
        }
        Ready::Set(set, _) => {
            let packages = sets::packages(&set);
            let (refused, there): (Vec<_>, Vec<_>) = packages
                .iter()
                .partition(|package| package.state == Some(PackageState::Refused));
            let found = format!("{} installed, {} refused", there.len(), refused.len());
            if refused.is_empty() {
                Check::ok(name, found)
            } else {
                Check::warning(name, found, "`belljar packages` says why")
            }
        }
        Ready::NotMade(wanted) => {
            let (count, cache) = (wanted.list.len(), places.cache.display());
            let found = format!("{count} listed, not installed in {cache}");
            Check::warning(name, found, INSTALL)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_lines_up_and_says_why() {
        let with = |name, state, reason: Option<&str>| Package {
            state: Some(state),
            reason: reason.map(str::to_owned),
            ..Package::new(name, "1.0.0")
        };
        let packages = [
            with("lodash", PackageState::Snapshot, None),
            with("bcrypt-x", PackageState::Refused, Some("no")),
        ];
        assert_eq!(
            table(&packages),
            "  lodash    1.0.0  in the snapshot\n  bcrypt-x  1.0.0  refused: no"
        );
    }
}
