//! The egress process as a child of `belljar serve`, and what it does for commands that have none.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use nix::unistd::getppid;
use tracing::{info, warn};

use crate::config::Settings;
use crate::egress::policy::Mode;
use crate::egress::resolver::ResolverSettings;
use crate::egress::{self, Engine, OwnAddresses, process};
use crate::hardening::seccomp::Filter;
use crate::hardening::{self, Lockdown, free_identity_from_above};
use crate::supervisor::channel;
use crate::wasm::network::Trust;

/// How often the log says what came of the connections of each tenant.
const TELL: Duration = Duration::from_secs(60);

/// Whether there is anything to connect to for programs.
pub fn is_wanted(settings: &Settings) -> bool {
    settings.enable_network && settings.network.policy.mode != Mode::Off
}

/// Whom programs trust, if they can connect to anyone. To be read before anything is locked in: what
/// is the operator's need not be readable for others.
///
/// # Errors
/// When `network.ca_file` cannot be used; in words for the operator.
pub fn trust(settings: &Settings) -> Result<Option<Arc<Trust>>, String> {
    let network = &settings.network;
    let trust = is_wanted(settings)
        .then(|| Trust::load(network.ca_file.as_deref(), network.insecure_tls))
        .transpose();
    Ok(trust.map_err(|error| error.to_string())?.map(Arc::new))
}

/// The process, to its end.
///
/// # Errors
/// When it cannot work, in words for the operator.
pub fn run(settings: &Settings, door: OwnedFd, channel: UnixStream) -> Result<(), String> {
    let cannot = |error| format!("cannot start the egress process: {error}");
    // The filter lets no such socket be made.
    let own = OwnAddresses::new();
    let report = hardening::lock(&lockdown(settings)).map_err(|error| error.to_string())?;
    info!("egress process locked in: {report}");
    let layers = report.missing();
    if !layers.is_empty() {
        warn!("EGRESS PROCESS NOT LOCKED IN WHOLLY: {layers}; see docs/security.md");
    }
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(cannot)?;
    executor.block_on(async {
        let (ear, _mouth) = channel::open(channel)
            .map_err(|error| format!("cannot talk to the supervisor: {error}"))?;
        let leave = ear.told_to_stop().map_err(cannot)?;
        let engine = Arc::new(engine(settings, own));
        let telling = async {
            loop {
                tokio::time::sleep(TELL).await;
                engine.tell();
            }
        };
        let serving = process::serve(Arc::clone(&engine) as _, door, leave);
        let served = tokio::select! {
            served = serving => served,
            () = telling => Ok(()),
        };
        engine.tell();
        served.map_err(cannot)
    })
}

/// How the process with these settings locks itself in.
pub fn lockdown(settings: &Settings) -> Lockdown {
    let Settings { lockdown, .. } = settings;
    Lockdown {
        // Not the server's, which then can neither signal it nor look into it. In strict mode all are
        // the supervisor's, who is locked in before.
        identity: match lockdown.wasm_only {
            true => lockdown.identity,
            false => free_identity_from_above(),
        },
        readable: process::FILES.map(PathBuf::from).to_vec(),
        open_files: process::OPEN_FILES,
        filter: Filter::egress(),
        hardening: lockdown.hardening,
        parent: Some(getppid()),
        without: Vec::new(),
    }
}

/// What makes connections as `settings` have it. Must be called within a tokio runtime.
pub fn engine(settings: &Settings, own: OwnAddresses) -> Engine {
    let network = settings.network.clone();
    let settings = egress::Settings {
        policy: network.policy,
        proxies: network.proxies,
        resolve_behind_proxy: network.resolve_behind_proxy,
        connect_timeout: network.connect_timeout,
        resolver: ResolverSettings::of_the_system(network.lookup_timeout),
    };
    Engine::new(settings, own)
}
