//! A directory made by hand: client 11 with profile 22, collections `orders` and `other` in front of the test's upstream.

use domain::access_policy::{AccessPolicy, OnStoreFailure, QuotaInterval, RateInterval, RateLimit, UsageQuota};
use domain::access_profile::{AccessProfile, Credential, CredentialKind};
use domain::access_token::{AccessTokenKey, AccessTokenKeys};
use domain::api_collection::{ApiCollection, CollectionLimits, Forwarding};
use domain::cidr::CidrEntry;
use domain::client::Client;
use domain::cors::Cors;
use domain::directory::{Delta, Directory};
use domain::endpoint::{Endpoint, EndpointPath, UpstreamPath};
use domain::ids::{
    CertBundleId, ClientId, CollectionId, CredentialId, EndpointId, PolicyId, ProfileId, ProjectId, Revision,
};
use domain::key_id::KeyId;
use domain::method::EndpointMethod;
use domain::settings::Settings;
use domain::terms::{AuthMethod, JwtTerms, Terms};
use domain::text::{Name, Slug, Version};
use domain::time::Timestamp;
use domain::token::{TokenDigest, TokenKind, generate};
use domain::upstream::{BaseUrl, Upstream, UpstreamTimeouts};
use domain::validation_formula::ValidationFormula;
use std::sync::Arc;

const T0: Timestamp = Timestamp(0);

/// Seed of the good token.
const TOKEN: [u8; 32] = [42; 32];

/// The profile.
pub(crate) const PROFILE: ProfileId = ProfileId(22);
/// Its client.
pub(crate) const CLIENT: ClientId = ClientId(11);
/// The identifier of the profile, where it has one.
pub(crate) const KEY_ID: &str = "pk_aB3dE6gH9jK2mN5pQ8sT1v";

/// The good token; where the profile has OAuth, its client secret.
pub(crate) fn token() -> String {
    token_of(TOKEN)
}

/// The token of a seed.
pub(crate) fn token_of(seed: [u8; 32]) -> String {
    generate(TokenKind::Profile, seed).expose().to_owned()
}

/// What a test changes of the upstream of a collection.
pub(crate) type Adjust = Arc<dyn Fn(i64, &mut Upstream) + Send + Sync>;

/// What the directory is to say. Change what a test is about.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) upstream: String,
    /// Changes the upstream of a collection, told by its id.
    pub(crate) adjust: Adjust,
    pub(crate) timeouts_ms: UpstreamTimeouts,
    pub(crate) limits: CollectionLimits,
    pub(crate) endpoints: Vec<(&'static str, &'static str, bool)>,
    pub(crate) rewrite: Option<&'static str>,
    pub(crate) collection_enabled: bool,
    pub(crate) client_enabled: bool,
    pub(crate) profile_active: bool,
    pub(crate) granted: Vec<i64>,
    pub(crate) method: AuthMethod,
    pub(crate) jwt: Option<JwtTerms>,
    pub(crate) mtls_enabled: bool,
    /// Certificate bundles of the terms; they are put into the directory by `Gateway::change`.
    pub(crate) cert_bundle_ids: Vec<i64>,
    /// The rule on certificates.
    pub(crate) certificate_rule: Option<&'static str>,
    pub(crate) allow: Vec<&'static str>,
    pub(crate) deny: Vec<&'static str>,
    pub(crate) expires_at: Option<Timestamp>,
    /// Calls per minute.
    pub(crate) rate: Option<i64>,
    /// Calls per day.
    pub(crate) quota: Option<i64>,
    pub(crate) on_failure: OnStoreFailure,
    /// Calls per minute of all profiles of the client.
    pub(crate) client_rate: Option<i64>,
    /// Calls per day of all profiles of the client.
    pub(crate) client_quota: Option<i64>,
    /// Seed of the token or client secret.
    pub(crate) token: [u8; 32],
    pub(crate) key_id: String,
    /// Seed of the one before, and when it ends.
    pub(crate) previous: Option<([u8; 32], Timestamp)>,
    pub(crate) cors: Option<Cors>,
    pub(crate) allow_query_token: bool,
    pub(crate) forwarding: Forwarding,
    pub(crate) settings: Settings,
    /// The key for access tokens.
    pub(crate) access_token_key: [u8; 32],
}

