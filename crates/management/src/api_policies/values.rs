//! Values that only policies have.

use crate::wire::{Faults, Json, Schemas, Wire, integer, request};
use domain::access_policy::{FailMode, OnStoreFailure, QuotaInterval, RateInterval, RateLimit, UsageQuota};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// Calls per window or period.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calls(i64);

impl Wire for Calls {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let calls = i64::read(json, faults)?;
        if (1..=i64::from(RateLimit::MAX)).contains(&calls) {
            return Some(Self(calls));
        }
        faults.bad("", "must be 1 to 1000000000");
        None
    }

    fn schema() -> RefOr<Schema> {
        integer(1, RateLimit::MAX.into())
    }
}

request! {
    /// At most so many admitted calls in any window of that length, counted per profile.
    pub(crate) struct RateLimitInput {
        /// Calls per window: 1 to 1,000,000,000.
        limit: Calls, required;
        /// The window.
        interval: RateInterval, required;
    }
}

impl Wire for RateLimit {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let input = <RateLimitInput as Wire>::read(json, faults)?;
        Self::new(input.limit.value()?.0, input.interval.value()?)
    }

    fn schema() -> RefOr<Schema> {
        <RateLimitInput as Wire>::schema()
    }

    fn collect(schemas: &mut Schemas) {
        RateLimitInput::collect(schemas);
    }
}

request! {
    /// At most so many admitted calls in any period of that kind, counted per profile.
    pub(crate) struct UsageQuotaInput {
        /// Calls per period: 1 to 1,000,000,000.
        limit: Calls, required;
        /// The period.
        interval: QuotaInterval, required;
    }
}

impl Wire for UsageQuota {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let input = <UsageQuotaInput as Wire>::read(json, faults)?;
        Self::new(input.limit.value()?.0, input.interval.value()?)
    }

    fn schema() -> RefOr<Schema> {
        <UsageQuotaInput as Wire>::schema()
    }

    fn collect(schemas: &mut Schemas) {
        UsageQuotaInput::collect(schemas);
    }
}

/// What happens to calls while the authority of a limit is away.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FailModes(pub(crate) OnStoreFailure);

request! {
    /// What happens to calls while a limit cannot be counted.
    pub(crate) struct FailModesInput {
        /// Of the rate limit; default `allow_local`. On one node it is always counted.
        rate: FailMode;
        /// Of the usage quota; default `deny`. `allow_local`: up to what was last known to be left.
        quota: FailMode;
    }
}

impl Wire for FailModes {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let input = <FailModesInput as Wire>::read(json, faults)?;
        let default = OnStoreFailure::default();
        Some(Self(OnStoreFailure {
            rate: input.rate.value().unwrap_or(default.rate),
            quota: input.quota.value().unwrap_or(default.quota),
        }))
    }

    fn schema() -> RefOr<Schema> {
        <FailModesInput as Wire>::schema()
    }

    fn collect(schemas: &mut Schemas) {
        FailModesInput::collect(schemas);
    }
}
