//! The one line that every request to run a program leaves in the log.

use std::time::{Duration, Instant};

use tracing::info;

use super::RequestId;
use crate::program::{Ending, Language, NetworkUsage, Outcome};

/// Collects what is known about one request and logs it once. Dropped before its end was told, it
/// logs `cancelled`: a handler is dropped when its caller goes away, or when the server stops and
/// cannot wait for it any longer.
#[derive(Debug)]
pub struct RunLine {
    id: RequestId,
    since: Instant,
    language: Option<Language>,
    logged: bool,
}

impl RunLine {
    pub fn start(id: RequestId) -> Self {
        Self {
            id,
            since: Instant::now(),
            language: None,
            logged: false,
        }
    }

    pub fn id(&self) -> RequestId {
        self.id
    }

    pub fn language(&mut self, language: Language) {
        self.language = Some(language);
    }

    /// The program ran, however it ended.
    pub fn ran(mut self, outcome: &Outcome) {
        self.logged = true;
        let usage = &outcome.usage;
        // Most programs have none.
        let network = (usage.network != NetworkUsage::default()).then_some(usage.network);
        info!(
            request_id = %self.id,
            language = self.language_name(),
            tier = outcome.tier.name(),
            tier_reason = outcome.tier_reason.as_deref(),
            outcome = label(&outcome.ending),
            exit_code = outcome.exit_code(),
            queued_ms = milliseconds(usage.queued),
            wall_ms = milliseconds(usage.wall),
            total_ms = milliseconds(self.since.elapsed()),
            fuel = usage.fuel.0,
            memory_bytes = usage.memory.bytes(),
            connections = network.map(|network| network.connections),
            sent_bytes = network.map(|network| network.sent.bytes()),
            received_bytes = network.map(|network| network.received.bytes()),
            stdout_bytes = outcome.stdout.len(),
            stderr_bytes = outcome.stderr.len(),
            "run"
        );
    }

    /// No program ran, for the reason that `label` names.
    pub fn refused(mut self, label: &'static str) {
        self.without_run(label);
    }

    fn without_run(&mut self, label: &'static str) {
        self.logged = true;
        info!(
            request_id = %self.id,
            language = self.language_name(),
            outcome = label,
            total_ms = milliseconds(self.since.elapsed()),
            "run"
        );
    }

    fn language_name(&self) -> Option<&'static str> {
        self.language.map(Language::api_name)
    }
}

impl Drop for RunLine {
    fn drop(&mut self) {
        if !self.logged {
            self.without_run("cancelled");
        }
    }
}

/// A short stable word for how a run ended.
fn label(ending: &Ending) -> &'static str {
    match ending {
        Ending::Exited(0) => "success",
        Ending::Exited(_) => "failed",
        Ending::ExitedAtLimit(_, limit) => limit.label(),
        Ending::Stopped(limit) => limit.label(),
        Ending::Crashed(_) => "crashed",
        Ending::Forbidden(_) => "forbidden",
        Ending::NeedsNative(_) => "needs-native",
        Ending::NativeTooLate(_) => "native-too-late",
    }
}

/// Milliseconds with microseconds behind the point.
fn milliseconds(time: Duration) -> f64 {
    time.as_micros() as f64 / 1000.0
}
