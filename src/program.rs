//! What goes into a run and what comes out of it.
//!
//! A failure of the user's program is an [`Outcome`], never an error. Nothing here knows HTTP or wasmtime.

mod last_words;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::egress::Who;
use crate::units::{ByteSize, Fuel};

pub use last_words::died_of_memory;

/// A language that programs may be written in, named as the API names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// CPython, the API's `python3`.
    Python3,
    /// QuickJS with what Node.js has, the API's `nodejs`.
    Nodejs,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Python3, Self::Nodejs];

    /// The language with this API name, if Belljar runs it.
    pub fn from_api_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|language| language.api_name() == name)
    }

    /// The name the API, the logs and the metrics use.
    pub fn api_name(self) -> &'static str {
        match self {
            Self::Python3 => "python3",
            Self::Nodejs => "nodejs",
        }
    }

    /// What tracebacks call a program that came without a name.
    pub fn default_file_name(self) -> &'static str {
        match self {
            Self::Python3 => "main.py",
            Self::Nodejs => "main.js",
        }
    }
}

/// Where a program runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// In a WebAssembly instance inside the server.
    #[default]
    Wasm,
    /// As a jailed process of the machine's CPython, for packages with C extensions.
    Native,
}

impl Tier {
    /// The name the API, the logs and the metrics use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wasm => "wasm",
            Self::Native => "native",
        }
    }
}

/// A package that programs can import without installing anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    pub name: String,
    pub version: String,
    /// Where programs that import it run, if that is worth knowing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    /// Where it waits for programs, if that is worth knowing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<PackageState>,
    /// Why it is in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What becomes of a package that the operator asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PackageState {
    /// Programs find it evaluated.
    Snapshot,
    /// It is evaluated in every program that asks for it, because what that gives differs.
    WhenRequired,
    /// Programs cannot have it.
    Refused,
}

impl Package {
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            tier: None,
            state: None,
            reason: None,
        }
    }
}

/// One program, to be run once.
#[derive(Clone, Debug)]
pub struct Program {
    pub language: Language,
    /// The source text.
    pub code: String,
    /// Source to run first, in the same namespace and the same sandbox.
    pub preload: Option<String>,
    /// The name that tracebacks show for `code`.
    pub file_name: String,
    /// On whose behalf it may use the network, as far as the policy allows; without it there is none.
    pub network: Option<Who>,
}

/// Limits of one run. Each has an error of its own: see [`LimitReached`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wall clock from the first instruction; time spent waiting for a free worker does not count.
    pub wall_clock: Duration,
    /// CPU work.
    pub fuel: Fuel,
    /// Linear memory, the interpreter's own share included.
    pub memory: ByteSize,
    pub stdout: ByteSize,
    pub stderr: ByteSize,
    /// Bytes held in `/tmp`.
    pub tmp_bytes: ByteSize,
    /// Files and folders in `/tmp`.
    pub tmp_files: u32,
    /// Connections open at once.
    pub connections: u32,
    /// Bytes received from the network, and as many sent.
    pub network_bytes: ByteSize,
    /// Source text, preload included.
    pub code: ByteSize,
}

impl Limits {
    /// What a run that reached `limit` is told.
    fn reason(&self, limit: LimitReached) -> String {
        match limit {
            // The reference server's own word, which Dify's users search for.
            LimitReached::WallClock => "timeout".to_owned(),
            LimitReached::Fuel => format!("CPU limit of {} reached (limits.fuel)", self.fuel),
            LimitReached::Memory => {
                format!("memory limit of {} reached (limits.memory)", self.memory)
            }
            LimitReached::TotalMemory => {
                "the programs running now use all the memory there is for them \
                 (limits.total_memory): try again later"
                    .to_owned()
            }
            LimitReached::Stdout => format!(
                "standard output is larger than {} (limits.stdout): print less, or return a \
                 smaller result",
                self.stdout
            ),
            LimitReached::Stderr => format!(
                "standard error is larger than {} (limits.stderr): print less",
                self.stderr
            ),
            LimitReached::Code => format!(
                "the program is larger than {} (limits.code): send a smaller program or smaller \
                 inputs",
                self.code
            ),
        }
    }
}

/// A limit that ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitReached {
    WallClock,
    Fuel,
    Memory,
    /// Of all programs together.
    TotalMemory,
    Stdout,
    Stderr,
    Code,
}

