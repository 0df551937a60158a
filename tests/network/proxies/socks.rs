//! microsocks, as Debian packages it. It asks the machine for names, so that `nss_wrapper` tells it
//! where the web is.

use std::process::Command;

use super::{CREDENTIALS, Proxy, free_port, hosts, start};
use crate::common::process::Folder;

impl Proxy {
    pub fn socks() -> Self {
        Self::microsocks(&[])
    }

    /// One that asks who is there.
    pub fn socks_with_password() -> Self {
        Self::microsocks(&["-u", CREDENTIALS.user, "-P", CREDENTIALS.password])
    }

    fn microsocks(arguments: &[&str]) -> Self {
        let folder = Folder::new();
        let port = free_port();
        let hosts = folder.write("hosts", hosts());
        let mut command = Command::new("microsocks");
        command
            .args(["-i", "127.0.0.1", "-p", &port.to_string()])
            .args(arguments)
            .env("LD_PRELOAD", "libnss_wrapper.so")
            .env("NSS_WRAPPER_HOSTS", hosts);
        let mut proxy = Self {
            port,
            child: start(command, &folder.0, "output"),
            folder,
            log: "output",
        };
        proxy.wait();
        proxy
    }
}
