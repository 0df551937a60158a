//! `belljar compile`: makes the runtimes that `serve` and `run` load. Part of `make build`.

use std::path::PathBuf;
use std::time::Instant;

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use crate::execution::Language;
use crate::wasm::compile::{Compiled, compile};

/// Compile the language runtimes for this machine.
#[derive(Debug, clap::Args)]
pub struct CompileArgs {
    /// The folder with the committed runtimes.
    #[arg(long, value_name = "DIR", default_value = "wasm-runtimes")]
    sources: PathBuf,
    /// Where to write the result [default: `runtimes` beside this program].
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Compiles what is not up to date.
///
/// # Errors
/// A message for the person who builds.
pub fn run(args: CompileArgs) -> Result<(), String> {
    let output = match args.output {
        Some(output) => output,
        None => super::runtimes::beside_program()?,
    };
    std::fs::create_dir_all(&output)
        .map_err(|error| format!("cannot make the folder `{}`: {error}", output.display()))?;
    let sources = open(&args.sources)?;
    let folder = open(&output)?;
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| format!("cannot start: {error}"))?;
    for language in Language::ALL {
        let start = Instant::now();
        let compiled = executor
            .block_on(compile(&sources, &folder, language))
            .map_err(|error| format!("{}: {error}", language.api_name()))?;
        match compiled {
            Compiled::UpToDate(description) => {
                println!("{}: {} is up to date", description.language, description.interpreter);
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

fn open(path: &std::path::Path) -> Result<Dir, String> {
    Dir::open_ambient_dir(path, ambient_authority())
        .map_err(|error| format!("cannot open the folder `{}`: {error}", path.display()))
}
