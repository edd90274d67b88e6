//! The objects of a document, as they are written. Order of fields is the order in the file.

use super::document::{
    day, is_default_fail_mode, is_false, method, moment, quota, rate, sorted, upstream, upstream_path, webhook_events,
    webhook_url,
};
use crate::access_policy::{OnStoreFailure, RateLimit, UsageQuota};
use crate::access_profile::CredentialKind;
use crate::api_collection::{CollectionLimits, Forwarding};
use crate::certificate::Authorities;
use crate::cidr::CidrEntry;
use crate::cors::Cors;
use crate::endpoint::{EndpointPath, UpstreamPath};
use crate::jwt::{Algorithm, ClaimRules, KeyFamily};
use crate::key_id::KeyId;
use crate::method::EndpointMethod;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::terms::AuthMethod;
use crate::text::{Description, Email, Name, Slug, Version};
use crate::time::Timestamp;
use crate::token::TokenDigest;
use crate::upstream::Upstream;
use crate::validation_formula::ValidationFormula;
use crate::webhook::{WebhookEvent, WebhookUrl};
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeMap;

/// A whole workspace, or the sections of one that a document has.
#[derive(Clone, Default, Serialize)]
pub struct Workspace {
    /// The settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Settings>,
    /// The projects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub projects: Option<Vec<ProjectEntry>>,
    /// The access policies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policies: Option<Vec<PolicyEntry>>,
    /// The certificate bundles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cert_bundles: Option<Vec<CertBundleEntry>>,
    /// The API collections with their endpoints.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collections: Option<Vec<CollectionEntry>>,
    /// The clients with their default terms and access profiles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clients: Option<Vec<ClientEntry>>,
    /// The webhooks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhooks: Option<Vec<WebhookEntry>>,
}

/// A project.
#[derive(Clone, Serialize)]
pub struct ProjectEntry {
    /// Its name.
    pub name: Name,
    /// Whether it is the one that is always there, whatever its name.
    #[serde(skip_serializing_if = "is_false")]
    pub default: bool,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
}

/// An access policy.
#[derive(Clone, Serialize)]
pub struct PolicyEntry {
    /// Its name.
    pub name: Name,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// The rate limit.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "rate")]
    pub rate_limit: Option<RateLimit>,
    /// The usage quota.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "quota")]
    pub usage_quota: Option<UsageQuota>,
    /// What happens while a limit cannot be counted.
    #[serde(skip_serializing_if = "is_default_fail_mode")]
    pub on_store_failure: OnStoreFailure,
}

/// A certificate bundle.
#[derive(Clone, Serialize)]
pub struct CertBundleEntry {
    /// Its name.
    pub name: Name,
    /// Its authorities, as PEM.
    #[serde(rename = "pem", serialize_with = "super::document::pem")]
    pub authorities: Authorities,
}

/// An API collection with its endpoints.
#[derive(Clone, Serialize)]
pub struct CollectionEntry {
    /// Its name.
    pub name: Name,
    /// Its version.
    pub version: Version,
    /// First segment of its URLs; terms name it by this.
    pub path: Slug,
    /// The name of its project; the default one where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<Name>,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// Whether its endpoints answer.
    pub enabled: bool,
    /// The HTTP service behind it; its secret is not among the fields.
    #[serde(serialize_with = "upstream")]
    pub upstream: Upstream,
    /// Bounds of one call.
    pub limits: CollectionLimits,
    /// Which web pages of other origins may call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors: Option<Cors>,
    /// Whether the auth token may stand in the query.
    #[serde(skip_serializing_if = "is_false")]
    pub allow_query_token: bool,
    /// What of a call goes on, and how.
    #[serde(flatten)]
    pub forwarding: Forwarding,
    /// Its endpoints.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<Vec<EndpointEntry>>,
}

/// An endpoint.
#[derive(Clone, Serialize)]
pub struct EndpointEntry {
    /// What people call it.
    pub name: Name,
    /// Its method.
    #[serde(serialize_with = "method")]
    pub method: EndpointMethod,
    /// Path below the collection.
    pub path: EndpointPath,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// Its path at the upstream, where it is another.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "upstream_path")]
    pub upstream_path: Option<UpstreamPath>,
    /// Whether it can be called.
    pub active: bool,
}

/// A webhook.
#[derive(Clone, Serialize)]
pub struct WebhookEntry {
    /// Its name.
    pub name: Name,
    /// Where messages are posted.
    #[serde(serialize_with = "webhook_url")]
    pub url: WebhookUrl,
    /// What it is told of.
    #[serde(serialize_with = "webhook_events")]
    pub events: Vec<WebhookEvent>,
    /// Whether it is told at all.
    pub enabled: bool,
    /// What its messages are signed with; `None`: nothing is said of it.
    #[serde(skip)]
    pub secret: Option<Secret>,
}

