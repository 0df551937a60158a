//! Whether a server's certificate is to be trusted, and if not, why, as OpenSSL numbers it: programs
//! and their users know those numbers.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::trust::Anchors;

/// How much of a certificate is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scrutiny {
    /// Nothing but that the server has its key.
    None,
    /// Whether it leads to a trusted one.
    Chain,
    /// And whether it is for the server that was meant.
    ChainAndName,
}

/// X.509 verification errors, `x509_vfy.h` of OpenSSL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(pub u32);

impl Code {
    const UNSPECIFIED: Self = Self(1);
    const SIGNATURE_FAILURE: Self = Self(7);
    const NOT_YET_VALID: Self = Self(9);
    const HAS_EXPIRED: Self = Self(10);
    const SELF_SIGNED: Self = Self(18);
    const SELF_SIGNED_IN_CHAIN: Self = Self(19);
    const NO_LOCAL_ISSUER: Self = Self(20);
    const REVOKED: Self = Self(23);
    const INVALID_CA: Self = Self(24);
    const PATH_LENGTH: Self = Self(25);
    const INVALID_PURPOSE: Self = Self(26);
    const UNHANDLED_CRITICAL_EXTENSION: Self = Self(34);
    const PERMITTED_VIOLATION: Self = Self(47);
    const HOSTNAME_MISMATCH: Self = Self(62);
    const IP_ADDRESS_MISMATCH: Self = Self(64);
    const CA_MD_TOO_WEAK: Self = Self(68);

    /// OpenSSL's words (`X509_verify_cert_error_string`).
    pub fn message(self) -> &'static str {
        match self {
            Self::SIGNATURE_FAILURE => "certificate signature failure",
            Self::NOT_YET_VALID => "certificate is not yet valid",
            Self::HAS_EXPIRED => "certificate has expired",
            Self::SELF_SIGNED => "self-signed certificate",
            Self::SELF_SIGNED_IN_CHAIN => "self-signed certificate in certificate chain",
            Self::NO_LOCAL_ISSUER => "unable to get local issuer certificate",
            Self::REVOKED => "certificate revoked",
            Self::INVALID_CA => "invalid CA certificate",
            Self::PATH_LENGTH => "path length constraint exceeded",
            Self::INVALID_PURPOSE => "unsuitable certificate purpose",
            Self::UNHANDLED_CRITICAL_EXTENSION => "unhandled critical extension",
            Self::PERMITTED_VIOLATION => "permitted subtree violation",
            Self::HOSTNAME_MISMATCH => "hostname mismatch",
            Self::IP_ADDRESS_MISMATCH => "IP address mismatch",
            Self::CA_MD_TOO_WEAK => "CA signature digest algorithm too weak",
            _ => "unspecified certificate verification error",
        }
    }
}

/// Certificates that were not to be trusted.
#[derive(Debug)]
pub struct Refused {
    pub code: Code,
    /// The server's own first.
    pub chain: Vec<CertificateDer<'static>>,
}

/// Verifies the certificate of one connection.
#[derive(Debug)]
pub struct Verifier {
    anchors: Anchors,
    scrutiny: Scrutiny,
    provider: Arc<CryptoProvider>,
    refused: OnceLock<Refused>,
}

impl Verifier {
    pub fn new(anchors: Anchors, scrutiny: Scrutiny, provider: Arc<CryptoProvider>) -> Self {
        Self {
            anchors,
            scrutiny,
            provider,
            refused: OnceLock::new(),
        }
    }

    /// What was not to be trusted, and why.
    pub fn refused(&self) -> Option<&Refused> {
        self.refused.get()
    }

