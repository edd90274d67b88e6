//! Bounds that are the gateway's own, not a policy's: who fails too often, who asks the gateway itself too often.
//!
//! Shared by all workers of the process. A lock is taken only for addresses and profiles that are counted here, never
//! by calls that go to an upstream; one that finds nobody on record costs one relaxed read. Memory is bounded: with too
//! many on record some of them are forgotten.

use domain::ids::ProfileId;
use domain::source::Source;
use domain::time::Monotonic;
use foldhash::fast::RandomState;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hash};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

const SECOND_NANOS: u64 = 1_000_000_000;
const SHARDS: usize = 16;
/// Keys on record in one shard.
const KEYS_PER_SHARD: usize = 640;

/// All of them.
#[derive(Debug)]
pub(crate) struct Throttles {
    /// Wrong signatures of JSON Web Tokens: 20 in 10 seconds per address.
    pub(crate) signatures: Sliding<IpAddr>,
    /// Refused requests for access tokens: 20 a minute per address.
    pub(crate) token_failures: Sliding<IpAddr>,
    /// Granted access tokens: 10 a second per profile.
    pub(crate) grants: Sliding<ProfileId>,
    /// Answers of the gateway itself: 10 a second per profile.
    pub(crate) own_answers: Sliding<ProfileId>,
}

impl Throttles {
    pub(crate) fn new() -> Self {
        Self {
            signatures: Sliding::new(20, 10 * SECOND_NANOS),
            token_failures: Sliding::new(20, 60 * SECOND_NANOS),
            grants: Sliding::new(10, SECOND_NANOS),
            own_answers: Sliding::new(10, SECOND_NANOS),
        }
    }
}

/// Who is counted for a source. An IPv6 host has 64 bits of addresses to itself, so the network counts.
pub(crate) fn counted_address(source: Source) -> IpAddr {
    match source.shown() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        address @ IpAddr::V4(_) => address,
    }
}

/// So many events per key in any window of this length.
#[derive(Debug)]
pub(crate) struct Sliding<K> {
    limit: usize,
    window_nanos: u64,
    /// From then on nobody is on record.
    clear_at: AtomicU64,
    hasher: RandomState,
    shards: [Mutex<HashMap<K, VecDeque<u64>, RandomState>>; SHARDS],
}

impl<K: Hash + Eq + Copy> Sliding<K> {
    fn new(limit: usize, window_nanos: u64) -> Self {
        Self {
            limit,
            window_nanos,
            clear_at: AtomicU64::new(0),
            hasher: RandomState::default(),
            shards: std::array::from_fn(|_| Mutex::default()),
        }
    }

    /// How long this key has to wait, in nanoseconds; `None`: it need not.
    pub(crate) fn wait(&self, key: K, now: Monotonic) -> Option<u64> {
        if now.0 >= self.clear_at.load(Ordering::Relaxed) {
            return None;
        }
        let mut shard = self.lock(&key);
        self.wait_of(shard.get_mut(&key)?, now)
    }

    /// Puts an event on record, whether or not there is room.
    pub(crate) fn note(&self, key: K, now: Monotonic) {
        let mut shard = self.lock(&key);
        self.record(&mut shard, key, now);
    }

    /// Takes one of the events that are free, or says how long to wait, in nanoseconds.
    pub(crate) fn take(&self, key: K, now: Monotonic) -> Result<(), u64> {
        let mut shard = self.lock(&key);
        if let Some(wait) = shard.get_mut(&key).and_then(|times| self.wait_of(times, now)) {
            return Err(wait);
        }
        self.record(&mut shard, key, now);
        Ok(())
    }

    fn wait_of(&self, times: &mut VecDeque<u64>, now: Monotonic) -> Option<u64> {
        while times.front().is_some_and(|&time| time + self.window_nanos <= now.0) {
            times.pop_front();
        }
        let first = *times.front().filter(|_| times.len() >= self.limit)?;
        Some(first + self.window_nanos - now.0)
    }

    fn record(&self, shard: &mut HashMap<K, VecDeque<u64>, RandomState>, key: K, now: Monotonic) {
        if shard.len() >= KEYS_PER_SHARD && !shard.contains_key(&key) {
            shard.retain(|_, times| times.back().is_some_and(|&time| time + self.window_nanos > now.0));
            if shard.len() >= KEYS_PER_SHARD
                && let Some(forgotten) = shard.keys().next().copied()
            {
                shard.remove(&forgotten);
            }
        }
        let times = shard.entry(key).or_default();
        if times.len() >= self.limit {
            times.pop_front();
        }
        // Workers read the clock before they come here: times may be a little out of order.
        let time = times.back().map_or(now.0, |&last| last.max(now.0));
        times.push_back(time);
        self.clear_at.fetch_max(time + self.window_nanos, Ordering::Relaxed);
    }

    fn lock(&self, key: &K) -> MutexGuard<'_, HashMap<K, VecDeque<u64>, RandomState>> {
        let at = usize::try_from(self.hasher.hash_one(key) >> 48).unwrap_or_default() % SHARDS;
        // There is one of this number, and a panic elsewhere leaves times behind.
        let shard = self.shards.get(at).unwrap_or(&self.shards[0]);
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Monotonic {
        Monotonic(seconds * SECOND_NANOS)
    }

    #[test]
    fn a_key_waits_until_its_oldest_event_has_left_the_window() {
        let sliding = Sliding::new(3, 10 * SECOND_NANOS);
        for second in [1, 2, 3] {
            assert_eq!(sliding.take(7, at(second)), Ok(()));
        }
        assert_eq!(sliding.take(7, at(4)), Err(7 * SECOND_NANOS));
        assert_eq!(sliding.wait(7, at(10)), Some(SECOND_NANOS));
        assert_eq!(sliding.wait(8, at(10)), None);
        assert_eq!(sliding.take(7, at(11)), Ok(()));
        assert_eq!(sliding.take(7, at(11)), Err(SECOND_NANOS));
    }

    #[test]
    fn noted_events_fill_the_window_too() {
        let sliding = Sliding::new(2, 10 * SECOND_NANOS);
        assert_eq!(sliding.wait(1, at(0)), None);
        sliding.note(1, at(1));
        assert_eq!(sliding.wait(1, at(1)), None);
        sliding.note(1, at(5));
        assert_eq!(sliding.wait(1, at(5)), Some(6 * SECOND_NANOS));
        assert_eq!(sliding.wait(1, at(11)), None);
    }

    #[test]
    fn memory_is_bounded_and_those_that_are_over_are_forgotten_first() {
        let sliding = Sliding::new(1, SECOND_NANOS);
        for key in 0..100_000_u32 {
            sliding.note(key, at(1));
        }
        let kept: usize = sliding.shards.iter().map(|shard| shard.lock().unwrap().len()).sum();
        assert_eq!(kept, SHARDS * KEYS_PER_SHARD);
        for key in 0..5_000 {
            sliding.note(key, at(3));
        }
        assert!((0..5_000).all(|key| sliding.wait(key, at(3)).is_some()));
    }

    #[test]
    fn hosts_of_one_ipv6_network_are_counted_together() {
        let counted = |text: &str| counted_address(Source::Known(text.parse().unwrap()));
        assert_eq!(counted("2001:db8::1"), counted("2001:db8::ffff:1"));
        assert_ne!(counted("2001:db8::1"), counted("2001:db8:0:1::1"));
        assert_ne!(counted("192.0.2.1"), counted("192.0.2.2"));
    }
}
