//! Programs that only compute, run through the API with all limits on, beside native Pythons.
//!
//! Each program measures itself and reports its best time, so that starting up is not counted;
//! all take turns, so that a noisy minute hits them alike.

use serde::Deserialize;
use serde_json::json;

use crate::Result;
use crate::client::Request;
use crate::native::Python;
use crate::report::{Report, Verdict, geometric_mean};
use crate::server::Server;

/// The aim: geometric mean of Belljar's time over the native one.
const AIM: f64 = 2.0;

macro_rules! programs {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("programs/cpu/", $name, ".py")))),*]
    };
}

/// Each defines `work()`.
const PROGRAMS: [(&str, &str); 16] = programs![
    "int_loop",
    "fib",
    "objects",
    "strings",
    "json_round_trip",
    "regex",
    "sort_key",
    "comprehensions",
    "generators",
    "nbody",
    "deepcopy",
    "exceptions",
    "fannkuch",
    "spectral_norm",
    "sha256",
    "pidigits",
];

/// Put behind a program: calls `work()` for a while and prints the best time.
const TIMER: &str = r#"

def _measure(seconds):
    import json, platform
    from time import perf_counter
    result, best, runs, end = None, 1e9, 0, perf_counter() + seconds
    while runs < 5 or perf_counter() < end:
        start = perf_counter()
        result = work()
        best = min(best, perf_counter() - start)
        runs += 1
    version = platform.python_implementation() + " " + platform.python_version()
    print(json.dumps({"seconds": best, "result": repr(result), "version": version}))

"#;

#[derive(Debug, Deserialize)]
struct Timing {
    seconds: f64,
    result: String,
    version: String,
}

pub fn measure(
    server: &Server,
    pythons: &[Python],
    quick: bool,
    report: &mut Report,
) -> Result<()> {
    let (rounds, seconds) = if quick { (2, 0.05) } else { (4, 0.15) };
    let mut client = server.client()?;
    report.heading("CPU-bound programs through the API, best time over native best time");
    let mut ratios = vec![Vec::new(); pythons.len()];
    let mut version = String::new();
    for (name, source) in PROGRAMS {
        let code = format!("{source}{TIMER}_measure({seconds})\n");
        let request = Request::run("python3", &code);
        let mut native = vec![f64::INFINITY; pythons.len()];
        let mut ours = f64::INFINITY;
        for _ in 0..rounds {
            let timing: Timing = serde_json::from_str(&client.run(&request)?.stdout)?;
            ours = ours.min(timing.seconds);
            version = timing.version;
            for (python, best) in pythons.iter().zip(&mut native) {
                let theirs: Timing = serde_json::from_str(&python.run(&code)?)?;
                *best = best.min(theirs.seconds);
                if theirs.result != timing.result {
                    return Err(
                        format!("{name}: {} computes something else", python.version).into(),
                    );
                }
            }
        }
        let mut line = format!("{name:<17} {:>9.0} us ", ours * 1e6);
        for (native, ratios) in native.iter().zip(&mut ratios) {
            line += &format!(
                "  native {:>9.0} us  ratio {:>5.2}",
                native * 1e6,
                ours / native
            );
            ratios.push(ours / native);
        }
        report.line(&line);
        report.figure(
            "cpu_bound",
            json!({
                "program": name, "belljar_us": ours * 1e6,
                "native_us": native.iter().map(|best| best * 1e6).collect::<Vec<_>>(),
            }),
        );
    }
    for (python, ratios) in pythons.iter().zip(&ratios) {
        let mean = geometric_mean(ratios);
        report.line(&format!(
            "geometric mean: {version} in Belljar takes {} times native {}",
            Verdict::at_most(mean, AIM, 2),
            python.version,
        ));
        report.figure(
            "cpu_bound_mean",
            json!({"belljar": version, "native": python.version, "ratio": mean, "aim": AIM}),
        );
    }
    Ok(())
}
