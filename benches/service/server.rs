//! The real binary, serving on loopback with a configuration of its own.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;
use crate::client::{Client, Request};
use crate::process::Process;

/// The key that the server is given and clients send.
pub const API_KEY: &str = "bench";

/// How much of everything is let in; what is measured stays at its default (workers, logging).
const CONFIG: &str = "\
app:
  host: 127.0.0.1
  port: 0
  key: bench
enable_network: true
max_requests: 1000
max_instances: 200
worker_timeout: 60
network:
  allow:
    - 127.0.0.0/8
limits:
  total_memory: 16GiB
";

/// A server that is killed when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    folder: PathBuf,
    address: SocketAddr,
    /// From the start of the process to the first answer of a program.
    pub first_answer: Duration,
}

impl Server {
    /// Starts a server and waits until it has run its first program.
    pub fn start(program: &Path) -> Result<Self> {
        Self::with_packages(program, "")
    }

    /// The same with a `python-requirements.txt`. Sets of packages are kept from one bench to the
    /// next.
    pub fn with_packages(program: &Path, requirements: &str) -> Result<Self> {
        let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let folder = target.join(format!("bench-{}", std::process::id()));
        fs::create_dir_all(folder.join("dependencies"))?;
        fs::write(folder.join("config.yaml"), CONFIG)?;
        let mut cache = None;
        if !requirements.is_empty() {
            let list = folder.join("dependencies/python-requirements.txt");
            fs::write(list, requirements)?;
            cache = Some(target.join("bench-packages"));
        }
        let log = folder.join("log");
        let started = Instant::now();
        let mut command = Command::new(program);
        command
            .args(["serve", "--config", "config.yaml"])
            .current_dir(&folder)
            .env_clear()
            .envs(cache.map(|cache| ("PACKAGES_CACHE", cache)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?);
        // SAFETY: between fork and exec only an async-signal-safe system call is made.
        unsafe {
            command.pre_exec(|| {
                // So that no server outlives a bench that is killed.
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                Ok(())
            });
        }
        let child = command
            .spawn()
            .map_err(|error| format!("cannot start `{}`: {error}", program.display()))?;
        let mut server = Self {
            child,
            folder,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            first_answer: Duration::ZERO,
        };
        server.address = server.address_in(&log, started)?;
        let mut client = server.client()?;
        client.run(&Request::run("python3", "print(1)"))?;
        server.first_answer = started.elapsed();
        Ok(server)
    }

    /// The address that the log names.
    fn address_in(&mut self, log: &Path, started: Instant) -> Result<SocketAddr> {
        loop {
            let text = fs::read_to_string(log)?;
            let named = text.split("http://").nth(1);
            if let Some(address) = named.and_then(|rest| rest.split_whitespace().next()) {
                return Ok(address.parse()?);
            }
            let over = self.child.try_wait()?.is_some();
            if over || started.elapsed() > Duration::from_secs(30) {
                return Err(format!(
                    "the server does not come up (`make build` makes what it needs):\n{text}"
                )
                .into());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub fn client(&self) -> Result<Client> {
        Client::connect(self.address)
    }

    /// The process that serves: a child of the one that was started.
    pub fn process(&self) -> Process {
        self.child_named("belljar-server")
            .unwrap_or(self.supervisor())
    }

    /// The child of the supervisor with this name.
    pub fn child_named(&self, name: &str) -> Option<Process> {
        let mut children = self.supervisor().children().into_iter();
        children.find(|child| child.name() == name)
    }

    fn supervisor(&self) -> Process {
        Process(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only for a process that is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
