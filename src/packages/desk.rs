//! What a server knows of the packages: it asks for them to be brought up to date, hears what came
//! of it, and lists them. It makes nothing itself.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::settlement::Settlements;
use crate::execution::{MaintainPackages, Refreshing};
use crate::program::{Language, Package};
use crate::supervisor::channel::Mouth;
use crate::supervisor::protocol::FromChild;

/// How long somebody who asked for a refresh waits for it.
const ANSWER_WITHIN: Duration = Duration::from_secs(240);

/// Where a server asks for packages.
pub struct Desk {
    mouth: tokio::sync::Mutex<Mouth>,
    /// What was said last of each language.
    settled: watch::Sender<HashMap<Language, Said>>,
    listed: Mutex<HashMap<Language, Vec<Package>>>,
}

/// What is known of a language's packages.
#[derive(Clone, Debug, Default)]
struct Said {
    /// The attempt that it came of.
    attempt: Option<u64>,
    problem: Option<String>,
}

/// What a server knows of the packages by itself.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What programs find, where the sandbox does not tell.
    pub listed: HashMap<Language, Vec<Package>>,
    /// Why that is not what the operator wants.
    pub problems: HashMap<Language, String>,
}

impl Desk {
    /// With what is known before the keeper says anything.
    pub fn new(mouth: Mouth, known: Known) -> Arc<Self> {
        let said = known.problems.into_iter().map(|(language, problem)| {
            let problem = Some(problem);
            let attempt = None;
            (language, Said { attempt, problem })
        });
        Arc::new(Self {
            mouth: tokio::sync::Mutex::new(mouth),
            settled: watch::Sender::new(said.collect()),
            listed: Mutex::new(known.listed),
        })
    }

    /// The keeper makes a set for this language.
    pub fn making(&self, language: Language) {
        let busy = "the packages are being installed: ask again later".to_owned();
        self.settled.send_modify(|said| {
            said.entry(language).or_default().problem = Some(busy);
        });
    }

    /// What the keeper said.
    pub fn settled(&self, text: &str) {
        let settlements = Settlements::of_text(text);
        for language in Language::ALL {
            let Some(settlement) = settlements.of(language) else {
                continue;
            };
            let known = self
                .settled
                .borrow()
                .get(&language)
                .and_then(|said| said.attempt);
            if known == Some(settlement.attempt) {
                continue;
            }
            // The server that loads what is new is another one; this one still says what there is.
            if let Some(packages) = &settlement.packages {
                self.listed().insert(language, packages.clone());
            }
            self.settled.send_modify(|said| {
                let attempt = Some(settlement.attempt);
                let problem = settlement.problem.clone();
                said.insert(language, Said { attempt, problem });
            });
        }
    }

    fn listed(&self) -> MutexGuard<'_, HashMap<Language, Vec<Package>>> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MaintainPackages for Desk {
    fn refresh(self: Arc<Self>, language: Language) -> Refreshing {
        Box::pin(async move {
            let attempt = |said: &HashMap<Language, Said>| said.get(&language)?.attempt;
            let mut settled = self.settled.subscribe();
            let before = attempt(&settled.borrow_and_update());
            let mut mouth = self.mouth.lock().await;
            let asked = mouth.tell(&FromChild::Refresh(language)).await;
            drop(mouth);
            if asked.is_ok() {
                let answered = settled.wait_for(|said| attempt(said) != before);
                let _ = tokio::time::timeout(ANSWER_WITHIN, answered).await;
            }
        })
    }

    fn problem(&self, language: Language) -> Option<String> {
        self.settled.borrow().get(&language)?.problem.clone()
    }

    fn packages(&self, language: Language) -> Option<Vec<Package>> {
        self.listed().get(&language).cloned()
    }
}

/// What strict mode answers to whoever asks for packages.
const INSTALLS_NOTHING: &str = "strict mode (wasm_only) installs nothing: run `belljar packages \
     install` and send SIGHUP to the supervisor";

/// In strict mode nothing is installed while a server runs: what is not there is only told, and
/// whoever asks for a refresh is told that there is none.
pub struct ClosedDesk {
    known: Known,
    /// The lists may have changed since the start, which nobody looks at.
    asked: Mutex<HashSet<Language>>,
}

impl ClosedDesk {
    /// With all that it will ever know.
    pub fn new(mut known: Known) -> Self {
        for problem in known.problems.values_mut() {
            problem.push_str("; ");
            problem.push_str(INSTALLS_NOTHING);
        }
        Self {
            known,
            asked: Mutex::default(),
        }
    }

    fn asked(&self) -> MutexGuard<'_, HashSet<Language>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MaintainPackages for ClosedDesk {
    fn refresh(self: Arc<Self>, language: Language) -> Refreshing {
        self.asked().insert(language);
        Box::pin(std::future::ready(()))
    }

    fn problem(&self, language: Language) -> Option<String> {
        let known = self.known.problems.get(&language).cloned();
        let asked = || self.asked().contains(&language);
        known.or_else(|| asked().then(|| INSTALLS_NOTHING.to_owned()))
    }

    fn packages(&self, language: Language) -> Option<Vec<Package>> {
        self.known.listed.get(&language).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn strict_mode_tells_whoever_asks_that_it_installs_nothing() {
        let missing = "the list has changed".to_owned();
        let desk = Arc::new(ClosedDesk::new(Known {
            problems: HashMap::from([(Language::Nodejs, missing)]),
            ..Known::default()
        }));
        let answer = "strict mode (wasm_only) installs nothing: run `belljar packages install` \
                      and send SIGHUP to the supervisor";
        let known = format!("the list has changed; {answer}");
        assert_eq!(desk.problem(Language::Python3), None);
        for language in Language::ALL {
            Arc::clone(&desk).refresh(language).await;
        }
        assert_eq!(desk.problem(Language::Python3).as_deref(), Some(answer));
        assert_eq!(desk.problem(Language::Nodejs), Some(known));
    }
}
