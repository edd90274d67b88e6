//! The directory: the compiled, immutable view that the gateway decides on.
//!
//! It stands on persistent maps: a change is a delta that costs O(log n) and makes a new value, which the program
//! publishes by one pointer swap for all workers. One request holds one directory to its end. Counters hang on
//! profile entries by id and are carried over by every delta and reload; only deleting a profile drops them.

mod collection;
mod endpoint_router;
mod profile;

pub use collection::{CollectionEntry, EndpointEntry, EndpointMatch, MethodSet, Route};
pub use profile::{ClientEntry, ProfileEntry};

use crate::access_policy::{AccessPolicy, RateLimit};
use crate::access_profile::AccessProfile;
use crate::api_collection::ApiCollection;
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::ids::{ClientId, CollectionId, PolicyId, ProfileId, Revision};
use crate::limits::{Counters, RateState};
use crate::method::Method;
use crate::path::CanonicalPath;
use crate::terms::Terms;
use crate::time::Monotonic;
use crate::token::TokenDigest;
use foldhash::fast::RandomState;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

/// One object as it is after a change; `None`: it is gone.
#[derive(Debug, Clone)]
pub enum Delta {
    /// A client.
    Client(ClientId, Option<Box<Client>>),
    /// A profile with its credentials.
    Profile(ProfileId, Option<Box<AccessProfile>>),
    /// A collection with its endpoints.
    Collection(CollectionId, Option<Box<(ApiCollection, Vec<Endpoint>)>>),
    /// A policy.
    Policy(PolicyId, Option<Box<AccessPolicy>>),
}

type Map<K, V, S> = imbl::GenericHashMap<K, V, S, imbl::shared_ptr::DefaultSharedPtr>;

/// The compiled view of a workspace at one revision.
#[derive(Debug, Clone)]
pub struct Directory {
    revision: Revision,
    clients: Map<ClientId, Arc<ClientEntry>, RandomState>,
    profiles: Map<ProfileId, Arc<ProfileEntry>, RandomState>,
    credentials: Map<TokenDigest, ProfileId, BuildHasherDefault<DigestHasher>>,
    collections: Map<Box<str>, Arc<CollectionEntry>, RandomState>,
    collection_paths: Map<CollectionId, Box<str>, RandomState>,
    policies: Map<PolicyId, PolicyEntry, RandomState>,
}

/// What the gateway needs of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyEntry {
    /// The rate limit of each profile under it.
    pub rate_limit: Option<RateLimit>,
}

impl Directory {
    /// A directory in which nothing can be called.
    pub fn empty() -> Self {
        Self {
            revision: Revision(0),
            clients: Map::with_hasher(RandomState::default()),
            profiles: Map::with_hasher(RandomState::default()),
            credentials: Map::with_hasher(BuildHasherDefault::default()),
            collections: Map::with_hasher(RandomState::default()),
            collection_paths: Map::with_hasher(RandomState::default()),
            policies: Map::with_hasher(RandomState::default()),
        }
    }

    /// The revision that this value shows.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The directory after these changes. The order of deltas does not matter.
    #[must_use]
    pub fn apply(&self, revision: Revision, deltas: impl IntoIterator<Item = Delta>) -> Self {
        let mut next = self.clone();
        next.revision = revision;
        for delta in deltas {
            match delta {
                Delta::Client(id, Some(client)) => {
                    next.clients.insert(id, Arc::new(ClientEntry::new(&client)));
                }
                Delta::Client(id, None) => {
                    next.clients.remove(&id);
                }
                Delta::Profile(id, profile) => next.put_profile(id, profile.as_deref()),
                Delta::Collection(id, collection) => next.put_collection(id, collection.as_deref()),
                Delta::Policy(id, Some(policy)) => {
                    next.policies.insert(id, PolicyEntry { rate_limit: policy.rate_limit });
                }
                Delta::Policy(id, None) => {
                    next.policies.remove(&id);
                }
            }
        }
        next
    }

