//! Serves the router on a TCP listener: hyper with limits on what a connection may hold up.
//!
//! Guarantees: a connection that sends nothing is closed after a while; there are never more than
//! [`MAX_CONNECTIONS`]; running out of file descriptors slows accepting down instead of spinning;
//! at the end what is in flight is answered, within a bounded time. When a caller closes its
//! connection (or its sending half, which cannot be told apart) its handler is dropped.

use std::future::{Future, Ready, ready};
use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

/// Connections open at once; further ones wait in the kernel's queue.
pub const MAX_CONNECTIONS: usize = 4096;

/// How long a connection may be idle, and how long a request's headers may take. Dify closes its
/// idle connections after 5 s: ours must stay open longer, or it meets closed ones.
const HEADER_TIMEOUT: Duration = Duration::from_secs(75);

/// Connections that the kernel holds until they are accepted.
const BACKLOG: i32 = 1024;

const FIRST_BACK_OFF: Duration = Duration::from_millis(10);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(1);

/// A listener that nothing has been accepted from yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
}

/// How to stop serving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// Answer what is in flight and close what is idle.
    Stop,
    /// Another process accepts from the same listener from now on: answer whatever comes on the
    /// connections that are open, and close each with its answer. A caller cannot tell that an
    /// idle one is about to be closed, so those are left open for their time.
    Retire,
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
    /// Accepts from `listener`, which others may accept from as well. Must be called within a
    /// tokio runtime.
    ///
    /// # Errors
    /// None that can be acted on.
    pub fn new(listener: StdListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        Ok(Self { listener })
    }

    /// The address that is listened on, its port chosen by the system if 0 was asked for.
    ///
    /// # Errors
    /// None that can be acted on.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `leave` says how to stop, then answers what is in flight for at most `grace`.
    /// After [`Leave::Retire`] it may still say [`Leave::Stop`].
    pub async fn serve(
        self,
        router: Router,
        leave: watch::Receiver<Option<Leave>>,
        grace: Duration,
    ) -> Drained {
        let connections = GracefulShutdown::new();
        let retiring = Arc::new(AtomicBool::new(false));
        let router = router.layer(map_response(close_when_retiring(Arc::clone(&retiring))));
        let service = TowerToHyperService::new(router);
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT);
        let mut end = pin!(said(leave.clone(), |word| word.is_some()));
        let mut accepting = Accepting::new(self.listener);
        let how = loop {
            let (stream, place) = match unless(end.as_mut(), accepting.next()).await {
                Ok(accepted) => accepted,
                Err(how) => break how,
            };
            let connection = http.serve_connection(TokioIo::new(stream), service.clone());
            let connection = connections.watch(connection);
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    debug!("connection ended: {error}");
                }
                drop(place);
            });
        };
        let places = accepting.stop();
        if how == Leave::Retire {
            retiring.store(true, Ordering::Relaxed);
            let all = places.acquire_many(MAX_CONNECTIONS as u32);
            let patience = HEADER_TIMEOUT + grace;
            let mut end = pin!(said(leave, |word| word == Some(Leave::Stop)));
            let _ = timeout(patience, unless(end.as_mut(), all)).await;
        }
        match timeout(grace, connections.shutdown()).await {
            Ok(()) => Drained::Completely,
            Err(_) => Drained::Partly,
        }
    }
}

/// The longest that [`Server::serve`] takes to end once it is told to.
pub fn longest_farewell(how: Leave, grace: Duration) -> Duration {
    match how {
        Leave::Stop => grace,
        Leave::Retire => HEADER_TIMEOUT.saturating_add(grace).saturating_add(grace),
    }
}

/// The first word on how to leave that is `enough`.
async fn said(
    mut leave: watch::Receiver<Option<Leave>>,
    enough: impl Fn(Option<Leave>) -> bool,
) -> Leave {
    match leave.wait_for(|word| enough(*word)).await.map(|word| *word) {
        Ok(Some(how)) => how,
        // Whoever could say so is gone.
        Ok(None) | Err(_) => Leave::Stop,
    }
}

/// What `work` gives, or what `end` does as soon as it is ready.
async fn unless<T, E>(
    end: Pin<&mut impl Future<Output = E>>,
    work: impl Future<Output = T>,
) -> Result<T, E> {
    tokio::select! {
        biased;
        how = end => Err(how),
        result = work => Ok(result),
    }
}

/// Tells callers that their connection ends with this answer, once `retiring` is set.
fn close_when_retiring(retiring: Arc<AtomicBool>) -> impl Fn(Response) -> Ready<Response> + Clone {
    move |mut response: Response| {
        if retiring.load(Ordering::Relaxed) {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        ready(response)
    }
}

/// Listens on `address`.
///
/// # Errors
/// When the address is taken or not this machine's.
pub fn listen(address: SocketAddr) -> io::Result<StdListener> {
    let family = socket2::Domain::for_address(address);
    let socket = socket2::Socket::new(family, socket2::Type::STREAM, None)?;
    // A restart must not wait for the connections of the last run to be forgotten.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
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

    /// Closes the listener here. Gives the places, all of which are free when every connection is
    /// closed.
    fn stop(self) -> Arc<Semaphore> {
        self.places
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
