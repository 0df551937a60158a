//! Child processes that end with us: bounded in time, in an environment of their own, and killed,
//! with what they started, when nobody waits for them any more.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

/// How much of a child's output is kept.
const MOST_OUTPUT: u64 = 1 << 20;

/// What a child is given of our environment: what it takes to find programs and to reach the
/// registry.
const PASSED: [&str; 17] = [
    "HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LANG",
    "NODE_EXTRA_CA_CERTS",
    "NO_PROXY",
    "NPM_CONFIG_REGISTRY",
    "NPM_CONFIG_USERCONFIG",
    "SSL_CERT_FILE",
    "TMPDIR",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "npm_config_registry",
    "npm_config_userconfig",
    "npm_config_cafile",
    "NPM_CONFIG_CAFILE",
];
/// And what begins like this: how the operator sets pip up.
const PASSED_FOR_PIP: &str = "PIP_";
/// But for these: one is Belljar's own, the others lead away from the folder that is installed into.
const NOT_PASSED: [&str; 5] = [
    "PIP_MIRROR_URL",
    "PIP_PREFIX",
    "PIP_REQUIRE_VIRTUALENV",
    "PIP_TARGET",
    "PIP_USER",
];
/// Where programs are if nobody says.
const USUAL_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What came of a child.
pub struct Ended {
    /// `None` when its time was up.
    pub status: Option<ExitStatus>,
    pub stderr: String,
}

/// Runs a program in `folder` to its end, or kills it after `patience`.
///
/// # Errors
/// When it cannot be started.
pub async fn run(
    program: &OsStr,
    arguments: &[OsString],
    folder: &Path,
    patience: Duration,
) -> io::Result<Ended> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(environment())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0);
    // SAFETY: between fork and exec only prctl is called, which is async-signal-safe.
    unsafe {
        command.pre_exec(|| {
            // Also when we are killed ourselves.
            let killed = libc::SIGKILL as libc::c_ulong;
            match libc::prctl(libc::PR_SET_PDEATHSIG, killed) {
                0 => Ok(()),
                _ => Err(io::Error::last_os_error()),
            }
        });
    }
    let mut child = command.spawn()?;
    let _group = Group(child.id());
    let stderr = child.stderr.take();
    let output = async { tokio::join!(text(stderr), child.wait()) };
    match tokio::time::timeout(patience, output).await {
        Ok((stderr, status)) => Ok(Ended {
            status: Some(status?),
            stderr,
        }),
        Err(_) => Ok(Ended {
            status: None,
            stderr: String::new(),
        }),
    }
}

/// What of our environment a child is given.
pub fn environment() -> Vec<(String, OsString)> {
    let passed = std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        let known = PASSED.contains(&name.as_str()) || name.starts_with(PASSED_FOR_PIP);
        (known && !NOT_PASSED.contains(&name.as_str())).then_some((name, value))
    });
    passed.chain([("PATH".to_owned(), search_path())]).collect()
}

/// The folders that programs are looked for in.
pub fn search_path() -> OsString {
    std::env::var_os("PATH").unwrap_or(USUAL_PATH.into())
}

/// All of a stream, the first part of it kept.
pub async fn text(stream: Option<impl tokio::io::AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        let _ = (&mut stream)
            .take(MOST_OUTPUT)
            .read_to_end(&mut bytes)
            .await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The process group of a child, killed when dropped.
pub struct Group(pub Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        let Some(id) = self.0.and_then(|id| libc::pid_t::try_from(id).ok()) else {
            return;
        };
        // SAFETY: no memory is passed. The group is named after our child; while one process of it
        // is left its number belongs to nobody else, and else the call only fails.
        unsafe { libc::kill(-id, libc::SIGKILL) };
    }
}
