//! What goes into a run and what comes out of it.
//!
//! A failure of the user's program is an [`Outcome`]; only a failure of Belljar itself is an
//! [`ExecutionError`]. Nothing here knows HTTP or wasmtime.

use std::time::Duration;

use crate::units::{ByteSize, Fuel};

/// A language that programs may be written in, named as the API names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// CPython, the API's `python3`.
    Python3,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Python3];

    /// The language with this API name, if Belljar runs it.
    pub fn from_api_name(name: &str) -> Option<Self> {
        match name {
            "python3" => Some(Self::Python3),
            _ => None,
        }
    }

    /// The name the API, the logs and the metrics use.
    pub fn api_name(self) -> &'static str {
        match self {
            Self::Python3 => "python3",
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
    /// Source text, preload included.
    pub code: ByteSize,
}

/// A limit that ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitReached {
    WallClock,
    Fuel,
    Memory,
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
    /// The program ended by itself with a non-zero code after it was refused more memory.
    ExitedOutOfMemory(i32),
    /// Belljar stopped it at a limit.
    Stopped(LimitReached),
    /// The program brought its own interpreter down (`os.abort()`, stack overflow, …); a few
    /// words say how.
    Crashed(String),
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
}

impl Outcome {
    /// The exit code as the API reports it: the program's own, or -1 when it was stopped.
    pub fn exit_code(&self) -> i32 {
        match self.ending {
            Ending::Exited(code) | Ending::ExitedOutOfMemory(code) => code,
            Ending::Stopped(_) | Ending::Crashed(_) => -1,
        }
    }

    /// Why the sandbox (not the program) thinks the run failed, in one line without its `error: `
    /// prefix; `None` when the program ended by itself. Says what to change.
    pub fn reason(&self) -> Option<String> {
        let limits = &self.limits;
        match &self.ending {
            Ending::Exited(_) => None,
            Ending::ExitedOutOfMemory(_) => Some(format!(
                "memory limit of {} reached (limits.memory)",
                limits.memory
            )),
            Ending::Crashed(how) => Some(how.clone()),
            Ending::Stopped(limit) => Some(match limit {
                // The reference server's own word, which Dify's users search for.
                LimitReached::WallClock => "timeout".to_owned(),
                LimitReached::Fuel => format!("CPU limit of {} reached (limits.fuel)", limits.fuel),
                LimitReached::Memory => {
                    format!("memory limit of {} reached (limits.memory)", limits.memory)
                }
                LimitReached::Stdout => format!(
                    "standard output is larger than {} (limits.stdout): print less, or return a smaller result",
                    limits.stdout
                ),
                LimitReached::Stderr => format!(
                    "standard error is larger than {} (limits.stderr): print less",
                    limits.stderr
                ),
                LimitReached::Code => format!(
                    "the program is larger than {} (limits.code): send a smaller program or smaller inputs",
                    limits.code
                ),
            }),
        }
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

/// Belljar itself could not run a program.
#[derive(Debug, thiserror::Error)]
pub enum ExecutionError {
    /// The server is stopping; nothing new is started.
    #[error("the server is shutting down")]
    ShuttingDown,
    /// A defect or exhausted host resource; the message is for the operator.
    #[error("{0}")]
    Internal(String),
}
