//! PBKDF2 (RFC 8018) over any HMAC. Written out, because the crate of that name computes all
//! iterations at once and a program would hold its worker for as long.

use digest::{KeyInit, Mac};

use super::account::{Account, Buffer, piece};
use super::hash::{Hash, absorb_all, short_key, with_hash};
use super::request::Fields;
use super::{Failure, Refusal, prices};

/// The longest key derived.
pub const MAX_KEY: u32 = 1 << 20;

/// `u8` hash, `u32` iterations, `u32` length, `counted` password, `rest` salt: the key.
pub async fn derive(account: &mut impl Account, request: &[u8]) -> Result<Buffer, Failure> {
    let mut fields = Fields::of(request);
    let hash = Hash::read(&mut fields)?;
    let iterations = fields.u32()?;
    let length = fields.u32()?;
    let password = fields.counted()?;
    if iterations == 0 {
        return Err(Refusal::Malformed.into());
    }
    if length > MAX_KEY {
        return Err(Refusal::TooLarge.into());
    }
    let mut key = account.buffer();
    key.resize(length as usize)?;
    fill(account, hash, password, fields.rest(), iterations, &mut key).await?;
    Ok(key)
}

/// Fills `key`.
pub async fn fill(
    account: &mut impl Account,
    hash: Hash,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    key: &mut [u8],
) -> Result<(), Failure> {
    account.spend(prices::hash_start(hash)).await?;
    let password = short_key(account, hash, password).await?;
    let price = prices::mac_round(hash);
    let rounds_at_once = piece(price) as u32;
    with_hash!(hash, D, M => {
        let keyed = <M as KeyInit>::new_from_slice(&password).map_err(|_| Refusal::Malformed)?;
        let size = <D as digest::Digest>::output_size();
        let mut salted = keyed.clone();
        absorb_all(account, hash, salt, |part| Mac::update(&mut salted, part)).await?;
        for (index, block) in key.chunks_mut(size).enumerate() {
            account.spend(price).await?;
            let mut first = salted.clone();
            Mac::update(&mut first, &(index as u32 + 1).to_be_bytes());
            let mut round = [0; MAX_DIGEST];
            let round = &mut round[..size];
            round.copy_from_slice(&first.finalize().into_bytes());
            let mut sum = [0; MAX_DIGEST];
            let sum = &mut sum[..size];
            sum.copy_from_slice(round);
            let mut left = iterations - 1;
            while left > 0 {
                let rounds = left.min(rounds_at_once);
                account.spend(price * u64::from(rounds)).await?;
                for _ in 0..rounds {
                    let mut mac = keyed.clone();
                    Mac::update(&mut mac, round);
                    round.copy_from_slice(&mac.finalize().into_bytes());
                    sum.iter_mut().zip(&*round).for_each(|(sum, byte)| *sum ^= byte);
                }
                left -= rounds;
            }
            block.copy_from_slice(&sum[..block.len()]);
        }
    });
    Ok(())
}

/// Of the longest digest there is.
const MAX_DIGEST: usize = 64;
