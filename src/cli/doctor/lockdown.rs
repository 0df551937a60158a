//! Which layers of the server's lockdown this machine offers: a child is locked in for real.

use crate::checks::Check;
use crate::cli::{egress, server};
use crate::config::{ConfigFile, Settings, process_environment};
use crate::hardening::{Hardening, Status, rehearse};

/// Has to come before anything starts a thread.
pub fn checks(file: &ConfigFile) -> Vec<Check> {
    // A wrong configuration is told elsewhere.
    let Ok(loaded) = Settings::load(file, &process_environment) else {
        return Vec::new();
    };
    let mut lockdown = server::lockdown(&loaded.settings);
    let required = lockdown.hardening == Hardening::Required;
    // What is missing is to be told, not to be refused.
    lockdown.hardening = Hardening::BestEffort;
    lockdown.parent = Some(nix::unistd::getpid());
    let report = match rehearse(&lockdown) {
        Ok(report) => report,
        Err(error) => {
            return vec![Check::warning(
                "lockdown",
                format!("cannot be tried: {error}"),
                "see docs/security.md",
            )];
        }
    };
    let check = |(layer, status): (crate::hardening::Layer, &Status)| {
        let name = format!("lockdown: {}", layer.name());
        match status {
            Status::On(how) => Check::ok(name, how.clone()),
            Status::Off(why) if required => Check::failed(
                name,
                format!("off: {why}"),
                "give the process what it needs (docs/security.md), or set hardening to best-effort",
            ),
            Status::Off(why) => Check::warning(
                name,
                format!("off: {why}"),
                "the server runs without it; docs/security.md says what it needs",
            ),
        }
    };
    let mut checks: Vec<_> = report.layers().map(check).collect();
    if egress::is_wanted(&loaded.settings) {
        checks.push(of_egress(&loaded.settings));
    }
    checks
}

/// The same of the process that makes the connections of programs, in one line.
fn of_egress(settings: &Settings) -> Check {
    let name = "lockdown of the egress process";
    let mut lockdown = egress::lockdown(settings);
    let required = lockdown.hardening == Hardening::Required;
    lockdown.hardening = Hardening::BestEffort;
    lockdown.parent = Some(nix::unistd::getpid());
    let missing = match rehearse(&lockdown) {
        Ok(report) if report.missing().is_empty() => {
            return Check::ok(name, "all layers".to_owned());
        }
        Ok(report) => report.missing(),
        Err(error) => format!("cannot be tried: {error}"),
    };
    let mend = "give the process what it needs (docs/security.md)";
    match required {
        true => Check::failed(name, missing, mend),
        false => Check::warning(name, missing, mend),
    }
}
