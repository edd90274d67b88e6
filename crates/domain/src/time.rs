//! Points in time, as arguments: the wall clock for what people read, the monotonic clock for limits.

use serde::{Deserialize, Serialize};

/// Wall-clock time in microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// Monotonic time in nanoseconds since the program started. Never steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Monotonic(pub u64);

/// Both clocks, read once per decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// For limits.
    pub monotonic: Monotonic,
    /// For expiry and for what is shown.
    pub wall: Timestamp,
}
