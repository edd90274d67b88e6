//! How JSON Web Tokens are verified: what an update makes of it, and what is wrong with that.

use super::JwtUpdate;
use super::record::{SealedSecret, StoredTerms};
use crate::error::{FaultKind, Faults, StoreError};
use crate::secret_key::SecretKey;
use domain::jwt::{ClaimRules, KeyFamily, VerifyingKey};
use domain::terms::{AuthMethod, JwtTerms};

/// How tokens are verified, with the sealed text of the key.
pub(super) struct PlannedJwt {
    pub(super) jwt: JwtTerms,
    pub(super) secret: Option<SealedSecret>,
}

/// What a missing shared secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MissingKey {
    /// A fault.
    Refused,
    /// Somebody will give it later; no call is admitted until then.
    Awaited,
}

/// Notes faults at fields, each with the prefix of its object.
struct At<'a> {
    prefix: &'a str,
    faults: &'a mut Faults,
}

impl At<'_> {
    fn bad(&mut self, field: &str, message: impl Into<String>) {
        self.faults.add(format!("{}{field}", self.prefix), FaultKind::Bad, message);
    }
}

/// Applies an update to present terms, if they verify tokens, or to none.
pub(super) fn plan_jwt(
    key: &SecretKey,
    prefix: &str,
    method: AuthMethod,
    base: Option<&StoredTerms>,
    update: &JwtUpdate,
    missing: MissingKey,
    faults: &mut Faults,
) -> Result<PlannedJwt, StoreError> {
    let mut at = At { prefix, faults };
    let present = base.and_then(|base| base.terms.jwt.as_deref()).cloned().unwrap_or_default();
    let family = update.family.unwrap_or(present.family);
    let kept = base.filter(|base| base.terms.jwt.is_some()).and_then(|base| base.secret.clone());
    let secret = match &update.secret {
        Some(Some(text)) => Some(SealedSecret::seal(key, text.expose())?),
        Some(None) => None,
        None => kept,
    };
    let verifying_key = match (&secret, family) {
        (Some(secret), Some(family)) => read_key(key, secret, family, update, &mut at)?,
        (Some(_), None) => {
            at.bad("jwt_method", "can't be blank beside a jwt_secret");
            None
        }
        (None, _) => None,
    };
    let text = |new: &Option<Option<String>>| new.as_ref().map(|text| text.as_deref().map(Into::into));
    let jwt = JwtTerms {
        family,
        key: verifying_key,
        oidc_issuer: text(&update.oidc_issuer).unwrap_or(present.oidc_issuer),
        oidc_jwks_uri: text(&update.oidc_jwks_uri).unwrap_or(present.oidc_jwks_uri),
        access_profile_claim: match &update.access_profile_claim {
            Some(claim) => claim.as_deref().map(Into::into),
            None => present.access_profile_claim,
        },
        rules: merge_rules(present.rules, update),
    };
    if missing == MissingKey::Refused || jwt.family != Some(KeyFamily::Hmac) {
        check_source(method, &jwt, secret.is_some(), &mut at);
    }
    check_algorithms(&jwt, secret.is_some(), &mut at);
    if jwt.access_profile_claim.is_some() && names_no_issuer(&jwt, secret.is_some()) {
        at.bad("access_profile_claim", "needs allowed_issuers, or an oidc_issuer that is in use");
    }
    Ok(PlannedJwt { jwt, secret })
}

