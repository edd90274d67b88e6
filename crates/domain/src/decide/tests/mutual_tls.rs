//! Check 4: a client certificate that a bundle trusts and that fulfils the rule, besides the credential.

use super::*;
use crate::cert_bundle::CertBundle;
use crate::certificate::Authorities;
use crate::certificate::test_authority::{TestAuthority, caller};
use crate::client_certificate::ClientCertificate;
use crate::ids::CertBundleId;
use crate::validation_formula::ValidationFormula;

/// 2026-11-24.
const NOW: Now = Now { monotonic: Monotonic(0), wall: Timestamp(1_795_478_400_000_000) };

fn bundle(id: i64, authority: &TestAuthority) -> Delta {
    let bundle = CertBundle {
        id: CertBundleId(id),
        name: Name::parse(&format!("Bundle {id}")).unwrap(),
        authorities: Authorities::parse(&authority.pem()).unwrap(),
        created_at: T0,
        updated_at: T0,
    };
    Delta::CertBundle(CertBundleId(id), Some(Box::new(bundle)))
}

fn asking(bundles: &[i64], rule: Option<&str>) -> Terms {
    let mut terms = terms(None);
    terms.mtls_enabled = true;
    terms.cert_bundle_ids = bundles.iter().copied().map(CertBundleId).collect();
    terms.validation_formula = rule.map(|rule| ValidationFormula::parse(rule).unwrap());
    terms
}

fn directory_of(terms: Terms, bundles: impl IntoIterator<Item = Delta>) -> Directory {
    directory().apply(Revision(2), bundles.into_iter().chain([put(profile(1, Some(terms)))]))
}

fn issued(authority: &TestAuthority) -> Arc<ClientCertificate> {
    ClientCertificate::new(&[authority.issue(caller("shop"))]).unwrap()
}

fn facts<'a>(directory: &Directory, token: &'a str, certificate: Option<&'a ClientCertificate>) -> RequestFacts<'a> {
    let path = CanonicalPath::parse(b"/orders/list").unwrap();
    let found = FoundCredentials { api_token: Some(token.as_bytes()), api_token_count: 1, ..Default::default() };
    RequestFacts {
        framing: Ok(()),
        route: directory.route("gw.test", Method::Get, &path),
        claimant: Claimant::Credentials(found),
        source: Source::Known("10.0.0.1".parse().unwrap()),
        certificate,
        body_bytes: None,
    }
}

#[track_caller]
fn check_with(directory: &Directory, certificate: Option<&ClientCertificate>, expected: Result<(), Denial>) {
    let token = token(1);
    let facts = facts(directory, &token, certificate);
    let outcome = decided(directory, &facts, NOW).map(drop).map_err(|refusal| refusal.denial);
    assert_eq!(outcome, expected);
    let explained = explain(directory, &facts, Waited::default(), NOW).unwrap();
    assert_eq!(explained.denial, expected.err());
}

#[test]
fn a_profile_that_asks_for_a_certificate_admits_only_those_that_its_bundles_trust() {
    let (ca, other) = (TestAuthority::new("CA"), TestAuthority::new("Other"));
    let (good, bad) = (issued(&ca), issued(&other));
    let d = directory_of(asking(&[1], None), [bundle(1, &ca), bundle(2, &other)]);
    check_with(&d, None, Err(Denial::MtlsMissing));
    check_with(&d, Some(&good), Ok(()));
    check_with(&d, Some(&bad), Err(Denial::MtlsUntrusted));
    let d = directory_of(asking(&[1, 2], None), [bundle(1, &ca), bundle(2, &other)]);
    check_with(&d, Some(&good), Ok(()));
    check_with(&d, Some(&bad), Ok(()));
    let d = directory_of(asking(&[], None), [bundle(1, &ca)]);
    check_with(&d, Some(&good), Err(Denial::MtlsUntrusted));
    let d = directory_of(asking(&[9], None), [bundle(1, &ca)]);
    check_with(&d, Some(&good), Err(Denial::MtlsUntrusted));
}

#[test]
fn a_profile_that_does_not_ask_takes_any_certificate_or_none() {
    let ca = TestAuthority::new("CA");
    let mut terms = asking(&[1], Some("CN=somebody else"));
    terms.mtls_enabled = false;
    let d = directory_of(terms, [bundle(1, &ca)]);
    let stranger = issued(&TestAuthority::new("Other"));
    for certificate in [None, Some(&*stranger)] {
        check_with(&d, certificate, Ok(()));
    }
}

