use std::collections::HashMap;
use std::env::VarError;
use std::ffi::OsString;

use super::*;

/// The file as dify-sandbox's repository carries it.
const REFERENCE_FILE: &str = r#"app:
  port: 8194
  debug: True
  key: dify-sandbox
max_workers: 4
max_requests: 50
worker_timeout: 5
python_path: /opt/python/bin/python3
enable_network: True # please make sure there is no network risk in your environment
enable_preload: False # please keep it as False for security purposes
log_path: "./logs"
allowed_syscalls: # please leave it empty if you have no idea how seccomp works
proxy:
  socks5: ''
  http: ''
  https: ''
"#;

/// The file that Dify's compose set-up mounts.
const DIFY_COMPOSE_FILE: &str = r"app:
  port: 8194
  debug: True
  key: dify-sandbox
max_workers: 4
max_requests: 50
worker_timeout: 5
python_path: /usr/local/bin/python3
python_lib_path:
  - /usr/local/lib/python3.10
  - /usr/lib/python3.10
  - /usr/lib/python3
  - /usr/lib/x86_64-linux-gnu
  - /etc/ssl/certs/ca-certificates.crt
  - /etc/nsswitch.conf
  - /etc/hosts
  - /etc/resolv.conf
  - /run/systemd/resolve/stub-resolv.conf
  - /run/resolvconf/resolv.conf
  - /etc/localtime
  - /usr/share/zoneinfo
  - /etc/timezone
python_pip_mirror_url: https://pypi.tuna.tsinghua.edu.cn/simple
python_deps_update_interval: 30m
nodejs_path: /usr/local/bin/node
enable_network: True
enable_preload: False
allowed_syscalls:
  - 1
  - 2
  - 3
proxy:
  socks5: ''
  http: 'http://ssrf_proxy:3128'
  https: 'http://ssrf_proxy:3128'
";

fn load_with(text: &str, variables: &[(&str, &str)]) -> Result<LoadedSettings, ConfigError> {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    let environment = |name: &str| {
        variables
            .get(name)
            .map(|value| (*value).to_owned())
            .ok_or(VarError::NotPresent)
    };
    Settings::read(Sources::with_file(
        &environment,
        Path::new("conf/config.yaml"),
        text,
    ))
}

fn load(text: &str) -> Result<LoadedSettings, ConfigError> {
    load_with(text, &[])
}

fn problems(text: &str, variables: &[(&str, &str)]) -> String {
    load_with(text, variables).unwrap_err().to_string()
}

fn warnings(loaded: &LoadedSettings) -> Vec<&str> {
    loaded
        .notices
        .iter()
        .filter_map(|notice| match notice {
            Notice::Warning(text) => Some(text.as_str()),
            Notice::Information(_) => None,
        })
        .collect()
}

#[test]
fn a_dify_sandbox_file_starts_belljar_unchanged() {
    for text in [REFERENCE_FILE, DIFY_COMPOSE_FILE] {
        let loaded = load(text).unwrap();
        let settings = &loaded.settings;
        assert_eq!(settings.http.address, "127.0.0.1:8194".parse().unwrap());
        assert!(settings.http.key.is_public_default());
        assert_eq!(settings.execution.max_workers, 4);
        assert_eq!(settings.execution.max_requests, 50);
        assert_eq!(settings.execution.limits.wall_clock, Duration::from_secs(5));
        assert!(settings.enable_network);
        assert!(!settings.enable_preload);
        assert_eq!(settings.log.level, LogLevel::Debug);
        assert_eq!(warnings(&loaded), Vec::<&str>::new());
    }
}

#[test]
fn keys_without_effect_are_named_once() {
    let loaded = load(DIFY_COMPOSE_FILE).unwrap();
    let [Notice::Information(text)] = &loaded.notices[..] else {
        panic!("one line of information, not {:?}", loaded.notices);
    };
    for key in ["python_lib_path", "nodejs_path"] {
        assert!(text.contains(key), "{key} in {text}");
    }
    assert!(!text.contains("allowed_env_vars"), "unset: {text}");
}

