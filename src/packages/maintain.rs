//! Keeps a running server's packages what the requirements file says: has the set made by a process
//! of its own ([`Maintainer::make`]), then takes it into use ([`Maintainer::take`]).

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use tracing::{info, warn};

use super::cache::{self, Cache};
use super::child;
use super::install::Places;
use super::requirements::{self, Requirements};
use crate::execution::{MaintainPackages, Refreshing};
use crate::program::{Language, Package, PackageState};
use crate::wasm::{Sandbox, artifact};

/// How long making a set may take.
const PATIENCE: Duration = Duration::from_secs(900);
/// How long somebody who asked for a refresh waits for it.
const ANSWER_WITHIN: Duration = Duration::from_secs(240);

pub struct Maintainer {
    places: Places,
    sandbox: Arc<Sandbox>,
    state: Mutex<State>,
    turn: tokio::sync::Mutex<()>,
}

/// What the server has, and what became of the last attempt to change it.
#[derive(Debug, Default)]
struct State {
    /// SHA-256 of the requirements whose set is in use.
    in_use: Option<String>,
    /// A set is being made.
    making: bool,
    problem: Option<String>,
}

/// The set for the requirements as they are, if it was made already.
///
/// # Errors
/// When the requirements are wrong or the runtimes are missing, in words for the operator.
pub fn ready(places: &Places) -> Result<Ready, String> {
    let requirements = read(places)?;
    if requirements.list.is_empty() {
        return Ok(Ready::NothingWanted(requirements.sha256));
    }
    let base = open(&places.runtimes)?;
    let base = artifact::describe(&base, Language::Nodejs).map_err(|error| error.to_string())?;
    let cache = Cache::new(&places.cache);
    Ok(match cache.fitting(&requirements.sha256, &base.inputs) {
        Some(set) => Ready::Set(set, requirements.sha256),
        None => Ready::NotMade(requirements),
    })
}

/// What there is for the requirements file, with its SHA-256.
pub enum Ready {
    NothingWanted(String),
    Set(Dir, String),
    NotMade(Requirements),
}

enum Taken {
    Yes,
    NotMade,
}

impl Maintainer {
    /// For a server that was started with the set for the requirements with the SHA-256 `in_use`.
    pub fn new(places: Places, sandbox: Arc<Sandbox>, in_use: Option<String>) -> Arc<Self> {
        Arc::new(Self {
            places,
            sandbox,
            state: Mutex::new(State {
                in_use,
                ..State::default()
            }),
            turn: tokio::sync::Mutex::new(()),
        })
    }

    /// Brings the packages up to date now and whenever `period` has passed.
    pub async fn keep_up(self: Arc<Self>, period: Duration) {
        loop {
            self.bring_up_to_date().await;
            tokio::time::sleep(period).await;
        }
    }

    /// Does what the requirements file asks for, if that is not done. One at a time. A failure
    /// leaves everything as it was and is remembered.
    async fn bring_up_to_date(self: &Arc<Self>) {
        let _turn = self.turn.lock().await;
        let result = self.follow_requirements().await;
        if let Err(problem) = &result {
            warn!("npm packages: {problem}; what was there before stays");
        }
        self.state().problem = result.err();
    }

    async fn follow_requirements(self: &Arc<Self>) -> Result<(), String> {
        let wanted = read(&self.places)?.sha256;
        {
            let state = self.state();
            if state.in_use.as_ref() == Some(&wanted) && state.problem.is_none() {
                return Ok(());
            }
        }
        // One that turns out to be damaged is made again.
        if let Ok(Taken::Yes) = self.take_what_is_ready().await {
            return Ok(());
        }
        self.state().making = true;
        let made = self.make().await;
        self.state().making = false;
        made?;
        match self.take_what_is_ready().await? {
            Taken::Yes => Ok(()),
            Taken::NotMade => {
                Err("the requirements file changed meanwhile: refresh again".to_owned())
            }
        }
    }