impl Setup {
    pub(crate) fn new(upstream: impl Into<String>) -> Self {
        Self {
            upstream: upstream.into(),
            adjust: Arc::new(|_, _| {}),
            timeouts_ms: UpstreamTimeouts::default(),
            limits: CollectionLimits::default(),
            endpoints: vec![("ANY", "{rest...}", true), ("GET", "off", false), ("POST", "jobs/new", true)],
            rewrite: None,
            collection_enabled: true,
            client_enabled: true,
            profile_active: true,
            granted: vec![1],
            method: AuthMethod::Token,
            jwt: None,
            mtls_enabled: false,
            cert_bundle_ids: vec![],
            certificate_rule: None,
            allow: vec![],
            deny: vec![],
            expires_at: None,
            rate: None,
            quota: None,
            on_failure: OnStoreFailure::default(),
            client_rate: None,
            client_quota: None,
            token: TOKEN,
            key_id: KEY_ID.into(),
            previous: None,
            cors: None,
            allow_query_token: false,
            forwarding: Forwarding::default(),
            settings: Settings::default(),
            access_token_key: [3; 32],
        }
    }

    pub(crate) fn directory(&self) -> Directory {
        Directory::empty().apply(Revision(1), self.deltas())
    }

    /// All of it.
    pub(crate) fn deltas(&self) -> Vec<Delta> {
        let key = AccessTokenKey::new(1, &self.access_token_key, None);
        vec![
            Delta::Settings(Box::new(self.settings.clone())),
            Delta::AccessTokenKeys(AccessTokenKeys::new(vec![key])),
            self.client(),
            self.profile(),
            policy(1, self.rate, self.quota, self.on_failure),
            policy(2, self.client_rate, self.client_quota, self.on_failure),
            self.collection(1, "orders"),
            self.collection(2, "other"),
        ]
    }

    /// Trusts these peers.
    pub(crate) fn trust(&mut self, proxies: &[&str]) {
        self.settings.trusted_proxies = proxies.iter().map(|entry| CidrEntry::parse(entry).unwrap()).collect();
    }

    /// The client with the present state of its switch.
    pub(crate) fn client(&self) -> Delta {
        let client = Client {
            id: CLIENT,
            project_id: ProjectId(1),
            name: Name::parse("Acme").unwrap(),
            description: None,
            email: None,
            enabled: self.client_enabled,
            default_terms: None,
            shared_policy_id: (self.client_rate.is_some() || self.client_quota.is_some()).then_some(PolicyId(2)),
            logo_version: None,
            created_at: T0,
            updated_at: T0,
        };
        Delta::Client(client.id, Some(Box::new(client)))
    }

    /// The profile.
    pub(crate) fn profile(&self) -> Delta {
        let ids = self.granted.iter().copied().map(CollectionId).collect();
        let policy = (self.rate.is_some() || self.quota.is_some()).then_some(PolicyId(1));
        let mut terms = Terms::new(ids, policy, self.method);
        terms.mtls_enabled = self.mtls_enabled;
        terms.cert_bundle_ids = self.cert_bundle_ids.iter().copied().map(CertBundleId).collect();
        terms.validation_formula = self.certificate_rule.map(|rule| ValidationFormula::parse(rule).unwrap());
        terms.jwt = self.jwt.clone().map(Box::new);
        let list = |entries: &[&str]| entries.iter().map(|entry| CidrEntry::parse(entry).unwrap()).collect();
        let profile = AccessProfile {
            id: PROFILE,
            client_id: CLIENT,
            name: Name::parse("Billing job \u{e9}").unwrap(),
            own_terms: Some(terms),
            ip_allow_list: list(&self.allow),
            ip_deny_list: list(&self.deny),
            active: self.profile_active,
            active_since: None,
            expires_at: self.expires_at,
            period_anchor: jiff::civil::date(2020, 1, 1),
            labels: [].into(),
            credentials: self.credentials(),
            created_at: T0,
            updated_at: T0,
        };
        Delta::Profile(profile.id, Some(Box::new(profile)))
    }

