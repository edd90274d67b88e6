//! `PUT /api/members/{id}`

use super::{Member, ProjectIds, scope_of};
use crate::answer::{Changed, Data};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, Ids, State};
use crate::state::ManagementState;
use crate::wire::request;
use domain::MemberId;
use domain::text::{Email, Name};
use store::{MemberUpdate, Role};

request! {
    /// What to change of a member: absent is unchanged, null is cleared.
    pub(crate) struct MemberChange {
        /// Unique, case aside.
        email: Email;
        /// Its name.
        name: Option<Name>;
        /// What it may do.
        role: Role;
        /// Projects that it is confined to, whole; null: none. An owner is never confined.
        project_ids: Option<ProjectIds>;
        /// Whether it may sign in. Switched off, its sessions end and its management tokens are refused.
        enabled: bool;
    }
}

/// Change a member
///
/// In force for its next request. The last owner stays an owner, and switched on.
#[utoipa::path(put, path = "/api/members/{id}", tag = "Members", operation_id = "update_member",
    params(("id" = i64, Path, description = "The member's id", example = 2)),
    request_body(content = MemberChange, example = json!({"role": "admin", "project_ids": null})),
    responses((status = 200, description = "The changed member", body = Data<Member>), ChangeErrors))]
pub(crate) async fn update_member(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<MemberId>,
    body: Body<MemberChange>,
) -> Result<Changed<Data<Member>>, ApiError> {
    let Body { input, faults } = body;
    let update = faults.finish(|| {
        Some(MemberUpdate {
            email: input.email.value(),
            name: input.name.value(),
            role: input.role.value(),
            scope: input.project_ids.value().map(scope_of),
            enabled: input.enabled.value(),
        })
    })?;
    let committed = state.store().update_member(&caller.actor, state.now(), id, update).await?;
    Ok(ManagementState::answer_at_once(committed, |member| Data { data: member.into() }))
}
