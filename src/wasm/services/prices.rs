//! What services cost, in fuel: about 5 million make a millisecond (see `SLICE` in `state.rs`).
//! Measured on one core of an AMD EPYC with SHA and AES instructions, rounded up; on a machine
//! without them the clock, which is looked at between pieces, still ends a run in time.

use super::hash::Hash;

/// Entering the host and choosing a service.
pub const CALL: u64 = 200;

/// Copying between host and guest, into memory that is touched for the first time.
pub fn copy(bytes: usize) -> u64 {
    bytes as u64 / 2
}

/// A byte hashed.
pub fn hash_byte(hash: Hash) -> u64 {
    match hash {
        Hash::Sha1 | Hash::Sha224 | Hash::Sha256 => 3,
        Hash::Sha384 | Hash::Sha512 | Hash::Sha512_224 | Hash::Sha512_256 => 6,
        Hash::Md5 => 8,
        Hash::Sha3_224 | Hash::Sha3_256 => 14,
        Hash::Ripemd160 | Hash::Sha3_384 => 20,
        Hash::Sha3_512 => 28,
    }
}

/// Starting and ending a hash.
pub fn hash_start(hash: Hash) -> u64 {
    2 * hash_byte(hash) * hash.block_size() as u64
}

/// One HMAC of a value as long as a digest, the key already absorbed: two blocks.
pub fn mac_round(hash: Hash) -> u64 {
    2 * hash_byte(hash) * hash.block_size() as u64 + 200
}

/// 64 bytes mixed by scrypt: Salsa20/8, and fetching them from a table larger than the caches.
pub const SALSA: u64 = 400;

/// A byte encrypted or decrypted.
pub const AES_BYTE: u64 = 8;

/// A byte encrypted and authenticated, or the reverse.
pub const GCM_BYTE: u64 = 5;

/// A key expanded.
pub const AES_KEY: u64 = 1_000;

/// A byte compressed, by level. Data that repeats itself badly costs several times as much.
pub const DEFLATE_BYTE: [u64; 10] = [4, 60, 60, 70, 100, 130, 160, 200, 300, 400];

/// The compressor's tables set up.
pub const DEFLATE_START: u64 = 150_000;

/// A byte of compressed data read, and a byte of data written.
pub const INFLATE_BYTE: u64 = 10;

/// A byte of text in a legacy encoding.
pub const TEXT_BYTE: u64 = 20;

/// A byte of a check sum.
pub const CRC_BYTE: u64 = 1;
