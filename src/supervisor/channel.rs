//! A child's end of the channel to its supervisor.

use std::io;
use std::os::unix::net::UnixStream as StdStream;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::signal::unix::{SignalKind, signal};

use super::protocol::{Decoder, FromChild, Message as _, ToChild};

/// Hears the supervisor.
#[derive(Debug)]
pub struct Ear {
    stream: OwnedReadHalf,
    decoder: Decoder,
}

/// Tells the supervisor.
#[derive(Debug)]
pub struct Mouth(OwnedWriteHalf);

/// Both directions of a channel. Must be called within a tokio runtime.
///
/// # Errors
/// None that can be acted on.
pub fn open(stream: StdStream) -> io::Result<(Ear, Mouth)> {
    stream.set_nonblocking(true)?;
    let (stream, mouth) = UnixStream::from_std(stream)?.into_split();
    let decoder = Decoder::default();
    Ok((Ear { stream, decoder }, Mouth(mouth)))
}

impl Mouth {
    /// # Errors
    /// When the supervisor is gone.
    pub async fn tell(&mut self, message: &FromChild) -> io::Result<()> {
        self.0.write_all(&message.to_frame()).await
    }
}

impl Ear {
    /// What the supervisor says next; `None` when it is gone, or speaks another language. Can be
    /// dropped and called again.
    pub async fn next(&mut self) -> Option<ToChild> {
        loop {
            match self.decoder.take() {
                Ok(Some(message)) => return Some(message),
                Ok(None) => {}
                Err(_) => return None,
            }
            let mut buffer = [0; 512];
            match self.stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return None,
                Ok(count) => self.decoder.push(&buffer[..count]),
            }
        }
    }

    /// Ready when the supervisor says to stop, or is gone. Signals do not end this process from now on:
    /// a service manager may send them to all processes of a service, a terminal to all in the
    /// foreground, and what is in flight is finished all the same.
    ///
    /// # Errors
    /// When signals cannot be taken.
    pub fn told_to_stop(mut self) -> io::Result<impl Future<Output = ()>> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        Ok(async move {
            loop {
                tokio::select! {
                    said = self.next() => match said {
                        Some(ToChild::Stop) | None => return,
                        Some(_) => {}
                    },
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            }
        })
    }
}
