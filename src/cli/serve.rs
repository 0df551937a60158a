//! `belljar serve`: the HTTP API until a signal ends it.
//!
//! This process is the supervisor; the server (`server.rs`), the keeper of packages, the jailer
//! (`native.rs`) and the egress process (`egress.rs`) are children of it. Exit codes: 0 after a signal,
//! 1 when it cannot serve, 2 for a wrong configuration.

use std::cell::RefCell;
use std::io;
use std::net::TcpListener;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tracing::{error, info, warn};

use super::sandbox::RuntimesArgument;
use super::{ConfigArgument, EXIT_USAGE, complain, egress, native, server};
use crate::api::{self, Leave};
use crate::config::{LoadedSettings, Notice, Settings, process_environment};
use crate::egress::process;
use crate::hardening::seccomp::{Filter, Network};
use crate::hardening::{self, Layer, Lockdown};
use crate::native::packets;
use crate::packages::{Places, keeper};
use crate::program::Language;
use crate::supervisor::protocol::ToChild;
use crate::supervisor::{self, Ended, Role, channel};
use crate::telemetry;
use crate::wasm::network::Trust;

/// What a server may take to end beyond what it grants its callers.
const MARGIN: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    pub(super) config: ConfigArgument,
    #[command(flatten)]
    runtimes: RuntimesArgument,
    /// Strict mode: nothing but WebAssembly is ever run, as `wasm_only: true` has it.
    #[arg(long)]
    wasm_only: bool,
}

