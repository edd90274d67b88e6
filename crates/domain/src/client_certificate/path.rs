//! The path from a client certificate to an authority (RFC 5280 6.1), built by webpki on aws-lc-rs.

use crate::certificate::{CertificateFacts, Validity};
use crate::directory::CertBundleEntry;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use std::ops::Range;
use std::time::Duration;
use webpki::{EndEntityCert, Error, KeyUsage};

/// Why no path leads from a certificate to a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// Something in the certificate cannot be read.
    #[error("the certificate cannot be read")]
    Unreadable,
    /// No authority of the bundle issued it, or an intermediate certificate was not sent.
    #[error("no authority of the bundle issued it (the caller must send intermediate certificates along)")]
    UnknownIssuer,
    /// The certificate, or one on the path, has expired.
    #[error("it, or a certificate on its path, has expired")]
    Expired,
    /// The certificate, or one on the path, is not valid yet.
    #[error("it, or a certificate on its path, is not valid yet")]
    NotYetValid,
    /// The authority that issued it has itself expired, or is not valid yet.
    #[error("the authority that issued it is not valid at this time")]
    AuthorityNotValid,
    /// Its extended key usage does not name client authentication.
    #[error("its extended key usage does not name client authentication")]
    NotForClients,
    /// The path leads to an authority of this name whose key did not sign it.
    #[error("its signature, or one on its path, is not by the authority of that name")]
    BadSignature,
    /// It is the certificate of an authority.
    #[error("it is the certificate of an authority, not of a caller")]
    Authority,
    /// Name constraints, path length, weak keys and the like.
    #[error("its path breaks a rule of RFC 5280, or uses an algorithm that is not accepted")]
    Rule,
}

/// A verdict, and the seconds since 1970 in which it holds.
pub(super) struct Judged {
    pub(super) outcome: Result<(), ChainFault>,
    pub(super) holds: Range<i64>,
}

/// Judges a chain at a moment, in seconds since 1970. What of it cannot be read takes no part: its validity would not be
/// known.
pub(super) fn judge(chain: &[CertificateDer<'static>], bundle: &CertBundleEntry, seconds: i64) -> Judged {
    let mut readable = Vec::with_capacity(chain.len());
    let mut validities = Vec::with_capacity(chain.len());
    for der in chain {
        match CertificateFacts::read(der) {
            Some(facts) => {
                readable.push(CertificateDer::from(der.as_ref()));
                validities.push(facts.validity);
            }
            None if readable.is_empty() => break,
            None => {}
        }
    }
    let outcome = match readable.split_first() {
        Some((own, others)) => build(own, others, bundle, seconds),
        None => Err(ChainFault::Unreadable),
    };
    validities.extend(bundle.validities());
    Judged { outcome, holds: unchanged_around(&validities, seconds) }
}

fn build(
    own: &CertificateDer<'_>,
    others: &[CertificateDer<'_>],
    bundle: &CertBundleEntry,
    seconds: i64,
) -> Result<(), ChainFault> {
    let own = EndEntityCert::try_from(own).map_err(|error| fault(&error))?;
    let time = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()));
    let verify = |anchors: &[TrustAnchor<'_>]| {
        let algorithms = webpki::ALL_VERIFICATION_ALGS;
        let path = own.verify_for_usage(algorithms, anchors, others, time, KeyUsage::client_auth(), None, None);
        path.map(|_| ()).map_err(|error| fault(&error))
    };
    if bundle.validities().iter().all(|validity| validity.contains(seconds)) {
        return verify(bundle.anchors());
    }
    // Path building does not look at the validity of anchors, but an owner who reads "expired" expects it to count.
    let valid = bundle.anchors().iter().zip(bundle.validities());
    let valid: Vec<_> = valid.filter(|(_, validity)| validity.contains(seconds)).map(|(own, _)| own.clone()).collect();
    verify(&valid).map_err(|fault| {
        let would_do = fault == ChainFault::UnknownIssuer && verify(bundle.anchors()).is_ok();
        if would_do { ChainFault::AuthorityNotValid } else { fault }
    })
}

/// The seconds around a moment in which none of these begins or ends.
fn unchanged_around(validities: &[Validity], seconds: i64) -> Range<i64> {
    let mut holds = i64::MIN..i64::MAX;
    for Validity { not_before, not_after } in validities {
        for change in [*not_before, not_after.saturating_add(1)] {
            if change <= seconds {
                holds.start = holds.start.max(change);
            } else {
                holds.end = holds.end.min(change);
            }
        }
    }
    holds
}

#[expect(clippy::wildcard_enum_match_arm, reason = "of a library's many errors these are told apart")]
fn fault(error: &Error) -> ChainFault {
    match error {
        Error::UnknownIssuer => ChainFault::UnknownIssuer,
        Error::CertExpired { .. } => ChainFault::Expired,
        Error::CertNotValidYet { .. } => ChainFault::NotYetValid,
        Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => ChainFault::NotForClients,
        Error::InvalidSignatureForPublicKey => ChainFault::BadSignature,
        Error::CaUsedAsEndEntity => ChainFault::Authority,
        Error::BadDer
        | Error::BadDerTime
        | Error::InvalidCertValidity
        | Error::InvalidSerialNumber
        | Error::MalformedExtensions
        | Error::TrailingData(_)
        | Error::UnsupportedCertVersion => ChainFault::Unreadable,
        _ => ChainFault::Rule,
    }
}
