//! Usage cells: plain counters of one gateway worker, handed over once a second.

use crate::ids::ProfileId;
use crate::time::Timestamp;
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// What one worker counted for one profile since the last hand-over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProfileCalls {
    /// Calls that passed every check up to the limits, whatever the upstream then did.
    pub calls: u64,
    /// Calls that a check refused.
    pub refused: u64,
    /// When the last of the admitted ones came.
    pub last_call_at: Option<Timestamp>,
}

impl ProfileCalls {
    /// Adds what another cell counted.
    pub fn merge(&mut self, other: Self) {
        self.calls += other.calls;
        self.refused += other.refused;
        self.last_call_at = self.last_call_at.max(other.last_call_at);
    }
}

/// The cells of one worker.
#[derive(Debug, Default)]
pub struct UsageCells {
    profiles: HashMap<ProfileId, ProfileCalls, RandomState>,
    /// Refusals of requests whose profile is not known.
    pub refused_without_profile: u64,
}

impl UsageCells {
    /// Counts an admitted call.
    pub fn count_call(&mut self, profile: ProfileId, at: Timestamp) {
        let cell = self.profiles.entry(profile).or_default();
        cell.calls += 1;
        cell.last_call_at = Some(at);
    }

    /// Counts a refused call.
    pub fn count_refusal(&mut self, profile: Option<ProfileId>) {
        match profile {
            Some(profile) => self.profiles.entry(profile).or_default().refused += 1,
            None => self.refused_without_profile += 1,
        }
    }

    /// Whether there is nothing to hand over.
    pub fn is_empty(&self) -> bool {
        self.profiles.is_empty() && self.refused_without_profile == 0
    }

    /// What was counted per profile.
    pub fn profiles(&self) -> impl Iterator<Item = (ProfileId, ProfileCalls)> + '_ {
        self.profiles.iter().map(|(&id, &calls)| (id, calls))
    }
}
