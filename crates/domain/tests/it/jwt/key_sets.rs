//! Fetched key sets: what is passed over, what spoils the whole set, which key a token gets.

use super::signers::{ED25519, P256, P384, PublicTexts, RSA, Signer};
use domain::jwt::{Algorithm, KeyChoiceFault, KeySet, KeySetFault, OctKeys};

/// A JWK with members before its own.
fn with(texts: &PublicTexts, members: &str) -> String {
    texts.jwk.trim().replacen('{', &format!("{{{members},"), 1)
}

fn set(keys: &[String]) -> Result<KeySet, KeySetFault> {
    KeySet::parse(format!("{{\"keys\":[{}]}}", keys.join(",")).as_bytes())
}

#[test]
fn a_kid_chooses_exactly_one_key() {
    let set = set(&[with(&RSA, r#""kid":"r""#), with(&P256, r#""kid":"e""#), ED25519.jwk.into()]).unwrap();
    assert_eq!(set.len(), 3);
    let fingerprint = |kid, algorithm| set.select(kid, algorithm).map(|key| key.describe().fingerprint);
    assert_eq!(fingerprint(Some("r"), Algorithm::Rs256), Ok(RSA.fingerprint.into()));
    assert_eq!(fingerprint(Some("e"), Algorithm::Es256), Ok(P256.fingerprint.into()));
    assert_eq!(fingerprint(Some("e"), Algorithm::Es384), Err(KeyChoiceFault::NoUsableKey));
    assert_eq!(fingerprint(Some("e"), Algorithm::Rs256), Err(KeyChoiceFault::NoUsableKey));
    assert_eq!(fingerprint(Some("E"), Algorithm::Es256), Err(KeyChoiceFault::UnknownKid));
    assert_eq!(fingerprint(Some(""), Algorithm::EdDsa), Err(KeyChoiceFault::UnknownKid));
    assert_eq!(fingerprint(Some("../e"), Algorithm::Es256), Err(KeyChoiceFault::UnknownKid));
}

#[test]
fn without_a_kid_only_one_key_may_fit() {
    let one = set(&[with(&RSA, r#""kid":"r""#), with(&P256, r#""kid":"e""#)]).unwrap();
    assert!(one.select(None, Algorithm::Es256).is_ok());
    assert!(one.select(None, Algorithm::Ps512).is_ok());
    assert_eq!(one.select(None, Algorithm::EdDsa).map(|_| ()), Err(KeyChoiceFault::NoUsableKey));
    let two = set(&[with(&RSA, r#""kid":"a""#), with(&RSA, r#""kid":"b""#)]).unwrap();
    assert_eq!(two.select(None, Algorithm::Rs256).map(|_| ()), Err(KeyChoiceFault::SeveralKeys));
    let bound = set(&[with(&RSA, r#""kid":"a","alg":"RS256""#), with(&RSA, r#""kid":"b","alg":"PS256""#)]).unwrap();
    assert!(bound.select(None, Algorithm::Ps256).is_ok());
    assert_eq!(bound.select(None, Algorithm::Rs512).map(|_| ()), Err(KeyChoiceFault::NoUsableKey));
    assert_eq!(bound.select(Some("a"), Algorithm::Ps256).map(|_| ()), Err(KeyChoiceFault::NoUsableKey));
    assert_eq!(set(&[]).unwrap().select(None, Algorithm::Rs256).map(|_| ()), Err(KeyChoiceFault::NoUsableKey));
}

#[test]
fn keys_that_cannot_be_used_are_passed_over() {
    let oct = r#"{"kty":"oct","kid":"o","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}"#.to_owned();
    let unusable = [
        oct,
        r#"{"kty":"new","kid":"n"}"#.to_owned(),
        r#"{"kid":"without kty"}"#.to_owned(),
        r#"{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}"#.to_owned(),
        r#"{"kty":"OKP","crv":"X25519","x":"AA"}"#.to_owned(),
        r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#.to_owned(),
        with(&RSA, r#""use":"enc""#),
        with(&RSA, r#""key_ops":["encrypt"]"#),
        with(&RSA, r#""alg":"RSA-OAEP-256""#),
        with(&P384, r#""alg":"ES256""#),
        with(&P256, r#""d":"AAAA""#),
        "{}".to_owned(),
    ];
    for key in &unusable {
        assert_eq!(set(std::slice::from_ref(key)).unwrap().len(), 0, "{key:.80}");
    }
    let mixed = set(&[unusable.as_slice(), &[with(&RSA, r#""kid":"good""#)]].concat()).unwrap();
    assert_eq!(mixed.len(), 1);
    let signer = Signer::fixed();
    let key = mixed.select(Some("good"), Algorithm::Rs256).unwrap();
    assert!(key.verify(Algorithm::Rs256, b"message", &signer.sign(Algorithm::Rs256, b"message")));
    assert_eq!(mixed.select(Some("o"), Algorithm::Hs256).map(|_| ()), Err(KeyChoiceFault::UnknownKid));
    assert_eq!(mixed.select(None, Algorithm::Hs256).map(|_| ()), Err(KeyChoiceFault::NoUsableKey));
}

#[test]
fn a_repeated_kid_spoils_the_set() {
    let (one, two) = (with(&RSA, r#""kid":"k""#), with(&P256, r#""kid":"k""#));
    assert_eq!(set(&[one.clone(), two]), Err(KeySetFault::RepeatedKid));
    assert_eq!(set(&[one.clone(), one.clone()]), Err(KeySetFault::RepeatedKid));
    // Also where one of the two is of no use, or writes the kid with escapes.
    assert_eq!(set(&[one.clone(), r#"{"kty":"new","kid":"k"}"#.into()]), Err(KeySetFault::RepeatedKid));
    assert_eq!(set(&[one.clone(), with(&P256, r#""kid":"\u006b""#)]), Err(KeySetFault::RepeatedKid));
    // Several without kid may stand beside each other.
    assert_eq!(set(&[RSA.jwk.into(), P256.jwk.into(), one]).unwrap().len(), 3);
}

#[test]
fn a_set_with_two_readings_is_refused() {
    let key = RSA.jwk.trim();
    for text in [
        String::new(),
        "[]".into(),
        "null".into(),
        "{}".into(),
        r#"{"keys":null}"#.into(),
        r#"{"keys":{}}"#.into(),
        r#"{"keys":[1]}"#.into(),
        r#"{"keys":[null]}"#.into(),
        format!("{{\"keys\":{key}}}"),
        key.to_owned(),
        format!("{{\"keys\":[{key}],\"keys\":[]}}"),
        format!("{{\"keys\":[],\"\\u006beys\":[{key}]}}"),
        format!("{{\"keys\":[{}]}}", with(&RSA, r#""e":"AQAB""#)),
        format!("{{\"keys\":[{}]}}", with(&RSA, r#""x":{"a":1,"a":2}"#)),
        format!("{{\"keys\":[{}]}}", with(&RSA, r#""kid":7"#)),
        format!("{{\"keys\":[{}]}}", with(&RSA, r#""kid":null"#)),
        format!("{{\"keys\":[{key}]}}{{}}"),
        format!("\u{feff}{{\"keys\":[{key}]}}"),
        format!("{{\"keys\":[{key},]}}"),
        format!("{{\"keys\":{}{}}}", "[".repeat(300), "]".repeat(300)),
    ] {
        assert_eq!(KeySet::parse(text.as_bytes()), Err(KeySetFault::Malformed), "{text:.80}");
    }
    assert_eq!(KeySet::parse(b"{\"keys\":[],\"x\":\"\xff\"}"), Err(KeySetFault::Malformed));
    // Other members of the set mean nothing.
    assert!(KeySet::parse(br#"{"keys":[],"issuer":"x","Keys":1}"#).is_ok());
}

#[test]
fn a_set_has_bounds() {
    let keys = |count: usize| -> Vec<String> {
        (0..count).map(|number| with(&P256, &format!("\"kid\":\"{number}\""))).collect()
    };
    assert_eq!(set(&keys(64)).unwrap().len(), 64);
    assert_eq!(set(&keys(65)), Err(KeySetFault::TooManyKeys));
    let padded = |bytes: usize| {
        let text = format!("{{\"keys\":[{}]}}", RSA.jwk.trim());
        KeySet::parse(format!("{text}{}", " ".repeat(bytes - text.len())).as_bytes())
    };
    assert_eq!(padded(65536).unwrap().len(), 1);
    assert_eq!(padded(65537), Err(KeySetFault::TooLarge));
}

#[test]
fn shared_secrets_count_only_where_asked_for_and_alone() {
    let oct = r#"{"kty":"oct","kid":"o","alg":"HS256","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}"#;
    let alone = format!("{{\"keys\":[{oct}]}}");
    assert!(KeySet::parse(alone.as_bytes()).unwrap().is_empty());
    let allowed = KeySet::parse_with(alone.as_bytes(), OctKeys::Allowed).unwrap();
    assert!(allowed.select(Some("o"), Algorithm::Hs256).is_ok());
    let mixed = format!("{{\"keys\":[{oct},{}]}}", RSA.jwk.trim());
    assert_eq!(KeySet::parse_with(mixed.as_bytes(), OctKeys::Allowed), Err(KeySetFault::MixedKinds));
    assert_eq!(KeySet::parse(mixed.as_bytes()).unwrap().len(), 1);
}
