//! Processes as `/proc` shows them.

use std::fs;
use std::time::Duration;

use crate::common::server::child_named;
use crate::common::{Server, eventually};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process(pub u32);

impl Process {
    pub fn is_gone(self) -> bool {
        self.state().is_none_or(|state| state == 'Z')
    }

    fn state(self) -> Option<char> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0)).ok()?;
        stat.rsplit_once(") ")?.1.chars().next()
    }

    pub fn children(self) -> Vec<Self> {
        let mut children = Vec::new();
        let threads = fs::read_dir(format!("/proc/{}/task", self.0));
        for thread in threads.into_iter().flatten().flatten() {
            let list = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            children.extend(
                list.split_whitespace()
                    .filter_map(|pid| pid.parse().ok())
                    .map(Self),
            );
        }
        children
    }

    /// All that it started, directly or not, zombies included.
    pub fn descendants(self) -> Vec<Self> {
        let mut found = self.children();
        let mut at = 0;
        while let Some(process) = found.get(at) {
            found.extend(process.children());
            at += 1;
        }
        found
    }

    pub fn open_files(self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.0)).map_or(0, Iterator::count)
    }

    /// Resident memory, in MiB.
    pub fn memory(self) -> u64 {
        let statm = fs::read_to_string(format!("/proc/{}/statm", self.0)).unwrap_or_default();
        let pages = statm.split_whitespace().nth(1);
        pages
            .and_then(|pages| pages.parse::<u64>().ok())
            .unwrap_or(0)
            * 4
            / 1024
    }

    pub fn kill(self, signal: libc::c_int) {
        // SAFETY: no memory is passed; the process was started by the server of this test.
        unsafe { libc::kill(self.0 as libc::pid_t, signal) };
    }

    pub fn zombies(self) -> usize {
        let is_zombie = |process: &Self| process.state() == Some('Z');
        self.descendants()
            .iter()
            .filter(|one| is_zombie(one))
            .count()
    }
}

#[track_caller]
pub fn jailer(server: &Server) -> Process {
    let mut found = None;
    eventually("the jailer is there", || {
        found = child_named(server.pid(), "belljar-jailer");
        found.is_some()
    });
    Process(found.unwrap())
}

/// All processes of the native tier.
pub fn all(server: &Server) -> Vec<Process> {
    let jailer = jailer(server);
    let mut all = jailer.descendants();
    all.push(jailer);
    all
}

/// What a program does that is found by [`hog`]: it holds memory and waits.
pub const HOG: &str = "
    import time
    held = b'x' * (150 << 20)
    print('before', flush=True)
    time.sleep(50)
";

/// The process of the program that runs [`HOG`].
#[track_caller]
pub fn hog(server: &Server) -> Process {
    let mut found = None;
    eventually("the program runs", || {
        let processes = jailer(server).descendants();
        found = processes.into_iter().find(|one| one.memory() > 150);
        std::thread::sleep(Duration::from_millis(20));
        found.is_some()
    });
    found.unwrap()
}

#[track_caller]
pub fn until_gone(processes: &[Process]) {
    eventually("they are gone", || {
        processes.iter().all(|one| one.is_gone())
    });
}
