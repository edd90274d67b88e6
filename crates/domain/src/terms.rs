//! Terms: what a profile may do, in one place: its own, or its client's default ones, never mixed.

use crate::ids::{CertBundleId, CollectionId, PolicyId};
use crate::jwt::{ClaimRules, KeyFamily, VerifyingKey};
use crate::validation_formula::ValidationFormula;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How a caller proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthMethod {
    /// A generated token, sent as it is.
    Token,
    /// A signed JSON Web Token.
    Jwt,
    /// OAuth 2.0 client credentials.
    Oauth2,
    /// `OpenID` Connect.
    Oidc,
}

impl AuthMethod {
    /// All methods.
    pub const ALL: [Self; 4] = [Self::Token, Self::Jwt, Self::Oauth2, Self::Oidc];

    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Jwt => "jwt",
            Self::Oauth2 => "oauth2",
            Self::Oidc => "oidc",
        }
    }

    /// Reads the API's name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }
}

/// Where a set of public keys is fetched from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeySource {
    /// The URL of a JSON Web Key Set (RFC 7517).
    JwksUri(Arc<str>),
    /// An OpenID Connect issuer, whose discovery document names the key set.
    Issuer(Arc<str>),
}

impl KeySource {
    /// The URL as configured.
    pub fn url(&self) -> &str {
        match self {
            Self::JwksUri(url) | Self::Issuer(url) => url,
        }
    }
}

/// How JSON Web Tokens are verified: for the methods `jwt` and `oidc`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JwtTerms {
    /// The kind of key that was asked for; `None` where keys are fetched.
    pub family: Option<KeyFamily>,
    /// The configured key. With one the OpenID Connect fields are kept and not used.
    pub key: Option<VerifyingKey>,
    /// OpenID Connect issuer.
    pub oidc_issuer: Option<Arc<str>>,
    /// URL of a key set.
    pub oidc_jwks_uri: Option<Arc<str>>,
    /// Claim that names the profile, tried before the usual ones.
    pub access_profile_claim: Option<Box<str>>,
    /// What the claims must hold.
    pub rules: ClaimRules,
}

impl JwtTerms {
    /// Where keys are fetched from; `None` with a configured key.
    pub fn key_source(&self) -> Option<KeySource> {
        if self.key.is_some() {
            return None;
        }
        let jwks = self.oidc_jwks_uri.clone().map(KeySource::JwksUri);
        jwks.or_else(|| self.oidc_issuer.clone().map(KeySource::Issuer))
    }

    /// The OpenID Connect issuer that tokens must name; `None` where it is not used.
    pub fn issuer_in_use(&self) -> Option<&str> {
        if self.key.is_some() { None } else { self.oidc_issuer.as_deref() }
    }

    /// Issuers whose tokens name the profile by [`Self::access_profile_claim`].
    pub fn claim_issuers(&self) -> impl Iterator<Item = &str> {
        self.rules.allowed_issuers.iter().map(String::as_str).chain(self.issuer_in_use())
    }
}

/// Which collections, which policy, by which method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Granted collections, sorted, without repeats. May be empty only after a collection was deleted.
    pub collection_ids: Vec<CollectionId>,
    /// The policy; `None` means no limits, never "inherit".
    pub policy_id: Option<PolicyId>,
    /// How callers authenticate.
    pub method: AuthMethod,
    /// Whether a client certificate is asked for besides the credential.
    pub mtls_enabled: bool,
    /// Bundles whose authorities are trusted, sorted, without repeats. They and the rule are kept while nothing is asked for.
    pub cert_bundle_ids: Vec<CertBundleId>,
    /// What the certificate must say besides.
    pub validation_formula: Option<ValidationFormula>,
    /// How tokens are verified; there for `jwt` and `oidc` only.
    pub jwt: Option<Box<JwtTerms>>,
}

impl Terms {
    /// Terms for these collections; sorts them and drops repeats.
    pub fn new(mut collection_ids: Vec<CollectionId>, policy_id: Option<PolicyId>, method: AuthMethod) -> Self {
        collection_ids.sort_unstable();
        collection_ids.dedup();
        Self {
            collection_ids,
            policy_id,
            method,
            mtls_enabled: false,
            cert_bundle_ids: Vec::new(),
            validation_formula: None,
            jwt: None,
        }
    }

    /// Whether a collection is among them.
    pub fn grants(&self, id: CollectionId) -> bool {
        self.collection_ids.binary_search(&id).is_ok()
    }
}
