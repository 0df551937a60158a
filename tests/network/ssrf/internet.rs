//! An internet of the tests' own: two network namespaces with a cable between them. In one stands the
//! operator's machine, on which Belljar runs; in the other everything that it could reach, a public web
//! server and name server, and private networks and metadata services where clouds have them. Whatever
//! an attack reaches, it is here, and nothing of the real network.

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::Deref;
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::thread;

use super::canary::{Canaries, canary_on};
use super::names;
use crate::common::process::{Folder, belljar};
use crate::common::server::Server;
use crate::servers::ca::Validity;
use crate::servers::{RUNTIME, http, listener_on, world};

/// The public web server, which redirects wherever it is asked to.
pub const PUBLIC: &str = "93.184.216.34";

/// The machine's own addresses besides loopback: in its private network and, as of a machine that
/// stands in the internet, public ones.
pub const OWN: &[&str] = &["10.77.0.2", "93.184.216.40", "fd77::2", "2606:2800::40"];

/// Who is there besides, in private networks, at clouds' metadata services, and in other special ranges.
const OTHERS: &[&str] = &[
    "10.77.0.1",
    "10.0.0.5",
    "172.16.0.5",
    "192.168.1.5",
    "100.64.0.5",
    "100.100.100.200",
    "168.63.129.16",
    "169.254.169.254",
    "192.0.0.192",
    "192.0.2.5",
    "198.18.0.5",
    "198.51.100.5",
    "203.0.113.5",
    "240.0.0.5",
    "fd77::1",
    "fd00:ec2::254",
    "fc00::5",
    "fec0::5",
    "2001:db8::5",
    // The IPv4-compatible, NAT64 and 6to4 forms of 10.0.0.5, and Teredo.
    "::10.0.0.5",
    "64:ff9b::10.0.0.5",
    "64:ff9b:1::10.0.0.5",
    "2002:a00:5::1",
    "2001:0:a00:5::1",
];

/// Ports at which there is a canary on every address.
pub const PORTS: &[u16] = &[80, 443, 6379];

/// Where the namespaces are.
pub struct Internet {
    machine: Namespaces,
    pub canaries: Canaries,
}

struct Namespaces {
    network: File,
    mounts: File,
}

/// The internet, made by whoever needs it first; the calling thread stands on the operator's machine from
/// then on, and has the canaries to itself as long as it keeps what it is given. `None` where the tests
/// may not make namespaces.
pub fn enter() -> Option<Entered> {
    static ALONE: Mutex<()> = Mutex::new(());
    static INTERNET: OnceLock<Option<Internet>> = OnceLock::new();
    let internet = INTERNET.get_or_init(|| {
        world();
        match thread::spawn(build).join().expect("nothing panics there") {
            Ok(internet) => Some(internet),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                eprintln!("nobody may make namespaces here: these attacks are not tried");
                None
            }
            Err(error) => panic!("the internet of the tests cannot be made: {error}"),
        }
    });
    let internet = internet.as_ref()?;
    join(&internet.machine.network, libc::CLONE_NEWNET).expect("a thread can join the namespace");
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    Some(Entered {
        internet,
        _alone: alone,
    })
}

/// The internet, while nobody else uses it.
pub struct Entered {
    internet: &'static Internet,
    _alone: MutexGuard<'static, ()>,
}

impl Deref for Entered {
    type Target = Internet;

    fn deref(&self) -> &Internet {
        self.internet
    }
}

impl Internet {
    /// A server on the operator's machine.
    pub fn server(&self, folder: Folder, config: &str) -> Server {
        folder.write("conf/config.yaml", config);
        let mut command = belljar(&["serve"]);
        let network = self.machine.network.as_raw_fd();
        let mounts = self.machine.mounts.as_raw_fd();
        let within = CString::new(folder.0.as_os_str().as_bytes()).unwrap();
        // SAFETY: between fork and exec only setns and chdir are called, which are system calls alone; the
        // descriptors live as long as the tests.
        unsafe {
            command.pre_exec(move || {
                for (namespace, kind) in
                    [(network, libc::CLONE_NEWNET), (mounts, libc::CLONE_NEWNS)]
                {
                    if libc::setns(namespace, kind) != 0 {
                        return Err(io::Error::last_os_error());
                    }
                }
                match libc::chdir(within.as_ptr()) {
                    0 => Ok(()),
                    _ => Err(io::Error::last_os_error()),
                }
            });
        }
        Server::of_command(command, folder)
    }
}

