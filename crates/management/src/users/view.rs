//! The caller as shown, in the shape of Workato's `users/me`.

use crate::answer::Time;
use crate::wire::words;
use domain::time::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use store::{ManagementToken, Member, Role, Scope};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// The folder that holds all projects.
pub(crate) const ROOT_FOLDER_ID: i64 = 0;

/// Who calls: a member, or a management token.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct User {
    /// `member` or `token`.
    #[schema(schema_with = kinds)]
    kind: &'static str,
    /// Id of the member or of the token.
    #[schema(example = 1)]
    id: i64,
    /// The member's name, else its e-mail address; or the token's name.
    #[schema(example = "Olive Owner")]
    name: String,
    /// The member's e-mail address; for a token that of the member who made it, else empty.
    #[schema(example = "owner@example.com")]
    email: String,
    /// What the caller may do now; each role includes those before it.
    #[schema(schema_with = roles)]
    role: &'static str,
    /// Projects that the caller is confined to; null: none.
    project_ids: Option<Vec<i64>>,
    /// Whether sign-in by password asks the member for a code too; null for a token.
    #[schema(example = false)]
    totp_enabled: Option<bool>,
    /// For a token: from then on it is refused. Null: never, or a member.
    token_expires_at: Option<Time>,
    /// When the member or token was made.
    created_at: Time,
    /// Always `self-hosted`.
    #[schema(example = "self-hosted")]
    plan_id: &'static str,
    /// First moment of the calendar month.
    current_billing_period_start: Time,
    /// First moment of the next calendar month.
    current_billing_period_end: Time,
    /// Always 0.
    #[schema(example = 0)]
    recipes_count: i64,
    /// Always 0.
    #[schema(example = 0)]
    active_recipes_count: i64,
    /// The folder that holds all projects.
    #[schema(example = 0)]
    root_folder_id: i64,
    /// Always null.
    company_name: Option<String>,
    /// Always null.
    location: Option<String>,
}

impl User {
    /// A member.
    pub(crate) fn of_member(member: &Member, now: Timestamp) -> Self {
        let name = member.name.as_ref().map_or(member.email.as_str(), |name| name.as_str());
        let user = Self::new("member", member.id.0, member.role, &member.scope, member.created_at, now);
        let totp_enabled = Some(member.has_totp);
        Self { name: name.to_owned(), email: member.email.to_string(), totp_enabled, ..user }
    }

    /// A management token.
    pub(crate) fn of_token(token: &ManagementToken, now: Timestamp) -> Self {
        let email = token.member.as_ref().map(|member| member.email.to_string()).unwrap_or_default();
        let scope = token.scope_in_force();
        let user = Self::new("token", token.id.0, token.role_in_force(), &scope, token.created_at, now);
        let token_expires_at = token.expires_at.map(Time::from);
        Self { name: token.name.to_string(), email, token_expires_at, ..user }
    }

    fn new(kind: &'static str, id: i64, role: Role, scope: &Scope, made: Timestamp, now: Timestamp) -> Self {
        let (start, end) = calendar_month(now);
        Self {
            kind,
            id,
            name: String::new(),
            email: String::new(),
            role: role.as_str(),
            project_ids: project_ids(scope),
            totp_enabled: None,
            token_expires_at: None,
            created_at: made.into(),
            plan_id: "self-hosted",
            current_billing_period_start: start.into(),
            current_billing_period_end: end.into(),
            recipes_count: 0,
            active_recipes_count: 0,
            root_folder_id: ROOT_FOLDER_ID,
            company_name: None,
            location: None,
        }
    }
}

/// Projects as shown; null: all.
pub(crate) fn project_ids(scope: &Scope) -> Option<Vec<i64>> {
    scope.ids().map(|ids| ids.iter().map(|id| id.0).collect())
}

/// The names of roles, for the document.
pub(crate) fn roles() -> RefOr<Schema> {
    words(Role::ALL.into_iter().map(Role::as_str))
}

fn kinds() -> RefOr<Schema> {
    words(["member", "token"])
}

/// First moments of this and the next calendar month in UTC; the moment itself where the calendar ends.
fn calendar_month(now: Timestamp) -> (Timestamp, Timestamp) {
    let Ok(at) = jiff::Timestamp::from_microsecond(now.0) else { return (now, now) };
    let today = at.to_zoned_datetime(TimeZone::UTC).date();
    let next = today.last_of_month().tomorrow().unwrap_or(today);
    (first_moment(today.first_of_month(), now), first_moment(next, now))
}

fn first_moment(date: Date, otherwise: Timestamp) -> Timestamp {
    date.to_datetime(jiff::civil::Time::midnight())
        .to_zoned_datetime(TimeZone::UTC)
        .map_or(otherwise, |zoned| Timestamp(zoned.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_period_is_the_calendar_month() {
        // 2025-12-31T23:59:59Z
        let (start, end) = calendar_month(Timestamp(1_767_225_599_000_000));
        let text = |at| serde_json::to_value(Time(at)).unwrap();
        assert_eq!(text(start), "2025-12-01T00:00:00.000Z");
        assert_eq!(text(end), "2026-01-01T00:00:00.000Z");
    }
}
