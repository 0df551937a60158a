//! A certificate as Python's `ssl.SSLSocket.getpeercert()` describes it, which is how OpenSSL names its
//! parts.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use rustls::pki_types::CertificateDer;
use serde::Serialize;
use serde_json::{Value, json};
use x509_parser::der_parser::oid::Oid;
use x509_parser::prelude::{
    ASN1Time, AttributeTypeAndValue, DistributionPointName, FromDer as _, GeneralName,
    ParsedExtension, X509Certificate, X509Name,
};

/// A list of sets of names and values.
type Name = Vec<Vec<(String, String)>>;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    subject: Name,
    issuer: Name,
    version: u32,
    serial_number: String,
    not_before: String,
    not_after: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subject_alt_name: Vec<(&'static str, Value)>,
    #[serde(rename = "OCSP", skip_serializing_if = "Vec::is_empty")]
    ocsp: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ca_issuers: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    crl_distribution_points: Vec<String>,
}

/// `None` when it cannot be taken apart.
pub fn describe(certificate: &CertificateDer<'_>) -> Option<Certificate> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let mut described = Certificate {
        subject: name(parsed.subject()),
        issuer: name(parsed.issuer()),
        version: parsed.version().0.saturating_add(1),
        serial_number: serial_number(parsed.raw_serial()),
        not_before: time(parsed.validity().not_before),
        not_after: time(parsed.validity().not_after),
        subject_alt_name: Vec::new(),
        ocsp: Vec::new(),
        ca_issuers: Vec::new(),
        crl_distribution_points: Vec::new(),
    };
    for extension in parsed.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::SubjectAlternativeName(names) => {
                let names = names.general_names.iter().filter_map(general_name);
                described.subject_alt_name.extend(names);
            }
            ParsedExtension::AuthorityInfoAccess(access) => {
                for description in &access.accessdescs {
                    let GeneralName::URI(uri) = description.access_location else {
                        continue;
                    };
                    match &*description.access_method.to_id_string() {
                        "1.3.6.1.5.5.7.48.1" => described.ocsp.push(uri.to_owned()),
                        "1.3.6.1.5.5.7.48.2" => described.ca_issuers.push(uri.to_owned()),
                        _ => {}
                    }
                }
            }
            ParsedExtension::CRLDistributionPoints(points) => {
                for point in &points.points {
                    let Some(DistributionPointName::FullName(names)) = &point.distribution_point
                    else {
                        continue;
                    };
                    let uris = names.iter().filter_map(|name| match name {
                        GeneralName::URI(uri) => Some((*uri).to_owned()),
                        _ => None,
                    });
                    described.crl_distribution_points.extend(uris);
                }
            }
            _ => {}
        }
    }
    Some(described)
}

fn name(name: &X509Name<'_>) -> Name {
    let set = |set: &x509_parser::prelude::RelativeDistinguishedName<'_>| {
        set.iter()
            .map(|attribute| (attribute_name(attribute.attr_type()), value(attribute)))
            .collect()
    };
    name.iter().map(set).collect()
}

fn value(attribute: &AttributeTypeAndValue<'_>) -> String {
    match attribute.as_str() {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(attribute.as_slice()).into_owned(),
    }
}

/// OpenSSL's long names of what names are made of.
fn attribute_name(oid: &Oid<'_>) -> String {
    let dotted = oid.to_id_string();
    let known = match &*dotted {
        "2.5.4.3" => "commonName",
        "2.5.4.4" => "surname",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "countryName",
        "2.5.4.7" => "localityName",
        "2.5.4.8" => "stateOrProvinceName",
        "2.5.4.9" => "streetAddress",
        "2.5.4.10" => "organizationName",
        "2.5.4.11" => "organizationalUnitName",
        "2.5.4.12" => "title",
        "2.5.4.13" => "description",
        "2.5.4.15" => "businessCategory",
        "2.5.4.17" => "postalCode",
        "2.5.4.41" => "name",
        "2.5.4.42" => "givenName",
        "2.5.4.43" => "initials",
        "2.5.4.44" => "generationQualifier",
        "2.5.4.46" => "dnQualifier",
        "2.5.4.65" => "pseudonym",
        "2.5.4.97" => "organizationIdentifier",
        "1.2.840.113549.1.9.1" => "emailAddress",
        "0.9.2342.19200300.100.1.1" => "userId",
        "0.9.2342.19200300.100.1.25" => "domainComponent",
        "1.3.6.1.4.1.311.60.2.1.1" => "jurisdictionLocalityName",
        "1.3.6.1.4.1.311.60.2.1.2" => "jurisdictionStateOrProvinceName",
        "1.3.6.1.4.1.311.60.2.1.3" => "jurisdictionCountryName",
        _ => return dotted,
    };
    known.to_owned()
}

fn general_name(general: &GeneralName<'_>) -> Option<(&'static str, Value)> {
    Some(match general {
        GeneralName::DNSName(name) => ("DNS", json!(name)),
        GeneralName::RFC822Name(name) => ("email", json!(name)),
        GeneralName::URI(uri) => ("URI", json!(uri)),
        GeneralName::IPAddress(bytes) => ("IP Address", json!(address(bytes))),
        GeneralName::DirectoryName(directory) => ("DirName", json!(name(directory))),
        GeneralName::RegisteredID(id) => ("Registered ID", json!(id.to_id_string())),
        GeneralName::OtherName(..) => ("othername", json!("<unsupported>")),
        GeneralName::X400Address(_) => ("X400Name", json!("<unsupported>")),
        GeneralName::EDIPartyName(_) => ("EdiPartyName", json!("<unsupported>")),
        GeneralName::Invalid(..) => return None,
    })
}

/// As OpenSSL prints it: groups of IPv6 are not shortened.
fn address(bytes: &[u8]) -> String {
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
        return Ipv4Addr::from(bytes).to_string();
    }
    if bytes.len() != 16 {
        return "<invalid>".to_owned();
    }
    let groups = bytes
        .chunks(2)
        .map(|pair| format!("{:X}", u16::from_be_bytes([pair[0], pair[1]])));
    groups.collect::<Vec<_>>().join(":")
}

/// Hexadecimal digits, two for each byte, without the zeros that only tell the sign.
fn serial_number(bytes: &[u8]) -> String {
    let start = bytes.iter().position(|byte| *byte != 0);
    let bytes = start.map_or(&bytes[..bytes.len().min(1)], |start| &bytes[start..]);
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02X}");
    }
    text
}

/// `ASN1_TIME_print`: "Jan  1 00:00:00 2026 GMT".
fn time(time: ASN1Time) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let time = time.to_datetime();
    format!(
        "{} {:2} {:02}:{:02}:{:02} {} GMT",
        MONTHS[u8::from(time.month()) as usize - 1],
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.year()
    )
}
