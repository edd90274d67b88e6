//! The rate window: never more than `limit` admissions in any half-open window of `interval`, wherever it starts.
//!
//! A ring of at most 64 groups. A group holds up to ceil(limit / 64) consecutive admissions and the time of its
//! *last*; it counts in full until that time is `interval` old. All groups but the newest are full, so the ring
//! keeps one time per group and one count. Exact up to a limit of 64. Above, a call is refused only if at least
//! limit - ceil(limit / 64) + 1 calls were admitted in the last interval: of the known calls only those in the
//! oldest group, less its last, can be older than the interval.
//!
//! When the limit changes, what is known is set apart as it is and goes on counting until it is one (new) interval
//! old; the groups of the new limit start empty beside it. So nothing known is forgotten, and the second bound holds
//! again one new interval after the change.
//!
//! Times are the monotonic clock at the decision, made non-decreasing here: a step of any clock changes nothing. Outside
//! of the process that made them they are kept as ages (`SavedWindow`).

use crate::access_policy::RateLimit;
use crate::ids::Revision;
use crate::limits::packed_times::PackedTimes;
use crate::limits::saved_window::SavedWindow;
use crate::time::Monotonic;
use std::collections::VecDeque;

const GROUPS: u32 = 64;

/// What is left of a limit at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateState {
    /// The limit in force.
    pub limit: u32,
    /// Calls that would be admitted now.
    pub remaining: u32,
    /// Nanoseconds until nothing of what is counted now counts any more; 0 when nothing does.
    pub resets_in_nanos: u64,
}

/// Known admissions of one profile and the limit they are grouped for.
#[derive(Debug, Clone)]
pub struct RateRing {
    /// Time of the last admission of each group, oldest first, non-decreasing, at most one interval before `clock`.
    lasts: PackedTimes,
    /// Admissions in the newest group; the others hold `group_size` each.
    newest: u32,
    /// What was known when the limit last changed. Gone one interval later.
    before_change: Option<Box<Earlier>>,
    rate: RateLimit,
    /// Directory revision that `rate` came with.
    revision: Revision,
    /// Latest time seen.
    clock: u64,
}

/// Groups of earlier limits as (time of the last, how many), oldest first.
#[derive(Debug, Clone, Default)]
struct Earlier(VecDeque<(u64, u32)>);

impl RateRing {
    /// An empty window.
    pub fn new(rate: RateLimit, revision: Revision) -> Self {
        Self { lasts: PackedTimes::default(), newest: 0, before_change: None, rate, revision, clock: 0 }
    }

    /// The limit in force.
    pub fn rate(&self) -> RateLimit {
        self.rate
    }

    /// Puts a limit in force, unless the ring has seen a newer revision. All that is known stays known, in at most
    /// 64 groups whose times only move later.
    pub fn adopt(&mut self, rate: RateLimit, revision: Revision) {
        if revision < self.revision {
            return;
        }
        self.revision = revision;
        if rate == self.rate {
            return;
        }
        let known = at_most(GROUPS as usize, self.known_groups());
        self.before_change = (!known.is_empty()).then(|| Box::new(Earlier(known)));
        self.lasts.clear();
        self.newest = 0;
        self.rate = rate;
    }

    /// Whether one call would be admitted at `now`; otherwise how many nanoseconds until one would, if nothing else
    /// comes.
    pub fn check(&mut self, now: Monotonic) -> Result<(), u64> {
        let now = self.advance(now);
        let known = self.known();
        if known >= self.rate.limit() { Err(self.wait_for_room(known, now)) } else { Ok(()) }
    }

    /// Takes one call at `now`, or says how many nanoseconds until one would be admitted if nothing else comes.
    pub fn take(&mut self, now: Monotonic) -> Result<(), u64> {
        self.check(now)?;
        self.record();
        Ok(())
    }

    /// Counts one call at the time of the last [`RateRing::check`], which had room for it.
    pub(super) fn record(&mut self) {
        if self.lasts.is_empty() || self.newest >= group_size(self.rate) {
            self.lasts.push_back(self.clock);
            self.newest = 0;
        } else {
            self.lasts.set_back(self.clock);
        }
        self.newest += 1;
    }

