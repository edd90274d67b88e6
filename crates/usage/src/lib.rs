//! Counts what happened at the gateway and answers from it.
//!
//! This version keeps totals per profile in memory, since the start of the program, and the last use of each
//! credential until it was written down. Gateway workers count in cells of their own and hand them over once a second; a
//! request never waits for this crate.

use domain::ProfileId;
use domain::ids::CredentialId;
use domain::time::Timestamp;
use domain::usage::{ProfileCalls, UsageCells};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Totals, shared by whoever merges and whoever reads; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Totals(Arc<Mutex<Counted>>);

#[derive(Debug, Default)]
struct Counted {
    profiles: HashMap<ProfileId, ProfileCalls, RandomState>,
    refused_without_profile: u64,
    last_uses: HashMap<CredentialId, LastUse, RandomState>,
}

#[derive(Debug, Clone, Copy)]
struct LastUse {
    at: Timestamp,
    /// Whether that was taken to be written down.
    is_taken: bool,
}

impl Totals {
    /// Adds what a worker counted.
    pub fn merge(&self, cells: &UsageCells) {
        let mut counted = self.lock();
        for (profile, calls) in cells.profiles() {
            counted.profiles.entry(profile).or_default().merge(calls);
        }
        for (credential, at) in cells.last_uses() {
            counted.note_use(credential, at);
        }
        counted.refused_without_profile += cells.refused_without_profile;
    }

    /// Takes all counts, for the process that counts on; here they begin at zero again.
    pub fn take_all(&self) -> UsageCells {
        let counted = std::mem::take(&mut *self.lock());
        let mut cells = UsageCells::default();
        for (profile, calls) in counted.profiles {
            cells.add(profile, calls);
        }
        for (credential, last) in counted.last_uses {
            cells.note_use(credential, last.at);
        }
        cells.refused_without_profile = counted.refused_without_profile;
        cells
    }

    /// What a profile called since the start; zeros if nothing.
    pub fn of(&self, profile: ProfileId) -> ProfileCalls {
        self.lock().profiles.get(&profile).copied().unwrap_or_default()
    }

    /// Refused requests whose profile was not known, since the start.
    pub fn refused_without_profile(&self) -> u64 {
        self.lock().refused_without_profile
    }

    /// When a credential was used last, since the start.
    pub fn last_use_of(&self, credential: CredentialId) -> Option<Timestamp> {
        self.lock().last_uses.get(&credential).map(|last| last.at)
    }

    /// The last uses that changed since they were taken last, to be written down.
    pub fn take_last_uses(&self) -> Vec<(CredentialId, Timestamp)> {
        let mut counted = self.lock();
        let untaken = counted.last_uses.iter_mut().filter(|(_, last)| !last.is_taken);
        let take = |(id, last): (&CredentialId, &mut LastUse)| {
            last.is_taken = true;
            (*id, last.at)
        };
        untaken.map(take).collect()
    }

    /// Gives back what could not be written down. What was used again meanwhile keeps its later time.
    pub fn put_back_last_uses(&self, uses: &[(CredentialId, Timestamp)]) {
        let mut counted = self.lock();
        for (id, _) in uses {
            if let Some(last) = counted.last_uses.get_mut(id) {
                last.is_taken = false;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        // A panic elsewhere leaves whole numbers behind.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    fn note_use(&mut self, credential: CredentialId, at: Timestamp) {
        let last = self.last_uses.entry(credential).or_insert(LastUse { at, is_taken: false });
        if at > last.at {
            *last = LastUse { at, is_taken: false };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells_of(uses: &[(i64, i64)]) -> UsageCells {
        let mut cells = UsageCells::default();
        for (credential, at) in uses {
            cells.count_call(ProfileId(1), Some(CredentialId(*credential)), Timestamp(*at));
        }
        cells
    }

    #[test]
    fn cells_of_several_workers_add_up() {
        let totals = Totals::default();
        for (at, calls) in [(5, 3), (9, 2), (7, 1)] {
            let mut cells = UsageCells::default();
            for _ in 0..calls {
                cells.count_call(ProfileId(1), None, Timestamp(at));
            }
            cells.count_refusal(Some(ProfileId(1)));
            cells.count_refusal(None);
            totals.merge(&cells);
        }
        let expected = ProfileCalls { calls: 6, refused: 3, last_call_at: Some(Timestamp(9)), last_credential: None };
        assert_eq!(totals.of(ProfileId(1)), expected);
        assert_eq!(totals.of(ProfileId(2)), ProfileCalls::default());
        assert_eq!(totals.refused_without_profile(), 3);
    }

    #[test]
    fn the_latest_use_of_a_credential_counts_and_is_taken_once() {
        let totals = Totals::default();
        totals.merge(&cells_of(&[(1, 5), (1, 4), (2, 7)]));
        totals.merge(&cells_of(&[(1, 3)]));
        assert_eq!(totals.last_use_of(CredentialId(1)), Some(Timestamp(5)));
        assert_eq!(totals.last_use_of(CredentialId(3)), None);
        let mut taken = totals.take_last_uses();
        taken.sort();
        assert_eq!(taken, [(CredentialId(1), Timestamp(5)), (CredentialId(2), Timestamp(7))]);
        assert_eq!(totals.take_last_uses(), []);
        totals.merge(&cells_of(&[(2, 6), (1, 8)]));
        assert_eq!(totals.take_last_uses(), [(CredentialId(1), Timestamp(8))]);
    }

    #[test]
    fn what_could_not_be_written_is_taken_again_with_its_latest_time() {
        let totals = Totals::default();
        totals.merge(&cells_of(&[(1, 5)]));
        let taken = totals.take_last_uses();
        totals.merge(&cells_of(&[(1, 6)]));
        totals.put_back_last_uses(&taken);
        assert_eq!(totals.take_last_uses(), [(CredentialId(1), Timestamp(6))]);
    }

    #[test]
    fn what_is_taken_is_all_of_it_and_is_gone() {
        let totals = Totals::default();
        totals.merge(&cells_of(&[(1, 5), (2, 7)]));
        let mut refused = UsageCells::default();
        refused.count_refusal(None);
        totals.merge(&refused);
        let next = Totals::default();
        next.merge(&totals.take_all());
        assert_eq!(next.of(ProfileId(1)).calls, 2);
        assert_eq!((next.refused_without_profile(), next.last_use_of(CredentialId(2))), (1, Some(Timestamp(7))));
        assert!(totals.take_all().is_empty());
    }

    #[test]
    fn the_use_of_a_client_secret_is_no_call() {
        let mut cells = UsageCells::default();
        assert!(cells.is_empty());
        cells.note_use(CredentialId(1), Timestamp(5));
        assert!(!cells.is_empty());
        let totals = Totals::default();
        totals.merge(&cells);
        assert_eq!(totals.of(ProfileId(1)), ProfileCalls::default());
        assert_eq!(totals.last_use_of(CredentialId(1)), Some(Timestamp(5)));
    }
}
