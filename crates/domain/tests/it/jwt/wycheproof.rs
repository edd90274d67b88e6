//! The public vectors of Wycheproof and the RFCs, where the folder that holds them is at hand.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::jwt::{Algorithm, CompactJws, KeyFamily, KeySet, OctKeys, VerifyingKey};
use serde_json::Value;

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors/jws_wycheproof.json");

#[test]
fn every_public_vector_is_judged_as_it_says() {
    let Ok(text) = std::fs::read(VECTORS) else {
        println!("the public JWS vectors are not here; nothing was checked");
        return;
    };
    let vectors: Value = serde_json::from_slice(&text).unwrap();
    let cases = vectors["cases"].as_array().unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        let is_accepted = judge(case, &vectors["keys"]);
        let is_as_expected = match case["expect"].as_str().unwrap() {
            "accept" => is_accepted,
            "reject" => !is_accepted,
            other => other == "either",
        };
        if !is_as_expected {
            wrong.push(format!("{} {}", case["id"], case["name"]));
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "of {} cases", cases.len());
    assert_eq!(cases.len(), 434);
}

fn judge(case: &Value, keys: &Value) -> bool {
    let token = case["token"].as_str().unwrap().as_bytes();
    if case["layer"] == "jwks" {
        return judge_with_set(token, &case["jwks"]);
    }
    let algorithm = Algorithm::parse(case["alg"].as_str().unwrap()).unwrap();
    let key = match case.get("jwk") {
        // The JWK, as a set of one.
        Some(jwk) => {
            let set = serde_json::to_vec(&serde_json::json!({ "keys": [jwk] })).unwrap();
            match KeySet::parse(&set).unwrap().select(None, algorithm) {
                Ok(key) => key.clone(),
                Err(_) => return false,
            }
        }
        None => configured_key(&keys[case["key"].as_str().unwrap()], algorithm.family()),
    };
    let Ok(jws) = CompactJws::parse(token) else { return false };
    jws.algorithm() == algorithm && jws.is_signed_by(&key)
}

fn judge_with_set(token: &[u8], set: &Value) -> bool {
    let Ok(set) = KeySet::parse_with(&serde_json::to_vec(set).unwrap(), OctKeys::Allowed) else { return false };
    let Ok(jws) = CompactJws::parse(token) else { return false };
    set.select(jws.kid(), jws.algorithm()).is_ok_and(|key| jws.is_signed_by(key))
}

fn configured_key(key: &Value, family: KeyFamily) -> VerifyingKey {
    if let Some(secret) = key["secret_b64url"].as_str() {
        return VerifyingKey::hmac(&URL_SAFE_NO_PAD.decode(secret).unwrap()).unwrap();
    }
    VerifyingKey::parse(family, key["key_pem"].as_str().unwrap()).unwrap()
}
