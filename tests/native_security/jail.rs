//! A jail for attacks: the real jailer, launcher and zygote, without the server before them, so that
//! layers can be left out.

use std::collections::HashMap;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, LazyLock, Mutex, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use belljar::egress::policy::{Mode, Policy};
use belljar::egress::{self, Engine, OwnAddresses, Who};
use belljar::native::client::Native;
use belljar::native::jailer::{self, Launched, SetFiles, Settings};
use belljar::native::launcher;
use belljar::native::messages::ZygoteSpec;
use belljar::native::outcome::{FUEL_PER_CPU_SECOND, process_limits};
use belljar::native::packets;
use belljar::program::{Language, Limits, Outcome, Program};
use belljar::units::{ByteSize, Fuel};
use libseccomp::ScmpSyscall;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::common::process::Folder;
use crate::layers::SECCOMP;
use crate::outside::{ORDINARY, OUTSIDE};

/// The interpreter that users have.
const PYTHON: &str = "/usr/bin/python3";
/// What every attack imports, so that it need not do so itself.
const PRELOAD: [&str; 5] = ["ctypes", "mmap", "socket", "threading", "struct"];
/// Programs at the same time.
const PLACES: usize = 32;
const PRELUDE: &str = include_str!("prelude.py");

/// What programs have here.
pub const LIMITS: Limits = Limits {
    wall_clock: Duration::from_secs(20),
    fuel: Fuel(2 * FUEL_PER_CPU_SECOND),
    memory: ByteSize::mib(128),
    stdout: ByteSize::mib(1),
    stderr: ByteSize::mib(1),
    tmp_bytes: ByteSize::mib(16),
    tmp_files: 256,
    connections: 64,
    network_bytes: ByteSize::mib(256),
    code: ByteSize::mib(1),
};

/// Where programs that have the network get to.
pub const REACHABLE: [&str; 2] = ["127.0.0.1:23500-23999", "localhost:23500-23999 private"];

/// Stands among the layers for what root can do beyond others: without it, an ordinary user starts
/// the launcher.
pub const ROOT: &str = "root";

/// The layers that the zygotes of a set, known by its folder, lack.
static WITHOUT: LazyLock<Mutex<HashMap<PathBuf, Vec<String>>>> = LazyLock::new(Default::default);

/// The program under test, where every user can start it.
static BELLJAR: LazyLock<PathBuf> = LazyLock::new(|| {
    let path = OUTSIDE.folder().join("belljar");
    std::fs::copy(env!("CARGO_BIN_EXE_belljar"), &path).unwrap();
    path
});

fn launch(spec: &ZygoteSpec) -> io::Result<Launched> {
    let mut spec = spec.clone();
    let without = WITHOUT.lock().unwrap();
    spec.without = without.get(&spec.site).cloned().unwrap_or_default();
    drop(without);
    // Where there are no mounts, each program has a folder of its own below it.
    let scratch = spec.site.join("scratch");
    std::fs::create_dir_all(&scratch)?;
    std::fs::set_permissions(&scratch, std::fs::Permissions::from_mode(0o1733))?;
    spec.scratch = Some(scratch);
    let is_ordinary = spec.without.iter().any(|layer| layer == ROOT);
    spec.without.retain(|layer| layer != ROOT);
    let (mut command, socket) = launcher::command(&BELLJAR, &spec)?;
    if is_ordinary {
        command.uid(ORDINARY).gid(ORDINARY);
    }
    let child = command.spawn()?;
    Ok(Launched { child, socket })
}

type Answer = Result<Outcome, String>;
type Order = (Program, Limits, mpsc::Sender<Answer>);

/// A jailer and its zygotes. They end when it is dropped.
pub struct Jail {
    orders: Option<UnboundedSender<Order>>,
    thread: Option<JoinHandle<()>>,
    site: Folder,
    /// Who starts the launcher.
    user: u32,
}

impl Jail {
    /// One that lacks these layers. Gives an error when it runs no program at all.
    pub fn without(layers: &[&str]) -> Result<Self, String> {
        let site = Folder::public();
        let mut without: Vec<_> = layers.iter().map(|layer| (*layer).to_owned()).collect();
        if layers.contains(&SECCOMP) {
            // Programs inherit their zygote's filter.
            without.push("zygote-seccomp".to_owned());
        }
        WITHOUT.lock().unwrap().insert(site.0.clone(), without);
        let (orders, received) = unbounded_channel();
        let folder = site.0.clone();
        let thread = thread::spawn(|| {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            runtime
                .enable_all()
                .build()
                .unwrap()
                .block_on(keep(folder, received));
        });
        let jail = Self {
            orders: Some(orders),
            thread: Some(thread),
            site,
            user: if layers.contains(&ROOT) { ORDINARY } else { 0 },
        };
        let greeting = jail.run("print('hello')", LIMITS)?;
        match greeting.stdout.as_slice() {
            b"hello\n" => Ok(jail),
            _ => Err(format!("{greeting:?}")),
        }
    }

