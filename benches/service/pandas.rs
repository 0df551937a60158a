//! The native tier: what a program with pandas costs, beside a native Python that does nothing.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::Result;
use crate::client::Request;
use crate::native::Python;
use crate::process::Process;
use crate::report::{Report, Verdict, milliseconds, percentile};
use crate::server::Server;
use crate::throughput;
use crate::workload::Workload;

const REQUIREMENTS: &str = "pandas==2.2.3\n";
/// What fetching and trying the packages may take, the first time.
const PATIENCE: Duration = Duration::from_secs(600);
/// Requests between two spawns.
const REQUESTS_PER_ROUND: usize = 3;
/// The aims: of a native spawn, and runs a second on two cores.
const AIM_OF_SPAWN: f64 = 0.5;
const AIM_PER_SECOND: f64 = 100.0;

fn describe() -> Workload {
    let code = include_str!("programs/pandas.py");
    Workload {
        name: "pandas describe",
        language: "python3",
        code,
        request: Request::run("python3", code),
        expected: br#"\"count\":100.0"#,
        aim: AIM_OF_SPAWN,
    }
}

pub fn measure(belljar: &Path, pythons: &[Python], quick: bool, report: &mut Report) -> Result<()> {
    report.heading("Programs with pandas, in the native tier");
    let workload = describe();
    // The set is made once; what is told is the start of a server that finds it.
    ready(&Server::with_packages(belljar, REQUIREMENTS)?, &workload)?;
    let started = Instant::now();
    let server = Server::with_packages(belljar, REQUIREMENTS)?;
    ready(&server, &workload)?;
    let until_ready = started.elapsed();
    report.line(&format!(
        "from starting the server to the first answer of a program with pandas: {}",
        milliseconds(until_ready)
    ));
    report.figure("pandas", json!({"ready_ms": ms(until_ready)}));

    latency(&server, &workload, pythons, quick, report)?;
    let time = Duration::from_millis(if quick { 2000 } else { 5000 });
    for clients in [1, 4, 16] {
        let mut load = throughput::load(&server, &workload, clients, time)?;
        let rate = load.times.len() as f64 / load.wall.as_secs_f64();
        report.line(&format!(
            "{clients:>3} clients {} a second  p50 {}  p95 {}  errors {}",
            Verdict::at_least(rate, AIM_PER_SECOND, 0),
            milliseconds(percentile(&mut load.times, 50)),
            milliseconds(percentile(&mut load.times, 95)),
            load.errors,
        ));
        if let Some(error) = &load.first_error {
            report.line(&format!("    first error: {error}"));
        }
        report.figure(
            "pandas",
            json!({"clients": clients, "per_second": rate, "errors": load.errors, "aim": AIM_PER_SECOND}),
        );
    }
    memory(&server, report)
}

/// Waits until programs with pandas run.
fn ready(server: &Server, workload: &Workload) -> Result<()> {
    let started = Instant::now();
    let mut client = server.client()?;
    loop {
        let body = client.call(&workload.request)?;
        if workload.answered_by(body) {
            return Ok(());
        }
        if started.elapsed() > PATIENCE {
            let body = String::from_utf8_lossy(body);
            return Err(format!("pandas does not come up: {body}").into());
        }
        thread::sleep(Duration::from_millis(20));
        // A fresh server takes over when the packages are there.
        client = server.client()?;
    }
}

fn latency(
    server: &Server,
    workload: &Workload,
    pythons: &[Python],
    quick: bool,
    report: &mut Report,
) -> Result<()> {
    let mut client = server.client()?;
    let mut spawns = vec![Vec::new(); pythons.len()];
    let mut times = Vec::new();
    for _ in 0..if quick { 30 } else { 100 } {
        for (python, spawns) in pythons.iter().zip(&mut spawns) {
            spawns.push(python.spawn()?);
        }
        for _ in 0..REQUESTS_PER_ROUND {
            let sent = Instant::now();
            let body = client.call(&workload.request)?;
            let took = sent.elapsed();
            if !workload.answered_by(body) {
                return Err(String::from_utf8_lossy(body).into());
            }
            times.push(took);
        }
    }
    let (p50, p95) = (percentile(&mut times, 50), percentile(&mut times, 95));
    let ratios: Vec<f64> = spawns
        .iter_mut()
        .map(|spawns| ms(p50) / ms(percentile(spawns, 50)))
        .collect();
    let others: String = ratios[1..]
        .iter()
        .map(|ratio| format!(", {ratio:.2}"))
        .collect();
    report.line(&format!(
        "{:<20} p50 {:>8}  p95 {:>8}  of a spawn: {}{others}",
        workload.name,
        milliseconds(p50),
        milliseconds(p95),
        Verdict::at_most(ratios[0], workload.aim, 2),
    ));
    report.figure(
        "pandas",
        json!({"p50_ms": ms(p50), "p95_ms": ms(p95), "of_spawn": ratios, "aim": workload.aim}),
    );
    Ok(())
}

/// What the processes of the native tier hold, each kind by its name.
fn memory(server: &Server, report: &mut Report) -> Result<()> {
    let jailer = server.child_named("belljar-jailer");
    let jailer = jailer.ok_or("there is no process of the native tier")?;
    let mut client = server.client()?;
    client.send(&Request::run(
        "python3",
        "import pandas, time\ntime.sleep(30)\n",
    ))?;
    thread::sleep(Duration::from_secs(1));
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    for process in std::iter::once(jailer).chain(jailer.descendants()) {
        // One may just have ended.
        let Ok(memory) = process.memory() else {
            continue;
        };
        let Process(pid) = process;
        report.line(&format!(
            "{:<16} {:>7.1} MiB private of {:>7.1} resident",
            process.name(),
            mib(memory.private),
            mib(memory.resident),
        ));
        report.figure(
            "pandas",
            json!({"process": process.name(), "pid": pid, "private_mib": mib(memory.private), "resident_mib": mib(memory.resident)}),
        );
    }
    Ok(())
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
