//! The network of a program: it asks, on the socket that its child has anyway, and is handed connected
//! sockets which the egress process made. See [`crate::native::messages::FromProgram`].
//!
//! Guarantees: a program is answered on behalf of the one who started it, whatever it says; what it
//! asked for is given up with it; it costs a bounded share of this process's time and a bounded number
//! of descriptors; more connections, or bytes, than it may have end in an error, or end it.

mod connect;
mod dns;
mod open;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use nix::sys::socket::{MsgFlags, send, setsockopt, sockopt};
use nix::unistd::Pid;
use tokio::task::JoinSet;

use crate::egress::messages::FromEgress;
use crate::egress::{Destination, Dial, DialError, Who};
use crate::native::messages::{FromProgram, NetworkUsed, ProcessLimits, Settled, ToProgram, Wish};
use crate::native::packets::{self, Packets};
pub use connect::{Call, is_open, replace};
use open::{Carried, Handed, Open};

/// So many wishes are taken at once, each one after that a little later.
const AT_ONCE: u64 = 500;
const LATER: Duration = Duration::from_millis(2);
/// Lookups under way.
const MOST_LOOKUPS: usize = 32;
/// Names of addresses that are kept for a program.
const MOST_NAMES: usize = 4096;
/// In all a program may make so many times the connections that it may have at the same time.
const IN_ALL: u32 = 16;
/// How often connections are looked at.
const LOOK: Duration = Duration::from_millis(50);

/// What the programs of a jailer reach the world by.
pub struct Outlet(Arc<dyn Dial>);

impl Outlet {
    pub fn new(dial: Arc<dyn Dial>) -> Self {
        Self(dial)
    }

    /// For one program, in this process.
    pub fn broker(&self, who: Who, limits: &ProcessLimits, process: Pid) -> Broker {
        Broker {
            dial: Arc::clone(&self.0),
            who,
            process: open::sockets_of(process).is_ok().then_some(process),
            most: limits.connections,
            most_bytes: limits.network_bytes,
            names: RefCell::default(),
            open: RefCell::default(),
            closed: Cell::default(),
            dialling: Cell::default(),
            looking_up: Cell::default(),
            made: Cell::default(),
        }
    }
}

/// Gives one program what it asks for.
pub struct Broker {
    dial: Arc<dyn Dial>,
    who: Who,
    /// Where this process may look into it.
    process: Option<Pid>,
    most: u32,
    most_bytes: u64,
    /// What the addresses were looked up by.
    names: RefCell<HashMap<IpAddr, String>>,
    open: RefCell<Vec<Open>>,
    /// What was carried by connections that are not open any more.
    closed: Cell<Carried>,
    dialling: Cell<u32>,
    looking_up: Cell<usize>,
    made: Cell<u32>,
}

impl fmt::Debug for Broker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = formatter.debug_struct("Broker");
        told.field("who", &self.who).finish_non_exhaustive()
    }
}

/// Why a wish is not even tried.
type Refusal = (i32, String);

impl Broker {
    /// Answers what the program asks on its socket. Ready when it has sent or received more than it may.
    pub async fn serve(self: &Rc<Self>, socket: &Packets) {
        socket.refuse_descriptors();
        tokio::select! {
            () = self.answer(socket) => {}
            () = self.over() => {}
        }
    }

