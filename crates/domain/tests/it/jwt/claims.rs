//! Rules and times at their edges, and which profile a token names.

use super::signers::{SECRET, Signer, compact};
use domain::jwt::{Algorithm, ClaimRules, KeyFamily, TokenFault, UnverifiedToken, Verified, VerifyingKey};
use domain::time::Timestamp;

const HEADER: &str = r#"{"alg":"HS256","kid":"from-kid"}"#;

fn token(claims: &str) -> String {
    compact(HEADER, claims, |input| Signer::fixed().sign(Algorithm::Hs256, input))
}

fn key() -> VerifyingKey {
    VerifyingKey::parse(KeyFamily::Hmac, SECRET).unwrap()
}

fn verify_at(claims: &str, rules: &ClaimRules, micros: i64) -> Result<Verified, TokenFault> {
    UnverifiedToken::parse(token(claims).as_bytes()).unwrap().verify(&key(), rules, Timestamp(micros))
}

#[test]
fn a_token_ends_exactly_when_its_leeway_has_passed() {
    let check = |leeway_seconds, end| {
        let rules = ClaimRules { leeway_seconds, ..ClaimRules::default() };
        assert!(verify_at(r#"{"exp":1000.25}"#, &rules, end - 1).is_ok(), "leeway {leeway_seconds}");
        assert_eq!(verify_at(r#"{"exp":1000.25}"#, &rules, end), Err(TokenFault::Expired), "leeway {leeway_seconds}");
    };
    check(0, 1_000_250_000);
    check(30, 1_030_250_000);
    check(300, 1_300_250_000);
    // More than an owner may set counts as the most.
    check(u16::MAX, 1_300_250_000);
}

#[test]
fn a_token_begins_exactly_its_leeway_early() {
    for (claims, fault) in
        [(r#"{"nbf":1000}"#, TokenFault::NotYetValid), (r#"{"iat":1000}"#, TokenFault::IssuedInFuture)]
    {
        for (leeway_seconds, start) in [(0, 1_000_000_000), (30, 970_000_000), (u16::MAX, 700_000_000)] {
            let rules = ClaimRules { leeway_seconds, ..ClaimRules::default() };
            assert!(verify_at(claims, &rules, start).is_ok(), "{claims} leeway {leeway_seconds}");
            assert_eq!(verify_at(claims, &rules, start - 1), Err(fault), "{claims} leeway {leeway_seconds}");
        }
    }
}

#[test]
fn times_at_the_ends_of_the_clock_do_not_overflow() {
    let rules = ClaimRules { leeway_seconds: 300, ..ClaimRules::default() };
    for clock in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX] {
        for number in ["-1e308", "-9223372036854775808", "0", "1e-308", "18446744073709551615", "1e308"] {
            for claim in ["exp", "nbf", "iat"] {
                // Whichever way it goes, it must come back.
                let _ = verify_at(&format!("{{\"{claim}\":{number}}}"), &rules, clock);
            }
        }
    }
    assert_eq!(verify_at(r#"{"exp":1e308}"#, &rules, i64::MAX - 1).unwrap().expires_at, Some(Timestamp(i64::MAX)));
    assert_eq!(verify_at(r#"{"exp":-1e308}"#, &rules, i64::MIN + 300_000_000), Err(TokenFault::Expired));
}

#[test]
fn a_good_token_tells_when_it_ends_without_leeway() {
    let rules = ClaimRules::default();
    let end = |claims| verify_at(claims, &rules, 0).unwrap().expires_at;
    assert_eq!(end(r#"{"exp":1000}"#), Some(Timestamp(1_000_000_000)));
    assert_eq!(end(r#"{"exp":1000.5}"#), Some(Timestamp(1_000_500_000)));
    assert_eq!(end(r#"{"sub":"a"}"#), None);
}

#[test]
fn the_rules_can_allow_fewer_algorithms_than_the_key() {
    let rules = ClaimRules { algorithms: vec![Algorithm::Hs384, Algorithm::Hs512], ..ClaimRules::default() };
    assert_eq!(verify_at("{}", &rules, 0), Err(TokenFault::AlgorithmRefused));
    let rules = ClaimRules { algorithms: vec![Algorithm::Hs512, Algorithm::Hs256], ..ClaimRules::default() };
    assert!(verify_at("{}", &rules, 0).is_ok());
    // Allowing more than the key permits changes nothing.
    let rules = ClaimRules { algorithms: vec![Algorithm::Rs256], ..ClaimRules::default() };
    let signed = compact(r#"{"alg":"RS256"}"#, "{}", |input| Signer::fixed().sign(Algorithm::Rs256, input));
    let signed = UnverifiedToken::parse(signed.as_bytes()).unwrap();
    assert_eq!(signed.verify(&key(), &rules, Timestamp(0)), Err(TokenFault::AlgorithmRefused));
}

#[test]
fn rules_left_out_have_their_defaults() {
    let rules: ClaimRules = serde_json::from_str("{}").unwrap();
    assert_eq!(rules, ClaimRules::default());
    assert_eq!(rules.leeway_seconds, 30);
    let rules = ClaimRules { algorithms: vec![Algorithm::Es512], leeway_seconds: 5, ..ClaimRules::default() };
    let text = serde_json::to_string(&rules).unwrap();
    assert!(text.contains("\"ES512\""), "{text}");
    assert_eq!(serde_json::from_str::<ClaimRules>(&text).unwrap(), rules);
}

#[test]
fn names_of_algorithms_and_methods_are_read_exactly() {
    for algorithm in Algorithm::ALL {
        assert_eq!(Algorithm::parse(algorithm.as_str()), Some(algorithm));
        assert_eq!(serde_json::to_string(&algorithm).unwrap(), format!("\"{algorithm}\""));
        assert_eq!(Algorithm::parse(&format!("{algorithm} ")), None);
    }
    assert_eq!(Algorithm::parse("none"), None);
    assert_eq!(Algorithm::parse("hs256"), None);
    assert!(serde_json::from_str::<Algorithm>("\"none\"").is_err());
    for family in KeyFamily::ALL {
        assert_eq!(KeyFamily::parse(family.as_str()), Some(family));
        assert_eq!(serde_json::from_str::<KeyFamily>(&format!("\"{family}\"")).unwrap(), family);
    }
    assert_eq!(KeyFamily::parse("HMAC"), None);
}

#[test]
fn the_first_name_that_is_present_decides_alone() {
    let check = |custom: Option<&str>, claims: &str, expected: Result<&str, TokenFault>| {
        let token = token(claims);
        let token = UnverifiedToken::parse(token.as_bytes()).unwrap();
        assert_eq!(token.profile_key(custom), expected, "{claims}");
    };
    let all = r#"{"sub":"s","workato_sub":"w","https://www.workato.com/sub":"u","client":"c"}"#;
    check(None, all, Ok("u"));
    check(Some("client"), all, Ok("c"));
    check(Some("absent"), all, Ok("u"));
    check(None, r#"{"sub":"s","workato_sub":"w"}"#, Ok("w"));
    check(None, r#"{"sub":"s"}"#, Ok("s"));
    check(None, "{}", Ok("from-kid"));
    // Empty counts as absent, another type does not.
    check(Some("client"), r#"{"client":"","sub":"s"}"#, Ok("s"));
    check(None, r#"{"https://www.workato.com/sub":"","workato_sub":"","sub":""}"#, Ok("from-kid"));
    check(Some("client"), r#"{"client":null,"sub":"s"}"#, Err(TokenFault::ClaimMistyped));
    check(Some("client"), r#"{"client":["c"],"sub":"s"}"#, Err(TokenFault::ClaimMistyped));
    check(None, r#"{"workato_sub":1,"sub":"s"}"#, Err(TokenFault::ClaimMistyped));
    check(None, r#"{"sub":{}}"#, Err(TokenFault::ClaimMistyped));
    // What comes later is not looked at.
    check(None, r#"{"https://www.workato.com/sub":"u","sub":1}"#, Ok("u"));
    // Only members of the claims themselves count, also those with escapes.
    check(Some("client"), r#"{"a":{"client":"inner"},"sub":"s"}"#, Ok("s"));
    check(None, r#"{"s\u0075b":"\u0073\ud83d\ude00"}"#, Ok("s😀"));
}

#[test]
fn the_issuer_is_read_before_anything_is_proven() {
    let issuer = |claims: &str| {
        let token = token(claims);
        UnverifiedToken::parse(token.as_bytes()).unwrap().issuer().map(|issuer| issuer.map(str::to_owned))
    };
    assert_eq!(issuer(r#"{"iss":"https://a/"}"#), Ok(Some("https://a/".into())));
    assert_eq!(issuer("{}"), Ok(None));
    assert_eq!(issuer(r#"{"iss":null}"#), Err(TokenFault::ClaimMistyped));
    assert_eq!(issuer(r#"{"iss":["https://a/"]}"#), Err(TokenFault::ClaimMistyped));
}

#[test]
fn claims_are_judged_only_after_the_signature() {
    let rules = ClaimRules { required_claims: vec!["a".into()], ..ClaimRules::default() };
    let forged = compact(HEADER, r#"{"exp":"wrong"}"#, |_| vec![0; 32]);
    let forged = UnverifiedToken::parse(forged.as_bytes()).unwrap();
    assert_eq!(forged.verify(&key(), &rules, Timestamp(0)), Err(TokenFault::SignatureInvalid));
    // A type is a fault of its own, before the time and the missing claim.
    assert_eq!(verify_at(r#"{"exp":0,"aud":1}"#, &rules, 60_000_000), Err(TokenFault::ClaimMistyped));
    assert_eq!(verify_at(r#"{"exp":0}"#, &rules, 60_000_000), Err(TokenFault::Expired));
    assert_eq!(verify_at(r#"{"exp":100}"#, &rules, 60_000_000), Err(TokenFault::ClaimMissing));
}
