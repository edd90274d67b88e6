//! A synthetic workspace: one collection, one client per 20 profiles, each profile with its own token, a two-entry
//! allow list and a rate limit that it does not reach.

use domain::access_policy::{AccessPolicy, OnStoreFailure, RateInterval, RateLimit};
use domain::access_profile::{AccessProfile, Credential, CredentialKind};
use domain::api_collection::{ApiCollection, CollectionLimits, Forwarding};
use domain::cidr::CidrEntry;
use domain::client::Client;
use domain::directory::{Delta, Directory};
use domain::endpoint::{Endpoint, EndpointPath};
use domain::ids::{ClientId, CollectionId, CredentialId, EndpointId, PolicyId, ProfileId, ProjectId, Revision};
use domain::jwt::VerifyingKey;
use domain::key_id::KeyId;
use domain::method::EndpointMethod;
use domain::terms::{AuthMethod, JwtTerms, Terms};
use domain::text::{Name, Slug, Version};
use domain::time::Timestamp;
use domain::token::{TokenDigest, TokenKind, generate};
use domain::upstream::{BaseUrl, Upstream};
use std::sync::Arc;

const T0: Timestamp = Timestamp(0);

/// The token of a profile by its number.
pub(crate) fn token(number: u32) -> String {
    let mut random = [0x5a; 32];
    random[..4].copy_from_slice(&number.to_be_bytes());
    generate(TokenKind::Profile, random).expose().to_owned()
}

/// The directory of a workspace with this many profiles.
pub(crate) fn directory(profiles: u32) -> Directory {
    let clients = (0..=profiles / 20).map(client);
    let profiles = (0..profiles).map(profile);
    let others = [collection(), policy()];
    Directory::empty().apply(Revision(1), others.into_iter().chain(clients).chain(profiles))
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("a constant name is valid")
}

fn client(number: u32) -> Delta {
    let id = ClientId(i64::from(number) + 1);
    let client = Client {
        id,
        project_id: ProjectId(1),
        name: name(&format!("client {number}")),
        description: None,
        email: None,
        enabled: true,
        default_terms: None,
        shared_policy_id: None,
        logo_version: None,
        created_at: T0,
        updated_at: T0,
    };
    Delta::Client(id, Some(Box::new(client)))
}

/// A profile by its number, as after a change.
pub(crate) fn profile(number: u32) -> Delta {
    let id = ProfileId(i64::from(number) + 1);
    let list =
        ["10.0.0.0/8", "192.168.0.0/16"].map(|text| CidrEntry::parse(text).expect("a constant network is valid"));
    let profile = AccessProfile {
        id,
        client_id: ClientId(i64::from(number / 20) + 1),
        name: name(&format!("profile {number}")),
        own_terms: Some(Terms::new(vec![CollectionId(1)], Some(PolicyId(1)), AuthMethod::Token)),
        ip_allow_list: list.into(),
        ip_deny_list: vec![],
        active: true,
        active_since: None,
        expires_at: None,
        period_anchor: jiff::civil::date(2026, 1, 1),
        labels: [].into(),
        credentials: vec![Credential {
            id: CredentialId(id.0),
            kind: CredentialKind::Token,
            digest: TokenDigest::of(token(number).as_bytes()),
            identifier: None,
            last4: "0000".to_owned(),
            created_at: T0,
            ends_at: None,
            last_used_at: None,
        }],
        created_at: T0,
        updated_at: T0,
    };
    Delta::Profile(id, Some(Box::new(profile)))
}

/// A profile that JSON Web Tokens name by this key id and that verifies them with this key.
pub(crate) fn jwt_profile(number: u32, key_id: &str, key: VerifyingKey) -> Delta {
    let Delta::Profile(id, Some(mut profile)) = profile(number) else { return profile(number) };
    let jwt = JwtTerms { family: Some(key.family()), key: Some(key), ..JwtTerms::default() };
    let terms = Terms::new(vec![CollectionId(1)], Some(PolicyId(1)), AuthMethod::Jwt);
    profile.own_terms = Some(Terms { jwt: Some(Box::new(jwt)), ..terms });
    for credential in &mut profile.credentials {
        credential.kind = CredentialKind::KeyId;
        credential.digest = TokenDigest::of(key_id.as_bytes());
        credential.identifier = KeyId::parse(key_id).ok();
    }
    Delta::Profile(id, Some(profile))
}

fn collection() -> Delta {
    let collection = ApiCollection {
        id: CollectionId(1),
        project_id: ProjectId(1),
        name: name("orders"),
        version: Version::parse("1.0").expect("a constant version is valid"),
        path: Slug::parse("orders-v1").expect("a constant path is valid"),
        description: None,
        enabled: true,
        upstream: Upstream::at(BaseUrl::parse("http://127.0.0.1:9").expect("a constant URL is valid")),
        limits: CollectionLimits::default(),
        cors: None,
        allow_query_token: false,
        forwarding: Forwarding::default(),
        created_at: T0,
        updated_at: T0,
    };
    let endpoint = Endpoint {
        id: EndpointId(1),
        collection_id: CollectionId(1),
        name: name("one order"),
        method: EndpointMethod::parse("GET").expect("GET is a method"),
        path: EndpointPath::parse("orders/{id}").expect("a constant path is valid"),
        description: None,
        upstream_path: None,
        active: true,
        created_at: T0,
        updated_at: T0,
    };
    Delta::Collection(CollectionId(1), Some(Arc::new((collection, vec![endpoint]))))
}

fn policy() -> Delta {
    let policy = AccessPolicy {
        id: PolicyId(1),
        name: name("generous"),
        description: None,
        rate_limit: RateLimit::new(1_000_000, RateInterval::Hour),
        usage_quota: None,
        on_store_failure: OnStoreFailure::default(),
        created_at: T0,
        updated_at: T0,
    };
    Delta::Policy(PolicyId(1), Some(Box::new(policy)))
}
