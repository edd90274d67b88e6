//! `GET /api/v2/api_clients/{id}/api_keys/{key}/counters`, `POST .../grant` and `POST .../reset`

use super::view::after;
use crate::answer::{Changed, Data, Time};
use crate::auth::Caller;
use crate::counters::{CounterFault, ProfileCounts, QuotaCount, RateCount};
use crate::document::{ChangeErrors, ReadErrors};
use crate::error::ApiError;
use crate::extract::{Body, Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;
use crate::wire::{Faults, Json, Wire, integer, request};
use domain::access_policy::UsageQuota;
use domain::time::Timestamp;
use domain::{ClientId, ProfileId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// What is counted against the limits of a profile.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Counters {
    /// Of the profile's rate limit; null without one.
    rate: Option<RateCounter>,
    /// Of the profile's usage quota; null without one.
    quota: Option<QuotaCounter>,
    /// Of the rate limit that all profiles of the client share.
    client_rate: Option<RateCounter>,
    /// Of the usage quota that all profiles of the client share.
    client_quota: Option<QuotaCounter>,
}

/// A rate limit now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RateCounter {
    /// Calls in any window.
    #[schema(example = 6)]
    limit: u32,
    /// The window.
    #[schema(example = "minute")]
    interval: &'static str,
    /// Calls that would be admitted now.
    #[schema(example = 5)]
    remaining: u32,
    /// When nothing that is counted now counts any more.
    resets_at: Time,
}

/// A usage quota in its present period.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuotaCounter {
    /// Calls in a period.
    #[schema(example = 1000)]
    limit: u32,
    /// The period.
    #[schema(example = "30 days")]
    interval: &'static str,
    /// Calls admitted.
    #[schema(example = 120)]
    used: u32,
    /// Calls granted on top, for this period.
    #[schema(example = 0)]
    granted: u32,
    /// Calls that can still be admitted.
    #[schema(example = 880)]
    remaining: u32,
    /// Calls that a crash left deducted: used or not, nobody knows. A grant of as many gives them back, and can let that
    /// many more through than the quota says.
    #[schema(example = 0)]
    unaccounted: u32,
    /// Calls held by this node ahead of use; part of what remains.
    #[schema(example = 10)]
    leased: u32,
    /// When the period began.
    period_start: Time,
    /// When it ends.
    resets_at: Time,
}

impl Counters {
    fn new(counts: &ProfileCounts, now: Timestamp) -> Self {
        let rate = |rate: RateCount| RateCounter {
            limit: rate.limit,
            interval: rate.interval,
            remaining: rate.remaining,
            resets_at: after(now, rate.resets_in_nanos).into(),
        };
        Self {
            rate: counts.own.rate.map(rate),
            quota: counts.own.quota.map(QuotaCounter::from),
            client_rate: counts.shared.rate.map(rate),
            client_quota: counts.shared.quota.map(QuotaCounter::from),
        }
    }

    async fn read(state: &ManagementState, key: ProfileId) -> Self {
        let counts = state.parts.counters.read(vec![key]).await;
        Self::new(&counts.first().copied().unwrap_or_default(), state.now())
    }
}

impl From<QuotaCount> for QuotaCounter {
    fn from(quota: QuotaCount) -> Self {
        Self {
            limit: quota.limit,
            interval: quota.interval,
            used: quota.used,
            granted: quota.granted,
            remaining: quota.remaining,
            unaccounted: quota.unaccounted,
            leased: quota.leased,
            period_start: quota.period_start.into(),
            resets_at: quota.resets_at.into(),
        }
    }
}

/// Show the counters of an access profile
///
/// What is used and left of its rate limit and quota, and when they begin anew; null where the policy has no such limit.
#[utoipa::path(get, path = "/api/v2/api_clients/{id}/api_keys/{key}/counters", tag = "Access profiles",
    operation_id = "get_counters",
    params(
        ("id" = i64, Path, description = "The client's id", example = 4),
        ("key" = i64, Path, description = "The profile's id", example = 9)),
    responses((status = 200, description = "Its counters now", body = Data<Counters>), ReadErrors))]