impl LimitReached {
    /// A short stable label for logs and metrics.
    pub fn label(self) -> &'static str {
        match self {
            Self::WallClock => "timeout",
            Self::Fuel => "fuel",
            Self::Memory => "memory",
            Self::TotalMemory => "total-memory",
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Code => "code-size",
        }
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The program ended by itself with this exit code (0 is success).
    Exited(i32),
    /// The program ended by itself with this non-zero exit code because of a limit.
    ExitedAtLimit(i32, LimitReached),
    /// Belljar stopped it at a limit.
    Stopped(LimitReached),
    /// The program brought its own interpreter down (`os.abort()`, stack overflow, …); a few
    /// words say how.
    Crashed(String),
    /// The jail stopped it for a system call that only an attack makes; its name.
    Forbidden(String),
    /// It came to the import of this module, which only the native tier has. Nobody has seen
    /// anything of it yet: it can be started there.
    NeedsNative(String),
    /// The same, but it had used the network before: it cannot be started over.
    NativeTooLate(String),
}

/// What one run used of the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetworkUsage {
    /// Asked for, made or not.
    pub connections: u32,
    pub sent: ByteSize,
    pub received: ByteSize,
}

/// What one run used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// From acceptance to the first instruction.
    pub queued: Duration,
    /// From the first instruction to the end.
    pub wall: Duration,
    /// CPU work done.
    pub fuel: Fuel,
    /// Largest linear memory.
    pub memory: ByteSize,
    pub network: NetworkUsage,
}

/// The result of one run.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub ending: Ending,
    /// The limits that were in force, for the wording of errors.
    pub limits: Limits,
    pub usage: Usage,
    pub tier: Tier,
    /// Why it ran there, in a few words for the log, where there was a choice.
    pub tier_reason: Option<String>,
    /// Names of system calls that the jail refused it.
    pub denied: Vec<String>,
}

impl Outcome {
    /// That of a program in WebAssembly which ended well and printed nothing.
    pub fn of(limits: Limits) -> Self {
        Self {
            stdout: Vec::new(),
            stderr: Vec::new(),
            ending: Ending::Exited(0),
            limits,
            usage: Usage::default(),
            tier: Tier::Wasm,
            tier_reason: None,
            denied: Vec::new(),
        }
    }

    /// The exit code as the API reports it: the program's own, or -1 when it was stopped.
    pub fn exit_code(&self) -> i32 {
        match self.ending {
            Ending::Exited(code) | Ending::ExitedAtLimit(code, _) => code,
            Ending::Stopped(_)
            | Ending::Crashed(_)
            | Ending::Forbidden(_)
            | Ending::NeedsNative(_)
            | Ending::NativeTooLate(_) => -1,
        }
    }

    /// Why the sandbox (not the program) thinks the run failed, in one line without its `error: `
    /// prefix; `None` when the program ended by itself. Says what to change.
    pub fn reason(&self) -> Option<String> {
        match &self.ending {
            Ending::Exited(_) => self.refusal(),
            Ending::Crashed(how) => Some(how.clone()),
            Ending::Forbidden(call) => Some(not_permitted(call)),
            Ending::NeedsNative(module) => Some(format!(
                "the module {module} is native code, which this server does not run"
            )),
            Ending::NativeTooLate(module) => Some(format!(
                "the module {module} is native code, and this program has used the network already, \
                 so that it cannot be started over where that runs: import {module} at the top of \
                 the program, before the network is used"
            )),
            Ending::ExitedAtLimit(_, limit) | Ending::Stopped(limit) => {
                Some(self.limits.reason(*limit))
            }
        }
    }

    /// What the jail refused, when that is what the program died of.
    fn refusal(&self) -> Option<String> {
        if self.denied.is_empty() || self.exit_code() == 0 {
            return None;
        }
        let end = &self.stderr[self.stderr.len().saturating_sub(4096)..];
        let end = String::from_utf8_lossy(end).to_ascii_lowercase();
        let died_of_it = end.contains("not permitted") || end.contains("permission");
        died_of_it.then(|| not_permitted(&self.denied.join(", ")))
    }

    /// The API's `error` text: empty for success, else the exit code, the sandbox's reason if
    /// any, and all of stderr.
    pub fn error_text(&self) -> String {
        let code = self.exit_code();
        if code == 0 {
            return String::new();
        }
        let mut text = format!("process exited with code {code}");
        if let Some(reason) = self.reason() {
            text.push_str("\nerror: ");
            text.push_str(&reason);
            text.push('\n');
        } else if !self.stderr.is_empty() {
            text.push('\n');
        }
        text.push_str(&String::from_utf8_lossy(&self.stderr));
        text
    }
}

/// The reference server's own words, which Dify's users search for, and the call's name.
fn not_permitted(calls: &str) -> String {
    format!("operation not permitted (system call: {calls})")
}
