//! What the jail's processes see of the file system: a root of their own, in memory, with what
//! Python needs of the host's bound into it, read-only. See mount_setattr(2), pivot_root(2).
//!
//! Guarantees: nothing of the host's is there but what [`NewRoot::open`] lists, none of it can be
//! written, no set-user-ID program works, and the old root is gone.

use std::ffi::CString;
use std::fs;
use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{chdir, geteuid, pivot_root};

use super::LaunchError;
use super::bundle::Ids;
use super::interpreter::Interpreter;
use crate::native::messages::ZygoteSpec;

/// Where the set's packages are, inside.
pub const SITE: &str = "/site-packages";

/// Folders of the system. Where one is a link, as on systems with one /usr, it is one inside too.
const SYSTEM: [&str; 7] = [
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
];

/// What libraries look for besides: the loader's list, fonts, certificates, the local time, which of
/// several libraries is meant, and which processors there are (OpenBLAS).
const DETAILS: [&str; 14] = [
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/mime.types",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/tls/certs",
    "/etc/pki/ca-trust/extracted",
    "/var/cache/fontconfig",
    "/sys/devices/system/cpu",
];

const DEVICES: [&str; 5] = [
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
];

/// The size of the zygote's own /tmp, which caches of imported packages go to.
const ZYGOTE_TMP: &str = "size=64m,nr_inodes=4096,mode=1777";

/// A tree of the host's, opened, and where it goes.
struct Tree {
    fd: OwnedFd,
    target: PathBuf,
    is_folder: bool,
}

pub struct NewRoot {
    trees: Vec<Tree>,
    /// Links to make: where, and to what.
    links: Vec<(PathBuf, PathBuf)>,
}

impl NewRoot {
    /// Opens what is to be bound, in the mount namespace that is the zygote's already.
    pub fn open(spec: &ZygoteSpec, interpreter: &Interpreter) -> Result<Self, LaunchError> {
        let mut new_root = Self {
            trees: Vec::new(),
            links: Vec::new(),
        };
        // What happens here stays here.
        mount_at(
            None,
            Path::new("/"),
            None,
            MsFlags::MS_REC | MsFlags::MS_PRIVATE,
            None,
        )?;
        for folder in SYSTEM.map(Path::new) {
            match fs::read_link(folder) {
                Ok(link) => new_root.links.push((folder.to_owned(), link)),
                Err(_) => new_root.add(folder, folder, NODEV)?,
            }
        }
        for place in interpreter.folders() {
            new_root.add(&place, &place, NODEV)?;
        }
        for detail in DETAILS.map(Path::new) {
            new_root.add(detail, detail, NODEV)?;
        }
        for device in DEVICES.map(Path::new) {
            new_root.add(device, device, 0)?;
        }
        if !spec.site.is_dir() {
            let error = io::Error::from(io::ErrorKind::NotADirectory);
            return Err(LaunchError::io(spec.site.display().to_string())(error));
        }
        new_root.add(&spec.site, Path::new(SITE), NODEV)?;
        Ok(new_root)
    }

    /// Has `source` bound at `target`; what is not there is not there inside either.
    fn add(&mut self, source: &Path, target: &Path, attributes: u64) -> Result<(), LaunchError> {
        // Links are followed: /etc/localtime is one.
        let Ok(metadata) = fs::metadata(source) else {
            return Ok(());
        };
        let fd = open_tree(source).and_then(|fd| {
            set_attributes(&fd, RDONLY | NOSUID | attributes)?;
            Ok(fd)
        });
        self.trees.push(Tree {
            fd: fd.map_err(LaunchError::io(format!("binding `{}`", source.display())))?,
            target: target.to_owned(),
            is_folder: metadata.is_dir(),
        });
        Ok(())
    }

    /// Makes the new root and enters it.
    pub fn enter(self, ids: Option<Ids>) -> Result<(), LaunchError> {
        umask(Mode::S_IWGRP | Mode::S_IWOTH);
        // It needs a place for the moment. The old root stays visible until /proc is mounted: the
        // kernel gives a new one only to who sees an old one.
        let base = Path::new("/tmp");
        let plain = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
        mount_at(
            Some("tmpfs"),
            base,
            Some("tmpfs"),
            plain,
            Some("size=1m,mode=0755"),
        )?;
        let inside = |path: &Path| base.join(path.strip_prefix("/").unwrap_or(path));
        for tree in &self.trees {
            tree.attach(&inside(&tree.target))?;
        }
        for (place, link) in &self.links {
            symlink(link, inside(place)).map_err(LaunchError::io(place.display().to_string()))?;
        }
        write_files(base, ids)?;
        for folder in ["proc", "tmp"] {
            let folder = base.join(folder);
            fs::create_dir_all(&folder).map_err(LaunchError::io(folder.display().to_string()))?;
        }
        let strict = plain | MsFlags::MS_NOEXEC;
        mount_at(Some("proc"), &base.join("proc"), Some("proc"), strict, None)?;
        mount_at(
            Some("tmpfs"),
            &base.join("tmp"),
            Some("tmpfs"),
            strict,
            Some(ZYGOTE_TMP),
        )?;
        chdir(base).map_err(LaunchError::kernel("chdir"))?;
        // The old root comes to lie on top of the new one, and is taken away.
        pivot_root(".", ".").map_err(LaunchError::kernel("pivot_root"))?;
        umount2(".", MntFlags::MNT_DETACH).map_err(LaunchError::kernel("umount2"))?;
        chdir("/").map_err(LaunchError::kernel("chdir"))?;
        let read_only = MsFlags::MS_REMOUNT | MsFlags::MS_BIND | MsFlags::MS_RDONLY | plain;
        mount_at(None, Path::new("/"), None, read_only, None)?;
        chdir("/tmp").map_err(LaunchError::kernel("chdir"))
    }
}

