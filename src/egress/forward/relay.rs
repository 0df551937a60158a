//! Bytes handed on as they are, and how it is noticed that a guest has gone.
//!
//! Guarantees: what is held is bounded, however slow a reader is; the end of one direction is handed on
//! and leaves the other as it is; with the guest's end everything ends.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, Interest, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

use crate::native::descriptors::watched;

/// What is read at once.
pub const PIECE: usize = 16 << 10;
/// How long the last bytes of a guest that has closed in order may take to be taken.
const LAST_BYTES: Duration = Duration::from_secs(5);

/// Tells when the guest has closed its end, also while nothing is read from it.
#[derive(Debug)]
pub struct Presence {
    end: AsyncFd<OwnedFd>,
    /// Our own direction has ended: a guest that closes then does so in order.
    told_the_end: AtomicBool,
}

impl Presence {
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When there is no descriptor to be had.
    pub fn of(stream: &UnixStream) -> io::Result<Self> {
        let again = stream.as_fd().try_clone_to_owned()?;
        Ok(Self {
            // What epoll(7) always tells is enough: EPOLLHUP, that neither direction is open any more.
            // A guest that is done sending is still there.
            end: watched(again, Interest::PRIORITY)?,
            told_the_end: AtomicBool::new(false),
        })
    }

    /// Waits until the guest has gone.
    pub async fn ended(&self) {
        let _ = self.end.ready(Interest::PRIORITY).await;
        if self.told_the_end.load(Ordering::Relaxed) {
            tokio::time::sleep(LAST_BYTES).await;
        }
    }

    /// To be said before the guest is told that nothing more comes.
    pub fn tell_the_end(&self) {
        self.told_the_end.store(true, Ordering::Relaxed);
    }
}

/// Hands on `first` and then everything from one to the other until both directions have ended.
pub async fn relay(
    guest: &mut UnixStream,
    peer: &mut TcpStream,
    first: &[u8],
    there: &Presence,
    allowance: Option<&Allowance>,
) {
    let (guest_in, guest_out) = guest.split();
    let guest_in = Limited::new(guest_in, allowance.map(Allowance::sending));
    let mut guest_out = Limited::new(guest_out, allowance.map(Allowance::receiving));
    let (peer_in, mut peer_out) = peer.split();
    let sending = async {
        // Whoever does not read any more may still have something to say.
        let _ = pump(first, guest_in, &mut peer_out).await;
    };
    let receiving = async {
        let ended = copy(&[], peer_in, &mut guest_out).await;
        there.tell_the_end();
        ended?;
        guest_out.shutdown().await
    };
    let both = async {
        tokio::pin!(sending);
        tokio::pin!(receiving);
        tokio::select! {
            ended = &mut receiving => if ended.is_ok() { sending.await },
            () = &mut sending => { let _ = receiving.await; }
        }
    };
    both.await;
}

/// Hands on `first` and then everything, to the end, which is handed on as well.
///
/// # Errors
/// When either side breaks.
pub async fn pump(
    first: &[u8],
    from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    copy(first, from, &mut to).await?;
    to.shutdown().await
}

async fn copy(
    first: &[u8],
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    to.write_all(first).await?;
    let mut piece = vec![0; PIECE];
    loop {
        match from.read(&mut piece).await? {
            0 => return Ok(()),
            count => to.write_all(&piece[..count]).await?,
        }
    }
}

/// What several connections together may still carry.
#[derive(Debug)]
pub struct Allowance {
    sending: AtomicU64,
    receiving: AtomicU64,
}

impl Allowance {
    /// So many bytes in each direction.
    pub fn new(bytes: u64) -> Self {
        Self {
            sending: AtomicU64::new(bytes),
            receiving: AtomicU64::new(bytes),
        }
    }

    pub fn sending(&self) -> &AtomicU64 {
        &self.sending
    }

    pub fn receiving(&self) -> &AtomicU64 {
        &self.receiving
    }
}

/// A direction that breaks once as many bytes went that way as were left.
#[derive(Debug)]
pub struct Limited<'a, T> {
    inner: T,
    /// None: there is no limit.
    left: Option<&'a AtomicU64>,
}

impl<'a, T> Limited<'a, T> {
    pub fn new(inner: T, left: Option<&'a AtomicU64>) -> Self {
        Self { inner, left }
    }

    /// How many of `wanted` bytes may go.
    fn grant(&self, wanted: usize) -> io::Result<usize> {
        let Some(left) = self.left else {
            return Ok(wanted);
        };
        match usize::try_from(left.load(Ordering::Relaxed)) {
            Ok(0) if wanted > 0 => Err(io::Error::other("no more bytes may be sent or received")),
            Ok(left) => Ok(wanted.min(left)),
            Err(_) => Ok(wanted),
        }
    }

    fn went(&self, count: usize) {
        if let Some(left) = self.left {
            // Others may have taken from it meanwhile.
            let _ = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                Some(left.saturating_sub(count as u64))
            });
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Limited<'_, T> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let granted = this.grant(buffer.remaining())?;
        let mut part = ReadBuf::new(buffer.initialize_unfilled_to(granted));
        std::task::ready!(Pin::new(&mut this.inner).poll_read(context, &mut part))?;
        let count = part.filled().len();
        buffer.advance(count);
        this.went(count);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Limited<'_, T> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let granted = this.grant(bytes.len())?;
        let written = Pin::new(&mut this.inner).poll_write(context, &bytes[..granted]);
        let count = std::task::ready!(written)?;
        this.went(count);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(context)
    }
}

/// What was read and not yet understood.
#[derive(Debug, Default)]
pub struct Inbox {
    bytes: Vec<u8>,
}

impl Inbox {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Reads more; `false` at the end. Can be dropped and called again.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn fill(&mut self, from: &mut (impl AsyncRead + Unpin)) -> io::Result<bool> {
        self.bytes.reserve(PIECE);
        let room = &mut self.bytes;
        Ok(from.take(PIECE as u64).read_buf(room).await? > 0)
    }

    /// The first `count` bytes are done with.
    pub fn consume(&mut self, count: usize) {
        self.bytes.drain(..count);
    }
}
