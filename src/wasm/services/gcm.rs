//! AES-GCM (NIST SP 800-38D), put together from the counter mode and GHASH so that a text may
//! come in parts and an IV have any length. Between the parts the guest holds the state.
//!
//! The text of a part is given out before the tag is checked, as Node does; it is the guest that
//! compares tags.

use aes::cipher::{BlockCipherEncrypt, KeyInit, KeyIvInit, StreamCipher};
use ghash::universal_hash::UniversalHash;
use ghash::{Block, GHash};

use super::account::{Account, Buffer, piece};
use super::aes::{BLOCK, with_aes};
use super::request::Fields;
use super::{Failure, Refusal, prices};

/// The state between two parts: GHASH's value, the lengths of the additional data and of the
/// text so far, and the last bytes of the encrypted text that do not fill a block.
const STATE: usize = BLOCK + 8 + 8 + BLOCK;

/// Encrypted and authenticated at a time.
const PORTION: usize = 8 << 10;

/// `u8` direction, `u8` whether the text ends here, `counted` key, `counted` IV, `counted` state,
/// `counted` additional data, `rest` data: the state, or at the end the tag; then the text.
pub async fn convert(account: &mut impl Account, request: &[u8]) -> Result<Buffer, Failure> {
    let mut fields = Fields::of(request);
    let decrypt = fields.flag()?;
    let end = fields.flag()?;
    let key = fields.counted()?;
    let iv = fields.counted()?;
    let state = fields.counted()?;
    let additional = fields.counted()?;
    let text = fields.rest();
    if iv.is_empty() || (!state.is_empty() && !additional.is_empty()) {
        return Err(Refusal::Malformed.into());
    }
    account.spend(2 * prices::AES_KEY).await?;
    let mut reply = account.buffer();
    let head = if end { BLOCK } else { STATE };
    reply.resize(head)?;
    reply.reserve(text.len())?;
    with_aes!(key, Aes => {
        let cipher = Aes::new_from_slice(key).map_err(|_| Refusal::Malformed)?;
        let mut subkey = Block::default();
        cipher.encrypt_block(&mut subkey);
        let first = first_counter(account, &subkey, iv).await?;
        let mut sum = if state.is_empty() {
            let mut sum = Authenticator::new(&subkey);
            sum.absorb_paid(account, additional).await?;
            sum.additional = additional.len() as u64;
            sum.fill_block();
            sum
        } else {
            Authenticator::resume(&subkey, state)?
        };
        let mut keystream = keystream::<Aes>(key, first, sum.text)?;
        for part in text.chunks(piece(prices::GCM_BYTE)) {
            account.spend(prices::GCM_BYTE * part.len() as u64).await?;
            let start = reply.len();
            reply.append(part)?;
            let part = &mut reply[start..];
            // In portions that stay in the first cache between the two.
            for portion in part.chunks_mut(PORTION) {
                if decrypt {
                    sum.absorb(portion);
                    keystream.apply_keystream(portion);
                } else {
                    keystream.apply_keystream(portion);
                    sum.absorb(portion);
                }
            }
        }
        sum.text = sum.text.checked_add(text.len() as u64).ok_or(Refusal::Malformed)?;
        if end {
            let mut mask = Block::from(first);
            cipher.encrypt_block(&mut mask);
            let tag = sum.finish()?;
            reply.iter_mut().zip(tag).zip(mask).for_each(|((to, tag), mask)| *to = tag ^ mask);
        } else {
            sum.save(&mut reply[..head]);
        }
    });
    Ok(reply)
}

/// The counter block that masks the tag; the text's follow it.
async fn first_counter(
    account: &mut impl Account,
    subkey: &Block,
    iv: &[u8],
) -> Result<[u8; BLOCK], Failure> {
    let mut block = [0; BLOCK];
    if iv.len() == 12 {
        block[..12].copy_from_slice(iv);
        block[15] = 1;
        return Ok(block);
    }
    let mut sum = Authenticator::new(subkey);
    sum.absorb_paid(account, iv).await?;
    sum.fill_block();
    sum.text = iv.len() as u64;
    Ok(sum.finish()?)
}

/// The key stream for a text from its byte `at` on.
fn keystream<Aes>(key: &[u8], first: [u8; BLOCK], at: u64) -> Result<ctr::Ctr32BE<Aes>, Refusal>
where
    Aes: BlockCipherEncrypt
        + KeyInit
        + aes::cipher::BlockSizeUser<BlockSize = aes::cipher::consts::U16>,
{
    let mut counter = first;
    let number = u32::from_be_bytes(first[12..].try_into().expect("four bytes"));
    let number = number
        .wrapping_add(1)
        .wrapping_add((at / BLOCK as u64) as u32);
    counter[12..].copy_from_slice(&number.to_be_bytes());
    let mut keystream =
        ctr::Ctr32BE::<Aes>::new_from_slices(key, &counter).map_err(|_| Refusal::Malformed)?;
    let mut used = [0; BLOCK];
    keystream.apply_keystream(&mut used[..(at % BLOCK as u64) as usize]);
    Ok(keystream)
}

