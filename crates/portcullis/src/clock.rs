//! The one place that reads the clocks. Everything else takes time as an argument.
#![expect(clippy::disallowed_methods, reason = "this is the one place that reads the clocks")]

use domain::time::{Monotonic, Now, Timestamp};
use rustix::time::{ClockId, clock_gettime};
use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

static STARTED: OnceLock<Instant> = OnceLock::new();
static BOOT: OnceLock<[u8; 16]> = OnceLock::new();

/// The monotonic clock's first reading, in nanoseconds: a day, so that what an earlier process counted up to an hour before
/// has a time too.
const FIRST_READING: u64 = 86_400_000_000_000;

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

/// A moment as people and programs read it: ISO 8601, UTC, to the second.
pub(crate) fn iso(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
    format!("{at:.0}")
}

/// Wall-clock time as files have it, now.
pub(crate) fn of_files() -> SystemTime {
    SystemTime::now()
}

/// Nanoseconds, a day at the first reading.
fn monotonic() -> Monotonic {
    let started = *STARTED.get_or_init(Instant::now);
    Monotonic(u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX).saturating_add(FIRST_READING))
}

/// How long the machine has been up, in a form that other processes understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Uptime {
    /// Which start of the machine; zeros if the system does not say.
    pub(crate) boot: [u8; 16],
    /// Since then, in nanoseconds.
    pub(crate) nanos: u64,
}

impl Uptime {
    /// Nanoseconds that have passed for certain since another reading.
    pub(crate) fn since(&self, then: &Self) -> u64 {
        if self.boot == [0; 16] || then.boot == [0; 16] {
            0
        } else if self.boot == then.boot {
            self.nanos.saturating_sub(then.nanos)
        } else {
            self.nanos
        }
    }
}

/// The machine's uptime, now.
pub(crate) fn uptime() -> Uptime {
    let time = clock_gettime(ClockId::Boottime);
    let nanos = u64::try_from(time.tv_sec).unwrap_or(0).saturating_mul(1_000_000_000);
    Uptime { boot: *BOOT.get_or_init(boot_id), nanos: nanos.saturating_add(u64::try_from(time.tv_nsec).unwrap_or(0)) }
}

fn boot_id() -> [u8; 16] {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    u128::from_str_radix(&digits, 16).unwrap_or(0).to_le_bytes()
}
