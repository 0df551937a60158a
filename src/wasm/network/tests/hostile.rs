//! Calls that no guest of ours makes.

use std::time::Duration;

use super::super::super::state::Stop;
use super::guest::{FUNCTIONS, INVAL, MEMORY};
use super::{Guest, LIMITS, echo, guest, open_network};
use crate::program::{LimitReached, Limits};

const STRANGE: [i64; 9] = [
    0,
    1,
    8,
    MEMORY as i64 - 1,
    MEMORY as i64,
    i32::MAX as i64,
    i32::MIN as i64,
    -1,
    -8,
];

/// All ways to choose `count` of [`STRANGE`].
fn choices(count: usize) -> Vec<Vec<i64>> {
    (0..count).fold(vec![Vec::new()], |choices, _| {
        let longer = |choice: &Vec<i64>| {
            let choice = choice.clone();
            STRANGE.map(|value| [&choice[..], &[value]].concat())
        };
        choices.iter().flat_map(longer).collect()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn no_pointer_and_no_length_does_any_harm() {
    let limits = Limits {
        wall_clock: Duration::from_secs(60),
        ..LIMITS
    };
    let mut guest = Guest::new(Some(&open_network()), limits).await;
    let stream = i64::from(guest.connect(echo()).await);
    let lookup = i64::from(guest.lookup("127.0.0.1").await);
    let options = br#"{"server_name": "localhost"}"#;
    let tls = i64::from(guest.give("tls_open", None, options).await);
    assert!(tls > 0);
    for (name, parameters) in FUNCTIONS {
        // It would close what the others are tried with.
        if name.ends_with("close") {
            continue;
        }
        let takes_handle = ![
            "net_lookup",
            "net_connect",
            "net_reason",
            "net_poll",
            "tls_open",
        ]
        .contains(&name);
        let rest = parameters.len() - usize::from(takes_handle);
        for choice in choices(rest) {
            // A wait for ever has a test of its own.
            if name == "net_poll" && (choice[2] < 0 || choice[2] > 1000) {
                continue;
            }
            if !takes_handle {
                guest.call(name, &choice).await;
                continue;
            }
            for handle in [stream, lookup, tls, 0, 3, -1] {
                let result = guest.call(name, &[&[handle], &choice[..]].concat()).await;
                assert!(result >= -76, "{name}: {result}");
            }
        }
    }
    // Much was sent, and came back; then the other side ended.
    assert_eq!(guest.call("net_status", &[stream]).await, 0);
    assert!(!guest.receive_all(stream as i32).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_into_memory_is_not_read_or_written() {
    let mut guest = guest().await;
    let fault = -21;
    let handle = i64::from(guest.connect(echo()).await);
    let end = MEMORY as i64;
    for (name, arguments) in [
        ("net_lookup", vec![end - 2, 3]),
        ("net_connect", vec![end - 2, 3, 80]),
        ("net_send", vec![handle, end - 2, 3]),
        ("net_receive", vec![handle, end - 2, 3]),
        ("net_address", vec![handle, 1, end - 2, 99]),
        ("net_poll", vec![end - 8, 2, 0]),
        ("net_poll", vec![-8, 1, 0]),
        ("tls_open", vec![end - 2, 3]),
    ] {
        assert_eq!(guest.call(name, &arguments).await, fault, "{name}");
    }
    for name in ["", &"x".repeat(256), "\0", "a b"] {
        let lookup = guest.lookup(name).await;
        if lookup > 0 {
            guest.wait(lookup, 1).await;
            let found = guest.fetch("net_receive", lookup, 99).await;
            assert!(found.is_err(), "{name:?}: {found:?}");
        }
    }
    let (at, _) = guest.put(b"\xff\xfe");
    assert_eq!(guest.call("net_lookup", &[at, 2]).await, INVAL, "not UTF-8");
    assert_eq!(guest.call("net_connect", &[at, 2, 65_536]).await, INVAL);
    assert_eq!(guest.call("net_poll", &[0, 4097, 0]).await, INVAL);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_of_calls_ends_at_the_deadline() {
    let limits = Limits {
        wall_clock: Duration::from_millis(200),
        ..LIMITS
    };
    let mut guest = Guest::new(Some(&open_network()), limits).await;
    let handle = guest.connect(echo()).await;
    let stopped = loop {
        if let Err(stop) = guest.try_poll(&[(handle, 1)], Some(Duration::ZERO)).await {
            break stop;
        }
    };
    assert_eq!(stopped, Stop::Limit(LimitReached::WallClock));
}
