//! TLS against rustls' own server, with certificates made for each test.

mod certificates;
mod traffic;

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion,
};
use serde_json::{Value, json};

use super::super::Trust;
use super::super::tls::Anchors;
use super::guest::{AGAIN, Guest, LIMITS, PROTO, engine_on_loopback, network};
use super::server;

type Stream = StreamOwned<ServerConnection, std::net::TcpStream>;

/// An authority that nobody knows, and what it signs.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: Certificate,
}

/// What a server shows, and its key.
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2020, 1, 2);
    params.not_after = date_time_ymd(2049, 12, 31);
    params
}

/// For servers of these names.
fn for_hosts(hosts: &[&str]) -> CertificateParams {
    let hosts: Vec<_> = hosts.iter().map(|&host| host.to_owned()).collect();
    let mut params = named("a server");
    params.subject_alt_names = CertificateParams::new(hosts).unwrap().subject_alt_names;
    params
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

impl Authority {
    fn new(name: &str) -> Self {
        let params = authority_params(name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            issuer: Issuer::new(params, key),
            certificate,
        }
    }

    /// One below this one.
    fn lesser(&self, name: &str) -> Self {
        let params = authority_params(name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Self {
            issuer: Issuer::new(params, key),
            certificate,
        }
    }

    fn sign(&self, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity {
            chain: vec![certificate.der().clone()],
            key,
        }
    }

    fn der(&self) -> CertificateDer<'static> {
        self.certificate.der().clone()
    }

    fn anchors(&self) -> Anchors {
        Anchors::from_pem(self.certificate.pem().as_bytes()).unwrap()
    }
}

impl Identity {
    fn self_signed(params: &CertificateParams) -> (Self, Certificate) {
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let chain = vec![certificate.der().clone()];
        (Self { chain, key }, certificate)
    }

    /// A server's settings, with which it asks clients for certificates of `clients`, if given.
    fn config(
        self,
        versions: &[&'static SupportedProtocolVersion],
        clients: Option<&Authority>,
    ) -> ServerConfig {
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions)
            .unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.der()).unwrap();
                let roots = Arc::new(roots);
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        let mut config = builder.with_single_cert(self.chain, key).unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config
    }

    /// A server that answers a line with "good", and closes properly.
    fn serve(self) -> SocketAddr {
        let config = self.config(rustls::DEFAULT_VERSIONS, None);
        serve(config, |stream| {
            let mut byte = [0];
            while let Ok(1) = stream.read(&mut byte) {
                if byte == *b"\n" {
                    break;
                }
            }
            let _ = stream.write_all(b"good");
            stream.conn.send_close_notify();
            let _ = stream.flush();
        })
    }
}

/// A server for one connection.
fn serve(config: ServerConfig, talk: impl FnOnce(&mut Stream) + Send + 'static) -> SocketAddr {
    let config = Arc::new(config);
    server(move |socket| {
        let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), socket);
        talk(&mut stream);
    })
}

/// Trusts this one authority only.
async fn trusting(authority: &Authority) -> Guest {
    guest_with(authority.anchors(), false).await
}

async fn guest_with(operator: Anchors, insecure: bool) -> Guest {
    let trust = Trust::new(RootCertStore::empty(), operator, insecure);
    let network = network(engine_on_loopback(), trust);
    Guest::new(Some(&network), LIMITS).await
}

/// One end of TLS over a connection, and the guest that moves the bytes, as `ssl` does it.
struct Wire<'a> {
    guest: &'a mut Guest,
    socket: i32,
    tls: i32,
    /// Received, and not taken in yet.
    waiting: Vec<u8>,
}

impl<'a> Wire<'a> {
    /// Connects; the handshake is to be done.
    async fn open(guest: &'a mut Guest, to: SocketAddr, options: Value) -> Self {
        let socket = guest.connect(to).await;
        let tls = open(guest, options).await;
        let reason = guest.reason().await;
        assert!(tls >= 65_536, "{tls}: {reason}");
        Self {
            guest,
            socket,
            tls,
            waiting: Vec::new(),
        }
    }

    async fn flush(&mut self) {
        while let Ok(part) = self.guest.fetch("tls_take", self.tls, 100_000).await {
            if part.is_empty() {
                return;
            }
            let mut rest = &part[..];
            while !rest.is_empty() {
                match self.guest.send(self.socket, rest).await {
                    AGAIN => _ = self.guest.wait(self.socket, 2).await,
                    count @ 0.. => rest = &rest[count as usize..],
                    // The peer has gone; what it said is what counts.
                    _ => return,
                }
            }
        }
    }

    /// Takes in what has come.
    async fn fill(&mut self) {
        if self.waiting.is_empty() {
            self.guest.wait(self.socket, 1).await;
            match self.guest.fetch("net_receive", self.socket, 20_000).await {
                // None is the end.
                Ok(part) => self.waiting = part,
                Err(AGAIN) => return,
                Err(error) => panic!("{error}"),
            }
        }
        let fed = self.guest.give("tls_feed", Some(self.tls), &self.waiting);
        let fed = usize::try_from(fed.await).unwrap_or(0);
        self.waiting.drain(..fed);
    }

    async fn status(&mut self) -> i32 {
        self.guest.call("tls_status", &[self.tls.into()]).await
    }

    /// Shakes hands; the status that came of it.
    async fn shake_hands(&mut self) -> i32 {
        loop {
            self.flush().await;
            match self.status().await {
                status @ 0.. if status & 1 != 0 => _ = self.fill().await,
                status => {
                    self.flush().await;
                    return status;
                }
            }
        }
    }

    async fn write(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.guest.give("tls_write", Some(self.tls), rest).await {
                AGAIN => self.flush().await,
                count @ 0.. => rest = &rest[count as usize..],
                error => panic!("{error}"),
            }
        }
        self.flush().await;
    }

    /// Up to the end, and what that was: 0 is the proper one.
    async fn read_all(&mut self) -> (Vec<u8>, i32) {
        let mut all = Vec::new();
        loop {
            match self.guest.fetch("tls_read", self.tls, 50_000).await {
                Ok(part) if part.is_empty() => return (all, 0),
                Ok(part) => all.extend(part),
                Err(AGAIN) => _ = self.fill().await,
                Err(error) => return (all, error),
            }
        }
    }

    async fn info(&mut self) -> Value {
        let info = self.guest.fetch("tls_info", self.tls, 200_000).await;
        serde_json::from_slice(&info.unwrap()).unwrap()
    }

    /// What went wrong: kind, code, message.
    async fn problem(&mut self) -> (String, u64, String) {
        assert_eq!(self.shake_hands().await, PROTO);
        let info = self.info().await;
        let error = &info["error"];
        let text = |part: &str| error[part].as_str().unwrap_or_default().to_owned();
        let code = error["code"].as_u64().unwrap_or(0);
        (text("kind"), code, text("message"))
    }
}

async fn open(guest: &mut Guest, options: Value) -> i32 {
    let options = options.to_string();
    guest.give("tls_open", None, options.as_bytes()).await
}

fn localhost() -> Value {
    json!({"server_name": "localhost"})
}
