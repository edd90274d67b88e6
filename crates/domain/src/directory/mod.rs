//! The directory: the compiled, immutable view that the gateway decides on.
//!
//! It stands on persistent maps: a change is a delta that costs O(log n) and makes a new value, which the program
//! publishes by one pointer swap for all workers. One request holds one directory to its end. Counters hang on
//! profile entries by id and are carried over by every delta and reload; only deleting a profile drops them.

mod cert_bundle;
mod collection;
mod endpoint_router;
mod limits;
mod profile;
mod settings;
mod terms_index;

pub use cert_bundle::CertBundleEntry;
pub use collection::{CollectionEntry, EndpointEntry, EndpointMatch, MethodSet, Route};
pub use limits::UnknownPolicy;
pub use profile::{AddressLists, ClientEntry, CredentialEntry, ProfileEntry};
pub use settings::SettingsEntry;

use crate::access_policy::{AccessPolicy, OnStoreFailure, RateLimit, UsageQuota};
use crate::access_profile::AccessProfile;
use crate::access_token::AccessTokenKeys;
use crate::api_collection::ApiCollection;
use crate::cert_bundle::CertBundle;
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::ids::{CertBundleId, ClientId, CollectionId, PolicyId, ProfileId, Revision};
use crate::jwt::KeySet;
use crate::method::Method;
use crate::path::CanonicalPath;
use crate::settings::Settings;
use crate::terms::{KeySource, Terms};
use crate::token::TokenDigest;
use crate::upstream::{TokenSource, UpstreamCredential};
use foldhash::fast::RandomState;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use terms_index::TermsIndex;

/// One object as it is after a change; `None`: it is gone.
#[derive(Debug, Clone)]
pub enum Delta {
    /// A client.
    Client(ClientId, Option<Box<Client>>),
    /// A profile with its credentials.
    Profile(ProfileId, Option<Box<AccessProfile>>),
    /// A collection with its endpoints.
    Collection(CollectionId, Option<Arc<(ApiCollection, Vec<Endpoint>)>>),
    /// A policy.
    Policy(PolicyId, Option<Box<AccessPolicy>>),
    /// A certificate bundle.
    CertBundle(CertBundleId, Option<Box<CertBundle>>),
    /// The settings of the workspace.
    Settings(Box<Settings>),
    /// The keys for access tokens.
    AccessTokenKeys(AccessTokenKeys),
    /// A fetched key set; `None`: it could not be had for too long.
    KeySet(KeySource, Option<Arc<KeySet>>),
    /// Digests of credentials that ended not long ago.
    Revoked(Vec<TokenDigest>),
    /// Whether it is too old to be decided by.
    Freshness(Freshness),
}

/// Whether a directory may be decided by, as its age is judged by whoever keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// It is as new as the control database, or its age is within what the settings allow.
    Fresh,
    /// It could not be brought up to date for longer than the settings allow: every call is refused.
    Stale,
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
    cert_bundles: Map<CertBundleId, Arc<CertBundleEntry>, RandomState>,
    settings: Arc<SettingsEntry>,
    access_token_keys: Arc<AccessTokenKeys>,
    key_sets: Map<KeySource, KeySetEntry, RandomState>,
    /// Digests of credentials that ended: refused as unknown ones are, but told apart.
    revoked: imbl::GenericHashSet<TokenDigest, BuildHasherDefault<DigestHasher>, imbl::shared_ptr::DefaultSharedPtr>,
    terms_index: TermsIndex,
    freshness: Freshness,
    /// Rises with every change: what a changed entry is marked with.
    version: u64,
}

/// A fetched key set.
#[derive(Debug, Clone)]
pub struct KeySetEntry {
    /// Its keys.
    pub set: Arc<KeySet>,
    /// Rises with every fetch that changed something.
    pub version: u64,
}

/// What the gateway needs of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyEntry {
    /// The rate limit of each profile under it.
    pub rate_limit: Option<RateLimit>,
    /// The usage quota of each profile under it.
    pub usage_quota: Option<UsageQuota>,
    /// What happens when a limit cannot be counted.
    pub on_store_failure: OnStoreFailure,
}

