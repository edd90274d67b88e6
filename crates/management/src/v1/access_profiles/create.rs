//! `POST /api/api_access_profiles`

use super::AccessProfileV1;
use crate::answer::Changed;
use crate::api_keys::{AddressList, Issued};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, State};
use crate::state::ManagementState;
use crate::terms::TermsInput;
use crate::wire::{Field, request};
use axum::Json;
use domain::ClientId;
use domain::text::Name;
use std::collections::BTreeMap;
use store::{FaultKind, NewProfile, StoreError};

request! {
    /// A profile to make, with its own terms.
    pub(crate) struct AccessProfileV1Input {
        /// The client it belongs to.
        api_client_id: ClientId, required;
        /// Unique in its client, case aside.
        name: Name, required;
        /// When not empty, only these addresses and networks may call.
        ip_allow_list: Option<AddressList>;
        /// These addresses and networks may not call; wins over the allow list.
        ip_deny_list: Option<AddressList>;
        ..terms: TermsInput;
    }
}

/// Create an access profile (version 1)
///
/// It starts disabled. Its auth token is shown as `secret` in this one answer.
#[utoipa::path(post, path = "/api/api_access_profiles", tag = "Version 1", operation_id = "create_access_profile_v1",
    request_body(content = AccessProfileV1Input, example = json!({
        "api_client_id": 4, "name": "Web shop", "auth_type": "token", "api_collection_ids": [7], "api_policy_id": 3
    })),
    responses((status = 200, description = "The new profile with its token", body = AccessProfileV1), ChangeErrors))]
pub(crate) async fn create_access_profile_v1(
    State(state): State<ManagementState>,
    caller: Caller,
    body: Body<AccessProfileV1Input>,
) -> Result<Changed<Json<AccessProfileV1>>, ApiError> {
    let Body { input, mut faults } = body;
    let issued = Issued::generate()?;
    let own_terms = input.terms.own_terms(Field::Given(Some(true)), &mut faults);
    let (client, new) = faults.finish(|| {
        let new = NewProfile {
            name: input.name.value()?,
            own_terms,
            ip_allow_list: input.ip_allow_list.flat().unwrap_or_default().0,
            ip_deny_list: input.ip_deny_list.flat().unwrap_or_default().0,
            active: false,
            expires_at: None,
            period_anchor: None,
            labels: BTreeMap::new(),
            auth_token: None,
            api_key: None,
            fresh: issued.fresh.clone(),
        };
        Some((input.api_client_id.value()?, new))
    })?;
    let created = state.store().create_profile(&caller.actor, state.now(), client, new).await;
    let committed = created.map_err(|error| {
        // The client is named in the body here, not in the path.
        if let StoreError::NotFound { .. } = error {
            return ApiError::fault("api_client_id", FaultKind::Missing, format!("unknown client {client}"));
        }
        error.into()
    })?;
    state.answer(committed, |row| Json(AccessProfileV1::showing(row, &issued))).await
}
