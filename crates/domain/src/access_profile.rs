//! An access profile: one API consumer of a client, often a program.

use crate::cidr::CidrEntry;
use crate::ids::{ClientId, CredentialId, ProfileId};
use crate::key_id::KeyId;
use crate::terms::Terms;
use crate::text::Name;
use crate::time::Timestamp;
use crate::token::TokenDigest;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// A profile as stored, with its live credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessProfile {
    /// Its id.
    pub id: ProfileId,
    /// The client it belongs to.
    pub client_id: ClientId,
    /// Unique in its client, case aside.
    pub name: Name,
    /// Its own terms; `None`: the client's default terms.
    pub own_terms: Option<Terms>,
    /// When not empty only these sources may call. Kept as typed.
    pub ip_allow_list: Vec<CidrEntry>,
    /// These sources may not call; wins over the allow list. Kept as typed.
    pub ip_deny_list: Vec<CidrEntry>,
    /// Whether it is switched on.
    pub active: bool,
    /// When it was last switched on; `None` if never.
    pub active_since: Option<Timestamp>,
    /// From then on its calls are refused; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// The day from which quota periods of so many days run.
    pub period_anchor: Date,
    /// Optional key/value pairs.
    pub labels: BTreeMap<String, String>,
    /// Live credentials, newest first.
    pub credentials: Vec<Credential>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a credential is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CredentialKind {
    /// An auth token: the secret itself is sent.
    Token,
    /// The identifier by which a JSON Web Token names the profile.
    KeyId,
    /// The client id of OAuth 2.0. Stays through refreshes.
    ClientId,
    /// The client secret of OAuth 2.0: good at the token endpoint only.
    ClientSecret,
}

impl CredentialKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Token, Self::KeyId, Self::ClientId, Self::ClientSecret];

    /// The name in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::KeyId => "key_id",
            Self::ClientId => "client_id",
            Self::ClientSecret => "client_secret",
        }
    }

    /// Reads the store's name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether it is an identifier: readable, never accepted as a secret.
    pub fn is_identifier(self) -> bool {
        matches!(self, Self::KeyId | Self::ClientId)
    }

    /// Whether a refresh replaces it.
    pub fn is_refreshed(self) -> bool {
        self != Self::ClientId
    }
}

/// What a profile authenticates with. A secret itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Random, never used again.
    pub id: CredentialId,
    /// What it is good for.
    pub kind: CredentialKind,
    /// SHA-256 of the token, secret or identifier.
    pub digest: TokenDigest,
    /// The identifier itself; `None` for secrets.
    pub identifier: Option<KeyId>,
    /// The last four characters, for the masked form.
    pub last4: String,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it ends: the end of an overlap. `None`: not by itself.
    pub ends_at: Option<Timestamp>,
    /// When it was last used, as far as that was written down.
    pub last_used_at: Option<Timestamp>,
}

impl AccessProfile {
    /// The credential of calls: the newest that a refresh would replace.
    pub fn current_credential(&self) -> Option<&Credential> {
        self.credentials.iter().find(|credential| credential.kind.is_refreshed() && credential.ends_at.is_none())
    }

    /// The one before it, while both work.
    pub fn previous_credential(&self, now: Timestamp) -> Option<&Credential> {
        self.credentials.iter().find(|credential| credential.ends_at.is_some_and(|end| end > now))
    }

    /// The readable identifier: key id or client id.
    pub fn identifier(&self) -> Option<&KeyId> {
        let current = self.credentials.iter().find(|own| own.kind.is_identifier() && own.ends_at.is_none());
        current.and_then(|credential| credential.identifier.as_ref())
    }
}

/// Checks labels: at most 64 pairs, key 1 to 63 characters, value up to 255, no control characters.
pub fn check_labels(labels: &BTreeMap<String, String>) -> Result<(), String> {
    if labels.len() > 64 {
        return Err("has too many pairs (maximum is 64)".to_owned());
    }
    for (key, value) in labels {
        let key_chars = key.chars().count();
        if key_chars == 0 || key_chars > 63 || key.chars().any(char::is_control) {
            return Err(format!("key {key:?} must have 1 to 63 characters"));
        }
        if value.chars().count() > 255 || value.chars().any(char::is_control) {
            return Err(format!("value of {key:?} must have at most 255 characters"));
        }
    }
    Ok(())
}
