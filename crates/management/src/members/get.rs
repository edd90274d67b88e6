//! `GET /api/members/{id}`

use super::Member;
use crate::answer::Data;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Ids, State};
use crate::state::ManagementState;
use domain::MemberId;

/// Show a member
#[utoipa::path(get, path = "/api/members/{id}", tag = "Members", operation_id = "get_member",
    params(("id" = i64, Path, description = "The member's id", example = 2)),
    responses((status = 200, description = "The member", body = Data<Member>), ReadErrors))]
pub(crate) async fn get_member(
    State(state): State<ManagementState>,
    Ids(id): Ids<MemberId>,
) -> Result<Data<Member>, ApiError> {
    Ok(Data { data: state.store().get_member(id).await?.into() })
}