#[test]
fn where_python_and_its_packages_come_from_is_read() {
    let packages = load(DIFY_COMPOSE_FILE).unwrap().settings.packages;
    assert!(packages.python.is_some() && packages.pip_mirror.is_some());
    let none = load("python_path:\npython_pip_mirror_url: ''\n").unwrap();
    let packages = none.settings.packages;
    assert_eq!((packages.python, packages.pip_mirror), (None, None));
    let wrong = load("python_pip_mirror_url: pypi.org\n").unwrap_err();
    assert!(wrong.to_string().contains("https://"), "{wrong}");
}

#[test]
fn an_empty_file_means_the_defaults() {
    let settings = load("").unwrap().settings;
    assert_eq!(settings.http.address, "127.0.0.1:8194".parse().unwrap());
    assert_eq!(settings.http.key.secret(), "dify-sandbox");
    let execution = settings.execution;
    assert_eq!((execution.max_workers, execution.max_requests), (4, 50));
    assert_eq!(execution.max_instances, 50);
    let limits = execution.limits;
    assert_eq!(limits.wall_clock, Duration::from_secs(5));
    assert_eq!(limits.fuel, Fuel(100_000_000_000));
    assert_eq!(limits.memory, ByteSize::mib(512));
    assert_eq!(limits.stdout, ByteSize::mib(10));
    assert_eq!(limits.stderr, ByteSize::mib(10));
    assert_eq!(limits.tmp_bytes, ByteSize::mib(64));
    assert_eq!(limits.tmp_files, 1024);
    assert_eq!(limits.code, ByteSize::mib(16));
    assert!(!settings.enable_network && !settings.enable_preload);
    assert_eq!(
        settings.log,
        LogSettings {
            format: LogFormat::Text,
            level: LogLevel::Info,
            folder: None
        }
    );
}

#[test]
fn the_shipped_file_is_valid_and_says_nothing_unknown() {
    let loaded = load(include_str!("../../conf/config.yaml")).unwrap();
    assert_eq!(warnings(&loaded), Vec::<&str>::new());
}

#[test]
fn the_environment_wins() {
    let settings = load_with(
        REFERENCE_FILE,
        &[
            ("SANDBOX_PORT", "9000"),
            ("SANDBOX_HOST", "0.0.0.0"),
            ("API_KEY", "secret"),
            ("DEBUG", "false"),
            ("MAX_WORKERS", "8"),
            ("MAX_REQUESTS", "100"),
            ("WORKER_TIMEOUT", "15"),
            ("ENABLE_NETWORK", "false"),
            ("ENABLE_PRELOAD", "1"),
            ("LIMITS_MEMORY", "256MiB"),
            ("LIMITS_FUEL", "5_000_000_000"),
            ("LOG_FORMAT", "json"),
            ("LOG_LEVEL", "warn"),
        ],
    )
    .unwrap()
    .settings;
    assert_eq!(settings.http.address, "0.0.0.0:9000".parse().unwrap());
    assert_eq!(settings.http.key.secret(), "secret");
    assert_eq!(settings.execution.max_workers, 8);
    assert_eq!(settings.execution.max_requests, 100);
    assert_eq!(settings.execution.max_instances, 100);
    let limits = settings.execution.limits;
    assert_eq!(limits.wall_clock, Duration::from_secs(15));
    assert_eq!(limits.memory, ByteSize::mib(256));
    assert_eq!(limits.fuel, Fuel(5_000_000_000));
    assert!(!settings.enable_network && settings.enable_preload);
    assert_eq!(settings.log.format, LogFormat::Json);
    assert_eq!(settings.log.level, LogLevel::Warn);
}

#[test]
fn an_empty_variable_is_unset() {
    let settings = load_with("max_workers: 2\n", &[("MAX_WORKERS", ""), ("API_KEY", " ")])
        .unwrap()
        .settings;
    assert_eq!(settings.execution.max_workers, 2);
    assert!(settings.http.key.is_public_default());
}

