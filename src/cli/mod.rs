//! The command line: `belljar serve`, `run`, `packages`, `syscalls`, `doctor` and `compile`.
//!
//! Names and exit codes here are scripted against and stay.

mod compile;
mod doctor;
mod egress;
mod native;
mod packages;
mod run;
mod runtimes;
mod sandbox;
mod serve;
mod server;
mod syscalls;
mod zygote;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{ConfigFile, DEFAULT_CONFIG_FILE};
use crate::packages::warden;
use crate::program::Language;

/// Wrong usage, a wrong configuration, or a file that cannot be read; clap's own code as well.
const EXIT_USAGE: u8 = 2;
/// Belljar itself failed.
const EXIT_INTERNAL: u8 = 70;

/// Runs untrusted Python in fresh WebAssembly instances, behind dify-sandbox's HTTP API.
#[derive(Debug, Parser)]
#[command(name = "belljar", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the HTTP API.
    Serve(serve::Arguments),
    /// Run one program in the same sandbox, with the same limits, as the server would.
    Run(run::Arguments),
    /// Show or install the packages that programs can load.
    Packages(packages::Arguments),
    /// Show which system calls a Python program would need beyond the native tier's list.
    Syscalls(syscalls::Arguments),
    /// Report whether this installation and this machine are fit to serve.
    Doctor(doctor::Arguments),
    /// Compile the language runtimes for this machine; `make build` does it.
    Compile(compile::Arguments),
    /// Become what runs programs natively; the server starts it.
    #[command(hide = true)]
    Zygote(zygote::Arguments),
    /// Confine an installer of packages; Belljar starts it by itself.
    #[command(hide = true)]
    Warden,
}

/// Where the configuration is.
#[derive(Debug, Args)]
struct ConfigArgument {
    /// The configuration file [default: conf/config.yaml in the current folder, if it is there].
    #[arg(
        long,
        value_name = "FILE",
        env = "BELLJAR_CONFIG",
        value_parser = clap::value_parser!(OsString)
    )]
    config: Option<OsString>,
}

impl ConfigArgument {
    fn file(&self) -> ConfigFile {
        match &self.config {
            // An environment variable that is empty counts as unset.
            Some(path) if !path.is_empty() => ConfigFile::Named(PathBuf::from(path)),
            _ => ConfigFile::Usual(PathBuf::from(DEFAULT_CONFIG_FILE)),
        }
    }
}

/// Does what the command line says; the result is the process's exit code.
pub fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Serve(arguments) => serve::serve(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Packages(arguments) => packages::packages(&arguments),
        Command::Syscalls(arguments) => syscalls::syscalls(&arguments),
        Command::Doctor(arguments) => doctor::doctor(&arguments),
        Command::Compile(arguments) => compile::compile(&arguments),
        Command::Zygote(arguments) => zygote::zygote(&arguments),
        Command::Warden => match warden::run() {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => {
                complain(&message);
                ExitCode::from(EXIT_INTERNAL)
            }
        },
    }
}

/// The language that the API calls so.
fn language_named(name: &str) -> Result<Language, String> {
    Language::from_api_name(name).ok_or_else(|| {
        let names = Language::ALL.map(Language::api_name).join(", ");
        format!("there is {names}")
    })
}

/// Tells the person at the terminal what went wrong, every line with our name before it.
fn complain(message: &str) {
    for line in message.lines() {
        eprintln!("belljar: error: {line}");
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_config_file_that_was_named_has_to_exist_and_the_usual_one_does_not() {
        let cli = |words: &[&str]| Cli::try_parse_from(words).unwrap().command;
        let Command::Serve(serve) = cli(&["belljar", "serve", "--config", "x.yaml"]) else {
            panic!("serve was asked for");
        };
        assert_eq!(serve.config.file(), ConfigFile::Named("x.yaml".into()));
        let Command::Serve(serve) = cli(&["belljar", "serve", "--config", ""]) else {
            panic!("serve was asked for");
        };
        assert_eq!(
            serve.config.file(),
            ConfigFile::Usual("conf/config.yaml".into())
        );
    }
}
