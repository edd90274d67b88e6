//! What is left of each limit, on answers through a policy: `RateLimit` and `RateLimit-Policy` (IETF httpapi draft,
//! two-field form), and where the workspace says so the older `X-RateLimit-*`, of the limit with the least left.

use crate::seam::Fields;
use domain::limits::{LimitKind, LimitReading, Readings};
use domain::time::Timestamp;

const NANOS: u64 = 1_000_000_000;

/// Whether `X-RateLimit-*` are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OlderFields {
    Sent,
    Left,
}

/// Adds the fields. Nothing without a limit.
pub(crate) fn push(readings: &Readings, older: OlderFields, now: Timestamp, fields: &mut Fields) {
    if readings.is_empty() {
        return;
    }
    let policy = |one: &LimitReading| format!(r#""{}";q={};w={}"#, name(one.kind), one.limit, one.window_seconds);
    let left = |one: &LimitReading| format!(r#""{}";r={};t={}"#, name(one.kind), one.remaining, resets_in(one));
    fields.push("ratelimit-policy", list(readings, policy));
    fields.push("ratelimit", list(readings, left));
    if older == OlderFields::Sent
        && let Some(least) = readings.iter().min_by_key(|one| one.remaining)
    {
        let resets_at = now.0.div_euclid(1_000_000) + i64::try_from(resets_in(least)).unwrap_or(i64::MAX / 2);
        fields.push("x-ratelimit-limit", itoa::Buffer::new().format(least.limit));
        fields.push("x-ratelimit-remaining", itoa::Buffer::new().format(least.remaining));
        fields.push("x-ratelimit-reset", itoa::Buffer::new().format(resets_at));
    }
}

/// How answers name a limit.
pub(crate) fn name(kind: LimitKind) -> &'static str {
    match kind {
        LimitKind::Rate => "rate",
        LimitKind::ClientRate => "client-rate",
        LimitKind::Quota => "quota",
        LimitKind::ClientQuota => "client-quota",
    }
}

/// Whole seconds, rounded up.
pub(crate) fn resets_in(reading: &LimitReading) -> u64 {
    reading.resets_in_nanos.div_ceil(NANOS)
}

fn list(readings: &Readings, item: impl Fn(&LimitReading) -> String) -> String {
    let mut list = String::new();
    for reading in readings.iter() {
        if !list.is_empty() {
            list.push_str(", ");
        }
        list.push_str(&item(reading));
    }
    list
}
