//! `PUT /api/api_access_profiles/{id}/refresh_secret`

use super::AccessProfileV1;
use crate::answer::Changed;
use crate::api_keys::{Issued, refresh::RefreshInput};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::state::ManagementState;
use axum::Json;
use domain::ProfileId;

/// Refresh the credential of an access profile (version 1)
///
/// A new auth token, client secret or key id, shown as `secret` in this one answer. The old one ends at once, or after an
/// overlap.
#[utoipa::path(put, path = "/api/api_access_profiles/{id}/refresh_secret", tag = "Version 1",
    operation_id = "refresh_access_profile_v1",
    params(("id" = i64, Path, description = "The profile's id", example = 9)),
    request_body(content = Option<RefreshInput>, example = json!({"overlap_seconds": 0})),
    responses((status = 200, description = "The profile with its new token", body = AccessProfileV1), ChangeErrors))]
pub(crate) async fn refresh_access_profile_v1(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<ProfileId>,
    body: OptionalBody<RefreshInput>,
) -> Result<Changed<Json<AccessProfileV1>>, ApiError> {
    let OptionalBody { input, faults } = body;
    faults.check()?;
    let issued = Issued::generate()?;
    let fresh = issued.fresh.clone();
    let overlap = input.overlap();
    let committed = state.store().refresh_credential(&caller.actor, state.now(), id, fresh, overlap).await?;
    state.answer(committed, |row| Json(AccessProfileV1::showing(row, &issued))).await
}
