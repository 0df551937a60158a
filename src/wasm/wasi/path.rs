//! Operations on paths, each relative to an open folder.

use std::sync::Arc;

use wasmtime::{Caller, Linker};

use super::super::errno::Errno;
use super::super::fs::Kind;
use super::super::state::{RunState, Stop};
use super::MODULE;
use super::abi::{Fault, GuestMemory, enter};
use super::clock::realtime;
use super::descriptors::{Descriptor, Target};
use super::fd::{put_stat, wanted_times};

const OPEN_CREATE: u32 = 1;
const OPEN_FOLDER: u32 = 2;
const OPEN_EXCLUSIVE: u32 = 4;
const OPEN_TRUNCATE: u32 = 8;
const FLAG_APPEND: u32 = 1;
const FLAG_NON_BLOCKING: u32 = 4;
const RIGHT_READ: u64 = 1 << 1;
const RIGHT_WRITE: u64 = 1 << 6;
const RIGHT_READ_FOLDER: u64 = 1 << 14;

/// What `path_open` is asked for.
struct Open {
    base: u32,
    path: (u32, u32),
    flags: u32,
    rights: u64,
    fd_flags: u32,
}

fn open(memory: &GuestMemory<'_>, state: &mut RunState, want: &Open) -> Result<u32, Fault> {
    let base = state.descriptors.node(want.base)?;
    let path = memory.text(want.path.0, want.path.1)?;
    let writable = want.rights & RIGHT_WRITE != 0;
    let node = match state.files.find(base, path) {
        Ok(_) if want.flags & OPEN_CREATE != 0 && want.flags & OPEN_EXCLUSIVE != 0 => {
            return Err(Errno::Exist.into());
        }
        Ok(node) => node,
        Err(Errno::Noent) if want.flags & OPEN_CREATE != 0 => {
            let place = state.files.place(base, path)?;
            let name = place.name.ok_or(Errno::Isdir)?;
            if place.must_be_folder {
                return Err(Errno::Isdir.into());
            }
            state
                .files
                .create(place.folder, name, Kind::File, realtime())?
        }
        Err(errno) => return Err(errno.into()),
    };
    if let Some(module) = state.files.trap(node) {
        let module = Arc::clone(module);
        return Err(match state.network.was_used() {
            false => Stop::NeedsNative(module),
            // Started over, it would do again what others have noticed.
            true => Stop::NativeTooLate(module),
        }
        .into());
    }
    match state.files.kind(node) {
        Kind::File if want.flags & OPEN_FOLDER != 0 => return Err(Errno::Notdir.into()),
        Kind::Folder if writable || want.flags & OPEN_TRUNCATE != 0 => {
            return Err(Errno::Isdir.into());
        }
        Kind::File if want.flags & OPEN_TRUNCATE != 0 => {
            state.files.resize(node, 0, realtime())?;
        }
        Kind::File if writable => state.files.check_writable(node)?,
        _ => {}
    }
    let descriptor = Descriptor {
        target: Target::Node(node),
        offset: 0,
        append: want.fd_flags & FLAG_APPEND != 0,
        non_blocking: want.fd_flags & FLAG_NON_BLOCKING != 0,
        readable: want.rights & (RIGHT_READ | RIGHT_READ_FOLDER) != 0,
        writable,
    };
    Ok(state.descriptors.insert(&mut state.files, descriptor)?)
}

