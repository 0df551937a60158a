//! Whether programs with C extensions can run here: a zygote is started for real, and a child of it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::checks::Check;
use crate::cli::native;
use crate::cli::sandbox::RuntimesArgument;
use crate::config::{ConfigFile, Settings, process_environment};
use crate::native::jailer::{self, Report};
use crate::packages::python::{interpreter, maintain};

/// What a set's zygote may take to come up.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn checks(file: &ConfigFile, runtimes: &RuntimesArgument) -> Vec<Check> {
    // A wrong configuration, or no runtimes, is told elsewhere.
    let Ok(loaded) = Settings::load(file, &process_environment) else {
        return Vec::new();
    };
    let settings = loaded.settings;
    if settings.lockdown.wasm_only {
        return vec![Check::ok("native tier", "none in strict mode (wasm_only)")];
    }
    let Ok(places) = runtimes.places(&settings) else {
        return Vec::new();
    };
    let mut checks = vec![interpreter_check(places.python.as_deref())];
    let set = match maintain::ready(&places).map(|ready| ready.set) {
        Ok(Some(set)) => set,
        Ok(None) => {
            checks.push(Check::warning(
                "native tier",
                "no Python packages are installed, so that it was not tried",
                "run `belljar packages install`; a server does it by itself",
            ));
            return checks;
        }
        Err(error) => {
            let mend = "correct it; programs without packages run all the same";
            checks.push(Check::warning("native tier", error, mend));
            return checks;
        }
    };
    match try_out(native::settings(&settings, &places, None), &set.key) {
        Ok(report) => checks.extend(layers(&report)),
        Err(error) => checks.push(Check::warning(
            "native tier",
            format!("not available: {error}"),
            "only packages of pure Python can be used until it is; docs/security.md says what the \
             jail needs",
        )),
    }
    checks
}

/// With the code of the jailer, in this process.
fn try_out(settings: jailer::Settings, set: &str) -> Result<Report, String> {
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    tokio.block_on(async {
        let report = jailer::try_out(settings, set);
        let report = tokio::time::timeout(PATIENCE, report).await;
        report.map_err(|_| format!("no zygote was ready in {} s", PATIENCE.as_secs()))?
    })
}

fn interpreter_check(chosen: Option<&Path>) -> Check {
    const NAME: &str = "native Python";
    let found = match interpreter::find(chosen) {
        Ok(found) => found,
        Err(error) => {
            return Check::warning(
                NAME,
                error.to_string(),
                "install Debian's package `python3`",
            );
        }
    };
    let path = found.path.display();
    let asked = Command::new(&found.path)
        .args([
            "-I",
            "-S",
            "-c",
            "import ctypes, platform; print(platform.python_version())",
        ])
        .env_clear()
        .stdin(Stdio::null())
        .output();
    match asked {
        Ok(said) if said.status.success() => {
            let version = String::from_utf8_lossy(&said.stdout).trim().to_owned();
            match found.note {
                Some(note) => Check::warning(NAME, format!("{version}, `{path}`"), note),
                None => Check::ok(NAME, format!("{version}, `{path}`, with ctypes")),
            }
        }
        Ok(said) => {
            let words = String::from_utf8_lossy(&said.stderr);
            let last = words
                .lines()
                .next_back()
                .unwrap_or("it says nothing")
                .to_owned();
            let mend = "choose one that has the module ctypes (python_path)";
            Check::warning(NAME, format!("`{path}` is of no use: {last}"), mend)
        }
        Err(error) => Check::warning(
            NAME,
            format!("`{path}` cannot be started: {error}"),
            "choose another one (python_path)",
        ),
    }
}

fn layers(report: &Report) -> Vec<Check> {
    let modules = report.imported.len();
    let mut checks = vec![Check::ok(
        "native tier",
        format!("a zygote is ready with {modules} modules, a child of it is locked in"),
    )];
    checks.extend(report.layers.iter().map(|(layer, how)| {
        let name = format!("native: {layer}");
        match how.strip_prefix("off: ") {
            Some(why) => Check::warning(
                name,
                format!("off: {why}"),
                "programs run without this layer; docs/security.md says what it needs",
            ),
            None => Check::ok(name, how.strip_prefix("on: ").unwrap_or(how)),
        }
    }));
    checks
}
