//! One program, from the door to the word of its end.
//!
//! Guarantees: the process is gone when its end is told; it is killed at its limits, when the server
//! closes the connection, and when this task is dropped.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileTypeExt as _;
use std::rc::Rc;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use nix::sys::socket::{SockType, getsockopt, sockopt};
use tokio::sync::oneshot;

use super::child::{Child, Exit, Streams};
use super::listener::Notes;
use super::network::Broker;
use super::zygote::Zygote;
use super::{Jailer, cpu, memory, scratch};
use crate::native::messages::{How, ProcessLimits, RunEnded, RunRequest};
use crate::native::packets::Packets;

/// How often another child is asked for when one is gone before it has its program.
const ATTEMPTS: usize = 4;
/// What the kernel may take to end a process that was killed, in which memory is given back.
const LINGER: Duration = Duration::from_secs(10);
/// How long a server may take to make room for the word of an end. One that waits for it has room.
const TELLING: Duration = Duration::from_secs(1);
/// A process that was killed by the kernel with so much of its memory limit in use, in percent, was
/// killed for it.
const NEARLY_ALL: u64 = 90;

/// What comes with a request.
pub struct Connection {
    pub control: Packets,
    pub streams: Streams,
}

impl Connection {
    /// `None` when that is not what came. A program is given pipes and nothing else: of what a server
    /// has besides, such as the socket it listens on, it could do what the server may not.
    pub fn of(descriptors: Vec<OwnedFd>) -> Option<Self> {
        let [control, program, stdout, stderr] = <[OwnedFd; 4]>::try_from(descriptors).ok()?;
        if getsockopt(&control, sockopt::SockType) != Ok(SockType::SeqPacket) {
            return None;
        }
        Some(Self {
            control: Packets::new(control).ok()?,
            streams: [pipe(program)?, pipe(stdout)?, pipe(stderr)?],
        })
    }
}

/// `None` for anything else.
fn pipe(descriptor: OwnedFd) -> Option<OwnedFd> {
    let file = File::from(descriptor);
    let is_pipe = file.metadata().ok()?.file_type().is_fifo();
    is_pipe.then(|| file.into())
}

/// Why a run is over.
enum Over {
    ByItself(Exit),
    WallClock,
    Attack(String),
    Cpu,
    Memory,
    Files,
    NetworkBytes,
    /// The server wants it no more.
    Unwanted,
    ZygoteGone(String),
}

/// Runs a program and tells its end, if anybody still listens.
pub async fn serve(jailer: &Jailer, mut request: RunRequest, connection: Connection) {
    let Connection { control, streams } = connection;
    request.limits = within(request.limits, &jailer.settings.most);
    let begun = tokio::select! {
        begun = begin(jailer, &request, streams) => begun,
        () = control.closed() => return,
    };
    let ended = match begun {
        Ok(begun) => watch(begun, &request.limits, &control).await,
        Err(why) => failed(why),
    };
    // One that fills its socket and does not read keeps no place by that.
    let _ = tokio::time::timeout(TELLING, control.send(&ended, &[])).await;
}

/// What was asked for, but no more than the configuration grants.
fn within(asked: ProcessLimits, most: &ProcessLimits) -> ProcessLimits {
    ProcessLimits {
        wall_clock_ms: asked.wall_clock_ms.min(most.wall_clock_ms),
        cpu_ms: asked.cpu_ms.min(most.cpu_ms),
        memory_bytes: asked.memory_bytes.min(most.memory_bytes),
        tmp_bytes: asked.tmp_bytes.min(most.tmp_bytes),
        tmp_files: asked.tmp_files.min(most.tmp_files),
        threads: asked.threads.min(most.threads),
        connections: asked.connections.min(most.connections),
        network_bytes: asked.network_bytes.min(most.network_bytes),
    }
}

/// A child that has its program.
struct Begun {
    zygote: Rc<Zygote>,
    child: Child,
    /// The memory that it shares with its zygote: all it had before it had a program.
    shared: u64,
    broker: Option<Rc<Broker>>,
}

/// Gives the program to a child.
async fn begin(jailer: &Jailer, request: &RunRequest, streams: Streams) -> Result<Begun, String> {
    for _ in 0..ATTEMPTS {
        let zygote = jailer.sets.zygote(&request.set, &request.imports).await?;
        let Some(mut child) = zygote.take().await else {
            continue;
        };
        let shared = memory::held(child.pid).unwrap_or(0);
        let broker = broker(jailer, request, &mut child);
        let run = child.run(request.limits, &streams, broker.is_some());
        if run.await.is_ok() {
            return Ok(Begun {
                zygote,
                child,
                shared,
                broker,
            });
        }
    }
    Err("zygotes and their children end before they can be used: see the log".to_owned())
}

/// What gives the program of this child the network, if it is to have one.
fn broker(jailer: &Jailer, request: &RunRequest, child: &mut Child) -> Option<Rc<Broker>> {
    let (who, outlet) = (request.network.as_ref()?, jailer.outlet.as_ref()?);
    let broker = Rc::new(outlet.broker(who.clone(), &request.limits, child.pid));
    let process = child.pidfd().ok()?;
    // Without one its filter cannot be made stricter, as it has to be then.
    child.listener.as_mut()?.grant_network(&broker, process);
    Some(broker)
}

