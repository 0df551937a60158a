//! `belljar zygote`: not for people; the jailer starts it to have a Python that runs programs.

use std::process::ExitCode;

use clap::Args;

use crate::native::launcher;

#[derive(Debug, Args)]
pub struct Arguments {}

pub fn zygote(_: &Arguments) -> ExitCode {
    launcher::run()
}
