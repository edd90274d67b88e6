//! Compiled clients and profiles.

use crate::access_profile::AccessProfile;
use crate::cidr::CidrSet;
use crate::client::Client;
use crate::ids::{ClientId, ProfileId};
use crate::limits::Counters;
use crate::terms::Terms;
use crate::token::TokenDigest;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;

/// What the gateway needs of a client.
#[derive(Debug, Clone)]
pub struct ClientEntry {
    id: ClientId,
    enabled: bool,
    default_terms: Option<Box<Terms>>,
}

impl ClientEntry {
    pub(super) fn new(client: &Client) -> Self {
        Self { id: client.id, enabled: client.enabled, default_terms: client.default_terms.clone().map(Box::new) }
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
    digests: Box<[TokenDigest]>,
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
    pub(super) fn new(profile: &AccessProfile, counters: Arc<Counters>) -> Self {
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
            digests: profile.credentials.iter().map(|credential| credential.digest).collect(),
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

    /// Digests of its live credentials.
    pub fn digests(&self) -> &[TokenDigest] {
        &self.digests
    }

    /// Its counters, which outlive this entry.
    pub fn counters(&self) -> &Arc<Counters> {
        &self.counters
    }
}
