//! `PUT /api/v2/api_clients/{id}/api_keys/{key}`

use super::{AddressList, Key};
use crate::answer::{Changed, Data};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, Ids};
use crate::state::ManagementState;
use crate::terms::TermsInput;
use crate::wire::{NotAvailable, request};
use axum::extract::State;
use domain::text::Name;
use domain::{ClientId, ProfileId};
use std::collections::BTreeMap;
use store::ProfileUpdate;

request! {
    /// What to change in a profile: what is left out stays.
    pub(crate) struct KeyChange {
        /// New name.
        name: Name;
        /// Switches it on or off.
        active: bool;
        /// `false` alone: the client's terms from now on. Any field of the terms makes them its own.
        own_terms: bool;
        /// New allow list, whole; null clears it.
        ip_allow_list: Option<AddressList>;
        /// New deny list, whole; null clears it.
        ip_deny_list: Option<AddressList>;
        /// New key/value pairs, whole; null clears them.
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

/// Change an access profile
///
/// Its credential, counters and last use stay.
#[utoipa::path(put, path = "/api/v2/api_clients/{id}/api_keys/{key}", tag = "Access profiles",
    operation_id = "update_key",
    params(
        ("id" = i64, Path, description = "The client's id", example = 4),
        ("key" = i64, Path, description = "The profile's id", example = 9)),
    request_body(content = KeyChange, example = json!({"ip_allow_list": ["10.0.0.0/8", "2001:db8::/32"]})),
    responses((status = 200, description = "The changed profile", body = Data<Key>), ChangeErrors))]
pub(crate) async fn update_key(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids((client, key)): Ids<(ClientId, ProfileId)>,
    body: Body<KeyChange>,
) -> Result<Changed<Data<Key>>, ApiError> {
    let Body { input, mut faults } = body;
    let own_terms = input.terms.own_terms_update(input.own_terms, &mut faults);
    let update = faults.finish(|| {
        Some(ProfileUpdate {
            name: input.name.value(),
            own_terms,
            ip_allow_list: input.ip_allow_list.value().map(|list| list.unwrap_or_default().0),
            ip_deny_list: input.ip_deny_list.value().map(|list| list.unwrap_or_default().0),
            active: input.active.value(),
            labels: input.labels.value().map(Option::unwrap_or_default),
        })
    })?;
    state.store().get_profile_of_client(client, key).await?;
    let now = state.now();
    let committed = state.store().update_profile(&caller.actor, now, key, update).await?;
    state.answer(committed, |row| Data { data: Key::new(row, &state, now) }).await
}
