//! The server's side of the native tier: hands programs to the jailer and makes outcomes of what
//! comes back.
//!
//! Guarantees: as many programs as there are places run, the others wait in the order in which they
//! came; one whose future is dropped is killed; output is whole or the run ends with an error.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe;
use tokio::sync::{Notify, Semaphore};

use super::messages::{Learned, ProgramText, RunEnded, RunRequest, ToJailer};
use super::outcome::{Outputs, outcome, process_limits};
use super::packets::{self, Packets};
use crate::program::{LimitReached, Limits, Outcome, Program};
use crate::units::ByteSize;

/// How long a program may wait for the jailer, a zygote and a child: about what the first import of
/// a large set takes on a slow disk.
const QUEUE: Duration = Duration::from_secs(120);
/// How long output may take to end once the process is gone, which it does at once.
const LAST_OUTPUT: Duration = Duration::from_secs(5);
/// How many of a program's imports the jailer is told: it looks for a handful.
const MOST_IMPORTS: usize = 256;
const LONGEST_IMPORT: usize = 64;

/// Runs programs as jailed processes, with the packages of one set.
#[derive(Debug)]
pub struct Native {
    door: Packets,
    set: String,
    places: Semaphore,
}

/// The native tier, not the program, failed.
#[derive(Debug, thiserror::Error)]
pub enum NativeError {
    #[error("cannot hand the program over to be run natively: {0}")]
    HandOver(#[from] io::Error),
    #[error(
        "the process that watches native programs ended, and this program with it; another one is \
         being started: try again"
    )]
    JailerGone,
    #[error("no native process was free for this program in {} s", QUEUE.as_secs())]
    NoneFree,
    #[error("programs cannot be run natively: {0}")]
    Failed(String),
    #[error("the output of a native program did not end with it")]
    Output,
}

impl Native {
    /// Through this end of the door, with the packages of the set with this key. Must be called
    /// within a tokio runtime.
    ///
    /// # Errors
    /// When the door cannot be waited for.
    pub fn new(door: OwnedFd, set: String, max_workers: usize) -> io::Result<Self> {
        Ok(Self {
            door: Packets::new(door)?,
            set,
            places: Semaphore::new(max_workers.min(Semaphore::MAX_PERMITS)),
        })
    }

    /// Has the set brought up, so that the first program need not wait for it.
    ///
    /// # Errors
    /// When the jailer cannot be told.
    pub async fn prepare(&self) -> Result<(), NativeError> {
        let set = self.set.clone();
        Ok(self.door.send(&ToJailer::Prepare { set }, &[]).await?)
    }

    /// Runs one program to its end. `imports` are the top-level modules that it is known to import.
    /// Dropping the future kills the program.
    ///
    /// # Errors
    /// When Belljar, not the program, fails.
    pub async fn run(
        &self,
        program: Program,
        limits: Limits,
        imports: Vec<String>,
        accepted: Instant,
    ) -> Result<Outcome, NativeError> {
        let (outputs, ended) = self.run_to_end(program, &limits, imports).await?;
        let waited = accepted.elapsed();
        let waited = waited.saturating_sub(Duration::from_micros(ended.wall_us));
        outcome(limits, outputs, ended, waited).map_err(NativeError::Failed)
    }

    /// The same, and what it made of system calls off the list, by name. Where the jailer is not in
    /// learning mode there are none.
    ///
    /// # Errors
    /// When Belljar, not the program, fails.
    pub async fn learn(
        &self,
        program: Program,
        limits: Limits,
    ) -> Result<(Outcome, BTreeMap<String, Learned>), NativeError> {
        let run = self.run_to_end(program, &limits, Vec::new());
        let (outputs, mut ended) = run.await?;
        let learned = std::mem::take(&mut ended.learned);
        let outcome = outcome(limits, outputs, ended, Duration::ZERO);
        Ok((outcome.map_err(NativeError::Failed)?, learned))
    }

