//! `GET /api/users/me`

use super::User;
use crate::auth::{Caller, Identity};
use crate::document::ReadErrors;
use crate::extract::State;
use crate::state::ManagementState;
use axum::Json;

/// Who I am
#[utoipa::path(get, path = "/api/users/me", tag = "Set-up and sign-in", operation_id = "get_me",
    responses((status = 200, description = "The caller", body = User), ReadErrors))]
pub(crate) async fn get_me(State(state): State<ManagementState>, caller: Caller) -> Json<User> {
    let now = state.now();
    Json(match &caller.identity {
        Identity::Session(signed_in) => User::of_member(&signed_in.1, now),
        Identity::Token(token) => User::of_token(token, now),
    })
}