    /// What is left at `now`.
    pub fn state(&mut self, now: Monotonic) -> RateState {
        let now = self.advance(now);
        let limit = self.rate.limit();
        let last = self.lasts.back(now).or_else(|| self.earlier().last().map(|(last, _)| last));
        let resets_in_nanos = last.map_or(0, |last| (last + self.rate.interval().nanos()).saturating_sub(now));
        RateState { limit, remaining: limit.saturating_sub(self.known()), resets_in_nanos }
    }

    /// What is known at `now`, in at most so many groups; `None` if nothing is.
    pub(super) fn save(&mut self, now: Monotonic, most_groups: usize) -> Option<SavedWindow> {
        let now = self.advance(now);
        let groups = at_most(most_groups, self.known_groups());
        let groups: Vec<_> = groups.into_iter().map(|(last, count)| (now - last, count)).collect();
        (!groups.is_empty()).then_some(SavedWindow { rate: self.rate, groups })
    }

    /// A ring that knows what was saved `elapsed` nanoseconds before `now`. Any directory may change its limit.
    pub(super) fn restore(saved: &SavedWindow, elapsed: u64, now: Monotonic) -> Self {
        let mut ring = Self { clock: now.0, ..Self::new(saved.rate, Revision(i64::MIN)) };
        let mut groups = VecDeque::new();
        let mut latest = 0;
        for &(age, count) in &saved.groups {
            let age = age.saturating_add(elapsed);
            if let Some(last) = now.0.checked_sub(age).filter(|_| age < saved.rate.interval().nanos()) {
                latest = last.max(latest);
                groups.push_back((latest, count));
            }
        }
        let full = group_size(saved.rate);
        let newest = groups.back().map_or(0, |(_, count)| *count);
        let others = groups.len().saturating_sub(1);
        let is_own = groups.iter().take(others).all(|(_, count)| *count == full);
        if is_own && (1..=full).contains(&newest) && groups.len() <= GROUPS as usize {
            for (last, _) in groups {
                ring.lasts.push_back(last);
            }
            ring.newest = newest;
        } else if !groups.is_empty() {
            ring.before_change = Some(Box::new(Earlier(at_most(GROUPS as usize, groups))));
        }
        ring
    }

    /// Moves the ring's clock forward and forgets what no longer counts.
    fn advance(&mut self, now: Monotonic) -> u64 {
        let before = self.clock;
        self.clock = before.max(now.0);
        let (clock, interval) = (self.clock, self.rate.interval().nanos());
        if let Some(earlier) = &mut self.before_change {
            while earlier.0.front().is_some_and(|&(last, _)| clock - last >= interval) {
                earlier.0.pop_front();
            }
            if earlier.0.is_empty() {
                self.before_change = None;
            }
        }
        while self.lasts.front(before).is_some_and(|last| clock - last >= interval) {
            self.lasts.pop_front();
        }
        clock
    }

    /// Nanoseconds until enough of the oldest groups no longer count.
    fn wait_for_room(&self, mut known: u32, now: u64) -> u64 {
        for (last, count) in self.groups() {
            known = known.saturating_sub(count);
            if known < self.rate.limit() {
                return (last + self.rate.interval().nanos()).saturating_sub(now);
            }
        }
        self.rate.interval().nanos()
    }

