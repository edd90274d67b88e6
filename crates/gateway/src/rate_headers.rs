//! `RateLimit` and `RateLimit-Policy` on answers through a policy (IETF httpapi draft, two-field form).

use crate::seam::Fields;
use domain::limits::RateReading;

/// Adds the two fields.
pub(crate) fn push(reading: &RateReading, fields: &mut Fields) {
    let window = reading.rate.interval().seconds();
    let resets = reading.state.resets_in_nanos.div_ceil(1_000_000_000);
    fields.push("ratelimit-policy", format!(r#""default";q={};w={window}"#, reading.rate.limit()));
    fields.push("ratelimit", format!(r#""default";r={};t={resets}"#, reading.state.remaining));
}
