//! What processes hold, read in `/proc`: there is no resource limit that counts all of it.

use std::time::Duration;

use nix::unistd::Pid;

/// How often a running program is looked at. In this time it can take some hundred MiB more than it
/// may, for as long.
const LOOK: Duration = Duration::from_millis(50);

/// Memory of its own in bytes: that of no file. Pages that it shares with the process it was forked
/// from are included. 0 when that is not told.
pub fn held(pid: Pid) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    own(&text)
}

fn own(status: &str) -> u64 {
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    let kibibytes = ["RssAnon:", "RssShmem:", "VmSwap:"].map(|name| of(name).unwrap_or(0));
    kibibytes.into_iter().sum::<u64>() << 10
}

/// Ready when the process holds more than `limit` beyond `shared`.
pub async fn over(pid: Pid, shared: u64, limit: u64) {
    loop {
        tokio::time::sleep(LOOK).await;
        let grown = held(pid).saturating_sub(shared);
        if grown > limit {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_of_files_does_not_count() {
        let status = "VmRSS:\t    9000 kB\nRssAnon:\t    1000 kB\nRssFile:\t    7000 kB\n\
                      RssShmem:\t       3 kB\nVmSwap:\t       1 kB\n";
        assert_eq!(own(status), 1004 << 10);
        assert_eq!(own(""), 0);
        assert!(held(nix::unistd::getpid()) > 0);
    }
}
