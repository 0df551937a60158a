//! Packages that attack whoever installs them, by real npm and pip and `belljar packages install`: what
//! `confinement` shows of each layer holds for the whole.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::common::cli::Cli;
use crate::common::process::Folder;
use crate::confinement::{mark, processes};
use crate::{REQUIREMENTS, local};

#[test]
fn an_installer_finds_no_secret_in_its_environment() {
    let folder = Folder::public();
    folder.write(REQUIREMENTS, local("plain"));
    // An npm that tells.
    let npm = folder.write("bin/npm", "#!/bin/sh\nenv | sort >&2\nexit 1\n");
    fs::set_permissions(&npm, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.0.join("bin").display());
    let cache = folder.0.join("cache");
    let ended = Cli {
        environment: &[
            ("PATH", &path),
            ("PACKAGES_CACHE", cache.to_str().unwrap()),
            ("API_KEY", "hidden"),
            ("AWS_SECRET_ACCESS_KEY", "hidden"),
            ("HOME", "/somewhere"),
        ],
        ..Cli::new(&["packages", "install", "--language", "nodejs"])
    }
    .run_in(&folder.0);
    assert!(
        ended.stderr.contains("npm failed:") && ended.stderr.contains("PATH="),
        "{ended:?}"
    );
    for word in ["hidden", "API_KEY", "AWS", "/somewhere", "PACKAGES_CACHE"] {
        assert!(!ended.stderr.contains(word), "{word}: {ended:?}");
    }
    assert!(
        ended.stderr.contains(&format!("HOME={}", cache.display())),
        "{ended:?}"
    );
}

#[test]
fn a_hostile_archive_stays_in_its_place() {
    let folder = Folder::public();
    let mark = mark();
    let mut archive = tar::Builder::new(Vec::new());
    let mut add = |name: &str, kind: tar::EntryType, data: &[u8], link: &str| {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(0o6777);
        header.set_size(data.len() as u64);
        header.set_link_name_literal(link).unwrap();
        header.set_cksum();
        archive.append(&header, data).unwrap();
    };
    let manifest = format!(
        r#"{{"name": "hostile", "version": "1.0.0", "scripts": {{"preinstall": "touch /tmp/{mark}", "postinstall": "touch /tmp/{mark}"}}}}"#
    );
    let (file, link) = (tar::EntryType::Regular, tar::EntryType::Symlink);
    add("package/package.json", file, manifest.as_bytes(), "");
    add("package/index.js", file, b"module.exports = 7", "");
    add(&format!("package/../../../../{mark}"), file, b"x", "");
    add(&format!("/tmp/{mark}"), file, b"x", "");
    add("package/secret.json", link, b"", "/etc/passwd");
    add("package/up", link, b"", "../../..");
    let tarball = folder.write("hostile.tgz", archive.into_inner().unwrap());
    // npm takes archives that are not compressed as well.
    folder.write(
        REQUIREMENTS,
        format!("hostile@file:{}\n", tarball.display()),
    );
    let cache = folder.0.join("cache");
    let ended = Cli {
        environment: &[
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("PACKAGES_CACHE", cache.to_str().unwrap()),
        ],
        ..Cli::new(&["packages", "install", "--language", "nodejs"])
    }
    .run_in(&folder.0);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("hostile  1.0.0"), "{ended:?}");
    let mut found = Vec::new();
    let mut open = vec![folder.0.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let kind = entry.file_type().unwrap();
            if entry.file_name().to_string_lossy().contains(&mark) || kind.is_symlink() {
                found.push(entry.path());
            }
            if kind.is_dir() {
                open.push(entry.path());
            }
        }
    }
    assert_eq!(found, Vec::<PathBuf>::new());
    assert!(!Path::new("/tmp").join(&mark).exists());
}

/// The build of a package in Python: what a source archive brings is run by pip.
const BACKEND: &str = r#"
import base64, hashlib, os, signal, socket, subprocess, sys, zipfile
import attack

def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = os.path.join(folder, "hostile-1.0.dist-info")
    os.makedirs(info)
    with open(os.path.join(info, "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\nName: hostile\nVersion: 1.0\n")
    return "hostile-1.0.dist-info"

def build_wheel(folder, config_settings=None, metadata_directory=None):
    found = attack.run()
    name = "hostile-1.0-py3-none-any.whl"
    info = "hostile-1.0.dist-info/"
    files = {
        "hostile.py": "found = %r\n" % (found,),
        info + "METADATA": "Metadata-Version: 2.1\nName: hostile\nVersion: 1.0\n",
        info + "WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in files) + info + "RECORD,,\n"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
        wheel.writestr(info + "RECORD", record)
    return name
"#;

/// A folder with a list that asks for a source archive whose build does this, and a file of
/// everybody's in each place that a build has no business in.
fn with_source(attack: impl FnOnce(&Path) -> String) -> Folder {
    let folder = Folder::public();
    let mut archive = tar::Builder::new(Vec::new());
    let project = "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n\
                   [project]\nname = \"hostile\"\nversion = \"1.0\"\n";
    let attack = crate::common::dedent(&attack(&folder.0));
    for (name, text) in [
        ("pyproject.toml", project),
        ("backend.py", BACKEND),
        ("attack.py", &attack),
        (
            "PKG-INFO",
            "Metadata-Version: 2.1\nName: hostile\nVersion: 1.0\n",
        ),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        let name = format!("hostile-1.0/{name}");
        archive
            .append_data(&mut header, name, text.as_bytes())
            .unwrap();
    }
    folder.write(
        "dependencies/hostile-1.0.tar",
        archive.into_inner().unwrap(),
    );
    folder.write(
        "dependencies/python-requirements.txt",
        "--no-index\n./hostile-1.0.tar\n",
    );
    for place in ["conf", "runtimes", "cache/sets/1", "cache/python/sets/1"] {
        let file = folder.write(&format!("{place}/file"), "untouched");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
        fs::set_permissions(folder.0.join(place), fs::Permissions::from_mode(0o777)).unwrap();
    }
    folder
}

fn install_python(folder: &Folder) -> crate::common::cli::Ended {
    let cache = folder.0.join("cache");
    Cli {
        environment: &[
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("PACKAGES_CACHE", cache.to_str().unwrap()),
            ("API_KEY", "hidden"),
        ],
        ..Cli::new(&["packages", "install", "--language", "python3"])
    }
    .run_in(&folder.0)
}

/// Whatever is named like this below `folder`.
fn below(folder: &Path, name: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_name() == name {
                found.push(entry.path());
            }
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            }
        }
    }
    found
}