/// Runs on a thread of its own, which becomes the operator's machine.
fn build() -> io::Result<Internet> {
    let (send, receive) = mpsc::channel();
    let (finished, wait) = mpsc::channel::<()>();
    // The thread that is the rest of the world, until all is set up.
    let rest = thread::spawn(move || -> io::Result<Canaries> {
        unshare(libc::CLONE_NEWNET)?;
        // SAFETY: it only asks.
        let _ = send.send(unsafe { libc::gettid() });
        let canceled = |_| io::Error::other("the other side gave up");
        wait.recv().map_err(canceled)?;
        rest_of_the_world()
    });
    let thread_of_rest = receive
        .recv()
        .map_err(|_| io::Error::other("no network namespace"));
    let Ok(rest_id) = thread_of_rest else {
        return Err(rest.join().expect("it does not panic").err().unwrap());
    };
    unshare(libc::CLONE_NEWNET | libc::CLONE_NEWNS)?;
    own_files()?;
    ip("link set lo up")?;
    ip("link add cable type veth peer name cable2")?;
    ip(&format!("link set cable2 netns {rest_id}"))?;
    ip("link set cable up")?;
    for own in OWN {
        ip(&format!(
            "address add {} dev cable{}",
            own_with_prefix(own),
            at_once(own)
        ))?;
    }
    finished.send(()).map_err(io::Error::other)?;
    let mut canaries = rest.join().expect("it does not panic")?;
    ip("route add default via 10.77.0.1")?;
    ip("-6 route add default via fd77::1")?;
    for own in ["0.0.0.0", "::"] {
        for port in PORTS {
            canary(&mut canaries, own, *port)?;
        }
    }
    Ok(Internet {
        machine: Namespaces {
            network: File::open("/proc/thread-self/ns/net")?,
            mounts: File::open("/proc/thread-self/ns/mnt")?,
        },
        canaries,
    })
}

fn own_with_prefix(own: &str) -> String {
    match own.starts_with("10.") || own.starts_with("fd77:") {
        true if own.contains(':') => format!("{own}/64"),
        true => format!("{own}/24"),
        false if own.contains(':') => format!("{own}/128"),
        false => format!("{own}/32"),
    }
}

fn rest_of_the_world() -> io::Result<Canaries> {
    ip("link set lo up")?;
    ip("link set cable2 up")?;
    ip("address add 10.77.0.1/24 dev cable2")?;
    ip("-6 address add fd77::1/64 dev cable2 nodad")?;
    // The machine's public addresses are not in the cable's networks.
    ip("route add default via 10.77.0.2")?;
    ip("-6 route add default via fd77::2")?;
    ip(&format!("address add {PUBLIC}/32 dev lo"))?;
    let mut canaries = Canaries::default();
    for other in OTHERS {
        if !other.contains("77") {
            ip(&format!("address add {other} dev lo{}", at_once(other)))?;
        }
        for port in PORTS {
            canary(&mut canaries, other, *port)?;
        }
    }
    let (listener, _) = listener_on(address(PUBLIC, 80));
    RUNTIME.spawn(http::serve(listener, None, world().seen.clone()));
    let (listener, _) = listener_on(address(PUBLIC, 443));
    let names = ["public.example.net", "www.example.net", PUBLIC];
    let tls = world().authority.acceptor(&names, Validity::Now);
    RUNTIME.spawn(http::serve(listener, Some(tls), world().seen.clone()));
    let names = std::net::UdpSocket::bind(address("10.77.0.1", 53))?;
    names::serve(names)?;
    Ok(canaries)
}

/// IPv6 addresses are not there until nobody else is known to have them.
fn at_once(ip: &str) -> &'static str {
    if ip.contains(':') { " nodad" } else { "" }
}

fn canary(canaries: &mut Canaries, ip: &str, port: u16) -> io::Result<()> {
    canary_on(canaries, address(ip, port))
        .map_err(|error| io::Error::other(format!("{ip} port {port}: {error}")))
}

fn address(ip: &str, port: u16) -> SocketAddr {
    SocketAddr::new(ip.parse::<IpAddr>().expect("an address"), port)
}

/// What says where names are looked up, over the machine's own files.
fn own_files() -> io::Result<()> {
    let folder = Folder::public();
    let mount = |source: Option<&str>, target: &str, flags: libc::c_ulong| {
        let source = source.map(|source| CString::new(source).unwrap());
        let target = CString::new(target).unwrap();
        let source = source
            .as_ref()
            .map_or(std::ptr::null(), |source| source.as_ptr());
        // SAFETY: both are strings that end in zero and live longer than the call, or null where the
        // kernel takes none.
        let done = unsafe {
            libc::mount(
                source,
                target.as_ptr(),
                std::ptr::null(),
                flags,
                std::ptr::null(),
            )
        };
        match done {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    };
    mount(None, "/", libc::MS_REC | libc::MS_PRIVATE)?;
    for (name, content) in [
        (
            "resolv.conf",
            "nameserver 10.77.0.1\noptions timeout:1 attempts:1\n",
        ),
        (
            "hosts",
            "127.0.0.1 localhost\n::1 localhost\n10.0.0.5 intranet.example.org\n",
        ),
    ] {
        let file = folder.write(name, content);
        mount(file.to_str(), &format!("/etc/{name}"), libc::MS_BIND)?;
    }
    Ok(())
}

fn unshare(namespaces: libc::c_int) -> io::Result<()> {
    // SAFETY: no memory is passed.
    match unsafe { libc::unshare(namespaces) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

fn join(namespace: &File, kind: libc::c_int) -> io::Result<()> {
    // SAFETY: no memory is passed.
    match unsafe { libc::setns(namespace.as_raw_fd(), kind) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// `ip`, in the namespaces of this thread.
fn ip(arguments: &str) -> io::Result<()> {
    let output = Command::new("ip").args(arguments.split(' ')).output()?;
    if output.status.success() {
        return Ok(());
    }
    let problem = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("ip {arguments}: {problem}")))
}
