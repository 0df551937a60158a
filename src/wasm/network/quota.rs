//! How many connections a run may make, and how many bytes may go over them.

use super::super::errno::Errno;
use super::failure::{Failure, Outcome};
use crate::program::{Limits, NetworkUsage};
use crate::units::ByteSize;

/// Connections in all, and lookups in all, for each that is allowed at once.
const IN_ALL: u32 = 16;

/// What a run may do, and has done.
#[derive(Debug, Default)]
pub struct Quota {
    /// Connections, and lookups.
    at_once: u32,
    /// In each direction.
    bytes: ByteSize,
    lookups: u32,
    used: NetworkUsage,
}

impl Quota {
    pub fn new(limits: &Limits) -> Self {
        Self {
            at_once: limits.connections,
            bytes: limits.network_bytes,
            ..Self::default()
        }
    }

    pub fn used(&self) -> NetworkUsage {
        self.used
    }

    pub fn at_once(&self) -> u32 {
        self.at_once
    }

    /// Whether there may be one more lookup, beside `open` others.
    pub fn may_look_up(&self, open: usize) -> Outcome<()> {
        self.check(open, self.lookups, "lookups")
    }

    pub fn looked_up(&mut self) {
        self.lookups += 1;
    }

    /// Whether there may be one more connection, beside `open` others.
    pub fn may_connect(&self, open: usize) -> Outcome<()> {
        self.check(open, self.used.connections, "connections")
    }

    pub fn connected(&mut self) {
        self.used.connections += 1;
    }

    fn check(&self, now: usize, so_far: u32, what: &str) -> Outcome<()> {
        let (at_once, in_all) = (self.at_once, self.at_once.saturating_mul(IN_ALL));
        if now >= at_once as usize {
            let reason = format!("more than {at_once} {what} at once (limits.connections)");
            return Err(Failure::new(Errno::Mfile, reason));
        }
        if so_far >= in_all {
            let reason =
                format!("more than {in_all} {what} in one run ({IN_ALL} times limits.connections)");
            return Err(Failure::new(Errno::Mfile, reason));
        }
        Ok(())
    }

    /// How many of `wanted` bytes may be sent now.
    pub fn may_send(&self, wanted: usize) -> Outcome<usize> {
        self.part(wanted, self.used.sent)
            .ok_or_else(|| self.exceeded("sent"))
    }

    /// How many of `wanted` bytes may be received now; `None`: not a single one.
    pub fn may_receive(&self, wanted: usize) -> Option<usize> {
        self.part(wanted, self.used.received)
    }

    /// Why nothing may be `done` any more.
    pub fn exceeded(&self, done: &str) -> Failure {
        let reason = format!(
            "more than {} {done} over the network (limits.network_bytes)",
            self.bytes
        );
        Failure::new(Errno::Dquot, reason)
    }

    fn part(&self, wanted: usize, used: ByteSize) -> Option<usize> {
        let left = self.bytes.bytes().saturating_sub(used.bytes());
        let part = usize::try_from(left).unwrap_or(usize::MAX).min(wanted);
        (part > 0 || wanted == 0).then_some(part)
    }

    pub fn sent(&mut self, bytes: usize) {
        self.used.sent = ByteSize(self.used.sent.bytes() + bytes as u64);
    }

    pub fn received(&mut self, bytes: usize) {
        self.used.received = ByteSize(self.used.received.bytes() + bytes as u64);
    }
}
