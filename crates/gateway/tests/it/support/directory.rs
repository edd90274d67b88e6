//! A directory made by hand: client 1 with profile 1, collection `orders` in front of the test's upstream.

use domain::access_policy::{AccessPolicy, RateInterval, RateLimit};
use domain::access_profile::{AccessProfile, Credential};
use domain::api_collection::{ApiCollection, CollectionLimits};
use domain::cidr::CidrEntry;
use domain::client::Client;
use domain::directory::{Delta, Directory};
use domain::endpoint::{Endpoint, EndpointPath, UpstreamPath};
use domain::ids::{ClientId, CollectionId, CredentialId, EndpointId, PolicyId, ProfileId, ProjectId, Revision};
use domain::method::EndpointMethod;
use domain::terms::{AuthMethod, Terms};
use domain::text::{Name, Slug, Version};
use domain::time::Timestamp;
use domain::token::{TokenDigest, TokenKind, generate};
use domain::upstream::{BaseUrl, Upstream, UpstreamTimeouts};

const T0: Timestamp = Timestamp(0);

/// Seed of the good token.
const TOKEN: [u8; 32] = [42; 32];

/// The good token.
pub(crate) fn token() -> String {
    generate(TokenKind::Profile, TOKEN).expose().to_owned()
}

/// What the directory is to say. Change what a test is about.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) upstream: String,
    pub(crate) timeouts_ms: UpstreamTimeouts,
    pub(crate) limits: CollectionLimits,
    pub(crate) endpoints: Vec<(&'static str, &'static str, bool)>,
    pub(crate) rewrite: Option<&'static str>,
    pub(crate) collection_enabled: bool,
    pub(crate) client_enabled: bool,
    pub(crate) profile_active: bool,
    pub(crate) granted: Vec<i64>,
    pub(crate) method: AuthMethod,
    pub(crate) mtls_enabled: bool,
    pub(crate) allow: Vec<&'static str>,
    pub(crate) deny: Vec<&'static str>,
    /// Calls per minute.
    pub(crate) rate: Option<i64>,
    pub(crate) token: [u8; 32],
}

impl Setup {
    pub(crate) fn new(upstream: impl Into<String>) -> Self {
        Self {
            upstream: upstream.into(),
            timeouts_ms: UpstreamTimeouts::default(),
            limits: CollectionLimits::default(),
            endpoints: vec![("ANY", "{rest...}", true), ("GET", "off", false), ("POST", "jobs/new", true)],
            rewrite: None,
            collection_enabled: true,
            client_enabled: true,
            profile_active: true,
            granted: vec![1],
            method: AuthMethod::Token,
            mtls_enabled: false,
            allow: vec![],
            deny: vec![],
            rate: None,
            token: TOKEN,
        }
    }

    pub(crate) fn directory(&self) -> Directory {
        Directory::empty().apply(
            Revision(1),
            [self.client(), self.profile(), self.policy(), self.collection(1, "orders"), self.collection(2, "other")],
        )
    }

    fn client(&self) -> Delta {
        let client = Client {
            id: ClientId(11),
            project_id: ProjectId(1),
            name: Name::parse("Acme").unwrap(),
            description: None,
            email: None,
            enabled: self.client_enabled,
            default_terms: None,
            logo_version: None,
            created_at: T0,
            updated_at: T0,
        };
        Delta::Client(client.id, Some(Box::new(client)))
    }

    fn profile(&self) -> Delta {
        let ids = self.granted.iter().copied().map(CollectionId).collect();
        let mut terms = Terms::new(ids, self.rate.map(|_| PolicyId(1)), self.method);
        terms.mtls_enabled = self.mtls_enabled;
        let list = |entries: &[&str]| entries.iter().map(|entry| CidrEntry::parse(entry).unwrap()).collect();
        let token = generate(TokenKind::Profile, self.token);
        let profile = AccessProfile {
            id: ProfileId(22),
            client_id: ClientId(11),
            name: Name::parse("Billing job \u{e9}").unwrap(),
            own_terms: Some(terms),
            ip_allow_list: list(&self.allow),
            ip_deny_list: list(&self.deny),
            active: self.profile_active,
            active_since: None,
            labels: [].into(),
            credentials: vec![Credential {
                id: CredentialId(1),
                digest: TokenDigest::of(token.expose().as_bytes()),
                last4: "abcd".into(),
                created_at: T0,
            }],
            created_at: T0,
            updated_at: T0,
        };
        Delta::Profile(profile.id, Some(Box::new(profile)))
    }

    fn policy(&self) -> Delta {
        let policy = AccessPolicy {
            id: PolicyId(1),
            name: Name::parse("p").unwrap(),
            description: None,
            rate_limit: self.rate.and_then(|limit| RateLimit::new(limit, RateInterval::Minute)),
            created_at: T0,
            updated_at: T0,
        };
        Delta::Policy(policy.id, Some(Box::new(policy)))
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
        let collection = ApiCollection {
            id: CollectionId(id),
            project_id: ProjectId(1),
            name: Name::parse(path).unwrap(),
            version: Version::parse("1.0").unwrap(),
            path: Slug::parse(path).unwrap(),
            description: None,
            enabled: self.collection_enabled,
            upstream: Upstream { url: BaseUrl::parse(&self.upstream).unwrap(), timeouts_ms: self.timeouts_ms },
            limits: self.limits,
            created_at: T0,
            updated_at: T0,
        };
        Delta::Collection(CollectionId(id), Some(Box::new((collection, endpoints.collect()))))
    }
}
