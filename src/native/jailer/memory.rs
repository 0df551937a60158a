//! What processes hold, read in `/proc`: there is no resource limit that counts all of it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use nix::unistd::Pid;

/// How often a running program is looked at. In this time it can take some hundred MiB more than it
/// may, for as long.
const LOOK: Duration = Duration::from_millis(50);
/// `PF_EXITING`, include/linux/sched.h.
const EXITING: u64 = 4;

/// Memory of its own in bytes: that of no file. Pages that it shares with the process it was forked
/// from are included. `None` when that is not told of a process that goes on.
pub fn held(pid: Pid) -> Option<u64> {
    match of_thread(format!("/proc/{pid}")) {
        Thread::Holds(bytes) => return Some(bytes),
        // The others may go on without the first one.
        Thread::HasEnded => {}
        Thread::Untold => return None,
    }
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Some(0);
    };
    for thread in threads.flatten() {
        match of_thread(thread.path()) {
            Thread::Holds(bytes) => return Some(bytes),
            Thread::HasEnded => {}
            Thread::Untold => return None,
        }
    }
    Some(0)
}

/// What the kernel tells of a thread.
#[derive(Debug, PartialEq, Eq)]
enum Thread {
    Holds(u64),
    HasEnded,
    Untold,
}

/// Of the thread that has this folder in `/proc`.
fn of_thread(folder: impl AsRef<Path>) -> Thread {
    let folder = folder.as_ref();
    let read = |name: &str| fs::read_to_string(folder.join(name));
    match (read("status"), read("stat")) {
        (Ok(status), Ok(stat)) => told(&status, &stat),
        _ => Thread::HasEnded,
    }
}

fn told(status: &str, stat: &str) -> Thread {
    let kibibytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    if let Some(anonymous) = kibibytes("RssAnon:") {
        let others = ["RssShmem:", "VmSwap:"].map(|name| kibibytes(name).unwrap_or(0));
        return Thread::Holds((anonymous + others.iter().sum::<u64>()) << 10);
    }
    // It gives its memory back before anything else that takes time.
    match flags(stat) {
        Some(flags) if flags & EXITING == 0 => Thread::Untold,
        Some(_) => Thread::HasEnded,
        None => Thread::Untold,
    }
}

/// The kernel's flags of a task, as proc_pid_stat(5) has them.
fn flags(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split_whitespace().nth(6)?.parse().ok()
}

/// Ready when the process holds more than `limit` beyond `shared`, or does not tell what it holds.
pub async fn over(pid: Pid, shared: u64, limit: u64) {
    loop {
        tokio::time::sleep(LOOK).await;
        if held(pid).is_none_or(|held| held.saturating_sub(shared) > limit) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_of_files_does_not_count() {
        let status = "State:\tR (running)\nVmRSS:\t    9000 kB\nRssAnon:\t    1000 kB\n\
                      RssFile:\t    7000 kB\nRssShmem:\t       3 kB\nVmSwap:\t       1 kB\n";
        assert_eq!(told(status, ""), Thread::Holds(1004 << 10));
    }

    #[test]
    fn who_tells_nothing_and_has_not_ended_is_over_its_limit() {
        let status = "State:\tS (sleeping)\n";
        assert_eq!(told(status, "7 (a) b) S 1 7 7 0 -1 64 0"), Thread::Untold);
        assert_eq!(told(status, "7 (a) b) S 1 7 7 0 -1 68 0"), Thread::HasEnded);
        assert_eq!(told(status, ""), Thread::Untold);
        assert!(held(nix::unistd::getpid()).unwrap() > 0);
    }

    #[tokio::test]
    async fn a_process_whose_first_thread_ended_is_seen_all_the_same() {
        let code = "import ctypes, os, threading, time\n\
                    x = b'x' * (100 << 20)\n\
                    threading.Thread(target=time.sleep, args=[60]).start()\n\
                    print(1, flush=True)\n\
                    ctypes.CDLL(None).syscall(60 if os.uname().machine == 'x86_64' else 93, 0)\n";
        let mut child = std::process::Command::new("/usr/bin/python3")
            .args(["-c", code])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
        let mut line = [0; 1];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut line).unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        assert!(!status.contains("RssAnon"), "the attack is none");
        let held = held(pid);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(held.unwrap() > 100 << 20, "{held:?}");
    }
}