    /// Never ready. All that is under way ends with it.
    async fn answer(self: &Rc<Self>, socket: &Packets) {
        let mut under_way = JoinSet::new();
        let mut asked = 0;
        loop {
            if asked > AT_ONCE {
                tokio::time::sleep(LATER).await;
            }
            asked += 1;
            let wish = tokio::select! {
                packet = socket.receive() => packet.ok().flatten().and_then(|packet| packet.read().ok()),
                Some(_) = under_way.join_next() => continue,
            };
            // Who says what no program of ours says is not listened to any more.
            let Some(FromProgram { id, wish }) = wish else {
                break;
            };
            if let Wish::Closed { inode } = wish {
                self.forget(inode);
                continue;
            }
            let (refused, pair) = match self.take(&wish) {
                Err(refusal) => (Some(refusal), None),
                Ok(taken) => match pending_pair() {
                    Err(error) => (Some((libc::EMFILE, error.to_string())), None),
                    Ok((ours, theirs)) => {
                        under_way.spawn_local(Rc::clone(self).settle(wish, ours, taken));
                        (None, Some(theirs))
                    }
                },
            };
            let descriptors: Vec<_> = pair.iter().map(|end| end.as_fd()).collect();
            if socket
                .send(&ToProgram { id, refused }, &descriptors)
                .await
                .is_err()
            {
                break;
            }
        }
        while under_way.join_next().await.is_some() {}
        std::future::pending().await
    }

    /// Whether this wish is within the limits.
    fn take(self: &Rc<Self>, wish: &Wish) -> Result<Taken, Refusal> {
        if let Wish::Lookup { .. } = wish {
            if self.looking_up.get() >= MOST_LOOKUPS {
                let why = format!("more than {MOST_LOOKUPS} lookups at the same time");
                return Err((libc::EAGAIN, why));
            }
            self.looking_up.set(self.looking_up.get() + 1);
            return Ok(Taken(Rc::clone(self), Kind::Lookup));
        }
        let is_full = || {
            self.open.borrow().len() as u64 + u64::from(self.dialling.get()) >= u64::from(self.most)
        };
        if is_full() {
            self.look();
        }
        if is_full() {
            let why = format!(
                "more than {} connections at once (limits.connections)",
                self.most
            );
            return Err((libc::EMFILE, why));
        }
        let in_all = self.most.saturating_mul(IN_ALL);
        if self.made.get() >= in_all {
            let why = format!(
                "more than {in_all} connections in one run ({IN_ALL} times limits.connections)"
            );
            return Err((libc::EMFILE, why));
        }
        self.made.set(self.made.get() + 1);
        self.dialling.set(self.dialling.get() + 1);
        Ok(Taken(Rc::clone(self), Kind::Connection))
    }

    async fn settle(self: Rc<Self>, wish: Wish, ours: Packets, taken: Taken) {
        let settled = async {
            match &wish {
                Wish::Lookup { host } => (self.look_up(host).await, None),
                Wish::Connect { host, port } => self.connect(host, *port).await,
                // Nobody waits for an answer.
                Wish::Closed { .. } => std::future::pending().await,
            }
        };
        let (settled, socket) = tokio::select! {
            settled = settled => settled,
            () = ours.over() => return,
        };
        let noted = socket
            .as_ref()
            .map_or(Ok(()), |socket| self.note(socket, Handed::Soon));
        let (settled, socket) = match noted {
            Ok(()) => (settled, socket),
            Err(error) => (
                FromEgress::NotConnected(DialError::Unavailable(error.to_string())),
                None,
            ),
        };
        drop(taken);
        let descriptors: Vec<_> = socket.iter().map(|socket| socket.as_fd()).collect();
        // It may have given up.
        if ours.send(&settled, &descriptors).await.is_ok() {
            // By this its end becomes writable. Closed with something unread, it would tell an error.
            ours.discard();
        }
    }

    /// Before the program can have used it.
    fn note(&self, socket: &OwnedFd, handed: Handed) -> io::Result<()> {
        self.open.borrow_mut().push(Open::of(socket, handed)?);
        Ok(())
    }

    /// The program says that it has closed the socket with this inode, and is believed where it cannot be
    /// looked into.
    fn forget(&self, inode: u64) {
        let sockets = self
            .process
            .map(|process| open::sockets_of(process).unwrap_or_default());
        let has = |open: &Open| {
            sockets
                .as_ref()
                .is_some_and(|sockets| sockets.contains(&open.inode))
        };
        self.close(|open| open.inode == inode && !has(open));
    }

