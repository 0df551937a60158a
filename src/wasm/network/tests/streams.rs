//! Lookups, connections, and what comes through them.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Shutdown, TcpListener};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::Linger;
use rustls::RootCertStore;

use super::super::tls::Anchors;
use super::super::{Network, Trust};
use super::guest::{
    AGAIN, BADF, CONNREFUSED, CONNRESET, INPROGRESS, NOENT, PERM, PIPE, engine_on_loopback, network,
};
use super::{Guest, LIMITS, echo, guest, server};
use crate::egress::{Connection, Destination, Dial, DialError, Engine, LookupError, Pending, Who};

const SHORT: Duration = Duration::from_millis(50);
const NO_TIME: Duration = Duration::ZERO;

fn untrusting() -> Trust {
    Trust::new(RootCertStore::empty(), Anchors::none(), false)
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_go_there_and_come_back() {
    let mut guest = guest().await;
    let to = echo();
    let handle = guest.connect(to).await;
    assert_eq!(guest.fetch("net_receive", handle, 10).await, Err(AGAIN));
    assert_eq!(guest.send(handle, b"hello").await, 5);
    assert_eq!(guest.wait(handle, 1).await, 1);
    assert_eq!(guest.fetch("net_receive", handle, 3).await.unwrap(), b"hel");
    assert_eq!(guest.fetch("net_receive", handle, 9).await.unwrap(), b"lo");
    let other = guest
        .call("net_address", &[handle.into(), 1, 1024, 100])
        .await;
    let expected = format!("127.0.0.1 {}", to.port());
    assert_eq!(guest.got(other), expected.as_bytes());
    let own = guest
        .call("net_address", &[handle.into(), 0, 1024, 100])
        .await;
    let own = String::from_utf8(guest.got(own)).unwrap();
    assert!(own.starts_with("0.0.0.0 ") && !own.ends_with(" 0"), "{own}");
    assert_eq!(guest.call("net_shutdown", &[handle.into()]).await, 0);
    assert_eq!(
        guest.wait(handle, 1).await & 1,
        1,
        "the other side ends, too"
    );
    assert_eq!(guest.fetch("net_receive", handle, 9).await.unwrap(), b"");
    assert_eq!(guest.send(handle, b"x").await, PIPE);
    assert_eq!(guest.call("net_close", &[handle.into()]).await, 0);
    assert_eq!(guest.call("net_close", &[handle.into()]).await, BADF);
    let used = guest.state().network.usage();
    assert_eq!((used.connections, used.sent.0, used.received.0), (1, 5, 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_is_not_called_readable() {
    let mut guest = guest().await;
    let handle = guest.connect(echo()).await;
    for _ in 0..3 {
        guest.send(handle, b"hello").await;
        guest.wait(handle, 1).await;
        guest.fetch("net_receive", handle, 100).await.unwrap();
        // Clients take a readable idle connection for one that the server has closed.
        assert_eq!(guest.poll(&[(handle, 1)], NO_TIME).await, [0]);
        assert_eq!(guest.poll(&[(handle, 1)], SHORT).await, [0]);
        assert_eq!(guest.poll(&[(handle, 3)], SHORT).await, [2]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_only_the_ready_ones_are_told() {
    let mut guest = guest().await;
    let to = echo();
    let mut handles = Vec::new();
    for _ in 0..40 {
        handles.push(guest.connect(to).await);
    }
    let wanted: Vec<_> = handles.iter().map(|handle| (*handle, 1)).collect();
    for chosen in [7, 39, 0] {
        guest.send(handles[chosen], b"x").await;
        let happened = guest.poll(&wanted, Duration::from_secs(10)).await;
        let mut expected = [0; 40];
        expected[chosen] = 1;
        assert_eq!(happened, expected);
        guest
            .fetch("net_receive", handles[chosen], 9)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_connection_is_writable_again_when_it_is_read() {
    let (go, wait) = mpsc::channel();
    let to = server(move |mut stream| {
        wait.recv().unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        stream.write_all(&all.len().to_le_bytes()).unwrap();
    });
    let mut guest = guest().await;
    let handle = guest.connect(to).await;
    let part = vec![b'x'; 200_000];
    let mut sent = 0;
    loop {
        match guest.send(handle, &part).await {
            AGAIN => break,
            count => sent += count as usize,
        }
    }
    assert_eq!(guest.poll(&[(handle, 2)], SHORT).await, [0]);
    go.send(()).unwrap();
    assert_eq!(guest.wait(handle, 2).await, 2);
    sent += guest.send(handle, b"the end").await as usize;
    guest.call("net_shutdown", &[handle.into()]).await;
    assert_eq!(guest.receive_all(handle).await, sent.to_le_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_told_as_a_kernel_tells_them() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let mut guest = guest().await;
    let handle = guest.begin_to_connect("127.0.0.1", closed.port()).await;
    assert_eq!(guest.wait(handle, 2).await, 2 | 4 | 8);
    assert_eq!(
        guest.call("net_status", &[handle.into()]).await,
        CONNREFUSED
    );
    assert!(guest.reason().await.to_lowercase().contains("refused"));
    assert_eq!(guest.send(handle, b"x").await, CONNREFUSED);

    let reset = server(|mut stream| {
        let _ = stream.read(&mut [0]);
        let linger = libc::linger {
            l_onoff: 1,
            l_linger: 0,
        };
        setsockopt(&stream, Linger, &linger).unwrap();
    });
    let handle = guest.connect(reset).await;
    guest.send(handle, b"x").await;
    assert_eq!(guest.wait(handle, 1).await & 1, 1);
    let received = guest.fetch("net_receive", handle, 9).await;
    assert_eq!(received, Err(CONNRESET));

    let refused = guest.begin_to_connect("169.254.169.254", 80).await;
    guest.wait(refused, 2).await;
    assert_eq!(guest.call("net_status", &[refused.into()]).await, PERM);
    assert!(!guest.reason().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_resolved_once_and_remembered() {
    let dialled = Arc::new(Mutex::new(Vec::new()));
    let recorder = Recorder {
        engine: engine_on_loopback(),
        dialled: Arc::clone(&dialled),
    };
    let network = network(recorder, untrusting());
    let mut guest = Guest::new(Some(&network), LIMITS).await;
    let lookup = guest.lookup("localhost").await;
    assert_eq!(guest.wait(lookup, 1).await, 1);
    let text = guest.fetch("net_receive", lookup, 1000).await.unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.ends_with('\n'), "{text:?}");
    let found: Vec<IpAddr> = text.lines().map(|line| line.parse().unwrap()).collect();
    assert!(found.contains(&IpAddr::from([127, 0, 0, 1])), "{found:?}");
    assert_eq!(guest.fetch("net_receive", lookup, 9).await.unwrap(), b"");
    guest.call("net_close", &[lookup.into()]).await;

    let to = echo();
    guest.connect(to).await;
    guest.begin_to_connect("127.0.0.9", to.port()).await;
    tokio::time::sleep(SHORT).await;
    let dialled = dialled.lock().unwrap();
    let expected = |host: &str, address| Destination {
        host: host.to_owned(),
        address,
        port: to.port(),
        bytes: None,
    };
    assert_eq!(
        *dialled,
        [
            expected("localhost", Some(to.ip())),
            expected("127.0.0.9", None)
        ],
        "the policy decides by the name of an address that has one"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn lookups_say_why_they_fail() {
    let mut guest = guest().await;
    let lookup = guest.lookup("no-such-host.invalid").await;
    assert_eq!(guest.wait(lookup, 1).await, 1);
    let error = guest.fetch("net_receive", lookup, 9).await.unwrap_err();
    assert!([NOENT, PERM, -29].contains(&error), "{error}");
    assert!(!guest.reason().await.is_empty());
    let literal = guest.lookup("::1").await;
    let text = guest.fetch("net_receive", literal, 99).await.unwrap();
    assert_eq!(text, b"::1\n", "needs nobody to be asked");
}

/// Connects to nobody, but remembers to whom it should.
struct Recorder {
    engine: Engine,
    dialled: Arc<Mutex<Vec<Destination>>>,
}

impl Dial for Recorder {
    fn lookup<'a>(&'a self, who: &'a Who, host: &'a str) -> Pending<'a, Vec<IpAddr>, LookupError> {
        self.engine.lookup(who, host)
    }

    fn dial<'a>(&'a self, who: &'a Who, to: &'a Destination) -> Pending<'a, Connection, DialError> {
        self.dialled.lock().unwrap().push(to.clone());
        self.engine.dial(who, to)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_is_as_good_as_a_connection() {
    let relay = Relay::default();
    let theirs = Arc::clone(&relay.theirs);
    let network = network(relay, untrusting());
    let mut guest = Guest::new(Some(&network), LIMITS).await;
    let handle = guest.begin_to_connect("example.com", 443).await;
    assert_eq!(guest.wait(handle, 2).await, 2);
    let mut stream = theirs.lock().unwrap().take().unwrap();
    assert_eq!(guest.send(handle, b"hello").await, 5);
    guest.call("net_shutdown", &[handle.into()]).await;
    let answering = thread::spawn(move || {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        stream.write_all(&all.repeat(2)).unwrap();
        stream.shutdown(Shutdown::Both).unwrap();
    });
    assert_eq!(guest.receive_all(handle).await, b"hellohello");
    answering.join().unwrap();
    let len = guest
        .call("net_address", &[handle.into(), 1, 1024, 99])
        .await;
    assert_eq!(guest.got(len), b"0.0.0.0 443");
}

/// Hands over one end of a pair, as the egress process does where it stands between.
#[derive(Default)]
struct Relay {
    theirs: Arc<Mutex<Option<UnixStream>>>,
}

impl Dial for Relay {
    fn lookup<'a>(&'a self, _: &'a Who, _: &'a str) -> Pending<'a, Vec<IpAddr>, LookupError> {
        Box::pin(async { Err(LookupError::NotFound("nobody".to_owned())) })
    }

    fn dial<'a>(&'a self, _: &'a Who, _: &'a Destination) -> Pending<'a, Connection, DialError> {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        *self.theirs.lock().unwrap() = Some(theirs);
        Box::pin(async {
            Ok(Connection {
                socket: ours.into(),
                peer: None,
            })
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_begun_is_in_progress() {
    let network: Network = network(super::waiting::Never::default(), untrusting());
    let mut guest = Guest::new(Some(&network), LIMITS).await;
    let handle = guest.begin_to_connect("example.com", 80).await;
    assert_eq!(guest.call("net_status", &[handle.into()]).await, INPROGRESS);
    assert_eq!(guest.send(handle, b"x").await, AGAIN);
    assert_eq!(guest.fetch("net_receive", handle, 9).await, Err(AGAIN));
    assert_eq!(guest.poll(&[(handle, 3)], SHORT).await, [0]);
}
