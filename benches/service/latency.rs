//! How long one caller waits, beside how long a native Python takes to start.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::Result;
use crate::native::Python;
use crate::report::{Report, Verdict, milliseconds, percentile};
use crate::server::Server;
use crate::workload;

/// Requests of each kind between two spawns.
const REQUESTS_PER_ROUND: usize = 5;

/// Takes turns between native spawns and requests on one keep-alive connection.
pub fn measure(
    server: &Server,
    pythons: &[Python],
    quick: bool,
    report: &mut Report,
) -> Result<()> {
    let rounds = if quick { 30 } else { 100 };
    let workloads = workload::all();
    let mut client = server.client()?;
    let mut spawns = vec![Vec::new(); pythons.len()];
    let mut times = vec![Vec::new(); workloads.len()];
    for round in 0..=rounds {
        for (python, spawns) in pythons.iter().zip(&mut spawns) {
            spawns.push(python.spawn()?);
        }
        for (workload, times) in workloads.iter().zip(&mut times) {
            for _ in 0..REQUESTS_PER_ROUND {
                let started = Instant::now();
                let body = client.call(&workload.request)?;
                let took = started.elapsed();
                if !workload.answered_by(body) {
                    let body = String::from_utf8_lossy(body);
                    return Err(format!("{}: wrong answer: {body}", workload.name).into());
                }
                times.push(took);
            }
        }
        if round == 0 {
            spawns.iter_mut().chain(&mut times).for_each(Vec::clear);
        }
    }

    report.heading("Latency over HTTP, one keep-alive client, in turns with native spawns");
    let spawns: Vec<_> = spawns
        .iter_mut()
        .map(|times| percentile(times, 50))
        .collect();
    for (python, spawn) in pythons.iter().zip(&spawns) {
        let name = format!("{} -c 'print(1)'", python.version);
        report.line(&format!("{name:<34} p50 {:>8}", milliseconds(*spawn)));
        report.figure(
            "spawn",
            json!({"python": python.version, "p50_ms": ms(*spawn)}),
        );
    }
    for (workload, times) in workloads.iter().zip(&mut times) {
        let (p50, p95) = (percentile(times, 50), percentile(times, 95));
        let ratios: Vec<f64> = spawns.iter().map(|spawn| ms(p50) / ms(*spawn)).collect();
        let others: String = ratios[1..]
            .iter()
            .map(|ratio| format!(", {ratio:.3}"))
            .collect();
        report.line(&format!(
            "{:<34} p50 {:>8}  p95 {:>8}  of a spawn: {}{others}",
            workload.name,
            milliseconds(p50),
            milliseconds(p95),
            Verdict::at_most(ratios[0], workload.aim, 3),
        ));
        report.figure(
            "latency",
            json!({
                "workload": workload.name, "p50_ms": ms(p50), "p95_ms": ms(p95),
                "of_spawn": ratios, "aim": workload.aim,
            }),
        );
    }
    Ok(())
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
