//! The fields of a request, one after the other (`wasm-runtimes/javascript/host-calls.md`).

use super::Refusal;

const MAX_DICTIONARY: usize = 1 << 20;

/// What is left of a request.
#[derive(Debug)]
pub struct Fields<'a> {
    left: &'a [u8],
}

impl<'a> Fields<'a> {
    pub fn of(request: &'a [u8]) -> Self {
        Self { left: request }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Refusal> {
        let (taken, left) = self
            .left
            .split_at_checked(count)
            .ok_or(Refusal::Malformed)?;
        self.left = left;
        Ok(taken)
    }

    pub fn u8(&mut self) -> Result<u8, Refusal> {
        Ok(self.take(1)?[0])
    }

    /// A field that is 0 or 1.
    pub fn flag(&mut self) -> Result<bool, Refusal> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Refusal::Malformed),
        }
    }

    pub fn u32(&mut self) -> Result<u32, Refusal> {
        let bytes = self.take(4)?.try_into().expect("four bytes were taken");
        Ok(u32::from_le_bytes(bytes))
    }

    /// A `u32` and so many bytes.
    pub fn counted(&mut self) -> Result<&'a [u8], Refusal> {
        let count = self.u32()?;
        self.take(count as usize)
    }

    /// The dictionary of a compression, which is summed up at once. No more than a window of it
    /// counts, 32 KiB.
    pub fn dictionary(&mut self) -> Result<&'a [u8], Refusal> {
        let dictionary = self.counted()?;
        if dictionary.len() > MAX_DICTIONARY {
            return Err(Refusal::TooLarge);
        }
        Ok(dictionary)
    }

    /// Everything to the end.
    pub fn rest(self) -> &'a [u8] {
        self.left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_in_order_and_a_short_request_is_malformed() {
        let mut fields = Fields::of(&[7, 1, 2, 0, 0, 0, b'a', b'b', b'c']);
        assert_eq!(fields.u8(), Ok(7));
        assert_eq!(fields.flag(), Ok(true));
        assert_eq!(fields.counted(), Ok(&b"ab"[..]));
        assert_eq!(fields.rest(), b"c");
        assert_eq!(Fields::of(&[]).u8(), Err(Refusal::Malformed));
        assert_eq!(Fields::of(&[2]).flag(), Err(Refusal::Malformed));
        assert_eq!(Fields::of(&[1, 2, 3]).u32(), Err(Refusal::Malformed));
        let too_many = [0xff, 0xff, 0xff, 0xff, 1];
        assert_eq!(Fields::of(&too_many).counted(), Err(Refusal::Malformed));
    }
}
