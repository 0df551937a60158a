//! Listeners that nobody may reach. They count who does, and tell him.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};

use crate::servers::{RUNTIME, try_listener_on};

/// What whoever reached a canary reads.
pub const SONG: &str = "CANARY";

/// Who was reached, since somebody last asked.
#[derive(Clone, Debug, Default)]
pub struct Canaries(Arc<Mutex<Vec<String>>>);

impl Canaries {
    /// Which were reached since the last call.
    pub fn reached(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn note(&self, who: String) {
        self.0.lock().unwrap().push(who);
    }
}

/// One more, for connections and datagrams.
pub fn canary_on(canaries: &mut Canaries, address: SocketAddr) -> io::Result<()> {
    let socket = socket2::Socket::new(
        socket2::Domain::for_address(address),
        socket2::Type::DGRAM,
        None,
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    socket.set_nonblocking(true)?;
    let _on = RUNTIME.enter();
    let datagrams = UdpSocket::from_std(socket.into())?;
    RUNTIME.spawn(count_datagrams(datagrams, address, canaries.clone()));
    let (listener, _) = if address.ip().is_unspecified() && address.is_ipv6() {
        (only_v6(address)?, 0)
    } else {
        try_listener_on(address)?
    };
    RUNTIME.spawn(sing(listener, address, canaries.clone()));
    Ok(())
}

fn only_v6(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket2::Socket::new(socket2::Domain::IPV6, socket2::Type::STREAM, None)?;
    socket.set_only_v6(true)?;
    socket.bind(&address.into())?;
    socket.listen(128)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}

/// Answers whatever comes.
async fn sing(listener: TcpListener, address: SocketAddr, canaries: Canaries) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let own = stream.local_addr().unwrap_or(address);
        canaries.note(format!("TCP {own}"));
        tokio::spawn(async move {
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{SONG}",
                SONG.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
            let mut rest = [0; 1024];
            while stream.read(&mut rest).await.is_ok_and(|count| count > 0) {}
        });
    }
}

async fn count_datagrams(socket: UdpSocket, address: SocketAddr, canaries: Canaries) {
    let mut buffer = [0; 2048];
    while let Ok((_, from)) = socket.recv_from(&mut buffer).await {
        canaries.note(format!("UDP {address}"));
        let _ = socket.send_to(SONG.as_bytes(), from).await;
    }
}