    /// Runs an attack: the end of a program that begins with what all of them have.
    pub fn attack(&self, code: &str) -> Answer {
        self.attack_knowing(&OUTSIDE.describe(&self.site.0, self.user), code)
    }

    /// An attack by a program that knows of the host only how some texts read backwards.
    pub fn search(&self, code: &str) -> Answer {
        self.attack_knowing(&OUTSIDE.backwards(&self.site.0), code)
    }

    fn attack_knowing(&self, host: &str, code: &str) -> Answer {
        let numbers = numbers(code);
        self.run(
            &format!("NUMBERS = {numbers}\nHOST = {host}\n{PRELUDE}\n{code}"),
            LIMITS,
        )
    }

    /// Runs a program to its end.
    pub fn run(&self, code: &str, limits: Limits) -> Answer {
        self.start(code, limits)
            .recv()
            .unwrap_or_else(|_| Err("the jailer is gone".to_owned()))
    }

    /// An attack by a program that has the network.
    pub fn attack_with_network(&self, code: &str) -> Answer {
        let (numbers, host) = (numbers(code), OUTSIDE.describe(&self.site.0, self.user));
        let code = format!("NUMBERS = {numbers}\nHOST = {host}\n{PRELUDE}\n{code}");
        self.run_with_network(&code, LIMITS)
    }

    /// Runs a program that has the network to its end.
    pub fn run_with_network(&self, code: &str, limits: Limits) -> Answer {
        self.start_with(code, limits, true)
            .recv()
            .unwrap_or_else(|_| Err("the jailer is gone".to_owned()))
    }

    /// Starts a program; its outcome comes later.
    pub fn start(&self, code: &str, limits: Limits) -> mpsc::Receiver<Answer> {
        self.start_with(code, limits, false)
    }

    pub fn start_with(&self, code: &str, limits: Limits, network: bool) -> mpsc::Receiver<Answer> {
        let program = Program {
            language: Language::Python3,
            code: code.to_owned(),
            preload: None,
            file_name: Language::Python3.default_file_name().to_owned(),
            network: network.then(|| Who {
                tenant: "default".to_owned(),
                request: "test".to_owned(),
            }),
        };
        let (answer, answered) = mpsc::channel();
        let orders = self
            .orders
            .as_ref()
            .expect("it is there until it is dropped");
        let _ = orders.send((program, limits, answer));
        answered
    }
}

impl Drop for Jail {
    fn drop(&mut self) {
        drop(self.orders.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        WITHOUT.lock().unwrap().remove(&self.site.0);
    }
}

/// A jailer, for programs that use the packages in `site`, and its client, until there are no more
/// orders.
async fn keep(site: PathBuf, orders: UnboundedReceiver<Order>) {
    let (servers, jailers) = packets::pair().unwrap();
    let find = Box::new(move |_: &str| {
        Ok(SetFiles {
            python: std::fs::canonicalize(PYTHON).map_err(|error| error.to_string())?,
            site: site.clone(),
            preload: PRELOAD.map(str::to_owned).to_vec(),
        })
    });
    let settings = Settings {
        launch,
        dial: Some(Box::new(|| Arc::new(engine()))),
        ..Settings::new(process_limits(&LIMITS), PLACES, find)
    };
    let native = Native::new(servers, "0".repeat(64), PLACES).unwrap();
    jailer::serve(settings, jailers, obey(native, orders))
        .await
        .unwrap();
}

/// What connects programs that have the network.
fn engine() -> Engine {
    Engine::new(egress::Settings::directly(policy()), OwnAddresses::new())
}

/// The network of programs that have one: servers of tests, on this machine, and nothing else.
fn policy() -> Policy {
    Policy {
        mode: Mode::AllowList,
        allow: REACHABLE.map(|entry| entry.parse().unwrap()).to_vec(),
        deny: Vec::new(),
    }
}

/// Runs what is ordered, each as soon as it is.
async fn obey(native: Native, mut orders: UnboundedReceiver<Order>) {
    let native = Rc::new(native);
    while let Some((program, limits, answer)) = orders.recv().await {
        let native = Rc::clone(&native);
        tokio::task::spawn_local(async move {
            let ran = native
                .run(program, limits, Vec::new(), Instant::now())
                .await;
            let _ = answer.send(ran.map_err(|error| error.to_string()));
        });
    }
}

/// The numbers that this machine has for all system calls that a program names in quotes, as a
/// Python dictionary.
fn numbers(code: &str) -> String {
    let known = |word: &&str| {
        let call = ScmpSyscall::from_name(word).ok();
        call.is_some_and(|call| i32::from(call) >= 0)
    };
    let entries = code.split('"').filter(known).map(|name| {
        let number = ScmpSyscall::from_name(name).map(i32::from).unwrap_or(-1);
        format!("{name:?}: {number}, ")
    });
    format!("{{{}}}", entries.collect::<String>())
}
