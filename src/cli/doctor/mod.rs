//! `belljar doctor`: is this installation, with this configuration, on this machine, fit to serve?
//!
//! Looks and changes nothing. Exit code 1 if something essential fails.

mod installation;
mod installer;
mod kernel;
mod lockdown;
mod native;
mod network;
mod report;

use std::process::ExitCode;

use clap::Args;

use super::ConfigArgument;
use super::packages;
use super::sandbox::{self, RuntimesArgument};
use crate::checks::{Check, Status};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigArgument,
    #[command(flatten)]
    runtimes: RuntimesArgument,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
}

pub fn doctor(arguments: &Arguments) -> ExitCode {
    let file = arguments.config.file();
    let lockdown = lockdown::checks(&file);
    let mut checks = installation::checks(&file);
    checks.extend(sandbox::checks(&arguments.runtimes));
    checks.extend(packages::checks(&arguments.config, &arguments.runtimes));
    checks.extend(installer::check(&file, &arguments.runtimes));
    checks.extend(kernel::checks());
    checks.extend(lockdown);
    checks.extend(native::checks(&file, &arguments.runtimes));
    checks.extend(network::checks(&file));
    if arguments.json {
        report::print_json(&checks);
    } else {
        report::print_table(&checks);
    }
    if is_fit(&checks) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Whether nothing essential failed.
fn is_fit(checks: &[Check]) -> bool {
    checks.iter().all(|check| check.status != Status::Failed)
}
