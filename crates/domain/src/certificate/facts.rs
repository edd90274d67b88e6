//! What a certificate says of itself. Nothing here is verified.

use crate::time::Timestamp;
use aws_lc_rs::digest::{SHA256, digest};
use std::fmt::Write as _;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{ExtendedKeyUsage, GeneralName};
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

/// Longest subject or issuer that is shown, in characters.
const SHOWN_CHARS: usize = 1024;

/// The time in which a certificate is valid, in whole seconds since 1970, both ends included (RFC 5280 4.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub not_before: i64,
    /// The last second.
    pub not_after: i64,
}

impl Validity {
    /// Whether a moment lies in it.
    pub fn contains(self, seconds: i64) -> bool {
        (self.not_before..=self.not_after).contains(&seconds)
    }

    /// The first moment.
    pub fn starts_at(self) -> Timestamp {
        Timestamp(self.not_before.saturating_mul(1_000_000))
    }

    /// The last second, as certificates have it.
    pub fn ends_at(self) -> Timestamp {
        Timestamp(self.not_after.saturating_mul(1_000_000))
    }
}

/// A field of a certificate that rules may look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateField {
    /// Common names of the subject.
    CommonName,
    /// Organizations of the subject.
    Organization,
    /// Organizational units of the subject.
    Unit,
    /// Countries of the subject.
    Country,
    /// DNS names among the subject alternative names.
    Dns,
    /// URIs among the subject alternative names.
    Uri,
    /// E-mail addresses among the subject alternative names.
    Email,
}

impl CertificateField {
    /// All fields.
    pub const ALL: [Self; 7] =
        [Self::CommonName, Self::Organization, Self::Unit, Self::Country, Self::Dns, Self::Uri, Self::Email];

    /// The name in rules.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CommonName => "CN",
            Self::Organization => "O",
            Self::Unit => "OU",
            Self::Country => "C",
            Self::Dns => "SAN.DNS",
            Self::Uri => "SAN.URI",
            Self::Email => "SAN.EMAIL",
        }
    }
}

type Values = Box<[(CertificateField, Box<str>)]>;

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// The subject, in the order in which it is written, as `C=DE, O=Acme, CN=shop`.
    pub subject: Box<str>,
    /// The issuer, likewise.
    pub issuer: Box<str>,
    /// The serial number in hexadecimal digits.
    pub serial: Box<str>,
    /// When it is valid.
    pub validity: Validity,
    /// SHA-256 of the certificate in 64 hexadecimal digits.
    pub fingerprint: Box<str>,
    /// What it may be used for; `None`: it does not say.
    pub purposes: Option<Box<[Box<str>]>>,
    values: Values,
}

impl CertificateFacts {
    /// Reads a certificate in DER. `None`: it is none, or something in it cannot be read.
    pub fn read(der: &[u8]) -> Option<Self> {
        let ([], certificate) = X509Certificate::from_der(der).ok()? else { return None };
        Self::of(&certificate, der)
    }

    pub(super) fn of(certificate: &X509Certificate<'_>, der: &[u8]) -> Option<Self> {
        let validity = certificate.validity();
        let purposes = certificate.extended_key_usage().ok()?;
        Some(Self {
            subject: shown(certificate.subject()),
            issuer: shown(certificate.issuer()),
            serial: hexadecimal(certificate.raw_serial()),
            validity: Validity {
                not_before: validity.not_before.timestamp(),
                not_after: validity.not_after.timestamp(),
            },
            fingerprint: hexadecimal(digest(&SHA256, der).as_ref()),
            purposes: purposes.map(|extension| purpose_names(extension.value)),
            values: values(certificate)?,
        })
    }

    /// What a field holds; there may be several values.
    pub fn values(&self, field: CertificateField) -> impl Iterator<Item = &str> {
        self.values.iter().filter(move |(of, _)| *of == field).map(|(_, value)| &**value)
    }
}

/// Lower-case hexadecimal digits.
fn hexadecimal(bytes: &[u8]) -> Box<str> {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.into()
}

/// A name as it is shown: bounded, and without characters that a terminal or page might act on.
fn shown(name: &X509Name<'_>) -> Box<str> {
    let text = name.to_string();
    let plain = |character: char| if character.is_control() { '\u{fffd}' } else { character };
    text.chars().take(SHOWN_CHARS).map(plain).collect::<String>().into()
}

/// A value that is no text is left out: no rule can be fulfilled by it.
fn values(certificate: &X509Certificate<'_>) -> Option<Values> {
    let subject = certificate.subject();
    let mut values = Vec::new();
    let mut take = |field, value: &AttributeTypeAndValue<'_>| {
        if let Ok(text) = value.as_str() {
            values.push((field, text.into()));
        }
    };
    subject.iter_common_name().for_each(|value| take(CertificateField::CommonName, value));
    subject.iter_organization().for_each(|value| take(CertificateField::Organization, value));
    subject.iter_organizational_unit().for_each(|value| take(CertificateField::Unit, value));
    subject.iter_country().for_each(|value| take(CertificateField::Country, value));
    let alternatives = certificate.subject_alternative_name().ok()?;
    for name in alternatives.iter().flat_map(|extension| &extension.value.general_names) {
        match name {
            GeneralName::DNSName(text) => values.push((CertificateField::Dns, (*text).into())),
            GeneralName::URI(text) => values.push((CertificateField::Uri, (*text).into())),
            GeneralName::RFC822Name(text) => values.push((CertificateField::Email, (*text).into())),
            GeneralName::OtherName(..)
            | GeneralName::X400Address(_)
            | GeneralName::DirectoryName(_)
            | GeneralName::EDIPartyName(_)
            | GeneralName::IPAddress(_)
            | GeneralName::RegisteredID(_)
            | GeneralName::Invalid(..) => {}
        }
    }
    Some(values.into())
}

fn purpose_names(usage: &ExtendedKeyUsage<'_>) -> Box<[Box<str>]> {
    let named = [
        (usage.any, "any"),
        (usage.client_auth, "client authentication"),
        (usage.server_auth, "server authentication"),
        (usage.code_signing, "code signing"),
        (usage.email_protection, "e-mail protection"),
        (usage.time_stamping, "time stamping"),
        (usage.ocsp_signing, "OCSP signing"),
    ];
    let named = named.into_iter().filter(|(is_set, _)| *is_set).map(|(_, name)| name.into());
    named.chain(usage.other.iter().map(|id| id.to_id_string().into())).collect()
}
