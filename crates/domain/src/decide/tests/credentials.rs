//! Credentials of each method, and what ends them.

use super::*;
use crate::access_token::{AccessTokenKey, AccessTokenKeys};
use crate::jwt::{KeyFamily, VerifyingKey};
use crate::settings::Settings;
use crate::terms::JwtTerms;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::HashMap;

const SECRET: &str = "a shared secret of at least thirty-two bytes";
const KEY_ID: &str = "pk_0123456789abcdefghijkl";
/// 2026-01-02T00:00:00Z in seconds.
const NOW: i64 = 1_767_312_000;

fn at(seconds: i64) -> Now {
    Now { monotonic: Monotonic(0), wall: Timestamp(seconds * 1_000_000) }
}

fn signed(header: &str, claims: &str, secret: &str) -> String {
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac))
}

fn hs256(claims: &str) -> String {
    signed(r#"{"alg":"HS256"}"#, claims, SECRET)
}

fn jwt_terms() -> JwtTerms {
    let key = VerifyingKey::parse(KeyFamily::Hmac, SECRET).unwrap();
    JwtTerms { family: Some(KeyFamily::Hmac), key: Some(key), ..JwtTerms::default() }
}

fn jwt_profile(jwt: JwtTerms) -> AccessProfile {
    let own = Terms { method: AuthMethod::Jwt, jwt: Some(Box::new(jwt)), ..terms(None) };
    let mut profile = profile(1, Some(own));
    profile.credentials = vec![credential(1, CredentialKind::KeyId, KEY_ID)];
    profile
}

fn with_profile(profile: AccessProfile) -> Directory {
    directory().apply(Revision(2), [put(profile)])
}

fn bearer_facts<'a>(directory: &Directory, value: &'a str) -> RequestFacts<'a> {
    let path = CanonicalPath::parse(b"/orders/list").unwrap();
    let found =
        FoundCredentials { authorization: Some(value.as_bytes()), authorization_count: 1, ..Default::default() };
    RequestFacts {
        framing: Ok(()),
        route: directory.route("gw.test", Method::Get, &path),
        claimant: Claimant::Credentials(found),
        source: NOWHERE,
        certificate: None,
        body_bytes: None,
    }
}

#[track_caller]
fn check_bearer(directory: &Directory, token: &str, now: Now, expected: Result<(), Denial>) {
    let value = format!("Bearer {token}");
    let outcome = decided(directory, &bearer_facts(directory, &value), now);
    assert_eq!(outcome.map(drop).map_err(|refusal| refusal.denial), expected, "{token}");
}

/// Remembers like a worker does.
#[derive(Default)]
struct Memory {
    tokens: HashMap<TokenDigest, VerifiedToken>,
    failures: usize,
    verified: usize,
}

impl VerifiedCache for Memory {
    fn find(&mut self, digest: &TokenDigest) -> Option<VerifiedToken> {
        self.tokens.get(digest).copied()
    }

    fn keep(&mut self, digest: TokenDigest, token: VerifiedToken) {
        self.verified += 1;
        self.tokens.insert(digest, token);
    }

    fn may_verify(&mut self, _source: Source, _now: Monotonic) -> bool {
        self.failures < 20
    }

    fn note_failure(&mut self, _source: Source, _now: Monotonic) {
        self.failures += 1;
    }
}

fn remembered(directory: &Directory, token: &str, memory: &mut Memory, now: Now) -> Result<(), Denial> {
    let value = format!("Bearer {token}");
    match decide(directory, &bearer_facts(directory, &value), memory, Waited::default(), now) {
        Decision::Admit(_) => Ok(()),
        Decision::Refuse(refusal) => Err(refusal.denial),
        Decision::Wait(wait) => panic!("nothing to wait for: {wait:?}"),
    }
}

