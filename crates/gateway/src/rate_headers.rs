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
    fields.push_with("ratelimit-policy", |out| {
        list(out, readings, |one| [(";q=", one.limit.into()), (";w=", one.window_seconds)]);
    });
    fields.push_with("ratelimit", |out| {
        list(out, readings, |one| [(";r=", one.remaining.into()), (";t=", resets_in(one))]);
    });
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

/// Writes one item per limit: its name and two parameters.
fn list(out: &mut Vec<u8>, readings: &Readings, parameters: impl Fn(&LimitReading) -> [(&'static str, u64); 2]) {
    for (at, reading) in readings.iter().enumerate() {
        out.extend_from_slice(if at == 0 { b"\"" } else { b", \"" });
        out.extend_from_slice(name(reading.kind).as_bytes());
        out.push(b'"');
        for (parameter, value) in parameters(reading) {
            out.extend_from_slice(parameter.as_bytes());
            out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        }
    }
}
