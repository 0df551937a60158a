//! TLS for guests that move the bytes themselves: the client's side of a connection, over no transport.
//!
//! Guarantees: what the peer sends and what the guest writes is held in buffers of bounded size, paid
//! for in the memory budget when a connection is opened; nothing of a connection outlives its run, and
//! no session is resumed.

mod certificate;
pub mod info;
mod options;
mod problem;
mod trust;
mod verifier;

use std::io::{ErrorKind, Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use rustls::ClientConnection;
use wasmtime::{Caller, Linker};

use super::super::budget::Share;
use super::super::errno::Errno;
use super::super::state::RunState;
use super::calls::{MODULE, Priced, call, part};
use super::failure::{Failure, Outcome};
use super::handles::Handle;
use super::{Connections, prices};
use info::Info;
use options::Options;
use problem::Problem;
use verifier::Verifier;

pub use trust::{Anchors, Trust, TrustError};

/// The longest argument of `tls_open`: a bundle of all public authorities has about 300 KiB.
const MOST_OPTIONS: u32 = 2 << 20;
/// What of one connection waits to be sent.
const SEND_BUFFER: usize = 64 << 10;
/// What one connection may make the host hold: both directions' buffers, the handshake's, the peer's
/// certificates.
const CONNECTION_MEMORY: u64 = 384 << 10;
/// Sets of own roots that a run's host remembers.
const MOST_ROOT_SETS: usize = 4;

const HANDSHAKING: usize = 1;
const CAN_TAKE: usize = 2;
const CAN_READ: usize = 4;
const CLOSED: usize = 8;

fn no_memory() -> Failure {
    Failure::new(
        Errno::Nomem,
        "the programs running now use all the memory there is for them (limits.total_memory)",
    )
}

/// What a run's TLS connections share.
pub struct RunTls {
    share: Share,
    /// Roots that the program brought along, by their text; it uses the same for every connection.
    roots: Vec<OwnRoots>,
}

struct OwnRoots {
    pem: String,
    system: bool,
    anchors: Anchors,
    _memory: Share,
}

impl RunTls {
    pub fn new(share: Share) -> Self {
        Self {
            share,
            roots: Vec::new(),
        }
    }

    fn reserve(&self, bytes: u64) -> Outcome<Share> {
        let mut share = self.share.another();
        match share.take(bytes) {
            true => Ok(share),
            false => Err(no_memory()),
        }
    }

    fn anchors(&mut self, trust: &Trust, options: &mut Options) -> Outcome<Anchors> {
        let system = options.system_roots;
        let Some(pem) = options.roots_pem.take() else {
            let usual = trust.anchors(None, system);
            return usual.map_err(|error| Failure::new(Errno::Inval, error));
        };
        let known = self
            .roots
            .iter()
            .find(|known| known.system == system && known.pem == pem);
        if let Some(known) = known {
            return Ok(known.anchors.clone());
        }
        if self.roots.len() >= MOST_ROOT_SETS {
            self.roots.remove(0);
        }
        // The text, its certificates, what verification takes of them, and the system's again.
        let memory = self.reserve(3 * pem.len() as u64 + (256 << 10))?;
        let anchors = trust.anchors(Some(&pem), system).map_err(|error| {
            Failure::new(
                Errno::Inval,
                format!("the certificates that are to be trusted: {error}"),
            )
        })?;
        self.roots.push(OwnRoots {
            pem,
            system,
            anchors: anchors.clone(),
            _memory: memory,
        });
        Ok(anchors)
    }
}

/// One connection.
pub struct Tls {
    connection: ClientConnection,
    verifier: Arc<Verifier>,
    problem: Option<Problem>,
    /// The transport has come to its end.
    ended: bool,
    _memory: Share,
}

impl Tls {
    fn open(trust: &Trust, run: &mut RunTls, json: &[u8]) -> Outcome<Self> {
        // The text again, as strings.
        let _while_parsed = run.reserve(2 * json.len() as u64)?;
        let mut options = Options::parse(json)?;
        // The client's certificate is sent as a whole.
        let certificate = options.certificate_pem.as_ref().map_or(0, String::len) as u64;
        let memory = run.reserve(CONNECTION_MEMORY + 4 * certificate)?;
        let anchors = run.anchors(trust, &mut options)?;
        let (config, verifier) = options.config(trust, anchors)?;
        let connection = ClientConnection::new(Arc::new(config), options.name()?);
        let mut connection =
            connection.map_err(|error| Failure::new(Errno::Inval, error.to_string()))?;
        connection.set_buffer_limit(Some(SEND_BUFFER));
        Ok(Self {
            connection,
            verifier,
            problem: None,
            ended: false,
            _memory: memory,
        })
    }

    fn failed(&self) -> Outcome<()> {
        match &self.problem {
            Some(problem) => Err(Failure::new(Errno::Proto, problem.message.clone())),
            None => Ok(()),
        }
    }

    /// Takes in what came from the peer; how much of it.
    fn feed(&mut self, bytes: &[u8]) -> Outcome<usize> {
        self.failed()?;
        let mut rest = bytes;
        if bytes.is_empty() {
            self.ended = true;
            // Tells the connection, too.
            let _ = self.connection.read_tls(&mut rest);
            if self.connection.is_handshaking() {
                self.problem = Some(Problem::end_in_handshake());
            }
            return Ok(0);
        }
        while !rest.is_empty() {
            match self.connection.read_tls(&mut rest) {
                // Nothing counts after the peer has said that it closes.
                Ok(0) => return Ok(bytes.len()),
                Ok(_) => {}
                // What it holds has to be read first.
                Err(_) if rest.len() == bytes.len() => return Err(Errno::Again.into()),
                Err(_) => break,
            }
            if let Err(error) = self.connection.process_new_packets() {
                self.problem = Some(Problem::new(&error, self.verifier.refused()));
                return self.failed().map(|()| 0);
            }
        }
        Ok(bytes.len() - rest.len())
    }

    fn take(&mut self, into: &mut [u8]) -> usize {
        let mut room = &mut into[..];
        let mut taken = 0;
        while self.connection.wants_write() && !room.is_empty() {
            // Memory can always be written to.
            match self.connection.write_tls(&mut room) {
                Ok(0) | Err(_) => break,
                Ok(count) => taken += count,
            }
        }
        taken
    }

    fn write(&mut self, bytes: &[u8]) -> Outcome<usize> {
        self.failed()?;
        if self.connection.is_handshaking() {
            return Err(Errno::Again.into());
        }
        match self.connection.writer().write(bytes) {
            Ok(0) if !bytes.is_empty() => Err(Errno::Again.into()),
            Ok(count) => Ok(count),
            Err(error) => Err(error.into()),
        }
    }

    fn read(&mut self, into: &mut [u8]) -> Outcome<usize> {
        match self.connection.reader().read(into) {
            Ok(count) if count > 0 || into.is_empty() => Ok(count),
            // What came before an error was good.
            other => {
                self.failed()?;
                match other {
                    Ok(count) => Ok(count),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => Err(Errno::Again.into()),
                    Err(_) => Err(Failure::new(
                        Errno::Connreset,
                        "the connection ended without the word that TLS has for it",
                    )),
                }
            }
        }
    }

    fn status(&mut self) -> Outcome<usize> {
        self.failed()?;
        let state = self.connection.process_new_packets();
        let state = state.map_err(|error| Failure::new(Errno::Proto, error.to_string()))?;
        let bit = |is: bool, bit: usize| if is { bit } else { 0 };
        Ok(bit(self.connection.is_handshaking(), HANDSHAKING)
            | bit(self.connection.wants_write(), CAN_TAKE)
            | bit(state.plaintext_bytes_to_read() > 0, CAN_READ)
            | bit(state.peer_has_closed() || self.ended, CLOSED))
    }

    fn info(&self) -> Outcome<(String, u64)> {
        let info = Info::of(
            &self.connection,
            self.verifier.refused(),
            self.problem.as_ref(),
        );
        let text = serde_json::to_string(&info);
        let text = text.map_err(|error| Failure::new(Errno::Io, error.to_string()))?;
        let price = prices::tls_info(text.len());
        Ok((text, price))
    }
}

/// Measures work that guest and peer choose: a certificate may need a hundred signatures checked.
struct Timer {
    since: Duration,
}

impl Timer {
    fn start() -> Self {
        Self {
            since: Self::processor_time(),
        }
    }

    fn price(&self) -> u64 {
        let spent = Self::processor_time().saturating_sub(self.since);
        let nanoseconds = u64::try_from(spent.as_nanos()).unwrap_or(u64::MAX / 8);
        nanoseconds.saturating_mul(prices::NANOSECOND)
    }

    /// Of this thread.
    fn processor_time() -> Duration {
        let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID);
        time.map_or(Duration::ZERO, Duration::from)
    }
}

