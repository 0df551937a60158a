//! `belljar serve`: the HTTP API until a signal ends it.
//!
//! HTTP has a small tokio runtime of its own: programs compute on other threads, so that `/health`
//! answers whatever they do. Exit codes: 0 after a signal, 1 when it cannot serve, 2 for a wrong
//! configuration.

use std::future::Future;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tracing::{error, info, warn};

use super::requirements;
use super::sandbox::{self, PackagesArgument, RuntimesArgument, Started};
use super::{ConfigArgument, EXIT_USAGE, complain};
use crate::api::{self, Drained, Server};
use crate::config::{LoadedSettings, Notice, Settings, process_environment};
use crate::execution::Executor;
use crate::packages::maintain::{self, Maintainer};
use crate::program::Language;
use crate::telemetry;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    pub(super) config: ConfigArgument,
    #[command(flatten)]
    runtimes: RuntimesArgument,
}

/// Threads that read requests and write answers.
const HTTP_THREADS: usize = 2;

/// What answers in flight may take beyond the longest program when the server stops.
const SHUTDOWN_MARGIN: Duration = Duration::from_secs(5);

pub fn serve(arguments: &Arguments) -> ExitCode {
    let LoadedSettings { settings, notices } =
        match Settings::load(&arguments.config.file(), &process_environment) {
            Ok(loaded) => loaded,
            Err(error) => {
                complain(&error.to_string());
                return ExitCode::from(EXIT_USAGE);
            }
        };
    let log_folder = telemetry::init(&settings.log);
    for notice in notices {
        match notice {
            Notice::Information(text) => info!("{text}"),
            Notice::Warning(text) => warn!("{text}"),
        }
    }
    if let Err(error) = log_folder {
        warn!("{error}");
    }
    match serve_until_signal(&settings, &arguments.runtimes) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            error!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn serve_until_signal(settings: &Settings, runtimes: &RuntimesArgument) -> Result<(), String> {
    let http = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(HTTP_THREADS)
        .thread_name("belljar-http")
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start the HTTP threads: {error}"))?;
    let drained = http.block_on(async {
        let shutdown =
            on_first_signal().map_err(|error| format!("cannot take signals: {error}"))?;
        let address = settings.http.address;
        // Before the runtime is started: callers queue meanwhile, and a taken address shows early.
        let server = Server::bind(address)
            .map_err(|error| format!("cannot listen on {address}: {error} (app.host, app.port)"))?;
        let started = sandbox::start(settings, runtimes, &PackagesArgument::default())?;
        announce(settings, &server);
        let packages = started.executor.sandbox().packages(Language::Python3);
        if let Some(missing) = requirements::warning(&packages) {
            warn!("{missing}");
        }
        let executor = maintain_packages(settings, runtimes, started)?;
        let router = api::router(executor, settings);
        let grace = settings.execution.limits.wall_clock + SHUTDOWN_MARGIN;
        Ok::<_, String>(server.serve(router, shutdown, grace).await)
    })?;
    match drained {
        Drained::Completely => info!("stopped"),
        Drained::Partly => warn!("stopped; requests still in flight were cut off"),
    }
    http.shutdown_background();
    Ok(())
}

/// Has the npm packages kept up to date, in the background.
fn maintain_packages(
    settings: &Settings,
    runtimes: &RuntimesArgument,
    started: Started,
) -> Result<Executor, String> {
    let Started {
        executor,
        requirements,
        missing,
    } = started;
    if let Some(missing) = missing {
        info!("{missing}: programs in JavaScript run without them until they are");
    }
    maintain::announce(&executor.sandbox().packages(Language::Nodejs));
    let places = runtimes.places(settings)?;
    let maintainer = Maintainer::new(places, Arc::clone(executor.sandbox()), requirements);
    executor.maintain_packages(Arc::clone(&maintainer) as _);
    tokio::spawn(maintainer.keep_up(settings.packages.update_interval));
    Ok(executor)
}

fn announce(settings: &Settings, server: &Server) {
    let address = server.address().unwrap_or(settings.http.address);
    let execution = &settings.execution;
    let limits = &execution.limits;
    info!(
        version = env!("CARGO_PKG_VERSION"),
        max_workers = execution.max_workers,
        max_requests = execution.max_requests,
        max_instances = execution.max_instances,
        worker_timeout_s = limits.wall_clock.as_secs_f64(),
        memory = %limits.memory,
        enable_network = settings.enable_network,
        enable_preload = settings.enable_preload,
        "listening on http://{address}"
    );
    if !settings.http.key.is_public_default() {
        return;
    }
    if address.ip().is_loopback() {
        warn!(
            "the API key is the publicly known default: set app.key or API_KEY before others can reach this port"
        );
    } else {
        warn!(
            "DANGER: anyone who can reach http://{address} can run programs here, because the API key is the publicly known default: set app.key or API_KEY"
        );
    }
}

/// Ready at the first SIGTERM or SIGINT. The second one ends the process at once.
fn on_first_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (first, ready) = oneshot::channel();
    tokio::spawn(async move {
        let name = next(&mut terminate, &mut interrupt).await.0;
        info!("{name}: no new requests, finishing those in flight; a second signal stops at once");
        let _ = first.send(());
        let (name, number) = next(&mut terminate, &mut interrupt).await;
        warn!("{name} again: stopping at once");
        std::process::exit(128 + number);
    });
    Ok(async move {
        let _ = ready.await;
    })
}

async fn next(terminate: &mut Signal, interrupt: &mut Signal) -> (&'static str, i32) {
    tokio::select! {
        _ = terminate.recv() => ("SIGTERM", SignalKind::terminate().as_raw_value()),
        _ = interrupt.recv() => ("SIGINT", SignalKind::interrupt().as_raw_value()),
    }
}
