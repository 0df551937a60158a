//! The process that keeps the packages what the requirements files say. It has each set made by a
//! process of its own and tells the supervisor, which then starts a server with it.

use std::cell::RefCell;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::{Mutex, mpsc};
use tracing::{info, warn};

use super::child::{self, Task};
use super::confined;
use super::problem::Record;
use super::settlement::{Settlement, Settlements};
use super::state::{State, in_use, state};
use super::{Places, kind, python, requirements_file};
use crate::hardening::Hardening;
use crate::program::Language;
use crate::supervisor::channel::{Ear, Mouth};
use crate::supervisor::protocol::{FromChild, ToChild};

/// How long to wait before the first attempt after one that failed, unless the usual period is
/// shorter; twice as long after each further one. The network may be back, or another installation
/// done.
const AGAIN: Duration = Duration::from_secs(30);

/// How often a set is made before somebody is told that the list changed meanwhile once more: whoever
/// asked did so after changing it.
const MOST_CHANGES: u32 = 2;

/// How long making a set may take.
const PATIENCE: Duration = Duration::from_secs(1500);

/// How `belljar packages install` ends when it has recorded by itself what kept it from its work.
const RECORDED: i32 = 1;

/// Brings the packages up to date now, whenever `period` has passed, and when it is asked to; ends
/// with the supervisor. Languages do not wait for each other.
pub async fn keep(places: &Places, period: Duration, mut ear: Ear, mouth: Mouth) {
    let told = Told {
        mouth: Mutex::new(mouth),
        settlements: RefCell::default(),
    };
    let (ask_python, asked_python) = mpsc::channel(1);
    let (ask_nodejs, asked_nodejs) = mpsc::channel(1);
    let listen = async {
        // Nobody says anything else to a keeper, but that it is over.
        while let Some(ToChild::Refresh(language)) = ear.next().await {
            let ask = match language {
                Language::Python3 => &ask_python,
                Language::Nodejs => &ask_nodejs,
            };
            // However often it is asked meanwhile, once answers all of them.
            let _ = ask.try_send(());
        }
    };
    tokio::select! {
        () = listen => {}
        () = Keeper::new(places, Language::Python3, &told).keep(period, asked_python) => {}
        () = Keeper::new(places, Language::Nodejs, &told).keep(period, asked_nodejs) => {}
    }
}

/// What the supervisor is told.
struct Told {
    mouth: Mutex<Mouth>,
    settlements: RefCell<Settlements>,
}

/// The supervisor is gone.
struct Over;

impl Told {
    async fn tell(&self, message: FromChild) -> Result<(), Over> {
        self.mouth
            .lock()
            .await
            .tell(&message)
            .await
            .map_err(|_| Over)
    }

    async fn settle(&self, language: Language, settlement: Settlement) -> Result<(), Over> {
        self.settlements.borrow_mut().set(language, settlement);
        let text = self.settlements.borrow().to_text();
        self.tell(FromChild::Settled(text)).await
    }
}

/// Keeps the packages of one language.
struct Keeper<'a> {
    places: &'a Places,
    language: Language,
    told: &'a Told,
    /// What servers start with.
    in_use: Option<String>,
}

impl<'a> Keeper<'a> {
    /// For servers that start with what is there now.
    fn new(places: &'a Places, language: Language, told: &'a Told) -> Self {
        Self {
            places,
            language,
            told,
            in_use: in_use(places, language),
        }
    }

    async fn keep(mut self, period: Duration, mut asked: mpsc::Receiver<()>) {
        let mut failures = 0;
        loop {
            match self.settle().await {
                Ok(Settled::AsWanted) => failures = 0,
                Ok(Settled::Failed) => failures += 1,
                Err(Over) => return,
            }
            tokio::select! {
                () = tokio::time::sleep(pause(period, failures)) => {}
                Some(()) = asked.recv() => {}
            }
        }
    }

    async fn settle(&mut self) -> Result<Settled, Over> {
        let done = self.bring_up_to_date().await?;
        let (packages, problem) = match done {
            Ok(there) => {
                self.servers_use(there.in_use).await?;
                (Some(there.packages), None)
            }
            Err(problem) => {
                let kind = kind(self.language);
                warn!("{kind}: {problem}; what was there before stays");
                // At a first start, what need not be listed may have been made.
                if let Some(set) = in_use(self.places, self.language) {
                    self.servers_use(Some(set)).await?;
                }
                (None, Some(problem))
            }
        };
        let settled = match &problem {
            None => Settled::AsWanted,
            Some(_) => Settled::Failed,
        };
        let settlement = Settlement {
            attempt: now(),
            problem,
            packages,
        };
        self.told.settle(self.language, settlement).await?;
        Ok(settled)
    }

    /// Has a fresh server started, if it finds something else than those before it.
    async fn servers_use(&mut self, in_use: Option<String>) -> Result<(), Over> {
        if in_use != self.in_use {
            self.in_use = in_use;
            let news = format!("new {}", kind(self.language));
            self.told.tell(FromChild::Replace(news)).await?;
        }
        Ok(())
    }

    /// Does what the requirements file asks for, if that is not done.
    ///
    /// The inner error is in words for the operator; then everything is as it was.
    async fn bring_up_to_date(&self) -> Result<Result<State, String>, Over> {
        for _ in 0..MOST_CHANGES {
            let record = Record::of(self.places, self.language);
            match state(self.places, self.language) {
                Ok(there) if there.up_to_date => {
                    record.clear();
                    return Ok(Ok(there));
                }
                Ok(_) => {}
                Err(_) if self.lacks_default() => {}
                Err(problem) => return Ok(Err(record.failed(problem))),
            }
            self.told.tell(FromChild::Making(self.language)).await?;
            if let Err(problem) = make(self.places, self.language, &record).await {
                return Ok(Err(problem));
            }
        }
        Ok(state(self.places, self.language).and_then(|made| {
            if made.up_to_date {
                return Ok(made);
            }
            Err("the requirements file changed meanwhile: refresh again".to_owned())
        }))
    }
}

