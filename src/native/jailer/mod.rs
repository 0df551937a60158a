//! The jailer: keeps zygotes and their parked children, hands programs to them, watches them and
//! tells how they ended.
//!
//! One thread, one process beside the servers, which reach it through the door: a socket pair that
//! outlives both. It never sees a program or its output; those go through pipes that it passes on.
//! Guarantees: no more programs run than there are places; whatever a server says is checked; all that
//! it started ends with it.

mod child;
mod cpu;
mod ids;
mod line;
mod listener;
mod lock;
mod memory;
mod network;
mod run;
mod scratch;
mod sets;
mod zygote;

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::spawn_local;
use tracing::{error, warn};

use super::launcher;
use super::messages::{ProcessLimits, ToJailer, ZygoteSpec};
use super::packets::Packets;
use crate::egress::{self, Dial};
use crate::hardening::Hardening;
use crate::units::ByteSize;
use listener::Mode;
pub use lock::lock;
use network::Outlet;
use run::Connection;
use sets::Sets;
pub use zygote::Report;

/// How often old sets are looked for.
const TIDY: Duration = Duration::from_secs(10);

/// When a zygote is replaced by a fresh one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recycling {
    /// After so many programs.
    pub runs: u64,
    pub age: Duration,
    /// Of its own memory since it was ready.
    pub growth: ByteSize,
}

/// What a set of packages is for the jailer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetFiles {
    pub python: PathBuf,
    pub site: PathBuf,
    pub preload: Vec<String>,
}

/// Starts what becomes a zygote.
pub type Launch = fn(&ZygoteSpec) -> io::Result<Launched>;

/// Finds a set by its key, or says why there is none.
pub type Find = Box<dyn Fn(&str) -> Result<SetFiles, String>>;

/// Called within the jailer's runtime.
pub type MakeDial = Box<dyn FnOnce() -> Arc<dyn Dial>>;

/// How a jailer works.
pub struct Settings {
    /// The most that any program is given.
    pub most: ProcessLimits,
    /// Programs at the same time, over all servers.
    pub places: usize,
    /// Children of each zygote that wait for programs.
    pub spare: usize,
    pub recycling: Recycling,
    pub allowed_syscalls: Vec<String>,
    /// Whether a zygote that lacks a layer is used.
    pub hardening: Hardening,
    pub learning: bool,
    /// An end of the door to what makes connections for programs, if they can have any.
    pub egress: Option<OwnedFd>,
    /// Makes what makes them instead, where that is in this process.
    pub dial: Option<MakeDial>,
    /// Certificates that programs' Python trusts besides what it trusts by default, in PEM.
    pub ca_file: Option<PathBuf>,
    pub find: Find,
    /// How zygotes are started.
    pub launch: Launch,
}

impl Settings {
    /// With the launcher that is part of this program.
    pub fn new(most: ProcessLimits, places: usize, find: Find) -> Self {
        Self {
            most,
            places,
            spare: 0,
            recycling: Recycling {
                runs: u64::MAX,
                age: Duration::MAX,
                growth: ByteSize(u64::MAX),
            },
            allowed_syscalls: Vec::new(),
            hardening: Hardening::BestEffort,
            learning: false,
            egress: None,
            dial: None,
            ca_file: None,
            find,
            launch,
        }
    }

    fn mode(&self) -> Mode {
        if self.learning {
            Mode::Learn
        } else {
            Mode::Refuse
        }
    }
}

/// A process that becomes a zygote.
#[derive(Debug)]
pub struct Launched {
    pub child: Child,
    /// The other end of its descriptor 3.
    pub socket: OwnedFd,
}

fn launch(spec: &ZygoteSpec) -> io::Result<Launched> {
    // What this process was started from, also when another program lies in that place by now.
    let (mut command, socket) = launcher::command(Path::new("/proc/self/exe"), spec)?;
    // What a terminal sends to those in the foreground is not for programs.
    let child = command.process_group(0).spawn()?;
    Ok(Launched { child, socket })
}

