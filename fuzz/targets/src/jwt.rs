//! JSON Web Tokens: parsing, which profile they name, verification against fixed keys.
//!
//! Input: `r` and a whole token; or `s` and two lines, header and claims, which are signed here with the shared secret
//! so that what follows a good signature is reached too.

use crate::lines;
use crate::unique_names::has_unique_names;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::jwt::{Algorithm, ClaimRules, KeyFamily, MAX_TOKEN_BYTES, UnverifiedToken, VerifyingKey};
use domain::time::Timestamp;
use serde_json::{Map, Value};
use std::sync::LazyLock;

const SECRET: &str = "a shared secret of at least thirty-two bytes";
/// 2026-01-02T00:00:00Z.
const NOW_SECONDS: i64 = 1_767_312_000;
const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "orders";
/// Names the profile where the issuer has a claim of its own.
const OWN_CLAIM: &str = "client_id";

static KEYS: LazyLock<[VerifyingKey; 4]> = LazyLock::new(|| {
    [
        (KeyFamily::Hmac, SECRET),
        (KeyFamily::Rsa, include_str!("../keys/rsa.pem")),
        (KeyFamily::Ecdsa, include_str!("../keys/p256.pem")),
        (KeyFamily::Eddsa, include_str!("../keys/ed25519.pem")),
    ]
    .map(|(family, text)| VerifyingKey::parse(family, text).expect("a constant key is good"))
});

static RULES: LazyLock<[ClaimRules; 2]> = LazyLock::new(|| {
    let strict = ClaimRules {
        required_claims: vec!["jti".to_owned()],
        allowed_issuers: vec![ISSUER.to_owned()],
        allowed_audiences: vec![AUDIENCE.to_owned()],
        algorithms: vec![Algorithm::Hs256, Algorithm::Rs256],
        leeway_seconds: 30,
    };
    [ClaimRules::default(), strict]
});

/// A token that is accepted is canonical, says each thing once, is signed by an algorithm of the key's own family, and
/// keeps the rules; the profile that it names is that of the first claim present.
///
/// # Panics
/// If a property does not hold.
pub fn jwt(data: &[u8]) {
    let Some((mode, rest)) = data.split_first() else { return };
    match mode {
        b'r' => judge(rest),
        b's' => {
            let mut lines = lines(rest);
            let (header, claims) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
            let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
            let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()), text.as_bytes());
            judge(format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac)).as_bytes());
        }
        _ => {}
    }
}

fn judge(text: &[u8]) {
    let Ok(token) = UnverifiedToken::parse(text) else { return };
    assert!(text.len() <= MAX_TOKEN_BYTES);
    let Read { header, claims, signature } = read(text);
    let algorithm = header.get("alg").and_then(Value::as_str).expect("an algorithm is named");
    assert_eq!(token.algorithm().as_str(), algorithm);
    assert_eq!(token.kid(), header.get("kid").and_then(Value::as_str));
    assert!(!header.contains_key("crit") && header.get("b64") != Some(&Value::Bool(false)));
    let expected_issuer = match claims.get("iss") {
        None => Some(None),
        Some(Value::String(issuer)) => Some(Some(issuer.as_str())),
        Some(_) => None,
    };
    assert_eq!(token.issuer().ok(), expected_issuer, "iss");
    for own in [None, Some(OWN_CLAIM)] {
        let named = token.profile_key(own).ok();
        assert_eq!(named, profile_key(&header, &claims, own).as_deref(), "the profile named");
    }
    for key in KEYS.iter() {
        for (rules, strict) in RULES.iter().zip([false, true]) {
            let Ok(verified) = token.verify(key, rules, Timestamp(NOW_SECONDS * 1_000_000)) else { continue };
            assert!(belongs(key.family(), algorithm), "{algorithm} with a key of {:?}", key.family());
            assert!(signature >= 32, "a signature of {signature} bytes");
            check_times(&claims, rules.leeway_seconds);
            if strict {
                check_strict(&claims, algorithm);
            }
            assert_eq!(verified.expires_at.is_some(), claims.contains_key("exp"));
        }
    }
}

/// A token taken apart.
struct Read {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    /// Bytes of its signature.
    signature: usize,
}

/// Reads what was parsed in a way of our own: three canonical parts, two objects that give each name once.
fn read(text: &[u8]) -> Read {
    let parts: Vec<&[u8]> = text.split(|byte| *byte == b'.').collect();
    let [header, claims, signature] = parts[..] else { panic!("a token of {} parts", parts.len()) };
    let decode = |part: &[u8]| URL_SAFE_NO_PAD.decode(part).expect("a part is canonical base64url");
    let object = |part: &[u8]| {
        let json = decode(part);
        assert!(has_unique_names(&json), "a name is given twice");
        match serde_json::from_slice(&json) {
            Ok(Value::Object(object)) => object,
            other => panic!("not an object: {other:?}"),
        }
    };
    Read { header: object(header), claims: object(claims), signature: decode(signature).len() }
}

/// The first of these that is present and not empty, if it is a text.
fn profile_key(header: &Map<String, Value>, claims: &Map<String, Value>, own: Option<&str>) -> Option<String> {
    let names = own.into_iter().chain(["https://www.workato.com/sub", "workato_sub", "sub"]);
    let found = names.map(|name| claims.get(name)).chain([header.get("kid")]).flatten();
    let first = found.into_iter().find(|value| **value != Value::String(String::new()))?;
    first.as_str().map(str::to_owned)
}

fn belongs(family: KeyFamily, algorithm: &str) -> bool {
    match family {
        KeyFamily::Hmac => matches!(algorithm, "HS256" | "HS384" | "HS512"),
        KeyFamily::Rsa => matches!(algorithm, "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512"),
        KeyFamily::Ecdsa => algorithm == "ES256",
        KeyFamily::Eddsa => algorithm == "EdDSA",
    }
}

/// `exp`, `nbf` and `iat` are numbers, and this is a time between them.
#[expect(clippy::cast_precision_loss, reason = "seconds of this century are exact in an f64")]
fn check_times(claims: &Map<String, Value>, leeway: u16) {
    let number =
        |name: &str| claims.get(name).map(|value| value.as_f64().unwrap_or_else(|| panic!("{name} is not a number")));
    let (now, leeway) = (NOW_SECONDS as f64, f64::from(leeway));
    assert!(number("exp").is_none_or(|exp| now <= exp + leeway), "expired");
    assert!(number("nbf").is_none_or(|nbf| nbf <= now + leeway), "not yet valid");
    assert!(number("iat").is_none_or(|iat| iat <= now + leeway), "issued in the future");
}

fn check_strict(claims: &Map<String, Value>, algorithm: &str) {
    assert!(matches!(algorithm, "HS256" | "RS256"), "{algorithm} is not among the allowed");
    assert!(claims.contains_key("jti"), "a required claim is missing");
    assert_eq!(claims.get("iss").and_then(Value::as_str), Some(ISSUER));
    let is_ours = |audience: &Value| audience.as_str() == Some(AUDIENCE);
    match claims.get("aud") {
        Some(Value::Array(all)) => assert!(all.iter().any(is_ours) && all.iter().all(Value::is_string), "aud"),
        other => assert!(other.is_some_and(is_ours), "aud"),
    }
}
