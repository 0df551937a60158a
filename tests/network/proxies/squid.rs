//! squid, as Debian packages it, configured like the proxy that Dify puts beside its sandbox: plain
//! requests to any unprivileged port, CONNECT to 443 only, everything else denied.

use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use super::{CREDENTIALS, Proxy, free_port, hosts, start, web};
use crate::common::process::Folder;

/// `openssl passwd -1 -salt belljar`, of the password of [`CREDENTIALS`].
const HASHED: &str = "$1$belljar$4TT9KKvENNc264dbaMCbH.";

/// Debian puts it where only root's `PATH` leads.
const SQUID: &str = "/usr/sbin/squid";
const CHECKS_PASSWORDS: &str = "/usr/lib/squid/basic_ncsa_auth";

/// A user that may do nothing; squid started by root wants one.
const NOBODY: u32 = 65534;

impl Proxy {
    pub fn squid() -> Self {
        Self::squid_with("http_access allow localhost")
    }

    /// One that asks who is there.
    pub fn squid_with_password() -> Self {
        Self::squid_with(&format!(
            "auth_param basic program {CHECKS_PASSWORDS} passwords\n\
             auth_param basic children 1\n\
             acl known proxy_auth REQUIRED\n\
             http_access allow known"
        ))
    }

    fn squid_with(access: &str) -> Self {
        let folder = Folder::public();
        let port = free_port();
        folder.write("hosts", hosts());
        folder.write("passwords", format!("{}:{HASHED}\n", CREDENTIALS.user));
        let config = folder.write("squid.conf", config(port, access));
        std::fs::set_permissions(&folder.0, PermissionsExt::from_mode(0o777)).unwrap();
        let mut command = Command::new(SQUID);
        command
            .args(["--foreground", "-f"])
            .arg(config)
            .current_dir(&folder.0);
        // SAFETY: it only asks.
        if unsafe { libc::geteuid() } == 0 {
            chown(&folder.0, Some(NOBODY), Some(NOBODY)).unwrap();
            command.uid(NOBODY).gid(NOBODY);
        }
        let mut proxy = Self {
            port,
            child: start(command, &folder.0, "output"),
            folder,
            log: "access.log",
        };
        proxy.wait();
        proxy
    }
}

fn config(port: u16, access: &str) -> String {
    let web = web();
    format!(
        "acl tls_ports port 443 {tls}
acl safe_ports port 80 443 {http} {tls} 1025-65535
acl CONNECT method CONNECT
http_access deny !safe_ports
http_access deny CONNECT !tls_ports
{access}
http_access deny all
http_port 127.0.0.1:{port}

hosts_file hosts
dns_nameservers 127.0.0.1
dns_timeout 1 second
cache deny all
memory_pools off
access_log stdio:access.log
cache_log cache.log
pid_filename none
netdb_filename none
coredump_dir .
pinger_enable off
visible_hostname proxy.test
max_filedescriptors 1024
shutdown_lifetime 0 seconds
",
        tls = web.tls,
        http = web.http,
    )
}
