//! Certificates of the tests' own.

use base64::Engine as _;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, date_time_ymd};

/// The certificate of an authority, valid up to the begin of this day.
pub(crate) fn authority(name: &str, (year, month, day): (i32, u8, u8)) -> String {
    certificate(name, IsCa::Ca(BasicConstraints::Unconstrained), (year, month, day))
}

/// A certificate that is none of an authority.
pub(crate) fn caller(name: &str) -> String {
    certificate(name, IsCa::NoCa, (2030, 1, 1))
}

fn certificate(name: &str, is_ca: IsCa, (year, month, day): (i32, u8, u8)) -> String {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = is_ca;
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(year, month, day);
    let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    let body = base64::engine::general_purpose::STANDARD.encode(made.der());
    format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
}
