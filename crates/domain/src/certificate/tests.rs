use super::test_authority::{TestAuthority, authority, caller, pem, subject};
use super::*;
use rcgen::{BasicConstraints, IsCa, KeyUsagePurpose};

#[test]
fn a_certificate_says_who_it_is_of_and_how_long_it_is_valid() {
    let mut params = subject(&[("C", "DE"), ("O", "Acme"), ("CN", "shop")]);
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(2027, 1, 1);
    params.serial_number = Some(vec![1, 171].into());
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let facts = CertificateFacts::read(&TestAuthority::new("Acme CA").issue(params)).unwrap();
    assert_eq!((&*facts.subject, &*facts.issuer), ("C=DE, O=Acme, CN=shop", "CN=Acme CA"));
    assert_eq!((&*facts.serial, facts.fingerprint.len()), ("01ab", 64));
    assert_eq!(facts.validity, Validity { not_before: 1_767_225_600, not_after: 1_798_761_600 });
    assert_eq!(facts.purposes.unwrap().to_vec(), ["client authentication".into()]);
}

#[test]
fn names_with_control_characters_are_shown_without_them_and_compared_with_them() {
    let der = TestAuthority::new("CA").issue(subject(&[("CN", "shop\u{1b}[31m\0x")]));
    let facts = CertificateFacts::read(&der).unwrap();
    assert_eq!(&*facts.subject, "CN=shop\u{fffd}[31m\u{fffd}x");
    let names: Vec<_> = facts.values(CertificateField::CommonName).collect();
    assert_eq!(names, ["shop\u{1b}[31m\0x"]);
}

#[test]
fn bytes_that_are_no_certificate_are_not_read() {
    let whole = TestAuthority::new("CA").issue(caller("shop"));
    assert_eq!(CertificateFacts::read(b""), None);
    assert_eq!(CertificateFacts::read(b"hello"), None);
    assert_eq!(CertificateFacts::read(&whole[..whole.len() - 1]), None);
    assert_eq!(CertificateFacts::read(&[&whole[..], b"x"].concat()), None);
}

#[test]
fn authorities_are_read_with_words_around_them_each_once() {
    let (one, two) = (TestAuthority::new("One"), TestAuthority::new("Two"));
    let text = format!("Subject: CN=One\r\n{}\n\n# two\n{}{}", one.pem().replace('\n', "\r\n"), two.pem(), one.pem());
    let read = Authorities::parse(&text).unwrap();
    let subjects: Vec<_> = read.iter().map(|one| &*one.facts.subject).collect();
    assert_eq!(subjects, ["CN=One", "CN=Two"]);
    assert_eq!(Authorities::parse(&read.to_pem()), Ok(read.clone()));
    assert!(read.to_pem().lines().all(|line| line.len() <= 64));
}

#[track_caller]
fn check(text: &str, expected: &[(usize, AuthorityProblem)]) {
    let faults = Authorities::parse(text).unwrap_err();
    let found: Vec<_> = faults.into_iter().map(|fault| (fault.line, fault.problem)).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn what_is_no_authority_is_refused_at_its_line() {
    use AuthorityProblem::{Damaged, Empty, NoSigning, NotAuthority, OtherBlock, PrivateKey};
    let good = TestAuthority::new("CA");
    check("", &[(1, Empty)]);
    check("MIIB", &[(1, Empty)]);
    check("-----BEGIN CERTIFICATE-----\nAAAA", &[(1, Damaged)]);
    check("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", &[(1, Damaged)]);
    check("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----", &[(1, Damaged)]);
    check("-----BEGIN CERTIFICATE-----\nAAAA\n-----END X509 CRL-----", &[(1, Damaged)]);
    check("-----BEGIN CERTIFICATE", &[(1, Damaged)]);
    check("\n-----BEGIN RSA PRIVATE KEY-----\nAA\n-----END RSA PRIVATE KEY-----", &[(2, PrivateKey)]);
    check("-----BEGIN PUBLIC KEY-----\nAA\n-----END PUBLIC KEY-----", &[(1, OtherBlock("PUBLIC KEY".into()))]);
    let leaf = pem(&good.issue(caller("shop")));
    check(&leaf, &[(1, NotAuthority("CN=shop".into()))]);
    let mut explicit = subject(&[("CN", "no")]);
    explicit.is_ca = IsCa::ExplicitNoCa;
    check(&pem(&good.issue(explicit)), &[(1, NotAuthority("CN=no".into()))]);
    let mut mute = authority("mute");
    mute.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    mute.key_usages = vec![KeyUsagePurpose::CrlSign];
    check(&TestAuthority::of(mute).pem(), &[(1, NoSigning("CN=mute".into()))]);
    // All of them at once; an unfinished block does not hide the next.
    let text = format!("{}-----BEGIN CERTIFICATE-----\nAAAA\n{leaf}", good.pem());
    check(&text, &[(4, Damaged), (6, NotAuthority("CN=shop".into()))]);
}

#[test]
fn size_and_number_are_bounded() {
    use AuthorityProblem::{TooLong, TooMany};
    check(&"x".repeat(Authorities::MAX_PEM_BYTES + 1), &[(1, TooLong)]);
    let block = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    check(&block.repeat(Authorities::MAX + 1), &[(1, TooMany)]);
}

#[test]
fn a_certificate_with_a_weak_key_is_refused() {
    // `openssl req -x509 -newkey rsa:1024 -nodes -subj "/CN=weak" -addext basicConstraints=critical,CA:TRUE`
    let text = include_str!("weak.pem");
    check(text, &[(1, AuthorityProblem::RsaSize { bits: 1024, subject: "CN=weak".into() })]);
}
