//! An access profile: one API consumer of a client, often a program.

use crate::cidr::CidrEntry;
use crate::ids::{ClientId, CredentialId, ProfileId};
use crate::terms::Terms;
use crate::text::Name;
use crate::time::Timestamp;
use crate::token::TokenDigest;
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
    /// Optional key/value pairs.
    pub labels: BTreeMap<String, String>,
    /// Live credentials, newest first.
    pub credentials: Vec<Credential>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a profile authenticates with. The secret itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Random, never used again.
    pub id: CredentialId,
    /// SHA-256 of the token.
    pub digest: TokenDigest,
    /// The last four characters, for the masked form.
    pub last4: String,
    /// When it was issued.
    pub created_at: Timestamp,
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
