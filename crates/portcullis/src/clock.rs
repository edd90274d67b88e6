//! The one place that reads the clocks. Everything else takes time as an argument.
#![expect(clippy::disallowed_methods, reason = "this is the one place that reads the clocks")]

use domain::time::{Monotonic, Now, Timestamp};
use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

static STARTED: OnceLock<Instant> = OnceLock::new();

/// Both clocks, now.
pub(crate) fn now() -> Now {
    Now { monotonic: monotonic(), wall: wall() }
}

/// Wall-clock time, now.
pub(crate) fn wall() -> Timestamp {
    let micros = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_micros()).unwrap_or(i64::MAX),
    };
    Timestamp(micros)
}

/// Nanoseconds since the first reading.
fn monotonic() -> Monotonic {
    let started = *STARTED.get_or_init(Instant::now);
    Monotonic(u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX))
}
