//! `POST /api/users/me/totp`, `DELETE /api/users/me/totp`

use crate::answer::{Changed, Data, Success};
use crate::auth::{Caller, Identity, SentSecret, TypedCode, new_secret, recovery_codes, step_of, url_of};
use crate::document::SignInErrors;
use crate::error::ApiError;
use crate::extract::{Body, State};
use crate::shown_once;
use crate::state::ManagementState;
use crate::wire::{request, words};
use domain::secret::Secret;
use domain::token::TokenDigest;
use serde::Serialize;
use store::{FaultKind, Member};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

request! {
    /// The password to begin, then a code to confirm.
    pub(crate) struct TotpInput {
        /// To begin: the present password.
        current_password: SentSecret;
        /// To confirm: a code that the app shows now.
        code: SentSecret;
    }
}

request! {
    /// The present password.
    pub(crate) struct TotpRemoval {
        /// The present password.
        current_password: SentSecret, required;
    }
}

/// How far it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Totp)]
pub(crate) struct TotpView {
    /// `pending`: to be confirmed by a code; `enabled`: sign-in asks for codes.
    #[schema(schema_with = states)]
    state: &'static str,
    /// While pending: the secret for the app, in base32.
    #[schema(example = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")]
    secret: Option<String>,
    /// While pending: the same for a QR code.
    #[schema(example = "otpauth://totp/Portcullis:owner%40example.com?secret=JBSWY3DPEHPK3PXP&issuer=Portcullis")]
    otpauth_url: Option<String>,
    /// Shown once, when it was confirmed: each signs in once where the app is lost.
    #[schema(example = json!(["abcd-efgh-jkmn-pqrs"]))]
    recovery_codes: Option<Vec<String>>,
}

fn states() -> RefOr<Schema> {
    words(["pending", "enabled"])
}

/// Ask for codes at sign-in
///
/// In two steps: with `current_password` it begins and answers a secret for an authenticator app; with a `code` of that app
/// it is confirmed, and from then on sign-in by password asks for a code. Only for members signed in to the console.
#[utoipa::path(post, path = "/api/users/me/totp", tag = "Set-up and sign-in", operation_id = "enable_totp",
    request_body(content = TotpInput, example = json!({"current_password": "correct horse battery"})),
    responses((status = 200, description = "How far it is", body = Data<TotpView>), SignInErrors))]
pub(crate) async fn enable_totp(
    State(state): State<ManagementState>,
    caller: Caller,
    body: Body<TotpInput>,
) -> Result<Changed<Data<TotpView>>, ApiError> {
    let Body { input, mut faults } = body;
    let (password, code) = (input.current_password.value(), input.code.value());
    if password.is_some() == code.is_some() && !faults.any() {
        faults.bad("current_password", "must be given to begin, or `code` to confirm; not both");
    }
    faults.check()?;
    let member = member_of(&caller)?;
    match (password, code) {
        (Some(password), _) => begin(&state, &caller, member, password.0).await,
        (None, Some(code)) => confirm(&state, &caller, member, &code.0).await,
        (None, None) => Err(ApiError::internal("neither password nor code passed the check")),
    }
}

/// Ask for no codes any more
///
/// From the next sign-in on the password alone is enough. The recovery codes end too.
#[utoipa::path(delete, path = "/api/users/me/totp", tag = "Set-up and sign-in", operation_id = "disable_totp",
    request_body(content = TotpRemoval, example = json!({"current_password": "correct horse battery"})),
    responses((status = 200, description = "No codes are asked for", body = Success),
        (status = 404, description = "None were", body = crate::error::Problem, content_type = "application/problem+json"),
        SignInErrors))]
pub(crate) async fn disable_totp(
    State(state): State<ManagementState>,
    caller: Caller,
    body: Body<TotpRemoval>,
) -> Result<Changed<Success>, ApiError> {
    let Body { input, faults } = body;
    let password = faults.finish(|| Some(input.current_password.value()?.0))?;
    let member = member_of(&caller)?;
    check_password(&state, &caller, member, password).await?;
    let committed = state.store().delete_totp(&caller.actor, state.now(), member.id).await?;
    Ok(ManagementState::answer_at_once(committed, |()| Success::DONE))
}

fn member_of(caller: &Caller) -> Result<&Member, ApiError> {
    match &caller.identity {
        Identity::Session(signed_in) => Ok(&signed_in.1),
        Identity::Token(_) => {
            Err(ApiError::fault("current_password", FaultKind::Missing, "a management token has no password"))
        }
    }
}

async fn begin(
    state: &ManagementState,
    caller: &Caller,
    member: &Member,
    password: Secret,
) -> Result<Changed<Data<TotpView>>, ApiError> {
    check_password(state, caller, member, password).await?;
    let secret = new_secret()?;
    let url = url_of(&secret, &member.email)?;
    shown_once::note(&secret);
    shown_once::note(&url);
    let committed = state.store().begin_totp(&caller.actor, state.now(), member.id, &secret).await?;
    Ok(ManagementState::answer_at_once(committed, |()| Data {
        data: TotpView {
            state: "pending",
            secret: Some(secret.expose().to_owned()),
            otpauth_url: Some(url.expose().to_owned()),
            recovery_codes: None,
        },
    }))
}

async fn confirm(
    state: &ManagementState,
    caller: &Caller,
    member: &Member,
    code: &Secret,
) -> Result<Changed<Data<TotpView>>, ApiError> {
    let now = state.now();
    attempt(state, caller, member)?;
    let totp = state.store().find_totp(member.id).await?;
    let totp = totp.ok_or_else(|| ApiError::fault("code", FaultKind::Conflict, "has nothing to confirm"))?;
    let step = match TypedCode::read(code) {
        TypedCode::Totp(code) => step_of(&totp.secret, &code, now)?,
        TypedCode::Recovery(_) => None,
    };
    let step = step.ok_or_else(|| ApiError::fault("code", FaultKind::Bad, "is not what the app shows now"))?;
    state.throttle.succeeded(&member.email, caller.actor.address);
    let codes = recovery_codes()?;
    let digests: Vec<TokenDigest> = codes.iter().map(digest_of).collect();
    codes.iter().for_each(shown_once::note);
    let committed = state.store().confirm_totp(&caller.actor, now, member.id, step, &digests).await?;
    let shown = codes.iter().map(|code| code.expose().to_owned()).collect();
    Ok(ManagementState::answer_at_once(committed, |()| Data {
        data: TotpView { state: "enabled", secret: None, otpauth_url: None, recovery_codes: Some(shown) },
    }))
}

fn digest_of(code: &Secret) -> TokenDigest {
    match TypedCode::read(code) {
        TypedCode::Recovery(digest) => digest,
        TypedCode::Totp(code) => TokenDigest::of(code.as_bytes()),
    }
}

/// Wrong passwords and codes count like those of sign-ins.
fn attempt(state: &ManagementState, caller: &Caller, member: &Member) -> Result<(), ApiError> {
    let counted = state.throttle.attempt(&member.email, caller.actor.address, state.now());
    counted.map_err(|retry_after_seconds| ApiError::TooManyAttempts { retry_after_seconds })
}

async fn check_password(
    state: &ManagementState,
    caller: &Caller,
    member: &Member,
    password: Secret,
) -> Result<(), ApiError> {
    attempt(state, caller, member)?;
    let stored = state.store().find_member_login(&member.email).await?.and_then(|login| login.password_hash);
    if !state.passwords.verify(password, stored).await? {
        return Err(ApiError::fault("current_password", FaultKind::Bad, "is not the present password"));
    }
    state.throttle.succeeded(&member.email, caller.actor.address);
    Ok(())
}
