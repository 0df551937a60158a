//! The host as an attack would like to reach it: files, sockets, a process, secrets. All of it is
//! made for the tests, and harmless to lose.

use std::fs;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::thread;

use serde_json::json;

use crate::common::process::{Folder, spawn};

pub static OUTSIDE: LazyLock<Outside> = LazyLock::new(Outside::new);

/// What a neighbour's program had in memory; not written anywhere in a program that looks for it.
pub const SECRET: &str = "marigold-of-the-neighbour-7731";

/// In the environment of the tests, and so of the jailer here.
const VARIABLE: &str = "CARGO_MANIFEST_DIR=";

/// An ordinary user, who has the bystander and nothing else.
pub const ORDINARY: u32 = 61_000;

pub struct Outside {
    folder: Folder,
    bystander: Child,
    /// Where no policy of the tests lets anybody.
    pub port: u16,
    /// Where programs that have the network get to.
    reachable: u16,
    /// Nobody reads them: that something can be sent is what counts.
    _datagrams: [UnixDatagram; 2],
    abstract_name: String,
}

impl Outside {
    fn new() -> Self {
        let folder = Folder::public();
        let own = std::process::id();
        let open_to_all = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        open_to_all(&folder.0, 0o777);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        answer(move || listener.accept().map(|(stream, _)| stream));
        let listener = reachable_listener();
        let reachable = listener.local_addr().unwrap().port();
        answer(move || listener.accept().map(|(stream, _)| stream));
        let path = folder.0.join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        open_to_all(&path, 0o777);
        answer(move || listener.accept().map(|(stream, _)| stream));
        let abstract_name = format!("belljar-test-{own}");
        let address = SocketAddr::from_abstract_name(&abstract_name).unwrap();
        let listener = UnixListener::bind_addr(&address).unwrap();
        answer(move || listener.accept().map(|(stream, _)| stream));
        let path = folder.0.join("datagrams");
        let by_path = UnixDatagram::bind(&path).unwrap();
        open_to_all(&path, 0o777);
        let address = SocketAddr::from_abstract_name(format!("{abstract_name}-datagrams")).unwrap();
        let by_name = UnixDatagram::bind_addr(&address).unwrap();
        let mut sleep = Command::new("sleep");
        sleep.arg("600").stdin(Stdio::null()).stdout(Stdio::null());
        if is_root() {
            sleep.uid(ORDINARY).gid(ORDINARY);
        }
        Self {
            bystander: spawn(sleep),
            folder,
            port,
            reachable,
            _datagrams: [by_path, by_name],
            abstract_name,
        }
    }

    pub fn folder(&self) -> &Path {
        &self.folder.0
    }

    /// `HOST` of a program, as Python: what it would know of a machine that it has studied. The files
    /// are there anew each time; `own` belongs to `owner`.
    pub fn describe(&self, site: &Path, owner: u32) -> String {
        let folder = self.folder.0.display().to_string();
        let file = |name: &str, mode| {
            let path = self.folder.write(name, "a file of the host\n");
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            path.display().to_string()
        };
        let own = file("own", 0o600);
        if is_root() {
            chown(&own, Some(owner), Some(owner)).unwrap();
        }
        let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
        json!({
            "folder": folder,
            "file": file("readable", 0o644),
            "writable": file("writable", 0o666),
            "own": own,
            "site": site.display().to_string(),
            "bystander": self.bystander.id(),
            "port": self.port,
            "reachable": self.reachable,
            "socket": format!("{folder}/socket"),
            "datagrams": format!("{folder}/datagrams"),
            "abstract": self.abstract_name,
            "abstract datagrams": format!("{}-datagrams", self.abstract_name),
            "name": name.trim(),
            "environment name": "CARGO",
        })
        .to_string()
    }

    /// Texts that no program should find in its memory, as they read backwards, so that the program
    /// does not hold them itself.
    pub fn backwards(&self, site: &Path) -> String {
        let backwards = |text: &str| text.chars().rev().collect::<String>();
        json!({
            "a program before": backwards(SECRET),
            "the environment": backwards(VARIABLE),
            "the packages' folder": backwards(&site.display().to_string()),
            "belljar": backwards(&self.folder.0.join("belljar").display().to_string()),
        })
        .to_string()
    }
}

/// On a port that the policy of the tests allows (`jail::REACHABLE`).
pub fn reachable_listener() -> TcpListener {
    let mut ports = 23_500..24_000;
    let free = ports.find_map(|port| TcpListener::bind(("127.0.0.1", port)).ok());
    free.expect("one of them is free")
}

/// Tells everybody who connects that it worked.
fn answer<S: std::io::Write>(mut next: impl FnMut() -> std::io::Result<S> + Send + 'static) {
    thread::spawn(move || {
        while let Ok(mut stream) = next() {
            let _ = stream.write_all(b"connected");
        }
    });
}

pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}
