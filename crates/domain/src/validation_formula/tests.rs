use super::*;
use crate::certificate::test_authority::{TestAuthority, subject};
use FormulaProblem::{Control, Escape, NoCondition, NoEquals, NoValue, Quote, Star, TooLong, TooMany, UnknownField};

/// A certificate with several values of most fields.
fn certificate() -> CertificateFacts {
    let mut params = subject(&[("CN", "Shop"), ("O", "Acme, Inc."), ("OU", "Web"), ("OU", "Old"), ("C", "DE")]);
    params.subject_alt_names = vec![
        rcgen::SanType::DnsName("Shop.Example.com".try_into().unwrap()),
        rcgen::SanType::DnsName("a.b.example.com".try_into().unwrap()),
        rcgen::SanType::URI("spiffe://acme/shop?x=1".try_into().unwrap()),
        rcgen::SanType::Rfc822Name("shop@mail.example.com".try_into().unwrap()),
    ];
    CertificateFacts::read(&TestAuthority::new("CA").issue(params)).unwrap()
}

#[test]
fn what_a_rule_admits() {
    let certificate = certificate();
    for (rule, admitted) in [
        ("CN=Shop", true),
        ("CN=shop", false),
        ("CN=Sho", false),
        ("CN=Shop ", true),
        (" CN = Shop , OU=Web", true),
        ("OU=Web,OU=Old", true),
        ("OU=Web,OU=New", false),
        ("O=Acme\\, Inc.", true),
        ("O=Acme", false),
        ("C=DE,CN=Shop,O=Acme\\, Inc.", true),
        ("SAN.DNS=shop.example.com", true),
        ("SAN.DNS=SHOP.EXAMPLE.COM", true),
        ("SAN.DNS=*.example.com", true),
        ("SAN.DNS=*.EXAMPLE.com", true),
        ("SAN.DNS=*.b.example.com", true),
        // One label, neither none nor several.
        ("SAN.DNS=*.com", false),
        ("SAN.DNS=*.shop.example.com", false),
        ("SAN.DNS=example.com", false),
        ("SAN.URI=spiffe://acme/shop?x=1", true),
        ("SAN.URI=SPIFFE://acme/shop?x=1", false),
        ("SAN.EMAIL=shop@mail.example.com", true),
        // A mailbox is no label.
        ("SAN.EMAIL=*.example.com", false),
        ("CN=*.Shop", false),
        ("CN=\\*.Shop", false),
    ] {
        assert_eq!(ValidationFormula::parse(rule).unwrap().admits(&certificate), admitted, "{rule}");
    }
}

#[test]
fn a_certificate_without_the_field_fulfils_no_condition() {
    let bare = CertificateFacts::read(&TestAuthority::new("CA").issue(subject(&[]))).unwrap();
    for field in CertificateField::ALL {
        for value in ["x", "*.x"] {
            let rule = ValidationFormula::parse(&format!("{}={value}", field.as_str())).unwrap();
            assert!(!rule.admits(&bare), "{}", rule.as_str());
        }
    }
}

#[test]
fn what_is_no_rule_is_refused_at_its_character() {
    let long = format!("CN={}", "x".repeat(ValidationFormula::MAX_CHARS));
    let many = vec!["CN=x"; ValidationFormula::MAX_CONDITIONS + 1].join(",");
    for (rule, at, problem) in [
        ("", 1, NoCondition),
        ("   ", 1, NoCondition),
        (",", 1, NoCondition),
        ("CN=a,", 6, NoCondition),
        ("CN=a,,O=b", 6, NoCondition),
        (",CN=a", 1, NoCondition),
        ("CN", 1, NoEquals),
        ("CN=a, Inc.", 7, NoEquals),
        ("cn=a", 1, UnknownField),
        ("=a", 1, UnknownField),
        ("CN==a,X=y", 7, UnknownField),
        ("SAN.IP=10.0.0.1", 1, UnknownField),
        ("SAN=a", 1, UnknownField),
        ("\u{441}N=a", 1, UnknownField),
        ("CN=\u{e9},\u{e9}=b", 6, UnknownField),
        ("CN=", 4, NoValue),
        ("CN= ,O=b", 5, NoValue),
        ("CN=*.", 4, NoValue),
        ("CN=*", 4, Star),
        ("CN=a*", 5, Star),
        ("CN=*a.b", 4, Star),
        ("CN=*.*.b", 6, Star),
        ("CN=\"a\"", 4, Quote),
        ("CN=a\\", 5, Escape),
        ("CN=a\\b", 5, Escape),
        ("CN=a\nO=b", 5, Control),
        ("CN=a\0", 5, Control),
        (&long, ValidationFormula::MAX_CHARS + 1, TooLong),
        (&many, many.len() - 3, TooMany),
    ] {
        assert_eq!(ValidationFormula::parse(rule), Err(FormulaFault { at, problem }), "{rule:?}");
    }
}

#[test]
fn a_rule_is_kept_as_typed_and_shown_part_by_part() {
    let rule = ValidationFormula::parse(" CN=a\\, b , SAN.DNS=*.x ").unwrap();
    assert_eq!(rule.as_str(), "CN=a\\, b , SAN.DNS=*.x");
    let parts: Vec<_> = rule.conditions().iter().map(ToString::to_string).collect();
    assert_eq!(parts, ["CN=a, b", "SAN.DNS=*.x"]);
    assert_eq!(ValidationFormula::parse(rule.as_str()), Ok(rule));
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused_within_it(text in "[ -~\u{e9}\n]{0,40}|((CN|O|SAN.DNS)=[*.a-c\\\\, ]{0,6},?){0,4}") {
        match ValidationFormula::parse(&text) {
            Ok(rule) => proptest::prop_assert_eq!(ValidationFormula::parse(rule.as_str()).unwrap(), rule),
            Err(fault) => proptest::prop_assert!((1..=text.chars().count() + 1).contains(&fault.at)),
        }
    }
}
