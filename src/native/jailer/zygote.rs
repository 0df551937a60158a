//! One zygote: its process, the children that wait for programs, and the word of their ends.
//!
//! Guarantees: it is killed and waited for once nobody holds it; as many children as are wanted wait,
//! those who want one are served in the order in which they came; a zygote whose children do not come
//! up is given up rather than asked for ever.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use nix::unistd::Pid;
use rustix::process::{PidfdFlags, pidfd_open};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::spawn_local;
use tracing::{debug, warn};

use super::Launched;
use super::child::{Child, Exit};
use super::ids::Range;
use super::listener::Mode;
use super::scratch::Scratch;
use crate::native::descriptors::{ended, watched};
use crate::native::messages::{FromZygote, ToZygote};
use crate::native::packets::{self, Packets};
use crate::packages::leftovers;

/// From its start until its modules are imported.
const STARTUP: Duration = Duration::from_secs(100);
/// From a fork until the child is locked in.
const PARKING: Duration = Duration::from_secs(10);
/// So many children in a row that do not come up, and it is given up.
const MOST_FAILURES: u32 = 5;
const AFTER_FAILURE: Duration = Duration::from_millis(100);
/// What it may take to be gone once it was killed.
const LINGER: Duration = Duration::from_secs(5);

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    Starting,
    Ready,
    /// In words for the operator.
    Ended(String),
}

/// What a zygote said when it was ready.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub imported: Vec<String>,
    pub failed: Vec<(String, String)>,
    pub layers: Vec<(String, String)>,
}

/// Owns the process.
#[derive(Debug)]
pub struct Zygote {
    shared: Rc<Shared>,
    /// Dropped, it ends the process.
    _end: oneshot::Sender<()>,
}

#[derive(Debug)]
struct Shared {
    socket: Packets,
    mode: Mode,
    scratch: Scratch,
    stage: watch::Sender<Stage>,
    report: RefCell<Report>,
    /// Why it is to end, once that is known.
    broken: RefCell<Option<String>>,
    broke: Notify,
    started: Instant,
    /// Its own number, once it has said something, and its memory at that time.
    process: Cell<Option<Pid>>,
    memory: Cell<u64>,

    /// How many children are to wait.
    spare: Cell<usize>,
    parked: RefCell<VecDeque<Child>>,
    waiting: RefCell<VecDeque<oneshot::Sender<Child>>>,
    forking: Cell<usize>,
    exits: RefCell<HashMap<u64, oneshot::Sender<Exit>>>,
    forks: Cell<u64>,
    failures: Cell<u32>,
    /// Programs that it gave a child.
    runs: Cell<u64>,
}

impl Zygote {
    /// Takes over a process that is becoming a zygote. Must be called within a `LocalSet`.
    ///
    /// # Errors
    /// When it cannot be waited for; then it is killed.
    pub fn of(
        launched: Launched,
        spare: usize,
        mode: Mode,
        ids: Range,
        scratch: Scratch,
    ) -> io::Result<Rc<Self>> {
        let Launched { child, socket } = launched;
        let child = Killed(child);
        let watched = (|| {
            packets::pass_credentials(&socket)?;
            let pid = i32::try_from(child.0.id()).ok();
            let pid = pid.and_then(rustix::process::Pid::from_raw);
            let pid = pid.ok_or(io::ErrorKind::NotFound)?;
            let process = pidfd_open(pid, PidfdFlags::empty())?;
            let process = watched(process, Interest::READABLE)?;
            Ok::<_, io::Error>((Packets::new(socket)?, process))
        })();
        let (socket, process) = watched?;
        let shared = Rc::new(Shared {
            socket,
            mode,
            scratch,
            stage: watch::Sender::new(Stage::Starting),
            report: RefCell::default(),
            broken: RefCell::default(),
            broke: Notify::new(),
            started: Instant::now(),
            process: Cell::default(),
            memory: Cell::default(),
            spare: Cell::new(spare),
            parked: RefCell::default(),
            waiting: RefCell::default(),
            forking: Cell::default(),
            exits: RefCell::default(),
            // 0 is the child of the rehearsal.
            forks: Cell::new(1),
            failures: Cell::default(),
            runs: Cell::default(),
        });
        let (end, is_to_end) = oneshot::channel();
        spawn_local(drive(Rc::clone(&shared), child, process, is_to_end, ids));
        Ok(Rc::new(Self { shared, _end: end }))
    }

    /// Ready when it is past its start: its report, or why it ended.
    pub async fn ready(&self) -> Result<Report, String> {
        let mut stage = self.shared.stage.subscribe();
        let stage = stage.wait_for(|stage| *stage != Stage::Starting).await;
        match stage.as_deref() {
            Ok(Stage::Ready) => Ok(self.shared.report.borrow().clone()),
            Ok(Stage::Ended(why)) => Err(why.clone()),
            _ => Err("it ended".to_owned()),
        }
    }

