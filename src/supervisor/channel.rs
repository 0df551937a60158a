//! The server's end of the channel to its supervisor.

use std::io;
use std::os::unix::net::UnixStream as StdStream;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use super::protocol::{Decoder, FromServer, Message as _, ToServer};

/// Hears and tells the supervisor.
#[derive(Debug)]
pub struct Channel {
    stream: UnixStream,
    decoder: Decoder,
}

impl Channel {
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    /// None that can be acted on.
    pub fn new(stream: StdStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream: UnixStream::from_std(stream)?,
            decoder: Decoder::default(),
        })
    }

    /// # Errors
    /// When the supervisor is gone.
    pub async fn tell(&mut self, message: &FromServer) -> io::Result<()> {
        self.stream.write_all(&message.to_frame()).await
    }

    /// What the supervisor says next; `None` when it is gone, or speaks another language. Can be
    /// dropped and called again.
    pub async fn next(&mut self) -> Option<ToServer> {
        loop {
            match self.decoder.next() {
                Ok(Some(message)) => return Some(message),
                Ok(None) => {}
                Err(_) => return None,
            }
            let mut buffer = [0; 64];
            match self.stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return None,
                Ok(count) => self.decoder.push(&buffer[..count]),
            }
        }
    }
}
