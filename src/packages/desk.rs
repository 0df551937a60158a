//! What a server knows of the packages: it asks for them to be brought up to date, hears what came
//! of it, and lists them. It makes nothing itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::settlement::Settlement;
use crate::execution::{MaintainPackages, Refreshing};
use crate::program::{Language, Package};
use crate::supervisor::channel::Mouth;
use crate::supervisor::protocol::FromChild;

/// How long somebody who asked for a refresh waits for it.
const ANSWER_WITHIN: Duration = Duration::from_secs(240);

/// Where a server asks for packages.
pub struct Desk {
    mouth: tokio::sync::Mutex<Mouth>,
    /// What was said last, and how often something was.
    settled: watch::Sender<(u64, Option<String>)>,
    listed: Mutex<Option<Vec<Package>>>,
}

impl Desk {
    pub fn new(mouth: Mouth) -> Arc<Self> {
        Arc::new(Self {
            mouth: tokio::sync::Mutex::new(mouth),
            settled: watch::Sender::new((0, None)),
            listed: Mutex::new(None),
        })
    }

    /// The keeper makes a set.
    pub fn making(&self) {
        let busy = "the packages are being installed: ask again later".to_owned();
        self.settled.send_modify(|(_, last)| *last = Some(busy));
    }

    /// What the keeper said.
    pub fn settled(&self, text: &str) {
        let Settlement { problem, packages } = Settlement::of_text(text);
        // The server that loads what is new is another one; this one still says what there is.
        if packages.is_some() {
            *self.listed() = packages;
        }
        self.settled.send_modify(|(count, last)| {
            *count += 1;
            *last = problem;
        });
    }

    fn listed(&self) -> MutexGuard<'_, Option<Vec<Package>>> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MaintainPackages for Desk {
    fn refresh(self: Arc<Self>, language: Language) -> Refreshing {
        Box::pin(async move {
            if language != Language::Nodejs {
                return;
            }
            let mut settled = self.settled.subscribe();
            let before = settled.borrow_and_update().0;
            if self
                .mouth
                .lock()
                .await
                .tell(&FromChild::Refresh)
                .await
                .is_ok()
            {
                let answered = settled.wait_for(|(count, _)| *count > before);
                let _ = tokio::time::timeout(ANSWER_WITHIN, answered).await;
            }
        })
    }

    fn problem(&self, language: Language) -> Option<String> {
        match language {
            Language::Nodejs => self.settled.borrow().1.clone(),
            Language::Python3 => None,
        }
    }

    fn packages(&self, language: Language) -> Option<Vec<Package>> {
        match language {
            Language::Nodejs => self.listed().clone(),
            Language::Python3 => None,
        }
    }
}

/// In strict mode nothing is installed while a server runs: what is not there is only told.
pub struct ClosedDesk {
    problem: Option<String>,
}

impl ClosedDesk {
    /// With what the operator should know of the packages, if anything.
    pub fn new(missing: Option<String>) -> Self {
        let why = "strict mode (wasm_only) installs nothing: run `belljar packages install` and \
                   send SIGHUP to the supervisor";
        Self {
            problem: missing.map(|missing| format!("{missing}; {why}")),
        }
    }
}

impl MaintainPackages for ClosedDesk {
    fn refresh(self: Arc<Self>, _language: Language) -> Refreshing {
        Box::pin(std::future::ready(()))
    }

    fn problem(&self, language: Language) -> Option<String> {
        self.problem
            .clone()
            .filter(|_| language == Language::Nodejs)
    }

    fn packages(&self, _language: Language) -> Option<Vec<Package>> {
        None
    }
}
