//! Usage cells: plain counters of one gateway worker, handed over once a second.

use crate::ids::{CredentialId, ProfileId};
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
    last_uses: HashMap<CredentialId, Timestamp, RandomState>,
    /// Refusals of requests whose profile is not known.
    pub refused_without_profile: u64,
}

impl UsageCells {
    /// Counts an admitted call, and the use of the credential that it stands on.
    pub fn count_call(&mut self, profile: ProfileId, credential: Option<CredentialId>, at: Timestamp) {
        let cell = self.profiles.entry(profile).or_default();
        cell.calls += 1;
        cell.last_call_at = cell.last_call_at.max(Some(at));
        if let Some(credential) = credential {
            self.note_use(credential, at);
        }
    }

    /// Notes the use of a credential that is no call: an access token was got with it.
    pub fn note_use(&mut self, credential: CredentialId, at: Timestamp) {
        let last = self.last_uses.entry(credential).or_insert(at);
        *last = at.max(*last);
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
        self.profiles.is_empty() && self.last_uses.is_empty() && self.refused_without_profile == 0
    }

    /// What was counted per profile.
    pub fn profiles(&self) -> impl Iterator<Item = (ProfileId, ProfileCalls)> + '_ {
        self.profiles.iter().map(|(&id, &calls)| (id, calls))
    }

    /// When each credential was used last.
    pub fn last_uses(&self) -> impl Iterator<Item = (CredentialId, Timestamp)> + '_ {
        self.last_uses.iter().map(|(&id, &at)| (id, at))
    }
}
