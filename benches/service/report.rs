//! Figures for people, as they come, and for machines, at the end.

use std::fmt;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::Result;
use crate::native::Python;
use crate::server::Server;

/// What was measured so far.
#[derive(Debug)]
pub struct Report {
    figures: Map<String, Value>,
}

impl Report {
    /// Begins with what everything else depends on.
    pub fn new(server: &Server, pythons: &[Python]) -> Result<Self> {
        let cpu = cpu_model()?;
        let cores = std::thread::available_parallelism()?;
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
        let kernel = kernel.trim().split('-').next().unwrap_or_default();
        let load = fs::read_to_string("/proc/loadavg")?;
        let load = load.split(' ').next().unwrap_or_default();
        let first_answer = server.first_answer.as_secs_f64();
        let native: Vec<_> = pythons.iter().map(|python| &*python.version).collect();
        println!(
            "Belljar {}, {cores} cores of {cpu}, Linux {kernel}; native: {}",
            env!("CARGO_PKG_VERSION"),
            native.join(", ")
        );
        println!("Load before: {load} (anything above 0 makes times, less so ratios, worse)");
        println!("From starting the server to its first answer: {first_answer:.2} s");
        println!("In brackets: the aim, and whether it was reached (against the first Python).");
        let mut figures = Map::new();
        figures.insert(
            "machine".to_owned(),
            json!({
                "belljar": env!("CARGO_PKG_VERSION"), "cpu": cpu, "cores": cores.get(),
                "kernel": kernel, "load_before": load, "native": native, "first_answer_s": first_answer,
            }),
        );
        Ok(Self { figures })
    }

    pub fn heading(&self, text: &str) {
        println!("\n{text}");
    }

    pub fn line(&self, text: &str) {
        println!("  {text}");
    }

    /// Adds an entry to one of the lists of the JSON.
    pub fn figure(&mut self, list: &str, entry: Value) {
        let list = self.figures.entry(list).or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            list.push(entry);
        }
    }

    pub fn write(&self, file: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(&self.figures)?;
        fs::write(file, text + "\n")
            .map_err(|error| format!("cannot write `{}`: {error}", file.display()).into())
    }
}

fn cpu_model() -> Result<String> {
    let text = fs::read_to_string("/proc/cpuinfo")?;
    let line = text.lines().find(|line| line.starts_with("model name"));
    let name = line.and_then(|line| line.split_once(": "));
    Ok(name.map_or("unknown CPU", |(_, name)| name).to_owned())
}

/// A figure beside its aim.
#[derive(Clone, Copy, Debug)]
pub struct Verdict {
    value: f64,
    aim: f64,
    sign: char,
    decimals: usize,
}

impl Verdict {
    pub fn at_most(value: f64, aim: f64, decimals: usize) -> Self {
        Self {
            value,
            aim,
            sign: '≤',
            decimals,
        }
    }

    pub fn at_least(value: f64, aim: f64, decimals: usize) -> Self {
        Self {
            value,
            aim,
            sign: '≥',
            decimals,
        }
    }

    fn reached(&self) -> bool {
        match self.sign {
            '≤' => self.value <= self.aim,
            _ => self.value >= self.aim,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            value,
            aim,
            sign,
            decimals,
        } = self;
        let word = if self.reached() { "ok" } else { "missed" };
        write!(f, "{value:.decimals$} [{sign} {aim}: {word}]")
    }
}

/// The nearest-rank percentile; sorts `times`. Zero when there are none.
pub fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    let rank = (times.len() * percent).div_ceil(100);
    times
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or_default()
}

pub fn geometric_mean(ratios: &[f64]) -> f64 {
    let sum: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    (sum / ratios.len() as f64).exp()
}

pub fn milliseconds(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}
