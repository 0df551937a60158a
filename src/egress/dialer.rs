//! Connects with the first of a host's addresses that answers (RFC 8305): the next one is tried a quarter
//! of a second after the last, or as soon as that failed, while those before go on.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::DialError;

/// RFC 8305, 5: the "Connection Attempt Delay".
const STAGGER: Duration = Duration::from_millis(250);
/// How many addresses are tried.
const MOST_ADDRESSES: usize = 8;

/// Each attempt may take `patience`. Dropping the future ends all of them. `host` is only for messages.
///
/// # Errors
/// When none of them answers: what became of the most telling attempt.
pub async fn connect(
    host: &str,
    addresses: &[IpAddr],
    port: u16,
    patience: Duration,
) -> Result<(TcpStream, SocketAddr), DialError> {
    let addresses = interleaved(addresses);
    let mut waiting = addresses.iter().map(|address| (*address, port).into());
    let mut attempts = JoinSet::new();
    let mut failed: Option<(SocketAddr, io::Error)> = None;
    loop {
        match waiting.next() {
            Some(address) => {
                attempts.spawn(attempt(address, patience));
            }
            None if attempts.is_empty() => break,
            None => {}
        }
        let more = waiting.len() > 0;
        tokio::select! {
            Some(ended) = attempts.join_next() => match ended {
                Ok((address, Ok(stream))) => return Ok((stream, address)),
                Ok((address, Err(error))) => {
                    if failed.as_ref().is_none_or(|(_, last)| tells_more(&error, last)) {
                        failed = Some((address, error));
                    }
                }
                // Its task was aborted with everything else.
                Err(_) => {}
            },
            () = sleep(STAGGER), if more => {}
        }
    }
    Err(match failed {
        Some((address, error)) => {
            let number = error.raw_os_error().unwrap_or(libc::EIO);
            let why = Errno(number);
            let line = format!("cannot connect to {host}:{port} ({}): {why}", address.ip());
            DialError::Unreachable(number, line)
        }
        None => DialError::Unreachable(libc::EHOSTUNREACH, format!("{host} has no address")),
    })
}

async fn attempt(address: SocketAddr, patience: Duration) -> (SocketAddr, io::Result<TcpStream>) {
    let connected = async {
        let stream = timeout(patience, TcpStream::connect(address))
            .await
            .unwrap_or_else(|_| Err(io::Error::from_raw_os_error(libc::ETIMEDOUT)))?;
        // TCP connects a socket with itself when it happens to get the port that it asks for.
        if stream.local_addr()? == stream.peer_addr()? {
            return Err(io::Error::from_raw_os_error(libc::ECONNREFUSED));
        }
        // Programs write in pieces, and what they set on their sockets does not get here.
        stream.set_nodelay(true)?;
        Ok(stream)
    };
    (address, connected.await)
}

/// An answer says more than silence, and both more than that there is no way.
fn tells_more(error: &io::Error, than: &io::Error) -> bool {
    let rank = |error: &io::Error| match error.raw_os_error() {
        Some(libc::ECONNREFUSED | libc::ECONNRESET) => 2,
        Some(libc::ETIMEDOUT) => 1,
        _ => 0,
    };
    rank(error) > rank(than)
}

/// Both families by turns, as RFC 8305, 4 has it, so that a broken one costs little.
fn interleaved(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let first_is_six = addresses.first().is_some_and(IpAddr::is_ipv6);
    let (one, other): (Vec<_>, Vec<_>) = addresses
        .iter()
        .copied()
        .partition(|address| address.is_ipv6() == first_is_six);
    let longest = one.len().max(other.len());
    let turns = (0..longest).flat_map(|at| [one.get(at), other.get(at)]);
    turns.flatten().copied().take(MOST_ADDRESSES).collect()
}

/// What the system calls an error, without its number.
pub struct Errno(pub i32);

impl std::fmt::Display for Errno {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(nix::errno::Errno::from_raw(self.0).desc())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use tokio::net::TcpListener;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    fn addresses(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn families_take_turns_beginning_with_the_resolvers_first() {
        let found = addresses(&["::1", "::2", "::3", "1.1.1.1", "1.1.1.2"]);
        let expected = addresses(&["::1", "1.1.1.1", "::2", "1.1.1.2", "::3"]);
        assert_eq!(interleaved(&found), expected);
        let many: Vec<IpAddr> = (1..100).map(|last| [1, 1, 1, last].into()).collect();
        assert_eq!(interleaved(&many).len(), MOST_ADDRESSES);
    }

    #[tokio::test]
    async fn one_that_refuses_is_passed_over_at_once() {
        let listener = TcpListener::bind("127.0.0.2:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let since = Instant::now();
        let found = addresses(&["127.0.0.3", "127.0.0.4", "127.0.0.2"]);
        let (stream, address) = connect("x", &found, port, PATIENCE).await.unwrap();
        assert_eq!(address, listener.local_addr().unwrap());
        assert!(stream.nodelay().unwrap());
        assert!(since.elapsed() < STAGGER, "{:?}", since.elapsed());
    }

    /// A listener whose queue is full answers nothing, as a host that is not there.
    #[tokio::test]
    async fn one_that_is_silent_is_not_waited_for() {
        let silent = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
        let silent = silent.unwrap();
        let any: SocketAddr = "127.0.0.5:0".parse().unwrap();
        silent.bind(&any.into()).unwrap();
        silent.listen(0).unwrap();
        let there = silent.local_addr().unwrap().as_socket().unwrap();
        let port = there.port();
        let mut filling = Vec::new();
        for _ in 0..4 {
            let stream = timeout(Duration::from_millis(100), TcpStream::connect(there)).await;
            filling.push(stream);
        }
        assert!(filling.last().unwrap().is_err(), "the queue is full");
        let listener = TcpListener::bind(("127.0.0.6", port)).await.unwrap();
        let since = Instant::now();
        let found = addresses(&["127.0.0.5", "127.0.0.6"]);
        let (_, address) = connect("x", &found, port, PATIENCE).await.unwrap();
        assert_eq!(address, listener.local_addr().unwrap());
        let took = since.elapsed();
        assert!((STAGGER..STAGGER * 4).contains(&took), "{took:?}");
    }

    #[tokio::test]
    async fn what_became_of_the_most_telling_attempt_is_said() {
        let port = {
            let listener = TcpListener::bind("127.0.0.2:0").await.unwrap();
            listener.local_addr().unwrap().port()
        };
        // Nobody has a way to the second.
        let found = addresses(&["127.0.0.2", "100::1"]);
        let error = connect("x.test", &found, port, PATIENCE).await.unwrap_err();
        let line = format!("cannot connect to x.test:{port} (127.0.0.2): Connection refused");
        assert_eq!(error, DialError::Unreachable(libc::ECONNREFUSED, line));
    }
}
