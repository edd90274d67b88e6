//! A profile to make, as sent: alone, or together with its client.

use super::Issued;
use crate::terms::TermsInput;
use crate::wire::{Faults, Json, NotAvailable, Wire, request};
use domain::cidr::CidrEntry;
use domain::text::Name;
use std::collections::BTreeMap;
use store::NewProfile;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// Addresses and networks, a bounded number.
#[derive(Debug, Clone, Default)]
pub(crate) struct AddressList(pub(crate) Vec<CidrEntry>);

impl Wire for AddressList {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let entries = Vec::<CidrEntry>::read(json, faults)?;
        if entries.len() > CidrEntry::MAX_ENTRIES {
            faults.bad("", format!("has too many entries (maximum is {})", CidrEntry::MAX_ENTRIES));
            return None;
        }
        Some(Self(entries))
    }

    fn schema() -> RefOr<Schema> {
        Vec::<CidrEntry>::schema()
    }
}

request! {
    /// A profile to make. It uses the client's default terms unless it is sent terms of its own.
    pub(crate) struct KeyInput {
        /// Unique in its client, case aside.
        name: Name, required;
        /// Whether it can call at once.
        active: bool, required;
        /// Whether it has its own terms; any field of the terms makes it so.
        own_terms: Option<bool>;
        /// When not empty, only these addresses and networks may call.
        ip_allow_list: Option<AddressList>;
        /// These addresses and networks may not call; wins over the allow list.
        ip_deny_list: Option<AddressList>;
        /// Key/value pairs: at most 64.
        labels: Option<BTreeMap<String, String>>;
        /// Not available in this version: null.
        expires_at: NotAvailable;
        /// Not available in this version: null.
        auth_token: NotAvailable;
        /// Not available in this version: null.
        api_key: NotAvailable;
        ..terms: TermsInput;
    }
}

impl KeyInput {
    /// The profile to store; `None` only where a fault was noted.
    pub(crate) fn new_profile(self, issued: &Issued, faults: &mut Faults) -> Option<NewProfile> {
        Some(NewProfile {
            own_terms: self.terms.own_terms(self.own_terms, faults),
            name: self.name.value()?,
            ip_allow_list: self.ip_allow_list.flat().unwrap_or_default().0,
            ip_deny_list: self.ip_deny_list.flat().unwrap_or_default().0,
            active: self.active.value()?,
            labels: self.labels.flat().unwrap_or_default(),
            credential: issued.credential.clone(),
        })
    }
}
