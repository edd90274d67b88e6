//! A profile to make, as sent: alone, or together with its client.

use super::issued::{BroughtSecret, Issued, chosen};
use crate::error::ApiError;
use crate::terms::TermsInput;
use crate::wire::{Faults, Json, Wire, request};
use domain::cidr::CidrEntry;
use domain::key_id::KeyId;
use domain::text::Name;
use domain::time::Timestamp;
use jiff::civil::Date;
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
        /// From then on its calls are refused; null: never.
        expires_at: Option<Timestamp>;
        /// The day from which quota periods of so many days run. Default: today.
        period_anchor: Option<Date>;
        /// A token or client secret from elsewhere, instead of a generated one.
        auth_token: Option<BroughtSecret>;
        /// A key id or client id of your choice, instead of a generated one.
        api_key: Option<KeyId>;
        ..terms: TermsInput;
    }
}

impl KeyInput {
    /// The profile to store; `None` only where a fault was noted.
    pub(crate) fn new_profile(self, issued: &mut Issued, faults: &mut Faults) -> Result<Option<NewProfile>, ApiError> {
        let own_terms = self.terms.own_terms(self.own_terms, faults);
        let auth_token = issued.bring(self.auth_token.flat())?;
        let api_key = chosen(self.api_key.flat())?;
        let (Some(name), Some(active)) = (self.name.value(), self.active.value()) else { return Ok(None) };
        Ok(Some(NewProfile {
            own_terms,
            name,
            ip_allow_list: self.ip_allow_list.flat().unwrap_or_default().0,
            ip_deny_list: self.ip_deny_list.flat().unwrap_or_default().0,
            active,
            expires_at: self.expires_at.flat(),
            period_anchor: self.period_anchor.flat(),
            labels: self.labels.flat().unwrap_or_default(),
            auth_token,
            api_key,
            fresh: issued.fresh.clone(),
        }))
    }
}
