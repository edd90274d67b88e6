//! Check 4: mutual TLS, where the profile asks for it: a client certificate that a bundle of its terms trusts and that
//! fulfils their rule. The bundles are asked first: of an unverified certificate nothing is believed.

use super::recorder::Values;
use crate::client_certificate::ClientCertificate;
use crate::denial::Denial;
use crate::directory::Directory;
use crate::terms::Terms;
use crate::time::Timestamp;

pub(super) fn check(
    directory: &Directory,
    terms: Option<&Terms>,
    certificate: Option<&ClientCertificate>,
    now: Timestamp,
) -> Result<(), Denial> {
    let Some(terms) = terms.filter(|terms| terms.mtls_enabled) else { return Ok(()) };
    let certificate = certificate.ok_or(Denial::MtlsMissing)?;
    let mut bundles = terms.cert_bundle_ids.iter().filter_map(|id| directory.cert_bundle(*id));
    if !bundles.any(|bundle| certificate.trusted_by(bundle, now).is_ok()) {
        return Err(Denial::MtlsUntrusted);
    }
    let Some(rule) = &terms.validation_formula else { return Ok(()) };
    if certificate.facts().is_some_and(|facts| rule.admits(facts)) { Ok(()) } else { Err(Denial::MtlsRule) }
}

pub(super) fn values(
    directory: &Directory,
    terms: Option<&Terms>,
    certificate: Option<&ClientCertificate>,
    now: Timestamp,
    values: &mut Values,
) {
    let Some(terms) = terms.filter(|terms| terms.mtls_enabled) else {
        values.add("asked_for", "no");
        return;
    };
    values.add("asked_for", "yes");
    let facts = certificate.and_then(ClientCertificate::facts);
    match (certificate, facts) {
        (None, _) => values.add("certificate", "none"),
        (Some(_), None) => values.add("certificate", "cannot be read"),
        (Some(_), Some(facts)) => {
            let shown = |at: Timestamp| jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
            values.add("subject", &facts.subject);
            values.add("issuer", &facts.issuer);
            values.add("serial", &facts.serial);
            values.add("fingerprint_sha256", &facts.fingerprint);
            values.add("valid_from", shown(facts.validity.starts_at()));
            values.add("valid_until", shown(facts.validity.ends_at()));
            if let Some(purposes) = &facts.purposes {
                values.add_list("extended_key_usage", purposes.iter(), "empty");
            }
        }
    }
    let bundle = |id| match (directory.cert_bundle(id), certificate) {
        (None, _) => format!("{id}: not there"),
        (Some(bundle), None) => bundle.name().to_string(),
        (Some(bundle), Some(certificate)) => match certificate.trusted_by(bundle, now) {
            Ok(()) => format!("{}: trusted", bundle.name()),
            Err(fault) => format!("{}: not trusted, {fault}", bundle.name()),
        },
    };
    values.add_list("bundles", terms.cert_bundle_ids.iter().map(|id| bundle(*id)), "none: nobody is trusted");
    let Some(rule) = &terms.validation_formula else { return };
    values.add("rule", rule.as_str());
    let Some(facts) = facts else { return };
    let compared = rule.conditions().iter().map(|condition| {
        let found: Vec<_> = facts.values(condition.field).collect();
        let found = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
        let outcome = if condition.holds(facts) { "holds" } else { "does not hold" };
        format!("{condition} {outcome}, the certificate has {found}")
    });
    values.add("rule_compared", compared.collect::<Vec<_>>().join("; "));
}
