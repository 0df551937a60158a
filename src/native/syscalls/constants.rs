//! The kernel's constants by the names that the lists use. They are the same on x86_64 and aarch64.

use serde::{Deserialize as _, Deserializer, de};

/// Stands for the process that loads the filter; above every process id there can be (2^22), so
/// that it can be found in the compiled filter and replaced.
pub const OWN_PID: u32 = 0x7265_616c;

/// Every CLONE_NEW… that `clone` knows.
const CLONE_NAMESPACES: u64 = 0x7e02_0000;

/// What is a type, not a flag, in the second argument of `socketpair`.
const SOCKET_TYPE: u64 = 0xf;

const NAMES: &[(&str, u64)] = &[
    ("OWN_PID", OWN_PID as u64),
    ("PROT_EXEC", libc::PROT_EXEC as u64),
    ("PROT_WRITE", libc::PROT_WRITE as u64),
    ("MAP_ANONYMOUS", libc::MAP_ANONYMOUS as u64),
    ("MAP_GROWSDOWN", libc::MAP_GROWSDOWN as u64),
    ("ALL_BUT_LOWEST_1", 0xffff_fffe),
    ("ALL_BUT_LOWEST_2", 0xffff_fffc),
    ("ALL_BUT_LOWEST_3", 0xffff_fff8),
    ("CLONE_THREAD", libc::CLONE_THREAD as u64),
    ("CLONE_NAMESPACES", CLONE_NAMESPACES),
    ("AF_INET", libc::AF_INET as u64),
    ("AF_INET6", libc::AF_INET6 as u64),
    ("AF_UNIX", libc::AF_UNIX as u64),
    ("SOCKET_TYPE", SOCKET_TYPE),
    ("SOCK_STREAM", libc::SOCK_STREAM as u64),
    ("SOL_SOCKET", libc::SOL_SOCKET as u64),
    ("SO_KEEPALIVE", libc::SO_KEEPALIVE as u64),
    ("SO_PEERCRED", libc::SO_PEERCRED as u64),
    // asm-generic/socket.h
    ("SO_PEERPIDFD", 77),
    ("SO_RCVTIMEO", libc::SO_RCVTIMEO as u64),
    ("SO_REUSEADDR", libc::SO_REUSEADDR as u64),
    ("SO_SNDTIMEO", libc::SO_SNDTIMEO as u64),
    ("IPPROTO_TCP", libc::IPPROTO_TCP as u64),
    ("TCP_CORK", libc::TCP_CORK as u64),
    ("TCP_KEEPCNT", libc::TCP_KEEPCNT as u64),
    ("TCP_KEEPIDLE", libc::TCP_KEEPIDLE as u64),
    ("TCP_KEEPINTVL", libc::TCP_KEEPINTVL as u64),
    ("TCP_NODELAY", libc::TCP_NODELAY as u64),
    ("TCP_QUICKACK", libc::TCP_QUICKACK as u64),
    ("TCP_USER_TIMEOUT", libc::TCP_USER_TIMEOUT as u64),
    // linux/tcp.h
    ("TCP_ZEROCOPY_RECEIVE", 35),
    ("MSG_FASTOPEN", libc::MSG_FASTOPEN as u64),
    ("F_DUPFD", libc::F_DUPFD as u64),
    ("F_DUPFD_CLOEXEC", libc::F_DUPFD_CLOEXEC as u64),
    ("F_GETFD", libc::F_GETFD as u64),
    ("F_SETFD", libc::F_SETFD as u64),
    ("F_GETFL", libc::F_GETFL as u64),
    ("F_SETFL", libc::F_SETFL as u64),
    ("F_GETLK", libc::F_GETLK as u64),
    ("F_SETLK", libc::F_SETLK as u64),
    ("F_SETLKW", libc::F_SETLKW as u64),
    ("F_OFD_SETLK", libc::F_OFD_SETLK as u64),
    ("TCGETS", libc::TCGETS),
    ("TIOCGWINSZ", libc::TIOCGWINSZ),
    ("FIONBIO", libc::FIONBIO),
    ("FIONREAD", libc::FIONREAD),
    ("FIOCLEX", libc::FIOCLEX),
    ("FIONCLEX", libc::FIONCLEX),
    ("PR_SET_NAME", libc::PR_SET_NAME as u64),
    ("PR_GET_NAME", libc::PR_GET_NAME as u64),
    ("PR_SET_VMA", libc::PR_SET_VMA as u64),
    // arch/x86/include/uapi/asm/prctl.h
    ("ARCH_GET_XCOMP_SUPP", 0x1021),
    ("ARCH_GET_XCOMP_PERM", 0x1022),
    ("ARCH_REQ_XCOMP_PERM", 0x1023),
];

/// The value of names and numbers joined by `|`.
fn value(text: &str) -> Option<u64> {
    text.split('|').try_fold(0, |sum, word| {
        let named = NAMES.iter().find(|(name, _)| *name == word);
        let value = named.map(|(_, value)| *value);
        Some(sum | value.or_else(|| word.parse().ok())?)
    })
}

pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let text = String::deserialize(from)?;
    value(&text).ok_or_else(|| de::Error::custom(format!("there is no constant `{text}`")))
}
