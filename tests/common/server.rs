//! The real server, started with a configuration of its own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::http::{Request, Response};
use super::process::{Folder, belljar, signal, spawn};
use super::{PATIENCE, Run, eventually};

/// What callers of the servers here send as `X-Api-Key`.
pub const KEY: &str = "a key of the tests";

/// A running server. Stopped when dropped, and in any case with the tests.
pub struct Server {
    child: Mutex<Child>,
    port: u16,
    log: Arc<Mutex<Vec<String>>>,
    folder: Folder,
}

impl Server {
    /// Starts a server on a free port with [`KEY`] and the lines of `config` besides.
    pub fn start(config: &str) -> Self {
        let config = super::dedent(config);
        Self::with_config(&format!("app:\n  port: 0\n  key: {KEY}\n{config}\n"), &[])
    }

    /// Starts a server with exactly this `conf/config.yaml` and these environment variables.
    pub fn with_config(config: &str, environment: &[(&str, &str)]) -> Self {
        Self::start_in(Folder::new(), config, environment)
    }

    /// The same, in a folder that may hold other files already.
    pub fn start_in(folder: Folder, config: &str, environment: &[(&str, &str)]) -> Self {
        folder.write("conf/config.yaml", config);
        let mut command = belljar(&["serve"]);
        command.envs(environment.iter().copied());
        Self::of_command(command, folder)
    }

    /// The server that a command of the caller's starts in `folder`.
    pub fn of_command(mut command: Command, folder: Folder) -> Self {
        command
            .current_dir(&folder.0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = spawn(command);
        let stderr = child.stderr.take().expect("it is piped");
        let log = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&log);
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
        let mut server = Self {
            child: Mutex::new(child),
            port: 0,
            log,
            folder,
        };
        server.port = server.wait_for_port();
        server
    }

    fn wait_for_port(&self) -> u16 {
        let since = Instant::now();
        loop {
            if let Some(port) = self.log().iter().find_map(|line| announced_port(line)) {
                return port;
            }
            let ended = self.child.lock().unwrap().try_wait().unwrap();
            assert!(
                ended.is_none() && since.elapsed() < PATIENCE,
                "the server does not listen ({ended:?}):\n{}",
                self.log().join("\n")
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process that was started: the supervisor.
    pub fn pid(&self) -> u32 {
        self.child.lock().unwrap().id()
    }

    /// The process that serves.
    #[track_caller]
    pub fn serving_pid(&self) -> u32 {
        let mut found = None;
        eventually("a server process is there", || {
            found = child_named(self.pid(), "belljar-server");
            found.is_some()
        });
        found.unwrap()
    }

    /// The folder it was started in.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// What it logged so far, line by line.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// The line of the log that holds `text`, waited for.
    #[track_caller]
    pub fn log_line(&self, text: &str) -> String {
        let find = || self.log().into_iter().find(|line| line.contains(text));
        eventually(&format!("the log says `{text}`"), || find().is_some());
        find().unwrap()
    }

    pub fn send(&self, request: &Request) -> Response {
        request.send(self.port)
    }

    /// The answer to a JSON body for the run route.
    pub fn post(&self, body: &Value) -> Response {
        self.send(&Request::run(body))
    }

    /// Runs a Python program.
    #[track_caller]
    pub fn run(&self, code: &str) -> Run {
        self.run_request(&json!({"language": "python3", "code": super::dedent(code)}))
    }

    /// Runs the program of a whole request body.
    #[track_caller]
    pub fn run_request(&self, body: &Value) -> Run {
        let since = Instant::now();
        let response = self.post(body);
        Run::read(&response, since.elapsed())
    }

    /// Whether it answers `/health`, and how fast.
    #[track_caller]
    pub fn health(&self) -> Duration {
        let since = Instant::now();
        let response = self.send(&Request::get("/health"));
        assert_eq!((response.status, response.text()), (200, "\"ok\"".into()));
        since.elapsed()
    }

    pub fn signal(&self, number: libc::c_int) {
        signal(&self.child.lock().unwrap(), number);
    }

    /// How it ended, waited for.
    #[track_caller]
    pub fn ended(&self) -> ExitStatus {
        let mut status = None;
        eventually("the server ends", || {
            status = self.child.lock().unwrap().try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }
}

/// The youngest child of `parent` whose main thread has this name.
pub fn child_named(parent: u32, name: &str) -> Option<u32> {
    let children =
        std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).ok()?;
    let named = |pid: &u32| {
        std::fs::read_to_string(format!("/proc/{pid}/comm"))
            .is_ok_and(|comm| comm.trim_end() == name)
    };
    let mut pids = children
        .split_whitespace()
        .filter_map(|pid| pid.parse().ok());
    pids.rfind(named)
}

fn announced_port(line: &str) -> Option<u16> {
    let (_, address) = line.split_once("listening on http://")?;
    let (_, port) = address.split_once(':')?;
    let digits = port.find(|c: char| !c.is_ascii_digit())?;
    port[..digits].parse().ok()
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(child) = self.child.get_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A server with the defaults, shared by the tests of one binary.
pub fn shared() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start("enable_network: true"))
}

/// Little of everything, for programs that take what they can get.
const LIMITS: &str = "
    limits:
      memory: 256MiB
      stdout: 1MiB
      stderr: 4MiB
      tmp_bytes: 4MiB
      tmp_files: 64
";

/// A server for hostile programs that end by themselves, however busy the machine is.
pub fn patient() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&format!("    worker_timeout: 30{LIMITS}")))
}

/// A server for programs that never end. It gives them a second, and more fuel than they can use in
/// it on a fast machine.
pub fn impatient() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    let config = format!("    worker_timeout: 1{LIMITS}      fuel: 1_000_000_000_000\n");
    SERVER.get_or_init(|| Server::start(&config))
}
