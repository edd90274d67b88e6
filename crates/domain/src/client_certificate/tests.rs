use super::*;
use crate::cert_bundle::CertBundle;
use crate::certificate::Authorities;
use crate::certificate::test_authority::{TestAuthority, authority, caller, pem, subject};
use crate::directory::{Delta, Directory};
use crate::ids::{CertBundleId, Revision};
use crate::text::Name;
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, date_time_ymd};

/// 2026-11-24.
const NOW: Timestamp = Timestamp(1_795_478_400_000_000);
const DAY: i64 = 86_400_000_000;

fn later(days: i64) -> Timestamp {
    Timestamp(NOW.0 + days * DAY)
}

fn bundle(directory: &Directory, id: i64, authorities: &[&TestAuthority]) -> Directory {
    let text: String = authorities.iter().map(|one| one.pem()).collect();
    let bundle = CertBundle {
        id: CertBundleId(id),
        name: Name::parse("partners").unwrap(),
        authorities: Authorities::parse(&text).unwrap(),
        created_at: NOW,
        updated_at: NOW,
    };
    let revision = Revision(directory.revision().0 + 1);
    directory.apply(revision, [Delta::CertBundle(CertBundleId(id), Some(Box::new(bundle)))])
}

fn trusting(authorities: &[&TestAuthority]) -> Directory {
    bundle(&Directory::empty(), 1, authorities)
}

fn verdict(directory: &Directory, certificate: &ClientCertificate, at: Timestamp) -> Result<(), ChainFault> {
    certificate.trusted_by(directory.cert_bundle(CertBundleId(1)).unwrap(), at)
}

/// Of a certificate that this authority issues.
fn issued(authority: &TestAuthority, params: CertificateParams) -> Arc<ClientCertificate> {
    ClientCertificate::new(&[authority.issue(params)]).unwrap()
}

#[test]
fn a_bundle_trusts_what_its_authorities_issued_for_clients() {
    let (ca, stranger) = (TestAuthority::new("CA"), TestAuthority::new("Stranger"));
    let directory = trusting(&[&stranger, &ca]);
    let mut both = caller("shop");
    both.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
    for params in [caller("shop"), subject(&[("CN", "no usage named")]), subject(&[]), both] {
        assert_eq!(verdict(&directory, &issued(&ca, params), NOW), Ok(()));
    }
}

#[test]
fn why_a_certificate_is_not_trusted() {
    let ca = TestAuthority::new("CA");
    let directory = trusting(&[&ca]);
    let check = |certificate: &ClientCertificate, expected| {
        assert_eq!(verdict(&directory, certificate, NOW), Err(expected), "{certificate:?}");
    };
    check(&issued(&TestAuthority::new("Other"), caller("shop")), ChainFault::UnknownIssuer);
    // An authority of the same name that is another one.
    check(&issued(&TestAuthority::new("CA"), caller("shop")), ChainFault::BadSignature);
    let mut server = subject(&[("CN", "shop")]);
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    check(&issued(&ca, server), ChainFault::NotForClients);
    let mut any = subject(&[("CN", "shop")]);
    any.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any];
    check(&issued(&ca, any), ChainFault::NotForClients);
    let mut past = caller("shop");
    past.not_after = date_time_ymd(2026, 11, 23);
    check(&issued(&ca, past), ChainFault::Expired);
    let mut future = caller("shop");
    future.not_before = date_time_ymd(2026, 11, 25);
    check(&issued(&ca, future), ChainFault::NotYetValid);
    check(&issued(&ca, authority("sub")), ChainFault::Authority);
    check(&ClientCertificate::new(&[ca.der()]).unwrap(), ChainFault::Authority);
    check(&ClientCertificate::new(&[b"no certificate".as_slice().into()]).unwrap(), ChainFault::Unreadable);
    let mut cut = ca.issue(caller("shop")).to_vec();
    cut.pop();
    check(&ClientCertificate::new(&[cut.into()]).unwrap(), ChainFault::Unreadable);
    let mut forged = ca.issue(caller("shop")).to_vec();
    *forged.last_mut().unwrap() ^= 1;
    assert!(verdict(&directory, &ClientCertificate::new(&[forged.into()]).unwrap(), NOW).is_err());
}

#[test]
fn a_self_signed_certificate_is_trusted_by_nobody() {
    let key = rcgen::KeyPair::generate().unwrap();
    let own = caller("CA").self_signed(&key).unwrap().der().clone();
    let certificate = ClientCertificate::new(&[own]).unwrap();
    assert!(verdict(&trusting(&[&TestAuthority::new("CA")]), &certificate, NOW).is_err());
}

#[test]
fn a_path_may_lead_over_intermediates_that_the_caller_sends() {
    let root = TestAuthority::new("Root");
    let middle = root.below(authority("Middle"));
    let issuing = middle.below(authority("Issuing"));
    let own = issuing.issue(caller("shop"));
    let directory = trusting(&[&root]);
    let chain = |others: &[&TestAuthority]| {
        let chain: Vec<_> = std::iter::once(own.clone()).chain(others.iter().map(|one| one.der())).collect();
        verdict(&directory, &ClientCertificate::new(&chain).unwrap(), NOW)
    };
    assert_eq!(chain(&[&issuing, &middle]), Ok(()));
    assert_eq!(chain(&[&root, &middle, &issuing]), Ok(()), "in any order, the root too");
    assert_eq!(chain(&[&issuing]), Err(ChainFault::UnknownIssuer));
    assert_eq!(chain(&[]), Err(ChainFault::UnknownIssuer));
    // An intermediate authority may stand in a bundle itself.
    let alone = ClientCertificate::new(&[own]).unwrap();
    assert_eq!(verdict(&trusting(&[&issuing]), &alone, NOW), Ok(()));
}

