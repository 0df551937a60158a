//! Digests, codes, derived keys and ciphers against the vectors of their standards.

use super::*;

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
