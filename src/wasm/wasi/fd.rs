//! Operations on open descriptors.

use wasmtime::{Caller, Linker};

use super::super::errno::{Errno, WasiResult};
use super::super::fs::{FileSystem, Kind, Node, Stat, Times};
use super::super::state::RunState;
use super::MODULE;
use super::abi::{Fault, GuestMemory, enter, enter_charged};
use super::clock::realtime;
use super::descriptors::{ROOT_FD, Target};

const TYPE_UNKNOWN: u8 = 0;
const TYPE_FOLDER: u8 = 3;
const TYPE_FILE: u8 = 4;

const RIGHT_READ: u64 = 1 << 1;
const RIGHT_SEEK_TELL: u64 = 1 << 2 | 1 << 5;
const RIGHT_WRITE: u64 = 1 << 6;
/// Every right preview 1 defines: rights are not how this sandbox restricts anything.
const ALL_RIGHTS: u64 = (1 << 30) - 1;

const FLAG_APPEND: u16 = 1;
const FLAG_NON_BLOCKING: u16 = 4;

pub const SET_ATIM: u32 = 1;
pub const SET_ATIM_NOW: u32 = 2;
pub const SET_MTIM: u32 = 4;
pub const SET_MTIM_NOW: u32 = 8;

fn file_type(kind: Kind) -> u8 {
    match kind {
        Kind::File => TYPE_FILE,
        Kind::Folder => TYPE_FOLDER,
    }
}

/// Writes a `filestat`.
pub fn put_stat(memory: &mut GuestMemory<'_>, at: u32, stat: &Stat) -> WasiResult<()> {
    let mut bytes = [0; 64];
    bytes[0..8].copy_from_slice(&1u64.to_le_bytes());
    bytes[8..16].copy_from_slice(&stat.inode.to_le_bytes());
    bytes[16] = file_type(stat.kind);
    bytes[24..32].copy_from_slice(&u64::from(stat.links).to_le_bytes());
    bytes[32..40].copy_from_slice(&stat.size.to_le_bytes());
    bytes[40..48].copy_from_slice(&stat.times.accessed.to_le_bytes());
    bytes[48..56].copy_from_slice(&stat.times.modified.to_le_bytes());
    bytes[56..64].copy_from_slice(&stat.times.modified.to_le_bytes());
    memory.put(at, &bytes)
}

/// The times that `utimensat`'s WASI form asks for.
pub fn wanted_times(before: Times, atim: u64, mtim: u64, flags: u32) -> Times {
    let pick = |set, now, value, before| {
        if flags & now != 0 {
            realtime()
        } else if flags & set != 0 {
            value
        } else {
            before
        }
    };
    Times {
        accessed: pick(SET_ATIM, SET_ATIM_NOW, atim, before.accessed),
        modified: pick(SET_MTIM, SET_MTIM_NOW, mtim, before.modified),
    }
}

fn stat(state: &RunState, fd: u32) -> WasiResult<Option<Stat>> {
    Ok(match state.descriptors.get(fd)?.target {
        Target::Node(node) => Some(state.files.stat(node)),
        _ => None,
    })
}

/// Reads into the vectors; `offset` is the place for `pread`, else the descriptor's position.
fn read(
    memory: &mut GuestMemory<'_>,
    state: &mut RunState,
    fd: u32,
    (vectors, count): (u32, u32),
    offset: Option<u64>,
) -> Result<u64, Fault> {
    let descriptor = *state.descriptors.get(fd)?;
    let node = match descriptor.target {
        Target::Stdin | Target::Stdout | Target::Stderr if offset.is_some() => {
            return Err(Errno::Spipe.into());
        }
        Target::Stdin => return Ok(0),
        Target::Node(node) if descriptor.readable => node,
        _ => return Err(Errno::Badf.into()),
    };
    let data = state.files.data(node)?;
    let start = offset.unwrap_or(descriptor.offset);
    let mut rest = data
        .get(usize::try_from(start).unwrap_or(usize::MAX)..)
        .unwrap_or(&[]);
    let mut total = 0;
    for (at, len) in memory.vectors(vectors, count)? {
        let (now, later) = rest.split_at(rest.len().min(len as usize));
        memory.put(at, now)?;
        total += now.len() as u64;
        rest = later;
    }
    if offset.is_none() {
        state.descriptors.get_mut(fd)?.offset = start + total;
    }
    Ok(total)
}