#[test]
fn a_caller_cannot_issue_certificates() {
    let ca = TestAuthority::new("CA");
    let mut shop = caller("shop");
    shop.is_ca = IsCa::ExplicitNoCa;
    let shop = ca.below(shop);
    let chain = [shop.issue(caller("admin")), shop.der()];
    assert_eq!(verdict(&trusting(&[&ca]), &ClientCertificate::new(&chain).unwrap(), NOW), Err(ChainFault::Rule));
    let mut limited = authority("Limited");
    limited.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let limited = ca.below(limited);
    let below = limited.below(authority("Below"));
    let chain = [below.issue(caller("shop")), below.der(), limited.der()];
    assert_eq!(verdict(&trusting(&[&ca]), &ClientCertificate::new(&chain).unwrap(), NOW), Err(ChainFault::Rule));
}

#[test]
fn a_verdict_ends_with_the_validity_of_any_certificate_whichever_way_the_clock_goes() {
    let ca = TestAuthority::new("CA");
    let directory = trusting(&[&ca]);
    let mut params = caller("shop");
    params.not_before = date_time_ymd(2026, 11, 20);
    params.not_after = date_time_ymd(2026, 11, 30);
    let certificate = issued(&ca, params);
    let last_second = Timestamp(later(6).0 + 999_999);
    for (at, expected) in [
        (NOW, Ok(())),
        (last_second, Ok(())),
        (Timestamp(last_second.0 + 1), Err(ChainFault::Expired)),
        (NOW, Ok(())),
        (later(-5), Err(ChainFault::NotYetValid)),
        (later(400), Err(ChainFault::Expired)),
        (later(-4), Ok(())),
        (Timestamp(-DAY), Err(ChainFault::NotYetValid)),
    ] {
        assert_eq!(verdict(&directory, &certificate, at), expected, "{at:?}");
    }
}

#[test]
fn an_authority_is_trusted_within_its_own_validity_only() {
    let mut params = authority("CA");
    params.not_after = date_time_ymd(2026, 12, 1);
    let ca = TestAuthority::of(params);
    let directory = trusting(&[&ca, &TestAuthority::new("Other")]);
    let certificate = issued(&ca, caller("shop"));
    assert_eq!(verdict(&directory, &certificate, NOW), Ok(()));
    assert_eq!(verdict(&directory, &certificate, later(8)), Err(ChainFault::AuthorityNotValid));
    assert_eq!(verdict(&directory, &certificate, NOW), Ok(()));
}

#[test]
fn a_changed_bundle_acts_on_a_verdict_that_was_remembered() {
    let (ca, other) = (TestAuthority::new("CA"), TestAuthority::new("Other"));
    let directory = trusting(&[&ca]);
    let certificate = issued(&ca, caller("shop"));
    assert_eq!(verdict(&directory, &certificate, NOW), Ok(()));
    let replaced = bundle(&directory, 1, &[&other]);
    assert_eq!(verdict(&replaced, &certificate, NOW), Err(ChainFault::UnknownIssuer));
    let back = bundle(&replaced, 1, &[&other, &ca]);
    assert_eq!(verdict(&back, &certificate, NOW), Ok(()));
}

#[test]
fn verdicts_of_many_bundles_are_kept_apart() {
    let ca = TestAuthority::new("CA");
    let other = TestAuthority::new("Other");
    let mut directory = Directory::empty();
    for id in 0..40 {
        let authority = if id % 2 == 0 { &ca } else { &other };
        directory = bundle(&directory, id, &[authority]);
    }
    let certificate = issued(&ca, caller("shop"));
    for id in (0..40).chain((0..40).rev()) {
        let trusted = certificate.trusted_by(directory.cert_bundle(CertBundleId(id)).unwrap(), NOW).is_ok();
        assert_eq!(trusted, id % 2 == 0, "{id}");
    }
    assert!(certificate.verdicts.lock().unwrap().len() <= 16);
}

#[test]
fn a_chain_is_none_without_a_certificate_and_bounded() {
    assert!(ClientCertificate::new(&[]).is_none());
    let ca = TestAuthority::new("CA");
    let chain = vec![ca.issue(caller("shop")); 40];
    assert_eq!(ClientCertificate::new(&chain).unwrap().chain.len(), MAX_CHAIN);
}

#[test]
fn a_described_chain_comes_as_pem() {
    let ca = TestAuthority::new("CA");
    let text = pem(&ca.issue(caller("shop")));
    let certificate = ClientCertificate::from_pem(&text).unwrap().unwrap();
    assert_eq!(&*certificate.facts().unwrap().subject, "CN=shop");
    assert!(ClientCertificate::from_pem("hello").unwrap().is_none());
    assert_eq!(ClientCertificate::from_pem("-----BEGIN CERTIFICATE-----").unwrap_err().len(), 1);
}
