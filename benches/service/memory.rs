//! What a program that is alive costs in memory.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::Result;
use crate::client::Request;
use crate::report::{Report, Verdict};
use crate::server::Server;
use crate::workload;

const PROGRAMS: usize = 100;
/// The aim: private bytes of one sleeping program.
const AIM_MIB: f64 = 1.0;

/// Put behind a program's own code: it stays until its caller goes.
fn sleep(language: &str) -> &'static str {
    match language {
        "python3" => "\nimport time\ntime.sleep(50)\n",
        _ => "\nsetTimeout(() => {}, 50_000)\n",
    }
}

pub fn measure(belljar: &Path, report: &mut Report) -> Result<()> {
    report.heading(&format!(
        "Private memory of {PROGRAMS} sleeping programs, each"
    ));
    for workload in workload::all() {
        let (name, language, code) = (workload.name, workload.language, workload.code);
        // Slots that were used keep some memory: a server that has run but one program has none.
        let server = Server::start(belljar)?;
        let without = server.process().memory()?;
        let request = Request::run(language, &format!("{code}{}", sleep(language)));
        let mut clients = Vec::new();
        for _ in 0..PROGRAMS {
            let mut client = server.client()?;
            client.send(&request)?;
            clients.push(client);
        }
        idle(&server)?;
        let with = server.process().memory()?;
        drop(clients);
        idle(&server)?;
        let after = server.process().memory()?;
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let each = mib(with.private.saturating_sub(without.private)) / PROGRAMS as f64;
        let kept = mib(after.private.saturating_sub(without.private)) / PROGRAMS as f64;
        report.line(&format!(
            "{name:<20} {} MiB; kept for the next program when it is over: {kept:.2} MiB  (server without programs: {:.0} MiB resident, {:.0} private)",
            Verdict::at_most(each, AIM_MIB, 2),
            mib(without.resident),
            mib(without.private),
        ));
        report.figure(
            "memory",
            json!({
                "workload": name, "programs": PROGRAMS, "private_mib_each": each, "aim": AIM_MIB,
                "kept_mib_each": kept, "server_resident_mib": mib(without.resident),
                "server_private_mib": mib(without.private),
            }),
        );
    }
    Ok(())
}

/// Waits until the server has used no CPU for a while.
fn idle(server: &Server) -> Result<()> {
    let started = Instant::now();
    let mut seen = server.process().cpu_time()?;
    let mut quiet = 0;
    while quiet < 5 {
        if started.elapsed() > Duration::from_secs(30) {
            return Err("the server does not come to rest".into());
        }
        thread::sleep(Duration::from_millis(100));
        let now = server.process().cpu_time()?;
        quiet = if now == seen { quiet + 1 } else { 0 };
        seen = now;
    }
    Ok(())
}
