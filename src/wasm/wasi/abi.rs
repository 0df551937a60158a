//! The guest's memory as WASI functions see it, and the wrapper every one of them runs in.
//!
//! Source of all layouts: `wasi_snapshot_preview1.witx`.

use wasmtime::Caller;

use super::super::errno::{Errno, WasiResult};
use super::super::state::{RunState, Stop};

/// Why a host function does not succeed: an error for the guest, or the end of the run.
pub enum Fault {
    Errno(Errno),
    Stop(Stop),
}

impl From<Errno> for Fault {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

impl From<Stop> for Fault {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

/// The guest's linear memory, every access checked.
pub struct GuestMemory<'a>(pub &'a mut [u8]);

impl GuestMemory<'_> {
    /// # Errors
    /// `Fault` when the range leaves the memory.
    pub fn bytes(&self, at: u32, len: u32) -> WasiResult<&[u8]> {
        let start = at as usize;
        self.0.get(start..start + len as usize).ok_or(Errno::Fault)
    }

    /// # Errors
    /// `Fault` when the range leaves the memory.
    pub fn bytes_mut(&mut self, at: u32, len: u32) -> WasiResult<&mut [u8]> {
        let start = at as usize;
        self.0
            .get_mut(start..start + len as usize)
            .ok_or(Errno::Fault)
    }

    /// # Errors
    /// `Fault`, or `Inval` when it is not UTF-8.
    pub fn text(&self, at: u32, len: u32) -> WasiResult<&str> {
        std::str::from_utf8(self.bytes(at, len)?).map_err(|_| Errno::Inval)
    }

    fn array<const N: usize>(&self, at: u32) -> WasiResult<[u8; N]> {
        let bytes = self.bytes(at, N as u32)?;
        Ok(bytes.try_into().expect("asked for N bytes"))
    }

    pub fn u16(&self, at: u32) -> WasiResult<u16> {
        self.array(at).map(u16::from_le_bytes)
    }

    pub fn u32(&self, at: u32) -> WasiResult<u32> {
        self.array(at).map(u32::from_le_bytes)
    }

    pub fn u64(&self, at: u32) -> WasiResult<u64> {
        self.array(at).map(u64::from_le_bytes)
    }

    /// # Errors
    /// `Fault` when the range leaves the memory.
    pub fn put(&mut self, at: u32, bytes: &[u8]) -> WasiResult<()> {
        self.bytes_mut(at, bytes.len() as u32)?
            .copy_from_slice(bytes);
        Ok(())
    }

    pub fn put_u32(&mut self, at: u32, value: u32) -> WasiResult<()> {
        self.put(at, &value.to_le_bytes())
    }

    pub fn put_u64(&mut self, at: u32, value: u64) -> WasiResult<()> {
        self.put(at, &value.to_le_bytes())
    }

    /// Reads an array of `iovec`/`ciovec` (address and length).
    ///
    /// # Errors
    /// `Fault`, or `Inval` for more than 1024, as `writev` on Linux.
    pub fn vectors(&self, at: u32, count: u32) -> WasiResult<Vec<(u32, u32)>> {
        if count > 1024 {
            return Err(Errno::Inval);
        }
        (0..count)
            .map(|i| {
                let at = at.checked_add(i * 8).ok_or(Errno::Fault)?;
                Ok((
                    self.u32(at)?,
                    self.u32(at.checked_add(4).ok_or(Errno::Fault)?)?,
                ))
            })
            .collect()
    }
}

/// Fuel for entering the host at all.
const CALL_FUEL: i64 = 64;

/// Takes fuel for work that the host does for the guest; it is looked at with the guest's own.
pub fn charge(caller: &mut Caller<'_, RunState>, amount: i64) {
    let Some(fuel) = caller.data().exports.and_then(|exports| exports.fuel) else {
        return;
    };
    let left = fuel.get(&mut *caller).i64().unwrap_or(0);
    let left = wasmtime::Val::I64(left.saturating_sub(amount));
    fuel.set(&mut *caller, left)
        .expect("the fuel counter is a mutable i64: checked when the runtime was loaded");
}

/// Fuel for moving `bytes` between host and guest.
pub fn byte_fuel(bytes: u64) -> i64 {
    (bytes / 16) as i64
}

/// Runs one host function: splits the caller into memory and state, charges fuel, and turns the
/// outcome into what the guest gets (a WASI error number) or into a trap.
pub fn enter(
    caller: &mut Caller<'_, RunState>,
    body: impl FnOnce(&mut GuestMemory<'_>, &mut RunState) -> Result<(), Fault>,
) -> wasmtime::Result<i32> {
    enter_charged(caller, |memory, state| body(memory, state).map(|()| 0))
}

/// As [`enter`], for functions whose work depends on a number of bytes, which the body returns.
pub fn enter_charged(
    caller: &mut Caller<'_, RunState>,
    body: impl FnOnce(&mut GuestMemory<'_>, &mut RunState) -> Result<u64, Fault>,
) -> wasmtime::Result<i32> {
    let Some(exports) = caller.data().exports else {
        return Ok(Errno::Nosys as i32);
    };
    let (memory, state) = exports.memory.data_and_store_mut(&mut *caller);
    // Fuel prices a call roughly; the clock is what no price can get around.
    state.check().map_err(wasmtime::Error::new)?;
    let (bytes, errno) = match body(&mut GuestMemory(memory), state) {
        Ok(bytes) => (bytes, 0),
        Err(Fault::Errno(errno)) => (0, errno as i32),
        Err(Fault::Stop(stop)) => return Err(wasmtime::Error::new(stop)),
    };
    let work = byte_fuel(state.files.take_work());
    charge(caller, CALL_FUEL + byte_fuel(bytes) + work);
    Ok(errno)
}
