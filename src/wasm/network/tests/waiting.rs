//! What waits, for how long, and what is left when a run ends.

use std::io::Read as _;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use rustls::RootCertStore;

use super::super::super::scheduler::Scheduler;
use super::super::super::state::Stop;
use super::super::Trust;
use super::super::tls::Anchors;
use super::guest::network;
use super::{Guest, LIMITS, echo, guest, open_network, server};
use crate::egress::{Connection, Destination, Dial, DialError, LookupError, Pending, Who};
use crate::program::{LimitReached, Limits};

/// Takes for ever, and counts who still waits.
#[derive(Clone, Default)]
pub struct Never {
    waiting: Arc<AtomicUsize>,
}

struct Waiter(Arc<AtomicUsize>);

impl Drop for Waiter {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Never {
    fn wait<'a, T: Send + 'a, E: Send + 'a>(&self) -> Pending<'a, T, E> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let waiter = Waiter(Arc::clone(&self.waiting));
        Box::pin(async move {
            let _waiter = waiter;
            std::future::pending().await
        })
    }
}

impl Dial for Never {
    fn lookup<'a>(&'a self, _: &'a Who, _: &'a str) -> Pending<'a, Vec<IpAddr>, LookupError> {
        self.wait()
    }

    fn dial<'a>(&'a self, _: &'a Who, _: &'a Destination) -> Pending<'a, Connection, DialError> {
        self.wait()
    }
}

async fn becomes(count: &AtomicUsize, expected: usize) {
    let since = Instant::now();
    while count.load(Ordering::SeqCst) != expected {
        assert!(since.elapsed() < Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn quick() -> Limits {
    Limits {
        wall_clock: Duration::from_millis(300),
        ..LIMITS
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_ends_with_its_time_or_with_the_runs() {
    let mut guest = Guest::new(Some(&open_network()), quick()).await;
    let handle = guest.connect(echo()).await;
    let since = Instant::now();
    guest.poll(&[(handle, 1)], Duration::from_millis(30)).await;
    guest.poll(&[], Duration::from_millis(30)).await;
    assert!(since.elapsed() >= Duration::from_millis(60));
    for forever in [None, Some(Duration::from_secs(3600))] {
        let mut guest = Guest::new(Some(&open_network()), quick()).await;
        let handle = guest.connect(echo()).await;
        let stopped = guest.try_poll(&[(handle, 1)], forever).await;
        assert_eq!(stopped, Err(Stop::Limit(LimitReached::WallClock)));
        let later = guest.try_call("net_status", &[handle.into()]).await;
        assert_eq!(later, Err(Stop::Limit(LimitReached::WallClock)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_an_error_and_waits_for_nobody() {
    let mut guest = guest().await;
    let since = Instant::now();
    let handle = guest.connect(echo()).await;
    let long = Duration::from_secs(10);
    let happened = guest.poll(&[(handle, 1), (3, 1), (99_999, 2)], long).await;
    assert_eq!(happened, [0, 4, 4]);
    guest.call("net_close", &[handle.into()]).await;
    assert_eq!(guest.poll(&[(handle, 1)], long).await, [4]);
    assert!(since.elapsed() < Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_what_a_run_began_when_it_has_ended() {
    let never = Never::default();
    let trust = Trust::new(RootCertStore::empty(), Anchors::none(), false);
    let network = network(never.clone(), trust);
    let mut guest = Guest::new(Some(&network), LIMITS).await;
    let closed = guest.begin_to_connect("example.com", 80).await;
    guest.begin_to_connect("example.com", 80).await;
    guest.lookup("example.com").await;
    becomes(&never.waiting, 3).await;
    guest.call("net_close", &[closed.into()]).await;
    becomes(&never.waiting, 2).await;
    {
        let waiting = guest.try_poll(&[(65_537, 3)], None);
        let given_up = tokio::time::timeout(Duration::from_millis(50), waiting).await;
        assert!(given_up.is_err(), "it would wait for ever");
    }
    drop(guest);
    becomes(&never.waiting, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_end_with_their_run() {
    let (tell, told) = mpsc::channel();
    let to = server(move |mut stream| {
        let mut all = Vec::new();
        tell.send(stream.read_to_end(&mut all)).unwrap();
    });
    let mut guest = guest().await;
    guest.connect(to).await;
    drop(guest);
    let ended = told.recv_timeout(Duration::from_secs(5));
    assert_eq!(ended.unwrap().unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_cannot_use_what_another_one_has_open() {
    let mut one = guest().await;
    let mut other = guest().await;
    let handle = one.connect(echo()).await;
    assert_eq!(handle, 65_536);
    assert_eq!(other.send(handle, b"x").await, super::guest::BADF);
    assert_eq!(other.wait(handle, 3).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_wait_leave_the_worker_to_others() {
    let scheduler = Scheduler::start(1, &tokio::runtime::Handle::current()).unwrap();
    let network = open_network();
    let to = echo();
    let since = Instant::now();
    let runs: Vec<_> = (0..50)
        .map(|_| {
            let network = network.clone();
            scheduler.spawn(async move {
                let mut guest = Guest::new(Some(&network), LIMITS).await;
                let handle = guest.connect(to).await;
                guest.poll(&[(handle, 1)], Duration::from_millis(400)).await;
                guest.send(handle, b"x").await;
                guest.wait(handle, 1).await
            })
        })
        .collect();
    for run in runs {
        assert_eq!(run.await, 1);
    }
    let took = since.elapsed();
    assert!(
        took < Duration::from_secs(5),
        "50 waits one after another: {took:?}"
    );
}