impl PolicyEntry {
    fn new(policy: &AccessPolicy) -> Self {
        let AccessPolicy { rate_limit, usage_quota, on_store_failure, .. } = policy;
        Self { rate_limit: *rate_limit, usage_quota: *usage_quota, on_store_failure: *on_store_failure }
    }
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
            cert_bundles: Map::with_hasher(RandomState::default()),
            settings: Arc::new(SettingsEntry::new(&Settings::default())),
            access_token_keys: Arc::default(),
            key_sets: Map::with_hasher(RandomState::default()),
            revoked: imbl::GenericHashSet::with_hasher(BuildHasherDefault::default()),
            terms_index: TermsIndex::empty(),
            freshness: Freshness::Fresh,
            version: 0,
        }
    }

    /// The revision that this value shows.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Whether it may be decided by.
    pub fn freshness(&self) -> Freshness {
        self.freshness
    }

    /// The directory after these changes. The order of deltas does not matter.
    #[must_use]
    pub fn apply(&self, revision: Revision, deltas: impl IntoIterator<Item = Delta>) -> Self {
        let mut next = self.clone();
        next.revision = revision;
        next.version += 1;
        for delta in deltas {
            next.put(delta);
        }
        next
    }

    fn put(&mut self, delta: Delta) {
        match delta {
            Delta::Client(id, client) => self.put_client(id, client.as_deref()),
            Delta::Profile(id, profile) => self.put_profile(id, profile.as_deref()),
            Delta::Collection(id, collection) => self.put_collection(id, collection.as_ref()),
            Delta::Policy(id, Some(policy)) => {
                self.policies.insert(id, PolicyEntry::new(&policy));
            }
            Delta::Policy(id, None) => {
                self.policies.remove(&id);
            }
            Delta::CertBundle(id, Some(bundle)) => {
                self.cert_bundles.insert(id, Arc::new(CertBundleEntry::new(&bundle, self.version)));
            }
            Delta::CertBundle(id, None) => {
                self.cert_bundles.remove(&id);
            }
            Delta::Settings(settings) => self.settings = Arc::new(SettingsEntry::new(&settings)),
            Delta::AccessTokenKeys(keys) => self.access_token_keys = Arc::new(keys),
            Delta::KeySet(source, Some(set)) => {
                self.key_sets.insert(source, KeySetEntry { set, version: self.version });
            }
            Delta::KeySet(source, None) => {
                self.key_sets.remove(&source);
            }
            Delta::Revoked(digests) => {
                for digest in digests {
                    self.revoked.insert(digest);
                }
            }
            Delta::Freshness(freshness) => self.freshness = freshness,
        }
    }

    /// A directory of exactly these objects, which keeps this one's counters by id, its fetched key sets, what it knows of
    /// revoked credentials, and whether it is too old.
    #[must_use]
    pub fn reload(&self, revision: Revision, all: impl IntoIterator<Item = Delta>) -> Self {
        let mut fresh = Self::empty();
        fresh.version = self.version;
        fresh.key_sets = self.key_sets.clone();
        fresh.revoked = self.revoked.clone();
        fresh.freshness = self.freshness;
        fresh = fresh.apply(revision, all);
        let ended: Vec<_> =
            self.credentials.keys().copied().filter(|digest| !fresh.credentials.contains_key(digest)).collect();
        fresh.revoked.extend(ended);
        let profiles = fresh.profiles.iter().filter_map(|(id, entry)| {
            let counters = Arc::clone(self.profiles.get(id)?.counters());
            Some((*id, Arc::new(entry.with_counters(counters))))
        });
        let profiles: Vec<_> = profiles.collect();
        let clients = fresh.clients.iter().filter_map(|(id, entry)| {
            let counters = Arc::clone(self.clients.get(id)?.counters());
            Some((*id, Arc::new(entry.with_counters(counters))))
        });
        let clients: Vec<_> = clients.collect();
        fresh.profiles.extend(profiles);
        fresh.clients.extend(clients);
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

    /// A certificate bundle by id.
    pub fn cert_bundle(&self, id: CertBundleId) -> Option<&CertBundleEntry> {
        self.cert_bundles.get(&id).map(|entry| &**entry)
    }

    /// The terms in force for a profile: its own, else its client's default ones.
    pub fn terms_of<'d>(&'d self, profile: &'d ProfileEntry, client: &'d ClientEntry) -> Option<&'d Terms> {
        profile.own_terms().or_else(|| client.default_terms())
    }

    /// Looks a path up. `host` is the authority that was called: custom domains go without the prefix. A fact, not an
    /// answer: nothing is answered from it before check 7.
    pub fn route(&self, host: &str, method: Method, path: &CanonicalPath<'_>) -> Option<Route> {
        let below = self.settings.below_prefix(host, path)?;
        let (first, rest) = match below.split_once('/') {
            Some((first, rest)) => (first, Some(rest)),
            None => (below, None),
        };
        let collection = self.collections.get(first)?;
        Some(Route {
            collection: Arc::clone(collection),
            endpoint: collection.find(method, rest),
            encoded_slash: path.encoded_slash(),
            base_bytes: path.as_str().len() - below.len() + first.len(),
        })
    }

    /// Whether a credential with this digest ended not long ago.
    pub fn was_revoked(&self, digest: &TokenDigest) -> bool {
        self.revoked.contains(digest)
    }

    /// The settings of the workspace.
    pub fn settings(&self) -> &SettingsEntry {
        &self.settings
    }

    /// The keys for access tokens.
    pub fn access_token_keys(&self) -> &AccessTokenKeys {
        &self.access_token_keys
    }

    /// A fetched key set.
    pub fn key_set(&self, source: &KeySource) -> Option<&KeySetEntry> {
        self.key_sets.get(source)
    }

    /// The key sets that any terms need.
    pub fn key_sources(&self) -> impl Iterator<Item = &KeySource> {
        self.terms_index.sources()
    }

    /// The claim that names the profile in tokens of this issuer, where one is configured.
    pub(crate) fn claim_of_issuer(&self, issuer: &str) -> Option<&str> {
        self.terms_index.claim_of(issuer)
    }

    /// Whether any issuer has a claim of its own.
    pub(crate) fn has_issuer_claims(&self) -> bool {
        self.terms_index.has_claims()
    }

    /// All profiles, in no order.
    pub fn profiles(&self) -> impl Iterator<Item = &Arc<ProfileEntry>> {
        self.profiles.values()
    }

    /// All clients, in no order.
    pub fn clients(&self) -> impl Iterator<Item = &Arc<ClientEntry>> {
        self.clients.values()
    }

    /// All collections, in no order.
    pub fn collections(&self) -> impl Iterator<Item = &Arc<CollectionEntry>> {
        self.collections.values()
    }

    /// Where access tokens for upstreams come from, of the enabled collections that need any.
    pub fn token_sources(&self) -> impl Iterator<Item = &Arc<TokenSource>> {
        self.collections().filter(|collection| collection.is_enabled()).filter_map(|collection| {
            match collection.credential() {
                UpstreamCredential::Token(source) => Some(source),
                UpstreamCredential::None
                | UpstreamCredential::Header { .. }
                | UpstreamCredential::Query { .. }
                | UpstreamCredential::Missing => None,
            }
        })
    }

    fn put_client(&mut self, id: ClientId, client: Option<&Client>) {
        let former = self.clients.remove(&id);
        self.terms_index.remove(former.as_ref().and_then(|entry| entry.default_terms()));
        let Some(client) = client else { return };
        let counters = former.map(|entry| Arc::clone(entry.counters())).unwrap_or_default();
        let entry = ClientEntry::new(client, self.version, counters);
        self.terms_index.add(entry.default_terms());
        self.clients.insert(id, Arc::new(entry));
    }

    fn put_profile(&mut self, id: ProfileId, profile: Option<&AccessProfile>) {
        let former = self.profiles.remove(&id);
        if let Some(former) = &former {
            self.terms_index.remove(former.own_terms());
            for credential in former.credentials() {
                // One that another profile took over in the same change is that one's.
                if self.credentials.get(&credential.digest) == Some(&id) {
                    self.credentials.remove(&credential.digest);
                    self.revoked.insert(credential.digest);
                }
            }
        }
        let Some(profile) = profile else { return };
        let counters = former.map(|entry| Arc::clone(entry.counters())).unwrap_or_default();
        let entry = ProfileEntry::new(profile, self.version, counters);
        self.terms_index.add(entry.own_terms());
        for credential in entry.credentials() {
            self.credentials.insert(credential.digest, id);
        }
        self.profiles.insert(id, Arc::new(entry));
    }

    fn put_collection(&mut self, id: CollectionId, document: Option<&Arc<(ApiCollection, Vec<Endpoint>)>>) {
        // Two collections may have swapped paths in one change: a path is given up only while it is still its own.
        if let Some(path) = self.collection_paths.remove(&id)
            && self.collections.get(&path).is_some_and(|entry| entry.id() == id)
        {
            self.collections.remove(&path);
        }
        let Some(document) = document else { return };
        let path: Box<str> = document.0.path.as_str().into();
        self.collections.insert(path.clone(), Arc::new(CollectionEntry::new(document)));
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
