//! Child processes that end with us: bounded in time, in an environment of their own, and killed,
//! with what they started, when nobody waits for them any more.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;

/// How much of each of a child's outputs is kept: so much of its beginning, and as much of its end.
const KEPT: usize = 512 << 10;

/// What a child is given of our environment: what it takes to find programs and to reach the
/// registry.
const PASSED: [&str; 26] = [
    "ALL_PROXY",
    "CURL_CA_BUNDLE",
    "HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LANG",
    "NETRC",
    "NODE_EXTRA_CA_CERTS",
    "NO_PROXY",
    "NPM_CONFIG_REGISTRY",
    "NPM_CONFIG_USERCONFIG",
    "REQUESTS_CA_BUNDLE",
    "SOURCE_DATE_EPOCH",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TMPDIR",
    "XDG_CONFIG_DIRS",
    "XDG_CONFIG_HOME",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "npm_config_registry",
    "npm_config_userconfig",
    "npm_config_cafile",
    "NPM_CONFIG_CAFILE",
];
/// pip reads each of its options from the environment as well.
const PIP: &[u8] = b"PIP_";
/// Those that would change where it installs to, or what.
const NOT_PASSED: [&str; 9] = [
    "PIP_DRY_RUN",
    "PIP_MIRROR_URL",
    "PIP_PREFIX",
    "PIP_REQUIREMENT",
    "PIP_REQUIRE_VIRTUALENV",
    "PIP_ROOT",
    "PIP_TARGET",
    "PIP_UPGRADE",
    "PIP_USER",
];
/// Where programs are if nobody says.
const USUAL_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What a child is started with.
#[derive(Clone, Debug)]
pub struct Task {
    pub program: OsString,
    pub arguments: Vec<OsString>,
    /// Where it is started.
    pub folder: PathBuf,
    /// How long it may take.
    pub patience: Duration,
    /// Set in its environment, over what every child is given.
    pub variables: Vec<(OsString, OsString)>,
}

impl Task {
    pub fn new(program: impl AsRef<OsStr>, folder: &Path, patience: Duration) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            folder: folder.to_owned(),
            patience,
            variables: Vec::new(),
        }
    }

    pub fn arguments<T: Into<OsString>>(mut self, more: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(more.into_iter().map(Into::into));
        self
    }

    pub fn variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }
}

/// What came of a child.
#[derive(Debug)]
pub struct Ended {
    /// `None` when its time was up.
    pub status: Option<ExitStatus>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a program to its end, or kills it when its time is up.
///
/// # Errors
/// When it cannot be started.
pub async fn run(task: &Task) -> io::Result<Ended> {
    let mut command = Command::new(&task.program);
    command
        .args(&task.arguments)
        .current_dir(&task.folder)
        .env_clear()
        .envs(environment())
        .envs(task.variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
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
    let (mut stdout, mut stderr) = (Kept::default(), Kept::default());
    let status = {
        let outputs = (child.stdout.take(), child.stderr.take());
        let output = async {
            let read = async { tokio::join!(stdout.read(outputs.0), stderr.read(outputs.1)) };
            tokio::join!(read, child.wait()).1
        };
        tokio::time::timeout(task.patience, output).await
    };
    Ok(Ended {
        status: status.ok().transpose()?,
        stdout: stdout.into_text(),
        stderr: stderr.into_text(),
    })
}

/// What of our environment a child is given.
pub fn environment() -> Vec<(OsString, OsString)> {
    let passed = std::env::vars_os().filter(|(name, _)| passed(name));
    passed.chain([("PATH".into(), search_path())]).collect()
}

/// The folders that programs are looked for in.
pub fn search_path() -> OsString {
    std::env::var_os("PATH").unwrap_or(USUAL_PATH.into())
}

fn passed(name: &OsStr) -> bool {
    let is_pip = name.as_encoded_bytes().starts_with(PIP);
    let is_pip = is_pip && NOT_PASSED.iter().all(|each| *each != name);
    is_pip || PASSED.iter().any(|passed| *passed == name)
}

/// The beginning and the end of a stream.
#[derive(Default)]
pub struct Kept {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    /// Something between them was dropped.
    cut: bool,
}

impl Kept {
    /// Takes all of a stream.
    pub async fn read(&mut self, stream: Option<impl AsyncRead + Unpin>) {
        let Some(mut stream) = stream else { return };
        let mut buffer = vec![0; 16 << 10];
        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
            self.push(&buffer[..count]);
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        let (head, rest) = bytes.split_at(bytes.len().min(KEPT - self.head.len()));
        self.head.extend_from_slice(head);
        self.tail.extend(rest);
        let excess = self.tail.len().saturating_sub(KEPT);
        self.cut |= excess > 0;
        self.tail.drain(..excess);
    }

    pub fn into_text(self) -> String {
        let mut bytes = self.head;
        if self.cut {
            bytes.extend_from_slice(b"\n[...]\n");
        }
        bytes.extend(self.tail);
        String::from_utf8_lossy(&bytes).into_owned()
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, patience: Duration) -> Task {
        Task::new("sh", Path::new("/"), patience).arguments(["-c", script])
    }

    #[tokio::test]
    async fn both_ends_of_an_endless_output_are_kept() {
        let script =
            "echo first; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo last >&2; echo last";
        let ended = run(&shell(script, Duration::from_secs(20))).await.unwrap();
        assert!(ended.status.unwrap().success());
        assert!(ended.stdout.starts_with("first\nxxx"));
        assert!(ended.stdout.ends_with("xxx\nlast\n"));
        assert!(ended.stdout.contains("x\n[...]\nx"));
        assert!(ended.stdout.len() < 2 * KEPT + 100);
        assert_eq!(ended.stderr, "last\n");
    }

    #[tokio::test]
    async fn what_was_said_before_the_time_was_up_is_kept() {
        let task = shell("echo begun; sleep 60", Duration::from_millis(500));
        let ended = run(&task).await.unwrap();
        assert!(ended.status.is_none());
        assert_eq!(ended.stdout, "begun\n");
    }

    #[tokio::test]
    async fn only_what_is_needed_is_passed_on() {
        let task = shell("env", Duration::from_secs(20)).variable("OURS", "1");
        let ended = run(&task).await.unwrap();
        assert!(ended.stdout.contains("OURS=1\n"));
        assert!(
            !ended.stdout.contains("CARGO_MANIFEST_DIR"),
            "{}",
            ended.stdout
        );
    }
}
