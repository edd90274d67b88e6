//! `POST /api/sessions`

use super::sign_in::{SignedInAnswer, sign_in};
use crate::answer::{Changed, Data};
use crate::auth::{SentSecret, peer_address};
use crate::document::SignInErrors;
use crate::error::ApiError;
use crate::extract::Body;
use crate::state::ManagementState;
use crate::users::User;
use crate::wire::request;
use axum::extract::State;
use axum::http::{Extensions, HeaderMap};
use domain::text::Email;

request! {
    /// Who signs in.
    pub(crate) struct SignInInput {
        /// The member's e-mail address.
        email: Email, required;
        /// Its password.
        password: SentSecret, required;
    }
}

/// Sign in to the console
///
/// The answer sets the cookie `portcullis_session`: 12 hours idle, 7 days at most. Failures are limited per account
/// and per address.
#[utoipa::path(post, path = "/api/sessions", tag = "Set-up and sign-in", operation_id = "create_session",
    request_body(content = SignInInput,
        example = json!({"email": "owner@example.com", "password": "correct horse battery"})),
    responses((status = 200, description = "The member, signed in", body = Data<User>), SignInErrors))]
pub(crate) async fn create_session(
    State(state): State<ManagementState>,
    headers: HeaderMap,
    extensions: Extensions,
    body: Body<SignInInput>,
) -> Result<Changed<SignedInAnswer>, ApiError> {
    let Body { input, faults } = body;
    let (email, password) = faults.finish(|| Some((input.email.value()?, input.password.value()?.0)))?;
    let address = peer_address(&extensions);
    state
        .throttle
        .attempt(&email, address, state.now())
        .map_err(|retry_after_seconds| ApiError::TooManyAttempts { retry_after_seconds })?;
    let login = state.store().find_member_login(&email).await?;
    let (member, stored) = login.map(|login| (login.member, login.password_hash)).unzip();
    let fits = state.passwords.verify(password, stored).await?;
    let Some(member) = member.filter(|_| fits) else { return Err(ApiError::WrongPassword) };
    state.throttle.succeeded(&email, address);
    sign_in(&state, member, &headers, address).await
}