#[test]
fn a_signed_token_names_its_profile_and_is_admitted() {
    let d = with_profile(jwt_profile(jwt_terms()));
    let now = at(NOW);
    check_bearer(&d, &hs256(&format!(r#"{{"sub":"{KEY_ID}"}}"#)), now, Ok(()));
    check_bearer(&d, &signed(&format!(r#"{{"alg":"HS256","kid":"{KEY_ID}"}}"#), "{}", SECRET), now, Ok(()));
    check_bearer(&d, &hs256(r#"{"sub":"pk_other"}"#), now, Err(Denial::CredentialUnknown));
    check_bearer(&d, &hs256(r#"{"sub":7}"#), now, Err(Denial::JwtClaimMistyped));
    check_bearer(&d, &hs256("{}"), now, Err(Denial::JwtProfileUnnamed));
    let other = signed(
        r#"{"alg":"HS256"}"#,
        &format!(r#"{{"sub":"{KEY_ID}"}}"#),
        "another secret of more than thirty-two bytes",
    );
    check_bearer(&d, &other, now, Err(Denial::JwtSignatureInvalid));
    let expired = hs256(&format!(r#"{{"sub":"{KEY_ID}","exp":{}}}"#, NOW - 31));
    check_bearer(&d, &expired, now, Err(Denial::JwtExpired));
    check_bearer(&d, &"x".repeat(9000), now, Err(Denial::JwtTooLarge));
    check_bearer(&d, "", now, Err(Denial::JwtMalformed));
}

#[test]
fn an_identifier_is_never_a_token_and_a_token_never_an_identifier() {
    let d = with_profile(jwt_profile(jwt_terms()));
    check(&d, &Call { token: Some(KEY_ID.into()), ..Call::default() }, Err(Denial::CredentialWrongMethod));
    let plain = with_profile(profile(1, Some(terms(None))));
    let named = hs256(&format!(r#"{{"sub":"{}"}}"#, token(1)));
    check_bearer(&plain, &named, at(NOW), Err(Denial::CredentialWrongMethod));
}

#[test]
fn a_remembered_token_is_not_verified_again_until_something_changes() {
    let d = with_profile(jwt_profile(jwt_terms()));
    let token = hs256(&format!(r#"{{"sub":"{KEY_ID}","exp":{}}}"#, NOW + 40));
    let mut memory = Memory::default();
    for _ in 0..3 {
        assert_eq!(remembered(&d, &token, &mut memory, at(NOW)), Ok(()));
    }
    assert_eq!(memory.verified, 1);
    // A changed profile, a changed client: verified anew.
    let changed = d.apply(Revision(3), [put(jwt_profile(jwt_terms()))]);
    assert_eq!(remembered(&changed, &token, &mut memory, at(NOW)), Ok(()));
    assert_eq!(memory.verified, 2);
    let changed = changed.apply(Revision(4), [Delta::Client(ClientId(1), Some(Box::new(client(true))))]);
    assert_eq!(remembered(&changed, &token, &mut memory, at(NOW)), Ok(()));
    assert_eq!(memory.verified, 3);
    // Another key, a new key id, a disabled profile: in force at once.
    let mut rekeyed = jwt_terms();
    rekeyed.key = Some(VerifyingKey::parse(KeyFamily::Hmac, "another secret of more than thirty-two bytes").unwrap());
    let rekeyed = changed.apply(Revision(5), [put(jwt_profile(rekeyed))]);
    assert_eq!(remembered(&rekeyed, &token, &mut memory, at(NOW)), Err(Denial::JwtSignatureInvalid));
    let mut refreshed = jwt_profile(jwt_terms());
    refreshed.credentials = vec![credential(2, CredentialKind::KeyId, "pk_new")];
    let refreshed = changed.apply(Revision(5), [put(refreshed)]);
    assert_eq!(remembered(&refreshed, &token, &mut memory, at(NOW)), Err(Denial::CredentialRevoked));
    // Its own end, minutes, and a clock that goes back.
    let leeway = at(NOW + 41);
    assert_eq!(remembered(&changed, &token, &mut memory, leeway), Ok(()));
    assert_eq!(memory.verified, 4);
    assert_eq!(remembered(&changed, &token, &mut memory, at(NOW + 71)), Err(Denial::JwtExpired));
    assert_eq!(remembered(&changed, &token, &mut memory, at(NOW - 3600)), Ok(()));
    assert_eq!(memory.verified, 5);
    let later = Now { monotonic: Monotonic(REMEMBER_NANOS), ..at(NOW - 3600) };
    assert_eq!(remembered(&changed, &token, &mut memory, later), Ok(()));
    assert_eq!(memory.verified, 6);
}

#[test]
fn after_twenty_wrong_signatures_further_ones_are_not_verified() {
    let d = with_profile(jwt_profile(jwt_terms()));
    let good = hs256(&format!(r#"{{"sub":"{KEY_ID}"}}"#));
    let wrong = |number: usize| {
        let claims = format!(r#"{{"sub":"{KEY_ID}","n":{number}}}"#);
        signed(r#"{"alg":"HS256"}"#, &claims, "another secret of more than thirty-two bytes")
    };
    let mut memory = Memory::default();
    for number in 0..20 {
        assert_eq!(remembered(&d, &wrong(number), &mut memory, at(NOW)), Err(Denial::JwtSignatureInvalid));
    }
    assert_eq!(remembered(&d, &wrong(20), &mut memory, at(NOW)), Err(Denial::JwtTooManyFailures));
    assert_eq!(remembered(&d, &good, &mut memory, at(NOW)), Err(Denial::JwtTooManyFailures));
}

#[test]
fn a_custom_claim_is_read_for_its_issuer_only_and_decides_alone() {
    let mut jwt = jwt_terms();
    jwt.access_profile_claim = Some("app".into());
    jwt.rules.allowed_issuers = vec!["https://issuer.example".into()];
    let d = with_profile(jwt_profile(jwt));
    let iss = r#""iss":"https://issuer.example""#;
    check_bearer(&d, &hs256(&format!(r#"{{{iss},"app":"{KEY_ID}","sub":"x"}}"#)), at(NOW), Ok(()));
    check_bearer(
        &d,
        &hs256(&format!(r#"{{{iss},"app":"x","sub":"{KEY_ID}"}}"#)),
        at(NOW),
        Err(Denial::CredentialUnknown),
    );
    check_bearer(&d, &hs256(&format!(r#"{{{iss},"app":7,"sub":"{KEY_ID}"}}"#)), at(NOW), Err(Denial::JwtClaimMistyped));
    check_bearer(&d, &hs256(&format!(r#"{{"app":"{KEY_ID}"}}"#)), at(NOW), Err(Denial::JwtProfileUnnamed));
    check_bearer(&d, &hs256(&format!(r#"{{"sub":"{KEY_ID}"}}"#)), at(NOW), Err(Denial::JwtClaimMissing));
    // Once no terms ask for it any more, the claim means nothing.
    let d = d.apply(Revision(3), [put(jwt_profile(jwt_terms()))]);
    check_bearer(&d, &hs256(&format!(r#"{{{iss},"app":"x","sub":"{KEY_ID}"}}"#)), at(NOW), Ok(()));
}

#[test]
fn a_key_set_that_is_not_there_is_waited_for_once() {
    let mut jwt = jwt_terms();
    jwt.key = None;
    jwt.oidc_jwks_uri = Some("https://issuer.example/keys".into());
    let d = with_profile(jwt_profile(jwt));
    assert_eq!(d.key_sources().count(), 1);
    let token = hs256(&format!(r#"{{"sub":"{KEY_ID}"}}"#));
    let value = format!("Bearer {token}");
    let facts = bearer_facts(&d, &value);
    let first = decide(&d, &facts, &mut NoMemory, Waited::default(), at(NOW));
    assert!(matches!(first, Decision::Wait(Wait::Keys(source)) if source.url() == "https://issuer.example/keys"));
    let waited = Waited { for_keys: true, ..Waited::default() };
    let second = decide(&d, &facts, &mut NoMemory, waited, at(NOW));
    assert!(matches!(second, Decision::Refuse(refusal) if refusal.denial == Denial::JwtKeysUnavailable));
    let gone = d.apply(Revision(3), [Delta::Profile(ProfileId(1), None)]);
    assert_eq!(gone.key_sources().count(), 0);
}

fn oauth_profile() -> AccessProfile {
    let own = Terms { method: AuthMethod::Oauth2, ..terms(None) };
    let mut profile = profile(1, Some(own));
    profile.credentials =
        vec![credential(11, CredentialKind::ClientSecret, &token(1)), credential(10, CredentialKind::ClientId, KEY_ID)];
    profile
}

fn with_keys(directory: &Directory) -> Directory {
    let keys = AccessTokenKeys::new(vec![AccessTokenKey::new(1, &[3; 32], None)]);
    directory.apply(directory.revision(), [Delta::AccessTokenKeys(keys)])
}

fn granted(directory: &Directory, secret: &str, now: Now) -> Result<GrantedToken, Denial> {
    let granted = grant_access_token(directory, KEY_ID.as_bytes(), secret.as_bytes(), NOWHERE, None, now);
    granted.map_err(|refused| refused.denial)
}

#[test]
fn an_access_token_is_good_while_its_client_secret_is() {
    let d = with_keys(&with_profile(oauth_profile()));
    let granted_token = granted(&d, &token(1), at(NOW)).unwrap_or_else(|denial| panic!("{denial:?}"));
    assert_eq!(granted_token.expires_in, 3600);
    let access = granted_token.token.expose().to_owned();
    check_bearer(&d, &access, at(NOW), Ok(()));
    check_bearer(&d, &access, at(NOW + 3599), Ok(()));
    check_bearer(&d, &access, at(NOW + 3600), Err(Denial::Oauth2Expired));
    let last = access.len() - 2;
    let forged =
        format!("{}{}{}", &access[..last], if &access[last..=last] == "x" { "y" } else { "x" }, &access[last + 1..]);
    check_bearer(&d, &forged, at(NOW), Err(Denial::Oauth2Forged));
    check_bearer(&d, "pca_nonsense", at(NOW), Err(Denial::Oauth2Malformed));
    // With overlap it ends with the old secret; without one at once.
    let mut overlapping = oauth_profile();
    overlapping.credentials[0].ends_at = Some(at(NOW + 100).wall);
    overlapping.credentials.push(credential(12, CredentialKind::ClientSecret, &token(2)));
    let overlap = d.apply(Revision(3), [put(overlapping)]);
    check_bearer(&overlap, &access, at(NOW + 99), Ok(()));
    check_bearer(&overlap, &access, at(NOW + 100), Err(Denial::CredentialRevoked));
    assert_eq!(granted(&overlap, &token(1), at(NOW)).map(|token| token.expires_in).ok(), Some(100));
    let mut refreshed = oauth_profile();
    refreshed.credentials[0] = credential(12, CredentialKind::ClientSecret, &token(2));
    let refreshed = d.apply(Revision(3), [put(refreshed)]);
    check_bearer(&refreshed, &access, at(NOW), Err(Denial::CredentialRevoked));
    // Disabled: refused in check 5, and good again once enabled.
    let mut disabled = oauth_profile();
    disabled.active = false;
    let disabled = d.apply(Revision(3), [put(disabled)]);
    check_bearer(&disabled, &access, at(NOW), Err(Denial::ProfileDisabled));
    let enabled = disabled.apply(Revision(4), [put(oauth_profile())]);
    check_bearer(&enabled, &access, at(NOW), Ok(()));
}

#[test]
fn access_tokens_are_granted_to_the_right_secret_only() {
    let d = with_keys(&with_profile(oauth_profile()));
    let d = d.apply(Revision(3), [put(profile(2, Some(terms(None))))]);
    let denied = |directory: &Directory, secret: &str, seconds| granted(directory, secret, at(seconds)).err();
    assert_eq!(denied(&d, &token(3), NOW), Some(Denial::CredentialUnknown));
    assert_eq!(denied(&d, &token(2), NOW), Some(Denial::CredentialUnknown));
    assert_eq!(denied(&d, KEY_ID, NOW), Some(Denial::CredentialUnknown));
    let unknown = grant_access_token(&d, b"pk_other", token(1).as_bytes(), NOWHERE, None, at(NOW));
    assert_eq!(unknown.err().map(|refused| refused.profile), Some(None));
    let mut expiring = oauth_profile();
    expiring.expires_at = Some(at(NOW + 60).wall);
    let expiring = d.apply(Revision(4), [put(expiring)]);
    assert_eq!(granted(&expiring, &token(1), at(NOW)).map(|token| token.expires_in).ok(), Some(60));
    assert_eq!(denied(&expiring, &token(1), NOW + 60), Some(Denial::ProfileExpired));
    let mut off = oauth_profile();
    off.active = false;
    let off = d.apply(Revision(4), [put(off)]);
    assert_eq!(denied(&off, &token(1), NOW), Some(Denial::ProfileDisabled));
    // A client secret opens the token endpoint only.
    check(&d, &Call::default(), Err(Denial::CredentialWrongMethod));
    // Without a key nothing is granted.
    assert_eq!(denied(&with_profile(oauth_profile()), &token(1), NOW), Some(Denial::InternalError));
}

#[test]
fn an_expired_profile_is_refused_with_every_method() {
    let mut plain = profile(1, Some(terms(None)));
    plain.expires_at = Some(T0);
    check(&with_profile(plain), &Call::default(), Err(Denial::ProfileExpired));
    let mut signed_in = jwt_profile(jwt_terms());
    signed_in.expires_at = Some(at(NOW).wall);
    let d = with_profile(signed_in);
    let token = hs256(&format!(r#"{{"sub":"{KEY_ID}"}}"#));
    check_bearer(&d, &token, at(NOW - 1), Ok(()));
    check_bearer(&d, &token, at(NOW), Err(Denial::ProfileExpired));
}

#[test]
fn both_tokens_work_during_an_overlap_and_the_old_one_ends_by_itself() {
    let mut refreshed = profile(1, Some(terms(None)));
    refreshed.credentials[0].ends_at = Some(Timestamp(10));
    refreshed.credentials.push(credential(2, CredentialKind::Token, &token(2)));
    let d = with_profile(refreshed.clone());
    check(&d, &Call::default(), Ok(()));
    check(&d, &Call { token: Some(token(2)), ..Call::default() }, Ok(()));
    refreshed.credentials[0].ends_at = Some(T0);
    let d = with_profile(refreshed);
    check(&d, &Call::default(), Err(Denial::CredentialRevoked));
    check(&d, &Call { token: Some(token(2)), ..Call::default() }, Ok(()));
}

#[test]
fn a_token_that_was_brought_in_needs_no_checksum() {
    let theirs = "0123456789abcdef".repeat(4);
    let mut brought = profile(1, Some(terms(None)));
    brought.credentials = vec![credential(1, CredentialKind::Token, &theirs)];
    let d = with_profile(brought);
    check(&d, &Call { token: Some(theirs.clone()), ..Call::default() }, Ok(()));
    let unknown = Call { token: Some(theirs.to_uppercase()), ..Call::default() };
    check(&d, &unknown, Err(Denial::CredentialUnknown));
    check(&d, &Call { token: Some("x".repeat(257)), ..Call::default() }, Err(Denial::CredentialMalformed));
    check(&d, &Call { token: Some(String::new()), ..Call::default() }, Err(Denial::CredentialMalformed));
}

#[test]
fn a_token_in_the_query_is_read_only_where_the_collection_allows_it() {
    let allowing = |allow_query_token| {
        let Delta::Collection(id, Some(document)) =
            collection(1, "orders", true, vec![endpoint(1, "GET", "list", true)])
        else {
            panic!("a collection")
        };
        let (mut collection, endpoints) = Arc::unwrap_or_clone(document);
        collection.allow_query_token = allow_query_token;
        directory().apply(Revision(2), [Delta::Collection(id, Some(Arc::new((collection, endpoints))))])
    };
    let outcome = |directory: &Directory, header: bool| {
        let own = token(1);
        let path = CanonicalPath::parse(b"/orders/list").unwrap();
        let found = FoundCredentials {
            api_token: header.then_some(own.as_bytes()),
            api_token_count: usize::from(header),
            query_token: Some(own.as_bytes().into()),
            query_token_count: 1,
            ..FoundCredentials::default()
        };
        let facts = RequestFacts {
            framing: Ok(()),
            route: directory.route("gw.test", Method::Get, &path),
            claimant: Claimant::Credentials(found),
            source: NOWHERE,
            certificate: None,
            body_bytes: None,
        };
        decided(directory, &facts, at(NOW)).map(drop).map_err(|refusal| refusal.denial)
    };
    assert_eq!(outcome(&allowing(true), false), Ok(()));
    assert_eq!(outcome(&allowing(true), true), Err(Denial::CredentialAmbiguous));
    assert_eq!(outcome(&allowing(false), false), Err(Denial::CredentialMissing));
    assert_eq!(outcome(&allowing(false), true), Ok(()));
}

#[test]
fn settings_are_in_force_with_the_delta() {
    let settings = Settings {
        trusted_proxies: vec![CidrEntry::parse("10.0.0.0/8").unwrap()],
        rate_limit_headers: true,
        ..Settings::default()
    };
    let d = directory().apply(Revision(2), [Delta::Settings(Box::new(settings))]);
    assert!(d.settings().trusted_proxies.contains("10.1.1.1".parse().unwrap()));
    assert!(d.settings().rate_limit_headers && d.settings().outbound_allowed.is_empty());
}