    /// Ends connections, and remembers what they carried.
    fn close(&self, is_over: impl Fn(&Open) -> bool) {
        let mut closed = self.closed.get();
        self.open.borrow_mut().retain(|open| {
            let is_over = is_over(open);
            if is_over {
                closed += open.carried();
            }
            !is_over
        });
        self.closed.set(closed);
    }

    async fn look_up(&self, host: &str) -> Settled {
        match self.dial.lookup(&self.who, host).await {
            Ok(addresses) => {
                let mut names = self.names.borrow_mut();
                for address in &addresses {
                    if names.len() < MOST_NAMES || names.contains_key(address) {
                        names.insert(*address, host.to_owned());
                    }
                }
                FromEgress::Addresses(addresses)
            }
            Err(error) => FromEgress::NoAddresses(error),
        }
    }

    async fn connect(&self, host: &str, port: u16) -> (Settled, Option<OwnedFd>) {
        let to = self.destination(host, port);
        match self.dial.dial(&self.who, &to).await {
            Ok(connection) => {
                let peer = connection.peer;
                (FromEgress::Connected { peer }, Some(connection.socket))
            }
            Err(error) => (FromEgress::NotConnected(error), None),
        }
    }

    /// An address that was looked up by a name goes with that name.
    fn destination(&self, host: &str, port: u16) -> Destination {
        let bytes = Some(self.most_bytes);
        let address = host.parse::<IpAddr>().ok();
        let name = address.and_then(|address| self.names.borrow().get(&address).cloned());
        match name {
            Some(host) => Destination {
                host,
                address,
                port,
                bytes,
            },
            None => Destination {
                host: host.to_owned(),
                address: None,
                port,
                bytes,
            },
        }
    }

    /// Ready when it has sent or received more than it may.
    async fn over(&self) {
        loop {
            tokio::time::sleep(LOOK).await;
            let total = self.look();
            if total.sent > self.most_bytes || total.received > self.most_bytes {
                return;
            }
        }
    }

    /// What the program used so far.
    pub fn used(&self) -> NetworkUsed {
        let total = self.look();
        NetworkUsed {
            connections: self.made.get(),
            sent: total.sent,
            received: total.received,
        }
    }

    /// What all its connections have carried. Those that it has closed are put aside.
    fn look(&self) -> Carried {
        let is_idle = self.open.borrow().is_empty();
        let sockets = self.process.filter(|_| !is_idle);
        // One that has ended has none.
        let sockets = sockets.map(|process| open::sockets_of(process).unwrap_or_default());
        if let Some(sockets) = sockets {
            self.close(|open| open.is_its() && !sockets.contains(&open.inode));
            for open in self.open.borrow_mut().iter_mut() {
                if sockets.contains(&open.inode) {
                    open.handed = Handed::Already;
                }
            }
        }
        let mut total = self.closed.get();
        for open in self.open.borrow().iter() {
            total += open.carried();
        }
        total
    }
}

/// A place among what is under way.
struct Taken(Rc<Broker>, Kind);

enum Kind {
    Lookup,
    Connection,
}

impl Drop for Taken {
    fn drop(&mut self) {
        let Self(broker, kind) = self;
        match kind {
            Kind::Lookup => broker.looking_up.set(broker.looking_up.get() - 1),
            Kind::Connection => broker.dialling.set(broker.dialling.get() - 1),
        }
    }
}

/// An end to answer on, and one for the program, which cannot be written to until then: that is what a
/// program waits for that connects without blocking.
fn pending_pair() -> io::Result<(Packets, OwnedFd)> {
    let (ours, theirs) = packets::pair()?;
    // The least that the kernel gives.
    setsockopt(&theirs, sockopt::SndBuf, &1)?;
    while send(
        theirs.as_raw_fd(),
        b"-",
        MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL,
    )
    .is_ok()
    {}
    Ok((Packets::new(ours)?, theirs))
}
