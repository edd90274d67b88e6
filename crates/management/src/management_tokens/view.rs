//! A management token as shown.

use crate::answer::Time;
use crate::users::{project_ids, roles};
use crate::wire::words;
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::token::masked;
use serde::Serialize;
use store::{ManagementToken, TokenMember};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// A management token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ManagementToken)]
pub(crate) struct Token {
    /// Its id.
    #[schema(example = 3)]
    id: i64,
    /// What it is for.
    #[schema(example = "ci")]
    name: String,
    /// What it may do at most; no more than the member who made it may.
    #[schema(schema_with = roles)]
    role: &'static str,
    /// Projects that it is confined to; null: those of the member who made it.
    project_ids: Option<Vec<i64>>,
    /// In full in the answer that made it, else its last four characters.
    #[serde(rename = "token")]
    #[schema(example = "••••••••••••a1b2")]
    text: String,
    /// Who made it; null: the command line.
    member: Option<TokenMemberView>,
    /// `active`, `expired`, or `member_disabled`.
    #[schema(schema_with = states)]
    state: &'static str,
    /// From then on it is refused; null: never.
    expires_at: Option<Time>,
    /// When it was last used, to the minute.
    last_used_at: Option<Time>,
    /// When it was made.
    created_at: Time,
}

/// The member who made a token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TokenMember)]
pub(crate) struct TokenMemberView {
    /// Its id.
    #[schema(example = 1)]
    id: i64,
    /// Its address.
    #[schema(example = "owner@example.com")]
    email: String,
}

fn states() -> RefOr<Schema> {
    words(["active", "expired", "member_disabled"])
}

impl Token {
    /// One that was made earlier.
    pub(crate) fn new(token: ManagementToken, now: Timestamp) -> Self {
        let text = masked(&token.last4);
        Self::with_text(token, text, now)
    }

    /// One that was made just now.
    pub(crate) fn issued(token: ManagementToken, secret: &Secret, now: Timestamp) -> Self {
        Self::with_text(token, secret.expose().to_owned(), now)
    }

    fn with_text(token: ManagementToken, text: String, now: Timestamp) -> Self {
        let state = match (token.is_expired(now), token.is_of_disabled_member()) {
            (true, _) => "expired",
            (false, true) => "member_disabled",
            (false, false) => "active",
        };
        Self {
            id: token.id.0,
            name: token.name.to_string(),
            role: token.role.as_str(),
            project_ids: project_ids(&token.scope),
            text,
            member: token.member.map(TokenMemberView::from),
            state,
            expires_at: token.expires_at.map(Time::from),
            last_used_at: token.last_used_at.map(Time::from),
            created_at: token.created_at.into(),
        }
    }
}

impl From<TokenMember> for TokenMemberView {
    fn from(member: TokenMember) -> Self {
        Self { id: member.id.0, email: member.email.to_string() }
    }
}