impl Connections {
    fn open_tls(&mut self, json: &[u8]) -> Priced {
        let access = self.access.as_ref();
        let access = access.map_err(|why| Failure::new(Errno::Perm, *why))?;
        let open = self.handles.count(|it| matches!(it, Handle::Tls(_)));
        // One inside another is the most that makes sense.
        let most = self.quota.at_once().saturating_mul(2);
        if open >= most as usize {
            let reason = format!("more than {most} TLS connections at once");
            return Err(Failure::new(Errno::Mfile, reason));
        }
        let timer = Timer::start();
        let tls = Tls::open(&access.network.trust, &mut self.tls, json);
        self.owed += timer.price();
        let handle = self.handles.insert(Handle::Tls(Box::new(tls?)))?;
        Ok((handle as usize, 0))
    }

    fn feed_tls(&mut self, handle: u32, bytes: &[u8]) -> Priced {
        let tls = self.handles.tls(handle)?;
        if !tls.connection.is_handshaking() {
            let count = tls.feed(bytes)?;
            return Ok((count, prices::tls_bytes(count)));
        }
        let timer = Timer::start();
        let count = tls.feed(bytes);
        self.owed += timer.price();
        Ok((count?, 0))
    }
}

pub fn add_to_linker(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    linker.func_wrap(
        MODULE,
        "tls_open",
        |mut caller: Caller<'_, RunState>, at: u32, len: u32| {
            call(&mut caller, |memory, network| {
                if len > MOST_OPTIONS {
                    return Err(Failure::new(Errno::Inval, "tls_open: too long"));
                }
                network.open_tls(memory.bytes(at, len)?)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "tls_feed",
        |mut caller: Caller<'_, RunState>, handle: u32, at: u32, len: u32| {
            call(&mut caller, |memory, network| {
                network.feed_tls(handle, part(memory, at, len)?)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "tls_take",
        |mut caller: Caller<'_, RunState>, handle: u32, at: u32, len: u32| {
            call(&mut caller, |memory, network| {
                let count = network.handles.tls(handle)?.take(part(memory, at, len)?);
                Ok((count, prices::bytes(count)))
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "tls_write",
        |mut caller: Caller<'_, RunState>, handle: u32, at: u32, len: u32| {
            call(&mut caller, |memory, network| {
                let count = network.handles.tls(handle)?.write(part(memory, at, len)?)?;
                Ok((count, prices::tls_bytes(count)))
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "tls_read",
        |mut caller: Caller<'_, RunState>, handle: u32, at: u32, len: u32| {
            call(&mut caller, |memory, network| {
                let count = network.handles.tls(handle)?.read(part(memory, at, len)?)?;
                Ok((count, prices::bytes(count)))
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "tls_status",
        |mut caller: Caller<'_, RunState>, handle: u32| {
            call(&mut caller, |_, network| {
                Ok((network.handles.tls(handle)?.status()?, 0))
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "tls_shutdown",
        |mut caller: Caller<'_, RunState>, handle: u32| {
            call(&mut caller, |_, network| {
                network.handles.tls(handle)?.connection.send_close_notify();
                Ok((0, 0))
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "tls_info",
        |mut caller: Caller<'_, RunState>, handle: u32, at: u32, len: u32| {
            call(&mut caller, |memory, network| {
                let (text, price) = network.handles.tls(handle)?.info()?;
                if text.len() <= len as usize {
                    memory.put(at, text.as_bytes())?;
                }
                Ok((text.len(), price))
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "tls_close",
        |mut caller: Caller<'_, RunState>, handle: u32| {
            call(&mut caller, |_, network| {
                network.handles.tls(handle)?;
                drop(network.handles.remove(handle)?);
                Ok((0, 0))
            })
        },
    )?;
    Ok(())
}
