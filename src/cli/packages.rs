//! `belljar packages`: which npm packages programs can load, and `belljar packages install`, which
//! makes that what the requirements file says. The server runs the latter by itself.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Subcommand};

use super::sandbox::RuntimesArgument;
use super::{ConfigArgument, EXIT_USAGE, complain};
use crate::checks::Check;
use crate::config::{Settings, process_environment};
use crate::packages::cache;
use crate::packages::install::{self, Installed, Places};
use crate::packages::maintain::{self, Ready};
use crate::packages::requirements;
use crate::program::{Package, PackageState};

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
    /// Fetch, try and compile what the requirements file lists.
    Install(PlacesArguments),
}

#[derive(Debug, Args)]
struct PlacesArguments {
    #[command(flatten)]
    config: ConfigArgument,
    #[command(flatten)]
    runtimes: RuntimesArgument,
    /// The list of packages [default: dependencies/nodejs-requirements.txt].
    #[arg(long, value_name = "FILE")]
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
            places.requirements.clone_from(requirements);
        }
        if let Some(cache) = &self.cache {
            places.cache.clone_from(cache);
        }
        Ok(places)
    }
}

pub fn packages(arguments: &Arguments) -> ExitCode {
    let (action, given) = match &arguments.action {
        Some(Action::Install(given)) => (install as fn(&Places) -> Result<(), String>, given),
        None => (show as _, &arguments.places),
    };
    let places = match given.places() {
        Ok(places) => places,
        Err(message) => {
            complain(&message);
            return ExitCode::from(EXIT_USAGE);
        }
    };
    match action(&places) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            complain(&message);
            ExitCode::FAILURE
        }
    }
}

fn install(places: &Places) -> Result<(), String> {
    let start = Instant::now();
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start: {error}"))?;
    let say = |text: String| print(&format!("{text} …"));
    let installed = executor
        .block_on(install::install(places, say))
        .map_err(|error| error.to_string())?;
    let list = places.requirements.display();
    match installed {
        Installed::Nothing => print(&format!("no npm packages: `{list}` lists none")),
        Installed::UpToDate(packages) => {
            print(&format!("{}\nup to date", table(&packages)));
        }
        Installed::Made(packages) => print(&format!(
            "{}\ninstalled in {:.1} s",
            table(&packages),
            start.elapsed().as_secs_f64()
        )),
    }
    Ok(())
}

fn show(places: &Places) -> Result<(), String> {
    match maintain::ready(places)? {
        Ready::NothingWanted(_) => print(&format!(
            "no npm packages: `{}` lists none",
            places.requirements.display()
        )),
        Ready::Set(set, _) => print(&table(&cache::packages(&set))),
        Ready::NotMade(wanted) => {
            let rows = wanted.list.into_iter().map(|each| Package {
                reason: Some("run `belljar packages install`".to_owned()),
                ..Package::new(each.name, "-")
            });
            print(&table(&rows.collect::<Vec<_>>()));
        }
    }
    Ok(())
}

/// Whoever reads our output may have gone.
fn print(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

fn table(packages: &[Package]) -> String {
    let width = |of: fn(&Package) -> &str| {
        let widths = packages.iter().map(|package| of(package).chars().count());
        widths.max().unwrap_or(0)
    };
    let (names, versions) = (width(|each| &each.name), width(|each| &each.version));
    let row = |package: &Package| {
        let state = match package.state {
            Some(PackageState::Snapshot) => "in the snapshot",
            Some(PackageState::WhenRequired) => "loaded when required",
            Some(PackageState::Refused) => "refused",
            None => "not installed",
        };
        let Package { name, version, .. } = package;
        let reason = package.reason.as_ref();
        let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
        format!("{name:names$}  {version:versions$}  {state}{reason}")
    };
    packages.iter().map(row).collect::<Vec<_>>().join("\n")
}

/// What `belljar doctor` says about npm packages.
pub fn check(config: &ConfigArgument, runtimes: &RuntimesArgument) -> Check {
    const NAME: &str = "npm packages";
    let settings = Settings::load(&config.file(), &process_environment);
    let settings = settings.map_err(|error| error.to_string());
    let ready = settings
        .and_then(|loaded| runtimes.places(&loaded.settings))
        .and_then(|places| Ok((maintain::ready(&places)?, places)));
    let (ready, places) = match ready {
        Ok(ready) => ready,
        Err(message) => return Check::warning(NAME, message, "correct it"),
    };
    match ready {
        Ready::NothingWanted(_) => {
            Check::ok(NAME, format!("none listed in {}", requirements::FILE))
        }
        Ready::Set(set, _) => {
            let packages = cache::packages(&set);
            let (refused, there): (Vec<_>, Vec<_>) = packages
                .iter()
                .partition(|package| package.state == Some(PackageState::Refused));
            let found = format!("{} installed, {} refused", there.len(), refused.len());
            if refused.is_empty() {
                Check::ok(NAME, found)
            } else {
                Check::warning(NAME, found, "`belljar packages` says why")
            }
        }
        Ready::NotMade(wanted) => {
            let count = wanted.list.len();
            Check::warning(
                NAME,
                format!(
                    "{count} listed, not installed in {}",
                    places.cache.display()
                ),
                "run `belljar packages install`; the server does it at its start",
            )
        }
    }
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
            "lodash    1.0.0  in the snapshot\nbcrypt-x  1.0.0  refused: no"
        );
    }
}
