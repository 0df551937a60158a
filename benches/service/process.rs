//! What the kernel knows of a process.

use std::fs;
use std::time::Duration;

use crate::Result;

/// A process by its number.
#[derive(Clone, Copy, Debug)]
pub struct Process(pub u32);

/// Memory of a process in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    /// Pages that no one else has: what would be free if it ended.
    pub private: u64,
    pub resident: u64,
}

impl Process {
    /// The name of its main thread.
    pub fn name(self) -> String {
        let name = fs::read_to_string(format!("/proc/{}/comm", self.0));
        name.unwrap_or_default().trim_end().to_owned()
    }

    /// The processes that its main thread started and that are there.
    pub fn children(self) -> Vec<Self> {
        let path = format!("/proc/{0}/task/{0}/children", self.0);
        let text = fs::read_to_string(path).unwrap_or_default();
        let pids = text.split_whitespace().filter_map(|pid| pid.parse().ok());
        pids.map(Self).collect()
    }

    /// All that it started, directly or not.
    pub fn descendants(self) -> Vec<Self> {
        let mut found = self.children();
        let mut next = 0;
        while let Some(process) = found.get(next) {
            found.extend(process.children());
            next += 1;
        }
        found
    }

    /// CPU time of all threads, in steps of a clock tick (10 ms).
    pub fn cpu_time(self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0))?;
        // The name, in parentheses, may hold spaces; user and system time are fields 14 and 15.
        let (_, fields) = stat.rsplit_once(')').ok_or("no name in /proc/PID/stat")?;
        let times = fields.split_whitespace().skip(11).take(2);
        let ticks = times
            .map(|field| Ok(field.parse::<u64>()?))
            .sum::<Result<u64>>()?;
        // SAFETY: reads a constant of the system.
        let per_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
        Ok(Duration::from_secs_f64(ticks as f64 / per_second as f64))
    }

    pub fn memory(self) -> Result<Memory> {
        let mut memory = Memory::default();
        for line in fs::read_to_string(format!("/proc/{}/smaps_rollup", self.0))?.lines() {
            let mut words = line.split_whitespace();
            let (Some(name), Some(Ok(kib))) = (words.next(), words.next().map(str::parse::<u64>))
            else {
                continue;
            };
            match name {
                "Private_Clean:" | "Private_Dirty:" => memory.private += kib << 10,
                "Rss:" => memory.resident = kib << 10,
                _ => {}
            }
        }
        Ok(memory)
    }
}
