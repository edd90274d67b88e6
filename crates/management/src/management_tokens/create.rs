//! `POST /api/management_tokens`

use super::Token;
use crate::answer::{Changed, Data};
use crate::auth::{Caller, Identity};
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, State};
use crate::issue::{NewToken, management_token};
use crate::members::{ProjectIds, scope_of};
use crate::state::ManagementState;
use crate::wire::{Faults, request};
use domain::text::Name;
use domain::time::Timestamp;
use store::{Role, Scope};

request! {
    /// A management token to make.
    pub(crate) struct TokenInput {
        /// What it is for.
        name: Name, required;
        /// What it may do; not above one's own role.
        role: Role, required;
        /// Projects that it is confined to; null or absent: one's own. An owner's token is never confined.
        project_ids: Option<ProjectIds>;
        /// From then on it is refused; null or absent: never. Made with a token that expires: not after that one.
        expires_at: Option<Timestamp>;
    }
}

/// Create a management token
///
/// It is shown in full in this one answer. It belongs to the member who makes it, never has more rights than that member,
/// and ends with it.
#[utoipa::path(post, path = "/api/management_tokens", tag = "Management tokens",
    operation_id = "create_management_token",
    request_body(content = TokenInput,
        example = json!({"name": "ci", "role": "admin", "project_ids": [1], "expires_at": "2027-11-24T00:00:00Z"})),
    responses((status = 200, description = "The new token", body = Data<Token>), ChangeErrors))]
pub(crate) async fn create_token(
    State(state): State<ManagementState>,
    caller: Caller,
    body: Body<TokenInput>,
) -> Result<Changed<Data<Token>>, ApiError> {
    let Body { input, mut faults } = body;
    let (member_id, maker_ends) = match &caller.identity {
        Identity::Session(signed_in) => (Some(signed_in.1.id), None),
        Identity::Token(token) => (token.member.as_ref().map(|member| member.id), token.expires_at),
    };
    if member_id.is_none() && caller.role != Role::Owner {
        // Nobody but owners would ever see it again.
        return Err(ApiError::Forbidden { needs: Role::Owner });
    }
    let role = input.role.value();
    if role.is_some_and(|role| role > caller.role) {
        faults.impossible("role", format!("can't be above your own, which is {}", caller.role.as_str()));
    }
    let scope = projects(&caller.scope, input.project_ids.flat(), &mut faults);
    let expires_at = input.expires_at.flat().or(maker_ends);
    if let (Some(end), Some(maker_ends)) = (expires_at, maker_ends)
        && end > maker_ends
    {
        faults.impossible("expires_at", "can't be after the end of the token that makes it");
    }
    let new =
        faults.finish(|| Some(NewToken { name: input.name.value()?, role: role?, scope, expires_at, member_id }))?;
    let now = state.now();
    let (secret, committed) = management_token(state.store(), &caller.actor, now, new).await?;
    Ok(ManagementState::answer_at_once(committed, |token| Data { data: Token::issued(token, &secret, now) }))
}

/// What the token sees: no more than its maker.
fn projects(own: &Scope, sent: Option<ProjectIds>, faults: &mut Faults) -> Scope {
    let Some(ids) = sent else { return own.clone() };
    let wanted = scope_of(Some(ids));
    for id in wanted.ids().unwrap_or_default().iter().filter(|id| !own.sees(**id)) {
        faults.impossible("project_ids", format!("unknown project {id}"));
    }
    wanted
}
