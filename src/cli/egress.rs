//! The egress process as a child of `belljar serve`.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use crate::config::Settings;
use crate::egress::policy::Policy;
use crate::egress::{Engine, process};
use crate::supervisor::channel;
use crate::supervisor::protocol::ToChild;

/// The process, to its end.
///
/// # Errors
/// When it cannot work, in words for the operator.
pub fn run(settings: &Settings, door: OwnedFd, channel: UnixStream) -> Result<(), String> {
    let _ = settings;
    let cannot = |error| format!("cannot start the egress process: {error}");
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
        let engine = Arc::new(Engine::new(Policy::default()));
        process::serve(engine, door, leave).await.map_err(cannot)
    })
}
