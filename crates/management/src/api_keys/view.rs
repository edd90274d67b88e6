//! An access profile as shown: an API key of its client, with the terms that are in force for it.

use super::Issued;
use crate::answer::{Changed, Data, Time};
use crate::counters::{ProfileCounts, QuotaCount, RateCount};
use crate::error::ApiError;
use crate::jwt_view::JwtView;
use crate::mtls_view::MtlsView;
use crate::named::NamedView;
use crate::state::ManagementState;
use domain::terms::AuthMethod;
use domain::time::Timestamp;
use domain::token::masked;
use serde::Serialize;
use std::collections::BTreeMap;
use store::{Committed, ProfileRow};
use utoipa::ToSchema;

/// An access profile, with the terms in force for it.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "`api_key` is the name on the wire")]
pub(crate) struct Key {
    /// Its id.
    #[schema(example = 9)]
    id: i64,
    /// Unique in its client, case aside.
    #[schema(example = "Web shop")]
    name: String,
    /// How it authenticates.
    #[schema(example = "token")]
    auth_type: &'static str,
    /// When not empty, only these may call. As typed.
    #[schema(example = json!(["106.226.100.3/20"]))]
    ip_allow_list: Vec<String>,
    /// These may not call. As typed.
    ip_deny_list: Vec<String>,
    /// Whether it is switched on.
    active: bool,
    /// When it was last switched on; when it was made, if never.
    active_since: Time,
    /// The auth token or client secret: in full in the answer that made it, else twelve bullets and its last four
    /// characters. For `jwt` and `oidc` the key id.
    #[schema(example = "••••••••••••9f3A")]
    auth_token: String,
    /// The key id or client id; for `token` the token, masked.
    #[schema(example = "••••••••••••9f3A")]
    api_key: String,
    /// Whether its terms are its own; else they are its client's.
    own_terms: bool,
    /// Granted collections.
    #[schema(example = json!([7]))]
    api_collection_ids: Vec<i64>,
    /// The same with their names.
    api_collections: Vec<NamedView>,
    /// The policy; null: no limits.
    #[schema(example = 3)]
    api_policy_id: Option<i64>,
    /// The same with its name, as a list.
    api_policies: Vec<NamedView>,
    /// How tokens are verified.
    #[serde(flatten)]
    jwt: JwtView,
    /// What is asked of client certificates.
    #[serde(flatten)]
    mtls: MtlsView,
    /// From then on its calls are refused.
    expires_at: Option<Time>,
    /// The day from which quota periods of so many days run.
    #[schema(example = "2026-11-24")]
    period_anchor: String,
    /// Key/value pairs.
    labels: BTreeMap<String, String>,
    /// When it last called.
    last_used_at: Option<Time>,
    /// Admitted calls since the start of the program.
    calls_total: u64,
    /// Refused calls since the start of the program.
    refused_total: u64,
    /// The credential before the present one, while both work.
    previous_credential: Option<PreviousCredential>,
    /// What is left of its limits.
    policy_state: PolicyState,
    /// When it was made.
    created_at: Time,
    /// When it was last changed.
    updated_at: Time,
}

/// A credential that was replaced and still works.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviousCredential {
    /// When it ends.
    expires_at: Time,
    /// When it was last used.
    last_used_at: Option<Time>,
}

/// What is left of a profile's limits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PolicyState {
    /// Of the rate limit; null without one.
    rate: Option<RateLeft>,
    /// Of the usage quota; null without one.
    quota: Option<QuotaLeft>,
}

/// What is left of a rate limit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RateLeft {
    /// Calls in any window.
    #[schema(example = 6)]
    limit: u32,
    /// Calls that would be admitted now.
    #[schema(example = 5)]
    remaining: u32,
    /// When nothing that is counted now counts any more.
    resets_at: Time,
}

/// What is left of a usage quota.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuotaLeft {
    /// Calls in a period.
    limit: u32,
    /// Calls of this period.
    used: u32,
    /// Extra calls that were granted.
    granted: u32,
    /// When the next period begins.
    resets_at: Time,
}

