//! A policy as shown.

use crate::answer::Time;
use crate::wire::Wire;
use domain::access_policy::{QuotaInterval, RateInterval, RateLimit, UsageQuota};
use serde::Serialize;
use store::PolicyRow;
use utoipa::ToSchema;

/// An access policy.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Policy {
    /// Its id.
    #[schema(example = 3)]
    id: i64,
    /// Unique in the workspace, case aside.
    #[schema(example = "Partners")]
    name: String,
    /// Free text.
    description: Option<String>,
    /// At most so many calls in any window of that length, per profile.
    rate_limit: Option<Rate>,
    /// At most so many calls in any period of that kind, per profile.
    usage_quota: Option<Quota>,
    /// What happens when the authority of a limit is away.
    on_store_failure: FailModesShown,
    /// Profiles whose effective terms name it.
    #[schema(example = 2)]
    profiles_count: i64,
    /// Clients whose default terms name it, or whose profiles share it.
    #[schema(example = 1)]
    clients_count: i64,
    /// When it was made.
    created_at: Time,
    /// When it was last changed.
    updated_at: Time,
}

/// A rate limit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RateLimit)]
pub(crate) struct Rate {
    /// Calls per window.
    #[schema(example = 6)]
    limit: u32,
    /// The window.
    #[schema(schema_with = <RateInterval as Wire>::schema)]
    interval: &'static str,
}

/// A usage quota.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsageQuota)]
pub(crate) struct Quota {
    /// Calls per period.
    limit: u32,
    /// The period.
    #[schema(schema_with = <QuotaInterval as Wire>::schema)]
    interval: &'static str,
}

/// Fail modes of the limits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FailModes)]
pub(crate) struct FailModesShown {
    /// `allow_local` or `deny`.
    #[schema(example = "allow_local")]
    rate: &'static str,
    /// `allow_local` or `deny`.
    #[schema(example = "deny")]
    quota: &'static str,
}

impl From<RateLimit> for Rate {
    fn from(rate: RateLimit) -> Self {
        Self { limit: rate.limit(), interval: rate.interval().as_str() }
    }
}

impl From<UsageQuota> for Quota {
    fn from(quota: UsageQuota) -> Self {
        Self { limit: quota.limit(), interval: quota.interval().as_str() }
    }
}

impl From<PolicyRow> for Policy {
    fn from(row: PolicyRow) -> Self {
        let PolicyRow { policy, profiles_count, clients_count } = row;
        Self {
            id: policy.id.0,
            name: policy.name.to_string(),
            description: policy.description.map(|text| text.to_string()),
            rate_limit: policy.rate_limit.map(Rate::from),
            usage_quota: policy.usage_quota.map(Quota::from),
            on_store_failure: FailModesShown {
                rate: policy.on_store_failure.rate.as_str(),
                quota: policy.on_store_failure.quota.as_str(),
            },
            profiles_count,
            clients_count,
            created_at: policy.created_at.into(),
            updated_at: policy.updated_at.into(),
        }
    }
}
