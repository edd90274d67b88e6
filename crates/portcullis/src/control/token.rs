//! `portcullis token create`: what it asks for, and how it is carried out.

use anyhow::Context as _;
use domain::secret::Secret;
use domain::text::Name;
use domain::time::Timestamp;
use management::issue::{NewToken, management_token};
use serde::{Deserialize, Serialize};
use store::{Actor, PageQuery, Project, Role, Scope, Store};

/// A management token to make.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenOrder {
    /// What it is for.
    pub(crate) name: String,
    /// What it may do.
    pub(crate) role: String,
    /// When it ends: `90d`, `12h` or a moment.
    #[serde(default)]
    pub(crate) expires: Option<String>,
    /// Names or ids of the projects that it is confined to; none: all.
    #[serde(default)]
    pub(crate) projects: Vec<String>,
}

/// Makes it.
pub(super) async fn create_token(
    store: &Store,
    actor: &Actor,
    now: Timestamp,
    order: TokenOrder,
) -> anyhow::Result<Secret> {
    let name = Name::parse(&order.name).map_err(|error| anyhow::anyhow!("--name {error}"))?;
    let role = Role::parse(&order.role).with_context(|| role_rule(&order.role))?;
    let expires_at = order.expires.as_deref().map(|text| parse_end(text, now)).transpose();
    let expires_at = expires_at.map_err(|rule| anyhow::anyhow!("--expires {rule}"))?;
    let scope = find_projects(store, &order.projects).await?;
    let new = NewToken { name, role, scope, expires_at, member_id: None };
    let issued = management_token(store, actor, now, new).await;
    let (token, _) = issued.context("cannot make a management token")?;
    Ok(token)
}

/// What a role must be.
pub(crate) fn role_rule(role: &str) -> String {
    let roles: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
    format!("--role {role}: must be one of {}", roles.join(", "))
}

/// When a token ends: so many seconds, minutes, hours or days from now (`90d`), or a moment (`2027-11-24T00:00:00Z`).
pub(crate) fn parse_end(text: &str, now: Timestamp) -> Result<Timestamp, &'static str> {
    const RULE: &str = "must be a length of time as 90d, 12h or 30m, or a moment as 2027-11-24T00:00:00Z";
    let micros = match text.split_at_checked(text.len().saturating_sub(1)) {
        Some((number, "s")) => length(number, 1),
        Some((number, "m")) => length(number, 60),
        Some((number, "h")) => length(number, 3_600),
        Some((number, "d")) => length(number, 86_400),
        Some(_) | None => None,
    };
    let end = match micros {
        Some(micros) => now.0.checked_add(micros).ok_or(RULE)?,
        None => text.parse::<jiff::Timestamp>().map_err(|_| RULE)?.as_microsecond(),
    };
    if end > now.0 { Ok(Timestamp(end)) } else { Err("must be in the future") }
}

fn length(number: &str, seconds: i64) -> Option<i64> {
    let number: u32 = number.parse().ok()?;
    i64::from(number).checked_mul(seconds)?.checked_mul(1_000_000)
}

/// Projects by name, case aside, or by id.
async fn find_projects(store: &Store, wanted: &[String]) -> anyhow::Result<Scope> {
    if wanted.is_empty() {
        return Ok(Scope::All);
    }
    let mut ids = Vec::with_capacity(wanted.len());
    for text in wanted {
        let query = PageQuery { q: Some(text.clone()), ..PageQuery::default() };
        let by_name = store.list_projects(&query).await?.items.into_iter().find(|project| is_called(project, text));
        let by_id = text.parse().map(domain::ProjectId);
        let found = match (by_name, by_id) {
            (Some(project), _) => Some(project.id),
            (None, Ok(id)) => store.get_project(id).await.ok().map(|project| project.id),
            (None, Err(_)) => None,
        };
        ids.push(found.with_context(|| format!("--project {text}: there is no such project"))?);
    }
    Ok(Scope::only(ids))
}

fn is_called(project: &Project, text: &str) -> bool {
    Name::parse(text).is_ok_and(|name| name.folded() == project.name.folded())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_a_length_of_time_or_a_moment() {
        #[track_caller]
        fn check(text: &str, expected: Option<i64>) {
            let now = Timestamp(1_000_000_000_000_000);
            let found = parse_end(text, now).ok().map(|end| (end.0 - now.0) / 1_000_000);
            assert_eq!(found, expected, "{text}");
        }
        check("90d", Some(90 * 86_400));
        check("12h", Some(12 * 3_600));
        check("30m", Some(1_800));
        check("1s", Some(1));
        check("0d", None);
        check("2001-09-09T01:46:41Z", Some(1));
        check("2001-09-09T01:46:40Z", None);
        for nonsense in ["", "d", "-1d", "90", "soon", "90 d", "9é", "2027-11-24"] {
            check(nonsense, None);
        }
    }
}
