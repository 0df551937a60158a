//! The typed settings, their defaults, and how they are put together.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::source::{ConfigError, Environment, Notice, Sources};
use super::{LockdownSettings, NativeSettings, NetworkSettings};
use super::{keys, legacy, lockdown, machine, native, network, value};
use crate::execution::ExecutionSettings;
use crate::program::Limits;
use crate::units::{ByteSize, Fuel};

/// Everything that can be configured.
#[derive(Clone, Debug)]
pub struct Settings {
    pub http: HttpSettings,
    pub execution: ExecutionSettings,
    /// Whether a request may ask for network access (`enable_network`).
    pub enable_network: bool,
    /// What it may reach then.
    pub network: NetworkSettings,
    /// Whether a request's `preload` is run (`enable_preload`).
    pub enable_preload: bool,
    pub packages: PackageSettings,
    pub native: NativeSettings,
    pub log: LogSettings,
    pub lockdown: LockdownSettings,
}

/// Packages that the operator wants programs to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageSettings {
    /// Where they are kept (`packages.cache`), if not in the usual place.
    pub cache: Option<PathBuf>,
    /// How often the list of them is looked at (`python_deps_update_interval`).
    pub update_interval: Duration,
    /// The Python that installs and runs what WebAssembly does not (`python_path`), if one is chosen.
    pub python: Option<PathBuf>,
    /// The index that pip asks (`python_pip_mirror_url`), if not the usual one. May hold a password.
    pub pip_mirror: Option<String>,
}

/// Where the API is served, and to whom.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    pub address: SocketAddr,
    pub key: ApiKey,
}

/// The secret that callers send as `X-Api-Key`. Does not show itself in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// The key that dify-sandbox and Dify come with, known to everybody.
    pub const PUBLIC_DEFAULT: &str = "dify-sandbox";

    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    pub fn secret(&self) -> &str {
        &self.0
    }

    pub fn is_public_default(&self) -> bool {
        self.0 == Self::PUBLIC_DEFAULT
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// What is logged, how, and where besides standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    pub format: LogFormat,
    pub level: LogLevel,
    /// A folder in which `belljar.log` is appended to.
    pub folder: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// From the fewest lines to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// A configuration file, and how it came to be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigFile {
    /// Someone named this file: it has to exist.
    Named(PathBuf),
    /// The place where it usually is: without it, the defaults hold.
    Usual(PathBuf),
}

impl ConfigFile {
    pub fn path(&self) -> &Path {
        match self {
            Self::Named(path) | Self::Usual(path) => path,
        }
    }
}

/// Usable settings, and what the operator should be told about them.
#[derive(Clone, Debug)]
pub struct LoadedSettings {
    pub settings: Settings,
    pub notices: Vec<Notice>,
}

const DEFAULT_PORT: u16 = 8194;
const DEFAULT_MAX_WORKERS: u64 = 4;
const DEFAULT_MAX_REQUESTS: u64 = 50;
/// Unless asked for, no more programs are alive at once than this, whatever `max_requests` says.
const DEFAULT_MOST_INSTANCES: u64 = 1000;
/// Each reserves 4 GiB of the process's 128 TiB of addresses.
const MOST_INSTANCES: u64 = 16_384;
const DEFAULT_WORKER_TIMEOUT: Duration = Duration::from_secs(5);
const DEFAULT_MEMORY: ByteSize = ByteSize::mib(512);
/// Of all programs together, beyond what they share, on a machine that does not tell how much it
/// has; else half of what it has.
const DEFAULT_TOTAL_MEMORY: ByteSize = ByteSize::mib(4096);
const DEFAULT_OUTPUT: ByteSize = ByteSize::mib(10);
const DEFAULT_TMP_BYTES: ByteSize = ByteSize::mib(64);
const DEFAULT_TMP_FILES: u64 = 1024;
/// As many as a browser or an HTTP client with a pool opens, and some.
const DEFAULT_CONNECTIONS: u64 = 64;
const MOST_CONNECTIONS: u64 = 1024;
const DEFAULT_NETWORK_BYTES: ByteSize = ByteSize::mib(256);
const DEFAULT_CODE: ByteSize = ByteSize::mib(16);
/// More than a program uses in a second, so that without a limit of its own the wall clock
/// decides.
const DEFAULT_FUEL_PER_SECOND: u64 = 20_000_000_000;