pub fn serve(arguments: &Arguments) -> ExitCode {
    hardening::close_inherited();
    let LoadedSettings {
        mut settings,
        notices,
    } = match Settings::load(&arguments.config.file(), &process_environment) {
        Ok(loaded) => loaded,
        Err(error) => {
            complain(&error.to_string());
            return ExitCode::from(EXIT_USAGE);
        }
    };
    settings.lockdown.wasm_only |= arguments.wasm_only;
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
    match supervise(&settings, &arguments.runtimes) {
        Ok(code) => code,
        Err(message) => {
            error!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn supervise(settings: &Settings, runtimes: &RuntimesArgument) -> Result<ExitCode, String> {
    let address = settings.http.address;
    // Before anything is loaded: callers queue meanwhile, and a taken address shows early.
    let listener = api::listen(address)
        .map_err(|error| format!("cannot listen on {address}: {error} (app.host, app.port)"))?;
    let places = runtimes.places(settings)?;
    let trust = egress::trust(settings)?;
    // What we were started with, the API key among it, is nobody's who is of the same user.
    let _ = nix::sys::prctl::set_dumpable(false);
    if settings.lockdown.wasm_only {
        lock_supervisor(settings, &places)?;
    }
    let door = |needed: bool| {
        let door = needed.then(packets::pair).transpose();
        door.map_err(|error| format!("cannot make a socket pair: {error}"))
    };
    let jailer_door = door(!settings.lockdown.wasm_only)?;
    let egress_door = door(egress::is_wanted(settings))?;
    let work = Work {
        settings,
        runtimes,
        places,
        listener: RefCell::new(Some(listener)),
        jailer_door: RefCell::new(jailer_door),
        egress_door: RefCell::new(egress_door),
        trust,
    };
    let ended = supervisor::run(&work).map_err(|error| format!("cannot supervise: {error}"))?;
    Ok(match ended {
        Ended::Stopped => ExitCode::SUCCESS,
        Ended::CannotServe => ExitCode::FAILURE,
        Ended::Cut(signal) => ExitCode::from(128 + signal as u8),
    })
}

/// In strict mode the supervisor has nothing to do but to fork servers and what makes connections.
fn lock_supervisor(settings: &Settings, places: &Places) -> Result<(), String> {
    let mut readable = startup_files(places);
    let network = if egress::is_wanted(settings) {
        readable.extend(process::FILES.map(PathBuf::from));
        Network::OfPrograms
    } else {
        Network::None
    };
    let lockdown = Lockdown {
        identity: settings.lockdown.identity,
        readable,
        // Of whichever of its children needs more.
        open_files: server::OPEN_FILES.max(process::OPEN_FILES),
        filter: Filter::strict_supervisor(network),
        hardening: settings.lockdown.hardening,
        parent: None,
        // A server forked from it has to open its own page map, which a process that is not
        // dumpable may not.
        without: vec![Layer::NotDumpable],
    };
    let report = hardening::lock(&lockdown).map_err(|error| error.to_string())?;
    info!("strict mode: nothing but WebAssembly is run; supervisor locked in: {report}");
    Ok(())
}

/// What a server reads until it is locked in itself.
fn startup_files(places: &Places) -> Vec<PathBuf> {
    let mut files = vec![places.runtimes.clone(), places.cache.clone()];
    // Whole folders: lists may include others, and may not be there yet.
    let lists = Language::ALL.map(|language| places.requirements(language).clone());
    files.extend(
        lists
            .iter()
            .filter_map(|list| list.parent().map(PathBuf::from)),
    );
    for system in ["/proc", "/sys/fs/cgroup", "/sys/devices/system/cpu"] {
        files.push(system.into());
    }
    files
}

/// Between servers and those who do something for them, each of whom inherits an end and closes the
/// other: whoever dies, what one sent waits here for the other's successor. A server that is not itself
/// any more can shut it for all others; then there is another one.
type Door = RefCell<Option<(OwnedFd, OwnedFd)>>;

/// What the children of this supervisor do.
struct Work<'a> {
    settings: &'a Settings,
    runtimes: &'a RuntimesArgument,
    places: Places,
    /// None once connections are taken no more.
    listener: RefCell<Option<TcpListener>>,
    jailer_door: Door,
    /// Jailers have the servers' end as well.
    egress_door: Door,
    trust: Option<Arc<Trust>>,
}

impl supervisor::Work for Work<'_> {
    fn serve(&self, channel: UnixStream) -> i32 {
        let listener = self.listener.take();
        let doors = server::Doors {
            jailer: self.jailer_door.take().map(|(servers, _)| servers),
            egress: self.egress_door.take().map(|(servers, _)| servers),
            trust: self.trust.clone(),
        };
        let served = listener
            .ok_or_else(|| "the listener is closed".to_owned())
            .and_then(|listener| {
                server::run(self.settings, self.runtimes, listener, channel, doors)
            });
        exit_code(served)
    }

    fn keep(&self, channel: UnixStream) -> i32 {
        self.jailer_door.take();
        self.egress_door.take();
        exit_code(self.try_keep(channel))
    }

    fn jail(&self, channel: UnixStream) -> i32 {
        let egress = self.egress_door.take().map(|(clients, _)| clients);
        let door = self.jailer_door.take().map(|(_, jailers)| jailers);
        let door = door.ok_or_else(|| "strict mode has no jailer".to_owned());
        let settings = native::settings(self.settings, &self.places, egress);
        exit_code(door.and_then(|door| native::jail(settings, door, channel)))
    }

    fn has_jailer(&self) -> bool {
        self.jailer_door.borrow().is_some()
    }

    fn connect(&self, channel: UnixStream) -> i32 {
        self.jailer_door.take();
        let door = self.egress_door.take().map(|(_, egress)| egress);
        let door = door.ok_or_else(|| "programs have no network".to_owned());
        exit_code(door.and_then(|door| egress::run(self.settings, door, channel)))
    }

    fn has_egress(&self) -> bool {
        self.egress_door.borrow().is_some()
    }

    fn mend_door(&self, to: Role) -> io::Result<bool> {
        let mut door = match to {
            Role::Egress => self.egress_door.borrow_mut(),
            _ => self.jailer_door.borrow_mut(),
        };
        let is_shut = door
            .as_ref()
            .is_some_and(|(_, other)| packets::is_over(other.as_fd()));
        if is_shut {
            *door = Some(packets::pair()?);
        }
        Ok(is_shut)
    }

    fn stop_listening(&self) {
        self.listener.take();
    }

    fn patience(&self, with: &ToChild) -> Duration {
        let grace = server::grace(self.settings);
        match with {
            ToChild::Retire => api::longest_farewell(Leave::Retire, grace),
            _ => api::longest_farewell(Leave::Stop, grace),
        }
        .saturating_add(MARGIN)
    }

    fn has_keeper(&self) -> bool {
        !self.settings.lockdown.wasm_only
    }
}

impl Work<'_> {
    fn try_keep(&self, channel: UnixStream) -> Result<(), String> {
        let executor = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| format!("cannot start the keeper of packages: {error}"))?;
        executor.block_on(async {
            let (ear, mouth) = channel::open(channel)
                .map_err(|error| format!("cannot talk to the supervisor: {error}"))?;
            let period = self.settings.packages.update_interval;
            keeper::keep(&self.places, period, ear, mouth).await;
            Ok(())
        })
    }
}

fn exit_code(ended: Result<(), String>) -> i32 {
    match ended {
        Ok(()) => 0,
        Err(message) => {
            error!("{message}");
            1
        }
    }
}