/// A client with its access profiles.
#[derive(Clone, Serialize)]
pub struct ClientEntry {
    /// Its name.
    pub name: Name,
    /// The name of its project; the default one where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<Name>,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// A contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// Whether its profiles may call.
    pub enabled: bool,
    /// The name of a policy that is counted once over all its profiles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared_policy: Option<Name>,
    /// The terms of profiles that have none of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_terms: Option<TermsEntry>,
    /// Its access profiles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profiles: Option<Vec<ProfileEntry>>,
}

/// An access profile.
#[derive(Clone, Serialize)]
pub struct ProfileEntry {
    /// Its name.
    pub name: Name,
    /// Whether it is switched on.
    pub active: bool,
    /// The terms of its own; its client's default ones where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_terms: Option<TermsEntry>,
    /// Sources that may call.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ip_allow_list: Vec<CidrEntry>,
    /// Sources that may not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ip_deny_list: Vec<CidrEntry>,
    /// From then on its calls are refused.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "moment")]
    pub expires_at: Option<Timestamp>,
    /// The day from which quota periods of so many days run. A new profile without one: today.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "day")]
    pub period_anchor: Option<Date>,
    /// Key/value pairs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The key id or client id. A profile that needs one and has none here keeps its own, or gets a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key: Option<KeyId>,
    /// All its live credentials; `None`: nothing is said of them.
    #[serde(skip)]
    pub credentials: Option<Vec<CredentialEntry>>,
}

/// A live credential, as it is kept: of a secret its digest only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialEntry {
    /// What it is good for.
    pub kind: CredentialKind,
    /// SHA-256 of it.
    pub digest: TokenDigest,
    /// The identifier itself; `None` for secrets.
    pub identifier: Option<KeyId>,
    /// The last four characters.
    pub last4: String,
    /// When it ends: the end of an overlap.
    pub ends_at: Option<Timestamp>,
}

/// Terms.
#[derive(Clone, Serialize)]
pub struct TermsEntry {
    /// The paths of the granted collections, in order.
    #[serde(serialize_with = "sorted")]
    pub collections: Vec<Slug>,
    /// The name of the policy; no limits where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Name>,
    /// How callers authenticate.
    pub auth_type: AuthMethod,
    /// The kind of key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwt_method: Option<KeyFamily>,
    /// The public key; a shared secret is not among the fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwt_public_key: Option<String>,
    /// The shared secret; `None`: nothing is said of it.
    #[serde(skip)]
    pub jwt_secret: Option<Secret>,
    /// `OpenID` Connect issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oidc_issuer: Option<String>,
    /// URL of a key set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oidc_jwks_uri: Option<String>,
    /// Claim that names the profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_profile_claim: Option<String>,
    /// Claims that a token must have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required_claims: Vec<String>,
    /// Issuers that are accepted; empty: any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed_issuers: Vec<String>,
    /// Audiences that are accepted; empty: any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed_audiences: Vec<String>,
    /// Algorithms that are accepted; empty: all that the key permits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub jwt_algorithms: Vec<Algorithm>,
    /// How far clocks may differ, in seconds.
    #[serde(skip_serializing_if = "is_default_leeway")]
    pub clock_leeway_seconds: u16,
    /// Whether a client certificate is asked for.
    #[serde(skip_serializing_if = "is_false")]
    pub mtls_enabled: bool,
    /// The names of the bundles whose authorities are trusted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cert_bundles: Vec<Name>,
    /// What the certificate must say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation_formula: Option<ValidationFormula>,
}

impl TermsEntry {
    /// The text of the key, public or shared.
    pub fn key_text(&self) -> Option<&str> {
        self.jwt_public_key.as_deref().or_else(|| self.jwt_secret.as_ref().map(Secret::expose))
    }

    /// Whether tokens are verified by a shared secret.
    pub fn has_shared_secret(&self) -> bool {
        self.verifies_tokens() && self.jwt_method == Some(KeyFamily::Hmac)
    }

    /// Whether tokens are verified.
    pub fn verifies_tokens(&self) -> bool {
        matches!(self.auth_type, AuthMethod::Jwt | AuthMethod::Oidc)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_default_leeway(seconds: &u16) -> bool {
    *seconds == ClaimRules::DEFAULT_LEEWAY_SECONDS
}
