//! A member as shown.

use super::PasswordLink;
use crate::answer::Time;
use crate::users::{project_ids, roles};
use serde::Serialize;
use utoipa::ToSchema;

/// A member: somebody who signs in to the console.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Member {
    /// Its id.
    #[schema(example = 2)]
    id: i64,
    /// Unique, case aside; signed in with.
    #[schema(example = "ops@example.com")]
    email: String,
    /// Its name.
    #[schema(example = "Otto Operator")]
    name: Option<String>,
    /// What it may do; each role includes those before it.
    #[schema(schema_with = roles)]
    role: &'static str,
    /// Projects that it is confined to; null: it sees all, and what belongs to the workspace.
    project_ids: Option<Vec<i64>>,
    /// Whether it may sign in, and its management tokens be used.
    #[schema(example = true)]
    enabled: bool,
    /// Whether it has a password; without one only a link lets it in.
    #[schema(example = true)]
    has_password: bool,
    /// Whether its sign-in by password asks for a code too.
    #[schema(example = false)]
    has_totp: bool,
    /// When it last signed in.
    last_sign_in_at: Option<Time>,
    /// When it was made.
    created_at: Time,
    /// When it was last changed.
    updated_at: Time,
}

impl From<store::Member> for Member {
    fn from(member: store::Member) -> Self {
        Self {
            id: member.id.0,
            email: member.email.to_string(),
            name: member.name.map(|name| name.to_string()),
            role: member.role.as_str(),
            project_ids: project_ids(&member.scope),
            enabled: member.enabled,
            has_password: member.has_password,
            has_totp: member.has_totp,
            last_sign_in_at: member.last_sign_in_at.map(Time::from),
            created_at: member.created_at.into(),
            updated_at: member.updated_at.into(),
        }
    }
}

/// A member with the link to its password.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemberWithLink {
    /// The member.
    #[serde(flatten)]
    member: Member,
    /// Give it to the member. Shown this once.
    password_link: PasswordLinkView,
}

/// A link with which a member chooses its password.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PasswordLink)]
pub(crate) struct PasswordLinkView {
    /// Works once.
    #[schema(example = "http://127.0.0.1:8081/setup#token=pcu_...")]
    url: String,
    /// Until when.
    expires_at: Time,
}

impl MemberWithLink {
    /// The member and its link.
    pub(super) fn new(member: store::Member, link: &PasswordLink) -> Self {
        let password_link = PasswordLinkView { url: link.url.expose().to_owned(), expires_at: link.expires_at.into() };
        Self { member: member.into(), password_link }
    }
}