/// Watches a child that has its program.
async fn watch(begun: Begun, limits: &ProcessLimits, control: &Packets) -> RunEnded {
    let started = Instant::now();
    let Begun {
        zygote,
        mut child,
        shared,
        broker,
    } = begun;
    let mut notes = Notes::default();
    let mut listener = child.listener.take();
    let attack = async {
        match &mut listener {
            Some(listener) => listener.answer(&mut notes).await,
            None => std::future::pending().await,
        }
    };
    // A file system of its own has its own limits.
    let files = zygote.files_of(&child);
    let too_many_files = async {
        match files {
            Some(files) => scratch::over(&files, limits.tmp_bytes, limits.tmp_files).await,
            None => std::future::pending().await,
        }
    };
    let network = async {
        match &broker {
            Some(broker) => broker.serve(&child.socket).await,
            None => std::future::pending().await,
        }
    };
    let over = tokio::select! {
        biased;
        exit = &mut child.exit => match exit {
            Ok(exit) => Over::ByItself(exit),
            Err(_) => Over::ZygoteGone(zygote.ended().await),
        },
        () = tokio::time::sleep(Duration::from_millis(limits.wall_clock_ms)) => Over::WallClock,
        () = control.closed() => Over::Unwanted,
        () = memory::over(child.pid, shared, limits.memory_bytes) => Over::Memory,
        () = cpu::over(child.pid, Duration::from_millis(limits.cpu_ms)) => Over::Cpu,
        () = too_many_files => Over::Files,
        () = network => Over::NetworkBytes,
        attack = attack => Over::Attack(attack),
    };
    child.kill();
    let wall = started.elapsed();
    let exit = match over {
        Over::ByItself(exit) => Some(exit),
        // Nobody is left to say it.
        Over::ZygoteGone(_) => None,
        _ => last_word(&mut child.exit).await,
    };
    let is_gone = exit.is_some() || child.gone(LINGER).await;
    let how = match over {
        _ if !is_gone => How::Failed("a process was killed and does not end".to_owned()),
        Over::ByItself(exit) => how(&exit, limits),
        Over::WallClock => How::WallClock,
        Over::Attack(name) => How::Forbidden(name),
        Over::Cpu => How::Cpu,
        Over::Memory => How::Memory,
        Over::Files => How::Files,
        Over::NetworkBytes => How::NetworkBytes,
        Over::Unwanted => How::Killed(Signal::SIGKILL as i32),
        Over::ZygoteGone(why) => How::Failed(format!(
            "the zygote of this program ended, and the program with it ({why}): try again"
        )),
    };
    RunEnded {
        how,
        denied: notes.denied,
        cpu_us: exit.map_or(0, |exit| exit.cpu_us),
        wall_us: u64::try_from(wall.as_micros()).unwrap_or(u64::MAX),
        memory_bytes: exit.map_or(0, |exit| exit.memory_bytes),
        learned: notes.learned,
        network: broker.map_or_else(Default::default, |broker| broker.used()),
    }
}

/// What the zygote says of a child that was killed.
async fn last_word(exit: &mut oneshot::Receiver<Exit>) -> Option<Exit> {
    let exit = tokio::time::timeout(LINGER, exit).await;
    exit.ok()?.ok()
}

/// What the kernel's status means.
fn how(exit: &Exit, limits: &ProcessLimits) -> How {
    if libc::WIFEXITED(exit.status) {
        return How::Exited(libc::WEXITSTATUS(exit.status));
    }
    let signal = libc::WTERMSIG(exit.status);
    // The kernel looks at whole seconds and at clock ticks.
    let used_up = exit.cpu_us.saturating_add(50_000) >= limits.cpu_ms.saturating_mul(1000);
    let nearly_all = limits.memory_bytes / 100 * NEARLY_ALL;
    match signal {
        libc::SIGXCPU => How::Cpu,
        libc::SIGKILL if used_up => How::Cpu,
        libc::SIGKILL if exit.memory_bytes >= nearly_all => How::Memory,
        // By a filter without a listener, or for a call of another word size.
        libc::SIGSYS => How::Forbidden("not known".to_owned()),
        signal => How::Killed(signal),
    }
}

fn failed(why: String) -> RunEnded {
    RunEnded {
        how: How::Failed(why),
        denied: Vec::new(),
        cpu_us: 0,
        wall_us: 0,
        memory_bytes: 0,
        learned: Default::default(),
        network: Default::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_killed_a_process_is_told_from_its_status_and_what_it_used() {
        let limits = ProcessLimits {
            wall_clock_ms: 5000,
            cpu_ms: 2000,
            memory_bytes: 1 << 20,
            tmp_bytes: 0,
            tmp_files: 0,
            threads: 1,
            connections: 1,
            network_bytes: 0,
        };
        let exit = |status, cpu_us, memory_bytes| Exit {
            status,
            cpu_us,
            memory_bytes,
        };
        for (exit, expected) in [
            (exit(3 << 8, 0, 0), How::Exited(3)),
            (exit(9, 1_990_000, 0), How::Cpu),
            (exit(libc::SIGXCPU, 0, 0), How::Cpu),
            (exit(9, 0, 1 << 20), How::Memory),
            (exit(9, 0, 0), How::Killed(9)),
            (exit(libc::SIGSEGV | 0x80, 0, 0), How::Killed(libc::SIGSEGV)),
            (
                exit(libc::SIGSYS, 0, 0),
                How::Forbidden("not known".to_owned()),
            ),
        ] {
            assert_eq!(how(&exit, &limits), expected, "{exit:?}");
        }
    }

    #[test]
    fn nobody_gets_more_than_the_configuration_grants() {
        let limit = |number: u64| ProcessLimits {
            wall_clock_ms: number,
            cpu_ms: number,
            memory_bytes: number,
            tmp_bytes: number,
            tmp_files: number as u32,
            threads: number as u32,
            connections: number as u32,
            network_bytes: number,
        };
        assert_eq!(within(limit(9), &limit(5)), limit(5));
        assert_eq!(within(limit(3), &limit(5)), limit(3));
    }
}
