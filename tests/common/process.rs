//! Child processes that never outlive the tests.

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, mpsc};
use std::thread;

/// The program under test.
const BELLJAR: &str = env!("CARGO_BIN_EXE_belljar");

/// The folder that the program under test lies in.
pub fn program_folder() -> PathBuf {
    PathBuf::from(BELLJAR)
        .parent()
        .expect("a program lies in a folder")
        .to_owned()
}

/// `belljar` with nothing in its environment that could configure it.
pub fn belljar(arguments: &[&str]) -> Command {
    let runtimes = program_folder().join("runtimes/python3.json");
    assert!(
        runtimes.exists(),
        "`{}` is missing: run `make build` first, and the tests with `make test` or `cargo test --release`",
        runtimes.display()
    );
    let mut command = Command::new(BELLJAR);
    command.env_clear().args(arguments);
    command
}

type Job = (Command, mpsc::Sender<io::Result<Child>>);

/// Starts a process that the kernel kills when the tests end, however they end.
///
/// The kernel does so when the *thread* that started it ends, and tests are threads, so a thread
/// that lives as long as this process does the starting.
pub fn spawn(mut command: Command) -> Child {
    static STARTER: OnceLock<Mutex<mpsc::Sender<Job>>> = OnceLock::new();
    let starter = STARTER.get_or_init(|| {
        let (send, jobs) = mpsc::channel::<Job>();
        thread::spawn(move || {
            for (mut command, answer) in jobs {
                let _ = answer.send(command.spawn());
            }
        });
        Mutex::new(send)
    });
    // SAFETY: between fork and exec only prctl is called, which is async-signal-safe.
    unsafe {
        command.pre_exec(|| {
            let killed = libc::SIGKILL as libc::c_ulong;
            match libc::prctl(libc::PR_SET_PDEATHSIG, killed) {
                0 => Ok(()),
                _ => Err(io::Error::last_os_error()),
            }
        });
    }
    let (answer, started) = mpsc::channel();
    starter.lock().unwrap().send((command, answer)).unwrap();
    started.recv().unwrap().expect("belljar starts")
}

/// Sends a signal to a process that was started here.
pub fn signal(child: &Child, number: libc::c_int) {
    // SAFETY: no memory is passed; the process is our child and not yet waited for, so its number
    // is not another's.
    let sent = unsafe { libc::kill(child.id() as libc::pid_t, number) };
    assert_eq!(sent, 0, "{}", io::Error::last_os_error());
}

/// A folder of its own, removed when dropped.
#[derive(Debug)]
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}", std::process::id());
        // Within `target`: the folders of servers that live as long as the tests stay behind.
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a fresh folder can be made");
        Self(path)
    }

    /// One that other users can read, whoever may look into the tree that is tested.
    pub fn public() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("belljar-test-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a fresh folder can be made");
        Self(path)
    }

    /// Writes a file, with the folders above it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }
}

impl AsRef<OsStr> for Folder {
    fn as_ref(&self) -> &OsStr {
        self.0.as_os_str()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
