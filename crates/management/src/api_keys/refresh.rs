//! `PUT /api/v2/api_clients/{id}/api_keys/{key}/refresh_secret`

use super::{Issued, Key};
use crate::answer::{Changed, Data};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody};
use crate::state::ManagementState;
use crate::wire::{NotAvailable, request};
use axum::extract::State;
use domain::{ClientId, ProfileId};

request! {
    /// How to refresh. The body may be left out.
    pub(crate) struct RefreshInput {
        /// Not available in this version: 0, the old credential ends at once.
        overlap_seconds: NotAvailable;
    }
}

/// Refresh the credential of an access profile
///
/// A new auth token, shown in full in this one answer. The old one ends at once, on all gateway workers before the
/// answer. Works on disabled profiles too and does not enable them.
#[utoipa::path(put, path = "/api/v2/api_clients/{id}/api_keys/{key}/refresh_secret", tag = "Access profiles",
    operation_id = "refresh_key",
    params(
        ("id" = i64, Path, description = "The client's id", example = 4),
        ("key" = i64, Path, description = "The profile's id", example = 9)),
    request_body(content = Option<RefreshInput>, example = json!({"overlap_seconds": 0})),
    responses((status = 200, description = "The profile with its new token", body = Data<Key>), ChangeErrors))]
pub(crate) async fn refresh_key(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids((client, key)): Ids<(ClientId, ProfileId)>,
    body: OptionalBody<RefreshInput>,
) -> Result<Changed<Data<Key>>, ApiError> {
    body.faults.check()?;
    state.store().get_profile_of_client(client, key).await?;
    let issued = Issued::generate()?;
    let now = state.now();
    let committed = state.store().replace_credential(&caller.actor, now, key, issued.credential.clone()).await?;
    state.answer(committed, |row| Data { data: Key::new(row, &state, now).showing(&issued) }).await
}
