//! Starting a zygote. (The launcher itself comes with the branch `zygote`.)

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Command;

use super::messages::ZygoteSpec;

pub fn command(_executable: &Path, _spec: &ZygoteSpec) -> io::Result<(Command, OwnedFd)> {
    Err(io::ErrorKind::Unsupported.into())
}