    async fn run_to_end(
        &self,
        program: Program,
        limits: &Limits,
        imports: Vec<String>,
    ) -> Result<(Outputs, RunEnded), NativeError> {
        let _place = self.places.acquire().await;
        let request = ToJailer::Run(RunRequest {
            set: self.set.clone(),
            limits: process_limits(limits),
            imports: imports
                .into_iter()
                .filter(|name| name.len() <= LONGEST_IMPORT)
                .take(MOST_IMPORTS)
                .collect(),
            network: program.network.clone(),
        });
        let text = serde_json::to_vec(&ProgramText {
            code: program.code,
            preload: program.preload,
            file_name: program.file_name,
        })
        .map_err(io::Error::from)?;
        let patience = QUEUE.saturating_add(limits.wall_clock);
        let run = async {
            let ours = self.hand_over(&request).await?;
            ours.finish(&text, limits).await
        };
        let ended = tokio::time::timeout(patience, run).await;
        ended.map_err(|_| NativeError::NoneFree)?
    }

    async fn hand_over(&self, request: &ToJailer) -> io::Result<Ours> {
        let (control, their_control) = packets::pair()?;
        let (their_program, program) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
        let (stdout, their_stdout) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
        let (stderr, their_stderr) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
        for ours in [&program, &stdout, &stderr] {
            // As tokio wants them, by a call that a locked server may make: it may not ask what a
            // descriptor is, which `from_owned_fd` does.
            rustix::io::ioctl_fionbio(ours, true)?;
        }
        let ours = Ours {
            control: Packets::new(control)?,
            program: pipe::Sender::from_owned_fd_unchecked(program)?,
            stdout: pipe::Receiver::from_owned_fd_unchecked(stdout)?,
            stderr: pipe::Receiver::from_owned_fd_unchecked(stderr)?,
        };
        let theirs = [&their_control, &their_program, &their_stdout, &their_stderr];
        self.door
            .send(request, &theirs.map(|one| one.as_fd()))
            .await?;
        Ok(ours)
    }
}

/// The server's ends of what connects it with a run. Dropped, they end it.
struct Ours {
    control: Packets,
    program: pipe::Sender,
    stdout: pipe::Receiver,
    stderr: pipe::Receiver,
}

impl Ours {
    /// Hands the program in, takes its output, and waits for its end.
    async fn finish(
        self,
        text: &[u8],
        limits: &Limits,
    ) -> Result<(Outputs, RunEnded), NativeError> {
        let Self {
            control,
            mut program,
            stdout,
            stderr,
        } = self;
        let over = OnceLock::new();
        let read = async |from: pipe::Receiver, most: ByteSize, limit: LimitReached| {
            let most = most.as_usize();
            let mut bytes = Vec::new();
            let one_more = (most as u64).saturating_add(1);
            // Whatever goes wrong with a pipe, the end of the process is told elsewhere.
            let _ = from.take(one_more).read_to_end(&mut bytes).await;
            if bytes.len() > most {
                bytes.truncate(most);
                let _ = over.set(limit);
                // It is killed, and its end is told all the same.
                control.shut();
            }
            bytes
        };
        let write = async {
            // A program that is killed early does not read all of it.
            let _ = program.write_all(text).await;
            drop(program);
        };
        let is_over = Notify::new();
        let told = async {
            let packet = control.receive().await;
            is_over.notify_one();
            packet
        };
        let output = async {
            let all = async {
                tokio::join!(
                    read(stdout, limits.stdout, LimitReached::Stdout),
                    read(stderr, limits.stderr, LimitReached::Stderr),
                    write,
                )
            };
            let too_late = async {
                is_over.notified().await;
                tokio::time::sleep(LAST_OUTPUT).await;
            };
            tokio::select! {
                biased;
                (stdout, stderr, ()) = all => Some((stdout, stderr)),
                () = too_late => None,
            }
        };
        let told = async {
            match told.await {
                Ok(Some(packet)) => Ok(packet.read::<RunEnded>()?),
                Ok(None) | Err(_) => Err(NativeError::JailerGone),
            }
        };
        let output = async { output.await.ok_or(NativeError::Output) };
        let (ended, (stdout, stderr)) = tokio::try_join!(told, output)?;
        let over = over.into_inner();
        Ok((
            Outputs {
                stdout,
                stderr,
                over,
            },
            ended,
        ))
    }
}
