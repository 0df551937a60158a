//! DEFLATE and its wrappings, beside zlib's own answers.

use super::*;

pub(super) fn compressed(wrapping: u8, level: u8, dictionary: &[u8], data: &[u8]) -> Vec<u8> {
    ask(
        COMPRESS,
        &[&[wrapping, level, 15, 8, 0], &counted(dictionary), data],
    )
}

fn decompressed(wrapping: u8, dictionary: &[u8], data: &[u8]) -> Vec<u8> {
    let reply = ask(
        DECOMPRESS,
        &[
            &[wrapping, 15, 0],
            &number(1 << 30),
            &counted(dictionary),
            data,
        ],
    );
    assert_eq!(reply[..4], [0; 4], "{}", String::from_utf8_lossy(&reply));
    reply[4..].to_vec()
}

/// Text with structure, of any length.
pub(super) fn sample(length: usize) -> Vec<u8> {
    let words = [
        "node ", "sandbox ", "value=", "0x1f ", "\n", "the ", "quick ",
    ];
    let mut state = 1u32;
    let mut text = Vec::new();
    while text.len() < length {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.extend_from_slice(words[(state >> 16) as usize % words.len()].as_bytes());
    }
    text.truncate(length);
    text
}

#[test]
fn what_was_compressed_comes_back_at_every_level_and_wrapping() {
    for length in [0, 1, 100, 70_000, 1_000_000] {
        let text = sample(length);
        for level in 0..10 {
            for wrapping in 0..3 {
                let packed = compressed(wrapping, level, b"", &text);
                assert!(length < 100 || level == 0 || packed.len() < length);
                assert_eq!(decompressed(wrapping, b"", &packed), text);
            }
        }
    }
}

/// What node 20.20.2 (zlib 1.3.1-e00f703, x86-64) gives for "hello hello hello".
#[test]
fn compressed_data_is_that_of_node() {
    let text = b"hello hello hello";
    assert_eq!(compressed(0, 6, b"", text), hex("cb48cdc9c957c8409000"));
    assert_eq!(
        compressed(1, 6, b"", text),
        hex("789ccb48cdc9c957c84090003a2e067d")
    );
    assert_eq!(compressed(1, 9, b"", text)[..2], hex("78da"));
    let gzip = hex("1f8b0800000000000003cb48cdc9c957c84090008088f9e511000000");
    assert_eq!(compressed(2, 6, b"", text), gzip);
}

#[test]
fn dictionaries_serve_both_ways() {
    for wrapping in [0, 1] {
        let packed = compressed(wrapping, 6, b"hello world", b"hello world hello");
        assert_eq!(
            decompressed(wrapping, b"hello world", &packed),
            b"hello world hello"
        );
    }
    let packed = compressed(1, 6, b"hello world", b"hello world hello");
    let head = [&[1, 15, 0][..], &number(1 << 20)].concat();
    assert_eq!(
        refused(DECOMPRESS, &[&head, &number(0), &packed]),
        Refusal::NeedsDictionary
    );
    let reply = ask(DECOMPRESS, &[&head, &counted(b"other"), &packed]);
    assert_eq!(&reply[4..], b"Bad dictionary");
}

#[test]
fn damaged_data_is_called_what_zlib_calls_it() {
    let packed = compressed(2, 6, b"", b"some text");
    let word = |data: &[u8]| {
        let reply = ask(
            DECOMPRESS,
            &[&[2, 15, 0], &number(1 << 20), &number(0), data],
        );
        String::from_utf8(reply[4..].to_vec()).unwrap()
    };
    let mut wrong_sum = packed.clone();
    let end = wrong_sum.len();
    wrong_sum[end - 8] ^= 1;
    assert_eq!(word(&wrong_sum), "incorrect data check");
    assert_eq!(word(b"hello"), "incorrect header check");
    assert_eq!(
        word(&[&packed[..], b"junk"].concat()),
        "incorrect header check"
    );
    let two = decompressed(2, b"", &[&packed[..], &packed[..], &[0, 0]].concat());
    assert_eq!(two, b"some textsome text");
    let head = [&[2, 15, 0][..], &number(1 << 20), &number(0)].concat();
    assert_eq!(
        refused(DECOMPRESS, &[&head, &packed[..12]]),
        Refusal::Truncated
    );
}

#[test]
fn a_bomb_is_stopped_at_the_size_asked_for() {
    let packed = compressed(2, 9, b"", &vec![0; 10_000_000]);
    let bound = [&[2, 15, 0][..], &number(1_000_000), &number(0)].concat();
    assert_eq!(refused(DECOMPRESS, &[&bound, &packed]), Refusal::TooLarge);
    let mut purse = Purse::with(PLENTY, 3_000_000);
    let request = [&[2, 15, 0][..], &number(u32::MAX), &number(0), &packed].concat();
    let reply = purse.ask(DECOMPRESS, &request);
    assert_eq!(reply, Err(Failure::Refused(Refusal::NoMemory)));
    assert!(purse.is_whole(3_000_000));
}
