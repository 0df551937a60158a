//! The Python that is to be the zygote: what it is, and where on this machine its files are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::LaunchError;

/// The oldest that the zygote's code is written for.
const OLDEST: (u32, u32) = (3, 8);

/// What the zygote and its children have for an environment: what libraries need to behave in a
/// small jail. One thread each, because the machine's others are other programs'.
pub const ENVIRONMENT: &[(&str, &str)] = &[
    ("HOME", "/tmp"),
    ("JOBLIB_MULTIPROCESSING", "0"),
    ("LANG", "C.UTF-8"),
    ("LOKY_MAX_CPU_COUNT", "1"),
    ("MALLOC_ARENA_MAX", "1"),
    ("MKL_NUM_THREADS", "1"),
    ("MPLBACKEND", "Agg"),
    ("MPLCONFIGDIR", "/tmp/.matplotlib"),
    ("NUMEXPR_NUM_THREADS", "1"),
    ("OMP_NUM_THREADS", "1"),
    ("OPENBLAS_NUM_THREADS", "1"),
    ("POLARS_MAX_THREADS", "1"),
    ("RAYON_NUM_THREADS", "1"),
    // By a connection, which the jailer answers.
    ("RES_OPTIONS", "use-vc"),
    ("TOKENIZERS_PARALLELISM", "false"),
];

/// Asked with `-I -S`, so that nothing but the interpreter itself answers.
const QUESTION: &str = r#"
import ctypes, json, os, sys
print(json.dumps({
    "executable": os.path.abspath(sys.executable),
    "version": sys.version_info[:2],
    "places": [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix,
               os.path.dirname(os.path.realpath(sys.executable))]
              + [place for place in sys.path if place],
}))
"#;

#[derive(Debug, Deserialize)]
pub struct Interpreter {
    /// The interpreter proper, where the configured one is a script that starts it.
    pub executable: PathBuf,
    version: (u32, u32),
    /// Folders with its files; some may lie below others.
    places: BTreeSet<PathBuf>,
}

/// Asks the interpreter about itself.
///
/// # Errors
/// When it is none, too old, or without ctypes.
pub fn ask(python: &Path) -> Result<Interpreter, LaunchError> {
    let refuse = |why: String| LaunchError::Interpreter(python.display().to_string(), why);
    if !python.is_absolute() {
        return Err(refuse("its path is not absolute".to_owned()));
    }
    let answer = Command::new(python)
        .args(["-I", "-S", "-B", "-c", QUESTION])
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| refuse(error.to_string()))?;
    if !answer.status.success() {
        let why = String::from_utf8_lossy(&answer.stderr);
        let last = why.lines().last().unwrap_or_default();
        return Err(refuse(format!("{}: {last}", answer.status)));
    }
    let interpreter: Interpreter = serde_json::from_slice(&answer.stdout)
        .map_err(|error| refuse(format!("it is no Python: {error}")))?;
    let (major, minor) = interpreter.version;
    if (major, minor) < OLDEST {
        let (least_major, least_minor) = OLDEST;
        return Err(refuse(format!(
            "it is Python {major}.{minor}, and {least_major}.{least_minor} is the oldest"
        )));
    }
    Ok(interpreter)
}

impl Interpreter {
    /// Folders that have to be there for it, beyond the system's own.
    pub fn folders(&self) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = Vec::new();
        for place in &self.places {
            let known = ["/usr", "/bin", "/lib", "/lib64"]
                .iter()
                .any(|own| place.starts_with(own));
            // In order, so that a folder comes before those below it.
            let below = folders.iter().any(|folder| place.starts_with(folder));
            if !known && !below && place != Path::new("/") && place.is_dir() {
                folders.push(place.clone());
            }
        }
        folders
    }
}