    /// A directory of exactly these objects, which keeps this one's counters by id.
    #[must_use]
    pub fn reload(&self, revision: Revision, all: impl IntoIterator<Item = Delta>) -> Self {
        let mut fresh = Self::empty().apply(revision, all);
        let kept: Vec<_> = fresh
            .profiles
            .iter()
            .filter_map(|(id, entry)| Some((*id, Arc::new(entry.with_counters(self.counters_of(*id)?)))))
            .collect();
        for (id, entry) in kept {
            fresh.profiles.insert(id, entry);
        }
        fresh
    }

    /// The profile that a credential belongs to.
    pub fn profile_by_digest(&self, digest: &TokenDigest) -> Option<&Arc<ProfileEntry>> {
        self.profiles.get(self.credentials.get(digest)?)
    }

    /// A profile by id.
    pub fn profile(&self, id: ProfileId) -> Option<&Arc<ProfileEntry>> {
        self.profiles.get(&id)
    }

    /// A client by id.
    pub fn client(&self, id: ClientId) -> Option<&Arc<ClientEntry>> {
        self.clients.get(&id)
    }

    /// A policy by id.
    pub fn policy(&self, id: PolicyId) -> Option<PolicyEntry> {
        self.policies.get(&id).copied()
    }

    /// The terms in force for a profile: its own, else its client's default ones.
    pub fn terms_of<'d>(&'d self, profile: &'d ProfileEntry, client: &'d ClientEntry) -> Option<&'d Terms> {
        profile.own_terms().or_else(|| client.default_terms())
    }

    /// Looks a path up. A fact, not an answer: nothing is answered from it before check 7.
    pub fn route(&self, method: Method, path: &CanonicalPath<'_>) -> Option<Route> {
        let (first, rest) = path.split_first();
        let collection = self.collections.get(first)?;
        Some(Route { collection: Arc::clone(collection), endpoint: collection.find(method, rest) })
    }

    /// What is left of a profile's rate limit; `None` without one.
    pub fn rate_state(&self, id: ProfileId, now: Monotonic) -> Option<RateState> {
        let profile = self.profile(id)?;
        let client = self.client(profile.client_id())?;
        let rate = self.policy(self.terms_of(profile, client)?.policy_id?)?.rate_limit?;
        Some(profile.counters().peek(rate, now))
    }

    fn counters_of(&self, id: ProfileId) -> Option<Arc<Counters>> {
        self.profiles.get(&id).map(|entry| Arc::clone(entry.counters()))
    }

    fn put_profile(&mut self, id: ProfileId, profile: Option<&AccessProfile>) {
        let former = self.profiles.remove(&id);
        for digest in former.iter().flat_map(|entry| entry.digests()) {
            self.credentials.remove(digest);
        }
        let Some(profile) = profile else { return };
        let counters = former.map(|entry| Arc::clone(entry.counters())).unwrap_or_default();
        let entry = ProfileEntry::new(profile, counters);
        for digest in entry.digests() {
            self.credentials.insert(*digest, id);
        }
        self.profiles.insert(id, Arc::new(entry));
    }

    fn put_collection(&mut self, id: CollectionId, collection: Option<&(ApiCollection, Vec<Endpoint>)>) {
        // Two collections may have swapped paths in one change: a path is given up only while it is still its own.
        if let Some(path) = self.collection_paths.remove(&id)
            && self.collections.get(&path).is_some_and(|entry| entry.id() == id)
        {
            self.collections.remove(&path);
        }
        let Some((collection, endpoints)) = collection else { return };
        let path: Box<str> = collection.path.as_str().into();
        self.collections.insert(path.clone(), Arc::new(CollectionEntry::new(collection, endpoints)));
        self.collection_paths.insert(id, path);
    }
}

/// A digest is uniform already: its first eight bytes are its hash.
#[derive(Debug, Default)]
struct DigestHasher(u64);

impl Hasher for DigestHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk::<8>() {
            self.0 ^= u64::from_ne_bytes(*first);
        }
    }

    fn write_usize(&mut self, _length: usize) {}
}