impl Key {
    /// Shows a row, its secret masked.
    pub(crate) fn new(row: ProfileRow, counts: &ProfileCounts, state: &ManagementState, now: Timestamp) -> Self {
        let ProfileRow { profile, effective_terms, policy, collections, last_used_at, .. } = row;
        let calls = state.parts.usage.of(profile.id);
        let method = effective_terms.as_ref().map_or(AuthMethod::Token, |terms| terms.method);
        let masked = masked(profile.current_credential().map_or("", |credential| credential.last4.as_str()));
        let identifier = profile.identifier().map(ToString::to_string);
        let previous = profile.previous_credential(now).map(|former| PreviousCredential {
            expires_at: former.ends_at.unwrap_or(now).into(),
            last_used_at: state.parts.usage.last_use_of(former.id).max(former.last_used_at).map(Time::from),
        });
        let auth_token = match method {
            AuthMethod::Token | AuthMethod::Oauth2 => masked.clone(),
            AuthMethod::Jwt | AuthMethod::Oidc => identifier.clone().unwrap_or_default(),
        };
        Self {
            id: profile.id.0,
            name: profile.name.to_string(),
            auth_type: method.as_str(),
            ip_allow_list: profile.ip_allow_list.iter().map(ToString::to_string).collect(),
            ip_deny_list: profile.ip_deny_list.iter().map(ToString::to_string).collect(),
            active: profile.active,
            active_since: profile.active_since.unwrap_or(profile.created_at).into(),
            auth_token,
            api_key: identifier.unwrap_or(masked),
            own_terms: profile.own_terms.is_some(),
            api_collection_ids: collections.iter().map(|collection| collection.id.0).collect(),
            api_collections: collections.into_iter().map(|collection| NamedView::new(collection, |id| id.0)).collect(),
            api_policy_id: policy.as_ref().map(|policy| policy.id.0),
            api_policies: policy.into_iter().map(|policy| NamedView::new(policy, |id| id.0)).collect(),
            jwt: JwtView::new(effective_terms.as_ref()),
            mtls: MtlsView::new(effective_terms.as_ref()),
            expires_at: profile.expires_at.map(Time::from),
            period_anchor: profile.period_anchor.to_string(),
            labels: profile.labels,
            last_used_at: calls.last_call_at.max(last_used_at).map(Time::from),
            calls_total: calls.calls,
            refused_total: calls.refused,
            previous_credential: previous,
            policy_state: PolicyState {
                rate: counts.own.rate.map(|rate| RateLeft::new(rate, now)),
                quota: counts.own.quota.map(QuotaLeft::new),
            },
            created_at: profile.created_at.into(),
            updated_at: profile.updated_at.into(),
        }
    }

    /// Shows one row with its live counts; with `issued`, a secret that it just got in full.
    pub(crate) async fn load(row: ProfileRow, state: &ManagementState, issued: Option<&Issued>) -> Self {
        let secret = issued.and_then(|issued| issued.shown(&row.profile)).map(ToOwned::to_owned);
        let counts = state.parts.counters.read(vec![row.profile.id]).await;
        let key = Self::new(row, &counts.first().copied().unwrap_or_default(), state, state.now());
        match secret {
            Some(secret) => Self { auth_token: secret, ..key },
            None => key,
        }
    }

    /// Shows rows with their live counts.
    pub(crate) async fn load_all(rows: Vec<ProfileRow>, state: &ManagementState) -> Vec<Self> {
        let ids = rows.iter().map(|row| row.profile.id).collect();
        let counts = state.parts.counters.read(ids).await;
        let counts = counts.into_iter().chain(std::iter::repeat(ProfileCounts::default()));
        let now = state.now();
        rows.into_iter().zip(counts).map(|(row, counts)| Self::new(row, &counts, state, now)).collect()
    }

    /// Ends a change of a profile.
    pub(crate) async fn answer(
        state: &ManagementState,
        committed: Committed<ProfileRow>,
        issued: Option<&Issued>,
    ) -> Result<Changed<Data<Self>>, ApiError> {
        let Changed { revision, body } = state.answer(committed, |row| row).await?;
        Ok(Changed { revision, body: Data { data: Self::load(body, state, issued).await } })
    }
}

impl RateLeft {
    fn new(rate: RateCount, now: Timestamp) -> Self {
        Self { limit: rate.limit, remaining: rate.remaining, resets_at: after(now, rate.resets_in_nanos).into() }
    }
}

impl QuotaLeft {
    fn new(quota: QuotaCount) -> Self {
        let QuotaCount { limit, used, granted, resets_at, .. } = quota;
        Self { limit, used, granted, resets_at: resets_at.into() }
    }
}

/// So many nanoseconds later.
pub(super) fn after(now: Timestamp, nanos: u64) -> Timestamp {
    let micros = i64::try_from(nanos.div_ceil(1_000)).unwrap_or(i64::MAX);
    Timestamp(now.0.saturating_add(micros))
}
