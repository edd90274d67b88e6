//! Keys as owners paste them: every form of every type, and what is refused with which sentence.

use super::signers::{ALL, ED25519, P256, P384, P521, RSA, SECRET, Signer, base64url, pem_bytes};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use domain::jwt::{Algorithm, KeyDescription, KeyFamily, KeyFault, VerifyingKey};
use serde_json::{Value, json};

fn parse(family: KeyFamily, text: &str) -> Result<VerifyingKey, KeyFault> {
    VerifyingKey::parse(family, text)
}

#[track_caller]
fn check_refused(family: KeyFamily, text: &str, fault: KeyFault) {
    assert_eq!(parse(family, text).map(|key| key.describe()), Err(fault), "{family} {text:.60}");
}

#[test]
fn every_form_of_a_public_key_is_the_same_key() {
    for texts in ALL {
        let expected = KeyDescription { kind: texts.name, bits: texts.bits, fingerprint: texts.fingerprint.to_owned() };
        let pem = parse(texts.family, texts.pem).unwrap();
        for (form, text) in [
            ("PEM", texts.pem.to_owned()),
            ("PEM with CRLF", texts.pem.replace('\n', "\r\n")),
            ("PEM in one line", texts.pem.replace('\n', " ")),
            ("PEM with words around", format!("Bag Attributes\n  friendlyName: x\n{}\nend of key\n", texts.pem)),
            ("certificate", texts.certificate.to_owned()),
            ("SSH line", texts.ssh.to_owned()),
            ("SSH line without comment", texts.ssh.rsplit_once(' ').unwrap().0.to_owned()),
            ("JWK", texts.jwk.to_owned()),
            ("JWK with white space around", format!("\n\t {} \r\n", texts.jwk)),
            ("JWK for signatures", texts.jwk.replacen('{', r#"{"use":"sig","key_ops":["verify"],"kid":"k","#, 1)),
        ] {
            let key = parse(texts.family, &text).unwrap_or_else(|fault| panic!("{} {form}: {fault}", texts.name));
            assert_eq!(key.describe(), expected, "{} {form}", texts.name);
            assert_eq!(key, pem, "{} {form}", texts.name);
            assert_eq!(key.family(), texts.family);
        }
    }
}

#[test]
fn a_key_permits_its_own_algorithms_only() {
    use Algorithm::{EdDsa, Es256, Es384, Es512, Hs256, Hs384, Hs512, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
    let secret = |bytes| VerifyingKey::hmac(&vec![7; bytes]).unwrap();
    for (key, permitted) in [
        (secret(32), vec![Hs256]),
        (secret(47), vec![Hs256]),
        (secret(48), vec![Hs256, Hs384]),
        (secret(63), vec![Hs256, Hs384]),
        (secret(64), vec![Hs256, Hs384, Hs512]),
        (secret(500), vec![Hs256, Hs384, Hs512]),
        (parse(KeyFamily::Rsa, RSA.pem).unwrap(), vec![Rs256, Rs384, Rs512, Ps256, Ps384, Ps512]),
        (parse(KeyFamily::Ecdsa, P256.pem).unwrap(), vec![Es256]),
        (parse(KeyFamily::Ecdsa, P384.pem).unwrap(), vec![Es384]),
        (parse(KeyFamily::Ecdsa, P521.pem).unwrap(), vec![Es512]),
        (parse(KeyFamily::Eddsa, ED25519.pem).unwrap(), vec![EdDsa]),
    ] {
        let found: Vec<Algorithm> = Algorithm::ALL.into_iter().filter(|algorithm| key.permits(*algorithm)).collect();
        assert_eq!(found, permitted, "{key:?}");
    }
}

#[test]
fn a_key_verifies_with_each_algorithm_that_it_permits() {
    let (signer, stranger) = (Signer::fixed(), Signer::generated());
    for algorithm in Algorithm::ALL {
        let key = signer.verifying_key(algorithm);
        let signature = signer.sign(algorithm, b"a message");
        assert!(key.verify(algorithm, b"a message", &signature), "{algorithm}");
        // Again, since some keys are made ready at their first use.
        assert!(key.clone().verify(algorithm, b"a message", &signature), "{algorithm}");
        assert!(!key.verify(algorithm, b"a massage", &signature), "{algorithm}");
        assert!(!key.verify(algorithm, b"a message", &stranger.sign(algorithm, b"a message")), "{algorithm}");
        for other in Algorithm::ALL.into_iter().filter(|other| *other != algorithm) {
            assert!(!key.verify(other, b"a message", &signature), "{algorithm} as {other}");
        }
    }
}

#[test]
fn a_key_of_another_family_is_refused() {
    for texts in ALL {
        for family in KeyFamily::ALL.into_iter().filter(|family| *family != texts.family) {
            let fault = if family == KeyFamily::Hmac {
                KeyFault::KeyAsSecret
            } else {
                KeyFault::WrongFamily { found: texts.family, wanted: family }
            };
            for text in [texts.pem, texts.certificate, texts.ssh, texts.jwk] {
                check_refused(family, text, fault);
            }
        }
    }
}

#[test]
fn a_public_key_in_any_disguise_is_no_shared_secret() {
    for texts in ALL {
        let der = STANDARD.encode(pem_bytes(texts.pem));
        let wrapped: Vec<String> =
            der.as_bytes().chunks(64).map(|line| String::from_utf8(line.to_vec()).unwrap()).collect();
        for text in [
            texts.pem.trim().to_owned(),
            format!("key:\n{}", texts.pem),
            texts.private_pem.to_owned(),
            texts.jwk.replace(',', ", "),
            format!("{{\"keys\":[{}]}}", texts.jwk),
            der,
            wrapped.join("\n"),
            STANDARD.encode(pem_bytes(texts.certificate)),
            texts.ssh.split(' ').nth(1).unwrap().to_owned(),
            format!("---- BEGIN SSH2 PUBLIC KEY ----\n{}", texts.ssh),
        ] {
            check_refused(KeyFamily::Hmac, &text, KeyFault::KeyAsSecret);
        }
    }
    check_refused(KeyFamily::Hmac, r#"{"kty":"oct","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"}"#, KeyFault::KeyAsSecret);
}

#[test]
fn a_shared_secret_is_the_text_itself() {
    let verifies = |text: &str, secret: &[u8]| {
        let signature = super::signers::mac(aws_lc_rs::hmac::HMAC_SHA256, secret, b"message");
        parse(KeyFamily::Hmac, text).unwrap().verify(Algorithm::Hs256, b"message", &signature)
    };
    // Outer white space goes, inner stays.
    assert!(verifies(
        "\n  a secret with  spaces, of 32 bytes or more \r\n",
        b"a secret with  spaces, of 32 bytes or more"
    ));
    // What looks like base64, hex or JSON is not decoded.
    let base64 = STANDARD.encode([9; 48]);
    assert!(verifies(&base64, base64.as_bytes()));
    assert!(!verifies(&base64, &[9; 48]));
    let hex = "0123456789abcdef".repeat(4);
    assert!(verifies(&hex, hex.as_bytes()));
    assert!(verifies(r#"{"not":"a key","but":"a secret"}"#, br#"{"not":"a key","but":"a secret"}"#));
    assert!(verifies("ключ из шестнадцати букв и ещё", "ключ из шестнадцати букв и ещё".as_bytes()));
}

#[test]
fn short_empty_and_endless_texts_are_refused() {
    check_refused(KeyFamily::Hmac, "", KeyFault::Empty);
    check_refused(KeyFamily::Rsa, " \n\t ", KeyFault::Empty);
    check_refused(KeyFamily::Hmac, "short", KeyFault::SecretTooShort { bytes: 5 });
    check_refused(KeyFamily::Hmac, &format!("  {}  ", "x".repeat(31)), KeyFault::SecretTooShort { bytes: 31 });
    assert!(parse(KeyFamily::Hmac, &"x".repeat(32)).is_ok());
    assert_eq!(VerifyingKey::hmac(&[]), Err(KeyFault::SecretTooShort { bytes: 0 }));
    for family in KeyFamily::ALL {
        check_refused(family, &"x".repeat(16385), KeyFault::TooLong);
    }
    check_refused(KeyFamily::Rsa, "hello", KeyFault::UnknownForm);
    check_refused(KeyFamily::Rsa, SECRET, KeyFault::UnknownForm);
}

#[test]
fn private_keys_are_refused_in_every_form() {
    for texts in ALL {
        check_refused(texts.family, texts.private_pem, KeyFault::PrivateKey);
        check_refused(texts.family, &format!("{}{}", texts.pem, texts.private_pem), KeyFault::PrivateKey);
        let jwk = texts.jwk.replacen('{', r#"{"d":"AAAA","#, 1);
        check_refused(texts.family, &jwk, KeyFault::PrivateKey);
    }
    for label in ["RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY"] {
        let text = format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
        check_refused(KeyFamily::Rsa, &text, KeyFault::PrivateKey);
    }
}

#[test]
fn only_one_key_is_taken() {
    check_refused(KeyFamily::Rsa, &format!("{}{}", RSA.pem, RSA.pem), KeyFault::Several);
    check_refused(KeyFamily::Rsa, &format!("{}{}", RSA.certificate, P256.certificate), KeyFault::Several);
    check_refused(KeyFamily::Rsa, &format!("{}{}", RSA.ssh, P256.ssh), KeyFault::Several);
    check_refused(KeyFamily::Rsa, &format!("{{\"keys\":[{}]}}", RSA.jwk), KeyFault::Several);
    check_refused(KeyFamily::Rsa, &format!("{}{}", RSA.jwk, RSA.jwk), KeyFault::Damaged);
}

#[test]
fn keys_of_other_types_are_refused() {
    use KeyFamily::{Ecdsa, Eddsa, Rsa};
    for (family, text, fault) in [
        (Rsa, include_str!("test_keys/refused.rsa-1024.pem"), KeyFault::RsaSize { bits: 1024 }),
        (Rsa, include_str!("test_keys/refused.rsa-pss.pem"), KeyFault::UnknownType),
        (Rsa, include_str!("test_keys/refused.pkcs1.pem"), KeyFault::UnknownBlock),
        (Rsa, include_str!("test_keys/refused.dsa.pem"), KeyFault::UnknownType),
        (Ecdsa, include_str!("test_keys/refused.secp256k1.pem"), KeyFault::UnknownType),
        (Ecdsa, include_str!("test_keys/refused.explicit-curve.pem"), KeyFault::UnknownType),
        (Ecdsa, include_str!("test_keys/refused.compressed-point.pem"), KeyFault::Damaged),
        (Eddsa, include_str!("test_keys/refused.x25519.pem"), KeyFault::UnknownType),
        (Eddsa, include_str!("test_keys/refused.ed448.pem"), KeyFault::UnknownType),
        (Eddsa, "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t", KeyFault::UnknownType),
        (Rsa, "ssh-rsa-cert-v01@openssh.com AAAAHHNzaC1yc2EtY2VydC12MDFAb3BlbnNzaC5jb20=", KeyFault::UnknownType),
        (Rsa, "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----", KeyFault::UnknownForm),
        (Rsa, "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----", KeyFault::UnknownBlock),
        (Ecdsa, r#"{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}"#, KeyFault::UnknownType),
        (Eddsa, r#"{"kty":"OKP","crv":"X25519","x":"AA"}"#, KeyFault::UnknownType),
        (Rsa, r#"{"kty":"oct","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}"#, KeyFault::UnknownType),
        (Rsa, r#"{"kty":"AKP","alg":"ML-DSA-44","pub":"AA"}"#, KeyFault::UnknownType),
    ] {
        check_refused(family, text, fault);
    }
}

#[test]
fn no_cut_and_no_changed_header_of_a_key_is_taken() {
    for texts in ALL {
        for form in [texts.pem, texts.certificate, texts.ssh.rsplit_once(' ').unwrap().0, texts.jwk.trim()] {
            let step = 1 + form.len() / 200;
            for length in (0..form.len()).step_by(step).filter(|length| !is_whole(&form[..*length], form)) {
                assert!(parse(texts.family, &form[..length]).is_err(), "{} cut to {length}", texts.name);
            }
        }
        // DER of which a byte more is there, or the tag or a length is another.
        let der = pem_bytes(texts.pem);
        for (place, value) in [(0, 0x31), (1, 0x80), (2, 0xff), (4, 0x02)] {
            let mut broken = der.clone();
            broken[place] = value;
            assert!(parse(texts.family, &pem(&broken)).is_err(), "{} byte {place}", texts.name);
        }
        check_refused(texts.family, &pem(&[der.as_slice(), &[0]].concat()), KeyFault::Damaged);
        // A NULL more within the outer SEQUENCE.
        check_refused(texts.family, &pem(&with_a_null_more(&der)), KeyFault::Damaged);
    }
}

/// The outer SEQUENCE with a NULL more in it.
fn with_a_null_more(der: &[u8]) -> Vec<u8> {
    let (length_bytes, length) = match der[1] {
        0x82 => (3, u16::from_be_bytes([der[2], der[3]])),
        0x81 => (2, u16::from(der[2])),
        short => (1, u16::from(short)),
    };
    let [high, low] = (length + 2).to_be_bytes();
    let header: &[u8] = match length + 2 {
        0..0x80 => &[0x30, low],
        0x80..0x100 => &[0x30, 0x81, low],
        _ => &[0x30, 0x82, high, low],
    };
    [header, &der[1 + length_bytes..], &[5, 0]].concat()
}

/// Whether only line breaks are missing.
fn is_whole(part: &str, form: &str) -> bool {
    part.trim_end() == form.trim_end()
}

fn pem(der: &[u8]) -> String {
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", STANDARD.encode(der))
}

fn jwk(texts: &str, changes: &[(&str, Value)]) -> String {
    let mut jwk: Value = serde_json::from_str(texts).unwrap();
    for (name, value) in changes {
        jwk[name] = value.clone();
    }
    jwk.to_string()
}

#[test]
fn damaged_jwks_are_refused() {
    let long = |name: &str, texts: &str| {
        let jwk: Value = serde_json::from_str(texts).unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
        base64url([&[0], bytes.as_slice()].concat())
    };
    for (texts, changes) in [
        (&RSA, vec![("n", json!(1))]),
        (&RSA, vec![("n", json!("a+b/"))]),
        (&RSA, vec![("e", json!(65537))]),
        (&RSA, vec![("e", json!("AQAB="))]),
        (&RSA, vec![("kty", json!(null))]),
        (&P256, vec![("y", json!(null))]),
        (&P256, vec![("x", json!(long("x", P256.jwk)))]),
        (&P256, vec![("x", json!("AAAA"))]),
        (&P256, vec![("y", json!(base64url([1; 32])))]),
        (&P384, vec![("crv", json!("P-256"))]),
        (&P256, vec![("crv", json!("P-384"))]),
        (&P521, vec![("x", json!(base64url([0; 66]))), ("y", json!(base64url([0; 66])))]),
        (&ED25519, vec![("x", json!(long("x", ED25519.jwk)))]),
        (&ED25519, vec![("x", json!("AAAA"))]),
        (&ED25519, vec![("use", json!(["sig"]))]),
        (&ED25519, vec![("key_ops", json!("verify"))]),
    ] {
        check_refused(texts.family, &jwk(texts.jwk, &changes), KeyFault::Damaged);
    }
    check_refused(KeyFamily::Rsa, &RSA.jwk.replacen('{', r#"{"n":"AQAB","#, 1), KeyFault::Damaged);
    check_refused(KeyFamily::Rsa, &RSA.jwk.replacen('{', r#"{"\u006e":"AQAB","#, 1), KeyFault::Damaged);
}

#[test]
fn a_jwk_is_held_to_what_it_is_for() {
    for (texts, name, value) in [
        (&RSA, "use", json!("enc")),
        (&RSA, "use", json!("SIG")),
        (&RSA, "key_ops", json!([])),
        (&RSA, "key_ops", json!(["encrypt", "wrapKey"])),
        (&RSA, "key_ops", json!(["sign"])),
        (&RSA, "alg", json!("RSA-OAEP")),
        (&RSA, "alg", json!("none")),
        (&RSA, "alg", json!("HS256")),
        (&RSA, "alg", json!("ES256")),
        (&P256, "alg", json!("ES384")),
    ] {
        check_refused(texts.family, &jwk(texts.jwk, &[(name, value)]), KeyFault::NotForSignatures);
    }
    let bound = parse(KeyFamily::Rsa, &jwk(RSA.jwk, &[("alg", json!("PS384"))])).unwrap();
    let permitted: Vec<_> = Algorithm::ALL.into_iter().filter(|algorithm| bound.permits(*algorithm)).collect();
    assert_eq!(permitted, [Algorithm::Ps384]);
    let signer = Signer::fixed();
    let signature = signer.sign(Algorithm::Rs256, b"message");
    assert!(!bound.verify(Algorithm::Rs256, b"message", &signature));
    assert_ne!(bound, parse(KeyFamily::Rsa, RSA.jwk).unwrap());
}

#[test]
fn unsound_rsa_keys_are_refused() {
    let key: Value = serde_json::from_str(RSA.jwk).unwrap();
    let modulus = URL_SAFE_NO_PAD.decode(key["n"].as_str().unwrap()).unwrap();
    let with = |modulus: &[u8], exponent: &[u8]| {
        parse(KeyFamily::Rsa, &jwk(RSA.jwk, &[("n", json!(base64url(modulus))), ("e", json!(base64url(exponent)))]))
            .map(|key| key.describe().bits)
    };
    assert_eq!(with(&modulus, &[3]), Ok(2048));
    assert_eq!(with(&modulus, &[0, 0, 1, 0, 1]), Ok(2048), "leading zeros say nothing");
    assert_eq!(with(&[&[0], modulus.as_slice()].concat(), &[1, 0, 1]), Ok(2048));
    assert_eq!(with(&modulus, &[0xff, 0xff, 0xff, 0xff]), Ok(2048));
    for exponent in [&[1_u8] as &[u8], &[0], &[], &[2], &[1, 0, 0], &[1, 0, 0, 0, 1]] {
        assert_eq!(with(&modulus, exponent), Err(KeyFault::RsaUnsound), "{exponent:?}");
    }
    let mut even = modulus.clone();
    even[255] &= 0xfe;
    assert_eq!(with(&even, &[1, 0, 1]), Err(KeyFault::RsaUnsound));
    let mut small = modulus.clone();
    small[0] = 0x7f;
    assert_eq!(with(&small, &[1, 0, 1]), Err(KeyFault::RsaSize { bits: 2047 }));
    let mut large = vec![0x7f; 1025];
    large[0] = 1;
    assert_eq!(with(&large, &[1, 0, 1]), Err(KeyFault::RsaSize { bits: 8193 }));
    assert_eq!(with(&large[1..], &[1, 0, 1]), Ok(8191));
    assert_eq!(with(&[], &[1, 0, 1]), Err(KeyFault::RsaSize { bits: 0 }));
    // A power of 65537 is what the modulus of a ROCA key is, modulo each small prime.
    assert_eq!(with(&power_of_65537(129), &[1, 0, 1]), Err(KeyFault::RsaRoca));
    let mut near = power_of_65537(129);
    near[258] = near[258].wrapping_add(2);
    assert_eq!(with(&near, &[1, 0, 1]), Ok(2065));
}

/// 65537 to a power, big-endian: two bytes and a bit more each time.
fn power_of_65537(times: usize) -> Vec<u8> {
    let mut number = vec![1_u8];
    for _ in 0..times {
        let shifted = [number.as_slice(), &[0, 0]].concat();
        let mut sum = vec![0; shifted.len() - number.len()];
        sum.extend(&number);
        let mut carry = 0;
        for (digit, other) in sum.iter_mut().rev().zip(shifted.iter().rev()) {
            let total = u16::from(*digit) + u16::from(*other) + carry;
            (*digit, carry) = ((total & 0xff) as u8, total >> 8);
        }
        assert_eq!(carry, 0);
        number = sum;
    }
    number
}

#[test]
fn nothing_shown_of_a_key_holds_a_part_of_it() {
    let secret = "correct horse battery staple, twice over";
    let key = parse(KeyFamily::Hmac, secret).unwrap();
    let shown = format!("{key:?} {:?}", key.describe());
    for part in ["correct", "horse", "staple", "636f7272"] {
        assert!(!shown.contains(part), "{shown}");
    }
    let description = key.describe();
    assert_eq!((description.kind, description.bits), ("hmac", 8 * 40));
    assert_eq!(description.fingerprint.len(), 16);
    assert_eq!(description, parse(KeyFamily::Hmac, &format!(" {secret}\n")).unwrap().describe());
    assert_ne!(description, parse(KeyFamily::Hmac, &format!("{secret}.")).unwrap().describe());
    for (family, text) in [(KeyFamily::Hmac, "hunter2"), (KeyFamily::Rsa, P256.pem), (KeyFamily::Rsa, "hunter2")] {
        let sentence = parse(family, text).unwrap_err().to_string();
        assert!(!sentence.contains("hunter2") && !sentence.contains(&text[..6.min(text.len())]), "{sentence}");
    }
}
