//! The second step of a sign-in by password: a code of the member's app, or one of its recovery codes. Each is good once.

use crate::auth::{TypedCode, step_of};
use crate::error::ApiError;
use crate::state::ManagementState;
use domain::secret::Secret;
use std::net::IpAddr;
use store::{Actor, ActorKind, Conditions, Member};

/// Lets a member on whose password fits: with the right code, or where no code is asked for.
pub(crate) async fn check_code(
    state: &ManagementState,
    member: &Member,
    code: Option<Secret>,
    address: Option<IpAddr>,
) -> Result<(), ApiError> {
    let Some(totp) = state.store().find_totp(member.id).await?.filter(|totp| totp.is_confirmed) else {
        return Ok(());
    };
    let now = state.now();
    let taken = match TypedCode::read(&code.ok_or(ApiError::CodeNeeded)?) {
        TypedCode::Totp(code) => match step_of(&totp.secret, &code, now)? {
            Some(step) => state.store().take_totp_step(member.id, step).await?,
            None => false,
        },
        TypedCode::Recovery(digest) => {
            let actor = Actor {
                kind: ActorKind::Member,
                id: Some(member.id.0),
                name: member.email.to_string(),
                address,
                conditions: Conditions::default(),
            };
            state.store().take_recovery_code(&actor, now, member.id, digest).await?.is_some()
        }
    };
    if taken { Ok(()) } else { Err(ApiError::WrongCode) }
}
