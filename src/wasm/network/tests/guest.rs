//! A guest that a test drives call by call, through the linker, the memory and the fuel of a real one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use wasmtime::{Instance, Module, Store, Val, ValType};

use super::super::super::budget::{MemoryBudget, Share};
use super::super::super::fs::FileSystem;
use super::super::super::fs::image::Image;
use super::super::super::fs::tmp::Tmp;
use super::super::super::services::Services;
use super::super::super::state::{
    Deadline, Exports, FuelTank, Inputs, MemoryLimiter, Output, RunState, Stop,
};
use super::super::super::{engine, guest_linker};
use super::super::{Connections, NOT_GIVEN, Network, Trust};
use crate::egress::policy::Policy;
use crate::egress::resolver::ResolverSettings;
use crate::egress::{self, Dial, Engine, OwnAddresses, Proxies, Who};
use crate::program::{LimitReached, Limits};
use crate::units::{ByteSize, Fuel};

/// The functions and the types of their parameters: `i` and `I` for 32 and 64 bits.
pub const FUNCTIONS: [(&str, &str); 19] = [
    ("net_lookup", "ii"),
    ("net_connect", "iii"),
    ("net_status", "i"),
    ("net_send", "iii"),
    ("net_receive", "iii"),
    ("net_shutdown", "i"),
    ("net_close", "i"),
    ("net_address", "iiii"),
    ("net_reason", "ii"),
    ("net_poll", "iiI"),
    ("tls_open", "ii"),
    ("tls_feed", "iii"),
    ("tls_take", "iii"),
    ("tls_write", "iii"),
    ("tls_read", "iii"),
    ("tls_status", "i"),
    ("tls_shutdown", "i"),
    ("tls_info", "iii"),
    ("tls_close", "i"),
];

pub const MEMORY: usize = 32 * 65_536;
/// A file that stands for a module which only the native tier has.
pub const NATIVE_FILE: &str = "_pandas.so";
pub const NATIVE_MODULE: &str = "pandas";
/// Where the helpers put what they pass.
const SCRATCH: usize = 1024;

/// WASI's numbers of errors that tests meet.
pub const AGAIN: i32 = -6;
pub const BADF: i32 = -8;
pub const CONNREFUSED: i32 = -14;
pub const CONNRESET: i32 = -15;
pub const DQUOT: i32 = -19;
pub const INPROGRESS: i32 = -26;
pub const INVAL: i32 = -28;
pub const MFILE: i32 = -33;
pub const NOENT: i32 = -44;
pub const NOMEM: i32 = -48;
pub const PERM: i32 = -63;
pub const PIPE: i32 = -64;
pub const PROTO: i32 = -65;

pub const LIMITS: Limits = Limits {
    wall_clock: Duration::from_secs(20),
    fuel: Fuel(u64::MAX),
    memory: ByteSize::mib(64),
    stdout: ByteSize::mib(1),
    stderr: ByteSize::mib(1),
    tmp_bytes: ByteSize::mib(1),
    tmp_files: 10,
    connections: 64,
    network_bytes: ByteSize::mib(64),
    code: ByteSize::mib(1),
};

/// One of WASI's, for what becomes of the file of a native module.
const OTHERS: [(&str, &str); 1] = [("path_open", "iiiiiIIii")];

/// The whole text of a module that hands each function through.
fn text() -> String {
    let functions = || FUNCTIONS.into_iter().chain(OTHERS);
    let kinds = |parameters: &str| {
        let kind = |letter| if letter == 'I' { "i64 " } else { "i32 " };
        parameters.chars().map(kind).collect::<String>()
    };
    let imports = functions().map(|(name, parameters)| {
        let module = match OTHERS.contains(&(name, parameters)) {
            true => "wasi_snapshot_preview1",
            false => "belljar",
        };
        let kinds = kinds(parameters);
        format!("(import \"{module}\" \"{name}\" (func ${name} (param {kinds}) (result i32)))\n")
    });
    let exports = functions().map(|(name, parameters)| {
        let gets: String = (0..parameters.len())
            .map(|number| format!("local.get {number} "))
            .collect();
        let kinds = kinds(parameters);
        format!("(func (export \"{name}\") (param {kinds}) (result i32) {gets} call ${name})\n")
    });
    format!(
        "(module {} (memory (export \"memory\") {}) \
         (global (export \"fuel\") (mut i64) (i64.const 0)) {})",
        imports.collect::<String>(),
        MEMORY / 65_536,
        exports.collect::<String>()
    )
}

