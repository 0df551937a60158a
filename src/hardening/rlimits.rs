//! What one process, and all of one user, may have at most. See setrlimit(2).

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};

use super::Status;
use crate::units::ByteSize;

/// Limits of processes that run foreign code natively. There are never core dumps, message queues
/// that outlive their process, or priorities above the usual one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rlimits {
    /// Processes and threads of the user; the kernel does not count root's.
    pub processes: u64,
    pub open_files: u64,
    /// Of one file.
    pub file_bytes: u64,
    /// Addresses of one process.
    pub address_bytes: u64,
    /// Memory of its own that one process may write to.
    pub data_bytes: u64,
    /// Computing time of one process.
    pub cpu_seconds: u64,
}

impl Rlimits {
    /// Sets them for this process and what it starts. A limit that is lower already stays.
    pub fn set(&self) -> Status {
        let lower = |resource: Resource, most: u64| -> nix::Result<()> {
            let (_, hard) = getrlimit(resource)?;
            let most = most.min(hard);
            setrlimit(resource, most, most)
        };
        let set = || -> nix::Result<String> {
            lower(Resource::RLIMIT_CORE, 0)?;
            lower(Resource::RLIMIT_MSGQUEUE, 0)?;
            lower(Resource::RLIMIT_NICE, 0)?;
            lower(Resource::RLIMIT_RTPRIO, 0)?;
            lower(Resource::RLIMIT_NPROC, self.processes)?;
            lower(Resource::RLIMIT_NOFILE, self.open_files)?;
            lower(Resource::RLIMIT_FSIZE, self.file_bytes)?;
            lower(Resource::RLIMIT_AS, self.address_bytes)?;
            lower(Resource::RLIMIT_DATA, self.data_bytes)?;
            lower(Resource::RLIMIT_CPU, self.cpu_seconds)?;
            Ok(format!(
                "{} processes, files of {}, {} of memory each",
                self.processes,
                ByteSize(self.file_bytes),
                ByteSize(self.data_bytes)
            ))
        };
        Status::of(set())
    }
}
