//! scrypt (RFC 7914). Written out, because the crate of that name computes the whole table at
//! once and a program would hold its worker for as long.

use super::account::{Account, Buffer, piece};
use super::hash::Hash;
use super::pbkdf2;
use super::request::Fields;
use super::{Failure, Refusal, prices};

/// The largest table.
const MAX_TABLE: u64 = 256 << 20;
/// The largest block size parameter; a row of the table is 128 times as long.
const MAX_R: u32 = 1024;
/// All lanes together.
const MAX_LANES: u64 = 16 << 20;

/// `u32` N, `u32` r, `u32` p, `u32` length, `counted` password, `rest` salt: the key.
pub async fn derive(account: &mut impl Account, request: &[u8]) -> Result<Buffer, Failure> {
    let mut fields = Fields::of(request);
    let (n, r, p, length) = (fields.u32()?, fields.u32()?, fields.u32()?, fields.u32()?);
    let password = fields.counted()?;
    let salt = fields.rest();
    if !n.is_power_of_two() || n < 2 || r == 0 || p == 0 {
        return Err(Refusal::Malformed.into());
    }
    let row = 128 * u64::from(r);
    if r > MAX_R
        || length > pbkdf2::MAX_KEY
        || u64::from(n) * row > MAX_TABLE
        || u64::from(p) * row > MAX_LANES
    {
        return Err(Refusal::TooLarge.into());
    }
    let row = row as usize;
    let mut lanes = account.buffer();
    lanes.resize(p as usize * row)?;
    pbkdf2::fill(account, Hash::Sha256, password, salt, 1, &mut lanes).await?;
    let words = (n as usize + 2) * row / 4;
    let memory = account.reserve(4 * words)?;
    let mut table = Vec::new();
    table
        .try_reserve_exact(words)
        .map_err(|_| Refusal::NoMemory)?;
    for lane in lanes.chunks_mut(row) {
        mix_lane(account, lane, n as usize, &mut table).await?;
    }
    drop(table);
    drop(memory);
    let mut key = account.buffer();
    key.resize(length as usize)?;
    pbkdf2::fill(account, Hash::Sha256, password, &lanes, 1, &mut key).await?;
    Ok(key)
}

/// `scryptROMix`. The table is filled row by row, so that it costs nothing before it is paid for;
/// behind it stand two rows to work in.
async fn mix_lane(
    account: &mut impl Account,
    lane: &mut [u8],
    n: usize,
    table: &mut Vec<u32>,
) -> Result<(), Failure> {
    let row = lane.len() / 4;
    let price = prices::SALSA * (lane.len() / 64) as u64;
    let steps_at_once = piece(price);
    table.clear();
    table.extend(
        lane.chunks_exact(4)
            .map(|word| u32::from_le_bytes(word.try_into().expect("four bytes"))),
    );
    for first in (0..n).step_by(steps_at_once) {
        let steps = steps_at_once.min(n - first);
        account.spend(price * steps as u64).await?;
        for step in first..first + steps {
            // Row n is the result of the last step, not part of the table.
            table.resize((step + 2) * row, 0);
            let (done, next) = table.split_at_mut((step + 1) * row);
            mix_blocks(&done[step * row..], next);
        }
    }
    table.resize((n + 2) * row, 0);
    let (table, work) = table.split_at_mut(n * row);
    let (mut current, mut other) = work.split_at_mut(row);
    for first in (0..n).step_by(steps_at_once) {
        let steps = steps_at_once.min(n - first);
        account.spend(price * steps as u64).await?;
        for _ in 0..steps {
            let chosen = current[row - 16] as usize & (n - 1);
            let chosen = &table[chosen * row..(chosen + 1) * row];
            current
                .iter_mut()
                .zip(chosen)
                .for_each(|(word, with)| *word ^= with);
            mix_blocks(current, other);
            std::mem::swap(&mut current, &mut other);
        }
    }
    for (bytes, word) in lane.chunks_exact_mut(4).zip(current.iter()) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    Ok(())
}

/// `scryptBlockMix`: the even blocks of the result come first, then the odd ones.
fn mix_blocks(from: &[u32], to: &mut [u32]) {
    let (blocks, _) = from.as_chunks::<16>();
    let (to, _) = to.as_chunks_mut::<16>();
    let half = to.len() / 2;
    let mut x = blocks[blocks.len() - 1];
    for (index, block) in blocks.iter().enumerate() {
        x.iter_mut()
            .zip(block)
            .for_each(|(word, with)| *word ^= with);
        salsa20_8(&mut x);
        to[index / 2 + index % 2 * half] = x;
    }
}

/// The core of Salsa20/8.
fn salsa20_8(block: &mut [u32; 16]) {
    fn quarter(x: &mut [u32; 16], a: usize, b: usize, c: usize, d: usize) {
        x[b] ^= x[a].wrapping_add(x[d]).rotate_left(7);
        x[c] ^= x[b].wrapping_add(x[a]).rotate_left(9);
        x[d] ^= x[c].wrapping_add(x[b]).rotate_left(13);
        x[a] ^= x[d].wrapping_add(x[c]).rotate_left(18);
    }
    let mut x = *block;
    for _ in 0..4 {
        quarter(&mut x, 0, 4, 8, 12);
        quarter(&mut x, 5, 9, 13, 1);
        quarter(&mut x, 10, 14, 2, 6);
        quarter(&mut x, 15, 3, 7, 11);
        quarter(&mut x, 0, 1, 2, 3);
        quarter(&mut x, 5, 6, 7, 4);
        quarter(&mut x, 10, 11, 8, 9);
        quarter(&mut x, 15, 12, 13, 14);
    }
    for (word, mixed) in block.iter_mut().zip(x) {
        *word = word.wrapping_add(mixed);
    }
}