/// dify-sandbox's own.
const DEFAULT_UPDATE_INTERVAL: Duration = Duration::from_secs(30 * 60);
const LEAST_UPDATE_INTERVAL: Duration = Duration::from_secs(1);

/// WebAssembly's 32-bit address space.
const MOST_MEMORY: ByteSize = ByteSize::mib(4096);
const MOST_BYTES: ByteSize = ByteSize::mib(1024);

impl Settings {
    /// Reads `file` and `environment`, which wins.
    ///
    /// # Errors
    /// A file that cannot be read (a usual one may be missing), and every wrong value.
    pub fn load(
        file: &ConfigFile,
        environment: Environment,
    ) -> Result<LoadedSettings, ConfigError> {
        match std::fs::read_to_string(file.path()) {
            Ok(text) => Self::read(Sources::with_file(environment, file.path(), &text)),
            Err(error)
                if error.kind() == io::ErrorKind::NotFound
                    && matches!(file, ConfigFile::Usual(_)) =>
            {
                let mut sources = Sources::environment_only(environment);
                sources.notices.push(Notice::Warning(format!(
                    "there is no `{}` here: the defaults hold",
                    file.path().display()
                )));
                Self::read(sources)
            }
            Err(source) => Err(ConfigError::Read {
                path: file.path().to_owned(),
                source,
            }),
        }
    }

    pub(super) fn read(mut sources: Sources) -> Result<LoadedSettings, ConfigError> {
        let http = http(&mut sources);
        let execution = execution(&mut sources);
        let enable_network = sources.get(&keys::ENABLE_NETWORK, value::boolean);
        // What is dangerous has to be asked for, as in dify-sandbox.
        let enable_network = enable_network.unwrap_or(false);
        let network = network::read(&mut sources, enable_network);
        let enable_preload = sources.get(&keys::ENABLE_PRELOAD, value::boolean);
        let packages = packages(&mut sources);
        let native = native::read(&mut sources, execution.max_workers);
        let log = log(&mut sources);
        let lockdown = lockdown::read(&mut sources);
        legacy::check(&mut sources);
        let notices = sources.finish()?;
        let settings = Self {
            http,
            execution,
            enable_network,
            network,
            enable_preload: enable_preload.unwrap_or(false),
            packages,
            native,
            log,
            lockdown,
        };
        Ok(LoadedSettings { settings, notices })
    }
}

fn http(sources: &mut Sources<'_>) -> HttpSettings {
    let host = sources
        .get(&keys::HOST, value::ip_address)
        .unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let port = sources
        .get(&keys::PORT, value::whole_number(0..=u64::from(u16::MAX)))
        .and_then(|port| u16::try_from(port).ok())
        .unwrap_or(DEFAULT_PORT);
    let key = sources
        .get(&keys::KEY, value::string)
        .unwrap_or_else(|| ApiKey::PUBLIC_DEFAULT.to_owned());
    HttpSettings {
        address: SocketAddr::new(host, port),
        key: ApiKey::new(key),
    }
}

fn execution(sources: &mut Sources<'_>) -> ExecutionSettings {
    let mut count = |key, default, most| {
        let number = sources.get(key, value::whole_number(1..=most));
        usize::try_from(number.unwrap_or(default)).unwrap_or(usize::MAX)
    };
    let max_workers = count(&keys::MAX_WORKERS, DEFAULT_MAX_WORKERS, 4096);
    let max_requests = count(&keys::MAX_REQUESTS, DEFAULT_MAX_REQUESTS, 1_000_000);
    let most_instances = (max_requests as u64).min(DEFAULT_MOST_INSTANCES);
    let max_instances = count(&keys::MAX_INSTANCES, most_instances, MOST_INSTANCES);
    let total_memory = sources
        .get(
            &keys::LIMIT_TOTAL_MEMORY,
            value::size(ByteSize(1)..=ByteSize(u64::MAX)),
        )
        .unwrap_or_else(default_total_memory);
    ExecutionSettings {
        max_workers,
        max_requests,
        max_instances,
        total_memory,
        limits: limits(sources),
    }
}