fn compiled() -> (wasmtime::Engine, Module) {
    static COMPILED: std::sync::LazyLock<(wasmtime::Engine, Module)> =
        std::sync::LazyLock::new(|| {
            let engine = engine::compiler().unwrap();
            let module = Module::new(&engine, wat::parse_str(text()).unwrap()).unwrap();
            (engine, module)
        });
    COMPILED.clone()
}

/// What makes connections to loopback, too, where the tests' servers are.
pub fn engine_on_loopback() -> Engine {
    let rules = ["127.0.0.1", "localhost private"];
    let settings = egress::Settings {
        policy: Policy {
            allow: rules.map(|rule| rule.parse().unwrap()).to_vec(),
            ..Policy::default()
        },
        proxies: Proxies::default(),
        resolve_behind_proxy: false,
        connect_timeout: Duration::from_secs(5),
        resolver: ResolverSettings::of_the_system(Duration::from_secs(5)),
    };
    Engine::new(settings, OwnAddresses::new())
}

pub fn network(dial: impl Dial + 'static, trust: Trust) -> Network {
    Network::new(Arc::new(dial), Arc::new(trust), Handle::current())
}

pub struct Guest {
    store: Store<RunState>,
    instance: Instance,
    memory: wasmtime::Memory,
}

impl Guest {
    pub async fn new(network: Option<&Network>, limits: Limits) -> Self {
        let budget = Arc::new(MemoryBudget::new(limits.memory.bytes()));
        Self::sharing(network, limits, &budget).await
    }

    pub async fn sharing(
        network: Option<&Network>,
        limits: Limits,
        budget: &Arc<MemoryBudget>,
    ) -> Self {
        let share = || Share::of(budget);
        let network = match network {
            Some(network) => Connections::new(network, &Who::default(), &limits, share()),
            None => Connections::none(NOT_GIVEN, share()),
        };
        let tmp = Tmp::new(1 << 20, 10, share());
        let mut image = Image::default();
        image.add_trap(&[NATIVE_FILE], NATIVE_MODULE).unwrap();
        let state = RunState {
            exports: None,
            inputs: Inputs::default(),
            stdout: Output::new(0, LimitReached::Stdout),
            stderr: Output::new(0, LimitReached::Stderr),
            files: FileSystem::new(Arc::new(image), tmp),
            descriptors: Default::default(),
            services: Services::new(share()),
            network,
            tank: FuelTank::new(limits.fuel.0),
            deadline: Deadline::after(limits.wall_clock),
            started: Instant::now(),
            memory: MemoryLimiter::new(64 << 20, share()),
            stack: Default::default(),
            asked: Default::default(),
            cancelled: Arc::new(AtomicBool::new(false)),
        };
        let (engine, module) = compiled();
        let mut store = Store::new(&engine, state);
        let linker = guest_linker(&engine).unwrap();
        let instance = linker.instantiate_async(&mut store, &module).await.unwrap();
        let memory = instance.get_memory(&mut store, "memory").unwrap();
        let fuel = instance.get_global(&mut store, "fuel");
        assert!(fuel.is_some());
        store.data_mut().exports = Some(Exports { memory, fuel });
        Self {
            store,
            instance,
            memory,
        }
    }

    pub fn state(&mut self) -> &mut RunState {
        self.store.data_mut()
    }

    /// Fuel charged so far.
    pub fn spent(&mut self) -> i64 {
        let fuel = self.store.data().exports.and_then(|exports| exports.fuel);
        -fuel.unwrap().get(&mut self.store).unwrap_i64()
    }

    /// Calls a function.
    ///
    /// # Errors
    /// How the run ended in it.
    pub async fn try_call(&mut self, name: &str, arguments: &[i64]) -> Result<i32, Stop> {
        let function = self.instance.get_func(&mut self.store, name).unwrap();
        let kinds: Vec<_> = function.ty(&self.store).params().collect();
        let arguments: Vec<_> = kinds
            .iter()
            .zip(arguments)
            .map(|(kind, value)| match kind {
                ValType::I64 => Val::I64(*value),
                _ => Val::I32(*value as i32),
            })
            .collect();
        let mut result = [Val::I32(0)];
        let called = function.call_async(&mut self.store, &arguments, &mut result);
        match called.await {
            Ok(()) => Ok(result[0].unwrap_i32()),
            Err(error) => Err(error
                .downcast::<Stop>()
                .unwrap_or_else(|error| panic!("{name}: {error:?}"))),
        }
    }