#[test]
fn a_wrong_type_is_reported_with_file_line_and_what_was_expected() {
    assert_eq!(
        problems("app:\n  port: 8194\n\nmax_workers: four\n", &[]),
        "conf/config.yaml:4: max_workers: expected a whole number from 1 to 4096, \
         found the string \"four\""
    );
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let text = "app:\n  port: 99999\n  debug: perhaps\nworker_timeout: [5]\nproxy: none at all\n\
                python_deps_update_interval: often\nlimits:\n  memory: lots\nallowed_syscalls: [raed]\n";
    let found = problems(text, &[("MAX_REQUESTS", "many")]);
    for start in [
        "conf/config.yaml:2: app.port: expected a whole number from 0 to 65535, found the number 99999",
        "conf/config.yaml:3: app.debug: expected `true` or `false`, found the string \"perhaps\"",
        "conf/config.yaml:4: worker_timeout: expected a whole number of seconds",
        "conf/config.yaml:5: proxy: expected further keys, indented below it, found the string",
        "conf/config.yaml:6: python_deps_update_interval: expected a duration such as `30m`",
        "conf/config.yaml:8: limits.memory: expected a size such as",
        "conf/config.yaml:9: allowed_syscalls: expected a list of system calls, by name or number, and there is none called `raed`",
        "environment variable MAX_REQUESTS: expected a whole number",
    ] {
        assert!(
            found.lines().any(|line| line.starts_with(start)),
            "{start}\nin\n{found}"
        );
    }
    assert_eq!(found.lines().count(), 8, "{found}");
}

#[test]
fn a_variable_that_is_not_text_is_named() {
    use std::os::unix::ffi::OsStringExt as _;
    let environment = |name: &str| match name {
        "API_KEY" => Err(VarError::NotUnicode(OsString::from_vec(vec![0xff]))),
        _ => Err(VarError::NotPresent),
    };
    let error = Settings::read(Sources::environment_only(&environment)).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("environment variable API_KEY:"),
        "{error}"
    );
}

#[test]
fn an_unknown_key_is_a_warning_with_a_suggestion() {
    let loaded = load("max_worker: 4\napp:\n  prot: 1\nnonsense: {a: b}\n").unwrap();
    assert_eq!(
        warnings(&loaded),
        [
            "conf/config.yaml:1: max_worker: unknown key, ignored; did you mean `max_workers`?",
            "conf/config.yaml:3: app.prot: unknown key, ignored; did you mean `app.port`?",
            "conf/config.yaml:4: nonsense: unknown key, ignored",
        ]
    );
}

#[test]
fn an_api_key_is_taken_as_written() {
    for (written, key) in [
        ("00123", "00123"),
        ("'true'", "true"),
        ("0x1F", "0x1F"),
        ("s3:cr#t", "s3:cr#t"),
    ] {
        let settings = load(&format!("app:\n  key: {written}\n")).unwrap().settings;
        assert_eq!(settings.http.key.secret(), key);
    }
}

#[test]
fn a_missing_usual_file_is_a_warning_and_a_missing_named_one_an_error() {
    let none = |_: &str| Err(VarError::NotPresent);
    let nowhere = PathBuf::from("no/such/folder/config.yaml");
    let loaded = Settings::load(&ConfigFile::Usual(nowhere.clone()), &none).unwrap();
    assert_eq!(warnings(&loaded).len(), 1);
    let error = Settings::load(&ConfigFile::Named(nowhere), &none).unwrap_err();
    assert!(
        error.to_string().contains("no/such/folder/config.yaml"),
        "{error}"
    );
}

#[test]
fn the_api_key_does_not_show_in_debug_output() {
    let settings = load("app:\n  key: hush-hush\n").unwrap().settings;
    assert!(!format!("{settings:?}").contains("hush"));
}

#[test]
fn packages_are_looked_after_every_half_hour_unless_told_otherwise() {
    let packages = load("").unwrap().settings.packages;
    assert_eq!(packages.cache, None);
    assert_eq!(packages.update_interval, Duration::from_secs(1800));
    let text = "python_deps_update_interval: 1h30m\npackages:\n  cache: /var/cache/belljar\n";
    let packages = load(text).unwrap().settings.packages;
    assert_eq!(packages.cache, Some("/var/cache/belljar".into()));
    assert_eq!(packages.update_interval, Duration::from_secs(5400));
    let set = [
        ("PACKAGES_CACHE", "/x"),
        ("PYTHON_DEPS_UPDATE_INTERVAL", "0s"),
    ];
    let packages = load_with(text, &set).unwrap().settings.packages;
    assert_eq!(packages.cache, Some("/x".into()));
    assert_eq!(packages.update_interval, Duration::from_secs(1));
}
