//! An access profile as shown: an API key of its client, with the terms that are in force for it.

use super::Issued;
use crate::answer::Time;
use crate::named::NamedView;
use crate::state::ManagementState;
use domain::limits::RateState;
use domain::time::Timestamp;
use domain::token::masked;
use serde::Serialize;
use std::collections::BTreeMap;
use store::ProfileRow;
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
    /// The auth token: in full in the answer that made it, else twelve bullets and its last four characters.
    #[schema(example = "••••••••••••9f3A")]
    auth_token: String,
    /// The same, masked.
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
    /// Always null in this version.
    jwt_method: Option<String>,
    /// Always false in this version.
    mtls_enabled: bool,
    /// Always null in this version.
    expires_at: Option<Time>,
    /// Key/value pairs.
    labels: BTreeMap<String, String>,
    /// When it last called, since the start of the program.
    last_used_at: Option<Time>,
    /// Admitted calls since the start of the program.
    calls_total: u64,
    /// Refused calls since the start of the program.
    refused_total: u64,
    /// Always null in this version.
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
    /// Always null in this version.
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
    /// Shows a row, its token masked.
    pub(crate) fn new(row: ProfileRow, state: &ManagementState, now: Timestamp) -> Self {
        let ProfileRow { profile, effective_terms, policy, collections, .. } = row;
        let calls = state.parts.usage.of(profile.id);
        let rate = (state.parts.rate_reader)(profile.id);
        let last4 = profile.credentials.first().map(|credential| credential.last4.as_str());
        let masked = masked(last4.unwrap_or_default());
        Self {
            id: profile.id.0,
            name: profile.name.to_string(),
            auth_type: effective_terms.as_ref().map_or("token", |terms| terms.method.as_str()),
            ip_allow_list: profile.ip_allow_list.iter().map(ToString::to_string).collect(),
            ip_deny_list: profile.ip_deny_list.iter().map(ToString::to_string).collect(),
            active: profile.active,
            active_since: profile.active_since.unwrap_or(profile.created_at).into(),
            auth_token: masked.clone(),
            api_key: masked,
            own_terms: profile.own_terms.is_some(),
            api_collection_ids: collections.iter().map(|collection| collection.id.0).collect(),
            api_collections: collections.into_iter().map(|collection| NamedView::new(collection, |id| id.0)).collect(),
            api_policy_id: policy.as_ref().map(|policy| policy.id.0),
            api_policies: policy.into_iter().map(|policy| NamedView::new(policy, |id| id.0)).collect(),
            jwt_method: None,
            mtls_enabled: effective_terms.as_ref().is_some_and(|terms| terms.mtls_enabled),
            expires_at: None,
            labels: profile.labels,
            last_used_at: calls.last_call_at.map(Time::from),
            calls_total: calls.calls,
            refused_total: calls.refused,
            previous_credential: None,
            policy_state: PolicyState { rate: rate.map(|rate| RateLeft::new(rate, now)), quota: None },
            created_at: profile.created_at.into(),
            updated_at: profile.updated_at.into(),
        }
    }

    /// The same with the token in full: for the one answer that shows it.
    pub(crate) fn showing(self, issued: &Issued) -> Self {
        Self { auth_token: issued.token.expose().to_owned(), ..self }
    }
}

impl RateLeft {
    fn new(rate: RateState, now: Timestamp) -> Self {
        let micros = i64::try_from(rate.resets_in_nanos.div_ceil(1_000)).unwrap_or(i64::MAX);
        Self { limit: rate.limit, remaining: rate.remaining, resets_at: Timestamp(now.0.saturating_add(micros)).into() }
    }
}