pub(crate) async fn get_counters(
    State(state): State<ManagementState>,
    Ids((client, key)): Ids<(ClientId, ProfileId)>,
) -> Result<Data<Counters>, ApiError> {
    state.store().get_profile_of_client(client, key).await?;
    Ok(Data { data: Counters::read(&state, key).await })
}

request! {
    /// Calls to grant.
    pub(crate) struct GrantInput {
        /// 1 to 1,000,000,000 calls, for the present period.
        amount: GrantedCalls, required;
    }
}

/// Grant quota
///
/// So many calls more in the present period, in force on all gateway workers before the answer. A grant for calls that a crash
/// left unaccounted can let that many more through than the quota says.
#[utoipa::path(post, path = "/api/v2/api_clients/{id}/api_keys/{key}/counters/grant", tag = "Access profiles",
    operation_id = "grant_quota",
    params(
        ("id" = i64, Path, description = "The client's id", example = 4),
        ("key" = i64, Path, description = "The profile's id", example = 9)),
    request_body(content = GrantInput, example = json!({"amount": 100})),
    responses((status = 200, description = "The counters after it", body = Data<Counters>), ChangeErrors))]
pub(crate) async fn grant_quota(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids((client, key)): Ids<(ClientId, ProfileId)>,
    body: Body<GrantInput>,
) -> Result<Changed<Data<Counters>>, ApiError> {
    let Body { input, faults } = body;
    let GrantedCalls(amount) = faults.finish(|| input.amount.value())?;
    state.store().get_profile_of_client(client, key).await?;
    require_quota(&state, key).await?;
    // The entry first: nothing is granted that the audit log does not know of.
    let committed = state.store().note_counter_grant(&caller.actor, state.now(), key, amount).await?;
    state.parts.counters.grant(key, amount).await?;
    Ok(Changed { revision: committed.revision, body: Data { data: Counters::read(&state, key).await } })
}

/// Reset the counters of an access profile
///
/// Its present quota period begins anew: nothing used, nothing granted, nothing unaccounted. The rate window is not touched.
#[utoipa::path(post, path = "/api/v2/api_clients/{id}/api_keys/{key}/counters/reset", tag = "Access profiles",
    operation_id = "reset_counters",
    params(
        ("id" = i64, Path, description = "The client's id", example = 4),
        ("key" = i64, Path, description = "The profile's id", example = 9)),
    responses((status = 200, description = "The counters after it", body = Data<Counters>), ChangeErrors))]
pub(crate) async fn reset_counters(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids((client, key)): Ids<(ClientId, ProfileId)>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Data<Counters>>, ApiError> {
    body.faults.check()?;
    state.store().get_profile_of_client(client, key).await?;
    require_quota(&state, key).await?;
    let committed = state.store().note_counter_reset(&caller.actor, state.now(), key).await?;
    state.parts.counters.reset(key).await?;
    Ok(Changed { revision: committed.revision, body: Data { data: Counters::read(&state, key).await } })
}

async fn require_quota(state: &ManagementState, key: ProfileId) -> Result<(), ApiError> {
    let counts = state.parts.counters.read(vec![key]).await;
    let has_quota = counts.first().is_some_and(|counts| counts.own.quota.is_some());
    if has_quota { Ok(()) } else { Err(CounterFault::NoQuota.into()) }
}

/// Calls of a grant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GrantedCalls(u32);

impl Wire for GrantedCalls {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let amount = u32::try_from(i64::read(json, faults)?).ok();
        let amount = amount.filter(|amount| (1..=UsageQuota::MAX).contains(amount)).map(Self);
        if amount.is_none() {
            faults.bad("", "must be 1 to 1000000000");
        }
        amount
    }

    fn schema() -> RefOr<Schema> {
        integer(1, UsageQuota::MAX.into())
    }
}
