//! Every configuration key by its name in the file and in the environment.

/// One key: its dotted path in the file, and the environment variable that wins over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub path: &'static str,
    pub variable: Option<&'static str>,
}

macro_rules! keys {
    ($($name:ident = $path:literal, $variable:expr;)*) => {
        $(pub const $name: Key = Key { path: $path, variable: $variable };)*
        /// Every key that is accepted without a warning.
        pub const ALL: &[Key] = &[$($name),*];
    };
}

keys! {
    // dify-sandbox's names.
    PORT = "app.port", Some("SANDBOX_PORT");
    DEBUG = "app.debug", Some("DEBUG");
    KEY = "app.key", Some("API_KEY");
    MAX_WORKERS = "max_workers", Some("MAX_WORKERS");
    MAX_REQUESTS = "max_requests", Some("MAX_REQUESTS");
    WORKER_TIMEOUT = "worker_timeout", Some("WORKER_TIMEOUT");
    PYTHON_PATH = "python_path", Some("PYTHON_PATH");
    PYTHON_LIB_PATH = "python_lib_path", Some("PYTHON_LIB_PATH");
    PIP_MIRROR_URL = "python_pip_mirror_url", Some("PIP_MIRROR_URL");
    DEPS_UPDATE_INTERVAL = "python_deps_update_interval", Some("PYTHON_DEPS_UPDATE_INTERVAL");
    NODEJS_PATH = "nodejs_path", Some("NODEJS_PATH");
    ENABLE_NETWORK = "enable_network", Some("ENABLE_NETWORK");
    ENABLE_PRELOAD = "enable_preload", Some("ENABLE_PRELOAD");
    ALLOWED_SYSCALLS = "allowed_syscalls", Some("ALLOWED_SYSCALLS");
    ALLOWED_ENV_VARS = "allowed_env_vars", None;
    LOG_PATH = "log_path", Some("LOG_PATH");
    PROXY_SOCKS5 = "proxy.socks5", Some("SOCKS5_PROXY");
    PROXY_HTTP = "proxy.http", Some("HTTP_PROXY");
    PROXY_HTTPS = "proxy.https", Some("HTTPS_PROXY");
    PROXY_NO_PROXY = "proxy.no_proxy", Some("NO_PROXY");

    // Belljar's own.
    HOST = "app.host", Some("SANDBOX_HOST");
    MAX_INSTANCES = "max_instances", Some("MAX_INSTANCES");
    LIMIT_FUEL = "limits.fuel", Some("LIMITS_FUEL");
    LIMIT_MEMORY = "limits.memory", Some("LIMITS_MEMORY");
    LIMIT_TOTAL_MEMORY = "limits.total_memory", Some("LIMITS_TOTAL_MEMORY");
    LIMIT_STDOUT = "limits.stdout", Some("LIMITS_STDOUT");
    LIMIT_STDERR = "limits.stderr", Some("LIMITS_STDERR");
    LIMIT_TMP_BYTES = "limits.tmp_bytes", Some("LIMITS_TMP_BYTES");
    LIMIT_TMP_FILES = "limits.tmp_files", Some("LIMITS_TMP_FILES");
    LIMIT_CONNECTIONS = "limits.connections", Some("LIMITS_CONNECTIONS");
    LIMIT_NETWORK_BYTES = "limits.network_bytes", Some("LIMITS_NETWORK_BYTES");
    LIMIT_CODE = "limits.code", Some("LIMITS_CODE");
    PACKAGES_CACHE = "packages.cache", Some("PACKAGES_CACHE");
    NATIVE_PARKED = "native.parked_children", Some("NATIVE_PARKED_CHILDREN");
    NATIVE_RUNS = "native.zygote_runs", Some("NATIVE_ZYGOTE_RUNS");
    NATIVE_AGE = "native.zygote_age", Some("NATIVE_ZYGOTE_AGE");
    NATIVE_GROWTH = "native.zygote_growth", Some("NATIVE_ZYGOTE_GROWTH");
    NETWORK_POLICY = "network.policy", Some("NETWORK_POLICY");
    NETWORK_ALLOW = "network.allow", Some("NETWORK_ALLOW");
    NETWORK_DENY = "network.deny", Some("NETWORK_DENY");
    NETWORK_CA_FILE = "network.ca_file", Some("NETWORK_CA_FILE");
    NETWORK_INSECURE_TLS = "network.insecure_tls", Some("NETWORK_INSECURE_TLS");
    NETWORK_RESOLVE = "network.resolve_behind_proxy", Some("NETWORK_RESOLVE_BEHIND_PROXY");
    NETWORK_CONNECT_TIMEOUT = "network.connect_timeout", Some("NETWORK_CONNECT_TIMEOUT");
    NETWORK_LOOKUP_TIMEOUT = "network.lookup_timeout", Some("NETWORK_LOOKUP_TIMEOUT");
    LOG_FORMAT = "log_format", Some("LOG_FORMAT");
    LOG_LEVEL = "log_level", Some("LOG_LEVEL");
    HARDENING = "hardening", Some("HARDENING");
    RUN_AS = "run_as", Some("RUN_AS");
    WASM_ONLY = "wasm_only", Some("BELLJAR_WASM_ONLY");
}

/// Whether `name` is a key that holds other keys.
pub fn is_group(name: &str) -> bool {
    ALL.iter().any(|key| {
        key.path
            .split_once('.')
            .is_some_and(|(group, _)| group == name)
    })
}

/// Whether `path` is a key that holds a value.
pub fn is_key(path: &str) -> bool {
    ALL.iter().any(|key| key.path == path)
}
