//! Terms as a workspace document gives them: everything at once, names resolved by whoever calls.

use super::JwtUpdate;
use super::jwt::{MissingKey, note_unused, plan_jwt};
use super::record::StoredTerms;
use crate::error::{Faults, StoreError};
use crate::secret_key::SecretKey;
use domain::jwt::ClaimRules;
use domain::secret::Secret;
use domain::terms::{AuthMethod, Terms};
use domain::workspace::TermsEntry;

/// Makes terms of an entry, without ids of collections, policy and bundles. Notes what is wrong with how tokens are verified, at
/// fields with a prefix. A shared secret may be missing.
pub(crate) fn plan_whole(
    key: &SecretKey,
    prefix: &str,
    entry: &TermsEntry,
    faults: &mut Faults,
) -> Result<StoredTerms, StoreError> {
    let mut terms = Terms::new(Vec::new(), None, entry.auth_type);
    terms.mtls_enabled = entry.mtls_enabled;
    terms.validation_formula.clone_from(&entry.validation_formula);
    let update = jwt_update(entry);
    let mut secret = None;
    match entry.auth_type {
        AuthMethod::Jwt | AuthMethod::Oidc => {
            let mut found = Faults::default();
            let planned = plan_jwt(key, "", entry.auth_type, None, &update, MissingKey::Awaited, &mut found)?;
            let public = entry.jwt_public_key.is_some() || !entry.has_shared_secret();
            found.copy_to(faults, |field| {
                let field = if field == "jwt_secret" && public { "jwt_public_key" } else { field };
                format!("{prefix}{field}")
            });
            terms.jwt = Some(Box::new(planned.jwt));
            secret = planned.secret;
        }
        AuthMethod::Token | AuthMethod::Oauth2 => note_unused(prefix, &update, faults),
    }
    Ok(StoredTerms { terms, secret })
}

fn jwt_update(entry: &TermsEntry) -> JwtUpdate {
    let rules = ClaimRules {
        required_claims: entry.required_claims.clone(),
        allowed_issuers: entry.allowed_issuers.clone(),
        allowed_audiences: entry.allowed_audiences.clone(),
        algorithms: entry.jwt_algorithms.clone(),
        leeway_seconds: entry.clock_leeway_seconds,
    };
    JwtUpdate {
        family: Some(entry.jwt_method),
        secret: Some(entry.key_text().map(|text| Secret::new(text.to_owned()))),
        oidc_issuer: Some(entry.oidc_issuer.clone()),
        oidc_jwks_uri: Some(entry.oidc_jwks_uri.clone()),
        access_profile_claim: Some(entry.access_profile_claim.clone()),
        required_claims: Some(rules.required_claims),
        allowed_issuers: Some(rules.allowed_issuers),
        allowed_audiences: Some(rules.allowed_audiences),
        algorithms: Some(rules.algorithms),
        clock_leeway_seconds: Some(rules.leeway_seconds),
    }
}
