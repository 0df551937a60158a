//! The world that programs reach in these tests: real servers on loopback, started here, which live
//! as long as the tests and remember who came.

pub mod ca;
pub mod http;
pub mod raw;
pub mod seen;

use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::sync::{Arc, LazyLock, OnceLock};

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

use ca::{Authority, Validity};
use seen::Seen;

/// What the servers of all tests run on.
pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be built")
});

/// The names and addresses that proper certificates here are for.
const NAMES: &[&str] = &["localhost", "example.test", "127.0.0.1"];

/// Ports on 127.0.0.1, by what answers there.
pub struct World {
    pub http: u16,
    /// The same on another port: another origin.
    pub other: u16,
    pub tls: u16,
    /// TLS with certificates that no client may accept.
    pub wrong_name: u16,
    pub expired: u16,
    pub self_signed: u16,
    pub websocket: u16,
    pub smtp: u16,
    /// Sends back every line in upper case.
    pub lines: u16,
    /// Takes connections, and says nothing.
    pub silent: u16,
    /// Resets every connection once something was sent.
    pub reset: u16,
    /// Answers something that is no HTTP.
    pub garbage: u16,
    /// Nobody listens there.
    pub closed: u16,
    pub authority: Authority,
    pub seen: Arc<Seen>,
    _nobody: socket2::Socket,
}

/// The servers, started by whoever needs them first.
pub fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(World::start)
}

/// A listener on a free port of 127.0.0.1.
pub fn listener() -> (TcpListener, u16) {
    listener_on((Ipv4Addr::LOCALHOST, 0).into())
}

/// A listener on exactly this address, where 0 is any free port.
pub fn listener_on(address: SocketAddr) -> (TcpListener, u16) {
    try_listener_on(address).expect("the tests can listen there")
}

pub fn try_listener_on(address: SocketAddr) -> std::io::Result<(TcpListener, u16)> {
    let listener = StdListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let port = listener.local_addr()?.port();
    let _on = RUNTIME.enter();
    Ok((TcpListener::from_std(listener)?, port))
}

impl World {
    fn start() -> Self {
        let authority = Authority::new("Belljar test authority");
        let seen = Arc::new(Seen::default());
        let http = |tls: Option<TlsAcceptor>| {
            let (listener, port) = listener();
            RUNTIME.spawn(http::serve(listener, tls, Arc::clone(&seen)));
            port
        };
        let proper = authority.acceptor(NAMES, Validity::Now);
        let smtp = {
            let (listener, port) = listener();
            RUNTIME.spawn(raw::smtp(listener, proper.clone(), Arc::clone(&seen)));
            port
        };
        let raw = |how: raw::Manner| {
            let (listener, port) = listener();
            RUNTIME.spawn(raw::serve(listener, how, Arc::clone(&seen)));
            port
        };
        // Bound and not listening: nobody else gets the port, and connections are refused.
        let nobody = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)
            .expect("a socket");
        let any: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
        nobody.bind(&any.into()).expect("a free port");
        let closed = nobody.local_addr().ok().and_then(|own| own.as_socket());
        Self {
            http: http(None),
            other: http(None),
            tls: http(Some(proper)),
            wrong_name: http(Some(authority.acceptor(&["elsewhere.test"], Validity::Now))),
            expired: http(Some(authority.acceptor(NAMES, Validity::Over))),
            self_signed: http(Some(ca::self_signed(NAMES))),
            websocket: raw(raw::Manner::Websocket),
            smtp,
            lines: raw(raw::Manner::Lines),
            silent: raw(raw::Manner::Silent),
            reset: raw(raw::Manner::Reset),
            garbage: raw(raw::Manner::Garbage),
            closed: closed.expect("it has an address").port(),
            authority,
            seen,
            _nobody: nobody,
        }
    }

    /// All of them, with what programs call them.
    pub fn ports(&self) -> [(&'static str, u16); 13] {
        [
            ("http", self.http),
            ("other", self.other),
            ("tls", self.tls),
            ("wrong_name", self.wrong_name),
            ("expired", self.expired),
            ("self_signed", self.self_signed),
            ("websocket", self.websocket),
            ("smtp", self.smtp),
            ("lines", self.lines),
            ("silent", self.silent),
            ("reset", self.reset),
            ("garbage", self.garbage),
            ("closed", self.closed),
        ]
    }
}