/// Writes from the vectors; `offset` is the place for `pwrite`, else the descriptor's position.
fn write(
    memory: &mut GuestMemory<'_>,
    state: &mut RunState,
    fd: u32,
    (vectors, count): (u32, u32),
    offset: Option<u64>,
) -> Result<u64, Fault> {
    let descriptor = *state.descriptors.get(fd)?;
    if !descriptor.writable {
        return Err(Errno::Badf.into());
    }
    if offset.is_some() && !matches!(descriptor.target, Target::Node(_)) {
        return Err(Errno::Spipe.into());
    }
    let append = descriptor.append && offset.is_none();
    let mut position = match descriptor.target {
        Target::Node(node) if append => state.files.stat(node).size,
        _ => offset.unwrap_or(descriptor.offset),
    };
    let mut total = 0;
    for (at, len) in memory.vectors(vectors, count)? {
        let data = memory.bytes(at, len)?;
        let written = match descriptor.target {
            Target::Stdin => return Err(Errno::Badf.into()),
            Target::Stdout => state.stdout.append(data).map(|()| data.len())?,
            Target::Stderr => state.stderr.append(data).map(|()| data.len())?,
            Target::Node(node) => match state.files.write(node, position, data, realtime()) {
                // What was written before the disk was full is reported first.
                Err(Errno::Nospc) if total > 0 => 0,
                result => result?,
            },
        };
        position += written as u64;
        total += written as u64;
        if written < data.len() {
            break;
        }
    }
    if offset.is_none() {
        state.descriptors.get_mut(fd)?.offset = position;
    }
    Ok(total)
}

fn seek(state: &mut RunState, fd: u32, delta: i64, whence: u32) -> WasiResult<u64> {
    let descriptor = *state.descriptors.get(fd)?;
    let Target::Node(node) = descriptor.target else {
        return Err(Errno::Spipe);
    };
    let base = match whence {
        0 => 0,
        1 => descriptor.offset,
        2 => state.files.stat(node).size,
        _ => return Err(Errno::Inval),
    };
    let offset = base.checked_add_signed(delta).ok_or(Errno::Inval)?;
    // An `off_t` is signed.
    i64::try_from(offset).map_err(|_| Errno::Inval)?;
    state.descriptors.get_mut(fd)?.offset = offset;
    Ok(offset)
}

/// Fills `buffer` with directory entries from `cookie` on; an entry that does not fit is cut, as
/// WASI asks. Returns the bytes used: less than the buffer means the end was reached.
fn read_folder(
    files: &FileSystem,
    folder: Node,
    buffer: &mut [u8],
    cookie: u64,
) -> WasiResult<usize> {
    let mut used = 0;
    let mut index = cookie;
    while used < buffer.len() {
        let Some((name, node)) = files.folder_entry(folder, index)? else {
            break;
        };
        index += 1;
        let stat = files.stat(node);
        let mut head = [0; 24];
        head[0..8].copy_from_slice(&index.to_le_bytes());
        head[8..16].copy_from_slice(&stat.inode.to_le_bytes());
        head[16..20].copy_from_slice(&(name.len() as u32).to_le_bytes());
        head[20] = file_type(stat.kind);
        for part in [&head[..], name.as_bytes()] {
            let room = &mut buffer[used..];
            let length = part.len().min(room.len());
            room[..length].copy_from_slice(&part[..length]);
            used += length;
        }
    }
    Ok(used)
}

