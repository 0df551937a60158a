//! AES in the modes CBC, CTR and ECB. The guest chains calls by the IV.

use aes::cipher::{
    Array, BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, KeyInit,
    KeyIvInit, StreamCipher, consts::U16,
};

use super::account::{Account, Buffer, piece};
use super::request::Fields;
use super::{Failure, Refusal, prices};

pub const BLOCK: usize = 16;

type Block = Array<u8, U16>;

/// Evaluates an expression with `$Aes` standing for the cipher of a key of that length.
macro_rules! with_aes {
    ($key:expr, $Aes:ident => $body:expr) => {{
        macro_rules! with {
            ($aes:ty) => {{
                type $Aes = $aes;
                $body
            }};
        }
        match $key.len() {
            16 => with!(aes::Aes128),
            24 => with!(aes::Aes192),
            32 => with!(aes::Aes256),
            _ => return Err($crate::wasm::services::Refusal::Malformed.into()),
        }
    }};
}
pub(super) use with_aes;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Cbc,
    Ctr,
    Ecb,
}

/// `u8` mode, `u8` direction, `u8` padding, `counted` key, `counted` IV, `rest` data: the text.
pub async fn convert(account: &mut impl Account, mut data: Buffer) -> Result<Buffer, Failure> {
    let mut fields = Fields::of(&data);
    let mode = match fields.u8()? {
        0 => Mode::Cbc,
        1 => Mode::Ctr,
        3 => Mode::Ecb,
        _ => return Err(Refusal::Malformed.into()),
    };
    let decrypt = fields.flag()?;
    let padding = fields.flag()? && mode != Mode::Ctr;
    let key = fields.counted()?;
    let iv = fields.counted()?;
    if iv.len() != if mode == Mode::Ecb { 0 } else { BLOCK } || key.len() > 32 {
        return Err(Refusal::Malformed.into());
    }
    let (key, iv) = (key.to_vec(), iv.to_vec());
    let head = data.len() - fields.rest().len();
    account.spend(prices::AES_KEY).await?;
    data.cut_front(head);
    let wrong = Refusal::Malformed;
    with_aes!(key, Aes => match (mode, decrypt) {
        (Mode::Ctr, _) => {
            let mut cipher = ctr::Ctr128BE::<Aes>::new_from_slices(&key, &iv).map_err(|_| wrong)?;
            bytes(account, &mut data, |part| cipher.apply_keystream(part)).await?;
        }
        (Mode::Cbc, false) => {
            pad(&mut data, padding)?;
            let mut cipher = cbc::Encryptor::<Aes>::new_from_slices(&key, &iv).map_err(|_| wrong)?;
            blocks(account, &mut data, |part| cipher.encrypt_blocks(part)).await?;
        }
        (Mode::Cbc, true) => {
            let mut cipher = cbc::Decryptor::<Aes>::new_from_slices(&key, &iv).map_err(|_| wrong)?;
            blocks(account, &mut data, |part| cipher.decrypt_blocks(part)).await?;
            unpad(&mut data, padding)?;
        }
        (Mode::Ecb, false) => {
            pad(&mut data, padding)?;
            let cipher = Aes::new_from_slice(&key).map_err(|_| wrong)?;
            blocks(account, &mut data, |part| cipher.encrypt_blocks(part)).await?;
        }
        (Mode::Ecb, true) => {
            let cipher = Aes::new_from_slice(&key).map_err(|_| wrong)?;
            blocks(account, &mut data, |part| cipher.decrypt_blocks(part)).await?;
            unpad(&mut data, padding)?;
        }
    });
    Ok(data)
}

async fn bytes(
    account: &mut impl Account,
    data: &mut [u8],
    mut convert: impl FnMut(&mut [u8]) + Send,
) -> Result<(), Failure> {
    for part in data.chunks_mut(piece(prices::AES_BYTE)) {
        account.spend(prices::AES_BYTE * part.len() as u64).await?;
        convert(part);
    }
    Ok(())
}

async fn blocks(
    account: &mut impl Account,
    data: &mut [u8],
    mut convert: impl FnMut(&mut [Block]) + Send,
) -> Result<(), Failure> {
    let (blocks, left) = Block::slice_as_chunks_mut(data);
    if !left.is_empty() {
        return Err(Refusal::BadData.into());
    }
    let price = prices::AES_BYTE * BLOCK as u64;
    for part in blocks.chunks_mut(piece(price)) {
        account.spend(price * part.len() as u64).await?;
        convert(part);
    }
    Ok(())
}

/// Appends PKCS #7's padding.
fn pad(data: &mut Buffer, padding: bool) -> Result<(), Refusal> {
    if padding {
        let count = BLOCK - data.len() % BLOCK;
        data.append(&[count as u8; BLOCK][..count])?;
    }
    Ok(())
}

fn unpad(data: &mut Buffer, padding: bool) -> Result<(), Refusal> {
    if !padding {
        return Ok(());
    }
    let count = usize::from(*data.last().ok_or(Refusal::BadData)?);
    if count == 0 || count > BLOCK || count > data.len() {
        return Err(Refusal::BadData);
    }
    let text = data.len() - count;
    if data[text..].iter().any(|byte| usize::from(*byte) != count) {
        return Err(Refusal::BadData);
    }
    data.resize(text)
}
