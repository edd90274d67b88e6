//! Counts what happened at the gateway and answers from it.
//!
//! This version keeps totals per profile in memory, since the start of the program. Gateway workers count in cells of
//! their own and hand them over once a second; a request never waits for this crate.

use domain::ProfileId;
use domain::usage::{ProfileCalls, UsageCells};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Totals per profile, shared by whoever merges and whoever reads; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Totals(Arc<Mutex<Counted>>);

#[derive(Debug, Default)]
struct Counted {
    profiles: HashMap<ProfileId, ProfileCalls>,
    refused_without_profile: u64,
}

impl Totals {
    /// Adds what a worker counted.
    pub fn merge(&self, cells: &UsageCells) {
        let mut counted = self.lock();
        for (profile, calls) in cells.profiles() {
            counted.profiles.entry(profile).or_default().merge(calls);
        }
        counted.refused_without_profile += cells.refused_without_profile;
    }

    /// What a profile called since the start; zeros if nothing.
    pub fn of(&self, profile: ProfileId) -> ProfileCalls {
        self.lock().profiles.get(&profile).copied().unwrap_or_default()
    }

    /// Refused requests whose profile was not known, since the start.
    pub fn refused_without_profile(&self) -> u64 {
        self.lock().refused_without_profile
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        // A panic elsewhere leaves whole numbers behind.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::Timestamp;

    #[test]
    fn cells_of_several_workers_add_up() {
        let totals = Totals::default();
        for (at, calls) in [(5, 3), (9, 2), (7, 1)] {
            let mut cells = UsageCells::default();
            for _ in 0..calls {
                cells.count_call(ProfileId(1), Timestamp(at));
            }
            cells.count_refusal(Some(ProfileId(1)));
            cells.count_refusal(None);
            totals.merge(&cells);
        }
        let expected = ProfileCalls { calls: 6, refused: 3, last_call_at: Some(Timestamp(9)) };
        assert_eq!(totals.of(ProfileId(1)), expected);
        assert_eq!(totals.of(ProfileId(2)), ProfileCalls::default());
        assert_eq!(totals.refused_without_profile(), 3);
    }
}
