//! Whom TLS connections of programs trust: the system's roots, the operator's, a program's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, TrustAnchor};
use tracing::{debug, info};

/// Why the operator's certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    #[error("cannot read network.ca_file `{0}`: {1}")]
    Unreadable(PathBuf, std::io::Error),
    #[error("network.ca_file `{0}`: {1}")]
    Unusable(PathBuf, String),
}

/// Certificates that are trusted as they are.
#[derive(Clone, Debug)]
pub struct Anchors {
    pub store: Arc<RootCertStore>,
    /// Those that were named one by one, by the operator or by the program: a server may show one of
    /// them as its own, as is common where it signed itself.
    pub named: Arc<Vec<CertificateDer<'static>>>,
}

impl Anchors {
    pub fn none() -> Self {
        Self {
            store: Arc::new(RootCertStore::empty()),
            named: Arc::default(),
        }
    }

    /// The certificates in `pem`; what else is in it is passed over.
    ///
    /// # Errors
    /// What is wrong with the first one that cannot be used, or that there is none.
    pub fn from_pem(pem: &[u8]) -> Result<Self, String> {
        let mut store = RootCertStore::empty();
        let mut named = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| error.to_string())?;
            store
                .add(certificate.clone())
                .map_err(|error| format!("certificate {}: {error}", named.len() + 1))?;
            named.push(certificate);
        }
        if named.is_empty() {
            return Err("there is no certificate in it".to_owned());
        }
        Ok(Self {
            store: Arc::new(store),
            named: Arc::new(named),
        })
    }

    fn with(&self, more: &Self) -> Self {
        let anchors = [&self.store.roots[..], &more.store.roots];
        let named = [&self.named[..], &more.named];
        Self {
            store: Arc::new(RootCertStore {
                roots: anchors.concat(),
            }),
            named: Arc::new(named.concat()),
        }
    }
}

/// What all runs share. Made before the server locks itself in: nothing can be read later.
#[derive(Debug)]
pub struct Trust {
    /// The system's and the operator's.
    usual: Anchors,
    /// The operator's alone.
    operator: Anchors,
    /// Whether programs may do without verification (`network.insecure_tls`).
    pub insecure: bool,
    pub provider: Arc<CryptoProvider>,
}

impl Trust {
    /// The system's roots, or Mozilla's where it has none, and those in `ca_file`.
    ///
    /// # Errors
    /// When `ca_file` cannot be used.
    pub fn load(ca_file: Option<&Path>, insecure: bool) -> Result<Self, TrustError> {
        let operator = match ca_file {
            Some(path) => {
                let pem = fs::read(path)
                    .map_err(|error| TrustError::Unreadable(path.to_owned(), error))?;
                Anchors::from_pem(&pem)
                    .map_err(|error| TrustError::Unusable(path.to_owned(), error))?
            }
            None => Anchors::none(),
        };
        Ok(Self::new(system_roots(), operator, insecure))
    }

    pub fn new(system: RootCertStore, operator: Anchors, insecure: bool) -> Self {
        let system = Anchors {
            store: Arc::new(system),
            named: Arc::default(),
        };
        Self {
            usual: system.with(&operator),
            operator,
            insecure,
            provider: Arc::new(ring::default_provider()),
        }
    }

    /// What a connection is verified against that brings the certificates in `pem`, and wants the
    /// system's roots or not.
    ///
    /// # Errors
    /// What is wrong with `pem`.
    pub fn anchors(&self, pem: Option<&str>, system: bool) -> Result<Anchors, String> {
        let base = match system {
            true => &self.usual,
            false => &self.operator,
        };
        match pem {
            None => Ok(base.clone()),
            Some(pem) => Ok(base.with(&Anchors::from_pem(pem.as_bytes())?)),
        }
    }
}

fn system_roots() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        debug!("one of the system's certificates: {error}");
    }
    let mut roots = RootCertStore::empty();
    let (usable, unusable) = roots.add_parsable_certificates(found.certs);
    debug!("{usable} certificates of the system's are trusted, {unusable} cannot be used");
    if roots.is_empty() {
        info!(
            "the system has no trusted certificates: Mozilla's list is used (package ca-certificates)"
        );
        let mozilla: &[TrustAnchor<'static>] = webpki_roots::TLS_SERVER_ROOTS;
        roots.extend(mozilla.iter().cloned());
    }
    roots
}
