//! JavaScript that only computes, run through the API with all limits on, beside the machine's own
//! Node.js and, if there is one, QuickJS (`qjs`). As it is: there is no aim against a compiler.
//!
//! What the host computes for a program (hashes, ciphers, compression) is compared with Node.js
//! alone, and has an aim.

use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::json;

use crate::Result;
use crate::client::{Client, Request};
use crate::report::{Report, Verdict, geometric_mean};
use crate::server::Server;

/// The aim for what the host computes: Belljar's time over Node's.
const HOST_AIM: f64 = 3.0;

macro_rules! programs {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("programs/js/", $name, ".js")))),*]
    };
}

/// Each defines `work()`, in plain ECMAScript.
const COMPUTING: [(&str, &str); 12] = programs![
    "int_loop",
    "fib",
    "objects",
    "strings",
    "json_round_trip",
    "regex",
    "sort_key",
    "array_methods",
    "classes",
    "generators",
    "map_set",
    "nbody",
];

/// Each defines `work()` over 1 MB with modules of Node's.
const HOST: [(&str, &str); 6] = programs![
    "sha256",
    "sha512",
    "md5",
    "hmac_sha256",
    "aes_256_cbc",
    "gzip",
];

/// Put behind a program: the best mean of a batch of calls, each batch long enough for a clock that
/// counts milliseconds.
const TIMER: &str = r"
;(function measure(seconds) {
    const now = typeof performance === 'object' ? () => performance.now() : () => Date.now();
    let result, best = Infinity, batch = 1, spent = 0;
    while (spent < seconds * 1000) {
        const start = now();
        for (let i = 0; i < batch; i++) result = work();
        const took = now() - start;
        spent += took;
        if (took < 20) batch *= 2;
        else best = Math.min(best, took / batch);
    }
    console.log(JSON.stringify({seconds: best / 1000, result: String(result)}));
})";

#[derive(Debug, Deserialize)]
struct Timing {
    seconds: f64,
    result: String,
}

/// A native interpreter that runs a file.
struct Native {
    program: &'static str,
    name: String,
}

impl Native {
    fn find(program: &'static str, version: &[&str]) -> Option<Self> {
        let output = Command::new(program).args(version).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let version = text.lines().next()?;
        let name = match version.strip_prefix('v') {
            Some(number) => format!("{program} {number}"),
            None => version.to_owned(),
        };
        Some(Self { program, name })
    }

    fn run(&self, file: &Path) -> Result<Timing> {
        let output = Command::new(self.program)
            .arg(file)
            .stdin(Stdio::null())
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

pub fn measure(server: &Server, quick: bool, report: &mut Report) -> Result<()> {
    let node = Native::find("node", &["--version"]);
    let qjs = Native::find("qjs", &["--help"]);
    let mut client = server.client()?;
    report.heading("JavaScript that computes, through the API, best time over native best time");
    if node.is_none() {
        report.line("no `node` on this machine: nothing to compare with");
        return Ok(());
    }
    let computing: Vec<_> = node.iter().chain(&qjs).collect();
    compare(&COMPUTING, &computing, &mut client, quick, report)?;
    report.heading("What the host computes for JavaScript, 1 MB each, over Node's time");
    let node: Vec<_> = node.iter().collect();
    for ratio in compare(&HOST, &node, &mut client, quick, report)? {
        report.line(&format!(
            "geometric mean: {}",
            Verdict::at_most(ratio, HOST_AIM, 2)
        ));
    }
    Ok(())
}

/// Runs all programs in turns here and there. Gives the geometric mean over each native's times.
fn compare(
    programs: &[(&str, &str)],
    natives: &[&Native],
    client: &mut Client,
    quick: bool,
    report: &mut Report,
) -> Result<Vec<f64>> {
    let (rounds, seconds) = if quick { (1, 0.2) } else { (3, 0.4) };
    let folder = tempfile()?;
    let mut ratios = vec![Vec::new(); natives.len()];
    for (name, source) in programs {
        let code = format!("{source}{TIMER}({seconds});\n");
        let request = Request::run("nodejs", &code);
        let file = folder.join(format!("{name}.js"));
        std::fs::write(&file, &code)?;
        let mut ours = f64::INFINITY;
        let mut theirs = vec![f64::INFINITY; natives.len()];
        for _ in 0..rounds {
            let timing: Timing = serde_json::from_str(&client.run(&request)?.stdout)?;
            ours = ours.min(timing.seconds);
            for (native, best) in natives.iter().zip(&mut theirs) {
                let native_timing = native.run(&file)?;
                *best = best.min(native_timing.seconds);
                if native_timing.result != timing.result {
                    return Err(format!("{name}: {} computes something else", native.name).into());
                }
            }
        }
        std::fs::remove_file(&file)?;
        let mut line = format!("{name:<17} {:>9.0} us ", ours * 1e6);
        for ((native, time), ratios) in natives.iter().zip(&theirs).zip(&mut ratios) {
            let ratio = ours / time;
            line += &format!(
                "  {} {:>9.0} us  ratio {ratio:>6.2}",
                native.name,
                time * 1e6
            );
            ratios.push(ratio);
        }
        report.line(&line);
        report.figure(
            "javascript",
            json!({
                "program": name, "belljar_us": ours * 1e6,
                "native_us": theirs.iter().map(|best| best * 1e6).collect::<Vec<_>>(),
            }),
        );
    }
    std::fs::remove_dir(&folder)?;
    let means: Vec<_> = ratios.iter().map(|ratios| geometric_mean(ratios)).collect();
    for (native, mean) in natives.iter().zip(&means) {
        report.line(&format!("geometric mean over {}: {mean:.2}", native.name));
        report.figure(
            "javascript_mean",
            json!({"native": native.name, "ratio": mean}),
        );
    }
    Ok(means)
}

/// A fresh folder for the programs that natives read.
fn tempfile() -> Result<std::path::PathBuf> {
    let folder = std::env::temp_dir().join(format!("belljar-bench-js-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    Ok(folder)
}
