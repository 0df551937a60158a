//! What programs may connect to.

use std::net::IpAddr;

/// Which destinations are allowed.
#[derive(Clone, Debug, Default)]
pub struct Policy {}

impl Policy {
    /// Whether `host`, as the program named it, may be looked up or dialled at all on `port`, before
    /// anything is resolved. `None`: a lookup, whose port is not known.
    ///
    /// # Errors
    /// Why not, in one line that says what to change.
    pub fn check_host(&self, host: &str, port: Option<u16>) -> Result<(), String> {
        let _ = (host, port);
        Err("network policy: not there yet".to_owned())
    }

    /// Whether this address of `host` may be dialled.
    ///
    /// # Errors
    /// Why not, in one line that says what to change.
    pub fn check_address(&self, host: &str, address: IpAddr, port: u16) -> Result<(), String> {
        let _ = (host, address, port);
        Err("network policy: not there yet".to_owned())
    }
}
