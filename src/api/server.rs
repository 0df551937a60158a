//! Serves the router on a TCP listener: hyper with limits on what a connection may hold up.
//!
//! Guarantees: a connection that sends nothing is closed after a while; there are never more than
//! [`MAX_CONNECTIONS`]; running out of file descriptors slows accepting down instead of spinning;
//! on shutdown what is in flight is answered, within a bounded time. When a caller closes its
//! connection (or its sending half, which cannot be told apart) its handler is dropped.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

/// Connections open at once; further ones wait in the kernel's queue.
pub const MAX_CONNECTIONS: usize = 4096;

/// How long a connection may be idle, and how long a request's headers may take. Dify closes its
/// idle connections after 5 s: ours must stay open longer, or it meets closed ones.
const HEADER_TIMEOUT: Duration = Duration::from_secs(75);

/// Connections that the kernel holds until they are accepted.
const BACKLOG: u32 = 1024;

const FIRST_BACK_OFF: Duration = Duration::from_millis(10);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(1);

/// A listener that nothing has been accepted from yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
}

/// How serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// Everything in flight was answered.
    Completely,
    /// The time was up before everything was answered; the rest is cut off.
    Partly,
}

impl Server {
    /// Listens on `address`. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When the address is taken or not this machine's.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        // A restart must not wait for the connections of the last run to be forgotten.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?;
        Ok(Self { listener })
    }

    /// The address that is listened on, its port chosen by the system if 0 was asked for.
    ///
    /// # Errors
    /// None that can be acted on.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `shutdown` is ready, then answers what is in flight for at most `grace`.
    pub async fn serve(
        self,
        router: Router,
        shutdown: impl Future<Output = ()>,
        grace: Duration,
    ) -> Drained {
        let connections = GracefulShutdown::new();
        let service = TowerToHyperService::new(router);
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT);
        let mut shutdown = pin!(shutdown);
        let mut accepting = Accepting::new(self.listener);
        while let Some((stream, place)) = unless(shutdown.as_mut(), accepting.next()).await {
            let connection = http.serve_connection(TokioIo::new(stream), service.clone());
            let connection = connections.watch(connection);
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    debug!("connection ended: {error}");
                }
                drop(place);
            });
        }
        drop(accepting);
        match timeout(grace, connections.shutdown()).await {
            Ok(()) => Drained::Completely,
            Err(_) => Drained::Partly,
        }
    }
}

/// What `work` gives, or `None` as soon as `end` is ready.
async fn unless<T>(
    end: Pin<&mut impl Future<Output = ()>>,
    work: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        biased;
        () = end => None,
        result = work => Some(result),
    }
}

/// Accepts connections as long as there are places for them.
struct Accepting {
    listener: TcpListener,
    places: Arc<Semaphore>,
    back_off: Duration,
}

impl Accepting {
    fn new(listener: TcpListener) -> Self {
        Self {
            listener,
            places: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
            back_off: FIRST_BACK_OFF,
        }
    }

    async fn next(&mut self) -> (TcpStream, Option<OwnedSemaphorePermit>) {
        // Never closed, hence never an error.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    self.back_off = FIRST_BACK_OFF;
                    // Answers are written whole: waiting for more to send only delays them.
                    if let Err(error) = stream.set_nodelay(true) {
                        debug!("cannot set TCP_NODELAY: {error}");
                    }
                    return (stream, place);
                }
                Err(error) if concerns_one_connection(&error) => {}
                Err(error) => {
                    warn!(
                        "cannot accept connections, trying again in {:?}: {error}",
                        self.back_off
                    );
                    sleep(self.back_off).await;
                    self.back_off = (self.back_off * 2).min(LONGEST_BACK_OFF);
                }
            }
        }
    }
}

/// Whether the caller, not this machine, is the reason that `accept` failed.
fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
    )
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
