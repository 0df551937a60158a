//! Services against published vectors, and against requests that no guest of ours would send.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::super::budget::{MemoryBudget, Share};
use super::super::state::{SLICE, Stop};
use super::account::{Account, Buffer};
use super::{Failure, Refusal, answer};
use crate::program::LimitReached;

/// An account outside of any run.
struct Purse {
    budget: Arc<MemoryBudget>,
    fuel: u64,
    /// The largest sum paid at once.
    largest: u64,
}

impl Purse {
    fn with(fuel: u64, memory: u64) -> Self {
        Self {
            budget: Arc::new(MemoryBudget::new(memory)),
            fuel,
            largest: 0,
        }
    }

    fn ask(&mut self, operation: u32, request: &[u8]) -> Result<Vec<u8>, Failure> {
        let mut buffer = self.buffer();
        buffer.append(request)?;
        let reply: Buffer = now(answer(self, operation, buffer))?;
        Ok(reply.to_vec())
    }

    /// Whether all memory came back.
    fn is_whole(&self, memory: u64) -> bool {
        Share::of(&self.budget).take(memory)
    }
}

impl Account for Purse {
    async fn spend(&mut self, fuel: u64) -> Result<(), Stop> {
        self.largest = self.largest.max(fuel);
        let left = self.fuel.checked_sub(fuel);
        self.fuel = left.ok_or(Stop::Limit(LimitReached::Fuel))?;
        Ok(())
    }

    fn share(&self) -> Share {
        Share::of(&self.budget)
    }
}

/// What a future gives that waits for nothing.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("waits for something"),
    }
}

const PLENTY: u64 = 1 << 40;

fn ask(operation: u32, request: &[&[u8]]) -> Vec<u8> {
    let mut purse = Purse::with(PLENTY, PLENTY);
    let reply = purse.ask(operation, &request.concat());
    reply.expect("the request is good")
}

