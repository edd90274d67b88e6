//! `POST /api/members/{id}/reset_password`

use super::{MemberWithLink, PasswordLink};
use crate::answer::{Changed, Data};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;
use domain::MemberId;

/// Reset a member's password
///
/// Its password and its sessions end at once. The answer holds a link, shown this once, with which the member chooses a
/// new password: give it to it. It works once, for a day.
#[utoipa::path(post, path = "/api/members/{id}/reset_password", tag = "Members", operation_id = "reset_member_password",
    params(("id" = i64, Path, description = "The member's id", example = 2)),
    responses((status = 200, description = "The member and its link", body = Data<MemberWithLink>), ChangeErrors))]
pub(crate) async fn reset_member_password(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<MemberId>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Data<MemberWithLink>>, ApiError> {
    body.faults.check()?;
    let link = PasswordLink::generate(&state)?;
    let committed = state.store().reset_member_password(&caller.actor, state.now(), id, link.to_store()).await?;
    Ok(ManagementState::answer_at_once(committed, |member| Data { data: MemberWithLink::new(member, &link) }))
}
