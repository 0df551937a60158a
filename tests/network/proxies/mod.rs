//! Through proxies: a real squid, configured as Dify's `ssrf_proxy` is (CONNECT to port 443 only), and
//! a real SOCKS5 server. The names that programs use here are known to the proxies alone, so that what
//! arrives came through them.

mod failures;
mod programs;
mod socks;
mod squid;

use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener, TcpStream};
use std::path::Path;
use std::process::Child;
use std::sync::OnceLock;

use crate::common::process::{Folder, signal};
use crate::common::server::Server;
use crate::common::{eventually, process};
use crate::servers::ca::Validity;
use crate::servers::{RUNTIME, http, listener_on, try_listener_on, world};
use crate::tier;

/// What proxies are asked for. Nobody but them can tell where it is.
pub const NAME: &str = "www.example.com";

/// Where it is: an address of these tests' own, so that the usual ports are free there.
fn address() -> Ipv4Addr {
    let [.., high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, 77, high, low)
}

/// What a proxy may ask for.
pub struct Credentials {
    pub user: &'static str,
    pub password: &'static str,
}

/// With characters that have to be escaped where they stand in URLs.
pub const CREDENTIALS: Credentials = Credentials {
    user: "belljar",
    password: "pass:word",
};

/// The web behind the proxies.
pub struct Web {
    /// 80 and 443 where the tests may listen there.
    pub http: u16,
    pub tls: u16,
    /// Others, above 1024.
    pub high: u16,
    pub high_tls: u16,
}

pub fn web() -> &'static Web {
    static WEB: OnceLock<Web> = OnceLock::new();
    WEB.get_or_init(|| {
        let seen = &world().seen;
        let on = |port: u16, tls: bool| {
            let listens = try_listener_on(SocketAddr::from((address(), port)));
            let (listener, port) =
                listens.unwrap_or_else(|_| listener_on(SocketAddr::from((address(), 0))));
            let acceptor = tls.then(|| world().authority.acceptor(&[NAME], Validity::Now));
            RUNTIME.spawn(http::serve(listener, acceptor, seen.clone()));
            port
        };
        Web {
            http: on(80, false),
            tls: on(443, true),
            high: on(0, false),
            high_tls: on(0, true),
        }
    })
}

/// A line of a hosts file that says where the web is.
fn hosts() -> String {
    format!("127.0.0.1 localhost\n{} {NAME}\n", address())
}

/// A proxy as a child of the tests. Stopped when dropped, and in any case with them.
pub struct Proxy {
    pub port: u16,
    child: Child,
    folder: Folder,
    /// The file in which it tells what it was asked for.
    log: &'static str,
}

impl Proxy {
    /// What it was asked for so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.0.join(self.log)).unwrap_or_default()
    }

    fn wait(&mut self) {
        eventually("the proxy listens", || {
            let ended = self.child.try_wait().unwrap();
            assert_eq!(ended, None, "{}", self.files());
            TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok()
        });
    }

    /// All that it wrote, for messages.
    fn files(&self) -> String {
        let read = |entry: std::fs::DirEntry| std::fs::read_to_string(entry.path()).ok();
        let files = std::fs::read_dir(&self.folder.0).unwrap().flatten();
        files.filter_map(read).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        signal(&self.child, libc::SIGKILL);
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago, for a program that has to be told one.
fn free_port() -> u16 {
    let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Starts a command in `folder`, whose output goes to `output` there.
fn start(mut command: std::process::Command, folder: &Path, output: &str) -> Child {
    let output = std::fs::File::create(folder.join(output)).unwrap();
    command
        .stdin(std::process::Stdio::null())
        .stdout(output.try_clone().unwrap())
        .stderr(output);
    process::spawn(command)
}

/// A server whose programs have this proxy; nothing else is configured but whom TLS may trust.
pub fn server(proxy: &str, more: &str, environment: &[(&str, &str)]) -> Server {
    // Fetches the packages, which the others find.
    tier::shared(tier::Tier::Wasm);
    let folder = Folder::new();
    let authority = folder.write("authority.pem", world().authority.pem());
    let network = format!("network:\n  ca_file: {}\n{proxy}", authority.display());
    let more = &format!("worker_timeout: 20\n{more}");
    tier::server_in(folder, &network, more, environment)
}
