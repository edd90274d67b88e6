//! `POST /api/sessions`

use super::second_factor::check_code;
use super::sign_in::{SignedInAnswer, sign_in};
use crate::answer::{Changed, Data};
use crate::auth::{SentSecret, peer_address};
use crate::document::SignInErrors;
use crate::error::ApiError;
use crate::extract::{Body, State};
use crate::state::ManagementState;
use crate::users::User;
use crate::wire::request;
use axum::http::{Extensions, HeaderMap};
use domain::text::Email;

request! {
    /// Who signs in.
    pub(crate) struct SignInInput {
        /// The member's e-mail address.
        email: Email, required;
        /// Its password.
        password: SentSecret, required;
        /// A code of its authenticator app, or a recovery code, where the member has asked for codes.
        code: SentSecret;
    }
}

/// Sign in to the console
///
/// The answer sets the cookie `portcullis_session`; how long it lasts, idle and at most, is a setting (12 hours, 7 days).
/// Who has asked for codes sends one too: without it 401 with the type `urn:portcullis:problem:code_needed`.
/// At most 10 failures per account and 50 per address in a quarter of an hour.
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
    let code = input.code.value().map(|code| code.0);
    let (email, password) = faults.finish(|| Some((input.email.value()?, input.password.value()?.0)))?;
    let address = peer_address(&extensions);
    state
        .throttle
        .attempt(&email, address, state.now())
        .map_err(|retry_after_seconds| ApiError::TooManyAttempts { retry_after_seconds })?;
    let login = state.store().find_member_login(&email).await?;
    let (member, stored) = login.map(|login| (login.member, login.password_hash)).unzip();
    let fits = state.passwords.verify(password, stored.flatten()).await?;
    let Some(member) = member.filter(|member| fits && member.enabled) else { return Err(ApiError::WrongPassword) };
    check_code(&state, &member, code, address).await?;
    state.throttle.succeeded(&email, address);
    sign_in(&state, member, &headers, address).await
}
