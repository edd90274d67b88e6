//! Terms in the database: one row each, with links to their collections, owned by a client or by a profile.

mod claims;
mod jwt;
mod mtls;
mod plan;
mod record;
mod whole;

pub(crate) use plan::{Place, Planner, check_policy};
pub(crate) use record::{StoredTerms, TermsRecord, delete_terms, find_terms, load_secrets, put_terms, terms_columns};
pub(crate) use whole::plan_whole;

use domain::jwt::{Algorithm, KeyFamily};
use domain::secret::Secret;
use domain::terms::{AuthMethod, Terms};
use domain::validation_formula::ValidationFormula;
use domain::{CertBundleId, ClientId, CollectionId, PolicyId, ProfileId};
use serde_json::{Value, json};

/// What to change in terms; `None` leaves a field as it is, in new terms at its default.
#[derive(Debug, Clone, Default)]
pub struct TermsUpdate {
    /// New collections, replacing all. New terms need at least one.
    pub collection_ids: Option<Vec<CollectionId>>,
    /// New policy; `Some(None)`: no limits.
    pub policy_id: Option<Option<PolicyId>>,
    /// New method. New default terms need one; new own terms begin with `token`.
    pub method: Option<AuthMethod>,
    /// How JSON Web Tokens are verified, for the methods `jwt` and `oidc`.
    pub jwt: JwtUpdate,
    /// What is asked of client certificates.
    pub mtls: MtlsUpdate,
}

impl TermsUpdate {
    /// Sets collections, policy and method.
    pub fn new(collection_ids: Vec<CollectionId>, policy_id: Option<PolicyId>, method: AuthMethod) -> Self {
        Self {
            collection_ids: Some(collection_ids),
            policy_id: Some(policy_id),
            method: Some(method),
            jwt: JwtUpdate::default(),
            mtls: MtlsUpdate::default(),
        }
    }
}

/// What to change in how JSON Web Tokens are verified: `None` leaves a field as it is, `Some(None)` clears it.
#[derive(Clone, Default)]
pub struct JwtUpdate {
    /// `jwt_method`: the kind of key.
    pub family: Option<Option<KeyFamily>>,
    /// `jwt_secret`: the shared secret or public key as typed. It is read with the kind of key that is in force then.
    pub secret: Option<Option<Secret>>,
    /// `OpenID` Connect issuer.
    pub oidc_issuer: Option<Option<String>>,
    /// URL of a key set.
    pub oidc_jwks_uri: Option<Option<String>>,
    /// Claim that names the profile, tried before the usual ones.
    pub access_profile_claim: Option<Option<String>>,
    /// Claims that a token must have, replacing all.
    pub required_claims: Option<Vec<String>>,
    /// Issuers that are accepted, replacing all; empty: any.
    pub allowed_issuers: Option<Vec<String>>,
    /// Audiences that are accepted, replacing all; empty: any.
    pub allowed_audiences: Option<Vec<String>>,
    /// Algorithms that are accepted, replacing all; empty: all that the key permits.
    pub algorithms: Option<Vec<Algorithm>>,
    /// How far clocks may differ, in seconds.
    pub clock_leeway_seconds: Option<u16>,
}

impl std::fmt::Debug for JwtUpdate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JwtUpdate").finish_non_exhaustive()
    }
}

/// What to change in mutual TLS: `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MtlsUpdate {
    /// Whether a client certificate is asked for. Then there must be a bundle.
    pub enabled: Option<bool>,
    /// Bundles whose authorities are trusted, replacing all; at most 5.
    pub cert_bundle_ids: Option<Vec<CertBundleId>>,
    /// What the certificate must say; `Some(None)`: nothing.
    pub validation_formula: Option<Option<ValidationFormula>>,
}

/// Whose terms.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TermsOwner {
    /// Default terms.
    Client(ClientId),
    /// Own terms.
    Profile(ProfileId),
}

/// Terms as the audit log shows them: of a key its fingerprint only.
pub(crate) fn terms_state(terms: &Terms) -> Value {
    let mut state = json!({
        "api_collection_ids": terms.collection_ids,
        "api_policy_id": terms.policy_id,
        "auth_type": terms.method.as_str(),
        "mtls_enabled": terms.mtls_enabled,
        "cert_bundle_ids": terms.cert_bundle_ids,
        "validation_formula": terms.validation_formula,
    });
    if let (Some(fields), Some(jwt)) = (state.as_object_mut(), &terms.jwt) {
        let key = jwt.key.as_ref().map(|key| {
            let key = key.describe();
            json!({ "type": key.kind, "bits": key.bits, "fingerprint": key.fingerprint })
        });
        fields.insert("jwt_method".to_owned(), json!(jwt.family));
        fields.insert("jwt_key".to_owned(), json!(key));
        fields.insert("oidc_issuer".to_owned(), json!(jwt.oidc_issuer.as_deref()));
        fields.insert("oidc_jwks_uri".to_owned(), json!(jwt.oidc_jwks_uri.as_deref()));
        fields.insert("access_profile_claim".to_owned(), json!(jwt.access_profile_claim));
        fields.insert("required_claims".to_owned(), json!(jwt.rules.required_claims));
        fields.insert("allowed_issuers".to_owned(), json!(jwt.rules.allowed_issuers));
        fields.insert("allowed_audiences".to_owned(), json!(jwt.rules.allowed_audiences));
        fields.insert("jwt_algorithms".to_owned(), json!(jwt.rules.algorithms));
        fields.insert("clock_leeway_seconds".to_owned(), json!(jwt.rules.leeway_seconds));
    }
    state
}
