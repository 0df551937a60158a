//! What the machine gives, for defaults that depend on it.

use crate::units::ByteSize;

/// Memory this process may use, where the system tells: the machine's, or less if a cgroup says so.
pub fn memory() -> Option<ByteSize> {
    let machine = std::fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| total(&text));
    // Version 2, then version 1; a container sees its own limit there.
    let group = [
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ]
    .iter()
    .find_map(|file| std::fs::read_to_string(file).ok()?.trim().parse().ok())
    .map(ByteSize);
    match (machine, group) {
        (Some(machine), Some(group)) => Some(machine.min(group)),
        (machine, group) => machine.or(group),
    }
}

/// `MemTotal` of `/proc/meminfo`, see proc(5).
fn total(meminfo: &str) -> Option<ByteSize> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(ByteSize::kib(kibibytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_memory_is_read_from_meminfo() {
        let text = "MemTotal:       24689764 kB\nMemFree:  1 kB\n";
        assert_eq!(total(text), Some(ByteSize::kib(24_689_764)));
        assert_eq!(total("MemFree: 1 kB\n"), None);
    }
}
