//! Makes what tests need, with short names.

use crate::test_store::TestStore;
use domain::access_policy::{OnStoreFailure, RateInterval, RateLimit};
use domain::api_collection::{CollectionLimits, Forwarding};
use domain::endpoint::EndpointPath;
use domain::jwt::KeyFamily;
use domain::key_id::KeyId;
use domain::method::EndpointMethod;
use domain::secret::Secret;
use domain::terms::{AuthMethod, Terms};
use domain::text::{Email, Name, Slug, Version};
use domain::time::Timestamp;
use domain::token::TokenDigest;
use domain::upstream::{BaseUrl, Upstream};
use domain::{ClientId, CollectionId, CredentialId, EndpointId, PolicyId, ProfileId};
use std::collections::BTreeMap;
use store::{
    Actor, ActorKind, CollectionRow, Conditions, DEFAULT_PROJECT, FreshCredentials, JwtUpdate, NewClient,
    NewCollection, NewEndpoint, NewIdentifier, NewPolicy, NewProfile, NewSecret, TermsUpdate,
};

/// A moment, so many seconds after a fixed one.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp(1_790_000_000_000_000 + seconds * 1_000_000)
}

/// Somebody in the console.
pub(crate) fn actor() -> Actor {
    Actor {
        kind: ActorKind::Member,
        id: Some(7),
        name: "owner@example.com".to_owned(),
        address: Some("192.0.2.9".parse().unwrap()),
        conditions: Conditions::default(),
    }
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(crate) fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// A digest of a text that stands for a token.
pub(crate) fn digest(text: &str) -> TokenDigest {
    TokenDigest::of(text.as_bytes())
}

/// A secret made from a number.
pub(crate) fn secret(number: i64) -> NewSecret {
    NewSecret { id: CredentialId(number), digest: digest(&number.to_string()), last4: format!("{number:04}") }
}

/// An identifier, with a number that no secret of the tests has.
pub(crate) fn identifier(text: &str, number: i64) -> NewIdentifier {
    NewIdentifier { id: CredentialId(1_000_000 + number), identifier: KeyId::parse(text).unwrap() }
}

/// Credentials made from a number: the secret of that number and `pk_` + the number.
pub(crate) fn fresh(number: i64) -> FreshCredentials {
    FreshCredentials { secret: secret(number), identifier: identifier(&format!("pk_{number}"), number) }
}

/// What makes such terms, of a method without keys.
pub(crate) fn given(terms: &Terms) -> TermsUpdate {
    TermsUpdate::new(terms.collection_ids.clone(), terms.policy_id, terms.method)
}

/// An HMAC secret as an owner pastes it.
pub(crate) const HMAC_SECRET: &str = "a shared secret of more than 32 bytes";

/// Terms of the method `jwt` with an HMAC secret.
pub(crate) fn jwt_terms(ids: &[CollectionId]) -> TermsUpdate {
    let jwt = JwtUpdate {
        family: Some(Some(KeyFamily::Hmac)),
        secret: Some(Some(Secret::new(HMAC_SECRET.to_owned()))),
        ..JwtUpdate::default()
    };
    TermsUpdate { jwt, ..TermsUpdate::new(ids.to_vec(), None, AuthMethod::Jwt) }
}

pub(crate) fn upstream(url: &str) -> Upstream {
    Upstream::at(BaseUrl::parse(url).unwrap())
}

/// Token terms for collections, without policy.
pub(crate) fn terms(ids: &[CollectionId]) -> Terms {
    Terms::new(ids.to_vec(), None, AuthMethod::Token)
}

pub(crate) fn new_client(text: &str) -> NewClient {
    NewClient {
        project_id: DEFAULT_PROJECT,
        name: name(text),
        description: None,
        email: None,
        enabled: true,
        default_terms: None,
        shared_policy_id: None,
    }
}

pub(crate) fn new_profile(text: &str, own_terms: Option<Terms>, number: i64) -> NewProfile {
    NewProfile {
        name: name(text),
        own_terms: own_terms.map(|terms| given(&terms)),
        ip_allow_list: Vec::new(),
        ip_deny_list: Vec::new(),
        active: true,
        expires_at: None,
        period_anchor: None,
        labels: BTreeMap::new(),
        auth_token: None,
        api_key: None,
        fresh: fresh(number),
    }
}

pub(crate) fn new_collection(text: &str) -> NewCollection {
    let version = Version::parse("1.0").unwrap();
    NewCollection {
        project_id: DEFAULT_PROJECT,
        name: name(text),
        path: Slug::for_collection(&name(text), &version).unwrap(),
        version,
        description: None,
        enabled: true,
        upstream: upstream("http://127.0.0.1:9000/base"),
        limits: CollectionLimits::default(),
        cors: None,
        allow_query_token: false,
        forwarding: Forwarding::default(),
    }
}

pub(crate) fn new_endpoint(method: &str, path: &str) -> NewEndpoint {
    NewEndpoint {
        name: name(&format!("{method} {path}")),
        method: EndpointMethod::parse(method).unwrap(),
        path: EndpointPath::parse(path).unwrap(),
        description: None,
        upstream_path: None,
        active: false,
    }
}

pub(crate) fn new_policy(text: &str, limit: i64) -> NewPolicy {
    NewPolicy {
        name: name(text),
        description: None,
        rate_limit: RateLimit::new(limit, RateInterval::Minute),
        usage_quota: None,
        on_store_failure: OnStoreFailure::default(),
    }
}

impl TestStore {
    pub(crate) async fn a_collection(&self, text: &str) -> CollectionId {
        self.a_collection_with(text, &[]).await.collection.id
    }

    pub(crate) async fn a_collection_with(&self, text: &str, endpoints: &[(&str, &str)]) -> CollectionRow {
        let endpoints = endpoints.iter().map(|(method, path)| new_endpoint(method, path)).collect();
        self.create_collection(&actor(), at(0), new_collection(text), endpoints).await.unwrap().value
    }

    pub(crate) async fn an_endpoint(&self, collection: CollectionId, method: &str, path: &str) -> EndpointId {
        let made = self.create_endpoint(&actor(), at(0), collection, new_endpoint(method, path)).await.unwrap();
        made.value.endpoint.id
    }

    pub(crate) async fn a_policy(&self, text: &str) -> PolicyId {
        self.create_policy(&actor(), at(0), new_policy(text, 6)).await.unwrap().value.policy.id
    }

    /// A client, with default terms where some are given.
    pub(crate) async fn a_client(&self, text: &str, default_terms: Option<Terms>) -> ClientId {
        let new = NewClient { default_terms: default_terms.map(|terms| given(&terms)), ..new_client(text) };
        self.create_client(&actor(), at(0), new, Vec::new()).await.unwrap().value.client.client.id
    }

    /// A profile; its credentials are made from a number.
    pub(crate) async fn a_profile(
        &self,
        client: ClientId,
        text: &str,
        own_terms: Option<Terms>,
        number: i64,
    ) -> ProfileId {
        let new = new_profile(text, own_terms, number);
        self.create_profile(&actor(), at(0), client, new).await.unwrap().value.profile.id
    }
}
