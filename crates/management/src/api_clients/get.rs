//! `GET /api/v2/api_clients/{id}`

use super::Client;
use crate::answer::Data;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Ids, State};
use crate::state::ManagementState;
use domain::ClientId;

/// Show a client
#[utoipa::path(get, path = "/api/v2/api_clients/{id}", tag = "Clients", operation_id = "get_client",
    params(("id" = i64, Path, description = "The client's id", example = 4)),
    responses((status = 200, description = "The client", body = Data<Client>), ReadErrors))]
pub(crate) async fn get_client(
    State(state): State<ManagementState>,
    Ids(id): Ids<ClientId>,
) -> Result<Data<Client>, ApiError> {
    Ok(Data { data: state.store().get_client(id).await?.into() })
}