#[test]
fn the_rule_is_asked_after_the_bundles() {
    let ca = TestAuthority::new("CA");
    let good = issued(&ca);
    for (rule, expected) in [("CN=shop", Ok(())), ("CN=Shop", Err(Denial::MtlsRule))] {
        let d = directory_of(asking(&[1], Some(rule)), [bundle(1, &ca)]);
        check_with(&d, Some(&good), expected);
        check_with(&d, Some(&issued(&TestAuthority::new("Other"))), Err(Denial::MtlsUntrusted));
    }
}

#[test]
fn a_certificate_is_no_credential_and_the_order_of_checks_is_kept() {
    let ca = TestAuthority::new("CA");
    let good = issued(&ca);
    let d = directory_of(asking(&[1], None), [bundle(1, &ca)]);
    let stranger = token(9);
    let outcome = decided(&d, &facts(&d, &stranger, Some(&good)), NOW).map(drop).map_err(|refusal| refusal.denial);
    assert_eq!(outcome, Err(Denial::CredentialUnknown));
    // Check 4 comes before check 5.
    let d = d.apply(Revision(3), [Delta::Client(ClientId(1), Some(Box::new(client(false))))]);
    check_with(&d, None, Err(Denial::MtlsMissing));
    check_with(&d, Some(&good), Err(Denial::ClientDisabled));
}

#[test]
fn changes_of_bundle_rule_and_terms_act_on_a_connection_that_is_open() {
    let (ca, other) = (TestAuthority::new("CA"), TestAuthority::new("Other"));
    let good = issued(&ca);
    let d = directory_of(asking(&[1], None), [bundle(1, &ca)]);
    check_with(&d, Some(&good), Ok(()));
    check_with(&d.apply(Revision(3), [bundle(1, &other)]), Some(&good), Err(Denial::MtlsUntrusted));
    let gone = d.apply(Revision(3), [Delta::CertBundle(CertBundleId(1), None)]);
    check_with(&gone, Some(&good), Err(Denial::MtlsUntrusted));
    let ruled = d.apply(Revision(3), [put(profile(1, Some(asking(&[1], Some("CN=x")))))]);
    check_with(&ruled, Some(&good), Err(Denial::MtlsRule));
    check_with(&d, Some(&good), Ok(()));
    // A reload of everything.
    let all = [
        Delta::Client(ClientId(1), Some(Box::new(client(true)))),
        put(profile(1, Some(asking(&[1], None)))),
        bundle(1, &other),
    ];
    let reloaded = d.reload(Revision(4), all);
    check_with(&reloaded, Some(&good), Err(Denial::MtlsUntrusted));
}

#[test]
fn an_explanation_shows_what_was_compared() {
    let (ca, other) = (TestAuthority::new("CA"), TestAuthority::new("Other"));
    let d = directory_of(asking(&[1, 2, 3], Some("CN=Shop,SAN.DNS=*.x")), [bundle(1, &other), bundle(2, &ca)]);
    let token = token(1);
    let good = issued(&ca);
    let shown = |certificate: Option<&ClientCertificate>| {
        let explained = explain(&d, &facts(&d, &token, certificate), Waited::default(), NOW).unwrap();
        let values = explained.rows[3].values.clone();
        values.into_iter().map(|value| (value.name, value.value)).collect::<std::collections::BTreeMap<_, _>>()
    };
    let values = shown(Some(&good));
    assert_eq!((&*values["subject"], &*values["issuer"]), ("CN=shop", "CN=CA"));
    assert_eq!(values["fingerprint_sha256"].len(), 64);
    let bundles = &values["bundles"];
    assert!(bundles.starts_with("Bundle 1: not trusted, no authority"), "{bundles}");
    assert!(bundles.ends_with("Bundle 2: trusted, 3: not there"), "{bundles}");
    let compared =
        "CN=Shop does not hold, the certificate has shop; SAN.DNS=*.x does not hold, the certificate has nothing";
    assert_eq!((&*values["rule"], &*values["rule_compared"]), ("CN=Shop,SAN.DNS=*.x", compared));
    let values = shown(None);
    assert_eq!((&*values["certificate"], &*values["bundles"]), ("none", "Bundle 1, Bundle 2, 3: not there"));
}