pub fn add_to_linker(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    add_status(linker)?;
    add_transfer(linker)?;
    add_preopens(linker)?;
    linker.func_wrap(
        MODULE,
        "fd_close",
        |mut caller: Caller<'_, RunState>, fd: u32| {
            enter(&mut caller, |_, state| {
                Ok(state.descriptors.close(&mut state.files, fd)?)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_renumber",
        |mut caller: Caller<'_, RunState>, from: u32, to: u32| {
            enter(&mut caller, |_, state| {
                Ok(state.descriptors.renumber(&mut state.files, from, to)?)
            })
        },
    )?;
    for name in ["fd_sync", "fd_datasync"] {
        linker.func_wrap(MODULE, name, |mut caller: Caller<'_, RunState>, fd: u32| {
            enter(&mut caller, |_, state| {
                Ok(state.descriptors.get(fd).map(|_| ())?)
            })
        })?;
    }
    linker.func_wrap(
        MODULE,
        "fd_advise",
        |mut caller: Caller<'_, RunState>, fd: u32, _: u64, _: u64, _: u32| {
            enter(&mut caller, |_, state| {
                Ok(state.descriptors.get(fd).map(|_| ())?)
            })
        },
    )?;
    Ok(())
}

fn add_status(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    linker.func_wrap(
        MODULE,
        "fd_fdstat_get",
        |mut caller: Caller<'_, RunState>, fd: u32, at: u32| {
            enter(&mut caller, |memory, state| {
                let descriptor = *state.descriptors.get(fd)?;
                let stat = stat(state, fd)?;
                let mut flags = 0;
                if descriptor.append {
                    flags |= FLAG_APPEND;
                }
                if descriptor.non_blocking {
                    flags |= FLAG_NON_BLOCKING;
                }
                let mut rights = ALL_RIGHTS;
                if stat.is_none() {
                    rights &= !RIGHT_SEEK_TELL;
                }
                if !descriptor.readable {
                    rights &= !RIGHT_READ;
                }
                if !descriptor.writable {
                    rights &= !RIGHT_WRITE;
                }
                let mut bytes = [0; 24];
                bytes[0] = stat.map_or(TYPE_UNKNOWN, |stat| file_type(stat.kind));
                bytes[2..4].copy_from_slice(&flags.to_le_bytes());
                bytes[8..16].copy_from_slice(&rights.to_le_bytes());
                bytes[16..24].copy_from_slice(&ALL_RIGHTS.to_le_bytes());
                Ok(memory.put(at, &bytes)?)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_fdstat_set_flags",
        |mut caller: Caller<'_, RunState>, fd: u32, flags: u32| {
            enter(&mut caller, |_, state| {
                let descriptor = state.descriptors.get_mut(fd)?;
                descriptor.append = flags & u32::from(FLAG_APPEND) != 0;
                descriptor.non_blocking = flags & u32::from(FLAG_NON_BLOCKING) != 0;
                Ok(())
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_fdstat_set_rights",
        |mut caller: Caller<'_, RunState>, fd: u32, _: u64, _: u64| {
            enter(&mut caller, |_, state| {
                Ok(state.descriptors.get(fd).map(|_| ())?)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_filestat_get",
        |mut caller: Caller<'_, RunState>, fd: u32, at: u32| {
            enter(&mut caller, |memory, state| match stat(state, fd)? {
                Some(stat) => Ok(put_stat(memory, at, &stat)?),
                // A standard stream: of unknown type, with nothing to tell.
                None => Ok(memory.put(at, &[0; 64])?),
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_filestat_set_size",
        |mut caller: Caller<'_, RunState>, fd: u32, size: u64| {
            enter_charged(&mut caller, |_, state| {
                if !state.descriptors.get(fd)?.writable {
                    return Err(Errno::Inval.into());
                }
                let node = state.descriptors.node(fd)?;
                state.files.resize(node, size, realtime())?;
                Ok(size)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_allocate",
        |mut caller: Caller<'_, RunState>, fd: u32, offset: u64, len: u64| {
            enter_charged(&mut caller, |_, state| {
                if !state.descriptors.get(fd)?.writable {
                    return Err(Errno::Badf.into());
                }
                let node = state.descriptors.node(fd)?;
                let end = offset.checked_add(len).ok_or(Errno::Inval)?;
                if end > state.files.stat(node).size {
                    state.files.resize(node, end, realtime())?;
                }
                Ok(len)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_filestat_set_times",
        |mut caller: Caller<'_, RunState>, fd: u32, atim: u64, mtim: u64, flags: u32| {
            enter(&mut caller, |_, state| {
                let node = state.descriptors.node(fd)?;
                let times = wanted_times(state.files.stat(node).times, atim, mtim, flags);
                Ok(state.files.set_times(node, times)?)
            })
        },
    )?;
    Ok(())
}

fn add_transfer(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    linker.func_wrap(
        MODULE,
        "fd_read",
        |mut caller: Caller<'_, RunState>, fd: u32, vectors: u32, count: u32, at: u32| {
            enter_charged(&mut caller, |memory, state| {
                let total = read(memory, state, fd, (vectors, count), None)?;
                memory.put_u32(at, total as u32)?;
                Ok(total)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_pread",
        |mut caller: Caller<'_, RunState>,
         fd: u32,
         vectors: u32,
         count: u32,
         offset: u64,
         at: u32| {
            enter_charged(&mut caller, |memory, state| {
                let total = read(memory, state, fd, (vectors, count), Some(offset))?;
                memory.put_u32(at, total as u32)?;
                Ok(total)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_write",
        |mut caller: Caller<'_, RunState>, fd: u32, vectors: u32, count: u32, at: u32| {
            enter_charged(&mut caller, |memory, state| {
                let total = write(memory, state, fd, (vectors, count), None)?;
                memory.put_u32(at, total as u32)?;
                Ok(total)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_pwrite",
        |mut caller: Caller<'_, RunState>,
         fd: u32,
         vectors: u32,
         count: u32,
         offset: u64,
         at: u32| {
            enter_charged(&mut caller, |memory, state| {
                let total = write(memory, state, fd, (vectors, count), Some(offset))?;
                memory.put_u32(at, total as u32)?;
                Ok(total)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_seek",
        |mut caller: Caller<'_, RunState>, fd: u32, delta: i64, whence: u32, at: u32| {
            enter(&mut caller, |memory, state| {
                Ok(memory.put_u64(at, seek(state, fd, delta, whence)?)?)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_tell",
        |mut caller: Caller<'_, RunState>, fd: u32, at: u32| {
            enter(&mut caller, |memory, state| {
                Ok(memory.put_u64(at, seek(state, fd, 0, 1)?)?)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_readdir",
        |mut caller: Caller<'_, RunState>, fd: u32, buf: u32, len: u32, cookie: u64, at: u32| {
            enter_charged(&mut caller, |memory, state| {
                let folder = state.descriptors.node(fd)?;
                let buffer = memory.bytes_mut(buf, len)?;
                let used = read_folder(&state.files, folder, buffer, cookie)?;
                memory.put_u32(at, used as u32)?;
                // Finding the cookie's place walks past the entries before it.
                Ok(used as u64 + cookie.min(1 << 20) * 16)
            })
        },
    )?;
    Ok(())
}

/// The only preopened folder is `/`.
fn add_preopens(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    linker.func_wrap(
        MODULE,
        "fd_prestat_get",
        |mut caller: Caller<'_, RunState>, fd: u32, at: u32| {
            enter(&mut caller, |memory, state| {
                preopened(state, fd)?;
                memory.put_u32(at, 0)?;
                Ok(memory.put_u32(at + 4, 1)?)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "fd_prestat_dir_name",
        |mut caller: Caller<'_, RunState>, fd: u32, at: u32, len: u32| {
            enter(&mut caller, |memory, state| {
                preopened(state, fd)?;
                if len < 1 {
                    return Err(Errno::Nametoolong.into());
                }
                Ok(memory.put(at, b"/")?)
            })
        },
    )?;
    Ok(())
}

fn preopened(state: &RunState, fd: u32) -> WasiResult<()> {
    if fd == ROOT_FD && state.descriptors.node(fd) == Ok(FileSystem::ROOT) {
        Ok(())
    } else {
        Err(Errno::Badf)
    }
}
