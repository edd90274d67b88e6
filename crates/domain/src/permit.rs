//! A permit: the proof that a request passed every check.
//!
//! Only [`crate::decide::decide`] makes one, and forwarding takes one by value: an unchecked request cannot be
//! forwarded because it does not compile. It owns what forwarding needs.

use crate::access_profile::CredentialKind;
use crate::directory::{CollectionEntry, EndpointEntry, ProfileEntry};
use crate::ids::{ClientId, CredentialId, ProfileId};
use crate::limits::{Counters, LeaseNeed, Readings, SubjectKey, Taken};
use crate::upstream::BaseUrl;
use std::sync::Arc;

/// Leave to forward one request.
#[derive(Debug)]
#[must_use = "a permit counts as a call: forward it"]
pub struct Permit(Box<Granted>);

/// In a box: a permit is passed on many times.
#[derive(Debug)]
struct Granted {
    profile: Arc<ProfileEntry>,
    collection: Arc<CollectionEntry>,
    endpoint: usize,
    credential: Option<CredentialId>,
    limits: Readings,
    refill: Option<Box<LeaseNeed>>,
    used: LeaseNeed,
}

impl Permit {
    pub(crate) fn new(
        profile: Arc<ProfileEntry>,
        collection: Arc<CollectionEntry>,
        endpoint: usize,
        credential: Option<CredentialId>,
        taken: Taken,
    ) -> Self {
        let Taken { readings: limits, refill, used } = taken;
        Self(Box::new(Granted {
            profile,
            collection,
            endpoint,
            credential,
            limits,
            refill: refill.map(Box::new),
            used,
        }))
    }

    /// What was left of each limit after this call.
    pub fn limits(&self) -> &Readings {
        &self.0.limits
    }

    /// Leases that are half used, to be refilled in the background; given once.
    pub fn take_refill(&mut self) -> Option<LeaseNeed> {
        self.0.refill.take().map(|need| *need)
    }

    /// Subjects whose use is to be reported within a second; given once.
    pub fn take_used(&mut self) -> impl Iterator<Item = (SubjectKey, Arc<Counters>)> {
        self.0.used.drain()
    }

    /// The credential that the request stands on.
    pub fn credential_id(&self) -> Option<CredentialId> {
        self.0.credential
    }

    /// Whether the request was admitted by a JSON Web Token.
    pub fn is_by_json_web_token(&self) -> bool {
        let shown = self.0.profile.credentials().iter().find(|own| Some(own.id) == self.0.credential);
        shown.is_some_and(|credential| credential.kind == CredentialKind::KeyId)
    }

    /// The profile that calls.
    pub fn profile_id(&self) -> ProfileId {
        self.0.profile.id()
    }

    /// Its client.
    pub fn client_id(&self) -> ClientId {
        self.0.profile.client_id()
    }

    /// The profile's name, percent-encoded for a header.
    pub fn profile_header_name(&self) -> &str {
        self.0.profile.header_name()
    }

    /// The collection that is called.
    pub fn collection(&self) -> &CollectionEntry {
        &self.0.collection
    }

    /// The endpoint that is called.
    pub fn endpoint(&self) -> Option<&EndpointEntry> {
        self.0.collection.endpoint(self.0.endpoint)
    }

    /// The path at one of the upstream's URLs for what the call has below the collection.
    pub fn upstream_path(&self, url: &BaseUrl, rest: Option<&str>) -> String {
        self.0.collection.upstream_path(url, self.0.endpoint, rest)
    }
}
