//! What the kernel offers for limits and for the layers of defence around the sandbox.
//!
//! Only reads `/proc` and `/sys` and asks for Landlock's version: nothing is changed.

use std::fs;
use std::io;

use crate::checks::Check;

/// Descriptors for the largest number of connections, and for the rest of the process.
const ENOUGH_FILES: u64 = 5000;

pub fn checks() -> Vec<Check> {
    vec![
        version(),
        open_files(),
        address_space(),
        seccomp(),
        landlock(),
        user_namespaces(),
        cgroup(),
    ]
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path)
        .ok()
        .map(|text| text.trim().to_owned())
}

fn version() -> Check {
    let release = read("/proc/sys/kernel/osrelease").unwrap_or_else(|| "unknown".to_owned());
    let found = format!(
        "{} {release} on {}",
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    Check::ok("system", found)
}

/// The soft limit called `name`; `None` when there is none.
fn soft_limit(limits: &str, name: &str) -> Option<u64> {
    let line = limits.lines().find(|line| line.starts_with(name))?;
    line[name.len()..].split_whitespace().next()?.parse().ok()
}

fn open_files() -> Check {
    const NAME: &str = "open files";
    let limits = read("/proc/self/limits").unwrap_or_default();
    match soft_limit(&limits, "Max open files") {
        Some(most) if most < ENOUGH_FILES => Check::warning(
            NAME,
            format!("at most {most}"),
            format!(
                "raise it (`ulimit -n {ENOUGH_FILES}`) to serve thousands of connections at once"
            ),
        ),
        Some(most) => Check::ok(NAME, format!("at most {most}")),
        None => Check::ok(NAME, "unlimited"),
    }
}

fn address_space() -> Check {
    const NAME: &str = "address space";
    let limits = read("/proc/self/limits").unwrap_or_default();
    match soft_limit(&limits, "Max address space") {
        Some(most) => Check::warning(
            NAME,
            format!("at most {most} bytes"),
            "remove the limit (`ulimit -v unlimited`): instances reserve far more than they use",
        ),
        None => Check::ok(NAME, "unlimited"),
    }
}

fn seccomp() -> Check {
    const NAME: &str = "seccomp";
    match read("/proc/sys/kernel/seccomp/actions_avail") {
        Some(actions) => Check::ok(NAME, format!("filters: {actions}")),
        None => Check::warning(
            NAME,
            "not offered by this kernel",
            "use a kernel with CONFIG_SECCOMP_FILTER to let the server give up system calls",
        ),
    }
}

fn landlock() -> Check {
    const NAME: &str = "landlock";
    match landlock_version() {
        Ok(version) => Check::ok(NAME, format!("version {version}")),
        Err(error) => Check::warning(
            NAME,
            format!("not offered: {error}"),
            "use a kernel of 5.13 or newer with `landlock` in its `lsm=` list",
        ),
    }
}

/// Landlock's ABI version.
fn landlock_version() -> io::Result<libc::c_long> {
    const NO_ATTRIBUTES: *const u8 = std::ptr::null();
    const NO_SIZE: usize = 0;
    /// `LANDLOCK_CREATE_RULESET_VERSION`: answer the version, create nothing.
    const VERSION: u32 = 1;
    // SAFETY: with this flag the kernel reads no memory and creates no descriptor; it takes these
    // three arguments.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            NO_ATTRIBUTES,
            NO_SIZE,
            VERSION,
        )
    };
    if answer < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(answer)
    }
}

fn user_namespaces() -> Check {
    const NAME: &str = "user namespaces";
    const MEND: &str =
        "allow unprivileged user namespaces to let the native tier isolate itself without root";
    let is_zero = |path| read(path).as_deref() == Some("0");
    let is_one = |path| read(path).as_deref() == Some("1");
    if fs::symlink_metadata("/proc/self/ns/user").is_err() {
        Check::warning(NAME, "not offered by this kernel", MEND)
    } else if is_zero("/proc/sys/user/max_user_namespaces") {
        Check::warning(NAME, "forbidden (user.max_user_namespaces is 0)", MEND)
    } else if is_zero("/proc/sys/kernel/unprivileged_userns_clone") {
        Check::warning(
            NAME,
            "only for root (kernel.unprivileged_userns_clone is 0)",
            MEND,
        )
    } else if is_one("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") {
        Check::warning(NAME, "restricted by AppArmor", MEND)
    } else {
        Check::ok(NAME, "allowed")
    }
}

fn cgroup() -> Check {
    const NAME: &str = "cgroup v2";
    match read("/sys/fs/cgroup/cgroup.controllers") {
        Some(controllers) if controllers.is_empty() => Check::ok(NAME, "without controllers"),
        Some(controllers) => Check::ok(NAME, controllers),
        None => Check::warning(
            NAME,
            "not mounted",
            "mount the unified hierarchy to let the native tier limit memory per run",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soft_limits_are_found_in_the_kernels_table() {
        let table = "Limit                     Soft Limit           Hard Limit           Units\n\
                     Max open files            1024                 524288               files\n\
                     Max address space         unlimited            unlimited            bytes\n";
        assert_eq!(soft_limit(table, "Max open files"), Some(1024));
        assert_eq!(soft_limit(table, "Max address space"), None);
        assert_eq!(soft_limit("", "Max open files"), None);
    }

    #[test]
    fn looking_at_the_kernel_never_fails() {
        for check in checks() {
            assert!(!check.found.is_empty(), "{check:?}");
        }
    }
}
