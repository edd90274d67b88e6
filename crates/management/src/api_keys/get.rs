//! `GET /api/v2/api_clients/{id}/api_keys/{key}`

use super::Key;
use crate::answer::Data;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Ids, State};
use crate::state::ManagementState;
use domain::{ClientId, ProfileId};

/// Show an access profile
#[utoipa::path(get, path = "/api/v2/api_clients/{id}/api_keys/{key}", tag = "Access profiles", operation_id = "get_key",
    params(
        ("id" = i64, Path, description = "The client's id", example = 4),
        ("key" = i64, Path, description = "The profile's id", example = 9)),
    responses((status = 200, description = "The profile", body = Data<Key>), ReadErrors))]
pub(crate) async fn get_key(
    State(state): State<ManagementState>,
    Ids((client, key)): Ids<(ClientId, ProfileId)>,
) -> Result<Data<Key>, ApiError> {
    let row = state.store().get_profile_of_client(client, key).await?;
    Ok(Data { data: Key::load(row, &state, None).await })
}