    fn verify(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Error> {
        if self.scrutiny == Scrutiny::None {
            return Ok(());
        }
        let parsed = ParsedCertificate::try_from(own)?;
        if self.anchors.named.iter().any(|named| named == own) {
            in_its_time(own, now)?;
        } else {
            verify_server_cert_signed_by_trust_anchor(
                &parsed,
                &self.anchors.store,
                others,
                now,
                self.provider.signature_verification_algorithms.all,
            )?;
        }
        if self.scrutiny == Scrutiny::ChainAndName {
            verify_server_name(&parsed, name)?;
        }
        Ok(())
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.verify(end_entity, intermediates, server_name, now);
        verified.inspect_err(|error| {
            let chain = [end_entity].into_iter().chain(intermediates);
            let _ = self.refused.set(Refused {
                code: code(error, end_entity, intermediates),
                chain: chain.map(|der| der.clone().into_owned()).collect(),
            });
        })?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Whether a certificate that needs no issuer is valid `now`.
fn in_its_time(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let (_, parsed) = X509Certificate::from_der(certificate)
        .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
    let now = now.as_secs();
    let from = u64::try_from(parsed.validity().not_before.timestamp()).unwrap_or(0);
    let until = u64::try_from(parsed.validity().not_after.timestamp()).unwrap_or(0);
    if now < from {
        return Err(CertificateError::NotValidYetContext {
            time: UnixTime::since_unix_epoch(Duration::from_secs(now)),
            not_before: UnixTime::since_unix_epoch(Duration::from_secs(from)),
        }
        .into());
    }
    if now > until {
        return Err(CertificateError::ExpiredContext {
            time: UnixTime::since_unix_epoch(Duration::from_secs(now)),
            not_after: UnixTime::since_unix_epoch(Duration::from_secs(until)),
        }
        .into());
    }
    Ok(())
}

fn code(error: &Error, own: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> Code {
    let Error::InvalidCertificate(error) = error else {
        return Code::UNSPECIFIED;
    };
    #[expect(deprecated, reason = "a variant that webpki still has a use for")]
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Code::HAS_EXPIRED,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Code::NOT_YET_VALID
        }
        CertificateError::UnknownIssuer => unknown_issuer(own, others),
        CertificateError::Revoked => Code::REVOKED,
        // Trusted is another one of the same name, whose key may be of another kind.
        CertificateError::BadSignature
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            match is_self_issued(own) {
                true => Code::SELF_SIGNED,
                false => Code::SIGNATURE_FAILURE,
            }
        }
        CertificateError::UnhandledCriticalExtension => Code::UNHANDLED_CRITICAL_EXTENSION,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            Code::INVALID_PURPOSE
        }
        CertificateError::UnsupportedSignatureAlgorithm
        | CertificateError::UnsupportedSignatureAlgorithmContext { .. } => Code::CA_MD_TOO_WEAK,
        CertificateError::NotValidForName => Code::HOSTNAME_MISMATCH,
        CertificateError::NotValidForNameContext { expected, .. } => match expected {
            ServerName::IpAddress(_) => Code::IP_ADDRESS_MISMATCH,
            _ => Code::HOSTNAME_MISMATCH,
        },
        CertificateError::Other(other) => by_its_words(&other.to_string(), own, others),
        _ => Code::UNSPECIFIED,
    }
}

/// What webpki tells and rustls does not: its error's name is all that comes through.
fn by_its_words(words: &str, own: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> Code {
    match words {
        // One that signed itself with an authority's powers, as `openssl req -x509` makes it.
        "CaUsedAsEndEntity" => unknown_issuer(own, others),
        "EndEntityUsedAsCa" => Code::INVALID_CA,
        "PathLenConstraintViolated" => Code::PATH_LENGTH,
        "NameConstraintViolation" => Code::PERMITTED_VIOLATION,
        "UnsupportedCriticalExtension" => Code::UNHANDLED_CRITICAL_EXTENSION,
        _ => Code::UNSPECIFIED,
    }
}

/// What OpenSSL says when no trusted certificate ends the chain.
fn unknown_issuer(own: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> Code {
    if is_self_issued(own) {
        Code::SELF_SIGNED
    } else if others.iter().any(is_self_issued) {
        Code::SELF_SIGNED_IN_CHAIN
    } else {
        Code::NO_LOCAL_ISSUER
    }
}

fn is_self_issued(certificate: &CertificateDer<'_>) -> bool {
    X509Certificate::from_der(certificate)
        .is_ok_and(|(_, parsed)| parsed.subject().as_raw() == parsed.issuer().as_raw())
}

/// The name to verify where the program gave none; it is sent to nobody.
pub fn nameless() -> ServerName<'static> {
    ServerName::IpAddress(IpAddr::from([0, 0, 0, 0]).into())
}