    fn credentials(&self) -> Vec<Credential> {
        let secret = |kind, seed: [u8; 32], ends_at| credential(kind, &token_of(seed), None, ends_at);
        let identifier = |kind| credential(kind, &self.key_id, KeyId::parse(&self.key_id).ok(), None);
        let mut credentials = match self.method {
            AuthMethod::Token => vec![secret(CredentialKind::Token, self.token, None)],
            AuthMethod::Jwt | AuthMethod::Oidc => vec![identifier(CredentialKind::KeyId)],
            AuthMethod::Oauth2 => {
                vec![identifier(CredentialKind::ClientId), secret(CredentialKind::ClientSecret, self.token, None)]
            }
        };
        let kind = if self.method == AuthMethod::Oauth2 { CredentialKind::ClientSecret } else { CredentialKind::Token };
        credentials.extend(self.previous.map(|(seed, end)| secret(kind, seed, Some(end))));
        credentials
    }

    fn collection(&self, id: i64, path: &str) -> Delta {
        let endpoints = self.endpoints.iter().zip(1..).map(|(&(method, path, active), at)| Endpoint {
            id: EndpointId(100 + at),
            collection_id: CollectionId(id),
            name: Name::parse("e").unwrap(),
            method: EndpointMethod::parse(method).unwrap(),
            path: EndpointPath::parse(path).unwrap(),
            description: None,
            upstream_path: self.rewrite.map(|to| UpstreamPath::parse(to, &EndpointPath::parse(path).unwrap()).unwrap()),
            active,
            created_at: T0,
            updated_at: T0,
        });
        let mut upstream =
            Upstream { timeouts_ms: self.timeouts_ms, ..Upstream::at(BaseUrl::parse(&self.upstream).unwrap()) };
        (self.adjust)(id, &mut upstream);
        let collection = ApiCollection {
            id: CollectionId(id),
            project_id: ProjectId(1),
            name: Name::parse(path).unwrap(),
            version: Version::parse("1.0").unwrap(),
            path: Slug::parse(path).unwrap(),
            description: None,
            enabled: self.collection_enabled,
            upstream,
            forwarding: self.forwarding,
            limits: self.limits,
            cors: self.cors.clone(),
            allow_query_token: self.allow_query_token,
            created_at: T0,
            updated_at: T0,
        };
        Delta::Collection(CollectionId(id), Some(Arc::new((collection, endpoints.collect()))))
    }
}

/// A credential whose id follows from its value, so that another value is another credential.
fn credential(kind: CredentialKind, value: &str, identifier: Option<KeyId>, ends_at: Option<Timestamp>) -> Credential {
    let digest = TokenDigest::of(value.as_bytes());
    let id = digest.0.first_chunk::<8>().copied().map(i64::from_be_bytes).unwrap();
    Credential {
        id: CredentialId(id),
        kind,
        digest,
        identifier,
        last4: "abcd".into(),
        created_at: T0,
        ends_at,
        last_used_at: None,
    }
}

fn policy(id: i64, rate: Option<i64>, quota: Option<i64>, on_store_failure: OnStoreFailure) -> Delta {
    let policy = AccessPolicy {
        id: PolicyId(id),
        name: Name::parse("p").unwrap(),
        description: None,
        rate_limit: rate.and_then(|limit| RateLimit::new(limit, RateInterval::Minute)),
        usage_quota: quota.and_then(|limit| UsageQuota::new(limit, QuotaInterval::Day)),
        on_store_failure,
        created_at: T0,
        updated_at: T0,
    };
    Delta::Policy(policy.id, Some(Box::new(policy)))
}
