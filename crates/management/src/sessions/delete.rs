//! `DELETE /api/sessions/{id}`

use crate::answer::{Changed, Success};
use crate::auth::{Caller, Identity, cleared_cookie};
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use domain::SessionId;
use store::Role;

const NOT_FOUND: ApiError = ApiError::NotFound { what: "session" };

/// Sign out
///
/// `current` is the session that asks. Sessions of others can be ended by an owner.
#[utoipa::path(delete, path = "/api/sessions/{id}", tag = "Set-up and sign-in", operation_id = "delete_session",
    params(("id" = String, Path, description = "The session's id, or `current`", example = "current")),
    responses((status = 200, description = "It has ended", body = Success), ChangeErrors))]
pub(crate) async fn delete_session(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<String>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Response>, ApiError> {
    body.faults.check()?;
    let (current, own_member) = match &caller.identity {
        Identity::Session(signed_in) => (Some(signed_in.0.id), Some(signed_in.1.id)),
        Identity::Token(token) => (None, token.member.as_ref().map(|member| member.id)),
    };
    let wanted = match id.as_str() {
        "current" => current.ok_or(NOT_FOUND)?,
        number => SessionId(number.parse().map_err(|_| NOT_FOUND)?),
    };
    if caller.role != Role::Owner && Some(wanted) != current {
        let own = match own_member {
            Some(member) => state.store().list_sessions(Some(member)).await?,
            None => Vec::new(),
        };
        own.iter().find(|session| session.id == wanted).ok_or(NOT_FOUND)?;
    }
    let committed = state.store().delete_session(&caller.actor, state.now(), wanted).await?;
    let signs_out = current == Some(wanted);
    Ok(ManagementState::answer_at_once(committed, |()| {
        let cookie = signs_out.then(|| AppendHeaders([(SET_COOKIE, cleared_cookie())]));
        (cookie, Success::DONE).into_response()
    }))
}
