//! The machine's own Pythons.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;

/// Where distributions put theirs.
const SYSTEM: &str = "/usr/bin/python3";

/// A native Python.
#[derive(Debug)]
pub struct Python {
    program: PathBuf,
    /// Such as `CPython 3.11.2`.
    pub version: String,
}

/// The `python3` of PATH and the system's, if they differ.
pub fn installed() -> Result<Vec<Python>> {
    let mut pythons = vec![Python::at("python3".as_ref())?];
    if let Ok(system) = Python::at(SYSTEM.as_ref())
        && system.program.canonicalize().ok() != pythons[0].program.canonicalize().ok()
    {
        pythons.push(system);
    }
    Ok(pythons)
}

impl Python {
    /// The interpreter itself that `program` starts: version managers put scripts in front of it.
    pub fn at(program: &Path) -> Result<Self> {
        let ask = "import sys, platform\n\
                   print(sys.executable)\n\
                   print(platform.python_implementation(), platform.python_version())";
        let answer = output(program.as_os_str(), ask)
            .map_err(|error| format!("cannot run `{}`: {error}", program.display()))?;
        let mut lines = answer.lines();
        let (Some(program), Some(version)) = (lines.next(), lines.next()) else {
            return Err(format!("`{}` is not a Python", program.display()).into());
        };
        Ok(Self {
            program: program.into(),
            version: version.to_owned(),
        })
    }

    /// What `python3 -c 'print(1)'` takes, from starting the process to its end.
    pub fn spawn(&self) -> Result<Duration> {
        let started = Instant::now();
        let status = Command::new(&self.program)
            .args(["-c", "print(1)"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()?;
        let took = started.elapsed();
        if status.success() {
            Ok(took)
        } else {
            Err(format!("`{}` failed: {status}", self.program.display()).into())
        }
    }

    /// Where it is.
    pub fn program(&self) -> String {
        self.program.display().to_string()
    }

    /// Runs a program and gives what it prints.
    pub fn run(&self, code: &str) -> Result<String> {
        output(self.program.as_os_str(), code)
    }
}

fn output(program: &OsStr, code: &str) -> Result<String> {
    let output = Command::new(program)
        .args(["-c", code])
        .stdin(Stdio::null())
        .output()?;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout)?)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into())
    }
}
