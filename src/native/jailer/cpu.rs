//! How long a program has computed, read in `/proc`: its resource limit knows whole seconds only.

use std::fs;
use std::time::Duration;

use nix::unistd::Pid;

/// How often a running program is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Ready when all threads of the process together have computed for as long as `limit`.
pub async fn over(pid: Pid, limit: Duration) {
    let ticks = rustix::param::clock_ticks_per_second().max(1);
    loop {
        tokio::time::sleep(LOOK).await;
        // One that is gone is waited for elsewhere.
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let computed = computed(&stat).unwrap_or(0);
        if Duration::from_millis(computed.saturating_mul(1000) / ticks) >= limit {
            return;
        }
    }
}

/// In the kernel's ticks, in user mode and in its own, as proc_pid_stat(5) has them.
fn computed(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split_whitespace().skip(11).map(str::parse::<u64>);
    Some(fields.next()?.ok()? + fields.next()?.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_modes_count() {
        let stat = "7 (a) b) S 1 7 7 0 -1 64 10 0 0 0 250 31 0 0 20 0 1 0 5 6 7";
        assert_eq!(computed(stat), Some(281));
        assert_eq!(computed(""), None);
    }
}
