//! The server over real connections, with routes of its own.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinHandle;

use super::*;

struct Running {
    address: SocketAddr,
    leave: watch::Sender<Option<Leave>>,
    ended: JoinHandle<Drained>,
    /// Handlers of `/forever` that are alive.
    alive: Arc<AtomicUsize>,
}

/// Counts itself while it lives.
struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn serve(grace: Duration) -> Running {
    let alive = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&alive);
    let forever = post(move |_body: String| async move {
        let _alive = Alive::new(&count);
        pending::<()>().await;
    });
    let slow = get(|| async {
        sleep(Duration::from_millis(200)).await;
        "slow"
    });
    let router = Router::new()
        .route("/quick", get(|| async { "quick" }))
        .route("/slow", slow)
        .route("/forever", forever);
    let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let server = Server::new(listener).unwrap();
    let address = server.address().unwrap();
    let (leave, told) = watch::channel(None);
    let ended = tokio::spawn(server.serve(router, told, grace));
    Running {
        address,
        leave,
        ended,
        alive,
    }
}

async fn send(address: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

const FOREVER: &str = "POST /forever HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\ncode";
const SLOW: &str = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n";
const LAST_QUICK: &str = "GET /quick HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

async fn until(condition: impl Fn() -> bool) {
    timeout(Duration::from_secs(5), async {
        while !condition() {
            sleep(Duration::from_millis(1)).await;
        }
    })
    .await
    .expect("it should have come about within 5 s");
}

async fn rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn a_caller_that_goes_away_stops_its_handler() {
    let server = serve(Duration::ZERO);
    let stream = send(server.address, FOREVER).await;
    until(|| server.alive.load(Ordering::SeqCst) == 1).await;
    drop(stream);
    until(|| server.alive.load(Ordering::SeqCst) == 0).await;
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_their_order() {
    let server = serve(Duration::ZERO);
    let answers = rest(send(server.address, &format!("{SLOW}{LAST_QUICK}")).await).await;
    let slow = answers.find("\r\n\r\nslow").unwrap();
    let quick = answers.find("\r\n\r\nquick").unwrap();
    assert!(slow < quick, "{answers}");
}

#[tokio::test]
async fn what_is_in_flight_is_answered_when_the_server_stops() {
    let server = serve(Duration::from_secs(5));
    // A connection that was answered and stays open must not hold the server up.
    let mut idle = send(server.address, "GET /quick HTTP/1.1\r\nHost: x\r\n\r\n").await;
    idle.read_u8().await.unwrap();
    let busy = send(server.address, SLOW).await;
    sleep(Duration::from_millis(50)).await;
    server.leave.send_replace(Some(Leave::Stop));
    assert!(rest(busy).await.ends_with("\r\n\r\nslow"));
    assert_eq!(server.ended.await.unwrap(), Drained::Completely);
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn stopping_does_not_wait_for_ever() {
    let server = serve(Duration::from_millis(50));
    let _stream = send(server.address, FOREVER).await;
    until(|| server.alive.load(Ordering::SeqCst) == 1).await;
    server.leave.send_replace(Some(Leave::Stop));
    assert_eq!(server.ended.await.unwrap(), Drained::Partly);
}

#[tokio::test]
async fn a_retiring_server_answers_what_comes_on_open_connections_and_closes_them() {
    let server = serve(Duration::from_secs(5));
    let quick = "GET /quick HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut idle = send(server.address, quick).await;
    let mut first = [0; 512];
    let count = idle.read(&mut first).await.unwrap();
    let first = String::from_utf8_lossy(&first[..count]).to_lowercase();
    assert!(!first.contains("connection: close"), "{first}");
    server.leave.send_replace(Some(Leave::Retire));
    until(|| std::net::TcpStream::connect(server.address).is_err()).await;
    assert!(!server.ended.is_finished(), "a caller's connection is open");
    idle.write_all(quick.as_bytes()).await.unwrap();
    let answer = rest(idle).await;
    assert!(
        answer.to_lowercase().contains("connection: close"),
        "{answer}"
    );
    assert!(answer.ends_with("\r\n\r\nquick"), "{answer}");
    assert_eq!(server.ended.await.unwrap(), Drained::Completely);
}

#[tokio::test]
async fn a_retiring_server_can_be_told_to_stop() {
    let server = serve(Duration::from_secs(5));
    let mut idle = send(server.address, "GET /quick HTTP/1.1\r\nHost: x\r\n\r\n").await;
    idle.read_u8().await.unwrap();
    server.leave.send_replace(Some(Leave::Retire));
    sleep(Duration::from_millis(50)).await;
    assert!(!server.ended.is_finished());
    server.leave.send_replace(Some(Leave::Stop));
    assert_eq!(server.ended.await.unwrap(), Drained::Completely);
}
