//! What a run may have, and what it is told beyond it.

use std::io::Write as _;
use std::net::Shutdown;

use super::super::super::state::Stop;
use super::super::MOST_PLACES;
use super::guest::{AGAIN, DQUOT, MFILE, NATIVE_FILE, NATIVE_MODULE, PERM};
use super::{Guest, LIMITS, echo, guest, open_network, server};
use crate::program::Limits;
use crate::units::ByteSize;

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_counted_at_once_and_in_all() {
    let limits = Limits {
        connections: 3,
        ..LIMITS
    };
    let mut guest = Guest::new(Some(&open_network()), limits).await;
    let to = echo();
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(guest.connect(to).await);
    }
    assert_eq!(guest.begin_to_connect("127.0.0.1", to.port()).await, MFILE);
    assert!(guest.reason().await.contains("limits.connections"));
    guest.call("net_close", &[open[0].into()]).await;
    for _ in 3..48 {
        let handle = guest.connect(to).await;
        guest.call("net_close", &[handle.into()]).await;
    }
    assert_eq!(guest.begin_to_connect("127.0.0.1", to.port()).await, MFILE);
    assert!(guest.reason().await.contains("in one run"));
    assert_eq!(guest.state().network.usage().connections, 48);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_are_counted_in_each_direction() {
    let limits = Limits {
        network_bytes: ByteSize(1000),
        ..LIMITS
    };
    let mut guest = Guest::new(Some(&open_network()), limits).await;
    let handle = guest.connect(echo()).await;
    assert_eq!(guest.send(handle, &[b'x'; 900]).await, 900);
    assert_eq!(guest.send(handle, &[b'x'; 900]).await, 100);
    assert_eq!(guest.send(handle, b"x").await, DQUOT);
    assert!(guest.reason().await.contains("limits.network_bytes"));
    let mut received = 0;
    while received < 1000 {
        guest.wait(handle, 1).await;
        received += guest
            .fetch("net_receive", handle, 9999)
            .await
            .unwrap()
            .len();
    }
    assert_eq!(received, 1000);
    assert_eq!(guest.fetch("net_receive", handle, 9).await, Err(AGAIN));

    let two = server(|mut stream| stream.write_all(b"more").unwrap());
    let handle = guest.connect(two).await;
    guest.wait(handle, 1).await;
    assert_eq!(guest.fetch("net_receive", handle, 9).await, Err(DQUOT));
    assert!(guest.reason().await.contains("received"));
    // The end of a connection is no byte.
    let three = server(|stream| stream.shutdown(Shutdown::Both).unwrap());
    let handle = guest.connect(three).await;
    guest.wait(handle, 1).await;
    assert_eq!(guest.fetch("net_receive", handle, 9).await.unwrap(), b"");
    let used = guest.state().network.usage();
    assert_eq!((used.sent.0, used.received.0), (1000, 1000));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_programs_together_have_a_limit_of_their_own() {
    let network = open_network();
    let many = u32::try_from(MOST_PLACES - 1).unwrap();
    let others = network.places.clone().try_acquire_many_owned(many).unwrap();
    let to = echo();
    let mut guest = Guest::new(Some(&network), LIMITS).await;
    let handle = guest.connect(to).await;
    assert_eq!(guest.begin_to_connect("127.0.0.1", to.port()).await, MFILE);
    assert!(guest.reason().await.contains("try again later"));
    guest.call("net_close", &[handle.into()]).await;
    let handle = guest.connect(to).await;
    drop(others);
    guest.call("net_close", &[handle.into()]).await;
    assert_eq!(network.places.available_permits(), MOST_PLACES);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_and_bytes_cost_fuel() {
    let mut guest = guest().await;
    let handle = guest.connect(echo()).await;
    let before = guest.spent();
    guest.send(handle, &[0; 100]).await;
    let small = guest.spent() - before;
    let before = guest.spent();
    guest.send(handle, &[0; 100_000]).await;
    let large = guest.spent() - before;
    assert!(small > 5_000, "{small}");
    assert!(large > small + 50_000, "{large}");
    let before = guest.spent();
    guest.call("net_status", &[7]).await;
    assert!(guest.spent() > before, "a wrong call, too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_not_started_over_after_it_was_noticed() {
    let mut guest = guest().await;
    let (at, len) = guest.put(NATIVE_FILE.as_bytes());
    let arguments = [3, 0, at, len, 0, -1, -1, 0, 0];
    let imported = guest.try_call("path_open", &arguments).await;
    assert_eq!(imported, Err(Stop::NeedsNative(NATIVE_MODULE.into())));
    // Asking for an address is nothing that must not happen twice.
    let lookup = guest.lookup("localhost").await;
    guest.wait(lookup, 1).await;
    let (at, _) = guest.put(NATIVE_FILE.as_bytes());
    assert_eq!(at, arguments[2]);
    let imported = guest.try_call("path_open", &arguments).await;
    assert_eq!(imported, Err(Stop::NeedsNative(NATIVE_MODULE.into())));
    guest.connect(echo()).await;
    guest.put(NATIVE_FILE.as_bytes());
    let imported = guest.try_call("path_open", &arguments).await;
    assert_eq!(imported, Err(Stop::NativeTooLate(NATIVE_MODULE.into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_there_is_nobody() {
    let mut guest = Guest::new(None, LIMITS).await;
    assert_eq!(guest.lookup("localhost").await, PERM);
    assert!(guest.reason().await.contains("no network"));
    assert_eq!(guest.begin_to_connect("127.0.0.1", 80).await, PERM);
    assert_eq!(guest.give("tls_open", None, b"{}").await, PERM);
    assert!(!guest.state().network.was_used());
}