    pub async fn call(&mut self, name: &str, arguments: &[i64]) -> i32 {
        let called = self.try_call(name, arguments).await;
        called.unwrap_or_else(|stop| panic!("{name}: {stop}"))
    }

    pub fn put(&mut self, bytes: &[u8]) -> (i64, i64) {
        self.memory.write(&mut self.store, SCRATCH, bytes).unwrap();
        (SCRATCH as i64, bytes.len() as i64)
    }

    pub fn got(&self, len: i32) -> Vec<u8> {
        let start = SCRATCH;
        self.memory.data(&self.store)[start..start + len as usize].to_vec()
    }

    /// A function that is given `bytes`, after a handle if there is one.
    pub async fn give(&mut self, name: &str, handle: Option<i32>, bytes: &[u8]) -> i32 {
        let (at, len) = self.put(bytes);
        match handle {
            Some(handle) => self.call(name, &[handle.into(), at, len]).await,
            None => self.call(name, &[at, len]).await,
        }
    }

    /// A function that gives bytes, at most `len`.
    pub async fn fetch(&mut self, name: &str, handle: i32, len: usize) -> Result<Vec<u8>, i32> {
        let arguments = [handle.into(), SCRATCH as i64, len as i64];
        match self.call(name, &arguments).await {
            error @ ..0 => Err(error),
            len => Ok(self.got(len)),
        }
    }

    pub async fn reason(&mut self) -> String {
        let len = self.call("net_reason", &[SCRATCH as i64, 4096]).await;
        String::from_utf8(self.got(len)).unwrap()
    }

    pub async fn lookup(&mut self, host: &str) -> i32 {
        self.give("net_lookup", None, host.as_bytes()).await
    }

    pub async fn begin_to_connect(&mut self, host: &str, port: u16) -> i32 {
        let (at, len) = self.put(host.as_bytes());
        self.call("net_connect", &[at, len, port.into()]).await
    }

    /// Connects and waits for it.
    pub async fn connect(&mut self, to: SocketAddr) -> i32 {
        let handle = self.begin_to_connect(&to.ip().to_string(), to.port()).await;
        assert!(handle >= 65_536, "{handle}: {}", self.reason().await);
        assert_eq!(self.wait(handle, 2).await, 2);
        assert_eq!(self.call("net_status", &[handle.into()]).await, 0);
        handle
    }

    pub async fn send(&mut self, handle: i32, bytes: &[u8]) -> i32 {
        self.give("net_send", Some(handle), bytes).await
    }

    /// What comes before the end.
    pub async fn receive_all(&mut self, handle: i32) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            match self.fetch("net_receive", handle, 65_536).await {
                Ok(part) if part.is_empty() => return all,
                Ok(part) => all.extend(part),
                Err(AGAIN) => _ = self.wait(handle, 1).await,
                Err(error) => panic!("{error}: {}", self.reason().await),
            }
        }
    }

    /// Waits for events of handles; what happened to each.
    pub async fn try_poll(
        &mut self,
        entries: &[(i32, u16)],
        time: Option<Duration>,
    ) -> Result<Vec<u16>, Stop> {
        let bytes: Vec<u8> = entries
            .iter()
            .flat_map(|(handle, wanted)| {
                let [a, b, c, d] = handle.to_le_bytes();
                let [e, f] = wanted.to_le_bytes();
                [a, b, c, d, e, f, 0xff, 0xff]
            })
            .collect();
        let (at, len) = self.put(&bytes);
        let time = time.map_or(-1, |time| time.as_nanos() as i64);
        let ready = self.try_call("net_poll", &[at, len / 8, time]).await?;
        let happened: Vec<_> = self
            .got(bytes.len() as i32)
            .chunks(8)
            .map(|entry| u16::from_le_bytes([entry[6], entry[7]]))
            .collect();
        let count = happened.iter().filter(|happened| **happened != 0).count();
        assert_eq!(ready, count as i32);
        Ok(happened)
    }

    pub async fn poll(&mut self, entries: &[(i32, u16)], time: Duration) -> Vec<u16> {
        self.try_poll(entries, Some(time)).await.unwrap()
    }

    /// Waits, for ten seconds at most.
    pub async fn wait(&mut self, handle: i32, wanted: u16) -> u16 {
        self.poll(&[(handle, wanted)], Duration::from_secs(10))
            .await[0]
    }
}