fn refused(operation: u32, request: &[&[u8]]) -> Refusal {
    let mut purse = Purse::with(PLENTY, PLENTY);
    match purse.ask(operation, &request.concat()) {
        Err(Failure::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn counted(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_le_bytes(), bytes].concat()
}

fn number(value: u32) -> [u8; 4] {
    value.to_le_bytes()
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pairs = digits
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

const DIGEST: u32 = 1;
const HMAC: u32 = 2;
const PBKDF2: u32 = 3;
const SCRYPT: u32 = 4;
const AES: u32 = 5;
const COMPRESS: u32 = 6;
const DECOMPRESS: u32 = 7;
const ABSORB: u32 = 8;
const GCM: u32 = 9;
const ENCODING: u32 = 10;
const DECODE: u32 = 11;
const CRC32: u32 = 12;

/// Of "abc", by number. RFC 1321, RFC 3174, FIPS 180-4 and 202 (NIST's examples), RIPEMD-160's page.
const ABC: [&str; 13] = [
    "900150983cd24fb0d6963f7d28e17f72",
    "a9993e364706816aba3e25717850c26c9cd0d89d",
    "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
     2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa",
    "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
    "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf",
    "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
    "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25",
    "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e\
     10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
    "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc",
];

#[test]
fn digests_are_those_of_the_standards_whole_and_in_parts() {
    for (hash, expected) in (0u8..).zip(ABC) {
        let whole = ask(DIGEST, &[&[hash], &number(0), b"abc"]);
        assert_eq!(whole, hex(expected), "hash {hash}");
        let mut state = Vec::new();
        for part in [b"a", b"b"] {
            state = ask(ABSORB, &[&[hash], &counted(&state), part]);
        }
        let in_parts = ask(DIGEST, &[&[hash], &counted(&state), b"c"]);
        assert_eq!(in_parts, hex(expected), "hash {hash} in parts");
    }
}

#[test]
fn a_long_text_in_parts_of_any_length_has_the_same_digest() {
    let text: Vec<u8> = (0..5000u32).map(|i| ((i * 7) >> 3) as u8).collect();
    for hash in 0..13u8 {
        let whole = ask(DIGEST, &[&[hash], &number(0), &text]);
        let mut state = Vec::new();
        let mut left = &text[..];
        for length in [1, 62, 64, 65, 127, 128, 1000, 136] {
            let (part, rest) = left.split_at(length);
            state = ask(ABSORB, &[&[hash], &counted(&state), part]);
            left = rest;
        }
        assert_eq!(
            ask(DIGEST, &[&[hash], &counted(&state), left]),
            whole,
            "hash {hash}"
        );
    }
}

#[test]
fn states_that_no_hash_left_are_refused() {
    for hash in 0..13u8 {
        let state = ask(ABSORB, &[&[hash], &number(0), b"abc"]);
        let short = counted(&state[1..]);
        assert_eq!(refused(DIGEST, &[&[hash], &short]), Refusal::Malformed);
        // The number of bytes that wait for a block stands at the end of most states.
        let wrong = counted(&vec![0xff; state.len()]);
        assert_eq!(
            refused(DIGEST, &[&[hash], &wrong]),
            Refusal::Malformed,
            "hash {hash}"
        );
    }
    assert_eq!(refused(DIGEST, &[&[13], &number(0)]), Refusal::Malformed);
}

#[test]
fn hmac_is_that_of_rfc_4231() {
    let code = |hash: u8, key: &[u8], data: &[u8]| ask(HMAC, &[&[hash], &counted(key), data]);
    let data = b"what do ya want for nothing?";
    let sha256 = hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_eq!(code(3, b"Jefe", data), sha256);
    let sha512 = hex(
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
         9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
    );
    assert_eq!(code(5, b"Jefe", data), sha512);
    // A key longer than a block.
    let long = b"Test Using Larger Than Block-Size Key - Hash Key First";
    let expected = hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    assert_eq!(code(3, &[0xaa; 131], long), expected);
    // RFC 2202.
    let md5 = hex("750c783e6ab0b503eaa86e310a5db738");
    assert_eq!(code(0, b"Jefe", data), md5);
    // NIST's example of HMAC with SHA3-256 and a key shorter than a block.
    let key: Vec<u8> = (0..32).collect();
    let text = b"Sample message for keylen<blocklen";
    let sha3 = hex("4fe8e202c4f058e8dddc23d8c34e467343e23555e24fc2f025d598f558f67205");
    assert_eq!(code(9, &key, text), sha3);
}

#[test]
fn pbkdf2_is_that_of_rfc_6070_and_7914() {
    let key = |hash: u8, password: &[u8], salt: &[u8], iterations: u32, length: u32| {
        let request = [&[hash][..], &number(iterations), &number(length)].concat();
        ask(PBKDF2, &[&request, &counted(password), salt])
    };
    let once = hex("0c60c80f961f0e71f3a9b524af6012062fe037a6");
    assert_eq!(key(1, b"password", b"salt", 1, 20), once);
    let often = hex("4b007901b765489abead49d926f721d065a429c1");
    assert_eq!(key(1, b"password", b"salt", 4096, 20), often);
    let long = hex("3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038");
    let (password, salt) = (
        b"passwordPASSWORDpassword",
        b"saltSALTsaltSALTsaltSALTsaltSALTsalt",
    );
    assert_eq!(key(1, password, salt, 4096, 25), long);
    let sha256 = hex(
        "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56\
         a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d",
    );
    assert_eq!(key(3, b"Password", b"NaCl", 80000, 64), sha256);
    assert_eq!(key(3, b"x", b"y", 1, 0), b"");
}

#[test]
fn scrypt_is_that_of_rfc_7914() {
    let key = |password: &[u8], salt: &[u8], n: u32, r: u32, p: u32| {
        let request = [number(n), number(r), number(p), number(64)].concat();
        ask(SCRYPT, &[&request, &counted(password), salt])
    };
    let smallest = hex(
        "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442\
         fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906",
    );
    assert_eq!(key(b"", b"", 16, 1, 1), smallest);
    let wide = hex(
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162\
         2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
    );
    assert_eq!(key(b"password", b"NaCl", 1024, 8, 16), wide);
    let deep = hex(
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2\
         d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
    );
    assert_eq!(key(b"pleaseletmein", b"SodiumChloride", 16384, 8, 1), deep);
}

#[test]
fn aes_is_that_of_nist_sp_800_38a() {
    let plain = hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
    let key128 = hex("2b7e151628aed2a6abf7158809cf4f3c");
    let key256 = hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
    let iv: Vec<u8> = (0..16).collect();
    let counter: Vec<u8> = (0xf0..=0xff).collect();
    let cases = [
        (
            0,
            &key128,
            &iv[..],
            "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2",
        ),
        (
            0,
            &key256,
            &iv,
            "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d",
        ),
        (
            1,
            &key128,
            &counter,
            "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff",
        ),
        (
            3,
            &key256,
            &[],
            "f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870",
        ),
    ];
    for (mode, key, iv, expected) in cases {
        let fields = [counted(key), counted(iv)].concat();
        let encrypted = ask(AES, &[&[mode, 0, 0], &fields, &plain]);
        assert_eq!(encrypted, hex(expected), "mode {mode}");
        assert_eq!(
            ask(AES, &[&[mode, 1, 0], &fields, &encrypted]),
            plain,
            "mode {mode}"
        );
    }
}

#[test]
fn padding_is_added_taken_off_and_checked() {
    let fields = [counted(&[7; 24]), counted(&[9; 16])].concat();
    for length in 0..33 {
        let text = vec![b'x'; length];
        let encrypted = ask(AES, &[&[0, 0, 1], &fields, &text]);
        assert_eq!(encrypted.len(), (length / 16 + 1) * 16);
        assert_eq!(ask(AES, &[&[0, 1, 1], &fields, &encrypted]), text);
    }
    assert_eq!(refused(AES, &[&[0, 0, 0], &fields, b"x"]), Refusal::BadData);
    assert_eq!(
        refused(AES, &[&[0, 1, 1], &fields, &[0; 16]]),
        Refusal::BadData
    );
    assert_eq!(refused(AES, &[&[0, 1, 1], &fields]), Refusal::BadData);
}

/// One text through GCM in parts of those lengths; the text and the tag.
fn gcm(
    decrypt: u8,
    key: &[u8],
    iv: &[u8],
    extra: &[u8],
    text: &[u8],
    parts: &[usize],
) -> (Vec<u8>, Vec<u8>) {
    let key_and_iv = [counted(key), counted(iv)].concat();
    let mut state = Vec::new();
    let mut out = Vec::new();
    let mut left = text;
    let mut extra = extra;
    for length in parts {
        let (part, rest) = left.split_at(*length);
        let fields = [counted(&state), counted(extra)].concat();
        let reply = ask(GCM, &[&[decrypt, 0], &key_and_iv, &fields, part]);
        state = reply[..48].to_vec();
        out.extend_from_slice(&reply[48..]);
        left = rest;
        extra = &[];
    }
    let fields = [counted(&state), counted(extra)].concat();
    let reply = ask(GCM, &[&[decrypt, 1], &key_and_iv, &fields, left]);
    out.extend_from_slice(&reply[16..]);
    (out, reply[..16].to_vec())
}

/// Test cases 4, 6 and 16 of "The Galois/Counter Mode of Operation" (McGrew and Viega), which
/// NIST SP 800-38D refers to: two key sizes, an IV of 12 bytes and one of 60.
#[test]
fn gcm_is_that_of_the_specification_in_any_parts() {
    let text = hex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
         1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    );
    let extra = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    let key = hex("feffe9928665731c6d6a8f9467308308");
    let long_key = [key.clone(), key.clone()].concat();
    let long_iv = hex(
        "9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728\
         c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b",
    );
    let short_iv = hex("cafebabefacedbaddecaf888");
    let cases = [
        (
            &key,
            &short_iv,
            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e\
                           21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
            "5bc94fbc3221a5db94fae95ae7121a47",
        ),
        (
            &key,
            &long_iv,
            "8ce24998625615b603a033aca13fb894be9112a5c3a211a8ba262a3cca7e2ca7\
                          01e4a9a4fba43c90ccdcb281d48c7c6fd62875d2aca417034c34aee5",
            "619cc5aefffe0bfa462af43c1699d050",
        ),
        (
            &long_key,
            &short_iv,
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
                                8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            "76fc6ece0f4e1768cddf8853bb2d551b",
        ),
    ];
    for (key, iv, encrypted, tag) in cases {
        for parts in [
            &[][..],
            &[0],
            &[1, 15, 16],
            &[5, 5, 5, 5, 5],
            &[17, 32],
            &[60],
        ] {
            let expected = (hex(encrypted), hex(tag));
            assert_eq!(gcm(0, key, iv, &extra, &text, parts), expected, "{parts:?}");
            let expected = (text.clone(), hex(tag));
            assert_eq!(
                gcm(1, key, iv, &extra, &hex(encrypted), parts),
                expected,
                "{parts:?}"
            );
        }
    }
}

fn compressed(wrapping: u8, level: u8, dictionary: &[u8], data: &[u8]) -> Vec<u8> {
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
fn sample(length: usize) -> Vec<u8> {
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

fn text_of(reply: &[u8]) -> String {
    let units: Vec<u16> = reply[1..]
        .chunks(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    String::from_utf16(&units).unwrap()
}

#[test]
fn legacy_text_is_decoded_and_cut_only_between_characters() {
    let decode = |label: &str, more: u8, data: &[u8]| {
        ask(DECODE, &[&[0, more], &counted(label.as_bytes()), data])
    };
    assert_eq!(ask(ENCODING, &[b" SJIS "]), b"shift_jis");
    assert_eq!(refused(ENCODING, &[b"no such"]), Refusal::BadData);
    assert_eq!(text_of(&decode("gbk", 0, &hex("c4e3bac3"))), "你好");
    assert_eq!(text_of(&decode("big5", 0, &hex("a741a66e"))), "你好");
    assert_eq!(
        text_of(&decode("koi8-r", 0, &hex("d0d2c9d7c5d4"))),
        "привет"
    );
    for (bytes, text, held) in [("c4e3ba", "你", 1), ("c4e3bac3", "你好", 0), ("41", "A", 0)] {
        let reply = decode("gbk", 1, &hex(bytes));
        assert_eq!((text_of(&reply), reply[0]), (text.to_owned(), held));
    }
    let reply = decode("gb18030", 1, &hex("41813081"));
    assert_eq!((text_of(&reply), reply[0]), ("A".to_owned(), 3));
    let wrong = [&[1, 0][..], &counted(b"gbk"), &[0xff]].concat();
    assert_eq!(refused(DECODE, &[&wrong]), Refusal::BadData);
}

#[test]
fn check_sums_continue() {
    // The check value of CRC-32 in RFC 3720's and others' tables.
    let sum = ask(CRC32, &[&number(0), b"123456789"]);
    assert_eq!(sum, 0xcbf4_3926u32.to_le_bytes());
    let first = ask(CRC32, &[&number(0), b"1234"]);
    assert_eq!(ask(CRC32, &[&first, b"56789"]), sum);
}

/// Requests that take long.
fn long_requests() -> Vec<(u32, Vec<u8>)> {
    let megabytes = vec![b'x'; 4 << 20];
    let key_and_iv = [counted(&[1; 32]), counted(&[2; 16])].concat();
    let scrypt = [number(1 << 14), number(8), number(4), number(32)].concat();
    let pbkdf2 = [&[5][..], &number(100_000), &number(64)].concat();
    let packed = compressed(2, 6, b"", &megabytes);
    vec![
        (DIGEST, [&[11][..], &number(0), &megabytes].concat()),
        (HMAC, [&[0][..], &counted(&megabytes), b"x"].concat()),
        (
            PBKDF2,
            [pbkdf2, counted(b"password"), b"salt".to_vec()].concat(),
        ),
        (
            SCRYPT,
            [scrypt, counted(b"password"), b"salt".to_vec()].concat(),
        ),
        (AES, [&[0, 0, 1][..], &key_and_iv, &megabytes].concat()),
        (
            GCM,
            [&[0, 1][..], &key_and_iv, &[0; 8], &megabytes].concat(),
        ),
        (
            COMPRESS,
            [&[2, 9, 15, 8, 0][..], &number(0), &megabytes].concat(),
        ),
        (
            DECOMPRESS,
            [&[2, 15, 0][..], &number(1 << 30), &number(0), &packed].concat(),
        ),
        (DECODE, [&[0, 0][..], &counted(b"gbk"), &megabytes].concat()),
    ]
}

#[test]
fn long_work_is_paid_for_in_pieces_and_ends_with_the_fuel() {
    for (operation, request) in long_requests() {
        let mut purse = Purse::with(PLENTY, PLENTY);
        purse.ask(operation, &request).expect("a good request");
        let price = PLENTY - purse.fuel;
        assert!(price > 2 * SLICE, "operation {operation} costs {price}");
        assert!(
            purse.largest <= SLICE,
            "operation {operation} pays {}",
            purse.largest
        );
        assert!(purse.is_whole(PLENTY));
        let mut poor = Purse::with(price - 1, PLENTY);
        let reply = poor.ask(operation, &request);
        let out_of_fuel = Failure::Stopped(Stop::Limit(LimitReached::Fuel));
        assert_eq!(reply, Err(out_of_fuel), "operation {operation}");
        assert!(poor.is_whole(PLENTY));
    }
}

#[test]
fn memory_is_taken_from_the_budget_and_comes_back() {
    for (operation, request) in long_requests() {
        let memory = request.len() as u64 + 1000;
        let mut purse = Purse::with(PLENTY, memory);
        let reply = purse.ask(operation, &request);
        // Some replies are small, or written over the request.
        assert!(
            matches!(reply, Ok(_) | Err(Failure::Refused(Refusal::NoMemory))),
            "operation {operation}: {reply:?}"
        );
        assert!(purse.is_whole(memory), "operation {operation}");
    }
    let mut purse = Purse::with(PLENTY, 16 << 20);
    let request = [number(1 << 14), number(8), number(1), number(32), number(0)].concat();
    let reply = purse.ask(SCRYPT, &request);
    assert_eq!(reply, Err(Failure::Refused(Refusal::NoMemory)));
}

#[test]
fn sizes_beyond_the_limits_are_refused() {
    let key = |length| [&[3][..], &number(1), &number(length), &number(0)].concat();
    assert_eq!(refused(PBKDF2, &[&key((1 << 20) + 1)]), Refusal::TooLarge);
    let dictionary = counted(&vec![0; (1 << 20) + 1]);
    let request = [&[1, 6, 15, 8, 0], &dictionary[..]].concat();
    assert_eq!(refused(COMPRESS, &[&request]), Refusal::TooLarge);
    let table =
        |n: u32, r: u32, p: u32| [number(n), number(r), number(p), number(1), number(0)].concat();
    for (n, r, p) in [
        (1 << 30, 8, 1),
        (2, 2000, 1),
        (2, 1, u32::MAX),
        (2, 1024, 1 << 8),
    ] {
        assert_eq!(refused(SCRYPT, &[&table(n, r, p)]), Refusal::TooLarge);
    }
    for (n, r, p) in [(0, 8, 1), (3, 8, 1), (1, 8, 1), (2, 0, 1), (2, 8, 0)] {
        assert_eq!(refused(SCRYPT, &[&table(n, r, p)]), Refusal::Malformed);
    }
}

/// Random requests, and good ones with random changes: none makes a service panic, pay too much at
/// once or keep memory.
#[test]
fn no_request_breaks_a_service() {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let good: Vec<(u32, Vec<u8>)> = vec![
        (DIGEST, [&[3][..], &number(0), b"some data"].concat()),
        (
            ABSORB,
            [
                vec![9],
                counted(&ask(ABSORB, &[&[9], &number(0), b"x"])),
                b"y".to_vec(),
            ]
            .concat(),
        ),
        (HMAC, [&[5][..], &counted(b"key"), b"some data"].concat()),
        (
            PBKDF2,
            [&[1][..], &number(2), &number(40), &counted(b"pw"), b"salt"].concat(),
        ),
        (
            SCRYPT,
            [number(16), number(1), number(1), number(9), number(0)].concat(),
        ),
        (
            AES,
            [
                &[0, 1, 1][..],
                &counted(&[1; 16]),
                &counted(&[2; 16]),
                &[5; 32],
            ]
            .concat(),
        ),
        (
            GCM,
            [
                &[0, 0][..],
                &counted(&[1; 16]),
                &counted(&[2; 12]),
                &counted(&[7; 48]),
                &number(0),
                b"text",
            ]
            .concat(),
        ),
        (
            COMPRESS,
            [
                &[1, 6, 15, 8, 0][..],
                &counted(b"dictionary"),
                b"some data some data",
            ]
            .concat(),
        ),
        (
            DECOMPRESS,
            [
                &[2, 15, 0][..],
                &number(1 << 16),
                &number(0),
                &compressed(2, 6, b"", &sample(300)),
            ]
            .concat(),
        ),
        (
            DECODE,
            [
                &[0, 1][..],
                &counted(b"gb18030"),
                &hex("813081308130c4e3bac3"),
            ]
            .concat(),
        ),
        (ENCODING, b"latin1".to_vec()),
        (CRC32, [&number(7)[..], b"123"].concat()),
    ];
    let mut refusals = 0;
    let mut replies = 0;
    for round in 0..20_000usize {
        let (operation, mut request) = good[round % good.len()].clone();
        for _ in 0..random() % 4 {
            let at = random() as usize % request.len();
            request[at] = match random() % 4 {
                0 => 0,
                1 => 0xff,
                2 => request[at].wrapping_add(1),
                _ => random() as u8,
            };
        }
        if random() % 8 == 0 {
            request.truncate(random() as usize % request.len());
        }
        let operation = if random() % 16 == 0 {
            (random() % 14) as u32
        } else {
            operation
        };
        let memory = 4 << 20;
        let mut purse = Purse::with(40 * SLICE, memory);
        match purse.ask(operation, &request) {
            Ok(_) => replies += 1,
            Err(_) => refusals += 1,
        }
        assert!(purse.largest <= SLICE, "operation {operation}, {request:?}");
        assert!(purse.is_whole(memory), "operation {operation}, {request:?}");
    }
    assert!(refusals > 3_000 && replies > 3_000, "{refusals} {replies}");
}
