//! `POST /api/setup`

use crate::answer::{Changed, Data};
use crate::auth::{Password, SentSecret, peer_address};
use crate::document::SignInErrors;
use crate::error::ApiError;
use crate::extract::{Body, State};
use crate::sessions::{SignedInAnswer, sign_in};
use crate::state::ManagementState;
use crate::users::User;
use crate::wire::request;
use axum::http::{Extensions, HeaderMap};
use domain::text::{Email, Name};
use domain::token::TokenDigest;
use store::{FaultKind, Setup, SetupLink, StoreError};

request! {
    /// What a set-up link is used with.
    pub(crate) struct SetupInput {
        /// The token in the link, after `#token=`.
        token: SentSecret, required;
        /// The address to sign in with; that of the member whose password is reset.
        email: Email, required;
        /// The new password: 12 to 256 characters.
        password: Password, required;
        /// The owner's name.
        name: Option<Name>;
    }
}

/// Use a set-up link
///
/// Makes the owner, or resets the password of the member that the link was made for and ends its sessions. A link
/// works once, within an hour (a day for one that an owner got for a member). Signs in: the answer sets the session cookie.
#[utoipa::path(post, path = "/api/setup", tag = "Set-up and sign-in", operation_id = "set_up",
    request_body(content = SetupInput, example = json!({
        "token": "pcu_...", "email": "owner@example.com", "password": "correct horse battery", "name": "Olive Owner"})),
    responses((status = 200, description = "The member, signed in", body = Data<User>), SignInErrors))]
pub(crate) async fn complete_setup(
    State(state): State<ManagementState>,
    headers: HeaderMap,
    extensions: Extensions,
    body: Body<SetupInput>,
) -> Result<Changed<SignedInAnswer>, ApiError> {
    let Body { input, faults } = body;
    let (token, email, password, name) = faults.finish(|| {
        Some((input.token.value()?.0, input.email.value()?, input.password.value()?.0, input.name.flat()))
    })?;
    let address = peer_address(&extensions);
    let digest = TokenDigest::of(token.expose().as_bytes());
    // Looked at before hashing: strangers do not get to make us work. Looked at again inside the transaction.
    let link = state.store().find_setup_link(digest, state.now()).await?.ok_or_else(no_link)?;
    check_address(&link, &email)?;
    let password_hash = state.passwords.hash(password).await?;
    let setup = Setup { digest, email, name, password_hash, address };
    let committed = match state.store().complete_setup(state.now(), setup).await {
        Err(StoreError::NotFound { .. }) => return Err(no_link()),
        other => other?,
    };
    sign_in(&state, committed.value, &headers, address).await
}

fn no_link() -> ApiError {
    ApiError::fault(
        "token",
        FaultKind::Missing,
        "is no set-up link that can be used: it was used, a newer link was made, or its time has passed",
    )
}

fn check_address(link: &SetupLink, email: &Email) -> Result<(), ApiError> {
    match &link.email {
        Some(bound) if bound.folded() != email.folded() => {
            Err(ApiError::fault("email", FaultKind::Bad, "is not the address that this link was made for"))
        }
        Some(_) | None => Ok(()),
    }
}
