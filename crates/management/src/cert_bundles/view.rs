//! A certificate bundle as shown: whom it trusts, and until when.

use crate::answer::Time;
use crate::wire::words;
use domain::cert_bundle::CertState;
use domain::certificate::{Authorities, Authority};
use domain::time::Timestamp;
use serde::Serialize;
use store::CertBundleRow;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// Authorities whose client certificates are trusted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CertBundle)]
pub(crate) struct CertBundleView {
    /// Its id.
    #[schema(example = 2)]
    id: i64,
    /// Unique in the workspace, case aside.
    #[schema(example = "Partners")]
    name: String,
    /// Whom it trusts.
    #[serde(flatten)]
    certificates: CertificatesView,
    /// Profiles whose effective terms name it, whether or not they ask for certificates now.
    #[schema(example = 2)]
    profiles_count: i64,
    /// Clients whose default terms name it.
    #[schema(example = 1)]
    clients_count: i64,
    /// When it was made.
    created_at: Time,
    /// When it was last changed.
    updated_at: Time,
}

/// The certificates of a bundle.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Certificates)]
pub(crate) struct CertificatesView {
    /// The subjects of its certificates, in the order in which they were pasted.
    #[schema(example = json!(["O=Northwind, CN=Northwind Client CA"]))]
    subjects: Vec<String>,
    /// When the first of them expires: from then on callers under that authority are refused.
    expires_at: Time,
    /// By the one that expires first: `expiring` from 30 days before.
    #[schema(schema_with = state_schema)]
    state: &'static str,
    /// Each certificate.
    certificates: Vec<CertificateView>,
}

/// The certificate of an authority.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Certificate)]
pub(crate) struct CertificateView {
    /// Its subject.
    #[schema(example = "O=Northwind, CN=Northwind Client CA")]
    subject: String,
    /// Who issued it.
    #[schema(example = "O=Northwind, CN=Northwind Root")]
    issuer: String,
    /// Its serial number in hexadecimal digits.
    #[schema(example = "1f3a")]
    serial: String,
    /// SHA-256 of the certificate in hexadecimal digits.
    #[schema(example = "5e0e1c6b1b6f3a5c1d6e8a9b7c4d2f3a0b1c2d3e4f5061728394a5b6c7d8e9f0")]
    fingerprint: String,
    /// From when it is valid.
    valid_from: Time,
    /// The last second in which it is valid.
    expires_at: Time,
    /// Whether it is valid still.
    #[schema(schema_with = state_schema)]
    state: &'static str,
}

fn state_schema() -> RefOr<Schema> {
    words(CertState::ALL.map(CertState::as_str))
}

impl CertBundleView {
    /// Shows a bundle as it is at this moment.
    pub(crate) fn new(row: &CertBundleRow, now: Timestamp) -> Self {
        let CertBundleRow { bundle, profiles_count, clients_count } = row;
        Self {
            id: bundle.id.0,
            name: bundle.name.to_string(),
            certificates: CertificatesView::new(&bundle.authorities, now),
            profiles_count: *profiles_count,
            clients_count: *clients_count,
            created_at: bundle.created_at.into(),
            updated_at: bundle.updated_at.into(),
        }
    }
}

impl CertificatesView {
    /// Shows certificates as they are at this moment.
    pub(crate) fn new(authorities: &Authorities, now: Timestamp) -> Self {
        let expires_at = authorities.iter().map(|authority| authority.facts.validity.ends_at()).min().unwrap_or(now);
        Self {
            subjects: authorities.iter().map(|authority| authority.facts.subject.to_string()).collect(),
            expires_at: expires_at.into(),
            state: CertState::of(expires_at, now).as_str(),
            certificates: authorities.iter().map(|authority| CertificateView::new(authority, now)).collect(),
        }
    }
}

impl CertificateView {
    fn new(Authority { facts, .. }: &Authority, now: Timestamp) -> Self {
        Self {
            subject: facts.subject.to_string(),
            issuer: facts.issuer.to_string(),
            serial: facts.serial.to_string(),
            fingerprint: facts.fingerprint.to_string(),
            valid_from: facts.validity.starts_at().into(),
            expires_at: facts.validity.ends_at().into(),
            state: CertState::of(facts.validity.ends_at(), now).as_str(),
        }
    }
}
