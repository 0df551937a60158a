//! How many requests a second the machine answers, the load generator included.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::Result;
use crate::process::Process;
use crate::report::{Report, Verdict, milliseconds, percentile};
use crate::server::Server;
use crate::workload::{self, Workload};

const CLIENTS: [usize; 4] = [1, 4, 16, 64];
/// At most this many from one client, whatever the time.
const REQUESTS_PER_CLIENT: usize = 20_000;
/// The aim: requests a second on two cores.
const AIM: f64 = 1000.0;
const STACK: usize = 128 << 10;

/// What one load did.
pub struct Load {
    pub times: Vec<Duration>,
    pub errors: usize,
    pub first_error: Option<String>,
    pub wall: Duration,
    server_cpu: Duration,
    own_cpu: Duration,
}

pub fn measure(server: &Server, quick: bool, report: &mut Report) -> Result<()> {
    let time = Duration::from_millis(if quick { 1000 } else { 3000 });
    report.heading("Requests a second, clients and server on the same cores");
    let [hello, template, _, javascript, _] = workload::all();
    for workload in [hello, template, javascript] {
        for clients in CLIENTS {
            let mut load = load(server, &workload, clients, time)?;
            let count = load.times.len();
            let rate = count as f64 / load.wall.as_secs_f64();
            let cpu = |time: Duration| time.as_secs_f64() * 1e3 / count.max(1) as f64;
            let (p50, p95) = (
                percentile(&mut load.times, 50),
                percentile(&mut load.times, 95),
            );
            report.line(&format!(
                "{:<17} {clients:>3} clients {:>24} a second  p50 {:>9}  p95 {:>9}  CPU a request: server {:.3} ms, clients {:.3} ms  errors {}",
                workload.name,
                Verdict::at_least(rate, AIM, 0).to_string(),
                milliseconds(p50),
                milliseconds(p95),
                cpu(load.server_cpu),
                cpu(load.own_cpu),
                load.errors,
            ));
            if let Some(error) = &load.first_error {
                report.line(&format!("           first error: {error}"));
            }
            report.figure(
                "throughput",
                json!({
                    "workload": workload.name, "clients": clients, "requests": count,
                    "errors": load.errors, "per_second": rate, "aim": AIM,
                    "p50_ms": p50.as_secs_f64() * 1e3, "p95_ms": p95.as_secs_f64() * 1e3,
                    "server_cpu_ms": cpu(load.server_cpu), "client_cpu_ms": cpu(load.own_cpu),
                }),
            );
        }
    }
    Ok(())
}

pub fn load(server: &Server, workload: &Workload, clients: usize, time: Duration) -> Result<Load> {
    let ready = Barrier::new(clients + 1);
    let own = Process(std::process::id());
    thread::scope(|scope| {
        let threads: Vec<_> = (0..clients)
            .map(|_| {
                thread::Builder::new()
                    .stack_size(STACK)
                    .spawn_scoped(scope, || one_client(server, workload, &ready, time))
            })
            .collect::<std::io::Result<_>>()?;
        let before = (server.process().cpu_time()?, own.cpu_time()?);
        ready.wait();
        let started = Instant::now();
        let mut load = Load {
            times: Vec::new(),
            errors: 0,
            first_error: None,
            wall: Duration::ZERO,
            server_cpu: Duration::ZERO,
            own_cpu: Duration::ZERO,
        };
        for thread in threads {
            let (times, error) = thread.join().map_err(|_| "a client panicked")?;
            load.times.extend(times);
            load.errors += usize::from(error.is_some());
            load.first_error = load.first_error.or(error);
        }
        load.wall = started.elapsed();
        load.server_cpu = server.process().cpu_time()? - before.0;
        load.own_cpu = own.cpu_time()? - before.1;
        Ok(load)
    })
}

/// Asks until the time is up, or until something is wrong: a broken connection answers no more.
fn one_client(
    server: &Server,
    workload: &Workload,
    ready: &Barrier,
    time: Duration,
) -> (Vec<Duration>, Option<String>) {
    let mut times = Vec::with_capacity(4096);
    let client = server.client();
    ready.wait();
    let started = Instant::now();
    let ask = || -> Result<()> {
        let mut client = client?;
        while started.elapsed() < time && times.len() < REQUESTS_PER_CLIENT {
            let sent = Instant::now();
            let body = client.call(&workload.request)?;
            if !workload.answered_by(body) {
                return Err(String::from_utf8_lossy(body).into());
            }
            times.push(sent.elapsed());
        }
        Ok(())
    };
    let error = ask().err().map(|error| error.to_string());
    (times, error)
}
