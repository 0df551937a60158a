//! What calls cost, in fuel: about 5 million make a millisecond (see `SLICE` in `state.rs`). Measured
//! over loopback on a busy core of an AMD EPYC, rounded up.

/// A call that only looks at what the host holds.
pub const CALL: u64 = 200;

/// A call of the kernel's for a socket.
pub const SOCKET: u64 = 10_000;

/// Sending: the kernel carries it as far as it can there and then.
pub const SEND: u64 = 30_000;

/// A byte sent or received: copied twice.
pub fn bytes(count: usize) -> u64 {
    count as u64
}

/// Asking others: a message to the egress process and its answer, and the work there.
pub const OUTSIDE: u64 = 500_000;

/// One of the handles that are waited for, looked at.
pub const POLLED: u64 = 3_000;

/// A wait: a timer, and a turn of the scheduler.
pub const WAIT: u64 = 20_000;

/// A byte of a TLS record encrypted or decrypted, and copied.
pub fn tls_bytes(count: usize) -> u64 {
    4 * count as u64
}

/// A nanosecond of a handshake, whose work is the peer's to choose.
pub const NANOSECOND: u64 = 5;

/// A byte of a certificate, taken apart for `tls_info`, or of its description.
pub fn tls_info(count: usize) -> u64 {
    20 * count as u64
}
