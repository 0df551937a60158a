//! The native tier on the command line: the jailer as a child of `belljar serve`, and one of their own
//! for each command that runs a single program.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use nix::unistd::getppid;
use tracing::{info, warn};

use super::sandbox::RuntimesArgument;
use super::{complain, egress};
use crate::config::Settings;
use crate::egress::OwnAddresses;
use crate::hardening::Status;
use crate::native::client::{Native, NativeError};
use crate::native::jailer::{self, Recycling, SetFiles};
use crate::native::outcome::process_limits;
use crate::native::packets;
use crate::packages::Places;
use crate::packages::python::maintain;
use crate::packages::python::set::Sets;
use crate::supervisor::channel;
use crate::supervisor::{Child, Role};

/// Servers that are alive at the same time: one that serves, and its successor.
const SERVERS: usize = 2;

/// How a jailer with these settings works, that makes connections through `egress`, if programs can
/// have any.
pub fn settings(settings: &Settings, places: &Places, egress: Option<OwnedFd>) -> jailer::Settings {
    let native = &settings.native;
    let execution = &settings.execution;
    let sets = Sets::new(&places.cache);
    jailer::Settings {
        spare: native.parked_children,
        recycling: Recycling {
            runs: native.zygote_runs,
            age: native.zygote_age,
            growth: native.zygote_growth,
        },
        allowed_syscalls: native.allowed_syscalls.clone(),
        hardening: settings.lockdown.hardening,
        egress,
        ca_file: settings.network.ca_file.clone(),
        ..jailer::Settings::new(
            process_limits(&execution.limits),
            execution.max_workers.saturating_mul(SERVERS),
            Box::new(move |key| {
                let set = sets.open(key).map_err(|error| error.to_string())?;
                Ok(SetFiles {
                    site: set.site(),
                    python: set.python.executable,
                    preload: set.preload,
                })
            }),
        )
    }
}

/// The jailer's process, to its end.
///
/// # Errors
/// When it cannot work, in words for the operator.
pub fn jail(settings: jailer::Settings, door: OwnedFd, channel: UnixStream) -> Result<(), String> {
    for (layer, status) in jailer::lock(getppid()) {
        match status {
            Status::On(how) => info!("jailer: {layer}: {how}"),
            Status::Off(why) => warn!("jailer: {layer} is off: {why}"),
        }
    }
    let cannot = |error| format!("cannot start the jailer: {error}");
    // One thread: processes are tied to the thread that starts them.
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(cannot)?;
    executor.block_on(async {
        let (ear, _mouth) = channel::open(channel)
            .map_err(|error| format!("cannot talk to the supervisor: {error}"))?;
        let leave = ear.told_to_stop().map_err(cannot)?;
        jailer::serve(settings, door, leave).await.map_err(cannot)
    })
}

/// What a jailer of a command's own does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As the server's.
    Jail,
    /// System calls off the list are made and noted.
    Learn,
}

/// The native tier of a command that runs a single program.
pub struct Alone {
    door: OwnedFd,
    set: String,
    /// Its jailer, which ends when its channel is closed, and in any case with this process.
    jailer: Child,
}

/// Starts a jailer beside this process, which must have no other threads yet, for the packages that
/// are installed.
///
/// # Errors
/// When there are none, or no process is to be had; in words for the operator.
pub fn alone(
    settings: &Settings,
    runtimes: &RuntimesArgument,
    mode: Mode,
) -> Result<Alone, String> {
    if settings.lockdown.wasm_only {
        return Err("strict mode (wasm_only) runs nothing natively".to_owned());
    }
    let places = runtimes.places(settings)?;
    let set = maintain::ready(&places)?.set;
    let set = set.ok_or(
        "nothing runs natively before Python packages are installed: run `belljar packages install`",
    )?;
    let jailer = jailer::Settings {
        // One program, one child.
        spare: 0,
        learning: mode == Mode::Learn,
        dial: settings.enable_network.then(|| dial(settings)),
        ..self::settings(settings, &places, None)
    };
    let cannot = |error| format!("cannot start the jailer: {error}");
    let (door, theirs) = packets::pair().map_err(cannot)?;
    let jailer = Child::start(Role::Jailer, |channel| {
        match jail(jailer, theirs, channel) {
            Ok(()) => 0,
            Err(message) => {
                complain(&message);
                1
            }
        }
    });
    Ok(Alone {
        door,
        set: set.key,
        jailer: jailer.map_err(cannot)?,
    })
}

/// What connects programs without an egress process.
fn dial(settings: &Settings) -> jailer::MakeDial {
    let settings = settings.clone();
    Box::new(move || Arc::new(egress::engine(&settings, OwnAddresses::new())))
}

impl Alone {
    /// The door to its jailer, and the jailer, to be kept until the program has ended.
    pub fn open(self) -> (OwnedFd, Child) {
        (self.door, self.jailer)
    }

    /// # Errors
    /// When `work` fails, or this process lacks what it takes; in words for the operator.
    pub fn block_on<T>(
        self,
        work: impl AsyncFnOnce(Native) -> Result<T, NativeError>,
    ) -> Result<T, String> {
        let tokio = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| format!("cannot start: {error}"))?;
        tokio.block_on(async {
            let native = Native::new(self.door, self.set, 1).map_err(|error| error.to_string())?;
            work(native).await.map_err(|error| error.to_string())
        })
    }
}
