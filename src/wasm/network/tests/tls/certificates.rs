//! Who is trusted, and what is said of those who are not.

use std::path::Path;

use rcgen::string::Ia5String;
use rcgen::{DnType, ExtendedKeyUsagePurpose, SanType, SerialNumber, date_time_ymd};
use serde_json::{Value, json};

use super::super::super::Trust;
use super::super::super::tls::Anchors;
use super::super::guest::{INVAL, PERM};
use super::{
    Authority, Identity, Wire, authority_params, for_hosts, guest_with, localhost, open, trusting,
};

async fn good(guest: &mut super::Guest, identity: Identity, options: Value) {
    let mut wire = Wire::open(guest, identity.serve(), options).await;
    let status = wire.shake_hands().await;
    assert!(status >= 0, "{status}: {}", wire.info().await);
    wire.write(b"hello\n").await;
    assert_eq!(wire.read_all().await, (b"good".to_vec(), 0));
}

/// Kind, code and message of a handshake that fails.
async fn bad(guest: &mut super::Guest, identity: Identity, options: Value) -> (u64, String) {
    let shown = identity.chain.len();
    let mut wire = Wire::open(guest, identity.serve(), options).await;
    let (kind, code, message) = wire.problem().await;
    assert_eq!(kind, "certificate", "{code} {message}");
    let info = wire.info().await;
    assert_eq!(info["certificates"].as_array().unwrap().len(), shown);
    assert_eq!(
        info["certificate"]["version"], 3,
        "what was refused is told"
    );
    (code, message)
}

