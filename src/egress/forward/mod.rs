//! Stands between a program and proxies that have different ways for HTTP and for everything else: a proxy
//! as Dify's refuses `CONNECT` to anything but port 443, and takes plain requests only as such. What
//! the program speaks shows in its first bytes, and if it waits for the other side, in its silence.
//!
//! Guarantees: everything ends when the program has closed its end; what a request says of its
//! destination is not believed ([`request`]).

mod body;
mod exchange;
mod head;
mod relay;
mod request;
mod response;

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{Instant, sleep};

use super::DialError;
use super::proxies::{Proxy, ProxyKind};
use super::tunnel::{self, Target};
use exchange::{Route, exchange};
pub use relay::Allowance;
use relay::{Inbox, Presence, relay};
use request::{Begins, begins};

/// Who says nothing for so long expects the other side to begin.
const SILENCE: Duration = Duration::from_millis(300);
/// How long it is waited for whoever seemed to expect that, and cannot be given the other side.
const SLOWNESS: Duration = Duration::from_secs(10);
/// How long the first line of a request may take once it has begun.
const FIRST_LINE: Duration = Duration::from_secs(3);
/// `access_denied`, fatal, in a record of TLS 1.2 (RFC 8446, 6): what a program's TLS understands.
const TLS_ALERT: [u8; 7] = [21, 3, 3, 0, 2, 2, 49];

/// The ways to a destination.
#[derive(Clone, Debug)]
pub struct Ways {
    pub target: Target,
    /// The same as a tunnel is told.
    pub tunnelled: Target,
    /// For requests of plain HTTP; none: directly.
    pub http: Option<Proxy>,
    /// For TLS; none: directly.
    pub https: Option<Proxy>,
}

/// Makes connections for what stands between.
pub trait Reach: Send + Sync {
    fn proxy(&self, proxy: &Proxy) -> impl Future<Output = Result<TcpStream, DialError>> + Send;
    fn target(&self) -> impl Future<Output = Result<TcpStream, DialError>> + Send;
}

/// Serves a guest's connection to its end. `ready` is a connection to the proxy for HTTP, if there is one
/// already, `allowance` what may still go in each direction.
///
/// # Errors
/// Why there was no connection, or why it broke; the guest was told as well as its protocol allows.
pub async fn stand_between(
    mut guest: UnixStream,
    ways: &Ways,
    reach: &impl Reach,
    ready: Option<TcpStream>,
    allowance: Option<&Allowance>,
) -> Result<(), DialError> {
    let there = Presence::of(&guest).map_err(|error| DialError::Unavailable(error.to_string()))?;
    let serving = serve(&mut guest, ways, reach, ready, &there, allowance);
    tokio::select! {
        served = serving => served,
        () = there.ended() => Ok(()),
    }
}

async fn serve(
    guest: &mut UnixStream,
    ways: &Ways,
    reach: &impl Reach,
    mut ready: Option<TcpStream>,
    there: &Presence,
    allowance: Option<&Allowance>,
) -> Result<(), DialError> {
    let mut inbox = Inbox::default();
    let mut spoken = listen(guest, &ways.target, &mut inbox, SILENCE).await;
    let mut opened = open(spoken, ways, reach, &mut ready).await;
    if opened.is_err() && inbox.bytes().is_empty() {
        // It may not wait for the other side but be slow, as programs are where many run.
        spoken = listen(guest, &ways.target, &mut inbox, SLOWNESS).await;
        if spoken == Begins::Request {
            opened = open(spoken, ways, reach, &mut ready).await;
        }
    }
    let first = inbox.bytes();
    match opened {
        Err(error) => {
            let word = match spoken {
                Begins::Request => response::own("502 Bad Gateway", &error.to_string()),
                Begins::Tls => TLS_ALERT.to_vec(),
                Begins::Other | Begins::Unclear => Vec::new(),
            };
            // It may have gone.
            let _ = guest.write_all(&word).await;
            Err(error)
        }
        Ok(Opened::Tunnel(mut peer)) => {
            relay(guest, &mut peer, first, there, allowance).await;
            Ok(())
        }
        Ok(Opened::Proxy(mut stream, proxy)) => {
            let route = Route {
                target: ways.target.clone(),
                authorization: proxy.credentials.as_ref().map(tunnel::basic),
            };
            let first = first.to_vec();
            let exchanged = exchange(guest, &mut stream, first, &route, there, allowance).await;
            exchanged.map_err(|error| {
                DialError::Proxy(format!("the proxy {proxy} for {}: {error}", ways.target))
            })
        }
    }
}

/// A connection for what the guest speaks.
enum Opened<'a> {
    /// To the destination.
    Tunnel(TcpStream),
    /// To a proxy that takes requests.
    Proxy(TcpStream, &'a Proxy),
}

async fn open<'a>(
    spoken: Begins,
    ways: &'a Ways,
    reach: &impl Reach,
    ready: &mut Option<TcpStream>,
) -> Result<Opened<'a>, DialError> {
    let way = match spoken {
        Begins::Request => &ways.http,
        Begins::Tls => &ways.https,
        Begins::Other | Begins::Unclear => match &ways.https {
            Some(_) => &ways.https,
            None => &ways.http,
        },
    };
    let Some(proxy) = way else {
        return reach.target().await.map(Opened::Tunnel);
    };
    let ready = match way == &ways.http {
        true => ready.take(),
        false => None,
    };
    let mut stream = match ready {
        Some(ready) => ready,
        None => reach.proxy(proxy).await?,
    };
    if spoken == Begins::Request && proxy.kind == ProxyKind::Http {
        return Ok(Opened::Proxy(stream, proxy));
    }
    tunnel::open(&mut stream, proxy, &ways.tunnelled).await?;
    Ok(Opened::Tunnel(stream))
}

/// Waits until it is clear what the guest speaks, or it has said nothing for so long.
async fn listen(
    guest: &mut UnixStream,
    target: &Target,
    inbox: &mut Inbox,
    silence: Duration,
) -> Begins {
    let patience = sleep(silence);
    tokio::pin!(patience);
    let mut is_silent = true;
    loop {
        match begins(inbox.bytes(), target) {
            Begins::Unclear => {}
            clear => return clear,
        }
        if is_silent && !inbox.bytes().is_empty() {
            is_silent = false;
            patience.as_mut().reset(Instant::now() + FIRST_LINE);
        }
        let more = tokio::select! {
            more = inbox.fill(guest) => more,
            () = &mut patience => Ok(false),
        };
        // An end, or whatever is wrong with it, shows again where it is handed on.
        if !matches!(more, Ok(true)) {
            return Begins::Other;
        }
    }
}
