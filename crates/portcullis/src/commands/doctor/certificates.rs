//! Certificates that end: those of TLS listeners, and the authorities in certificate bundles.

use super::pages::{BUNDLES, CERTIFICATES};
use super::{Findings, State};
use crate::clock;
use crate::settings::Settings;
use domain::cert_bundle::CertState;
use domain::certificate::{Authorities, CertificateFacts};
use domain::time::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use store::{CONTROL_DB, cert_bundle_texts};

const DAY_MICROS: i64 = 24 * 3_600_000_000;

/// The certificates of the settings, and who may read their keys.
pub(super) fn of_listeners(settings: &Settings, findings: &mut Findings) {
    let check = "listener certificates";
    let mut any = false;
    for (certificate, key) in settings.certificate_files() {
        any = true;
        let shown = certificate.display();
        let first = CertificateDer::pem_file_iter(certificate).ok().and_then(|mut all| all.next());
        let facts = first.and_then(Result::ok).and_then(|der| CertificateFacts::read(&der));
        if let Some(facts) = facts {
            let (state, message) = end_of(&shown.to_string(), facts.validity.ends_at(), clock::wall());
            findings.add(check, state, message, CERTIFICATES);
        } else {
            let message = format!("{shown} holds no certificate that can be read");
            findings.add(check, State::Problem, message, CERTIFICATES);
        }
        let mode = fs::metadata(key).map(|meta| meta.permissions().mode() & 0o777).unwrap_or_default();
        if mode & 0o007 != 0 {
            let message = format!("every user can read the key {} (mode {mode:03o}): chmod 600", key.display());
            findings.add(check, State::Warning, message, CERTIFICATES);
        }
    }
    if !any {
        findings.add(check, State::Ok, "no listener has TLS", CERTIFICATES);
    }
}

/// The authorities whose client certificates are trusted: callers under one that has ended are refused.
pub(super) fn of_bundles(data_dir: &Path, findings: &mut Findings) {
    let check = "certificate bundles";
    let path = data_dir.join(CONTROL_DB);
    // A database that cannot be read has a finding of its own.
    let Ok(bundles) = cert_bundle_texts(&path) else { return };
    if bundles.is_empty() {
        findings.add(check, State::Ok, "there are none", BUNDLES);
    }
    for (name, pem) in bundles {
        let Ok(authorities) = Authorities::parse(&pem) else {
            findings.add(check, State::Problem, format!("{name:?} holds no authority that can be read"), BUNDLES);
            continue;
        };
        let first = authorities.iter().map(|authority| authority.facts.validity.ends_at()).min_by_key(|end| end.0);
        if let Some(ends) = first {
            let (state, message) = end_of(&format!("{name:?}"), ends, clock::wall());
            findings.add(check, state, message, BUNDLES);
        }
    }
}

fn end_of(what: &str, ends: Timestamp, now: Timestamp) -> (State, String) {
    let days = ends.0.saturating_sub(now.0) / DAY_MICROS;
    match CertState::of(ends, now) {
        CertState::Valid => (State::Ok, format!("{what} ends in {days} days")),
        CertState::Expiring => (State::Warning, format!("{what} ends in {days} days: renew it")),
        CertState::Expired => (State::Problem, format!("{what} has expired, {} days ago", days.abs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_warns_from_thirty_days_before_its_end() {
        let now = Timestamp(1_800_000_000_000_000);
        let at = |days: i64| end_of("x", Timestamp(now.0 + days * DAY_MICROS), now);
        assert_eq!(at(31), (State::Ok, "x ends in 31 days".to_owned()));
        assert_eq!(at(30), (State::Warning, "x ends in 30 days: renew it".to_owned()));
        assert_eq!(at(-2), (State::Problem, "x has expired, 2 days ago".to_owned()));
    }
}
