//! Servers that speak something else than HTTP, or nothing.

use std::io;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::seen::{Seen, Shared};

/// What a server does with a connection.
#[derive(Clone, Copy, Debug)]
pub enum Manner {
    Websocket,
    Lines,
    Silent,
    Reset,
    Garbage,
}

pub async fn serve(listener: TcpListener, how: Manner, seen: Shared) {
    while let Ok((stream, _)) = listener.accept().await {
        let seen = Shared::clone(&seen);
        tokio::spawn(async move {
            seen.connection();
            // Clients may go away at any time.
            let _ = match how {
                Manner::Websocket => websocket(stream).await,
                Manner::Lines => lines(stream).await,
                Manner::Silent => silent(stream).await,
                Manner::Reset => reset(stream).await,
                Manner::Garbage => garbage(stream).await,
            };
        });
    }
}

/// Sends every message back.
async fn websocket(stream: TcpStream) -> io::Result<()> {
    let accepted = tokio_tungstenite::accept_async(stream).await;
    let mut socket = accepted.map_err(io::Error::other)?;
    while let Some(Ok(message)) = socket.next().await {
        if message.is_text() || message.is_binary() {
            socket.send(message).await.map_err(io::Error::other)?;
        }
    }
    Ok(())
}

/// Sends every line back in upper case.
async fn lines(stream: TcpStream) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 {
        stream.write_all(line.to_uppercase().as_bytes()).await?;
        line.clear();
    }
    Ok(())
}

/// Says nothing until the client goes.
async fn silent(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

async fn reset(mut stream: TcpStream) -> io::Result<()> {
    stream.read_u8().await?;
    // What a closed socket does that lingers for no time at all.
    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO))
}

async fn garbage(mut stream: TcpStream) -> io::Result<()> {
    stream.read_u8().await?;
    stream
        .write_all(b"220 this is not what you expected\r\n\r\n")
        .await
}

/// A mail server: keeps what it gets, and knows STARTTLS.
pub async fn smtp(listener: TcpListener, tls: TlsAcceptor, seen: Shared) {
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, seen) = (tls.clone(), Shared::clone(&seen));
        tokio::spawn(async move {
            seen.connection();
            let mut stream = stream;
            stream.write_all(b"220 mail.test ready\r\n").await?;
            let mut plain = BufReader::new(stream);
            if talk(&mut plain, &seen, true).await? {
                let secure = tls.accept(plain.into_inner()).await?;
                talk(&mut BufReader::new(secure), &seen, false).await?;
            }
            io::Result::Ok(())
        });
    }
}

/// One conversation; whether it is to go on under TLS.
async fn talk<S>(stream: &mut BufReader<S>, seen: &Seen, tls: bool) -> io::Result<bool>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 {
        let verb: String = line
            .chars()
            .take(4)
            .collect::<String>()
            .to_ascii_uppercase();
        let answer: &[u8] = match &*verb {
            "EHLO" if tls => b"250-mail.test\r\n250 STARTTLS\r\n",
            "EHLO" => b"250-mail.test\r\n250 AUTH PLAIN\r\n",
            "STAR" if tls => {
                stream.write_all(b"220 go on\r\n").await?;
                return Ok(true);
            }
            "AUTH" => b"235 welcome\r\n",
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                seen.mail(until_dot(stream).await?);
                b"250 taken\r\n"
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(false);
            }
            "HELO" | "MAIL" | "RCPT" | "RSET" | "NOOP" => b"250 fine\r\n",
            _ => b"502 what?\r\n",
        };
        stream.write_all(answer).await?;
        line.clear();
    }
    Ok(false)
}

async fn until_dot<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> io::Result<String> {
    let mut mail = String::new();
    while stream.read_line(&mut mail).await? > 0 && !mail.ends_with("\r\n.\r\n") {}
    Ok(mail)
}
