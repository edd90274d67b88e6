//! How many frames of a kind a peer may send that make no progress. Each kind has a bucket: it starts full, and what is
//! taken comes back with time and, where a kind rightly grows with the traffic, with the traffic.

use std::time::Duration;
use tokio::time::Instant;

/// Kinds of frames that cost us more than the peer, or nothing but our time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spent {
    /// Streams begun that nothing was answered on: each answer gives one back. This bounds rapid resets.
    Stream,
    /// `RST_STREAM`; an answer gives one back.
    Reset,
    Ping,
    Settings,
    WindowUpdate,
    /// `PRIORITY` and frames of unknown types.
    Ignored,
    /// `DATA` without data that ends nothing.
    EmptyData,
}

/// Bounds of one kind.
struct Bounds {
    /// Frames at once.
    burst: u32,
    /// Frames that come back per second.
    per_second: u32,
    /// Bytes written to the peer that give one back; 0: none do.
    bytes: u32,
}

const KINDS: usize = 7;

/// In the order of [`Spent`]. Documented in `docs/manual/limits.md`.
const BOUNDS: [Bounds; KINDS] = [
    Bounds { burst: 200, per_second: 20, bytes: 0 },
    Bounds { burst: 200, per_second: 20, bytes: 0 },
    Bounds { burst: 100, per_second: 10, bytes: 4096 },
    Bounds { burst: 20, per_second: 1, bytes: 0 },
    Bounds { burst: 1000, per_second: 100, bytes: 8 },
    Bounds { burst: 500, per_second: 20, bytes: 0 },
    Bounds { burst: 100, per_second: 10, bytes: 0 },
];

/// The buckets of one connection.
#[derive(Debug)]
pub(super) struct Budget {
    left: [u32; KINDS],
    refilled: Instant,
    /// Bytes written that gave nothing back yet, per kind.
    written: [u64; KINDS],
}

impl Budget {
    pub(super) fn new(now: Instant) -> Self {
        Self { left: BOUNDS.map(|bounds| bounds.burst), refilled: now, written: [0; KINDS] }
    }

    /// Takes one; `None`: there is none left.
    pub(super) fn take(&mut self, kind: Spent) -> Option<()> {
        let left = self.left.get_mut(kind as usize)?;
        *left = left.checked_sub(1)?;
        Some(())
    }

    /// Gives back what time gives. Cheap when it was called a moment ago.
    pub(super) fn refill(&mut self, now: Instant) {
        // Less than a second gives nothing of the rarest kind.
        let seconds = now.saturating_duration_since(self.refilled).as_secs();
        if seconds == 0 {
            return;
        }
        self.refilled += Duration::from_secs(seconds);
        let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
        for (left, bounds) in self.left.iter_mut().zip(&BOUNDS) {
            *left = left.saturating_add(bounds.per_second.saturating_mul(seconds)).min(bounds.burst);
        }
    }

    /// Gives back what this many bytes written give.
    pub(super) fn wrote(&mut self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        for ((left, bounds), written) in self.left.iter_mut().zip(&BOUNDS).zip(&mut self.written) {
            if bounds.bytes > 0 {
                let total = written.saturating_add(bytes);
                *written = total % u64::from(bounds.bytes);
                let back = u32::try_from(total / u64::from(bounds.bytes)).unwrap_or(u32::MAX);
                *left = left.saturating_add(back).min(bounds.burst);
            }
        }
    }

    /// Gives back what answers give.
    pub(super) fn answered(&mut self, streams: u32) {
        for kind in [Spent::Stream, Spent::Reset] {
            if let (Some(left), Some(bounds)) = (self.left.get_mut(kind as usize), BOUNDS.get(kind as usize)) {
                *left = left.saturating_add(streams).min(bounds.burst);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(budget: &mut Budget, kind: Spent) -> u32 {
        let mut count = 0;
        while budget.take(kind).is_some() {
            count += 1;
        }
        count
    }

    #[test]
    fn what_is_taken_comes_back_with_time_up_to_the_burst() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        assert_eq!(taken(&mut budget, Spent::Ping), 100);
        budget.refill(start + Duration::from_millis(999));
        assert_eq!(taken(&mut budget, Spent::Ping), 0);
        budget.refill(start + Duration::from_millis(2500));
        assert_eq!(taken(&mut budget, Spent::Ping), 20);
        budget.refill(start + Duration::from_secs(3));
        assert_eq!(taken(&mut budget, Spent::Ping), 10);
        budget.refill(start + Duration::from_hours(24));
        assert_eq!(taken(&mut budget, Spent::Ping), 100);
        assert_eq!(taken(&mut budget, Spent::Settings), 20);
    }

    #[test]
    fn traffic_gives_back_what_goes_with_it() {
        let mut budget = Budget::new(Instant::now());
        for kind in [Spent::Ping, Spent::WindowUpdate, Spent::Stream, Spent::Ignored] {
            taken(&mut budget, kind);
        }
        budget.wrote(4095);
        assert_eq!(taken(&mut budget, Spent::Ping), 0);
        budget.wrote(1);
        assert_eq!((taken(&mut budget, Spent::Ping), taken(&mut budget, Spent::WindowUpdate)), (1, 512));
        budget.answered(3);
        assert_eq!((taken(&mut budget, Spent::Stream), taken(&mut budget, Spent::Ignored)), (3, 0));
    }
}
