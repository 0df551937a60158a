//! Digests and HMAC, in one call or absorbed in parts.
//!
//! Between the parts the guest holds the state; it is checked when it comes back.

use digest::common::hazmat::{SerializableState, SerializedState};
use digest::{Digest, KeyInit, Mac};

use super::account::{Account, Buffer, piece};
use super::request::Fields;
use super::{Failure, Refusal, prices};

/// A hash function, as numbered in host-calls.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha512_224,
    Sha512_256,
    Sha3_224,
    Sha3_256,
    Sha3_384,
    Sha3_512,
    Ripemd160,
}

impl Hash {
    const ALL: [Self; 13] = [
        Self::Md5,
        Self::Sha1,
        Self::Sha224,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
        Self::Sha512_224,
        Self::Sha512_256,
        Self::Sha3_224,
        Self::Sha3_256,
        Self::Sha3_384,
        Self::Sha3_512,
        Self::Ripemd160,
    ];

    /// Reads the field that names one.
    pub fn read(fields: &mut Fields<'_>) -> Result<Self, Refusal> {
        let number = fields.u8()?;
        let hash = Self::ALL.get(usize::from(number));
        hash.copied().ok_or(Refusal::Malformed)
    }

    /// Bytes that it mixes at a time.
    pub fn block_size(self) -> usize {
        match self {
            Self::Md5 | Self::Sha1 | Self::Sha224 | Self::Sha256 | Self::Ripemd160 => 64,
            Self::Sha384 | Self::Sha512 | Self::Sha512_224 | Self::Sha512_256 => 128,
            Self::Sha3_224 => 144,
            Self::Sha3_256 => 136,
            Self::Sha3_384 => 104,
            Self::Sha3_512 => 72,
        }
    }
}

/// Evaluates an expression with `$Digest` standing for the hash function's type, and `$Mac` for
/// that of its HMAC.
macro_rules! with_hash {
    ($hash:expr, $Digest:ident, $Mac:ident => $body:expr) => {{
        use $crate::wasm::services::hash::Hash;
        macro_rules! with {
            ($digest:ty, $hmac:ident) => {{
                #[allow(dead_code)]
                type $Digest = $digest;
                #[allow(dead_code)]
                type $Mac = hmac::$hmac<$digest>;
                $body
            }};
        }
        match $hash {
            Hash::Md5 => with!(md5::Md5, Hmac),
            Hash::Sha1 => with!(sha1::Sha1, Hmac),
            Hash::Sha224 => with!(sha2::Sha224, Hmac),
            Hash::Sha256 => with!(sha2::Sha256, Hmac),
            Hash::Sha384 => with!(sha2::Sha384, Hmac),
            Hash::Sha512 => with!(sha2::Sha512, Hmac),
            Hash::Sha512_224 => with!(sha2::Sha512_224, Hmac),
            Hash::Sha512_256 => with!(sha2::Sha512_256, Hmac),
            Hash::Sha3_224 => with!(sha3::Sha3_224, SimpleHmac),
            Hash::Sha3_256 => with!(sha3::Sha3_256, SimpleHmac),
            Hash::Sha3_384 => with!(sha3::Sha3_384, SimpleHmac),
            Hash::Sha3_512 => with!(sha3::Sha3_512, SimpleHmac),
            Hash::Ripemd160 => with!(ripemd::Ripemd160, Hmac),
        }
    }};
}
pub(super) use with_hash;

/// A hash function that has not begun, or goes on where `state` left it.
fn resume<D: Digest + SerializableState>(state: &[u8]) -> Result<D, Refusal> {
    if state.is_empty() {
        return Ok(D::new());
    }
    let state = <&SerializedState<D>>::try_from(state).map_err(|_| Refusal::Malformed)?;
    D::deserialize(state).map_err(|_| Refusal::Malformed)
}

/// Absorbs `data` in pieces, each paid for.
pub async fn absorb_all(
    account: &mut impl Account,
    hash: Hash,
    data: &[u8],
    mut absorb: impl FnMut(&[u8]) + Send,
) -> Result<(), Failure> {
    let price = prices::hash_byte(hash);
    for part in data.chunks(piece(price)) {
        account.spend(price * part.len() as u64).await?;
        absorb(part);
    }
    Ok(())
}

/// `u8` hash, `counted` state, `rest` data: the digest.
pub async fn digest(account: &mut impl Account, request: &[u8]) -> Result<Buffer, Failure> {
    let mut fields = Fields::of(request);
    let hash = Hash::read(&mut fields)?;
    let state = fields.counted()?;
    account.spend(prices::hash_start(hash)).await?;
    let mut reply = account.buffer();
    with_hash!(hash, D, M => {
        let mut digest: D = resume(state)?;
        absorb_all(account, hash, fields.rest(), |part| digest.update(part)).await?;
        reply.append(&digest.finalize())?;
    });
    Ok(reply)
}

/// `u8` hash, `counted` state, `rest` data: the state after the data.
pub async fn absorb(account: &mut impl Account, request: &[u8]) -> Result<Buffer, Failure> {
    let mut fields = Fields::of(request);
    let hash = Hash::read(&mut fields)?;
    let state = fields.counted()?;
    let mut reply = account.buffer();
    with_hash!(hash, D, M => {
        let mut digest: D = resume(state)?;
        absorb_all(account, hash, fields.rest(), |part| digest.update(part)).await?;
        reply.append(&digest.serialize())?;
    });
    Ok(reply)
}

/// A key for HMAC no longer than the hash function's block: a longer one counts as its digest
/// (RFC 2104). Hashed here, because it may be long.
pub async fn short_key(
    account: &mut impl Account,
    hash: Hash,
    key: &[u8],
) -> Result<Vec<u8>, Failure> {
    if key.len() <= hash.block_size() {
        return Ok(key.to_vec());
    }
    account.spend(prices::hash_start(hash)).await?;
    with_hash!(hash, D, M => {
        let mut digest = <D as Digest>::new();
        absorb_all(account, hash, key, |part| Digest::update(&mut digest, part)).await?;
        Ok(digest.finalize().to_vec())
    })
}

/// `u8` hash, `counted` key, `rest` data: the code.
pub async fn hmac(account: &mut impl Account, request: &[u8]) -> Result<Buffer, Failure> {
    let mut fields = Fields::of(request);
    let hash = Hash::read(&mut fields)?;
    let key = fields.counted()?;
    account.spend(2 * prices::hash_start(hash)).await?;
    let key = short_key(account, hash, key).await?;
    let mut reply = account.buffer();
    with_hash!(hash, D, M => {
        let mut mac = <M as KeyInit>::new_from_slice(&key).map_err(|_| Refusal::Malformed)?;
        absorb_all(account, hash, fields.rest(), |part| Mac::update(&mut mac, part)).await?;
        reply.append(&mac.finalize().into_bytes())?;
    });
    Ok(reply)
}
