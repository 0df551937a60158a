//! What `tls_info` tells of a connection.

use rustls::{CipherSuite, ClientConnection, ProtocolVersion};
use serde::Serialize;

use super::certificate::{self, Certificate};
use super::problem::Problem;
use super::verifier::Refused;

#[derive(Serialize)]
pub struct Info {
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'static str>,
    /// OpenSSL's name, the version that has it, bits of its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    cipher: Option<(&'static str, &'static str, u32)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alpn: Option<String>,
    /// Base64 of DER, the peer's own first.
    certificates: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<Certificate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Problem>,
}

impl Info {
    pub fn of(
        connection: &ClientConnection,
        refused: Option<&Refused>,
        problem: Option<&Problem>,
    ) -> Self {
        let refused = refused.map(|refused| &refused.chain[..]);
        let certificates = connection.peer_certificates().or(refused);
        let certificates = certificates.unwrap_or_default();
        let alpn = connection.alpn_protocol();
        Self {
            version: connection.protocol_version().and_then(version),
            cipher: connection
                .negotiated_cipher_suite()
                .and_then(|suite| cipher(suite.suite())),
            alpn: alpn.map(|name| String::from_utf8_lossy(name).into_owned()),
            certificate: certificates.first().and_then(certificate::describe),
            certificates: certificates.iter().map(|der| base64(der)).collect(),
            error: problem.cloned(),
        }
    }
}

fn version(version: ProtocolVersion) -> Option<&'static str> {
    match version {
        ProtocolVersion::TLSv1_2 => Some("TLSv1.2"),
        ProtocolVersion::TLSv1_3 => Some("TLSv1.3"),
        _ => None,
    }
}

/// The suites of rustls with *ring*, as OpenSSL calls them.
fn cipher(suite: CipherSuite) -> Option<(&'static str, &'static str, u32)> {
    let (new, old) = ("TLSv1.3", "TLSv1.2");
    Some(match suite {
        CipherSuite::TLS13_AES_256_GCM_SHA384 => ("TLS_AES_256_GCM_SHA384", new, 256),
        CipherSuite::TLS13_AES_128_GCM_SHA256 => ("TLS_AES_128_GCM_SHA256", new, 128),
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256 => ("TLS_CHACHA20_POLY1305_SHA256", new, 256),
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 => {
            ("ECDHE-ECDSA-AES256-GCM-SHA384", old, 256)
        }
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 => {
            ("ECDHE-ECDSA-AES128-GCM-SHA256", old, 128)
        }
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 => {
            ("ECDHE-ECDSA-CHACHA20-POLY1305", old, 256)
        }
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => {
            ("ECDHE-RSA-AES256-GCM-SHA384", old, 256)
        }
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => {
            ("ECDHE-RSA-AES128-GCM-SHA256", old, 128)
        }
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => {
            ("ECDHE-RSA-CHACHA20-POLY1305", old, 256)
        }
        _ => return None,
    })
}

pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for bytes in bytes.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|i| u32::from(bytes.get(i).copied().unwrap_or(0)));
        let group = a << 16 | b << 8 | c;
        for i in 0..4 {
            let digit = DIGITS[(group >> (18 - 6 * i) & 63) as usize];
            text.push(if i <= bytes.len() {
                char::from(digit)
            } else {
                '='
            });
        }
    }
    text
}
