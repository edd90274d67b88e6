//! Keys as owners type them, and fetched key sets.
//!
//! Input: `k` and the text of a key; or `s` and a key set.

use crate::unique_names::has_unique_names;
use domain::jwt::{Algorithm, KeyFamily, KeySet, VerifyingKey};

const ALGORITHMS: [Algorithm; 13] = [
    Algorithm::Hs256,
    Algorithm::Hs384,
    Algorithm::Hs512,
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::Es512,
    Algorithm::EdDsa,
];
const FAMILIES: [KeyFamily; 4] = [KeyFamily::Hmac, KeyFamily::Rsa, KeyFamily::Ecdsa, KeyFamily::Eddsa];

/// A key is of the family that was asked for and permits only that family's algorithms; a key set gives no shared
/// secret away as a key, and is refused where it says a thing twice.
///
/// # Panics
/// If a property does not hold.
pub fn jwt_keys(data: &[u8]) {
    let Some((mode, rest)) = data.split_first() else { return };
    match (mode, std::str::from_utf8(rest)) {
        (b'k', Ok(text)) => FAMILIES.into_iter().for_each(|family| key(family, text)),
        (b's', _) => key_set(rest),
        _ => {}
    }
}

fn key(family: KeyFamily, text: &str) {
    let Ok(key) = VerifyingKey::parse(family, text) else { return };
    assert_eq!(key.family(), family);
    assert_eq!(VerifyingKey::parse(family, text).as_ref(), Ok(&key), "the same text is the same key");
    check(&key);
    assert!(family == KeyFamily::Hmac || !text.contains("PRIVATE KEY-----"), "a private key was taken");
}

fn key_set(bytes: &[u8]) {
    let Ok(set) = KeySet::parse(bytes) else { return };
    assert!(has_unique_names(bytes), "a key set that gives a name twice");
    assert!(bytes.len() <= 64 * 1024 && set.len() <= 64);
    for algorithm in ALGORITHMS {
        for kid in [None, Some("a"), Some("key-1"), Some("")] {
            let Ok(key) = set.select(kid, algorithm) else { continue };
            assert!(key.permits(algorithm), "a key that does not permit {}", algorithm.as_str());
            assert_ne!(key.family(), KeyFamily::Hmac, "a shared secret in a fetched set");
            check(key);
        }
    }
}

/// What holds of every key.
fn check(key: &VerifyingKey) {
    for algorithm in ALGORITHMS {
        let name = algorithm.as_str();
        let own = match key.family() {
            KeyFamily::Hmac => name.starts_with("HS"),
            KeyFamily::Rsa => name.starts_with("RS") || name.starts_with("PS"),
            KeyFamily::Ecdsa => name.starts_with("ES"),
            KeyFamily::Eddsa => name == "EdDSA",
        };
        assert!(own || !key.permits(algorithm), "{name} with a key of {:?}", key.family());
        for signature in [&[][..], &[0; 32], &[0; 64], &[0; 256]] {
            assert!(!key.verify(algorithm, b"message", signature), "{name}: zeros are no signature");
        }
    }
    let curves = ALGORITHMS.into_iter().filter(|algorithm| key.permits(*algorithm)).count();
    assert!(key.family() != KeyFamily::Ecdsa || curves == 1, "a curve has one algorithm");
    if key.family() == KeyFamily::Rsa {
        assert!((2048..=8192).contains(&key.describe().bits), "an RSA key of {} bits", key.describe().bits);
    }
}