    /// Ready when it has ended: why.
    pub async fn ended(&self) -> String {
        let mut stage = self.shared.stage.subscribe();
        let stage = stage.wait_for(|stage| matches!(stage, Stage::Ended(_)));
        match stage.await.as_deref() {
            Ok(Stage::Ended(why)) => why.clone(),
            _ => "it ended".to_owned(),
        }
    }

    pub fn has_ended(&self) -> bool {
        matches!(*self.shared.stage.borrow(), Stage::Ended(_))
    }

    /// A child for one program; `None` when the zygote has ended.
    pub async fn take(&self) -> Option<Child> {
        let child = self.take_any().await?;
        self.shared.runs.set(self.shared.runs.get() + 1);
        Some(child)
    }

    async fn take_any(&self) -> Option<Child> {
        let shared = &self.shared;
        loop {
            let parked = shared.parked.borrow_mut().pop_front();
            match parked {
                Some(child) if child.is_gone() => continue,
                Some(child) => {
                    top_up(shared);
                    return Some(child);
                }
                None if self.has_ended() => return None,
                None => {}
            }
            let (give, given) = oneshot::channel();
            shared.waiting.borrow_mut().push_back(give);
            top_up(shared);
            return given.await.ok();
        }
    }

    /// No more children than those that somebody waits for.
    pub fn retire(&self) {
        self.shared.spare.set(0);
        self.shared.parked.borrow_mut().clear();
    }

    pub fn runs(&self) -> u64 {
        self.shared.runs.get()
    }

    pub fn age(&self) -> Duration {
        self.shared.started.elapsed()
    }

    /// Where this child has its files, if the kernel gave it no file system of its own.
    pub fn files_of(&self, child: &Child) -> Option<PathBuf> {
        let files = self.shared.scratch.of_child(child.id);
        files.exists().then_some(files)
    }

    /// How much its resident memory has grown since it was ready, in bytes.
    pub fn growth(&self) -> u64 {
        let now = self.shared.process.get().map_or(0, resident);
        now.saturating_sub(self.shared.memory.get())
    }
}

/// A process that does not outlive this.
struct Killed(std::process::Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // Where it was waited for already, neither does anything.
        let _ = self.0.kill();
        let _ = self.0.try_wait();
    }
}

/// The life of the process: hears it, and ends and buries it.
async fn drive(
    shared: Rc<Shared>,
    mut child: Killed,
    process: AsyncFd<OwnedFd>,
    is_to_end: oneshot::Receiver<()>,
    ids: Range,
) {
    let late = async {
        let mut stage = shared.stage.subscribe();
        let ready = stage.wait_for(|stage| *stage == Stage::Ready);
        if tokio::time::timeout(STARTUP, ready).await.is_err() {
            return format!("it was not ready after {} s", STARTUP.as_secs());
        }
        std::future::pending().await
    };
    let broke = async {
        shared.broke.notified().await;
        let why = shared.broken.borrow_mut().take();
        why.unwrap_or_default()
    };
    let why = tokio::select! {
        _ = is_to_end => None,
        why = hear(&shared) => Some(why),
        why = late => Some(why),
        why = broke => Some(why),
        _ = ended(&process) => Some(String::new()),
    };
    // What it said of its children before it ended.
    let _ = tokio::time::timeout(Duration::from_millis(200), async {
        if why.is_some() {
            hear(&shared).await;
        }
    })
    .await;
    shared.parked.borrow_mut().clear();
    let _ = child.0.kill();
    let is_gone = tokio::time::timeout(LINGER, ended(&process)).await;
    let status = if is_gone.is_ok() {
        child
            .0
            .wait()
            .map_or_else(|error| error.to_string(), |status| status.to_string())
    } else {
        "it does not end".to_owned()
    };
    let why = match why {
        None => "it was retired".to_owned(),
        Some(why) if why.is_empty() => format!("it ended ({status})"),
        Some(why) => why,
    };
    debug!("zygote: {why}");
    shared.stage.send_replace(Stage::Ended(why));
    shared.waiting.borrow_mut().clear();
    shared.exits.borrow_mut().clear();
    if is_gone.is_err() {
        // Its ids stay taken.
        std::mem::forget(ids);
    }
}

