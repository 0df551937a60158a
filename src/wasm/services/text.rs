//! Text in the encodings of the web (WHATWG's Encoding Standard), for `TextDecoder`. The guest
//! does UTF-8 and UTF-16 itself.

use encoding_rs::{CoderResult, Decoder, DecoderResult, Encoding, ISO_2022_JP};

use super::account::{Account, Buffer, piece};
use super::request::Fields;
use super::{Failure, Refusal, prices};

/// The longest label in use has 19 letters.
const MAX_LABEL: usize = 64;
/// The most bytes of a character that can be waited for: three of GB 18030's four.
const MAX_HELD: usize = 3;

fn labelled(label: &[u8]) -> Result<&'static Encoding, Refusal> {
    if label.len() > MAX_LABEL {
        return Err(Refusal::BadData);
    }
    Encoding::for_label(label).ok_or(Refusal::BadData)
}

/// `rest` label: the name of its encoding.
pub fn encoding(account: &impl Account, request: &[u8]) -> Result<Buffer, Failure> {
    let encoding = labelled(request)?;
    let mut reply = account.buffer();
    reply.append(encoding.name().to_ascii_lowercase().as_bytes())?;
    Ok(reply)
}

/// `u8` whether malformed text is an error, `u8` whether more follows, `counted` label, `rest`
/// data: `u8` number of bytes at the end that begin a character, `rest` the text before them in
/// UTF-16LE.
pub async fn decode(account: &mut impl Account, request: &[u8]) -> Result<Buffer, Failure> {
    let mut fields = Fields::of(request);
    let fatal = fields.flag()?;
    let more = fields.flag()?;
    let encoding = labelled(fields.counted()?)?;
    let data = fields.rest();
    if !more {
        return decode_all(account, encoding, data, fatal)
            .await
            .map(|decoded| decoded.text);
    }
    // Between parts it would have to remember which set of characters was chosen.
    if encoding == ISO_2022_JP {
        return Err(Refusal::Malformed.into());
    }
    // No decoder says what it waits for: hold back bytes until it waits for none.
    let most = data.len().min(MAX_HELD);
    for held in 0..=most {
        let complete = &data[..data.len() - held];
        match decode_all(account, encoding, complete, fatal).await {
            Ok(decoded) if decoded.complete || held == most => {
                let mut text = decoded.text;
                text[0] = held as u8;
                return Ok(text);
            }
            Err(Failure::Refused(Refusal::BadData)) if held < most => {}
            Ok(_) => {}
            Err(failure) => return Err(failure),
        }
    }
    Err(Refusal::BadData.into())
}

struct Decoded {
    /// The reply.
    text: Buffer,
    /// The data did not end within a character.
    complete: bool,
}

async fn decode_all(
    account: &mut impl Account,
    encoding: &'static Encoding,
    data: &[u8],
    fatal: bool,
) -> Result<Decoded, Failure> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = account.buffer();
    text.resize(1)?;
    let mut units = [0; 1024];
    for part in data.chunks(piece(prices::TEXT_BYTE)) {
        account.spend(prices::TEXT_BYTE * part.len() as u64).await?;
        decode_part(&mut decoder, part, false, fatal, &mut units, &mut text)?;
    }
    let before = text.len();
    decode_part(&mut decoder, &[], true, fatal, &mut units, &mut text)?;
    let complete = text.len() == before;
    Ok(Decoded { text, complete })
}

fn decode_part(
    decoder: &mut Decoder,
    mut part: &[u8],
    last: bool,
    fatal: bool,
    units: &mut [u16; 1024],
    text: &mut Buffer,
) -> Result<(), Refusal> {
    loop {
        let (done, read, written) = if fatal {
            let (result, read, written) =
                decoder.decode_to_utf16_without_replacement(part, units, last);
            match result {
                DecoderResult::Malformed(..) => return Err(Refusal::BadData),
                result => (result == DecoderResult::InputEmpty, read, written),
            }
        } else {
            let (result, read, written, _) = decoder.decode_to_utf16(part, units, last);
            (result == CoderResult::InputEmpty, read, written)
        };
        text.reserve(2 * written)?;
        for unit in &units[..written] {
            text.append(&unit.to_le_bytes())?;
        }
        if done {
            return Ok(());
        }
        part = &part[read..];
    }
}
