//! `belljar syscalls`: what a program would need beyond the native tier's list of system calls.
//!
//! The program runs in the same jail, by the same code, with one difference: calls that are not listed
//! are made and noted. Those that only an attack makes are refused and noted. Exit codes: 0 when the
//! program ended well, 1 when it did not, 2 when it could not be read, 70 when Belljar failed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::native::{self, Mode};
use super::run::{read, settings, shown_name};
use super::sandbox::RuntimesArgument;
use super::{ConfigArgument, EXIT_INTERNAL, EXIT_USAGE, complain};
use crate::native::messages::Learned;
use crate::program::{Language, Program};

#[derive(Debug, Args)]
pub struct Arguments {
    /// The Python program, or `-` for standard input.
    file: PathBuf,
    #[command(flatten)]
    config: ConfigArgument,
    #[command(flatten)]
    runtimes: RuntimesArgument,
}

pub fn syscalls(arguments: &Arguments) -> ExitCode {
    let prepared = settings(&arguments.config.file()).and_then(|settings| {
        let program = Program {
            language: Language::Python3,
            code: read(&arguments.file)?,
            preload: None,
            file_name: shown_name(&arguments.file),
            network: None,
        };
        Ok((settings, program))
    });
    let (settings, program) = match prepared {
        Ok(prepared) => prepared,
        Err(message) => {
            complain(&message);
            return ExitCode::from(EXIT_USAGE);
        }
    };
    let limits = settings.execution.limits;
    let learned = native::alone(&settings, &arguments.runtimes, Mode::Learn)
        .and_then(|tier| tier.block_on(async |native| native.learn(program, limits).await));
    let (outcome, learned) = match learned {
        Ok(learned) => learned,
        Err(message) => {
            complain(&message);
            return ExitCode::from(EXIT_INTERNAL);
        }
    };
    let _ = io::stderr().write_all(&outcome.stderr);
    // Whoever reads our output may have gone; the exit code still counts.
    let _ = io::stdout().write_all(report(&learned).as_bytes());
    if outcome.exit_code() == 0 {
        return ExitCode::SUCCESS;
    }
    let reason = outcome
        .reason()
        .map_or_else(String::new, |why| format!(" ({why})"));
    complain(&format!(
        "the program ended with exit code {}{reason}: what it would have done besides is not known",
        outcome.exit_code()
    ));
    ExitCode::FAILURE
}

/// What the operator is told.
fn report(learned: &BTreeMap<String, Learned>) -> String {
    let (attacks, others): (Vec<_>, Vec<_>) =
        learned.iter().partition(|(_, learned)| learned.is_attack);
    let mut text = String::new();
    let mut table = |title: &str, calls: &[(&String, &Learned)]| {
        let width = calls.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let _ = writeln!(text, "{title}");
        for (name, Learned { count, .. }) in calls {
            let times = if *count == 1 { "time" } else { "times" };
            let _ = writeln!(text, "  {name:width$}  {count} {times}");
        }
    };
    if !others.is_empty() {
        table("System calls beyond the list:", &others);
    }
    if !attacks.is_empty() {
        table(
            "System calls that only an attack makes: a program is killed for them.",
            &attacks,
        );
    }
    if others.is_empty() {
        text.push_str("The program needs no system calls beyond the list.\n");
    } else {
        let names: Vec<_> = others.iter().map(|(name, _)| name.as_str()).collect();
        let _ = writeln!(
            text,
            "To allow what is not an attack, in conf/config.yaml:\nallowed_syscalls: [{}]",
            names.join(", ")
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(calls: &[(&str, u64, bool)]) -> BTreeMap<String, Learned> {
        let learned = |(name, count, is_attack): &(&str, u64, bool)| {
            let learned = Learned {
                count: *count,
                is_attack: *is_attack,
            };
            ((*name).to_owned(), learned)
        };
        calls.iter().map(learned).collect()
    }

    #[test]
    fn what_is_missing_is_told_by_name_and_how_to_allow_it() {
        assert_eq!(
            report(&made(&[
                ("mbind", 1, false),
                ("ptrace", 2, true),
                ("setpriority", 30, false)
            ])),
            "System calls beyond the list:\n\
             \u{20} mbind        1 time\n\
             \u{20} setpriority  30 times\n\
             System calls that only an attack makes: a program is killed for them.\n\
             \u{20} ptrace  2 times\n\
             To allow what is not an attack, in conf/config.yaml:\n\
             allowed_syscalls: [mbind, setpriority]\n"
        );
        assert_eq!(
            report(&made(&[])),
            "The program needs no system calls beyond the list.\n"
        );
    }
}
