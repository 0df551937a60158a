//! The command line, run to its end.

use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use super::process::{Folder, belljar, spawn};

/// A command's exit code and what it printed.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// A command line and where it is given.
pub struct Cli<'a> {
    pub arguments: &'a [&'a str],
    pub environment: &'a [(&'a str, &'a str)],
    pub stdin: &'a str,
}

impl<'a> Cli<'a> {
    pub fn new(arguments: &'a [&'a str]) -> Self {
        Self {
            arguments,
            environment: &[],
            stdin: "",
        }
    }

    /// Runs in a folder of its own.
    pub fn run(&self) -> Ended {
        self.run_in(&Folder::new().0)
    }

    pub fn run_in(&self, folder: &Path) -> Ended {
        let mut command = belljar(self.arguments);
        command
            .current_dir(folder)
            .envs(self.environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = spawn(command);
        // A command that does not read its input closes it.
        let _ = child.stdin.take().unwrap().write_all(self.stdin.as_bytes());
        Ended::from(child.wait_with_output().unwrap())
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}
