//! What an installer of packages is confined to: foreign code runs in it, natively, which needs a
//! compiler, a file system and the network, so that less can be taken away than from the server.
//!
//! Guarantees: [`Confinement::confine`] takes privileges away and never gives any. Nothing outside
//! the places that are named as writable can be written as long as Landlock is on. What could not
//! be put on is in the report.

use std::fs;

use super::landlock::{self, Listening};
use super::seccomp::Filter;
use super::{
    Identity, Layer, Place, Report, Right, Rlimits, Status, capabilities, identity, namespaces,
    process,
};

/// What programs need of the system: to be found, linked and started, to resolve names, to check
/// certificates.
const SYSTEM: [(&str, Right); 45] = [
    ("/usr", Right::Execute),
    ("/bin", Right::Execute),
    ("/sbin", Right::Execute),
    ("/lib", Right::Execute),
    ("/lib32", Right::Execute),
    ("/lib64", Right::Execute),
    ("/libx32", Right::Execute),
    ("/nix/store", Right::Execute),
    ("/gnu/store", Right::Execute),
    ("/etc/alternatives", Right::Read),
    ("/etc/ca-certificates", Right::Read),
    ("/etc/ca-certificates.conf", Right::Read),
    ("/etc/crypto-policies", Right::Read),
    ("/etc/debian_version", Right::Read),
    ("/etc/gai.conf", Right::Read),
    ("/etc/gitconfig", Right::Read),
    ("/etc/group", Right::Read),
    ("/etc/host.conf", Right::Read),
    ("/etc/hosts", Right::Read),
    ("/etc/ld.so.cache", Right::Read),
    ("/etc/ld.so.conf", Right::Read),
    ("/etc/ld.so.conf.d", Right::Read),
    ("/etc/localtime", Right::Read),
    ("/etc/lsb-release", Right::Read),
    ("/etc/mime.types", Right::Read),
    ("/etc/npmrc", Right::Read),
    ("/etc/nsswitch.conf", Right::Read),
    ("/etc/os-release", Right::Read),
    ("/etc/passwd", Right::Read),
    ("/etc/pip.conf", Right::Read),
    ("/etc/pki", Right::Read),
    ("/etc/protocols", Right::Read),
    ("/etc/resolv.conf", Right::Read),
    ("/etc/services", Right::Read),
    ("/etc/ssl", Right::Read),
    ("/etc/timezone", Right::Read),
    ("/etc/xdg/pip", Right::Read),
    ("/run/systemd/resolve", Right::Read),
    ("/sys/devices/system/cpu", Right::Read),
    ("/sys/fs/cgroup", Right::Read),
    ("/dev/null", Right::Device),
    ("/dev/full", Right::Device),
    ("/dev/zero", Right::Device),
    ("/dev/random", Right::Read),
    ("/dev/urandom", Right::Read),
];

/// What programs ask of `/proc` where it shows all processes of the machine.
const PROC: [&str; 9] = [
    "/proc/cpuinfo",
    "/proc/filesystems",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/kernel",
    "/proc/sys/vm",
    "/proc/uptime",
    "/proc/version",
];

/// Whether this process, the first of its kind, has process ids of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Processes {
    Own,
    /// And why.
    Shared(String),
}

/// What a confined process keeps.
#[derive(Clone, Debug)]
pub struct Confinement {
    /// Who to become; an error says why it stays who it is.
    pub identity: Result<Identity, String>,
    /// Beside the system.
    pub places: Vec<Place>,
    pub limits: Rlimits,
    pub processes: Processes,
    /// Layers left out, for tests that show what each of them is for.
    pub without: Vec<Layer>,
}

impl Confinement {
    /// Confines this process, which must be the only thread. In this order: each step needs what
    /// the next one takes away.
    pub fn confine(&self) -> Report {
        let mut report = Report::default();
        let mut put_on = |layer: Layer, how: &mut dyn FnMut() -> Status| {
            let status = if self.without.contains(&layer) {
                Status::Off("left out".to_owned())
            } else {
                how()
            };
            report.set(layer, status);
        };
        let mut own_proc = false;
        put_on(Layer::Processes, &mut || match &self.processes {
            Processes::Own => {
                own_proc = namespaces::own_proc().is_ok();
                Status::On("namespace".to_owned())
            }
            // Whatever it starts is looked for and ended as well; it only takes longer.
            Processes::Shared(why) => {
                Status::On(format!("watched, for want of a namespace: {why}"))
            }
        });
        put_on(Layer::Limits, &mut || self.limits.set());
        put_on(Layer::Capabilities, &mut capabilities::empty_bounding_set);
        put_on(Layer::Capabilities, &mut capabilities::renounce_root);
        put_on(Layer::Identity, &mut || match &self.identity {
            Ok(identity) => identity::become_unprivileged(*identity),
            Err(why) => Status::Off(why.clone()),
        });
        put_on(Layer::Capabilities, &mut capabilities::empty);
        put_on(Layer::Tether, &mut process::die_with_parent);
        put_on(Layer::NoNewPrivileges, &mut process::no_new_privileges);
        put_on(Layer::Landlock, &mut || {
            landlock::restrict_to(&self.all_places(own_proc), Listening::Refused)
        });
        put_on(Layer::Seccomp, &mut || Filter::installer().load());
        report
    }

    fn all_places(&self, own_proc: bool) -> Vec<Place> {
        let proc: &[&str] = if own_proc { &["/proc"] } else { &PROC };
        let proc = proc.iter().map(|path| Place::new(path, Right::Read));
        let system = SYSTEM.map(|(path, right)| Place::new(path, right));
        // Debian's Pythons have a file of theirs there.
        let etc = fs::read_dir("/etc").into_iter().flatten().flatten();
        let python =
            etc.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b"python"));
        system
            .into_iter()
            .chain(proc)
            .chain(python.map(|entry| Place::new(entry.path(), Right::Read)))
            .chain(self.places.iter().cloned())
            .collect()
    }
}
