//! How long to wait before a server that died is started again.

use std::time::{Duration, Instant};

/// The second time in a row; doubled from there.
const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(10);
/// A server that served for so long died of something new.
const STEADY: Duration = Duration::from_secs(60);

/// Counts deaths that follow each other.
#[derive(Debug, Default)]
pub struct BackOff {
    in_a_row: u32,
}

impl BackOff {
    /// The wait after the death of a server that had served since `since`, if it ever did. The
    /// first one is replaced at once.
    pub fn after_death(&mut self, since: Option<Instant>) -> Duration {
        if since.is_some_and(|since| since.elapsed() >= STEADY) {
            self.in_a_row = 0;
        }
        let wait = match self.in_a_row {
            0 => Duration::ZERO,
            times => FIRST.saturating_mul(1 << (times - 1).min(16)).min(LONGEST),
        };
        self.in_a_row = self.in_a_row.saturating_add(1);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_death_is_mended_at_once_and_many_in_a_row_ever_slower() {
        let mut back_off = BackOff::default();
        let waits: Vec<_> = (0..12)
            .map(|_| back_off.after_death(None).as_millis())
            .collect();
        assert_eq!(waits[..5], [0, 100, 200, 400, 800]);
        assert_eq!(waits[11], 10_000);
        let long_ago = Instant::now().checked_sub(STEADY);
        assert_eq!(back_off.after_death(long_ago), Duration::ZERO);
    }
}
