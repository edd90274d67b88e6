//! A rate window outside of the process that counted it: for a clean restart, and for a process that takes over.

use crate::access_policy::RateLimit;

/// What one subject's rate window knew at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedWindow {
    /// The limit it was grouped for.
    pub rate: RateLimit,
    /// Nanoseconds since the last admission of each group, and how many admissions it holds; oldest first.
    pub groups: Vec<(u64, u32)>,
}

#[cfg(test)]
mod tests {
    use crate::access_policy::{RateInterval, RateLimit};
    use crate::ids::Revision;
    use crate::limits::RateRing;
    use crate::time::Monotonic;

    const SECOND: u64 = 1_000_000_000;
    /// Where the clock of another process stands.
    const ELSEWHERE: u64 = 1_000_000 * SECOND;

    fn per_minute(limit: i64) -> RateLimit {
        RateLimit::new(limit, RateInterval::Minute).unwrap()
    }

    /// Admits what there is room for in half a minute, takes the ring elsewhere, and goes on there.
    #[track_caller]
    fn check(limit: i64, most_groups: usize, away: u64) {
        let mut admitted = Vec::new();
        let mut ring = RateRing::new(per_minute(limit), Revision(7));
        let step = 30 * SECOND / u64::try_from(limit).unwrap();
        for call in 0..u64::try_from(limit).unwrap() {
            if ring.take(Monotonic(call * step)).is_ok() {
                admitted.push(call * step);
            }
        }
        let saved = ring.save(Monotonic(30 * SECOND), most_groups).unwrap();
        assert!(saved.groups.len() <= most_groups);
        let back = 30 * SECOND + away;
        let mut ring = RateRing::restore(&saved, away, Monotonic(ELSEWHERE));
        for tenth in 0..1200 {
            let later = tenth * SECOND / 10;
            ring.adopt(per_minute(limit), Revision(1));
            while ring.take(Monotonic(ELSEWHERE + later)).is_ok() {
                admitted.push(back + later);
            }
        }
        let limit = usize::try_from(limit).unwrap();
        for window in admitted.windows(limit + 1) {
            assert!(window[limit] - window[0] >= 60 * SECOND, "limit {limit}, {most_groups} groups");
        }
        assert!(admitted.len() >= 2 * limit, "limit {limit}: all of it was open again after two minutes");
    }

    #[test]
    fn no_window_is_reopened_by_moving_it_to_another_process() {
        for limit in [1, 5, 64, 65, 1000, 5000] {
            for most_groups in [128, 64, 8, 1] {
                for away in [0, 3 * SECOND, 45 * SECOND, 600 * SECOND] {
                    check(limit, most_groups, away);
                }
            }
        }
    }

    #[test]
    fn a_window_moved_whole_is_the_same_window() {
        for limit in [3, 64, 1000] {
            let mut ring = RateRing::new(per_minute(limit), Revision(1));
            for call in 0..300 {
                let _ = ring.take(Monotonic(call * SECOND / 7));
            }
            let now = 50 * SECOND;
            let saved = ring.save(Monotonic(now), 128).unwrap();
            let mut moved = RateRing::restore(&saved, 2 * SECOND, Monotonic(ELSEWHERE));
            for later in 0..60 {
                let (here, there) = (Monotonic(now + (2 + later) * SECOND), Monotonic(ELSEWHERE + later * SECOND));
                assert_eq!(ring.state(here), moved.state(there));
                assert_eq!(ring.take(here), moved.take(there));
            }
        }
    }

    #[test]
    fn an_empty_window_is_not_kept_and_a_lowered_limit_counts_what_was_restored() {
        let mut ring = RateRing::new(per_minute(100), Revision(1));
        assert_eq!(ring.save(Monotonic(SECOND), 64), None);
        for _ in 0..50 {
            assert_eq!(ring.take(Monotonic(SECOND)), Ok(()));
        }
        let saved = ring.save(Monotonic(2 * SECOND), 64).unwrap();
        let mut ring = RateRing::restore(&saved, 0, Monotonic(ELSEWHERE));
        ring.adopt(per_minute(50), Revision(1));
        assert!(ring.take(Monotonic(ELSEWHERE)).is_err());
    }
}
