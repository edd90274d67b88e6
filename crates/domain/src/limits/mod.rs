//! Limits and the counters they are decided on.
//!
//! Counters belong to a profile, not to its policy: they hang on the directory's profile entry by id and survive
//! every change of it. One small lock per profile, never held over a wait, never shared by two profiles.

mod rate_ring;

pub use rate_ring::{RateRing, RateState};

use crate::access_policy::RateLimit;
use crate::ids::Revision;
use crate::time::Monotonic;
use std::sync::{Mutex, OnceLock, PoisonError};

/// A rate limit and what was left of it right after a call was decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateReading {
    /// The limit that judged the call.
    pub rate: RateLimit,
    /// What is left.
    pub state: RateState,
}

/// A call that a rate limit refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateRefused {
    /// Nanoseconds until one call would be admitted, with nothing else arriving.
    pub wait_nanos: u64,
    /// What is left.
    pub reading: RateReading,
}

/// The counters of one profile. Idle ones cost a pointer; the ring is allocated at the first counted call.
#[derive(Debug, Default)]
pub struct Counters {
    rate: OnceLock<Box<Mutex<RateRing>>>,
}

impl Counters {
    /// Takes one call, or refuses it. Either way says what is left.
    ///
    /// `revision` is that of the directory the request holds: a request that still holds an older one is judged by
    /// the newest limit that the ring has seen.
    pub fn take(&self, rate: RateLimit, revision: Revision, now: Monotonic) -> Result<RateReading, RateRefused> {
        let ring = self.rate.get_or_init(|| Box::new(Mutex::new(RateRing::new(rate, revision))));
        // A panic while the lock was held cannot leave the ring half changed in a way that admits more.
        let mut ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.adopt(rate, revision);
        let taken = ring.take(now);
        let reading = RateReading { rate: ring.rate(), state: ring.state(now) };
        match taken {
            Ok(()) => Ok(reading),
            Err(wait_nanos) => Err(RateRefused { wait_nanos, reading }),
        }
    }

    /// What is left of a limit, without taking anything.
    pub fn peek(&self, rate: RateLimit, now: Monotonic) -> RateState {
        match self.rate.get() {
            None => RateState { limit: rate.limit(), remaining: rate.limit(), resets_in_nanos: 0 },
            Some(ring) => {
                let mut copy = ring.lock().unwrap_or_else(PoisonError::into_inner).clone();
                copy.adopt(rate, Revision(i64::MAX));
                copy.state(now)
            }
        }
    }
}