fn limits(sources: &mut Sources<'_>) -> Limits {
    let wall_clock = sources
        .get(&keys::WORKER_TIMEOUT, value::seconds)
        .unwrap_or(DEFAULT_WORKER_TIMEOUT);
    let fuel = sources
        .get(&keys::LIMIT_FUEL, value::fuel)
        .unwrap_or_else(|| default_fuel(wall_clock));
    let tmp_files = sources
        .get(
            &keys::LIMIT_TMP_FILES,
            value::whole_number(0..=u64::from(u32::MAX)),
        )
        .unwrap_or(DEFAULT_TMP_FILES);
    let connections = sources
        .get(
            &keys::LIMIT_CONNECTIONS,
            value::whole_number(1..=MOST_CONNECTIONS),
        )
        .unwrap_or(DEFAULT_CONNECTIONS);
    let mut size = |key, default, least, most| {
        sources
            .get(key, value::size(least..=most))
            .unwrap_or(default)
    };
    let (none, byte) = (ByteSize(0), ByteSize(1));
    Limits {
        wall_clock,
        fuel,
        memory: size(&keys::LIMIT_MEMORY, DEFAULT_MEMORY, byte, MOST_MEMORY),
        stdout: size(&keys::LIMIT_STDOUT, DEFAULT_OUTPUT, byte, MOST_BYTES),
        stderr: size(&keys::LIMIT_STDERR, DEFAULT_OUTPUT, byte, MOST_BYTES),
        tmp_bytes: size(&keys::LIMIT_TMP_BYTES, DEFAULT_TMP_BYTES, none, MOST_BYTES),
        tmp_files: u32::try_from(tmp_files).unwrap_or(u32::MAX),
        connections: u32::try_from(connections).unwrap_or(u32::MAX),
        network_bytes: size(
            &keys::LIMIT_NETWORK_BYTES,
            DEFAULT_NETWORK_BYTES,
            byte,
            ByteSize(u64::MAX),
        ),
        code: size(&keys::LIMIT_CODE, DEFAULT_CODE, byte, MOST_BYTES),
    }
}

fn packages(sources: &mut Sources<'_>) -> PackageSettings {
    PackageSettings {
        cache: sources
            .get(&keys::PACKAGES_CACHE, value::string)
            .map(PathBuf::from),
        update_interval: sources
            .get(&keys::DEPS_UPDATE_INTERVAL, value::go_duration)
            .map_or(DEFAULT_UPDATE_INTERVAL, |period| {
                period.max(LEAST_UPDATE_INTERVAL)
            }),
        python: sources
            .get(&keys::PYTHON_PATH, value::string)
            .map(PathBuf::from),
        pip_mirror: sources.get(&keys::PIP_MIRROR_URL, value::web_address),
    }
}

fn default_total_memory() -> ByteSize {
    machine::memory().map_or(DEFAULT_TOTAL_MEMORY, |memory| ByteSize(memory.bytes() / 2))
}

fn default_fuel(wall_clock: Duration) -> Fuel {
    let fuel = wall_clock
        .as_millis()
        .saturating_mul(u128::from(DEFAULT_FUEL_PER_SECOND / 1000));
    Fuel(u64::try_from(fuel).unwrap_or(u64::MAX))
}

fn log(sources: &mut Sources<'_>) -> LogSettings {
    let format = sources.get(&keys::LOG_FORMAT, |value| {
        match value::string(value).as_deref() {
            Ok("text") => Ok(LogFormat::Text),
            Ok("json") => Ok(LogFormat::Json),
            _ => Err("`text` or `json`".to_owned()),
        }
    });
    let level = sources.get(&keys::LOG_LEVEL, |value| {
        match value::string(value)
            .as_deref()
            .map(str::to_ascii_lowercase)
            .as_deref()
        {
            Ok("error") => Ok(LogLevel::Error),
            Ok("warn" | "warning") => Ok(LogLevel::Warn),
            Ok("info") => Ok(LogLevel::Info),
            Ok("debug") => Ok(LogLevel::Debug),
            Ok("trace") => Ok(LogLevel::Trace),
            _ => Err("`error`, `warn`, `info`, `debug` or `trace`".to_owned()),
        }
    });
    let debug = sources.get(&keys::DEBUG, value::boolean).unwrap_or(false);
    let least = if debug {
        LogLevel::Debug
    } else {
        LogLevel::Error
    };
    LogSettings {
        format: format.unwrap_or(LogFormat::Text),
        level: level.unwrap_or(LogLevel::Info).max(least),
        folder: sources
            .get(&keys::LOG_PATH, value::string)
            .map(PathBuf::from),
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