/// Whether a set's zygotes come up here, and a child of one: what the zygote says of its layers, or
/// why not. Must be called within a tokio runtime of one thread.
///
/// # Errors
/// In words for the operator.
pub async fn try_out(settings: Settings, key: &str) -> Result<Report, String> {
    let sets = Sets::new(Rc::new(settings));
    let tasks = tokio::task::LocalSet::new();
    tasks
        .run_until(async {
            let zygote = sets.zygote(key, &[]).await?;
            let Some(child) = zygote.take().await else {
                return Err(zygote.ended().await);
            };
            let mut report = zygote.ready().await?;
            let layer = ("network".to_owned(), network_of(&child).to_owned());
            report.layers.push(layer);
            Ok(report)
        })
        .await
}

/// What network programs could have here, as layers are told.
fn network_of(child: &child::Child) -> &'static str {
    let process = child.pidfd();
    let is_open = process.is_ok_and(|process| network::is_open(process.as_fd()));
    match (&child.listener, is_open) {
        (None, _) => "off: it takes a seccomp listener (Linux 5.0)",
        (Some(_), true) => "on: for Python and for C code that connects by itself",
        (Some(_), false) => {
            "on: for Python; C code that connects by itself has none, which would take CAP_SYS_PTRACE"
        }
    }
}

struct Jailer {
    settings: Rc<Settings>,
    sets: Sets,
    /// `None`: no program has a network.
    outlet: Option<Outlet>,
}

/// Serves what comes through the door until `leave` is ready; then all programs and zygotes are
/// ended. Must be called within a tokio runtime of one thread.
///
/// # Errors
/// When a door cannot be waited for.
pub async fn serve(
    mut settings: Settings,
    door: OwnedFd,
    leave: impl Future<Output = ()>,
) -> io::Result<()> {
    let door = Packets::new(door)?;
    scratch::remove_leftovers();
    let outlet = outlet(&mut settings)?;
    let settings = Rc::new(settings);
    let jailer = Rc::new(Jailer {
        sets: Sets::new(Rc::clone(&settings)),
        settings,
        outlet,
    });
    // Dropped with all tasks, and with them all processes.
    let tasks = tokio::task::LocalSet::new();
    let tidying = {
        let jailer = Rc::clone(&jailer);
        async move {
            loop {
                tokio::time::sleep(TIDY).await;
                jailer.sets.tidy();
            }
        }
    };
    tasks
        .run_until(async {
            tokio::select! {
                () = leave => {}
                () = listen(&jailer, &door) => {}
                () = tidying => {}
            }
        })
        .await;
    Ok(())
}

fn outlet(settings: &mut Settings) -> io::Result<Option<Outlet>> {
    if let Some(dial) = settings.dial.take() {
        return Ok(Some(Outlet::new(dial())));
    }
    let door = settings.egress.take();
    let client = door.map(egress::client::Client::new).transpose()?;
    Ok(client.map(|client| Outlet::new(Arc::new(client))))
}

/// Takes what comes through the door, as long as there are places.
async fn listen(jailer: &Rc<Jailer>, door: &Packets) {
    let places = Arc::new(Semaphore::new(
        jailer.settings.places.min(Semaphore::MAX_PERMITS),
    ));
    loop {
        // What waits at the door waits in the order in which it came.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let packet = match door.receive().await {
            Ok(Some(packet)) => packet,
            Ok(None) => return,
            Err(error) => {
                error!("the door: {error}");
                // Whatever it is, it must not keep this process busy.
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            }
        };
        match packet.read::<ToJailer>() {
            Ok(ToJailer::Prepare { set }) => {
                if let Err(why) = jailer.sets.prepare(&set) {
                    warn!("a set of packages cannot be prepared: {why}");
                }
            }
            Ok(ToJailer::Run(request)) => {
                let Some(connection) = Connection::of(packet.descriptors) else {
                    warn!("a server asks for a program without what belongs to it");
                    continue;
                };
                let jailer = Rc::clone(jailer);
                spawn_local(async move {
                    run::serve(&jailer, request, connection).await;
                    drop(place);
                });
            }
            Err(error) => warn!("a server said what no server says: {error}"),
        }
    }
}

#[cfg(test)]
mod tests;