/// GHASH over additional data and encrypted text that come in parts.
struct Authenticator {
    ghash: GHash,
    /// What GHASH stood at when the state was saved, still to be added to the next block.
    before: [u8; BLOCK],
    /// Whether `before` was added, and `ghash` holds the value.
    begun: bool,
    partial: [u8; BLOCK],
    partial_len: usize,
    additional: u64,
    text: u64,
}

impl Authenticator {
    fn new(subkey: &Block) -> Self {
        Self {
            ghash: GHash::new(subkey),
            before: [0; BLOCK],
            begun: false,
            partial: [0; BLOCK],
            partial_len: 0,
            additional: 0,
            text: 0,
        }
    }

    fn resume(subkey: &Block, state: &[u8]) -> Result<Self, Refusal> {
        let state: &[u8; STATE] = state.try_into().map_err(|_| Refusal::Malformed)?;
        let (before, rest) = state.split_at(BLOCK);
        let (additional, rest) = rest.split_at(8);
        let (text, partial) = rest.split_at(8);
        let number = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
        let text = number(text);
        Ok(Self {
            before: before.try_into().expect("a block"),
            partial: partial.try_into().expect("a block"),
            partial_len: (text % BLOCK as u64) as usize,
            additional: number(additional),
            text,
            ..Self::new(subkey)
        })
    }

    fn save(&self, to: &mut [u8]) {
        let (value, rest) = to.split_at_mut(BLOCK);
        let (additional, rest) = rest.split_at_mut(8);
        let (text, partial) = rest.split_at_mut(8);
        value.copy_from_slice(&self.value());
        additional.copy_from_slice(&self.additional.to_le_bytes());
        text.copy_from_slice(&self.text.to_le_bytes());
        partial.copy_from_slice(&self.partial);
    }

    fn value(&self) -> [u8; BLOCK] {
        if self.begun {
            self.ghash.clone().finalize().into()
        } else {
            self.before
        }
    }

    async fn absorb_paid(
        &mut self,
        account: &mut impl Account,
        data: &[u8],
    ) -> Result<(), Failure> {
        for part in data.chunks(piece(prices::GCM_BYTE)) {
            account.spend(prices::GCM_BYTE * part.len() as u64).await?;
            self.absorb(part);
        }
        Ok(())
    }

    fn absorb(&mut self, mut data: &[u8]) {
        if self.partial_len > 0 {
            let count = data.len().min(BLOCK - self.partial_len);
            let (now, later) = data.split_at(count);
            self.partial[self.partial_len..][..count].copy_from_slice(now);
            self.partial_len += count;
            data = later;
            if self.partial_len < BLOCK {
                return;
            }
            self.fill_block();
        }
        let (mut blocks, left) = Block::slice_as_chunks(data);
        if let (false, Some((first, rest))) = (self.begun, blocks.split_first()) {
            self.absorb_block((*first).into());
            blocks = rest;
        }
        self.ghash.update(blocks);
        self.partial[..left.len()].copy_from_slice(left);
        self.partial_len = left.len();
    }

    /// Fills what is there up to a block with zeros.
    fn fill_block(&mut self) {
        if self.partial_len > 0 {
            self.partial[self.partial_len..].fill(0);
            self.partial_len = 0;
            self.absorb_block(self.partial);
        }
    }

    fn absorb_block(&mut self, mut block: [u8; BLOCK]) {
        if !self.begun {
            block
                .iter_mut()
                .zip(self.before)
                .for_each(|(byte, before)| *byte ^= before);
            self.begun = true;
        }
        self.ghash.update(&[block.into()]);
    }

    /// Absorbs the lengths.
    fn finish(mut self) -> Result<[u8; BLOCK], Refusal> {
        self.fill_block();
        let bits = |bytes: u64| bytes.checked_mul(8).ok_or(Refusal::Malformed);
        let mut lengths = [0; BLOCK];
        lengths[..8].copy_from_slice(&bits(self.additional)?.to_be_bytes());
        lengths[8..].copy_from_slice(&bits(self.text)?.to_be_bytes());
        self.absorb_block(lengths);
        Ok(self.value())
    }
}
