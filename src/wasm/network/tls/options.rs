//! What a guest asks of a TLS connection, and rustls' configuration for it.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, SupportedProtocolVersion};
use serde::Deserialize;

use super::super::super::errno::Errno;
use super::super::failure::{Failure, Outcome};
use super::trust::{Anchors, Trust};
use super::verifier::{Scrutiny, Verifier, nameless};

/// Protocols that a client may offer.
const MOST_PROTOCOLS: usize = 32;

/// The argument of `tls_open`.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct Options {
    pub server_name: String,
    pub verify: bool,
    pub check_hostname: bool,
    pub alpn: Vec<String>,
    pub minimum: String,
    pub maximum: String,
    pub system_roots: bool,
    pub roots_pem: Option<String>,
    pub certificate_pem: Option<String>,
    pub key_pem: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            server_name: String::new(),
            verify: true,
            check_hostname: true,
            alpn: Vec::new(),
            minimum: "TLSv1.2".to_owned(),
            maximum: "TLSv1.3".to_owned(),
            system_roots: true,
            roots_pem: None,
            certificate_pem: None,
            key_pem: None,
        }
    }
}

fn unusable(reason: impl Into<String>) -> Failure {
    Failure::new(Errno::Inval, reason)
}

impl Options {
    pub fn parse(json: &[u8]) -> Outcome<Self> {
        serde_json::from_slice(json).map_err(|error| unusable(format!("tls_open: {error}")))
    }

    /// How much of the server's certificate is looked at.
    pub fn scrutiny(&self, trust: &Trust) -> Outcome<Scrutiny> {
        match (self.verify, self.check_hostname) {
            (true, true) if self.server_name.is_empty() => Err(unusable(
                "the name of the server is needed to check its certificate",
            )),
            (true, true) => Ok(Scrutiny::ChainAndName),
            (true, false) => Ok(Scrutiny::Chain),
            (false, _) if trust.insecure => Ok(Scrutiny::None),
            (false, _) => Err(Failure::new(
                Errno::Perm,
                "TLS without verification of the server's certificate is not allowed here \
                 (network.insecure_tls); the operator can trust an own authority with \
                 network.ca_file",
            )),
        }
    }

    pub fn name(&self) -> Outcome<ServerName<'static>> {
        if self.server_name.is_empty() {
            return Ok(nameless());
        }
        ServerName::try_from(self.server_name.clone()).map_err(|_| {
            let shown: String = self.server_name.chars().take(255).collect();
            unusable(format!("{shown:?} is not a server's name"))
        })
    }

    fn versions(&self) -> Outcome<Vec<&'static SupportedProtocolVersion>> {
        // What is older than TLS 1.2 is not spoken, whatever the minimum.
        let least = match &*self.minimum {
            "SSLv3" | "TLSv1" | "TLSv1.1" | "TLSv1.2" => 2,
            "TLSv1.3" => 3,
            other => return Err(unusable(format!("{other:?} is not a version of TLS"))),
        };
        let most = match &*self.maximum {
            "SSLv3" | "TLSv1" | "TLSv1.1" => 1,
            "TLSv1.2" => 2,
            "TLSv1.3" => 3,
            other => return Err(unusable(format!("{other:?} is not a version of TLS"))),
        };
        let all = [(2, &TLS12), (3, &TLS13)];
        let versions: Vec<_> = all
            .into_iter()
            .filter(|(number, _)| (least..=most).contains(number))
            .map(|(_, version)| version)
            .collect();
        if versions.is_empty() {
            let (minimum, maximum) = (&self.minimum, &self.maximum);
            return Err(unusable(format!(
                "no version of TLS from {minimum} to {maximum}: TLSv1.2 and TLSv1.3 are spoken here"
            )));
        }
        Ok(versions)
    }

    /// The configuration, and the verifier in it.
    pub fn config(
        &self,
        trust: &Trust,
        anchors: Anchors,
    ) -> Outcome<(ClientConfig, Arc<Verifier>)> {
        let scrutiny = self.scrutiny(trust)?;
        let provider = Arc::clone(&trust.provider);
        let verifier = Arc::new(Verifier::new(anchors, scrutiny, Arc::clone(&provider)));
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&self.versions()?)
            .map_err(|error| unusable(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&verifier) as _);
        let mut config = match self.client_certificate()? {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| unusable(format!("the client's certificate: {error}")))?,
        };
        // A ticket would tell a server that two connections are the same program's, and a cache would
        // have to be kept apart for each run.
        config.resumption = Resumption::disabled();
        config.enable_sni = !self.server_name.is_empty();
        if self.alpn.len() > MOST_PROTOCOLS {
            let reason = format!("more than {MOST_PROTOCOLS} protocols (ALPN)");
            return Err(unusable(reason));
        }
        if self
            .alpn
            .iter()
            .any(|name| !(1..=255).contains(&name.len()))
        {
            return Err(unusable("a protocol's name (ALPN) has 1 to 255 bytes"));
        }
        config.alpn_protocols = self.alpn.iter().map(|name| name.clone().into()).collect();
        Ok((config, verifier))
    }

    fn client_certificate(
        &self,
    ) -> Outcome<Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>> {
        let Some(chain) = &self.certificate_pem else {
            return Ok(None);
        };
        let chain: Vec<_> = CertificateDer::pem_slice_iter(chain.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|error| unusable(format!("the client's certificate: {error}")))?;
        if chain.is_empty() {
            return Err(unusable(
                "there is no client certificate in certificate_pem",
            ));
        }
        // They may be in one file.
        let key = self.key_pem.as_ref().or(self.certificate_pem.as_ref());
        let key = PrivateKeyDer::from_pem_slice(key.map_or(&[][..], |key| key.as_bytes()))
            .map_err(|error| {
                unusable(format!(
                    "the client's key: {error} (encrypted keys cannot be used)"
                ))
            })?;
        Ok(Some((chain, key)))
    }
}
