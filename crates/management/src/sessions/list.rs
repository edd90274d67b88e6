//! `GET /api/sessions`

use crate::answer::{ListOf, Time};
use crate::auth::{Caller, Identity};
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Query, State};
use crate::listing::Listing;
use crate::state::ManagementState;
use crate::wire::request;
use domain::MemberId;
use serde::Serialize;
use store::{Page, PageQuery, Role, Session, SortField};
use utoipa::ToSchema;

/// A console session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionShown {
    /// Its id.
    #[schema(example = 7)]
    id: i64,
    /// The member who is signed in.
    #[schema(example = 1)]
    member_id: i64,
    /// The address of that member.
    #[schema(example = "owner@example.com")]
    member_email: String,
    /// Whether it is the one that asks.
    #[schema(example = true)]
    current: bool,
    /// The browser, as it names itself.
    #[schema(example = "Mozilla/5.0")]
    user_agent: String,
    /// Where it signed in from.
    #[schema(example = "127.0.0.1")]
    address: Option<String>,
    /// When it signed in.
    created_at: Time,
    /// When it was last used, to the minute.
    last_seen_at: Time,
}

request! {
    /// Whose sessions.
    pub(crate) struct SessionFilters {
        /// Of this member.
        member_id: MemberId;
    }
}

/// List console sessions
///
/// One's own, of which only those that can still be used; an owner sees everybody's.
#[utoipa::path(get, path = "/api/sessions", tag = "Set-up and sign-in", operation_id = "list_sessions",
    params(Listing, SessionFilters),
    responses((status = 200, description = "A page of sessions", body = ListOf<SessionShown>), ReadErrors))]
pub(crate) async fn list_sessions(
    State(state): State<ManagementState>,
    caller: Caller,
    Query((listing, filters)): Query<(Listing, SessionFilters)>,
) -> Result<ListOf<SessionShown>, ApiError> {
    let query = listing.page_query();
    let (own, current) = match &caller.identity {
        Identity::Session(signed_in) => (Some(signed_in.1.id), Some(signed_in.0.id)),
        Identity::Token(token) => (token.member.as_ref().map(|member| member.id), None),
    };
    let wanted = filters.member_id.value();
    let mut sessions = match own {
        _ if caller.role == Role::Owner => state.store().list_sessions(wanted).await?,
        Some(member) if wanted.is_none_or(|wanted| wanted == member) => {
            state.store().list_sessions(Some(member)).await?
        }
        Some(_) | None => Vec::new(),
    };
    let (now, settings) = (state.now(), state.store().get_settings().await?);
    sessions.retain(|session| {
        now.0.saturating_sub(session.last_seen_at.0) < settings.session_idle_micros()
            && now.0.saturating_sub(session.created_at.0) < settings.session_life_micros()
    });
    let page = page_of(sessions, &query);
    Ok(ListOf::new(&query, page, |session| SessionShown {
        id: session.id.0,
        member_id: session.member_id.0,
        member_email: session.member_email.to_string(),
        current: Some(session.id) == current,
        user_agent: session.user_agent,
        address: session.address.map(|address| address.to_string()),
        created_at: session.created_at.into(),
        last_seen_at: session.last_seen_at.into(),
    }))
}

/// Sessions are few: they are searched, sorted and cut here. Their name is that of the browser; `q` searches members' addresses too.
fn page_of(mut sessions: Vec<Session>, query: &PageQuery) -> Page<Session> {
    if let Some(q) = query.q.as_ref().map(|text| text.to_lowercase()) {
        sessions.retain(|session| {
            session.user_agent.to_lowercase().contains(&q) || session.member_email.folded().contains(&q)
        });
    }
    sessions.sort_by(|a, b| {
        let order = match query.sort.field {
            SortField::Id => a.id.cmp(&b.id),
            SortField::Name => a.user_agent.cmp(&b.user_agent),
            SortField::CreatedAt => a.created_at.cmp(&b.created_at),
            SortField::UpdatedAt => a.last_seen_at.cmp(&b.last_seen_at),
        };
        let order = order.then(a.id.cmp(&b.id));
        if query.sort.descending { order.reverse() } else { order }
    });
    let total = i64::try_from(sessions.len()).unwrap_or(i64::MAX);
    let rows = usize::try_from(query.per_page).unwrap_or(usize::MAX);
    let before = usize::try_from(query.page.saturating_sub(1)).unwrap_or(usize::MAX).saturating_mul(rows);
    Page { items: sessions.into_iter().skip(before).take(rows).collect(), total }
}