impl Keeper<'_> {
    fn lacks_default(&self) -> bool {
        self.language == Language::Python3 && python::maintain::lacks_default(self.places)
    }
}

/// What became of an attempt.
enum Settled {
    AsWanted,
    Failed,
}

/// Until the next attempt, after so many that failed in a row.
fn pause(period: Duration, failures: u32) -> Duration {
    match failures {
        0 => period,
        _ => AGAIN
            .saturating_mul(1 << (failures - 1).min(16))
            .min(period),
    }
}

/// Tells attempts apart, also those of a keeper before this one.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_micros()).unwrap_or(0))
}

/// Has the set made, by `belljar packages install`, and what that cannot record by itself recorded.
async fn make(places: &Places, language: Language, record: &Record) -> Result<(), String> {
    let program = std::env::current_exe()
        .map_err(|error| record.failed(format!("cannot tell where this program is: {error}")))?;
    let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    let requirements = places.requirements(language);
    let mut task = Task::new(program, &std::env::temp_dir(), PATIENCE).arguments([
        "packages",
        "install",
        "--language",
        language.api_name(),
    ]);
    for (option, path) in [
        ("--requirements", requirements),
        ("--cache", &places.cache),
        ("--runtimes", &places.runtimes),
    ] {
        task = task.arguments([option.into(), absolute(path).into_os_string()]);
    }
    // In its environment: an address may hold a password.
    if let Some(python) = &places.python {
        task = task.variable("PYTHON_PATH", python);
    }
    if let Some(mirror) = &places.pip_mirror {
        task = task.variable("PIP_MIRROR_URL", mirror);
    }
    if language == Language::Python3 {
        let mentioned = python::requirements::read(requirements).unwrap_or_default();
        let value = |name: String| std::env::var_os(&name).map(|value| (name.into(), value));
        task.variables
            .extend(mentioned.variables.into_iter().filter_map(value));
    }
    if places.hardening == Hardening::Required {
        task = task.variable("HARDENING", "required");
    }
    let kind = kind(language);
    info!(
        "{kind}: installing what {} lists",
        requirements_file(language)
    );
    let ended = child::run(&task).await.map_err(|error| {
        record.failed(format!("cannot start `belljar packages install`: {error}"))
    })?;
    match ended.status {
        Some(status) if status.success() => {
            for line in ended.stderr.lines() {
                if let Some(warning) = line.strip_prefix(confined::WARNING) {
                    warn!("{kind}: {warning}");
                }
            }
            Ok(())
        }
        Some(status) => {
            let words = ended.stderr.trim().replace("belljar: error: ", "");
            let words = if words.is_empty() {
                format!("`belljar packages install` failed: {status}")
            } else {
                words
            };
            Err(match status.code() {
                Some(RECORDED) => words,
                _ => record.failed(words),
            })
        }
        None => Err(record.failed(format!(
            "installing did not end within {} s",
            PATIENCE.as_secs()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::supervisor::channel;
    use crate::supervisor::protocol::{Decoder, Message as _};

    #[test]
    fn after_failures_it_tries_again_soon_and_then_ever_later() {
        let period = Duration::from_secs(1800);
        let pauses: Vec<_> = (0..9).map(|count| pause(period, count).as_secs()).collect();
        assert_eq!(pauses, [1800, 30, 60, 120, 240, 480, 960, 1800, 1800]);
        assert_eq!(pause(Duration::from_secs(1), 7).as_secs(), 1);
        assert_eq!(pause(period, u32::MAX), period);
    }

    #[tokio::test]
    async fn asked_many_times_at_once_it_looks_once_more() {
        // Where nothing can be made.
        let nowhere = PathBuf::from("/proc/nowhere");
        let places = Places {
            nodejs_requirements: nowhere.join("nodejs.txt"),
            // A folder is no list, so that nothing is made.
            python_requirements: PathBuf::from("/"),
            cache: nowhere.join("cache"),
            runtimes: nowhere.join("runtimes"),
            python: None,
            pip_mirror: None,
            hardening: Hardening::BestEffort,
        };
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        for _ in 0..50 {
            for language in Language::ALL {
                ours.write_all(&ToChild::Refresh(language).to_frame())
                    .unwrap();
            }
        }
        let (ear, mouth) = channel::open(theirs).unwrap();
        let keeping = keep(&places, Duration::from_secs(3600), ear, mouth);
        let _ = tokio::time::timeout(Duration::from_millis(500), keeping).await;
        let mut said = Vec::new();
        // The keeper's end is closed by now.
        ours.read_to_end(&mut said).unwrap();
        let mut decoder = Decoder::default();
        decoder.push(&said);
        let mut attempts = std::collections::BTreeSet::new();
        while let Some(message) = decoder.take().unwrap() {
            let FromChild::Settled(text) = message else {
                panic!("{message:?}");
            };
            let settlements = Settlements::of_text(&text);
            for language in Language::ALL {
                let settlement = settlements.of(language);
                attempts.extend(settlement.map(|there| (language.api_name(), there.attempt)));
            }
        }
        for language in Language::ALL {
            let name = language.api_name();
            let count = attempts.iter().filter(|(each, _)| *each == name).count();
            // At the start, and for all who asked; those who ask while it looks again are answered
            // once more.
            assert!((2..=3).contains(&count), "{name}: {attempts:?}");
        }
    }
}