/// The same places on the host, for Landlock where there is no new root.
pub fn readable(spec: &ZygoteSpec, interpreter: &Interpreter) -> Vec<PathBuf> {
    let fixed = SYSTEM
        .iter()
        .chain(&DETAILS)
        .chain(&DEVICES)
        .map(PathBuf::from);
    let site = spec.site.clone();
    fixed.chain(interpreter.folders()).chain([site]).collect()
}

/// All that there is in the new root, but for /proc, of which children see what they need.
pub fn readable_inside() -> Result<Vec<PathBuf>, LaunchError> {
    let entries = fs::read_dir("/").map_err(LaunchError::io("/"))?;
    let paths = entries.flatten().map(|entry| entry.path());
    Ok(paths.filter(|path| path != Path::new("/proc")).collect())
}

/// Small files that libraries ask for: who the users are, and who knows addresses, which is the jailer
/// where a program has the network.
fn write_files(base: &Path, ids: Option<Ids>) -> Result<(), LaunchError> {
    let mut passwd = "root:x:0:0::/tmp:/bin/false\n".to_owned();
    let mut group = "root:x:0:\n".to_owned();
    let own = geteuid().as_raw();
    for id in ids.map_or(own..own + 1, |ids| ids.first..ids.first + ids.count) {
        passwd.push_str(&format!("sandbox:x:{id}:{id}::/tmp:/bin/false\n"));
        group.push_str(&format!("sandbox:x:{id}:\n"));
    }
    let files = [
        ("passwd", passwd.as_str()),
        ("group", &group),
        ("hosts", "127.0.0.1 localhost\n::1 localhost\n"),
        ("resolv.conf", "nameserver 127.0.0.1\noptions use-vc\n"),
        (
            "nsswitch.conf",
            "passwd: files\ngroup: files\nhosts: files dns\n",
        ),
    ];
    let etc = base.join("etc");
    fs::create_dir_all(&etc).map_err(LaunchError::io("/etc"))?;
    for (name, text) in files {
        fs::write(etc.join(name), text).map_err(LaunchError::io(format!("/etc/{name}")))?;
    }
    Ok(())
}

fn mount_at(
    source: Option<&str>,
    target: &Path,
    kind: Option<&str>,
    flags: MsFlags,
    options: Option<&str>,
) -> Result<(), LaunchError> {
    let what = format!("mount at `{}`", target.display());
    mount(source, target, kind, flags, options).map_err(LaunchError::kernel(what))
}

const RDONLY: u64 = libc::MOUNT_ATTR_RDONLY;
const NOSUID: u64 = libc::MOUNT_ATTR_NOSUID;
const NODEV: u64 = libc::MOUNT_ATTR_NODEV;

/// A copy of the mounts at and below `path`, attached nowhere.
fn open_tree(path: &Path) -> io::Result<OwnedFd> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    let flags =
        libc::OPEN_TREE_CLONE | libc::OPEN_TREE_CLOEXEC | libc::AT_RECURSIVE as libc::c_uint;
    // SAFETY: the path ends in a zero byte and lives as long as the call.
    let fd = unsafe { libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, path.as_ptr(), flags) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a new descriptor, which nobody else knows of.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}

/// Sets attributes of all mounts of a tree.
fn set_attributes(tree: &OwnedFd, attributes: u64) -> io::Result<()> {
    let wanted = libc::mount_attr {
        attr_set: attributes,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    let flags = libc::AT_EMPTY_PATH | libc::AT_RECURSIVE;
    // SAFETY: the path ends in a zero byte; the attributes are as long as is said, and live as long
    // as the call.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            tree.as_raw_fd(),
            c"".as_ptr(),
            flags,
            &raw const wanted,
            size_of::<libc::mount_attr>(),
        )
    };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

impl Tree {
    fn attach(&self, place: &Path) -> Result<(), LaunchError> {
        self.try_attach(place).map_err(LaunchError::io(format!(
            "binding `{}`",
            self.target.display()
        )))
    }

    fn try_attach(&self, place: &Path) -> io::Result<()> {
        if self.is_folder {
            fs::create_dir_all(place)?;
        } else {
            fs::create_dir_all(place.parent().unwrap_or(place))?;
            fs::File::create(place)?;
        }
        let path = CString::new(place.as_os_str().as_bytes())?;
        // SAFETY: both paths end in a zero byte and live as long as the call.
        let result = unsafe {
            libc::syscall(
                libc::SYS_move_mount,
                self.fd.as_raw_fd(),
                c"".as_ptr(),
                libc::AT_FDCWD,
                path.as_ptr(),
                libc::MOVE_MOUNT_F_EMPTY_PATH,
            )
        };
        if result < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }
}
