//! `GET /api/management_tokens/{id}`

use super::Token;
use crate::answer::Data;
use crate::auth::Caller;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Ids, State};
use crate::state::ManagementState;
use domain::ManagementTokenId;

/// Show a management token
#[utoipa::path(get, path = "/api/management_tokens/{id}", tag = "Management tokens",
    operation_id = "get_management_token",
    params(("id" = i64, Path, description = "The token's id", example = 3)),
    responses((status = 200, description = "The token", body = Data<Token>), ReadErrors))]
pub(crate) async fn get_token(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<ManagementTokenId>,
) -> Result<Data<Token>, ApiError> {
    let token = state.store().get_management_token(id, caller.tokens()).await?;
    Ok(Data { data: Token::new(token, state.now()) })
}
