//! Requests of a guest, each rewritten for the proxy, and the answers to them, on one connection each.
//!
//! Guarantees: answers are told apart from each other as the requests before them are, so that neither
//! side is misled about where one ends; another protocol follows only where both have agreed on it.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{mpsc, oneshot};

use super::body::{Body, WrongChunk};
use super::relay::{Allowance, Inbox, Limited, Presence, pump};
use super::request::rewrite;
use super::response::{self, WrongAnswer};
use crate::egress::tunnel::Target;

/// Requests whose answers have not come; one more waits.
const MOST_PIPELINED: usize = 32;

/// What the proxy is told.
#[derive(Clone, Debug)]
pub struct Route {
    pub target: Target,
    /// The value of `Proxy-Authorization`.
    pub authorization: Option<String>,
}

/// What comes next for the guest.
enum Next {
    /// The answer to a request.
    Answer {
        is_head: bool,
        /// Where it is awaited whether the protocol changes.
        switches: Option<oneshot::Sender<bool>>,
    },
    /// Our own, and nothing after it.
    Last(Vec<u8>),
}

/// How the answers ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// With them everything does.
    Whole,
    /// Another protocol was spoken; the guest may still have something to say.
    Switched,
}

/// Why an exchange broke.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Chunk(#[from] WrongChunk),
    #[error(transparent)]
    Answer(#[from] WrongAnswer),
    #[error("the proxy wants {0} (407): see the setting that names it")]
    Credentials(&'static str),
}

/// To the end of either side. `first` is what the guest has sent so far, `allowance` what may
/// still go in each direction.
///
/// # Errors
/// What broke between us and the proxy.
pub async fn exchange(
    guest: &mut UnixStream,
    proxy: &mut TcpStream,
    first: Vec<u8>,
    route: &Route,
    there: &Presence,
    allowance: Option<&Allowance>,
) -> Result<(), ExchangeError> {
    let (guest_in, guest_out) = guest.split();
    let mut guest_in = Limited::new(guest_in, allowance.map(Allowance::sending));
    let mut guest_out = Limited::new(guest_out, allowance.map(Allowance::receiving));
    let (mut proxy_in, mut proxy_out) = proxy.split();
    let (tell, mut told) = mpsc::channel(MOST_PIPELINED);
    let requests = async {
        let mut input = Inbox::new(first);
        // What breaks here shows in the answers as well, where it matters.
        let _ = requests(&mut input, &mut guest_in, &mut proxy_out, route, tell).await;
    };
    let answers = async {
        let ended = answers(&mut proxy_in, &mut guest_out, &mut told, route).await;
        there.tell_the_end();
        guest_out.shutdown().await?;
        ended
    };
    tokio::pin!(requests);
    tokio::pin!(answers);
    let mut all_sent = false;
    let ended = loop {
        tokio::select! {
            ended = &mut answers => break ended?,
            () = &mut requests, if !all_sent => all_sent = true,
        }
    };
    if ended == Ended::Switched && !all_sent {
        requests.await;
    }
    Ok(())
}

async fn requests(
    input: &mut Inbox,
    guest: &mut (impl AsyncRead + Unpin),
    proxy: &mut (impl AsyncWrite + Unpin),
    route: &Route,
    tell: mpsc::Sender<Next>,
) -> Result<(), ExchangeError> {
    loop {
        let read = rewrite(input.bytes(), &route.target, route.authorization.as_deref());
        let mut request = match read {
            Ok(Some(request)) => request,
            Ok(None) if input.fill(guest).await? => continue,
            Ok(None) => return Ok(()),
            Err(why) => {
                let last = response::own("400 Bad Request", &why.to_string());
                let _ = tell.send(Next::Last(last)).await;
                return Ok(());
            }
        };
        let (switches, switched) = match request.upgrades {
            true => Some(oneshot::channel()).unzip(),
            false => (None, None),
        };
        let next = Next::Answer {
            is_head: request.is_head,
            switches,
        };
        // Before it is sent: the answer must not be faster.
        if tell.send(next).await.is_err() {
            return Ok(());
        }
        input.consume(request.length);
        proxy.write_all(&request.head).await?;
        if !hand_on(&mut request.body, input, guest, proxy).await? {
            return Ok(());
        }
        if let Some(switched) = switched
            && switched.await == Ok(true)
        {
            return Ok(pump(input.bytes(), guest, proxy).await?);
        }
    }
}

async fn answers(
    proxy: &mut (impl AsyncRead + Unpin),
    guest: &mut (impl AsyncWrite + Unpin),
    told: &mut mpsc::Receiver<Next>,
    route: &Route,
) -> Result<Ended, ExchangeError> {
    let mut input = Inbox::default();
    let mut pending = None;
    loop {
        if input.bytes().is_empty() {
            tokio::select! {
                biased;
                next = told.recv() => pending = next,
                more = input.fill(proxy) => if !more? { return Ok(Ended::Whole) },
            }
        }
        // What came without a request that was sent before answers nothing.
        let next = pending.take().or_else(|| told.try_recv().ok());
        let (is_head, mut switches) = match next {
            None => return Ok(Ended::Whole),
            Some(Next::Last(answer)) => {
                guest.write_all(&answer).await?;
                return Ok(Ended::Whole);
            }
            Some(Next::Answer { is_head, switches }) => (is_head, switches),
        };
        loop {
            let Some(mut answer) = response::read(input.bytes(), is_head)? else {
                match input.fill(proxy).await? {
                    true => continue,
                    false => return Ok(Ended::Whole),
                }
            };
            if answer.code == 407 {
                let what = match route.authorization {
                    Some(_) => "other credentials",
                    None => "credentials",
                };
                let why = ExchangeError::Credentials(what);
                let own = response::own("502 Bad Gateway", &why.to_string());
                guest.write_all(&own).await?;
                return Err(why);
            }
            input.consume(answer.length);
            guest.write_all(&answer.head).await?;
            if answer.is_interim() {
                continue;
            }
            let switches = switches.take();
            if answer.code == 101 {
                let agreed = switches.is_some_and(|switches| switches.send(true).is_ok());
                if !agreed {
                    return Err(WrongAnswer.into());
                }
                pump(input.bytes(), proxy, guest).await?;
                return Ok(Ended::Switched);
            }
            if let Some(switches) = switches {
                let _ = switches.send(false);
            }
            let is_last = answer.is_last();
            let whole = hand_on(&mut answer.body, &mut input, proxy, guest).await?;
            if is_last || !whole {
                return Ok(Ended::Whole);
            }
            break;
        }
    }
}

/// Hands on the rest of a body. Whether all of it came.
async fn hand_on(
    body: &mut Body,
    input: &mut Inbox,
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
) -> Result<bool, ExchangeError> {
    let mut output = Vec::new();
    while !body.is_done() {
        if input.bytes().is_empty() && !input.fill(from).await? {
            return Ok(false);
        }
        output.clear();
        let taken = body.take(input.bytes(), &mut output)?;
        input.consume(taken);
        to.write_all(&output).await?;
    }
    Ok(true)
}
