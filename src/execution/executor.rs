//! The one door to running programs.

use super::{ExecutionError, Limits, Outcome, Program};

/// How much may run at once, and how far each run may go.
#[derive(Clone, Copy, Debug)]
pub struct ExecutionSettings {
    /// Programs that compute at the same time; one that sleeps or waits gives its place away.
    pub max_workers: usize,
    /// Requests accepted and not yet answered; one more is refused.
    pub max_requests: usize,
    /// Programs alive at the same time, sleeping ones included; further ones wait.
    pub max_instances: usize,
    pub limits: Limits,
}