/// Notes what is said of tokens under a method that has none. Values that say nothing may be there.
pub(super) fn note_unused(prefix: &str, update: &JwtUpdate, faults: &mut Faults) {
    let rules = merge_rules(ClaimRules::default(), update);
    let filled = |text: &Option<Option<String>>| text.as_ref().is_some_and(Option::is_some);
    let fields = [
        ("jwt_method", update.family.is_some_and(|family| family.is_some())),
        ("jwt_secret", update.secret.as_ref().is_some_and(Option::is_some)),
        ("oidc_issuer", filled(&update.oidc_issuer)),
        ("oidc_jwks_uri", filled(&update.oidc_jwks_uri)),
        ("access_profile_claim", filled(&update.access_profile_claim)),
        ("required_claims", !rules.required_claims.is_empty()),
        ("allowed_issuers", !rules.allowed_issuers.is_empty()),
        ("allowed_audiences", !rules.allowed_audiences.is_empty()),
        ("jwt_algorithms", !rules.algorithms.is_empty()),
        ("clock_leeway_seconds", rules.leeway_seconds != ClaimRules::DEFAULT_LEEWAY_SECONDS),
    ];
    let mut at = At { prefix, faults };
    for (field, _) in fields.into_iter().filter(|(_, said)| *said) {
        at.bad(field, "is for the methods jwt and oidc only");
    }
}

/// Reads the key. The fault is at the field that was sent, or at the key if nothing of it was.
fn read_key(
    key: &SecretKey,
    secret: &SealedSecret,
    family: KeyFamily,
    update: &JwtUpdate,
    at: &mut At<'_>,
) -> Result<Option<VerifyingKey>, StoreError> {
    let field = if update.secret.is_none() && update.family.is_some() { "jwt_method" } else { "jwt_secret" };
    match secret.read(key, family)? {
        Ok(key) => Ok(Some(key)),
        Err(fault) => {
            at.bad(field, fault.to_string());
            Ok(None)
        }
    }
}

fn merge_rules(present: ClaimRules, update: &JwtUpdate) -> ClaimRules {
    let list = |new: &Option<Vec<String>>, old: Vec<String>| new.clone().unwrap_or(old);
    ClaimRules {
        required_claims: list(&update.required_claims, present.required_claims),
        allowed_issuers: list(&update.allowed_issuers, present.allowed_issuers),
        allowed_audiences: list(&update.allowed_audiences, present.allowed_audiences),
        algorithms: update.algorithms.clone().unwrap_or(present.algorithms),
        leeway_seconds: update.clock_leeway_seconds.unwrap_or(present.leeway_seconds),
    }
}

/// There must be a key, or a place to fetch keys from. `has_secret`: one was given, even if it could not be read.
fn check_source(method: AuthMethod, jwt: &JwtTerms, has_secret: bool, at: &mut At<'_>) {
    if has_secret {
        return;
    }
    if jwt.family == Some(KeyFamily::Hmac) {
        at.bad("jwt_secret", "can't be blank with jwt_method hmac");
    } else if method == AuthMethod::Jwt && jwt.oidc_jwks_uri.is_none() {
        at.bad("jwt_secret", "can't be blank without oidc_jwks_uri");
    } else if method == AuthMethod::Oidc && jwt.key_source().is_none() {
        at.bad("oidc_issuer", "can't be blank without oidc_jwks_uri or jwt_secret");
    }
}

/// Algorithms must fit the key, or for fetched keys the kind of key; fetched keys are never shared secrets.
fn check_algorithms(jwt: &JwtTerms, has_secret: bool, at: &mut At<'_>) {
    if has_secret && jwt.key.is_none() {
        // The key's own fault is noted already.
        return;
    }
    let fits = |algorithm| match (&jwt.key, jwt.family) {
        (Some(key), _) => key.permits(algorithm),
        (None, Some(family)) => algorithm.family() == family,
        (None, None) => algorithm.family() != KeyFamily::Hmac,
    };
    let unfit: Vec<_> = jwt
        .rules
        .algorithms
        .iter()
        .filter(|algorithm| !fits(**algorithm))
        .map(|algorithm| algorithm.as_str())
        .collect();
    if !unfit.is_empty() {
        at.bad("jwt_algorithms", format!("the key does not permit {}", unfit.join(", ")));
    }
}

/// Whether no issuer is named that tokens must have. `has_secret` as above: an issuer beside a key is not in use.
fn names_no_issuer(jwt: &JwtTerms, has_secret: bool) -> bool {
    jwt.rules.allowed_issuers.is_empty() && (has_secret || jwt.oidc_issuer.is_none())
}
