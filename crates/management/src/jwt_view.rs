//! How tokens are verified, as shown at clients and profiles. Keys themselves are never shown.

use domain::jwt::{Algorithm, ClaimRules, VerifyingKey};
use domain::terms::{JwtTerms, Terms};
use serde::Serialize;
use utoipa::ToSchema;

/// Options of JSON Web Tokens.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JwtOptions)]
pub(crate) struct JwtView {
    /// The kind of key; null where keys are fetched or the method has none.
    #[schema(example = "rsa")]
    jwt_method: Option<&'static str>,
    /// The configured key; null without one.
    jwt_key: Option<JwtKeyView>,
    /// `OpenID` Connect issuer.
    oidc_issuer: Option<String>,
    /// URL of a key set.
    oidc_jwks_uri: Option<String>,
    /// Claim that names the profile for the allowed issuers.
    access_profile_claim: Option<String>,
    /// Claims that must be there.
    required_claims: Vec<String>,
    /// When not empty, `iss` must be one of these.
    allowed_issuers: Vec<String>,
    /// When not empty, `aud` must name one of these.
    allowed_audiences: Vec<String>,
    /// When not empty, only these.
    jwt_algorithms: Vec<&'static str>,
    /// How far clocks may differ, in seconds.
    #[schema(example = 30)]
    clock_leeway_seconds: u16,
}

/// What is shown of a key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JwtKey)]
pub(crate) struct JwtKeyView {
    /// Its type.
    #[schema(example = "rsa")]
    r#type: &'static str,
    /// Its length.
    #[schema(example = 2048)]
    bits: u32,
    /// Tells it from others.
    #[schema(example = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU")]
    fingerprint: String,
}

impl JwtView {
    /// Shows the options of terms; the defaults where there are none.
    pub(crate) fn new(terms: Option<&Terms>) -> Self {
        let default = JwtTerms::default();
        let jwt = terms.and_then(|terms| terms.jwt.as_deref()).unwrap_or(&default);
        let ClaimRules { required_claims, allowed_issuers, allowed_audiences, algorithms, leeway_seconds } = &jwt.rules;
        let text = |value: &Option<std::sync::Arc<str>>| value.as_deref().map(ToOwned::to_owned);
        Self {
            jwt_method: jwt.family.map(domain::jwt::KeyFamily::as_str),
            jwt_key: jwt.key.as_ref().map(JwtKeyView::new),
            oidc_issuer: text(&jwt.oidc_issuer),
            oidc_jwks_uri: text(&jwt.oidc_jwks_uri),
            access_profile_claim: jwt.access_profile_claim.as_deref().map(ToOwned::to_owned),
            required_claims: required_claims.clone(),
            allowed_issuers: allowed_issuers.clone(),
            allowed_audiences: allowed_audiences.clone(),
            jwt_algorithms: algorithms.iter().map(|algorithm: &Algorithm| algorithm.as_str()).collect(),
            clock_leeway_seconds: *leeway_seconds,
        }
    }
}

impl JwtKeyView {
    fn new(key: &VerifyingKey) -> Self {
        let description = key.describe();
        Self { r#type: description.kind, bits: description.bits, fingerprint: description.fingerprint }
    }
}
