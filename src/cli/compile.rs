//! `belljar compile`: makes the runtimes that `serve` and `run` load. Part of `make build`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use super::runtimes;
use crate::program::Language;
use crate::wasm::compile::{self, Compiled};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The folder with the committed runtimes.
    #[arg(long, value_name = "DIR", default_value = "wasm-runtimes")]
    sources: PathBuf,
    /// Where to write the result [default: `runtimes` beside this program].
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Compiles what is not up to date.
pub fn compile(arguments: &Arguments) -> ExitCode {
    match compile_all(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            super::complain(&message);
            ExitCode::from(super::EXIT_INTERNAL)
        }
    }
}

fn compile_all(arguments: &Arguments) -> Result<(), String> {
    let output = match &arguments.output {
        Some(output) => output.clone(),
        None => runtimes::beside_program()?,
    };
    std::fs::create_dir_all(&output)
        .map_err(|error| format!("cannot make the folder `{}`: {error}", output.display()))?;
    let sources = runtimes::open(&arguments.sources)?;
    let folder = runtimes::open(&output)?;
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| format!("cannot start: {error}"))?;
    for language in Language::ALL {
        let start = Instant::now();
        let compiled = executor
            .block_on(compile::compile(&sources, &folder, language))
            .map_err(|error| format!("{}: {error}", language.api_name()))?;
        match compiled {
            Compiled::UpToDate(description) => {
                println!(
                    "{}: {} is up to date",
                    description.language, description.interpreter
                );
            }
            Compiled::Written(description) => println!(
                "{}: {} compiled in {:.1} s, {} MiB of code",
                description.language,
                description.interpreter,
                start.elapsed().as_secs_f64(),
                description.code.bytes >> 20,
            ),
        }
    }
    Ok(())
}
