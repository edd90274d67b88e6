//! Each reason for which a token is refused: its generic answer, and the true reason on record.

use super::signers::{Signer, compact};
use super::{call, seconds, setup};
use crate::refused::assert_problem;
use crate::support::{Gateway, KEY_ID, Upstream};
use domain::denial::Denial;
use domain::jwt::{Algorithm, ClaimRules};
use domain::terms::{AuthMethod, JwtTerms, KeySource};

const ALGORITHM: Algorithm = Algorithm::EdDsa;
const HEADER: &str = r#"{"alg":"EdDSA"}"#;

/// A signed token with these claims besides the profile's.
fn signed(signer: &Signer, header: &str, claims: &str) -> String {
    compact(header, format!(r#"{{"sub":"{KEY_ID}"{claims}}}"#), |message| signer.sign(ALGORITHM, message))
}

#[test]
fn every_reason_is_one_answer_and_its_own_record() {
    let upstream = Upstream::plain();
    let (signer, stranger) = (Signer::fixed(), Signer::generated());
    let rules = ClaimRules {
        required_claims: vec!["tenant".into()],
        allowed_issuers: vec!["https://issuer.example/".into()],
        allowed_audiences: vec!["us".into()],
        leeway_seconds: 30,
        ..ClaimRules::default()
    };
    let gateway = Gateway::start(&setup(&upstream.url(), &signer, ALGORITHM, rules));
    let now = seconds();
    let good = r#","iss":"https://issuer.example/","aud":["them","us"],"tenant":1"#;
    let with = |claims: String| signed(&signer, HEADER, &format!("{good}{claims}"));
    let plain = |claims: &str| signed(&signer, HEADER, claims);
    for (token, denial) in [
        ("x".to_owned(), Denial::JwtMalformed),
        ("a".repeat(8193), Denial::JwtTooLarge),
        (signed(&signer, r#"{"alg":"HS256"}"#, good), Denial::JwtAlgorithmRefused),
        (signed(&signer, r#"{"alg":"EdDSA","crit":["b64"],"b64":false}"#, good), Denial::JwtMalformed),
        (signed(&stranger, HEADER, good), Denial::JwtSignatureInvalid),
        (with(format!(r#","exp":{}"#, now - 30)), Denial::JwtExpired),
        (with(format!(r#","nbf":{}"#, now + 31)), Denial::JwtNotYetValid),
        (with(format!(r#","iat":{}"#, now + 31)), Denial::JwtNotYetValid),
        (with(r#","exp":"1""#.to_owned()), Denial::JwtClaimMistyped),
        (plain(r#","iss":"https://issuer.example/","aud":"us""#), Denial::JwtClaimMissing),
        (plain(r#","iss":"https://issuer.example","aud":"us","tenant":1"#), Denial::JwtIssuerRefused),
        (plain(r#","iss":"https://issuer.example/","aud":"US","tenant":1"#), Denial::JwtAudienceRefused),
    ] {
        let reply = call(&gateway, &token, "");
        assert_problem(&reply, denial);
        assert_eq!(reply.header("www-authenticate"), Some(r#"Bearer realm="portcullis", error="invalid_token""#));
        assert_eq!(gateway.recorded(&reply).denial, Some(denial), "{token}");
    }
    let unnamed = compact(HEADER, r#"{"iss":"x"}"#, |message| signer.sign(ALGORITHM, message));
    assert_eq!(gateway.recorded(&call(&gateway, unnamed, "")).denial, Some(Denial::JwtProfileUnnamed));
    assert_eq!(upstream.connections(), 0);
    let inside = format!(r#","exp":{},"nbf":{},"iat":{}"#, now - 29, now + 30, now + 30);
    let reply = call(&gateway, with(inside), "");
    assert_eq!((gateway.recorded(&reply).denial, reply.status), (None, 200));
}

#[test]
fn an_openid_issuer_is_what_the_token_must_name_and_may_name_the_profile_by_a_claim_of_its_own() {
    let upstream = Upstream::plain();
    let signer = Signer::fixed();
    let issuer = "https://id.example";
    let mut setup = crate::support::Setup::new(upstream.url());
    setup.method = AuthMethod::Oidc;
    setup.jwt = Some(JwtTerms {
        oidc_issuer: Some(issuer.into()),
        access_profile_claim: Some("azp".into()),
        ..JwtTerms::default()
    });
    let gateway = Gateway::start(&setup);
    let set = format!(r#"{{"keys":[{}]}}"#, super::signers::ED25519.jwk);
    let set = domain::jwt::KeySet::parse(set.as_bytes()).unwrap();
    let source = KeySource::Issuer(issuer.into());
    gateway.change([domain::directory::Delta::KeySet(source, Some(set.into()))]);
    let send = |claims: &str| {
        let token = compact(HEADER, claims, |message| signer.sign(ALGORITHM, message));
        gateway.recorded(&call(&gateway, token, "")).denial
    };
    assert_eq!(send(&format!(r#"{{"iss":"{issuer}","azp":"{KEY_ID}","sub":"somebody"}}"#)), None);
    assert_eq!(send(&format!(r#"{{"iss":"{issuer}","sub":"{KEY_ID}"}}"#)), None);
    let other = format!(r#"{{"iss":"{issuer}","azp":"pk_other","sub":"{KEY_ID}"}}"#);
    assert_eq!(send(&other), Some(Denial::CredentialUnknown));
    assert_eq!(send(&format!(r#"{{"iss":"https://other","sub":"{KEY_ID}"}}"#)), Some(Denial::JwtIssuerRefused));
    assert_eq!(send(&format!(r#"{{"sub":"{KEY_ID}"}}"#)), Some(Denial::JwtIssuerRefused));
    assert_eq!(upstream.seen().len(), 2);
}
