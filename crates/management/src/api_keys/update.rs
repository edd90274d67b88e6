//! `PUT /api/v2/api_clients/{id}/api_keys/{key}`

use super::issued::{BroughtSecret, chosen};
use super::{AddressList, Issued, Key};
use crate::answer::{Changed, Data};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, Ids, State};
use crate::state::ManagementState;
use crate::terms::TermsInput;
use crate::wire::request;
use domain::key_id::KeyId;
use domain::text::Name;
use domain::time::Timestamp;
use domain::{ClientId, ProfileId};
use jiff::civil::Date;
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
        /// From then on its calls are refused; null: never.
        expires_at: Option<Timestamp>;
        /// The day from which quota periods of so many days run. Another one begins a new period now.
        period_anchor: Date;
        /// A token or client secret from elsewhere, instead of the present one, which ends at once.
        auth_token: BroughtSecret;
        /// A key id or client id of your choice, instead of the present one, which ends at once.
        api_key: KeyId;
        ..terms: TermsInput;
    }
}

/// Change an access profile
///
/// Its credential, counters and last use stay, unless another method is in force for it by this change: then it gets a new
/// credential, shown in full in this one answer, and the old one ends at once.
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
    let mut issued = Issued::generate()?;
    let auth_token = issued.bring(input.auth_token.value())?;
    let api_key = chosen(input.api_key.value())?;
    let update = faults.finish(|| {
        Some(ProfileUpdate {
            name: input.name.value(),
            own_terms,
            ip_allow_list: input.ip_allow_list.value().map(|list| list.unwrap_or_default().0),
            ip_deny_list: input.ip_deny_list.value().map(|list| list.unwrap_or_default().0),
            active: input.active.value(),
            labels: input.labels.value().map(Option::unwrap_or_default),
            expires_at: input.expires_at.value(),
            period_anchor: input.period_anchor.value(),
            auth_token,
            api_key,
        })
    })?;
    state.store().get_profile_of_client(client, key).await?;
    let fresh = issued.fresh.clone();
    let committed = state.store().update_profile(&caller.actor, state.now(), key, update, fresh).await?;
    Key::answer(&state, committed, Some(&issued)).await
}
