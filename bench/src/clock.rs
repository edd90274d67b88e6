//! The one place of the peers' benchmark that reads the clock.
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::time::{Duration, Instant};

/// The monotonic time now.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Tries until there is a value or the time is over.
pub(crate) fn until<T>(limit: Duration, mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
    let start = now();
    loop {
        if let Some(value) = attempt() {
            return Some(value);
        }
        if start.elapsed() > limit {
            return None;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Today and the time, as `2026-11-24 12:30 UTC`.
pub(crate) fn date() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string()
}