#[tokio::test(flavor = "multi_thread")]
async fn those_of_a_known_authority_are_trusted_by_their_names() {
    let authority = Authority::new("known");
    let mut guest = trusting(&authority).await;
    let hosts = ["localhost", "*.example.com", "127.0.0.1", "::1"];
    for name in [
        "localhost",
        "LocalHost",
        "a.example.com",
        "127.0.0.1",
        "::1",
    ] {
        let identity = authority.sign(&for_hosts(&hosts));
        good(&mut guest, identity, json!({"server_name": name})).await;
    }
    for name in ["example.com", "a.b.example.com", "localhost.example.org"] {
        let identity = authority.sign(&for_hosts(&hosts));
        let told = bad(&mut guest, identity, json!({"server_name": name})).await;
        assert_eq!(told, (62, "hostname mismatch".to_owned()), "{name}");
    }
    let identity = authority.sign(&for_hosts(&hosts));
    let told = bad(&mut guest, identity, json!({"server_name": "127.0.0.2"})).await;
    assert_eq!(told, (64, "IP address mismatch".to_owned()));
    // The chain counts even where the name does not.
    let any = json!({"server_name": "other", "check_hostname": false});
    good(&mut guest, authority.sign(&for_hosts(&hosts)), any.clone()).await;
    good(
        &mut guest,
        authority.sign(&for_hosts(&hosts)),
        json!({"check_hostname": false}),
    )
    .await;
    let stranger = Authority::new("unknown").sign(&for_hosts(&hosts));
    let told = bad(&mut guest, stranger, any).await;
    assert_eq!(told.0, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_as_openssl_tells_it() {
    let authority = Authority::new("known");
    let mut guest = trusting(&authority).await;
    let hosts = for_hosts(&["localhost"]);
    let stranger = Authority::new("unknown");
    let told = bad(&mut guest, stranger.sign(&hosts), localhost()).await;
    assert_eq!(
        told,
        (20, "unable to get local issuer certificate".to_owned())
    );

    let mut with_root = stranger.sign(&hosts);
    with_root.chain.push(stranger.der());
    let told = bad(&mut guest, with_root, localhost()).await;
    let expected = "self-signed certificate in certificate chain";
    assert_eq!(told, (19, expected.to_owned()));

    // As `openssl req -x509` makes them.
    let mut own_authority = authority_params("itself");
    own_authority.subject_alt_names = hosts.subject_alt_names.clone();
    for params in [hosts.clone(), own_authority] {
        let (identity, certificate) = Identity::self_signed(&params);
        let told = bad(&mut guest, identity, localhost()).await;
        assert_eq!(told, (18, "self-signed certificate".to_owned()));
        // One that the program names is trusted for what it is.
        let (identity, _) = Identity::self_signed(&params);
        let pem = certificate.pem();
        let told = bad(
            &mut guest,
            identity,
            json!({"server_name": "localhost", "roots_pem": pem}),
        )
        .await;
        assert_eq!(told.0, 18, "another one of the same name");
        let (identity, certificate) = Identity::self_signed(&params);
        let pem = certificate.pem();
        good(
            &mut guest,
            identity,
            json!({"server_name": "localhost", "roots_pem": pem}),
        )
        .await;
    }

    let mut expired = hosts.clone();
    expired.not_after = date_time_ymd(2021, 1, 1);
    let told = bad(&mut guest, authority.sign(&expired), localhost()).await;
    assert_eq!(told, (10, "certificate has expired".to_owned()));
    let mut early = hosts.clone();
    early.not_before = date_time_ymd(2048, 1, 1);
    let told = bad(&mut guest, authority.sign(&early), localhost()).await;
    assert_eq!(told, (9, "certificate is not yet valid".to_owned()));
    for (params, code) in [(&expired, 10), (&early, 9)] {
        let (identity, certificate) = Identity::self_signed(params);
        let options = json!({"server_name": "localhost", "roots_pem": certificate.pem()});
        let told = bad(&mut guest, identity, options).await;
        assert_eq!(told.0, code, "although it was named");
    }
    let mut for_clients = hosts.clone();
    for_clients.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let told = bad(&mut guest, authority.sign(&for_clients), localhost()).await;
    assert_eq!(told, (26, "unsuitable certificate purpose".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_is_followed() {
    let authority = Authority::new("known");
    let lesser = authority.lesser("lesser");
    let mut guest = trusting(&authority).await;
    let mut identity = lesser.sign(&for_hosts(&["localhost"]));
    identity.chain.push(lesser.der());
    good(&mut guest, identity, localhost()).await;
    let identity = lesser.sign(&for_hosts(&["localhost"]));
    assert_eq!(bad(&mut guest, identity, localhost()).await.0, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_brings_authorities_of_its_own() {
    let (operators, own) = (Authority::new("operator's"), Authority::new("own"));
    let mut guest = trusting(&operators).await;
    let hosts = for_hosts(&["localhost"]);
    for system in [true, false] {
        let options = json!({
            "server_name": "localhost",
            "system_roots": system,
            "roots_pem": format!("a comment\n{}", own.certificate.pem()),
        });
        for _ in 0..3 {
            good(&mut guest, own.sign(&hosts), options.clone()).await;
            good(&mut guest, operators.sign(&hosts), options.clone()).await;
        }
    }
    assert_eq!(bad(&mut guest, own.sign(&hosts), localhost()).await.0, 20);
    for pem in [
        "",
        "nothing",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let options = json!({"server_name": "localhost", "roots_pem": pem});
        assert_eq!(open(&mut guest, options).await, INVAL, "{pem:?}");
        assert!(guest.reason().await.contains("to be trusted"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn verification_is_left_out_only_where_the_operator_allows_it() {
    let hosts = for_hosts(&["elsewhere"]);
    let options = json!({"server_name": "localhost", "verify": false});
    let mut guest = trusting(&Authority::new("known")).await;
    assert_eq!(open(&mut guest, options.clone()).await, PERM);
    assert!(guest.reason().await.contains("network.insecure_tls"));
    let mut guest = guest_with(Anchors::none(), true).await;
    good(&mut guest, Authority::new("any").sign(&hosts), options).await;
    let told = bad(&mut guest, Authority::new("any").sign(&hosts), localhost()).await;
    assert_eq!(told.0, 20, "it has to be asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_described_as_python_does() {
    let authority = Authority::new("known");
    let mut params = for_hosts(&["localhost", "127.0.0.1", "fe80::1:ab"]);
    params
        .subject_alt_names
        .push(SanType::Rfc822Name(Ia5String::try_from("a@b.c").unwrap()));
    params
        .subject_alt_names
        .push(SanType::URI(Ia5String::try_from("http://x/").unwrap()));
    params.distinguished_name.push(DnType::CountryName, "DE");
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Bär");
    params.serial_number = Some(SerialNumber::from_slice(&[0x0a, 0xbc]));
    let identity = authority.sign(&params);
    let mut guest = trusting(&authority).await;
    let mut wire = Wire::open(&mut guest, identity.serve(), localhost()).await;
    wire.shake_hands().await;
    let info = wire.info().await;
    assert_eq!(
        info["certificate"],
        json!({
            "subject": [
                [["commonName", "a server"]],
                [["countryName", "DE"]],
                [["organizationName", "Bär"]],
            ],
            "issuer": [[["commonName", "known"]]],
            "version": 3,
            "serialNumber": "0ABC",
            "notBefore": "Jan  2 00:00:00 2020 GMT",
            "notAfter": "Dec 31 00:00:00 2049 GMT",
            "subjectAltName": [
                ["DNS", "localhost"],
                ["IP Address", "127.0.0.1"],
                ["IP Address", "FE80:0:0:0:0:0:1:AB"],
                ["email", "a@b.c"],
                ["URI", "http://x/"],
            ],
        })
    );
}

#[test]
fn the_operators_file_is_read_or_complained_about() {
    let folder = std::env::temp_dir().join(format!("belljar-trust-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("ca.pem");
    let told = |path: &Path| Trust::load(Some(path), false).unwrap_err().to_string();
    assert!(told(&file).starts_with("cannot read network.ca_file"));
    std::fs::write(&file, "nothing").unwrap();
    assert!(told(&file).ends_with("there is no certificate in it"));
    let pem = Authority::new("known").certificate.pem();
    std::fs::write(&file, &pem).unwrap();
    let trust = Trust::load(Some(&file), false).unwrap();
    let with = trust.anchors(None, true).unwrap().store.len();
    let without = Trust::load(None, false).unwrap();
    let without = without.anchors(None, true).unwrap().store.len();
    assert_eq!(with, without + 1);
    assert!(without > 50, "the system's or Mozilla's: {without}");
    assert_eq!(trust.anchors(None, false).unwrap().store.len(), 1);
    std::fs::remove_dir_all(&folder).unwrap();
}