pub fn add_to_linker(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    linker.func_wrap(
        MODULE,
        "path_open",
        |mut caller: Caller<'_, RunState>,
         base: u32,
         _lookup: u32,
         path: u32,
         path_len: u32,
         flags: u32,
         rights: u64,
         _inheriting: u64,
         fd_flags: u32,
         at: u32| {
            enter(&mut caller, |memory, state| {
                let want = Open {
                    base,
                    path: (path, path_len),
                    flags,
                    rights,
                    fd_flags,
                };
                let fd = open(memory, state, &want)?;
                Ok(memory.put_u32(at, fd)?)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "path_filestat_get",
        |mut caller: Caller<'_, RunState>, base: u32, _: u32, path: u32, len: u32, at: u32| {
            enter(&mut caller, |memory, state| {
                let base = state.descriptors.node(base)?;
                let node = state.files.find(base, memory.text(path, len)?)?;
                Ok(put_stat(memory, at, &state.files.stat(node))?)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "path_filestat_set_times",
        |mut caller: Caller<'_, RunState>,
         base: u32,
         _lookup: u32,
         path: u32,
         len: u32,
         atim: u64,
         mtim: u64,
         flags: u32| {
            enter(&mut caller, |memory, state| {
                let base = state.descriptors.node(base)?;
                let node = state.files.find(base, memory.text(path, len)?)?;
                let times = wanted_times(state.files.stat(node).times, atim, mtim, flags);
                Ok(state.files.set_times(node, times)?)
            })
        },
    )?;
    add_changes(linker)?;
    add_links(linker)
}

fn add_changes(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    linker.func_wrap(
        MODULE,
        "path_create_directory",
        |mut caller: Caller<'_, RunState>, base: u32, path: u32, len: u32| {
            enter(&mut caller, |memory, state| {
                let base = state.descriptors.node(base)?;
                let place = state.files.place(base, memory.text(path, len)?)?;
                let name = place.name.ok_or(Errno::Exist)?;
                state
                    .files
                    .create(place.folder, name, Kind::Folder, realtime())?;
                Ok(())
            })
        },
    )?;
    for (function, kind) in [
        ("path_remove_directory", Kind::Folder),
        ("path_unlink_file", Kind::File),
    ] {
        linker.func_wrap(
            MODULE,
            function,
            move |mut caller: Caller<'_, RunState>, base: u32, path: u32, len: u32| {
                enter(&mut caller, |memory, state| {
                    let base = state.descriptors.node(base)?;
                    let place = state.files.place(base, memory.text(path, len)?)?;
                    if place.must_be_folder && kind == Kind::File {
                        return Err(Errno::Notdir.into());
                    }
                    Ok(state.files.remove(&place, kind, realtime())?)
                })
            },
        )?;
    }
    linker.func_wrap(
        MODULE,
        "path_rename",
        |mut caller: Caller<'_, RunState>,
         from_base: u32,
         from: u32,
         from_len: u32,
         to_base: u32,
         to: u32,
         to_len: u32| {
            enter(&mut caller, |memory, state| {
                let from_base = state.descriptors.node(from_base)?;
                let to_base = state.descriptors.node(to_base)?;
                let from = state.files.place(from_base, memory.text(from, from_len)?)?;
                let to = state.files.place(to_base, memory.text(to, to_len)?)?;
                Ok(state.files.rename(&from, &to, realtime())?)
            })
        },
    )?;
    Ok(())
}

/// Files may have several names. There are no symbolic links: making one fails as on a file system
/// without them, and nothing is one.
fn add_links(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    let refused = Errno::Notsup as i32;
    linker.func_wrap(
        MODULE,
        "path_link",
        |mut caller: Caller<'_, RunState>,
         from_base: u32,
         _lookup: u32,
         from: u32,
         from_len: u32,
         to_base: u32,
         to: u32,
         to_len: u32| {
            enter(&mut caller, |memory, state| {
                let from_base = state.descriptors.node(from_base)?;
                let to_base = state.descriptors.node(to_base)?;
                let node = state.files.find(from_base, memory.text(from, from_len)?)?;
                let to = state.files.place(to_base, memory.text(to, to_len)?)?;
                Ok(state.files.link(node, &to, realtime())?)
            })
        },
    )?;
    linker.func_wrap(
        MODULE,
        "path_symlink",
        move |_: u32, _: u32, _: u32, _: u32, _: u32| refused,
    )?;
    linker.func_wrap(
        MODULE,
        "path_readlink",
        |mut caller: Caller<'_, RunState>,
         base: u32,
         path: u32,
         len: u32,
         _: u32,
         _: u32,
         _: u32| {
            enter(&mut caller, |memory, state| {
                let base = state.descriptors.node(base)?;
                state.files.find(base, memory.text(path, len)?)?;
                Err(Errno::Inval.into())
            })
        },
    )?;
    Ok(())
}