    /// Takes the set for the requirements into use, if it was made. Not on a thread that answers
    /// requests: every byte of a set is checked.
    async fn take_what_is_ready(self: &Arc<Self>) -> Result<Taken, String> {
        let this = Arc::clone(self);
        let work = tokio::task::spawn_blocking(move || match ready(&this.places)? {
            Ready::NothingWanted(requirements) => {
                this.take(&open(&this.places.runtimes)?, requirements)?;
                Ok(Taken::Yes)
            }
            Ready::Set(set, requirements) => {
                this.take(&set, requirements)?;
                Ok(Taken::Yes)
            }
            Ready::NotMade(_) => Ok(Taken::NotMade),
        });
        work.await
            .unwrap_or_else(|error| Err(format!("loading the packages failed: {error}")))
    }

    /// Has the set made, by `belljar packages install`.
    async fn make(&self) -> Result<(), String> {
        let program = std::env::current_exe()
            .map_err(|error| format!("cannot tell where this program is: {error}"))?;
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let mut arguments: Vec<OsString> = vec!["packages".into(), "install".into()];
        for (option, path) in [
            ("--requirements", &self.places.requirements),
            ("--cache", &self.places.cache),
            ("--runtimes", &self.places.runtimes),
        ] {
            arguments.extend([option.into(), absolute(path).into()]);
        }
        info!("npm packages: installing what {} lists", requirements::FILE);
        let folder = std::env::temp_dir();
        let ended = child::run(program.as_os_str(), &arguments, &folder, PATIENCE)
            .await
            .map_err(|error| format!("cannot start `belljar packages install`: {error}"))?;
        match ended.status {
            Some(status) if status.success() => Ok(()),
            Some(status) => {
                let words = ended.stderr.trim().replace("belljar: error: ", "");
                Err(if words.is_empty() {
                    format!("`belljar packages install` failed: {status}")
                } else {
                    words
                })
            }
            None => Err(format!(
                "installing did not end within {} s",
                PATIENCE.as_secs()
            )),
        }
    }

    /// Gives a set to the programs that start from now on.
    fn take(&self, set: &Dir, requirements: String) -> Result<(), String> {
        self.sandbox
            .replace(Language::Nodejs, set)
            .map_err(|error| error.to_string())?;
        self.state().in_use = Some(requirements);
        announce(&cache::packages(set));
        Ok(())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MaintainPackages for Maintainer {
    fn refresh(self: Arc<Self>, language: Language) -> Refreshing {
        Box::pin(async move {
            if language != Language::Nodejs {
                return;
            }
            // Goes on although nobody waits any more.
            let work = tokio::spawn(async move { self.bring_up_to_date().await });
            let _ = tokio::time::timeout(ANSWER_WITHIN, work).await;
        })
    }

    fn problem(&self, language: Language) -> Option<String> {
        if language != Language::Nodejs {
            return None;
        }
        let state = self.state();
        if state.making {
            return Some("the packages are being installed: ask again later".to_owned());
        }
        state.problem.clone()
    }
}

/// Tells the log what programs can load.
pub fn announce(packages: &[Package]) {
    for package in packages {
        let Package { name, version, .. } = package;
        let reason = package.reason.as_deref().unwrap_or_default();
        match package.state {
            Some(PackageState::Refused) => {
                warn!("npm packages: {name} {version} is refused: {reason}");
            }
            Some(PackageState::WhenRequired) => {
                info!("npm packages: {name} {version} is evaluated when required: {reason}");
            }
            _ => info!("npm packages: {name} {version} is in the snapshot"),
        }
    }
}

fn read(places: &Places) -> Result<Requirements, String> {
    requirements::read(&places.requirements).map_err(|error| error.to_string())
}

fn open(folder: &PathBuf) -> Result<Dir, String> {
    Dir::open_ambient_dir(folder, ambient_authority())
        .map_err(|error| format!("cannot open the folder `{}`: {error}", folder.display()))
}
