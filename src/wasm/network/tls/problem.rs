//! What went wrong with a TLS connection, in OpenSSL's words as far as it has some.

use rustls::{AlertDescription, Error, InvalidMessage, PeerIncompatible};
use serde::Serialize;

use super::verifier::Refused;

/// As `tls_info` tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub kind: Kind,
    /// X.509's number, or the alert's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u32>,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The peer's certificate.
    Certificate,
    /// The peer ended it with an alert.
    Alert,
    /// Anything else.
    Protocol,
}

impl Problem {
    fn protocol(message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Protocol,
            code: None,
            message: message.into(),
        }
    }

    /// The stream ended in the middle of the handshake.
    pub fn end_in_handshake() -> Self {
        Self::protocol("unexpected eof while reading")
    }

    /// `refused` is the verifier's word.
    pub fn new(error: &Error, refused: Option<&Refused>) -> Self {
        if let (Error::InvalidCertificate(_), Some(refused)) = (error, refused) {
            return Self {
                kind: Kind::Certificate,
                code: Some(refused.code.0),
                message: refused.code.message().to_owned(),
            };
        }
        match error {
            Error::AlertReceived(alert) => Self {
                kind: Kind::Alert,
                code: Some(u8::from(*alert).into()),
                message: alert_message(*alert),
            },
            // A server that does not speak TLS at all, usually.
            Error::InvalidMessage(
                InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion,
            ) => Self::protocol("wrong version number"),
            Error::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
                | PeerIncompatible::Tls12NotOffered
                | PeerIncompatible::Tls12NotOfferedOrEnabled,
            ) => Self::protocol("unsupported protocol"),
            Error::DecryptError => Self::protocol("decryption failed or bad record mac"),
            Error::PeerSentOversizedRecord => Self::protocol("packet length too long"),
            other => Self::protocol(other.to_string()),
        }
    }
}

/// OpenSSL's reason strings of alerts (`ssl_err.c`, `SSL_R_*_ALERT_*`).
fn alert_message(alert: AlertDescription) -> String {
    let known = match alert {
        AlertDescription::UnexpectedMessage => "ssl/tls alert unexpected message",
        AlertDescription::BadRecordMac => "ssl/tls alert bad record mac",
        AlertDescription::DecryptionFailed => "tlsv1 alert decryption failed",
        AlertDescription::RecordOverflow => "tlsv1 alert record overflow",
        AlertDescription::DecompressionFailure => "ssl/tls alert decompression failure",
        AlertDescription::HandshakeFailure => "ssl/tls alert handshake failure",
        AlertDescription::NoCertificate => "ssl/tls alert no certificate",
        AlertDescription::BadCertificate => "ssl/tls alert bad certificate",
        AlertDescription::UnsupportedCertificate => "ssl/tls alert unsupported certificate",
        AlertDescription::CertificateRevoked => "ssl/tls alert certificate revoked",
        AlertDescription::CertificateExpired => "ssl/tls alert certificate expired",
        AlertDescription::CertificateUnknown => "ssl/tls alert certificate unknown",
        AlertDescription::IllegalParameter => "ssl/tls alert illegal parameter",
        AlertDescription::UnknownCA => "tlsv1 alert unknown ca",
        AlertDescription::AccessDenied => "tlsv1 alert access denied",
        AlertDescription::DecodeError => "tlsv1 alert decode error",
        AlertDescription::DecryptError => "tlsv1 alert decrypt error",
        AlertDescription::ExportRestriction => "tlsv1 alert export restriction",
        AlertDescription::ProtocolVersion => "tlsv1 alert protocol version",
        AlertDescription::InsufficientSecurity => "tlsv1 alert insufficient security",
        AlertDescription::InternalError => "tlsv1 alert internal error",
        AlertDescription::InappropriateFallback => "tlsv1 alert inappropriate fallback",
        AlertDescription::UserCanceled => "tlsv1 alert user cancelled",
        AlertDescription::NoRenegotiation => "tlsv1 alert no renegotiation",
        AlertDescription::MissingExtension => "tlsv13 alert missing extension",
        AlertDescription::UnsupportedExtension => "tlsv1 unsupported extension",
        AlertDescription::CertificateUnobtainable => "tlsv1 certificate unobtainable",
        AlertDescription::UnrecognisedName => "tlsv1 unrecognized name",
        AlertDescription::BadCertificateStatusResponse => "tlsv1 bad certificate status response",
        AlertDescription::BadCertificateHashValue => "tlsv1 bad certificate hash value",
        AlertDescription::UnknownPSKIdentity => "tlsv1 alert unknown psk identity",
        AlertDescription::CertificateRequired => "tlsv13 alert certificate required",
        AlertDescription::NoApplicationProtocol => "tlsv1 alert no application protocol",
        other => return format!("tls alert {}", u8::from(other)),
    };
    known.to_owned()
}
