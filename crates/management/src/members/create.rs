//! `POST /api/members`

use super::{MemberWithLink, PasswordLink, ProjectIds, scope_of};
use crate::answer::{Changed, Data};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, State};
use crate::state::ManagementState;
use crate::wire::request;
use domain::text::{Email, Name};
use store::{NewMember, Role};

request! {
    /// A member to make.
    pub(crate) struct MemberInput {
        /// Unique, case aside.
        email: Email, required;
        /// Its name.
        name: Option<Name>;
        /// What it may do.
        role: Role, required;
        /// Projects that it is confined to; null or absent: none. An owner is never confined.
        project_ids: Option<ProjectIds>;
        /// Whether it may sign in. Default: true.
        enabled: bool;
    }
}

/// Create a member
///
/// The answer holds a link, shown this once, with which the new member chooses its password: give it to it. It works
/// once, for a day.
#[utoipa::path(post, path = "/api/members", tag = "Members", operation_id = "create_member",
    request_body(content = MemberInput,
        example = json!({"email": "ops@example.com", "name": "Otto Operator", "role": "operator", "project_ids": [1]})),
    responses((status = 200, description = "The new member and its link", body = Data<MemberWithLink>), ChangeErrors))]
pub(crate) async fn create_member(
    State(state): State<ManagementState>,
    caller: Caller,
    body: Body<MemberInput>,
) -> Result<Changed<Data<MemberWithLink>>, ApiError> {
    let Body { input, faults } = body;
    let new = faults.finish(|| {
        Some(NewMember {
            email: input.email.value()?,
            name: input.name.flat(),
            role: input.role.value()?,
            scope: scope_of(input.project_ids.flat()),
            enabled: input.enabled.value().unwrap_or(true),
        })
    })?;
    let link = PasswordLink::generate(&state)?;
    let committed = state.store().create_member(&caller.actor, state.now(), new, link.to_store()).await?;
    Ok(ManagementState::answer_at_once(committed, |member| Data { data: MemberWithLink::new(member, &link) }))
}
