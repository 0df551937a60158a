//! Belljar's version, its configuration, and the address it is to listen on.

use std::io;
use std::net::{SocketAddr, TcpListener};

use crate::checks::Check;
use crate::config::{
    ConfigFile, HttpSettings, LoadedSettings, Notice, Settings, process_environment,
};

pub fn checks(file: &ConfigFile) -> Vec<Check> {
    let mut checks = vec![Check::ok("belljar", env!("CARGO_PKG_VERSION"))];
    match Settings::load(file, &process_environment) {
        Err(error) => checks.push(Check::failed(
            "configuration",
            error.to_string(),
            "correct it; docs/configuration.md lists every key",
        )),
        Ok(LoadedSettings { settings, notices }) => {
            checks.push(configuration(file, &settings, &notices));
            checks.push(key(&settings.http));
            checks.push(address(settings.http.address));
        }
    }
    checks
}

fn configuration(file: &ConfigFile, settings: &Settings, notices: &[Notice]) -> Check {
    const NAME: &str = "configuration";
    let warnings: Vec<&str> = notices
        .iter()
        .filter_map(|notice| match notice {
            Notice::Warning(text) => Some(text.as_str()),
            Notice::Information(_) => None,
        })
        .collect();
    if !warnings.is_empty() {
        return Check::warning(NAME, warnings.join("\n"), "see docs/configuration.md");
    }
    let execution = &settings.execution;
    Check::ok(
        NAME,
        format!(
            "{}: {} workers, {} requests, {:?} per program, {} of memory",
            file.path().display(),
            execution.max_workers,
            execution.max_requests,
            execution.limits.wall_clock,
            execution.limits.memory,
        ),
    )
}

fn key(http: &HttpSettings) -> Check {
    const NAME: &str = "API key";
    if http.key.is_public_default() {
        Check::warning(
            NAME,
            "the publicly known default",
            "set app.key or API_KEY before others can reach the port",
        )
    } else {
        Check::ok(NAME, "set")
    }
}

fn address(address: SocketAddr) -> Check {
    const NAME: &str = "address";
    match TcpListener::bind(address) {
        Ok(_) => Check::ok(NAME, format!("{address} is free")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Check::warning(
            NAME,
            format!("{address} is taken"),
            "fine if Belljar is running there already; otherwise choose another app.port",
        ),
        Err(error) => Check::failed(
            NAME,
            format!("cannot listen on {address}: {error}"),
            "choose another app.host or app.port",
        ),
    }
}
