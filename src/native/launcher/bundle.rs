//! What the interpreter is started with: the zygote's code, the filters, and what it has to know.

use std::convert::Infallible;
use std::ffi::{CStr, CString};
use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::fd::RawFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use libseccomp::ScmpArch;
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::unistd::execve;
use serde::Serialize;

use super::interpreter::{ENVIRONMENT, Interpreter};
use super::{LaunchError, Layers, place};
use crate::native::messages::ZygoteSpec;
use crate::native::syscalls::{self, Extra, Files, OffList};

/// Where the interpreter finds its configuration: `boot.py` reads it.
const CONFIGURATION: RawFd = 4;

const BOOT: &CStr = c_str(concat!(include_str!("../zygote/boot.py"), "\0"));

/// Modules, in the order in which they are loaded; each knows those before it.
const SOURCES: [(&str, &str); 6] = [
    ("kernel", include_str!("../zygote/kernel.py")),
    ("jail", include_str!("../zygote/jail.py")),
    ("preload", include_str!("../zygote/preload.py")),
    ("program", include_str!("../zygote/program.py")),
    ("network", include_str!("../zygote/network.py")),
    ("serve", include_str!("../zygote/serve.py")),
];

const fn c_str(text: &str) -> &CStr {
    match CStr::from_bytes_with_nul(text.as_bytes()) {
        Ok(text) => text,
        Err(_) => panic!("code has no zero bytes"),
    }
}

/// User ids, as children see them, of which each gets one in turn.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Ids {
    pub first: u32,
    pub count: u32,
}

/// What the launcher found out and the zygote has to know.
#[derive(Debug)]
pub struct Surroundings {
    /// Kinds of namespaces that the zygote is in.
    pub namespaces: Vec<&'static str>,
    /// `None`: children keep the zygote's.
    pub ids: Option<Ids>,
    /// A filter holds the zygote to these ids, because no user namespace does.
    pub ids_by_filter: bool,
    pub site: PathBuf,
    /// What Landlock leaves readable.
    pub readable: Vec<PathBuf>,
    /// The zygote's own PID namespace, open.
    pub pid_namespace: Option<RawFd>,
    pub layers: Layers,
}

#[derive(Serialize)]
struct Configuration<'a> {
    spec: &'a ZygoteSpec,
    /// Names and texts.
    sources: [(&'static str, &'static str); 6],
    filters: Filters,
    numbers: Numbers,
    own_pid: u32,
    namespaces: &'a [&'static str],
    ids: Option<Ids>,
    site: &'a PathBuf,
    readable: &'a [PathBuf],
    pid_namespace: Option<RawFd>,
    layers: &'a Layers,
}

/// BPF programs; as lists of numbers, since JSON has no bytes.
#[derive(Serialize)]
struct Filters {
    zygote: Vec<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<Vec<u8>>,
    program_without_listener: Vec<u8>,
    network: Vec<u8>,
}

/// Of system calls that the C library has no function for.
#[derive(Serialize)]
struct Numbers {
    seccomp: i64,
}

/// Memory for the configuration.
///
/// # Errors
/// When memory is out.
pub fn memory() -> Result<File, LaunchError> {
    let memory = memfd_create(c"zygote", MFdFlags::MFD_CLOEXEC);
    memory
        .map(File::from)
        .map_err(LaunchError::kernel("memfd_create"))
}

/// Writes the configuration to where the interpreter finds it.
///
/// # Errors
/// When a filter cannot be made, or memory is out.
pub fn hand_over(
    mut file: File,
    spec: &ZygoteSpec,
    mut surroundings: Surroundings,
) -> Result<(), LaunchError> {
    let extra = Extra::of(&spec.allowed_syscalls);
    if !extra.ignored.is_empty() {
        let ignored = format!("off: {}", extra.ignored.join("; "));
        surroundings
            .layers
            .insert("allowed-syscalls".to_owned(), ignored);
    }
    // Children find what is handed over in their memory: of the host's paths, only those that they
    // see as well.
    let inside = ZygoteSpec {
        site: surroundings.site.clone(),
        scratch: spec
            .scratch
            .clone()
            .filter(|_| !surroundings.namespaces.contains(&"mount")),
        ..spec.clone()
    };
    let configuration = Configuration {
        spec: &inside,
        sources: SOURCES,
        filters: filters(spec, &surroundings, &extra)?,
        numbers: Numbers {
            seccomp: libc::SYS_seccomp,
        },
        own_pid: syscalls::OWN_PID,
        namespaces: &surroundings.namespaces,
        ids: surroundings.ids,
        site: &surroundings.site,
        readable: &surroundings.readable,
        pid_namespace: surroundings.pid_namespace,
        layers: &surroundings.layers,
    };
    let write = |file: &mut File| {
        file.write_all(&serde_json::to_vec(&configuration)?)?;
        file.seek(SeekFrom::Start(0))
    };
    write(&mut file).map_err(LaunchError::io("writing the configuration"))?;
    place(file.into(), CONFIGURATION)
}

fn filters(
    spec: &ZygoteSpec,
    surroundings: &Surroundings,
    extra: &Extra,
) -> Result<Filters, LaunchError> {
    let arch = ScmpArch::native();
    let ids = surroundings.ids.filter(|_| surroundings.ids_by_filter);
    let ids = ids.map(|ids| ids.first..ids.first + ids.count);
    let own = surroundings.ids.is_some() || surroundings.namespaces.contains(&"mount");
    let files = if own { Files::Own } else { Files::Shared };
    let program = syscalls::of_program(arch, OffList::Ask, files, extra);
    Ok(Filters {
        zygote: syscalls::of_zygote(arch, extra, ids)?,
        program: match program {
            // Nothing could be learned without one.
            Err(error) if spec.learning => return Err(error.into()),
            // The kernel has no such answer; the rehearsal says so.
            program => program.ok(),
        },
        program_without_listener: syscalls::of_program(arch, OffList::Refuse, files, extra)?,
        network: syscalls::of_network(arch)?,
    })
}

/// Becomes the interpreter.
///
/// # Errors
/// When it cannot be started.
pub fn become_interpreter(interpreter: &Interpreter) -> Result<Infallible, LaunchError> {
    let c_string = |bytes: &[u8]| CString::new(bytes).expect("none of these has a zero byte");
    let path = c_string(interpreter.executable.as_os_str().as_bytes());
    let arguments = [&path, c"-I", c"-S", c"-B", c"-X", c"utf8", c"-c", BOOT];
    let environment: Vec<CString> = ENVIRONMENT
        .iter()
        .map(|(name, value)| c_string(format!("{name}={value}").as_bytes()))
        .collect();
    execve(&path, &arguments, &environment).map_err(LaunchError::kernel(format!(
        "starting `{}`",
        interpreter.executable.display()
    )))
}