/// Hears it until it closes its socket; then why, if it said so.
async fn hear(shared: &Rc<Shared>) -> String {
    loop {
        let packet = match shared.socket.receive().await {
            Ok(Some(packet)) => packet,
            Ok(None) => return String::new(),
            Err(error) => return format!("its socket broke: {error}"),
        };
        if let Some(pid) = packet.sender {
            shared.process.set(Some(pid));
        }
        match packet.read::<FromZygote>() {
            Ok(FromZygote::Ready {
                imported,
                failed,
                layers,
            }) => {
                shared.report.replace(Report {
                    imported,
                    failed: failed.into_iter().collect(),
                    layers: layers.into_iter().collect(),
                });
                shared.memory.set(packet.sender.map_or(0, resident));
                shared.stage.send_replace(Stage::Ready);
                top_up(shared);
            }
            Ok(FromZygote::Exited {
                child,
                status,
                cpu_us,
                memory_bytes,
            }) => {
                let exit = Exit {
                    status,
                    cpu_us,
                    memory_bytes,
                };
                exited(shared, child, exit);
            }
            Ok(FromZygote::Failed { reason }) => return reason,
            Err(error) => return format!("it said what no zygote says: {error}"),
        }
    }
}

fn exited(shared: &Rc<Shared>, id: u64, exit: Exit) {
    if let Some(tell) = shared.exits.borrow_mut().remove(&id) {
        let _ = tell.send(exit);
    }
    let files = shared.scratch.of_child(id);
    if files.exists() {
        // However much that is.
        tokio::task::spawn_blocking(move || leftovers::remove(&files));
    }
    let is_other = |child: &Child| child.id != id;
    let before = shared.parked.borrow().len();
    shared.parked.borrow_mut().retain(is_other);
    if shared.parked.borrow().len() < before {
        warn!(
            "zygote: a child ended while it waited for a program (status {:#x})",
            exit.status
        );
        failed(shared);
    }
}

/// Asks for as many children as are wanted and not on their way.
fn top_up(shared: &Rc<Shared>) {
    if *shared.stage.borrow() != Stage::Ready {
        return;
    }
    shared.waiting.borrow_mut().retain(|one| !one.is_closed());
    let wanted = shared.waiting.borrow().len() + shared.spare.get();
    let there = shared.parked.borrow().len() + shared.forking.get();
    for _ in there..wanted {
        let id = shared.forks.get();
        shared.forks.set(id + 1);
        shared.forking.set(shared.forking.get() + 1);
        let shared = Rc::clone(shared);
        spawn_local(async move {
            let child = tokio::time::timeout(PARKING, fork(&shared, id)).await;
            shared.forking.set(shared.forking.get() - 1);
            match child {
                Ok(Ok(child)) => {
                    shared.failures.set(0);
                    deliver(&shared, child);
                }
                Ok(Err(error)) => {
                    warn!("zygote: a child does not come up: {error}");
                    forget(&shared, id);
                }
                Err(_) => {
                    warn!(
                        "zygote: a child does not come up in {} s",
                        PARKING.as_secs()
                    );
                    forget(&shared, id);
                }
            }
        });
    }
}

async fn fork(shared: &Rc<Shared>, id: u64) -> io::Result<Child> {
    let (ours, theirs) = packets::pair()?;
    packets::pass_credentials(&ours)?;
    let ours = Packets::new(ours)?;
    let (tell, exit) = oneshot::channel();
    shared.exits.borrow_mut().insert(id, tell);
    let fork = ToZygote::Fork { child: id };
    shared.socket.send(&fork, &[theirs.as_fd()]).await?;
    drop(theirs);
    Child::park(id, ours, exit, shared.mode).await
}

fn deliver(shared: &Rc<Shared>, child: Child) {
    let mut child = Some(child);
    while let Some(one) = child.take() {
        let first = shared.waiting.borrow_mut().pop_front();
        match first {
            Some(waiting) => child = waiting.send(one).err(),
            None if shared.parked.borrow().len() < shared.spare.get() => {
                shared.parked.borrow_mut().push_back(one);
            }
            // Nobody wants it any more.
            None => {}
        }
    }
}

fn forget(shared: &Rc<Shared>, id: u64) {
    shared.exits.borrow_mut().remove(&id);
    failed(shared);
}

/// A child did not come up, or did not stay.
fn failed(shared: &Rc<Shared>) {
    shared.failures.set(shared.failures.get() + 1);
    if shared.failures.get() >= MOST_FAILURES {
        let why = "its children do not come up".to_owned();
        shared.broken.replace(Some(why));
        shared.broke.notify_one();
        return;
    }
    let shared = Rc::clone(shared);
    spawn_local(async move {
        tokio::time::sleep(AFTER_FAILURE).await;
        top_up(&shared);
    });
}

/// The resident memory of a process in bytes; 0 when it does not tell.
fn resident(pid: Pid) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
    let pages = text
        .split_whitespace()
        .nth(1)
        .and_then(|field| field.parse::<u64>().ok());
    pages.unwrap_or(0) * rustix::param::page_size() as u64
}
