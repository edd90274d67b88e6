//! Certificates of authorities, as pasted by an owner: each is checked when it is saved, so that a bundle never holds
//! something that could trust more, or less, than its owner reads in it.

use super::facts::CertificateFacts;
use super::pem::{PemCertificate, read_certificates};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;
use std::sync::Arc;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;

/// Fewest bits of an RSA key: with fewer no signature of it is ever accepted.
const MIN_RSA_BITS: usize = 2048;
/// Most bits of an RSA key.
const MAX_RSA_BITS: usize = 8192;
/// Characters of a line in PEM (RFC 7468 2).
const LINE_CHARS: usize = 64;

/// The certificate of an authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// The certificate in DER.
    pub der: CertificateDer<'static>,
    /// What it says.
    pub facts: CertificateFacts,
}

/// One or more certificates of authorities, each once, in the order in which they were pasted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorities(Arc<[Authority]>);

/// What is wrong with a pasted text, at the line in which the block begins (from 1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct AuthorityFault {
    /// The line.
    pub line: usize,
    /// What is wrong there.
    pub problem: AuthorityProblem,
}

/// What may be wrong with a block, or with the whole text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityProblem {
    /// There is no PEM block.
    #[error("there is no certificate; paste PEM text that begins with -----BEGIN CERTIFICATE-----")]
    Empty,
    /// The text is over its bound.
    #[error("the text is over {} bytes", Authorities::MAX_PEM_BYTES)]
    TooLong,
    /// There are more than anybody needs.
    #[error("there are more than {} certificates", Authorities::MAX)]
    TooMany,
    /// A secret that has no place here.
    #[error("this is a private key; paste certificates only, and replace the key if others may have seen it")]
    PrivateKey,
    /// A PEM block of another kind.
    #[error("the block is no certificate but {0}")]
    OtherBlock(Box<str>),
    /// Cut, or no DER inside.
    #[error("the certificate is damaged or incomplete; copy it again")]
    Damaged,
    /// A certificate that may not issue others.
    #[error("the certificate is not one of an authority (basic constraints without CA): {0}")]
    NotAuthority(Box<str>),
    /// Its key usage forbids it to sign certificates.
    #[error("the certificate may not sign others (key usage without certificate signing): {0}")]
    NoSigning(Box<str>),
    /// Its key is too weak, or too long to be verified with.
    #[error("the certificate's RSA key has {bits} bits; between 2048 and 8192 are needed: {subject}")]
    RsaSize {
        /// Length of its key.
        bits: usize,
        /// Whose certificate it is.
        subject: Box<str>,
    },
}

impl Authorities {
    /// Longest PEM text in bytes.
    pub const MAX_PEM_BYTES: usize = 1024 * 1024;
    /// Most certificates of one bundle.
    pub const MAX: usize = 500;

    /// Reads pasted PEM. Repeated certificates are kept once. Reports every fault.
    pub fn parse(pem: &str) -> Result<Self, Vec<AuthorityFault>> {
        let whole = |problem| vec![AuthorityFault { line: 1, problem }];
        if pem.len() > Self::MAX_PEM_BYTES {
            return Err(whole(AuthorityProblem::TooLong));
        }
        let (found, mut faults) = read_certificates(pem);
        if found.len() > Self::MAX {
            return Err(whole(AuthorityProblem::TooMany));
        }
        if found.is_empty() && faults.is_empty() {
            return Err(whole(AuthorityProblem::Empty));
        }
        let mut authorities: Vec<Authority> = Vec::with_capacity(found.len());
        for PemCertificate { line, der } in found {
            match Authority::read(der) {
                Ok(authority) if authorities.iter().any(|known| known.der == authority.der) => {}
                Ok(authority) => authorities.push(authority),
                Err(problem) => faults.push(AuthorityFault { line, problem }),
            }
        }
        faults.sort_by_key(|fault| fault.line);
        if faults.is_empty() { Ok(Self(authorities.into())) } else { Err(faults) }
    }

    /// The certificates; there is at least one.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Authority> {
        self.0.iter()
    }

    /// The same certificates as PEM, without the words that stood around them.
    pub fn to_pem(&self) -> String {
        let mut text = String::new();
        for authority in self.iter() {
            text.push_str("-----BEGIN CERTIFICATE-----\n");
            let body = STANDARD.encode(&authority.der);
            for (at, character) in body.chars().enumerate() {
                if at > 0 && at % LINE_CHARS == 0 {
                    text.push('\n');
                }
                text.push(character);
            }
            text.push_str("\n-----END CERTIFICATE-----\n");
        }
        text
    }
}

impl Authority {
    fn read(der: CertificateDer<'static>) -> Result<Self, AuthorityProblem> {
        let Ok(([], certificate)) = X509Certificate::from_der(&der) else { return Err(AuthorityProblem::Damaged) };
        let facts = CertificateFacts::of(&certificate, &der).ok_or(AuthorityProblem::Damaged)?;
        let constraints = certificate.basic_constraints().map_err(|_| AuthorityProblem::Damaged)?;
        if !constraints.is_some_and(|constraints| constraints.value.ca) {
            return Err(AuthorityProblem::NotAuthority(facts.subject));
        }
        let usage = certificate.key_usage().map_err(|_| AuthorityProblem::Damaged)?;
        if usage.is_some_and(|usage| !usage.value.key_cert_sign()) {
            return Err(AuthorityProblem::NoSigning(facts.subject));
        }
        match certificate.public_key().parsed() {
            Ok(PublicKey::RSA(key)) if !(MIN_RSA_BITS..=MAX_RSA_BITS).contains(&key.key_size()) => {
                return Err(AuthorityProblem::RsaSize { bits: key.key_size(), subject: facts.subject });
            }
            Ok(_) => {}
            Err(_) => return Err(AuthorityProblem::Damaged),
        }
        // What the path builder cannot read would be there and trust nobody.
        if webpki::anchor_from_trusted_cert(&der).is_err() {
            return Err(AuthorityProblem::Damaged);
        }
        Ok(Self { der, facts })
    }
}
