//! The native tier on the command line: the jailer as a child of `belljar serve`, and one of their own
//! for commands that run a single program.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use nix::unistd::getppid;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};

use crate::config::Settings;
use crate::hardening::Status;
use crate::native::jailer::{self, Recycling, SetFiles};
use crate::native::outcome::process_limits;
use crate::native::packets;
use crate::packages::Places;
use crate::packages::python::set::Sets;
use crate::supervisor::channel;
use crate::supervisor::protocol::ToChild;
use crate::supervisor::{Child, Role};

/// Servers that are alive at the same time: one that serves, and its successor.
const SERVERS: usize = 2;

/// How a jailer with these settings works.
pub fn settings(settings: &Settings, places: &Places) -> jailer::Settings {
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
        ..jailer::Settings::new(
            process_limits(&execution.limits),
            execution.max_workers.saturating_mul(SERVERS),
            Box::new(move |key| set_files(&sets, key)),
        )
    }
}

/// What the set called `key` is for zygotes.
fn set_files(sets: &Sets, key: &str) -> Result<SetFiles, String> {
    let set = sets.open(key).map_err(|error| error.to_string())?;
    Ok(SetFiles {
        site: set.site(),
        python: set.python.executable,
        preload: set.preload,
    })
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
        let (mut ear, _mouth) = channel::open(channel)
            .map_err(|error| format!("cannot talk to the supervisor: {error}"))?;
        // A service manager may signal all processes of a service, a terminal all in the foreground:
        // what is in flight is finished all the same.
        let mut terminate = signal(SignalKind::terminate()).map_err(cannot)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(cannot)?;
        let leave = async {
            loop {
                tokio::select! {
                    said = ear.next() => match said {
                        Some(ToChild::Stop) | None => return,
                        Some(_) => {}
                    },
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            }
        };
        jailer::serve(settings, door, leave).await.map_err(cannot)
    })
}

/// A jailer beside this process, which must have no other threads; it ends with it. Gives the
/// server's end of the door, and what has to be kept until it is needed no more.
///
/// # Errors
/// When there is no process or socket to be had, in words for the operator.
pub fn beside(settings: jailer::Settings) -> Result<(OwnedFd, Child), String> {
    let cannot = |error| format!("cannot start the jailer: {error}");
    let (ours, theirs) = packets::pair().map_err(cannot)?;
    let mut ends = Some((settings, theirs));
    let child = Child::start(Role::Jailer, |channel| {
        let Some((settings, door)) = ends.take() else {
            return 1;
        };
        match jail(settings, door, channel) {
            Ok(()) => 0,
            Err(message) => {
                super::complain(&message);
                1
            }
        }
    })
    .map_err(cannot)?;
    Ok((ours, child))
}
