//! The threads that programs compute on.
//!
//! A worker is a thread; a program holds one while it computes and gives it back while it sleeps
//! or waits for the host. New and woken programs go first; one that has computed for
//! [`QUANTUM`] steps aside when others wait, and goes on in the order it came, so that short
//! programs pass long ones and long ones do not slow each other down. HTTP runs elsewhere.

use std::cell::Cell;
use std::collections::VecDeque;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use async_task::{Runnable, Task};

/// How long a program may compute while others wait.
const QUANTUM: Duration = Duration::from_millis(20);
/// Of this many turns, one goes to the programs that were set aside even if new ones keep coming.
const TURNS_PER_LONG_ONE: u32 = 4;

/// What the queue knows of a program.
#[derive(Debug, Default)]
struct Standing {
    /// It gave way after a whole quantum.
    long: AtomicBool,
    /// When it last became ready to compute, in nanoseconds of [`now`].
    ready: AtomicU64,
}

/// Nanoseconds since the first call.
fn now() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_nanos() as u64
}

#[derive(Default)]
struct Queue {
    /// New and woken programs.
    short: VecDeque<Runnable<Standing>>,
    /// Programs that gave way.
    long: VecDeque<Runnable<Standing>>,
    turn: u32,
    closed: bool,
}

impl Queue {
    fn next(&mut self) -> Option<Runnable<Standing>> {
        self.turn = self.turn.wrapping_add(1);
        let long_first = self.turn.is_multiple_of(TURNS_PER_LONG_ONE);
        if long_first {
            self.long.pop_front().or_else(|| self.short.pop_front())
        } else {
            self.short.pop_front().or_else(|| self.long.pop_front())
        }
    }
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    filled: Condvar,
    /// Programs ready to compute; read at every slice of fuel, so kept outside the lock.
    waiting: AtomicUsize,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, runnable: Runnable<Standing>) {
        let long = runnable.metadata().long.swap(false, Ordering::Relaxed);
        runnable.metadata().ready.store(now(), Ordering::Relaxed);
        let mut queue = self.lock();
        if queue.closed {
            drop(queue);
            // Dropping it drops the program.
            return;
        }
        if long {
            queue.long.push_front(runnable);
        } else {
            queue.short.push_back(runnable);
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        drop(queue);
        self.filled.notify_one();
    }

    fn pop(&self) -> Option<Runnable<Standing>> {
        let mut queue = self.lock();
        loop {
            if let Some(runnable) = queue.next() {
                self.waiting.fetch_sub(1, Ordering::Relaxed);
                return Some(runnable);
            }
            if queue.closed {
                return None;
            }
            queue = self
                .filled
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// What a worker thread knows of the program it runs.
struct Turn {
    shared: Arc<Shared>,
    since: Cell<Instant>,
    yielding: Cell<bool>,
    waited: Cell<Duration>,
}

thread_local! {
    static TURN: Cell<Option<&'static Turn>> = const { Cell::new(None) };
}

/// Whether the program on this thread has had its quantum while others wait.
pub fn should_yield() -> bool {
    TURN.get().is_some_and(|turn| {
        turn.shared.waiting.load(Ordering::Relaxed) > 0 && turn.since.get().elapsed() >= QUANTUM
    })
}

/// How long the program on this thread was ready before it got its turn. Tells each wait once.
pub fn waited() -> Duration {
    TURN.get().map_or(Duration::ZERO, |turn| turn.waited.take())
}

/// Says that the program on this thread gives way rather than waits for something.
pub fn yielding() {
    if let Some(turn) = TURN.get() {
        turn.yielding.set(true);
    }
}

/// Threads that run programs. Dropping it ends them once they are idle.
pub struct Scheduler {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Scheduler {
    /// Starts `workers` threads, with `runtime` for their timers.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(workers: usize, runtime: &tokio::runtime::Handle) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let threads = (0..workers)
            .map(|number| {
                let shared = Arc::clone(&shared);
                let runtime = runtime.clone();
                Builder::new()
                    .name(format!("worker-{number}"))
                    .spawn(move || work(&shared, &runtime))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { shared, threads })
    }

    /// Queues a program. Dropping the task stops it at its next pause.
    pub fn spawn<F>(&self, future: F) -> Task<F::Output, impl Sized + use<F>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let shared = Arc::clone(&self.shared);
        let schedule = move |runnable: Runnable<Standing>| {
            if TURN.get().is_some_and(|turn| turn.yielding.replace(false)) {
                runnable.metadata().long.store(true, Ordering::Relaxed);
            }
            shared.push(runnable);
        };
        let (runnable, task) = async_task::Builder::new()
            .metadata(Standing::default())
            .spawn(move |_| future, schedule);
        runnable.schedule();
        task
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        queue.closed = true;
        let dropped = (
            std::mem::take(&mut queue.short),
            std::mem::take(&mut queue.long),
        );
        drop(queue);
        drop(dropped);
        self.shared.filled.notify_all();
        for thread in self.threads.drain(..) {
            // A worker catches panics of programs, so it has none to report.
            let _ = thread.join();
        }
    }
}

fn work(shared: &Arc<Shared>, runtime: &tokio::runtime::Handle) {
    let _timers = runtime.enter();
    // One per worker for the life of the process.
    let turn: &'static Turn = Box::leak(Box::new(Turn {
        shared: Arc::clone(shared),
        since: Cell::new(Instant::now()),
        yielding: Cell::new(false),
        waited: Cell::new(Duration::ZERO),
    }));
    TURN.set(Some(turn));
    while let Some(runnable) = shared.pop() {
        turn.since.set(Instant::now());
        turn.yielding.set(false);
        let waited = now().saturating_sub(runnable.metadata().ready.load(Ordering::Relaxed));
        turn.waited.set(Duration::from_nanos(waited));
        if catch_unwind(AssertUnwindSafe(|| runnable.run())).is_err() {
            tracing::error!("a host function panicked; only its own program is lost");
        }
    }
}
