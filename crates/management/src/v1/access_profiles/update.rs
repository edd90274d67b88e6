//! `PUT /api/api_access_profiles/{id}`

use super::AccessProfileV1;
use crate::answer::Changed;
use crate::api_keys::{AddressList, Issued};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, Ids, State};
use crate::state::ManagementState;
use crate::terms::TermsInput;
use crate::wire::{Field, request};
use axum::Json;
use domain::ProfileId;
use domain::text::Name;
use store::ProfileUpdate;

request! {
    /// What to change in a profile: what is left out stays. Any field of the terms makes them its own.
    pub(crate) struct AccessProfileV1Change {
        /// New name.
        name: Name;
        /// New allow list, whole; null clears it.
        ip_allow_list: Option<AddressList>;
        /// New deny list, whole; null clears it.
        ip_deny_list: Option<AddressList>;
        ..terms: TermsInput;
    }
}

/// Change an access profile (version 1)
#[utoipa::path(put, path = "/api/api_access_profiles/{id}", tag = "Version 1",
    operation_id = "update_access_profile_v1",
    params(("id" = i64, Path, description = "The profile's id", example = 9)),
    request_body(content = AccessProfileV1Change, example = json!({"api_collection_ids": [7, 8]})),
    responses((status = 200, description = "The changed profile", body = AccessProfileV1), ChangeErrors))]
pub(crate) async fn update_access_profile_v1(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<ProfileId>,
    body: Body<AccessProfileV1Change>,
) -> Result<Changed<Json<AccessProfileV1>>, ApiError> {
    let Body { input, mut faults } = body;
    let own_terms = input.terms.own_terms_update(Field::Absent, &mut faults);
    let update = faults.finish(|| {
        Some(ProfileUpdate {
            name: input.name.value(),
            own_terms,
            ip_allow_list: input.ip_allow_list.value().map(|list| list.unwrap_or_default().0),
            ip_deny_list: input.ip_deny_list.value().map(|list| list.unwrap_or_default().0),
            ..ProfileUpdate::default()
        })
    })?;
    let issued = Issued::generate()?;
    let fresh = issued.fresh.clone();
    let committed = state.store().update_profile(&caller.actor, state.now(), id, update, fresh).await?;
    state.answer(committed, |row| Json(AccessProfileV1::showing(row, &issued))).await
}
