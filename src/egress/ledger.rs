//! What became of the connections of each tenant: counted, and refusals logged.
//!
//! Guarantees: a tenant that is refused very often fills neither the log nor the memory; how many lines
//! were left out is told; what a program wrote cannot break a line of the log.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::{info, warn};

use super::Who;

/// How many lines about a tenant's refusals there are at once, and how often one more.
const LINES: u32 = 20;
const ONE_MORE: Duration = Duration::from_secs(1);
/// How many tenants are told apart. The operator names them; a server that is not itself any more
/// could make some up.
const MOST_TENANTS: usize = 10_000;
/// Of what a program wrote, in the log.
const LONGEST: usize = 300;

/// Counts and logs.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<HashMap<String, Account>>);

/// One tenant's.
#[derive(Debug)]
struct Account {
    counts: Counts,
    /// What of that was told.
    told: Counts,
    lines: u32,
    since: Instant,
    left_out: u64,
}

/// How often something came of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub looked_up: u64,
    pub connected: u64,
    /// Lookups and connections that failed for other reasons than the policy.
    pub failed: u64,
    /// By the kind of refusal.
    pub refused: HashMap<&'static str, u64>,
}

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    LookedUp,
    Connected,
    Failed,
    /// With the kind of refusal.
    Refused(&'static str),
}

impl Ledger {
    pub fn count(&self, who: &Who, came: Came) {
        self.with(who, |account| account.count(came));
    }

    /// Counts and logs that the policy refuses `destination`.
    pub fn refused(
        &self,
        who: &Who,
        kind: &'static str,
        destination: &dyn fmt::Display,
        why: &dyn fmt::Display,
    ) {
        let line = self.with(who, |account| {
            account.count(Came::Refused(kind));
            account.line()
        });
        let Some(left_out) = line.flatten() else {
            return;
        };
        warn!(
            tenant = plain(&who.tenant),
            request = plain(&who.request),
            destination = plain(destination),
            kind,
            left_out,
            "network refused: {}",
            plain(why)
        );
    }

    /// Logs what came of the requests of each tenant since the last time, where there were any.
    pub fn tell(&self) {
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (tenant, account) in accounts.iter_mut() {
            if account.told == account.counts {
                continue;
            }
            account.told = account.counts.clone();
            let counts = &account.counts;
            let mut kinds: Vec<_> = counts.refused.iter().collect();
            kinds.sort();
            let kinds: Vec<_> = kinds
                .iter()
                .map(|(kind, count)| format!("{kind} {count}"))
                .collect();
            info!(
                tenant = plain(tenant),
                looked_up = counts.looked_up,
                connected = counts.connected,
                failed = counts.failed,
                refused = kinds.join(", "),
                "network so far"
            );
        }
    }

    fn with<T>(&self, who: &Who, work: impl FnOnce(&mut Account) -> T) -> Option<T> {
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !accounts.contains_key(&who.tenant) {
            if accounts.len() >= MOST_TENANTS {
                return None;
            }
            accounts.insert(who.tenant.clone(), Account::new());
        }
        accounts.get_mut(&who.tenant).map(work)
    }

    /// What came of a tenant's requests.
    pub fn counts(&self, tenant: &str) -> Counts {
        let accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let account = accounts.get(tenant);
        account.map_or_else(Counts::default, |account| account.counts.clone())
    }
}

impl Account {
    fn new() -> Self {
        Self {
            counts: Counts::default(),
            told: Counts::default(),
            lines: LINES,
            since: Instant::now(),
            left_out: 0,
        }
    }

    fn count(&mut self, came: Came) {
        let count = match came {
            Came::LookedUp => &mut self.counts.looked_up,
            Came::Connected => &mut self.counts.connected,
            Came::Failed => &mut self.counts.failed,
            Came::Refused(kind) => self.counts.refused.entry(kind).or_default(),
        };
        *count += 1;
    }

    /// Whether there may be a line now: how many were left out before it.
    fn line(&mut self) -> Option<u64> {
        let more = self.since.elapsed().as_millis() / ONE_MORE.as_millis();
        if more > 0 {
            self.since = Instant::now();
            let more = u32::try_from(more).unwrap_or(LINES);
            self.lines = self.lines.saturating_add(more).min(LINES);
        }
        if self.lines == 0 {
            self.left_out += 1;
            return None;
        }
        self.lines -= 1;
        Some(std::mem::take(&mut self.left_out))
    }
}

/// What a program or a peer wrote, in one line and cut.
pub fn plain(text: &(impl fmt::Display + ?Sized)) -> String {
    let text = text.to_string();
    let mut short: String = text
        .chars()
        .flat_map(|letter| {
            let quoted = letter.is_control().then(|| letter.escape_default());
            let itself = (!letter.is_control()).then_some(letter);
            quoted.into_iter().flatten().chain(itself)
        })
        .take(LONGEST)
        .collect();
    if text.chars().count() > LONGEST {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_refusals_is_counted_and_told_in_a_few_lines() {
        let ledger = Ledger::default();
        let who = Who {
            tenant: "a".to_owned(),
            request: "1".to_owned(),
        };
        for _ in 0..1000 {
            ledger.refused(&who, "special-address", &"10.0.0.1:80", &"why");
        }
        ledger.count(&who, Came::Connected);
        let counts = ledger.counts("a");
        assert_eq!(counts.refused["special-address"], 1000);
        assert_eq!(counts.connected, 1);
        let line = |ledger: &Ledger| ledger.with(&who, Account::line).unwrap();
        assert_eq!(line(&ledger), None);
        tokio::time::advance(ONE_MORE).await;
        assert_eq!(line(&ledger), Some(1000 - u64::from(LINES) + 1));
        assert_eq!(line(&ledger), None);
    }

    #[test]
    fn what_a_program_wrote_stays_in_its_line() {
        assert_eq!(plain("a\nb\u{1b}[31m"), "a\\nb\\u{1b}[31m");
        assert_eq!(plain(&"x".repeat(5000)).chars().count(), LONGEST + 1);
    }

    #[test]
    fn no_more_tenants_are_told_apart_than_there_can_be() {
        let ledger = Ledger::default();
        for number in 0..MOST_TENANTS + 5 {
            let who = Who {
                tenant: number.to_string(),
                request: String::new(),
            };
            ledger.count(&who, Came::Failed);
        }
        assert_eq!(ledger.0.lock().unwrap().len(), MOST_TENANTS);
    }
}
