//! Error numbers as WASI preview 1 defines them.
//!
//! Source: the `errno` type of `wasi_snapshot_preview1.witx`.

/// A WASI preview 1 error number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Errno {
    Badf = 8,
    Exist = 20,
    Fault = 21,
    Inval = 28,
    Isdir = 31,
    Mfile = 33,
    Nametoolong = 37,
    Noent = 44,
    Nospc = 51,
    Nosys = 52,
    Notdir = 54,
    Notempty = 55,
    Notsock = 57,
    Notsup = 58,
    Perm = 63,
    Rofs = 69,
    Spipe = 70,
}

/// The result of a WASI operation.
pub type WasiResult<T> = Result<T, Errno>;
