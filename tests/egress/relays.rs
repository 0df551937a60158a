//! Where the engine stands between: ends, slow readers, limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use belljar::egress::{Destination, Dial as _, Engine};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::peers::{Habits, HttpProxy, server};
use crate::{Program, both, engine, eventually, to, who};

/// An engine whose proxy leads `site.example.com:2525` to a server that does `work`.
async fn leading_to<F>(
    work: impl Fn(tokio::net::TcpStream) -> F + Send + 'static,
) -> (HttpProxy, Engine)
where
    F: Future<Output = ()> + Send + 'static,
{
    let there = server(work).await;
    let habits = Habits {
        tunnels: [("site.example.com:2525".to_owned(), there)].into(),
        ..Habits::default()
    };
    let proxy = HttpProxy::start(habits).await;
    let engine = engine(&[], both(&proxy.url()));
    (proxy, engine)
}

/// How many connections a server of the test has open.
#[derive(Clone, Default)]
struct Open(Arc<AtomicUsize>);

struct One(Open);

impl Open {
    fn one(&self) -> One {
        self.0.fetch_add(1, Ordering::SeqCst);
        One(self.clone())
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_relay_ends_with_its_program_although_the_other_side_says_nothing() {
    let open = Open::default();
    let counted = open.clone();
    let (_proxy, engine) = leading_to(move |mut stream| {
        let one = counted.one();
        async move {
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
            drop(one);
        }
    })
    .await;
    let mut program = Program::dial(&engine, "site.example.com", 2525).await;
    program.say("something\r\n").await;
    eventually("it is connected", || open.count() == 1).await;
    drop(program);
    eventually("the connection is gone", || open.count() == 0).await;
}

#[tokio::test]
async fn a_relay_ends_with_its_program_although_the_other_side_takes_nothing() {
    let open = Open::default();
    let counted = open.clone();
    let (_proxy, engine) = leading_to(move |mut stream| {
        let one = counted.one();
        async move {
            // Never reads; hears only of the end.
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            drop(one);
        }
    })
    .await;
    let mut program = Program::dial(&engine, "site.example.com", 2525).await;
    program.say("something\r\n").await;
    program.hear(1).await;
    let flood = vec![b'x'; 1 << 20];
    let mut sent = 0;
    while let Ok(Ok(count)) =
        tokio::time::timeout(Duration::from_millis(300), program.0.write(&flood)).await
    {
        sent += count;
        assert!(sent < 64 << 20, "it is taken without end");
    }
    drop(program);
    eventually("the connection is gone", || open.count() == 0).await;
}

#[tokio::test]
async fn a_program_that_gave_up_while_its_request_is_served_ends_it() {
    let open = Open::default();
    let counted = open.clone();
    // A proxy that never answers a request.
    let silent = server(move |mut stream| {
        let one = counted.one();
        async move {
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
            drop(one);
        }
    })
    .await;
    let engine = engine(&[], both(&format!("http://{silent}")));
    let mut program = Program::dial(&engine, "site.example.com", 80).await;
    program.say("GET / HTTP/1.1\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(open.count(), 1);
    // Done sending is not gone.
    program.0.shutdown().await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(open.count(), 1);
    drop(program);
    eventually("the connection is gone", || open.count() == 0).await;
}

#[tokio::test]
async fn whoever_reads_slowly_is_waited_for_and_gets_everything() {
    const ALL: usize = 64 << 20;
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let (_proxy, engine) = leading_to(move |mut stream| {
        let sent = Arc::clone(&counted);
        async move {
            let piece = vec![b'y'; 64 << 10];
            while sent.load(Ordering::SeqCst) < ALL {
                if stream.write_all(&piece).await.is_err() {
                    return;
                }
                sent.fetch_add(piece.len(), Ordering::SeqCst);
            }
        }
    })
    .await;
    let mut program = Program::dial(&engine, "site.example.com", 2525).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let held = sent.load(Ordering::SeqCst);
    // What the kernel's buffers of three connections take.
    assert!(held < ALL / 2, "{held} bytes are held");
    let mut total = 0;
    let mut piece = vec![0; 256 << 10];
    loop {
        match program.0.read(&mut piece).await.unwrap() {
            0 => break,
            count => total += count,
        }
    }
    assert_eq!(total, ALL);
}

#[tokio::test]
async fn no_more_bytes_go_than_were_granted() {
    let (_proxy, engine) = leading_to(async |mut stream| {
        let (mut from, mut to) = stream.split();
        let _ = tokio::io::copy(&mut from, &mut to).await;
    })
    .await;
    let granted = Destination {
        bytes: Some(1000),
        ..to("site.example.com", 2525)
    };
    let mut program = Program::of(engine.dial(&who(), &granted).await.unwrap());
    program.say("EHLO me\r\n").await;
    program.say(vec![b'z'; 5000]).await;
    let mut all = Vec::new();
    let read = program.0.read_to_end(&mut all);
    let read = tokio::time::timeout(crate::PATIENCE, read).await;
    assert!(read.is_ok(), "it ends");
    assert!(all.len() <= 1000, "{} bytes came back", all.len());
    // Nor over the next connection of the same request.
    let mut program = Program::of(engine.dial(&who(), &granted).await.unwrap());
    program.say("EHLO ").await;
    let mut more = Vec::new();
    let read = program.0.read_to_end(&mut more);
    let read = tokio::time::timeout(crate::PATIENCE, read).await;
    assert!(read.is_ok(), "it ends");
    let total = all.len() + more.len();
    assert!(total <= 1000, "{total} bytes came back");
}