#[test]
fn a_hostile_build_gets_nowhere_and_its_package_is_installed() {
    let mark = mark();
    let folder = with_source(|root| {
        format!(
            r#"
        import os, signal, subprocess, sys
        def run():
            root = {root:?}
            found = []
            def attempt(name, what):
                try:
                    what()
                    found.append(name)
                except (OSError, StopIteration):
                    pass
            def write(path):
                with open(path, "a") as file:
                    file.write("changed")
            for place in ("conf", "runtimes", "cache/sets/1", "cache/python/sets/1"):
                attempt("write " + place, lambda: write(os.path.join(root, place, "file")))
                attempt("plant in " + place, lambda: write(os.path.join(root, place, "{mark}")))
            for place in ("/tmp", "/var/tmp", "/root", os.path.join(root, "cache"), os.path.join(root, "cache/python/pip/bin")):
                attempt("plant in " + place, lambda: write(os.path.join(place, "{mark}")))
            attempt("shadow", lambda: open("/etc/shadow").read())
            attempt("configuration", lambda: open(os.path.join(root, "conf/file")).read())
            for pid in range(1, 50000):
                def look():
                    if b"hidden" in open(f"/proc/{{pid}}/environ", "rb").read():
                        found.append(f"environment of {{pid}}")
                    raise StopIteration
                attempt("", look)
            if "hidden" in os.environ.values():
                found.append("own environment")
            attempt("signal", lambda: os.kill({pid}, 0))
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    null = os.open("/dev/null", os.O_RDWR)
                    for fd in range(3):
                        os.dup2(null, fd)
                    os.execv("/usr/bin/python3", ["python3", "-c", "import time; time.sleep(60)", "{mark}"])
                os._exit(0)
            # What builds need works.
            for command in (["sh", "-c", "echo > \"$TMPDIR/x\" && cat /etc/os-release > /dev/null"], ["git", "--version"]):
                if subprocess.run(command, stdout=subprocess.DEVNULL).returncode != 0:
                    found.append("cannot " + command[0])
            return found
        "#,
            pid = std::process::id(),
        )
    });
    let ended = install_python(&folder);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("hostile  1.0"), "{ended:?}");
    assert!(!ended.stderr.contains("less confined"), "{ended:?}");
    let modules = below(&folder.0.join("cache/python/sets"), "hostile.py");
    assert_eq!(modules.len(), 1, "{modules:?}");
    assert_eq!(fs::read_to_string(&modules[0]).unwrap(), "found = []\n");
    assert_eq!(processes(&mark), Vec::<u32>::new());
    assert_eq!(below(&folder.0, &mark), Vec::<PathBuf>::new());
    for path in below(&folder.0, "file") {
        assert_eq!(fs::read_to_string(&path).unwrap(), "untouched", "{path:?}");
    }
    // The set is nobody's to change but ours.
    // SAFETY: takes nothing and always succeeds.
    let me = unsafe { libc::geteuid() };
    let metadata = fs::symlink_metadata(&modules[0]).unwrap();
    assert_eq!((metadata.uid(), metadata.mode() & 0o7777), (me, 0o644));
}

#[test]
fn a_build_that_plants_a_link_or_fails_leaves_nothing() {
    for (attack, words) in [
        (
            "os.makedirs(os.path.join(work, 'site'), exist_ok=True); os.symlink('/etc/passwd', os.path.join(work, 'site/x'))",
            "outside of what it installed",
        ),
        (
            "os.makedirs(os.path.join(work, 'site'), exist_ok=True); os.mkfifo(os.path.join(work, 'site/x'))",
            "neither a file nor a folder",
        ),
        ("raise SystemExit('not today')", "not today"),
        ("os.kill(os.getpid(), 9)", "building"),
    ] {
        let folder = with_source(|_| {
            format!(
                "
            import os
            def run():
                work = os.path.dirname(os.environ['TMPDIR'])
                {attack}
                return []
            "
            )
        });
        let ended = install_python(&folder);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains(words), "{words}: {ended:?}");
        let left = fs::read_dir(folder.0.join("cache/python")).unwrap();
        let left = left.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let left: Vec<_> = left.filter(|name| name.starts_with("work")).collect();
        assert_eq!(left, Vec::<String>::new());
        assert_eq!(
            below(&folder.0.join("cache/python/sets"), "hostile.py"),
            Vec::<PathBuf>::new()
        );
    }
}
