//! Configuration: `conf/config.yaml` and the environment, read once into typed [`Settings`].
//!
//! Guarantees: nothing else in Belljar reads the environment; a value is either valid or an error
//! that says where it stands, what was expected and what was found; all errors are reported at
//! once. A file written for dify-sandbox is accepted unchanged.

mod duration;
mod keys;
mod legacy;
mod lockdown;
mod machine;
mod native;
mod network;
mod settings;
mod source;
mod suggest;
mod value;
mod yaml;

pub use lockdown::LockdownSettings;
pub use native::NativeSettings;
pub use network::NetworkSettings;
pub use settings::{
    ApiKey, ConfigFile, HttpSettings, LoadedSettings, LogFormat, LogLevel, LogSettings, Settings,
};
pub use source::{ConfigError, Environment, Notice, Problem, process_environment};

/// Where the configuration is read from unless told otherwise, relative to the current folder.
pub const DEFAULT_CONFIG_FILE: &str = "conf/config.yaml";
