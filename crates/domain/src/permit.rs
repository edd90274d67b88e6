//! A permit: the proof that a request passed every check.
//!
//! Only [`crate::decide::decide`] makes one, and forwarding takes one by value: an unchecked request cannot be
//! forwarded because it does not compile. It owns what forwarding needs.

use crate::directory::{CollectionEntry, EndpointEntry, ProfileEntry};
use crate::ids::{ClientId, ProfileId};
use crate::limits::RateReading;
use std::sync::Arc;

/// Leave to forward one request.
#[derive(Debug)]
#[must_use = "a permit counts as a call: forward it"]
pub struct Permit {
    profile: Arc<ProfileEntry>,
    collection: Arc<CollectionEntry>,
    endpoint: usize,
    rate: Option<RateReading>,
}

impl Permit {
    pub(crate) fn new(
        profile: Arc<ProfileEntry>,
        collection: Arc<CollectionEntry>,
        endpoint: usize,
        rate: Option<RateReading>,
    ) -> Self {
        Self { profile, collection, endpoint, rate }
    }

    /// What was left of the profile's rate limit after this call; `None` without one.
    pub fn rate(&self) -> Option<RateReading> {
        self.rate
    }

    /// The profile that calls.
    pub fn profile_id(&self) -> ProfileId {
        self.profile.id()
    }

    /// Its client.
    pub fn client_id(&self) -> ClientId {
        self.profile.client_id()
    }

    /// The profile's name, percent-encoded for a header.
    pub fn profile_header_name(&self) -> &str {
        self.profile.header_name()
    }

    /// The collection that is called.
    pub fn collection(&self) -> &CollectionEntry {
        &self.collection
    }

    /// The endpoint that is called.
    pub fn endpoint(&self) -> Option<&EndpointEntry> {
        self.collection.endpoint(self.endpoint)
    }

    /// The path at the upstream for what the call has below the collection.
    pub fn upstream_path(&self, rest: Option<&str>) -> String {
        self.collection.upstream_path(self.endpoint, rest)
    }
}
