//! `make bench`: Belljar's release binary over HTTP on loopback, beside native CPython, in one run
//! on one machine.
//!
//! Times of a shared machine mean little; ratios measured in turns within one run mean something.
//! Nothing here asserts: it prints what it saw next to the aim. See docs/benchmarks.md.

mod client;
mod cpu_bound;
mod javascript;
mod latency;
mod memory;
mod native;
mod network;
mod pandas;
mod process;
mod report;
mod server;
mod throughput;
mod workload;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use native::Python;
use report::Report;
use server::Server;

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// Measures Belljar against native CPython on this machine.
#[derive(Debug, Parser)]
struct Arguments {
    /// Less of everything: under a minute, and noisier.
    #[arg(long)]
    quick: bool,
    /// Write the figures there, too.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// A native Python to compare with; may be repeated. The first one is what aims refer to
    /// [default: the `python3` of PATH, and /usr/bin/python3].
    #[arg(long, value_name = "PROGRAM")]
    python: Vec<PathBuf>,
    /// Measure only this; may be repeated.
    #[arg(long, value_name = "PART", value_enum)]
    only: Vec<Part>,
    /// The binary to measure [default: the one this was built with].
    #[arg(long, value_name = "FILE", default_value = env!("CARGO_BIN_EXE_belljar"))]
    belljar: PathBuf,
    /// Cargo gives this to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    Latency,
    Throughput,
    Memory,
    Cpu,
    Javascript,
    Network,
    Pandas,
}

fn main() -> ExitCode {
    match measure(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> Result<()> {
    let wanted = |part| arguments.only.is_empty() || arguments.only.contains(&part);
    let quick = arguments.quick;
    let pythons = if arguments.python.is_empty() {
        native::installed()?
    } else {
        let given = arguments.python.iter();
        given.map(|path| Python::at(path)).collect::<Result<_>>()?
    };

    let server = Server::start(&arguments.belljar)?;
    let mut report = Report::new(&server, &pythons)?;
    if wanted(Part::Latency) {
        latency::measure(&server, &pythons, quick, &mut report)?;
    }
    if wanted(Part::Throughput) {
        throughput::measure(&server, quick, &mut report)?;
    }
    if wanted(Part::Cpu) {
        cpu_bound::measure(&server, &pythons, quick, &mut report)?;
    }
    if wanted(Part::Javascript) {
        javascript::measure(&server, quick, &mut report)?;
    }
    if wanted(Part::Network) {
        network::measure(&server, &pythons, quick, &mut report)?;
    }
    drop(server);
    if wanted(Part::Memory) {
        memory::measure(&arguments.belljar, &mut report)?;
    }
    if wanted(Part::Pandas) {
        pandas::measure(&arguments.belljar, &pythons, quick, &mut report)?;
    }
    if let Some(file) = &arguments.json {
        report.write(file)?;
    }
    Ok(())
}