    /// Calls that count.
    fn known(&self) -> u32 {
        let full = u32::try_from(self.lasts.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let newest = if self.lasts.is_empty() { 0 } else { self.newest };
        let own = full.saturating_mul(group_size(self.rate)).saturating_add(newest);
        self.earlier().fold(own, |sum, (_, count)| sum.saturating_add(count))
    }

    /// All groups, oldest first. The newest may hold less than is said here; nothing comes after it.
    fn groups(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        let group = group_size(self.rate);
        self.earlier().chain(self.lasts.iter(self.clock).map(move |last| (last, group)))
    }

    /// All groups with what they hold, oldest first.
    fn known_groups(&self) -> VecDeque<(u64, u32)> {
        let mut known: VecDeque<_> = self.groups().collect();
        if let Some((_, count)) = known.back_mut().filter(|_| !self.lasts.is_empty()) {
            *count = self.newest;
        }
        known
    }

    fn earlier(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        self.before_change.iter().flat_map(|earlier| earlier.0.iter().copied())
    }
}

fn group_size(rate: RateLimit) -> u32 {
    rate.limit().div_ceil(GROUPS)
}

/// Groups joined until there are at most so many: times only move later.
fn at_most(most: usize, mut groups: VecDeque<(u64, u32)>) -> VecDeque<(u64, u32)> {
    while groups.len() > most.max(1) {
        groups = halved(&groups);
    }
    groups
}

/// Neighbours joined in pairs: each pair counts until its later time.
fn halved(groups: &VecDeque<(u64, u32)>) -> VecDeque<(u64, u32)> {
    let mut joined = VecDeque::with_capacity(groups.len().div_ceil(2));
    let mut groups = groups.iter().copied();
    while let Some((last, count)) = groups.next() {
        let (last, more) = groups.next().unwrap_or((last, 0));
        joined.push_back((last, count.saturating_add(more)));
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access_policy::RateInterval;

    const SECOND: u64 = 1_000_000_000;

    fn per_minute(limit: i64) -> RateLimit {
        RateLimit::new(limit, RateInterval::Minute).unwrap()
    }

    fn ring(limit: i64) -> RateRing {
        RateRing::new(per_minute(limit), Revision(1))
    }

    #[test]
    fn the_seventh_call_in_any_minute_is_refused_with_a_true_wait() {
        let mut ring = ring(6);
        for second in 0..6 {
            assert_eq!(ring.take(Monotonic(second * 10 * SECOND)), Ok(()));
        }
        let wait = ring.take(Monotonic(55 * SECOND)).unwrap_err();
        assert_eq!(wait, 5 * SECOND);
        assert_eq!(ring.take(Monotonic(60 * SECOND - 1)), Err(1));
        assert_eq!(ring.take(Monotonic(60 * SECOND)), Ok(()));
        assert_eq!(ring.take(Monotonic(60 * SECOND)), Err(10 * SECOND));
    }

    #[test]
    fn a_clock_that_steps_back_opens_nothing() {
        let mut ring = ring(1);
        assert_eq!(ring.take(Monotonic(100 * SECOND)), Ok(()));
        assert!(ring.take(Monotonic(0)).is_err());
        assert_eq!(ring.take(Monotonic(160 * SECOND)), Ok(()));
    }

    #[test]
    fn a_lowered_limit_counts_what_is_known() {
        let mut ring = ring(1000);
        for call in 0..500 {
            assert_eq!(ring.take(Monotonic(call * SECOND / 10)), Ok(()));
        }
        ring.adopt(per_minute(100), Revision(2));
        assert!(ring.take(Monotonic(50 * SECOND)).is_err());
        assert_eq!(ring.state(Monotonic(50 * SECOND)).remaining, 0);
        // The newest hundred were admitted from 40 s to 49.9 s: the first of them makes room at about 100 s.
        let wait = ring.take(Monotonic(99 * SECOND)).unwrap_err();
        assert!(wait <= 3 * SECOND, "{wait}");
        assert_eq!(ring.take(Monotonic(99 * SECOND + wait)), Ok(()));
        // Lowered and raised again, nothing of the five hundred was forgotten.
        ring.adopt(per_minute(500), Revision(3));
        assert!(ring.state(Monotonic(50 * SECOND)).remaining < 500);
    }

    #[test]
    fn a_request_with_an_older_directory_does_not_bring_the_old_limit_back() {
        let mut ring = ring(5);
        ring.adopt(per_minute(10), Revision(2));
        for _ in 0..10 {
            assert_eq!(ring.take(Monotonic(0)), Ok(()));
        }
        ring.adopt(per_minute(5), Revision(1));
        assert!(ring.take(Monotonic(1)).is_err());
        ring.adopt(per_minute(10), Revision(2));
        assert!(ring.take(Monotonic(2)).is_err());
    }

    #[test]
    fn the_ring_never_has_more_than_64_groups() {
        for limit in [1, 63, 64, 65, 100, 127, 128, 129, 1000, 6400, 10_000] {
            let mut ring = ring(limit);
            for call in 0..20_000 {
                let _ = ring.take(Monotonic(call * 7_000_000));
                assert!(ring.lasts.len() <= 64, "limit {limit}");
            }
        }
    }
}
