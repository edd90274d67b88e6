//! Compiled clients and profiles.

use crate::access_profile::{AccessProfile, Credential, CredentialKind};
use crate::cidr::CidrSet;
use crate::client::Client;
use crate::ids::{ClientId, CredentialId, PolicyId, ProfileId};
use crate::limits::Counters;
use crate::terms::Terms;
use crate::time::Timestamp;
use crate::token::TokenDigest;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;

/// What the gateway needs of a client.
#[derive(Debug, Clone)]
pub struct ClientEntry {
    id: ClientId,
    enabled: bool,
    default_terms: Option<Box<Terms>>,
    shared_policy_id: Option<PolicyId>,
    period_anchor: Date,
    version: u64,
    counters: Arc<Counters>,
}

impl ClientEntry {
    pub(super) fn new(client: &Client, version: u64, counters: Arc<Counters>) -> Self {
        Self {
            id: client.id,
            enabled: client.enabled,
            default_terms: client.default_terms.clone().map(Box::new),
            shared_policy_id: client.shared_policy_id,
            period_anchor: day_of(client.created_at),
            version,
            counters,
        }
    }

    pub(super) fn with_counters(&self, counters: Arc<Counters>) -> Self {
        Self { counters, ..self.clone() }
    }

    /// Its id.
    pub fn id(&self) -> ClientId {
        self.id
    }

    /// Whether its profiles may call at all.
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// Terms of the profiles that have none of their own.
    pub fn default_terms(&self) -> Option<&Terms> {
        self.default_terms.as_deref()
    }

    /// The policy that is counted once over all its profiles.
    pub fn shared_policy_id(&self) -> Option<PolicyId> {
        self.shared_policy_id
    }

    /// The day from which its quota periods of so many days run.
    pub fn period_anchor(&self) -> Date {
        self.period_anchor
    }

    /// Rises with every change of the client.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Counters of the shared policy, which outlive this entry.
    pub fn counters(&self) -> &Arc<Counters> {
        &self.counters
    }
}

/// The day of a moment, in UTC.
fn day_of(at: Timestamp) -> Date {
    let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
    TimeZone::UTC.to_datetime(at).date()
}

/// What the gateway needs of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CredentialEntry {
    /// Its id.
    pub id: CredentialId,
    /// What it is good for.
    pub kind: CredentialKind,
    /// SHA-256 of the token, secret or identifier.
    pub digest: TokenDigest,
    /// When it ends by itself.
    pub ends_at: Option<Timestamp>,
}

impl CredentialEntry {
    fn new(credential: &Credential) -> Self {
        let Credential { id, kind, digest, ends_at, .. } = credential;
        Self { id: *id, kind: *kind, digest: *digest, ends_at: *ends_at }
    }

    /// Whether it still works.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ends_at.is_none_or(|end| now < end)
    }
}

/// What the gateway needs of a profile.
#[derive(Debug, Clone)]
pub struct ProfileEntry {
    id: ProfileId,
    client_id: ClientId,
    header_name: Box<str>,
    own_terms: Option<Box<Terms>>,
    addresses: Option<Box<AddressLists>>,
    active: bool,
    expires_at: Option<Timestamp>,
    period_anchor: Date,
    credentials: Box<[CredentialEntry]>,
    version: u64,
    counters: Arc<Counters>,
}

/// Compiled address lists of a profile that has any.
#[derive(Debug, Clone)]
pub struct AddressLists {
    /// These only, when not empty.
    pub allow: CidrSet,
    /// Never these.
    pub deny: CidrSet,
}

/// What may stand in a header value as it is; all else is percent-encoded.
const HEADER_PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl ProfileEntry {
    pub(super) fn new(profile: &AccessProfile, version: u64, counters: Arc<Counters>) -> Self {
        let lists =
            AddressLists { allow: CidrSet::new(&profile.ip_allow_list), deny: CidrSet::new(&profile.ip_deny_list) };
        let has_lists = !lists.allow.is_empty() || !lists.deny.is_empty();
        Self {
            id: profile.id,
            client_id: profile.client_id,
            header_name: utf8_percent_encode(profile.name.as_str(), HEADER_PLAIN).to_string().into(),
            own_terms: profile.own_terms.clone().map(Box::new),
            addresses: has_lists.then(|| Box::new(lists)),
            active: profile.active,
            expires_at: profile.expires_at,
            period_anchor: profile.period_anchor,
            credentials: profile.credentials.iter().map(CredentialEntry::new).collect(),
            version,
            counters,
        }
    }

    pub(super) fn with_counters(&self, counters: Arc<Counters>) -> Self {
        Self { counters, ..self.clone() }
    }

    /// Its id.
    pub fn id(&self) -> ProfileId {
        self.id
    }

    /// The client it belongs to.
    pub fn client_id(&self) -> ClientId {
        self.client_id
    }

    /// Its name, percent-encoded for a header.
    pub fn header_name(&self) -> &str {
        &self.header_name
    }

    /// Its own terms; `None`: the client's default ones.
    pub fn own_terms(&self) -> Option<&Terms> {
        self.own_terms.as_deref()
    }

    /// Its address lists, if it has any.
    pub fn addresses(&self) -> Option<&AddressLists> {
        self.addresses.as_deref()
    }

    /// Whether it is switched on.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// From then on its calls are refused.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// The day from which its quota periods of so many days run.
    pub fn period_anchor(&self) -> Date {
        self.period_anchor
    }

    /// Its credentials; one whose time has passed may be among them.
    pub fn credentials(&self) -> &[CredentialEntry] {
        &self.credentials
    }

    /// A credential of it that still works.
    pub fn live_credential(&self, id: CredentialId, now: Timestamp) -> Option<&CredentialEntry> {
        self.credentials.iter().find(|own| own.id == id && own.is_live(now))
    }

    /// Rises with every change of the profile.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Its counters, which outlive this entry.
    pub fn counters(&self) -> &Arc<Counters> {
        &self.counters
    }
}
