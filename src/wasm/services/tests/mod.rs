//! Services against published vectors, and against requests that no guest of ours would send.

mod compression;
mod crypto;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::super::budget::{MemoryBudget, Share};
use super::super::state::{SLICE, Stop};
use super::account::{Account, Buffer};
use super::{Failure, Refusal, answer};
use crate::program::LimitReached;
use compression::{compressed, sample};

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
