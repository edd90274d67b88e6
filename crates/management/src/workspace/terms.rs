//! Terms in a document: as in the API, but by name.

use crate::terms::{Algorithms, ClaimName, ClaimNames, FetchUrl, FormulaText, Identifiers, KeyText, Leeway};
use crate::wire::{Faults, Field, request};
use domain::jwt::KeyFamily;
use domain::terms::AuthMethod;
use domain::text::{Name, Slug};
use domain::workspace::TermsEntry;

request! {
    /// What a profile may do: collections, policy, authentication method and its options.
    pub(crate) struct WorkspaceTerms {
        /// The paths of the granted collections.
        collections: Vec<Slug>, required;
        /// The name of the policy; null: no limits.
        policy: Option<Name>;
        /// How callers authenticate.
        auth_type: AuthMethod, required;
        /// For `jwt` and `oidc`: the kind of key.
        jwt_method: Option<KeyFamily>;
        /// For `rsa`, `ecdsa` and `eddsa`: the public key as PEM, certificate, OpenSSH line or JWK. A shared secret (`hmac`) stands in
        /// `secrets`; without one the present one stays.
        jwt_public_key: Option<KeyText>;
        /// For `oidc`: the issuer, whose key set is found by discovery.
        oidc_issuer: Option<FetchUrl>;
        /// For `oidc` and `jwt`: the URL of a key set, instead of a key.
        oidc_jwks_uri: Option<FetchUrl>;
        /// Claim that names the profile for the allowed issuers.
        access_profile_claim: Option<ClaimName>;
        /// Claims that must be there.
        required_claims: Option<ClaimNames>;
        /// When not empty, `iss` must be one of these.
        allowed_issuers: Option<Identifiers>;
        /// When not empty, `aud` must name one of these.
        allowed_audiences: Option<Identifiers>;
        /// When not empty, only these algorithms.
        jwt_algorithms: Option<Algorithms>;
        /// How far clocks may differ, in seconds: 0 to 300, default 30.
        clock_leeway_seconds: Option<Leeway>;
        /// Whether a client certificate is asked for besides the credential. Default: false.
        mtls_enabled: Option<bool>;
        /// The names of certificate bundles whose authorities are trusted, at most 5.
        cert_bundles: Option<Vec<Name>>;
        /// What the certificate must say; null: nothing.
        validation_formula: Option<FormulaText>;
    }
}

impl WorkspaceTerms {
    /// Notes a shared secret that stands in the open.
    pub(super) fn check(&self, faults: &mut Faults) {
        let has_key = matches!(&self.jwt_public_key, Field::Given(Some(KeyText(Some(_)))));
        if has_key && self.jwt_method == Field::Given(Some(KeyFamily::Hmac)) {
            faults.bad("jwt_public_key", "is not for jwt_method hmac: a shared secret must not stand here in the open");
        }
    }

    /// The terms; fields with faults are at their defaults.
    pub(super) fn into_entry(self) -> TermsEntry {
        let mut bundles = self.cert_bundles.flat().unwrap_or_default();
        bundles.sort_by_cached_key(Name::folded);
        bundles.dedup_by_key(|name| name.folded());
        TermsEntry {
            collections: self.collections.value().unwrap_or_default(),
            policy: self.policy.flat(),
            auth_type: self.auth_type.value().unwrap_or(AuthMethod::Token),
            jwt_method: self.jwt_method.flat(),
            jwt_public_key: self.jwt_public_key.flat().and_then(|text| text.0),
            jwt_secret: None,
            oidc_issuer: self.oidc_issuer.flat().map(|url| url.0),
            oidc_jwks_uri: self.oidc_jwks_uri.flat().map(|url| url.0),
            access_profile_claim: self.access_profile_claim.flat().map(|claim| claim.0),
            required_claims: self.required_claims.flat().unwrap_or_default().0,
            allowed_issuers: self.allowed_issuers.flat().unwrap_or_default().0,
            allowed_audiences: self.allowed_audiences.flat().unwrap_or_default().0,
            jwt_algorithms: self.jwt_algorithms.flat().unwrap_or_default().0,
            clock_leeway_seconds: self.clock_leeway_seconds.flat().unwrap_or_default().0,
            mtls_enabled: self.mtls_enabled.flat().unwrap_or_default(),
            cert_bundles: bundles,
            validation_formula: self.validation_formula.flat().and_then(|text| text.0),
        }
    }
}
