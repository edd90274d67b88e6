//! `PUT /api/users/me/password`

use crate::answer::{Changed, Success};
use crate::auth::{Caller, Identity, Password, SentSecret};
use crate::document::SignInErrors;
use crate::error::ApiError;
use crate::extract::{Body, State};
use crate::state::ManagementState;
use crate::wire::request;
use store::FaultKind;

request! {
    /// The old password and the new one.
    pub(crate) struct PasswordChange {
        /// The password until now.
        current_password: SentSecret, required;
        /// The password from now on: 12 to 256 characters.
        password: Password, required;
    }
}

/// Change one's password
///
/// Only for members signed in to the console. Ends their other sessions.
#[utoipa::path(put, path = "/api/users/me/password", tag = "Set-up and sign-in", operation_id = "change_password",
    request_body(content = PasswordChange,
        example = json!({"current_password": "correct horse battery", "password": "another long passphrase"})),
    responses((status = 200, description = "Changed", body = Success), SignInErrors))]
pub(crate) async fn change_password(
    State(state): State<ManagementState>,
    caller: Caller,
    body: Body<PasswordChange>,
) -> Result<Changed<Success>, ApiError> {
    let Body { input, faults } = body;
    let (current, new) = faults.finish(|| Some((input.current_password.value()?.0, input.password.value()?.0)))?;
    let Identity::Session(signed_in) = &caller.identity else {
        return Err(ApiError::fault("current_password", FaultKind::Missing, "a management token has no password"));
    };
    let (session, member) = signed_in.as_ref();
    let (address, now) = (caller.actor.address, state.now());
    state
        .throttle
        .attempt(&member.email, address, now)
        .map_err(|retry_after_seconds| ApiError::TooManyAttempts { retry_after_seconds })?;
    let stored = state.store().find_member_login(&member.email).await?.and_then(|login| login.password_hash);
    if !state.passwords.verify(current, stored).await? {
        return Err(ApiError::fault("current_password", FaultKind::Bad, "is not the present password"));
    }
    state.throttle.succeeded(&member.email, address);
    let hash = state.passwords.hash(new).await?;
    let committed = state.store().change_password(&caller.actor, now, member.id, hash, session.id).await?;
    Ok(ManagementState::answer_at_once(committed, |()| Success::DONE))
}
