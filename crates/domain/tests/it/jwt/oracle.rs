//! Another library (jsonwebtoken on the `RustCrypto` crates, no code in common with ours) as oracle, with random tokens.
//!
//! It is laxer in known ways: it does not look at `crit`, takes the last of two equal names, takes `iss` or `aud` of a
//! wrong type for absent when not asked for them, and knows no ES512. So: whatever we accept it must accept; and of
//! tokens without such oddities we must accept what it accepts.

use super::signers::{Signer, compact};
use domain::jwt::{Algorithm, ClaimRules, KeyFamily, KeySet, UnverifiedToken, VerifyingKey};
use domain::time::Timestamp;
use jsonwebtoken::{DecodingKey, Validation, decode, get_current_timestamp};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

static SIGNERS: LazyLock<[Signer; 3]> = LazyLock::new(|| [Signer::fixed(), Signer::generated(), Signer::generated()]);

/// The algorithms that both know.
fn algorithms() -> impl Strategy<Value = Algorithm> {
    let known: Vec<Algorithm> = Algorithm::ALL.into_iter().filter(|algorithm| *algorithm != Algorithm::Es512).collect();
    prop::sample::select(known)
}

/// Whether the oracle accepts a token for a key, an issuer and an audience.
fn oracle_accepts(token: &str, signer: &Signer, algorithm: Algorithm) -> bool {
    let pem = signer.public_pem(algorithm).unwrap_or_default();
    let key = match algorithm.family() {
        KeyFamily::Hmac => DecodingKey::from_secret(signer.secret()),
        KeyFamily::Rsa => DecodingKey::from_rsa_pem(pem.as_bytes()).unwrap(),
        KeyFamily::Ecdsa => DecodingKey::from_ec_pem(pem.as_bytes()).unwrap(),
        KeyFamily::Eddsa => DecodingKey::from_ed_pem(pem.as_bytes()).unwrap(),
    };
    let mut validation = Validation::new(algorithm.as_str().parse().unwrap());
    validation.leeway = 30;
    validation.validate_nbf = true;
    validation.set_issuer(&["issuer"]);
    validation.set_audience(&["audience"]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    decode::<Map<String, Value>>(token, &key, &validation).is_ok()
}

fn we_accept(token: &str, signer: &Signer, algorithm: Algorithm) -> bool {
    let rules = ClaimRules {
        required_claims: vec!["exp".into()],
        allowed_issuers: vec!["issuer".into()],
        allowed_audiences: vec!["audience".into()],
        algorithms: vec![algorithm],
        leeway_seconds: 30,
    };
    let wall = Timestamp(i64::try_from(get_current_timestamp()).unwrap() * 1_000_000);
    UnverifiedToken::parse(token.as_bytes())
        .is_ok_and(|token| token.verify(&signer.verifying_key(algorithm), &rules, wall).is_ok())
}

/// What happens to a token between signer and verifier.
#[derive(Debug, Clone)]
enum Journey {
    Untouched,
    Letter { place: prop::sample::Index, letter: char },
    Cut(prop::sample::Index),
    SignedByAnother,
}

fn journeys() -> impl Strategy<Value = Journey> {
    let letters = prop::sample::select("AQgwabz059-_.= +/".chars().collect::<Vec<_>>());
    prop_oneof![
        4 => Just(Journey::Untouched),
        2 => (any::<prop::sample::Index>(), letters).prop_map(|(place, letter)| Journey::Letter { place, letter }),
        1 => any::<prop::sample::Index>().prop_map(Journey::Cut),
        1 => Just(Journey::SignedByAnother),
    ]
}

fn travel(header: &str, claims: &str, algorithm: Algorithm, signer: usize, journey: &Journey) -> String {
    let by = match journey {
        Journey::SignedByAnother => &SIGNERS[(signer + 1) % 3],
        Journey::Untouched | Journey::Letter { .. } | Journey::Cut(_) => &SIGNERS[signer],
    };
    let mut token = compact(header, claims, |input| by.sign(algorithm, input));
    match journey {
        Journey::Untouched | Journey::SignedByAnother => {}
        Journey::Letter { place, letter } => {
            let place = place.index(token.len());
            token.replace_range(place..=place, &letter.to_string());
        }
        Journey::Cut(place) => token.truncate(place.index(token.len())),
    }
    token
}

/// Seconds from now that are far from every limit, so that the time the test takes does not matter.
fn offsets() -> impl Strategy<Value = i64> {
    prop_oneof![Just(-90_000), Just(-3600), Just(3600), Just(90_000)]
}

/// Well-typed claims of all kinds of values, right or wrong ones.
fn typed_claims() -> impl Strategy<Value = Value> {
    let issuer = prop::option::weighted(0.9, prop_oneof![6 => Just("issuer"), 1 => Just("another"), 1 => Just("")]);
    let audience = prop::option::weighted(
        0.9,
        prop_oneof![
            4 => Just(json!("audience")),
            1 => Just(json!("another")),
            2 => Just(json!(["another", "audience"])),
            1 => Just(json!(["another"])),
            1 => Just(json!([])),
        ],
    );
    let time = |weight| prop::option::weighted(weight, (offsets(), prop::option::of(0.0..1.0_f64)));
    let extra = prop::collection::btree_map("[a-h]{1,3}|[à-ö\"\\\\]{1,2}", json_values(), 0..4);
    (issuer, audience, time(0.9), time(0.3), extra).prop_map(|(issuer, audience, exp, nbf, extra)| {
        let mut claims: Map<String, Value> = extra.into_iter().collect();
        claims.insert("sub".into(), json!("somebody"));
        claims.extend(issuer.map(|issuer| ("iss".to_owned(), json!(issuer))));
        claims.extend(audience.map(|audience| ("aud".to_owned(), audience)));
        let now = i64::try_from(get_current_timestamp()).unwrap();
        let absolute = |offset: i64| u32::try_from(now + offset).unwrap();
        for (name, time) in [("exp", exp), ("nbf", nbf.map(|(offset, fraction)| (-offset.abs(), fraction)))] {
            claims.extend(time.map(|(offset, fraction)| {
                let value = match fraction {
                    None => json!(absolute(offset)),
                    Some(fraction) => json!(f64::from(absolute(offset)) + fraction),
                };
                (name.to_owned(), value)
            }));
        }
        Value::Object(claims)
    })
}

fn json_values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9_f64).prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,4}", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Claims of any type under the registered names and headers with any parameters, at times with a name twice. Without
/// `jwk` and `x5c`, which the oracle reads (and then ignores) and we do not.
fn odd_texts() -> impl Strategy<Value = (String, String)> {
    let names = prop::sample::select(vec!["iss", "aud", "exp", "nbf", "iat", "sub", "jti", "x"]);
    let parameters =
        prop::sample::select(vec!["typ", "cty", "kid", "crit", "b64", "zip", "enc", "jku", "x5u", "x5t", "x"]);
    let member = |name: &str, value: &Value| format!("{}:{value}", json!(name));
    let claims = prop::collection::vec((names, json_values()), 0..2);
    let header = prop::collection::vec((parameters, json_values()), 0..2);
    (typed_claims(), claims, header).prop_map(move |(base, claims, header)| {
        let base = base.to_string();
        let base = base.strip_prefix('{').and_then(|base| base.strip_suffix('}')).unwrap();
        let claims: Vec<String> =
            claims.iter().map(|(name, value)| member(name, value)).chain([base.to_owned()]).collect();
        let header: Vec<String> =
            [String::new()].into_iter().chain(header.iter().map(|(name, value)| member(name, value))).collect();
        (header.join(","), format!("{{{}}}", claims.join(",")))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn on_ordinary_tokens_both_agree(
        algorithm in algorithms(), signer in 0..3_usize, claims in typed_claims(), journey in journeys(),
    ) {
        let header = format!("{{\"alg\":\"{algorithm}\",\"typ\":\"JWT\"}}");
        let token = travel(&header, &claims.to_string(), algorithm, signer, &journey);
        let ours = we_accept(&token, &SIGNERS[signer], algorithm);
        let theirs = oracle_accepts(&token, &SIGNERS[signer], algorithm);
        prop_assert_eq!(ours, theirs, "{} {:?} {}", algorithm, journey, claims);
    }

    #[test]
    fn of_odd_tokens_we_accept_none_that_it_refuses(
        algorithm in algorithms(), signer in 0..3_usize, texts in odd_texts(), journey in journeys(),
    ) {
        let header = format!("{{\"alg\":\"{algorithm}\"{}}}", texts.0);
        let token = travel(&header, &texts.1, algorithm, signer, &journey);
        if we_accept(&token, &SIGNERS[signer], algorithm) {
            prop_assert!(oracle_accepts(&token, &SIGNERS[signer], algorithm), "{} {}", header, texts.1);
        }
    }

    #[test]
    fn no_bytes_make_the_verifier_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "\\PC{0,100}") {
        prop_assert!(UnverifiedToken::parse(&bytes).is_err());
        let token = compact(r#"{"alg":"HS256"}"#, text, |input| SIGNERS[0].sign(Algorithm::Hs256, input));
        if let Ok(token) = UnverifiedToken::parse(token.as_bytes()) {
            let _ = token.verify(&SIGNERS[0].verifying_key(Algorithm::Hs256), &ClaimRules::default(), Timestamp(0));
        }
        for family in KeyFamily::ALL {
            let _ = VerifyingKey::parse(family, &String::from_utf8_lossy(&bytes));
        }
        let _ = KeySet::parse(&bytes);
    }
}

#[test]
fn every_algorithm_is_agreed_upon_at_least_once() {
    for algorithm in Algorithm::ALL.into_iter().filter(|algorithm| *algorithm != Algorithm::Es512) {
        for signer in SIGNERS.iter() {
            let claims = json!({"iss": "issuer", "aud": "audience", "exp": get_current_timestamp() + 3600});
            let header = format!("{{\"alg\":\"{algorithm}\"}}");
            let token = compact(header, claims.to_string(), |input| signer.sign(algorithm, input));
            assert!(we_accept(&token, signer, algorithm), "{algorithm}: we");
            assert!(oracle_accepts(&token, signer, algorithm), "{algorithm}: oracle");
        }
    }
}
