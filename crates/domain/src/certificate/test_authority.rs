//! An authority of the tests' own.

use base64::Engine as _;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls_pki_types::CertificateDer;

/// An authority that issues what it is told to.
pub(crate) struct TestAuthority(CertifiedIssuer<'static, KeyPair>);

/// A certificate for this subject; no alternative names, no usages.
pub(crate) fn subject(parts: &[(&str, &str)]) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    for (kind, value) in parts {
        let kind = match *kind {
            "CN" => DnType::CommonName,
            "O" => DnType::OrganizationName,
            "OU" => DnType::OrganizationalUnitName,
            "C" => DnType::CountryName,
            other => panic!("{other}"),
        };
        // rcgen keeps one value of a kind; a second one goes under its own number.
        if params.distinguished_name.get(&kind).is_some() {
            params.distinguished_name.push(DnType::CustomDnType(vec![2, 5, 4, 11]), *value);
        } else {
            params.distinguished_name.push(kind, *value);
        }
    }
    params
}

/// A certificate of a caller.
pub(crate) fn caller(name: &str) -> CertificateParams {
    let mut params = subject(&[("CN", name)]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

/// A certificate of an authority.
pub(crate) fn authority(name: &str) -> CertificateParams {
    let mut params = subject(&[("CN", name)]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

impl TestAuthority {
    /// One that signs itself, valid for long.
    pub(crate) fn new(name: &str) -> Self {
        Self::of(authority(name))
    }

    pub(crate) fn of(params: CertificateParams) -> Self {
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// One below this.
    pub(crate) fn below(&self, params: CertificateParams) -> Self {
        Self(CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), &self.0).unwrap())
    }

    #[expect(clippy::needless_pass_by_value, reason = "tests make the parameters where they give them")]
    pub(crate) fn issue(&self, params: CertificateParams) -> CertificateDer<'static> {
        params.signed_by(&KeyPair::generate().unwrap(), &self.0).unwrap().der().clone()
    }

    pub(crate) fn der(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    pub(crate) fn pem(&self) -> String {
        pem(&self.der())
    }
}

/// A certificate as PEM, in one line.
pub(crate) fn pem(der: &[u8]) -> String {
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
}
