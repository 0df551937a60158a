//! `belljar run`: one program through the server's sandbox and limits, without the server.
//!
//! Its standard output and error come out as they are when it ends; why the sandbox stopped it is
//! a line `belljar: error: …` on standard error. Exit codes: the program's own; 124 stopped at the
//! time limit; 125 stopped at another limit; 126 its interpreter crashed; 2 it could not be read;
//! 70 Belljar failed.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;

use super::native::{self, Alone, Mode};
use super::sandbox::{self, PackagesArgument, RuntimesArgument, WayOut};
use super::{ConfigArgument, EXIT_INTERNAL, EXIT_USAGE, complain, egress, language_named};
use crate::config::{ConfigFile, LogLevel, Notice, Settings, process_environment};
use crate::egress::{OwnAddresses, Who};
use crate::packages::requirements_file;
use crate::program::{Ending, Language, LimitReached, Outcome, Program};
use crate::telemetry;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The program, or `-` for standard input.
    file: PathBuf,
    /// `python3` or `nodejs` [default: as the file's name ends, else python3].
    #[arg(long, value_name = "NAME", value_parser = language_named)]
    language: Option<Language>,
    /// Source to run first in the same sandbox, as a request's `preload` (needs no
    /// `enable_preload` here).
    #[arg(long, value_name = "FILE")]
    preload: Option<PathBuf>,
    /// Run it as a jailed process of the machine's Python, whatever it imports.
    #[arg(long)]
    native: bool,
    /// Let it use the network, as far as the configured policy allows (`enable_network` does not
    /// matter here).
    #[arg(long)]
    network: bool,
    #[command(flatten)]
    config: ConfigArgument,
    #[command(flatten)]
    packages: PackagesArgument,
    #[command(flatten)]
    runtimes: RuntimesArgument,
}

const EXIT_TIMEOUT: u8 = 124;
const EXIT_LIMIT: u8 = 125;
const EXIT_CRASHED: u8 = 126;

pub fn run(arguments: &Arguments) -> ExitCode {
    let (settings, program) = match prepare(arguments) {
        Ok(prepared) => prepared,
        Err(message) => {
            complain(&message);
            return ExitCode::from(EXIT_USAGE);
        }
    };
    let outcome = if arguments.native {
        outcome_natively(&settings, arguments, program)
    } else {
        outcome_of(&settings, arguments, program)
    };
    match outcome {
        Ok(outcome) => show(&outcome),
        Err(error) => {
            complain(&error);
            ExitCode::from(EXIT_INTERNAL)
        }
    }
}

fn prepare(arguments: &Arguments) -> Result<(Settings, Program), String> {
    let mut settings = settings(&arguments.config.file())?;
    settings.enable_network = arguments.network;
    let program = Program {
        language: language(arguments),
        code: read(&arguments.file)?,
        preload: arguments.preload.as_deref().map(read).transpose()?,
        file_name: shown_name(&arguments.file),
        network: arguments.network.then(Who::default),
    };
    Ok((settings, program))
}

pub(super) fn settings(file: &ConfigFile) -> Result<Settings, String> {
    let loaded = Settings::load(file, &process_environment).map_err(|error| error.to_string())?;
    let mut settings = loaded.settings;
    // The log would mix with the program's own output.
    settings.log.level = settings.log.level.min(LogLevel::Warn);
    settings.log.folder = None;
    let _ = telemetry::init(&settings.log);
    // Away from an installation the defaults are what one expects.
    if file.path().exists() {
        for notice in loaded.notices {
            if let Notice::Warning(text) = notice {
                eprintln!("belljar: warning: {text}");
            }
        }
    }
    Ok(settings)
}

/// The language asked for, else the one that the file's name tells.
fn language(arguments: &Arguments) -> Language {
    let extension = arguments.file.extension();
    arguments
        .language
        .unwrap_or(match extension.and_then(OsStr::to_str) {
            Some("js" | "cjs" | "mjs") => Language::Nodejs,
            _ => Language::Python3,
        })
}

fn is_standard_input(file: &Path) -> bool {
    file == Path::new("-")
}

pub(super) fn shown_name(file: &Path) -> String {
    if is_standard_input(file) {
        "<stdin>".to_owned()
    } else {
        file.display().to_string()
    }
}

pub(super) fn read(file: &Path) -> Result<String, String> {
    let mut source = Vec::new();
    if is_standard_input(file) {
        io::stdin().read_to_end(&mut source).map(drop)
    } else {
        fs::read(file).map(|bytes| source = bytes)
    }
    .map_err(|error| format!("cannot read `{}`: {error}", file.display()))?;
    String::from_utf8(source)
        .map_err(|error| format!("`{}` is not UTF-8 text: {error}", file.display()))
}

fn outcome_of(
    settings: &Settings,
    arguments: &Arguments,
    program: Program,
) -> Result<Outcome, String> {
    let prepared = sandbox::prepare(settings, &arguments.runtimes, &arguments.packages)?;
    // Forked while this process has one thread. What it costs more is spent when a program wants it.
    let wants = program.language == Language::Python3 && prepared.has_native_packages();
    let alone = (wants && !settings.lockdown.wasm_only)
        .then(|| native::alone(settings, &arguments.runtimes, Mode::Jail))
        .transpose()?;
    let (door, _jailer) = alone.map(Alone::open).unzip();
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start: {error}"))?;
    tokio.block_on(async {
        // Where nothing is listed, nobody misses anything.
        let listed = Path::new(requirements_file(program.language)).exists();
        let missing = prepared.missing.get(&program.language);
        if let Some(missing) = missing.filter(|_| listed) {
            eprintln!("belljar: warning: {missing}; run `belljar packages install`");
        }
        let network = egress::trust(settings)?.map(|trust| {
            let engine = egress::engine(settings, OwnAddresses::new());
            WayOut {
                dial: Arc::new(engine),
                trust,
            }
        });
        let executor = prepared.start(door, network)?;
        let admission = executor.admit().ok_or("the first program was refused")?;
        let outcome = executor.run(admission, program).await;
        outcome.map_err(|error| error.to_string())
    })
}

fn outcome_natively(
    settings: &Settings,
    arguments: &Arguments,
    program: Program,
) -> Result<Outcome, String> {
    if program.language != Language::Python3 {
        return Err("only Python runs natively".to_owned());
    }
    let limits = settings.execution.limits;
    let tier = native::alone(settings, &arguments.runtimes, Mode::Jail)?;
    tier.block_on(async |native| {
        native
            .run(program, limits, Vec::new(), Instant::now())
            .await
    })
}

fn show(outcome: &Outcome) -> ExitCode {
    // Whoever reads our output may have gone; the exit code still counts.
    let _ = write_through(&outcome.stdout, io::stdout());
    let _ = write_through(&outcome.stderr, io::stderr());
    if let Some(reason) = outcome.reason() {
        complain(&reason);
    }
    exit_code(&outcome.ending)
}

fn write_through(bytes: &[u8], mut to: impl io::Write) -> io::Result<()> {
    to.write_all(bytes)?;
    to.flush()
}

fn exit_code(ending: &Ending) -> ExitCode {
    ExitCode::from(match ending {
        // A process's exit code has eight bits.
        Ending::Exited(code) | Ending::ExitedAtLimit(code, _) => (code & 0xff) as u8,
        Ending::Stopped(LimitReached::WallClock) => EXIT_TIMEOUT,
        Ending::Stopped(_) => EXIT_LIMIT,
        Ending::Crashed(_)
        | Ending::Forbidden(_)
        | Ending::NeedsNative(_)
        | Ending::NativeTooLate(_) => EXIT_CRASHED,
    })
}
