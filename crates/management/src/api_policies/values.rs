//! Values that only policies have.

use crate::wire::{Faults, Json, Schemas, Wire, integer, request};
use domain::access_policy::{RateInterval, RateLimit};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// Calls per window.
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

/// What happens when the authority of a limit is away. Only the defaults are enforced in this version: anything else
/// is refused.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FailModes;

request! {
    /// What happens when the authority of a limit is away.
    pub(crate) struct FailModesInput {
        /// Of the rate limit; this version: `allow_local`.
        rate: String;
        /// Of the usage quota; this version: `deny`.
        quota: String;
    }
}

impl Wire for FailModes {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let input = <FailModesInput as Wire>::read(json, faults)?;
        let both = [("rate", input.rate, "allow_local", "deny"), ("quota", input.quota, "deny", "allow_local")];
        for (name, field, default, other) in both {
            match field.value().as_deref() {
                Some(mode) if mode == other => faults.not_available(name),
                Some(mode) if mode != default => faults.bad(name, "must be one of deny, allow_local"),
                Some(_) | None => {}
            }
        }
        Some(Self)
    }

    fn schema() -> RefOr<Schema> {
        <FailModesInput as Wire>::schema()
    }

    fn collect(schemas: &mut Schemas) {
        FailModesInput::collect(schemas);
    }
}
