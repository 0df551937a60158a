//! Something that goes on while a program computes, and is given up when nobody holds it any more.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// Aborted when dropped.
pub struct Task<T> {
    running: JoinHandle<T>,
}

impl<T: Send + 'static> Task<T> {
    pub fn start(runtime: &Handle, future: impl Future<Output = T> + Send + 'static) -> Self {
        Self {
            running: runtime.spawn(future),
        }
    }

    /// Its result, once; `None` inside when it ended without one. Wakes the task of `context` later.
    pub fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        Pin::new(&mut self.running).poll(context).map(Result::ok)
    }

    /// The same, without waking anyone.
    pub fn try_take(&mut self) -> Poll<Option<T>> {
        if !self.running.is_finished() {
            return Poll::Pending;
        }
        self.poll(&mut Context::from_waker(Waker::noop()))
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.running.abort();
    }
}
