//! The server process: loads its code, locks itself in, answers requests.
//!
//! HTTP has a small tokio runtime of its own: programs compute on other threads, so that `/health`
//! answers whatever they do.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use nix::unistd::getppid;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::{error, info, warn};

use super::sandbox::{self, PackagesArgument, RuntimesArgument, WayOut};
use crate::api::{self, Drained, Leave, Server};
use crate::config::Settings;
use crate::egress::client::Client;
use crate::hardening::seccomp::Filter;
use crate::hardening::{self, Lockdown};
use crate::packages::desk::{ClosedDesk, Desk, Known};
use crate::packages::{npm, python};
use crate::program::Language;
use crate::supervisor::channel::{self, Ear};
use crate::supervisor::protocol::{FromChild, ToChild};
use crate::wasm::network::{MOST_PLACES, Trust};

/// Threads that read requests and write answers.
const HTTP_THREADS: usize = 2;

/// What answers in flight may take beyond the longest program when the server stops.
const SHUTDOWN_MARGIN: Duration = Duration::from_secs(5);

/// Descriptors for all connections, for those of programs (two while one is being made), and what is
/// open besides.
pub const OPEN_FILES: u64 = api::MAX_CONNECTIONS as u64 + 2 * MOST_PLACES as u64 + 256;

/// What does for a locked server that which it cannot do; what there is of it.
#[derive(Debug)]
pub struct Doors {
    pub jailer: Option<OwnedFd>,
    pub egress: Option<OwnedFd>,
    /// Whom programs trust that connect to others.
    pub trust: Option<Arc<Trust>>,
}

/// Serves until the supervisor says otherwise, or is gone.
///
/// # Errors
/// When it cannot serve, in words for the operator.
pub fn run(
    settings: &Settings,
    runtimes: &RuntimesArgument,
    listener: TcpListener,
    channel: UnixStream,
    doors: Doors,
) -> Result<(), String> {
    // After a strict supervisor's lockdown it would not be; its page map could not be opened.
    let _ = nix::sys::prctl::set_dumpable(true);
    let prepared = sandbox::prepare(settings, runtimes, &PackagesArgument::default())?;
    let mut known = Known {
        problems: prepared.missing.clone(),
        ..Known::default()
    };
    for problem in known.problems.values() {
        info!("{problem}: programs run without them until they are");
    }
    if let Some(set) = &prepared.python {
        python::maintain::announce(set, settings.lockdown.wasm_only);
        let listed = prepared.packages(Language::Python3);
        known.listed.insert(Language::Python3, listed);
    }
    npm::maintain::announce(&prepared.packages(Language::Nodejs));
    let report = hardening::lock(&lockdown(settings)).map_err(|error| error.to_string())?;
    info!("locked in: {report}");
    let layers = report.missing();
    if !layers.is_empty() {
        warn!(
            "NOT LOCKED IN WHOLLY: {layers}; see docs/security.md, or require all of it with hardening: required"
        );
    }

    let http = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(HTTP_THREADS)
        .thread_name("belljar-http")
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start the HTTP threads: {error}"))?;
    let drained = http.block_on(async {
        let network = doors.egress.map(Client::new).transpose();
        let network = network
            .map_err(|error| format!("cannot reach the egress process: {error}"))?
            .zip(doors.trust)
            .map(|(client, trust)| WayOut {
                dial: Arc::new(client),
                trust,
            });
        let executor = prepared.start(doors.jailer, network)?;
        let warm = executor.clone();
        tokio::spawn(async move { warm.prepare().await });
        let server = Server::new(listener).map_err(|error| format!("cannot listen: {error}"))?;
        let (ear, mut mouth) = channel::open(channel)
            .map_err(|error| format!("cannot talk to the supervisor: {error}"))?;
        let ready = mouth.tell(&FromChild::Ready).await;
        ready.map_err(|_| "the supervisor is gone".to_owned())?;
        announce(settings, server.address().unwrap_or(settings.http.address));
        let desk = Desk::new(mouth, known.clone());
        executor.maintain_packages(if settings.lockdown.wasm_only {
            Arc::new(ClosedDesk::new(known))
        } else {
            Arc::clone(&desk) as _
        });
        let leave = listen_to_supervisor(ear, desk)?;
        let router = api::router(executor, settings);
        let drained = server.serve(router, leave, grace(settings)).await;
        Ok::<_, String>(drained)
    })?;
    match drained {
        Drained::Completely => info!("stopped"),
        Drained::Partly => warn!("stopped; requests still in flight were cut off"),
    }
    http.shutdown_background();
    Ok(())
}

/// What answers in flight may take when the server stops.
pub fn grace(settings: &Settings) -> Duration {
    let longest = settings.execution.limits.wall_clock;
    longest.saturating_add(SHUTDOWN_MARGIN)
}

/// How a server with these settings locks itself in.
pub fn lockdown(settings: &Settings) -> Lockdown {
    Lockdown {
        identity: settings.lockdown.identity,
        readable: Vec::new(),
        open_files: OPEN_FILES,
        filter: Filter::server(),
        hardening: settings.lockdown.hardening,
        parent: Some(getppid()),
        without: Vec::new(),
    }
}

fn announce(settings: &Settings, address: SocketAddr) {
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
        wasm_only = settings.lockdown.wasm_only,
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

/// How to leave, once that is known. Ends this process when the supervisor is gone.
fn listen_to_supervisor(
    mut ear: Ear,
    desk: Arc<Desk>,
) -> Result<watch::Receiver<Option<Leave>>, String> {
    let (tell, told) = watch::channel(None);
    let cannot = |error| format!("cannot take signals: {error}");
    // A service manager may signal all processes of a service; the supervisor's word comes, too.
    let mut terminate = signal(SignalKind::terminate()).map_err(cannot)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(cannot)?;
    // The supervisor's affair.
    let mut hangup = signal(SignalKind::hangup()).map_err(cannot)?;
    tokio::spawn(async move {
        loop {
            let how = tokio::select! {
                said = ear.next() => match said {
                    Some(ToChild::Stop) => Leave::Stop,
                    Some(ToChild::Retire) => Leave::Retire,
                    Some(ToChild::Settled(said)) => {
                        desk.settled(&said);
                        continue;
                    }
                    Some(ToChild::Making(language)) => {
                        desk.making(language);
                        continue;
                    }
                    Some(ToChild::Refresh(_)) => continue,
                    None => {
                        error!("the supervisor is gone: ending at once");
                        std::process::exit(1);
                    }
                },
                _ = terminate.recv() => Leave::Stop,
                _ = interrupt.recv() => Leave::Stop,
                _ = hangup.recv() => continue,
            };
            tell.send_replace(Some(how));
        }
    });
    Ok(told)
}
