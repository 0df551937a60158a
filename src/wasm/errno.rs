//! Error numbers as WASI preview 1 defines them.
//!
//! Source: the `errno` type of `wasi_snapshot_preview1.witx`.

/// A WASI preview 1 error number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Errno {
    Acces = 2,
    Addrnotavail = 4,
    Again = 6,
    Badf = 8,
    Connaborted = 13,
    Connrefused = 14,
    Connreset = 15,
    Dquot = 19,
    Exist = 20,
    Fault = 21,
    Hostunreach = 23,
    Inprogress = 26,
    Inval = 28,
    Io = 29,
    Isdir = 31,
    Mfile = 33,
    Nametoolong = 37,
    Netdown = 38,
    Netreset = 39,
    Netunreach = 40,
    Nobufs = 42,
    Noent = 44,
    Nomem = 48,
    Nospc = 51,
    Nosys = 52,
    Notconn = 53,
    Notdir = 54,
    Notempty = 55,
    Notsock = 57,
    Notsup = 58,
    Perm = 63,
    Pipe = 64,
    Proto = 65,
    Rofs = 69,
    Spipe = 70,
    Timedout = 73,
}

/// The result of a WASI operation.
pub type WasiResult<T> = Result<T, Errno>;
