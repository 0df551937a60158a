//! What the processes of the native tier say to each other: JSON objects, each a datagram of at most
//! [`MAX_MESSAGE`] bytes on a socket pair of type `SOCK_SEQPACKET`, some with descriptors beside it.
//!
//! The program itself is never part of a message: it goes from the server to the child through a
//! pipe, as one [`ProgramText`].

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::egress::Who;
use crate::egress::messages::FromEgress;

/// The longest datagram, in bytes.
pub const MAX_MESSAGE: usize = 64 << 10;

/// Server to jailer, through the door that all servers share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToJailer {
    /// Have a zygote of this set ready.
    Prepare { set: String },
    /// Run a program. With four descriptors, in this order: the server's control socket for this run
    /// (`SOCK_SEQPACKET`; the jailer answers there with a [`RunEnded`]; closing it ends the
    /// program), the program's text (a pipe's reading end), standard output and standard error
    /// (writing ends).
    Run(RunRequest),
}

/// A program to be run, without its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRequest {
    /// The key of the dependency set, 64 hexadecimal digits.
    pub set: String,
    pub limits: ProcessLimits,
    /// Top-level modules that the program is known to import; the zygote that has them is chosen.
    pub imports: Vec<String>,
    /// On whose behalf it may use the network; `None`: it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Who>,
}

/// What one process may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessLimits {
    pub wall_clock_ms: u64,
    /// Of all its threads.
    pub cpu_ms: u64,
    /// Beyond what it shares with its zygote.
    pub memory_bytes: u64,
    pub tmp_bytes: u64,
    pub tmp_files: u32,
    pub threads: u32,
    /// Of the network, at the same time.
    pub connections: u32,
    /// Over the network, in each direction.
    pub network_bytes: u64,
}

/// How a run ended, from the jailer to the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEnded {
    pub how: How,
    /// Names of system calls that were refused, each once, at most 16.
    pub denied: Vec<String>,
    pub cpu_us: u64,
    /// From the hand-over to the end.
    pub wall_us: u64,
    /// The largest resident set.
    pub memory_bytes: u64,
    /// In learning mode, by name: the calls off the list that were made.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub learned: BTreeMap<String, Learned>,
    #[serde(default)]
    pub network: NetworkUsed,
}

/// What a program used of the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkUsed {
    /// Asked for, made or not.
    pub connections: u32,
    pub sent: u64,
    pub received: u64,
}

/// A system call off the list that a program made in learning mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learned {
    pub count: u64,
    /// It was refused even so: only an attack makes it.
    pub is_attack: bool,
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    Exited(i32),
    /// By this signal, that neither a limit nor the jailer sent.
    Killed(i32),
    WallClock,
    Cpu,
    Memory,
    /// It sent, or was sent, more than it may (`limits.network_bytes`).
    NetworkBytes,
    /// More in `/tmp` than there may be, where no file system of its own bounds that.
    Files,
    /// For a system call that only an attack makes.
    Forbidden(String),
    /// It could not be run at all; in words for the operator.
    Failed(String),
}

/// What the child reads from the program's pipe, to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramText {
    pub code: String,
    pub preload: Option<String>,
    pub file_name: String,
}

/// How a zygote is to be started: from the jailer to the launcher, which becomes the zygote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZygoteSpec {
    /// The interpreter, absolute.
    pub python: PathBuf,
    /// The set's packages, absolute; `/site-packages` in the jail.
    pub site: PathBuf,
    /// Modules to import before the first fork, in this order; one that fails is left out.
    pub preload: Vec<String>,
    /// `/tmp` of each child is made for these.
    pub limits: ProcessLimits,
    /// The first of [`Self::ids`] user and group ids of the host for this zygote and its children,
    /// when the jailer is root.
    pub first_id: u32,
    pub ids: u32,
    /// System calls allowed beyond the list: names or numbers.
    pub allowed_syscalls: Vec<String>,
    /// Nothing off the list is refused but noted (`belljar syscalls`).
    pub learning: bool,
    /// An existing folder that any user may make entries in, where mounts are not possible: each child
    /// makes one of its own below it, named by its number, which the jailer removes.
    #[serde(default)]
    pub scratch: Option<PathBuf>,
    /// Certificates that Python trusts besides, in PEM.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// What is in that file: from the launcher to the zygote.
    #[serde(default)]
    pub authorities: Option<String>,
    /// Layers left out, by name, for tests that show what each of them is for.
    #[serde(default)]
    pub without: Vec<String>,
}

/// Jailer to zygote, on the zygote's descriptor 3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToZygote {
    /// Make a child. With its end of a `SOCK_SEQPACKET` pair, on which it says [`FromChild::Parked`].
    Fork { child: u64 },
}

/// Zygote to jailer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromZygote {
    Ready {
        /// Modules that are imported, and why others are not.
        imported: Vec<String>,
        failed: BTreeMap<String, String>,
        /// Layers by name: `on: …` or `off: …` with the reason.
        layers: BTreeMap<String, String>,
    },
    /// A child is gone: the status of wait(2), and what it used.
    Exited {
        child: u64,
        status: i32,
        cpu_us: u64,
        memory_bytes: u64,
    },
    /// It cannot be one; in words for the operator. It ends after this.
    Failed { reason: String },
}

/// Child to jailer, on its own socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromChild {
    /// It is locked in and waits for a program. With the listener of its seccomp filter (where every
    /// call off the list waits for an answer), and the kernel's word for its process id beside it
    /// (`SCM_CREDENTIALS`).
    Parked,
    /// It cannot be locked in as its zygote's rehearsal was, and ends; in words for the operator.
    Failed { reason: String },
}

/// Jailer to child.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToChild {
    /// Run. With three descriptors: the program's text, standard output, standard error.
    Run {
        limits: ProcessLimits,
        /// Whether the program may say [`FromProgram`] on this socket.
        #[serde(default)]
        network: bool,
    },
}

/// Program to jailer, on the child's socket. Whoever controls the program writes these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FromProgram {
    /// The program's own, to tell answers apart.
    pub id: u64,
    pub wish: Wish,
}

/// What a program wants of the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Wish {
    Lookup {
        host: String,
    },
    /// To a name, or to an address as text.
    Connect {
        host: String,
        port: u16,
    },
    /// Not a wish, and not answered: the program has closed the connection that is the socket with this
    /// inode.
    Closed {
        inode: u64,
    },
}

/// Jailer to program, at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToProgram {
    pub id: u64,
    /// `None`: it is on its way. With one end of a pair beside it, on which [`Settled`] comes, the end
    /// becoming readable and writable by that. Closing it gives the wish up. Else an error number, and
    /// why not.
    pub refused: Option<(i32, String)>,
}

/// What became of a wish, on its pair: the word of the egress process, with the connected socket
/// beside it.
pub type Settled = FromEgress;
