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
    /// The credential that it stood on.
    pub last_credential: Option<CredentialId>,
}

impl ProfileCalls {
    /// Adds what another cell counted.
    pub fn merge(&mut self, other: Self) {
        self.calls += other.calls;
        self.refused += other.refused;
        if other.last_call_at >= self.last_call_at {
            self.last_call_at = other.last_call_at;
            self.last_credential = other.last_credential;
        }
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
    /// Empty cells with room for as much as these hold: the next second is likely to be like the last.
    pub fn with_room_of(others: &Self) -> Self {
        let room = others.profiles.len() + others.profiles.len() / 8;
        Self { profiles: HashMap::with_capacity_and_hasher(room, RandomState::default()), ..Self::default() }
    }

    /// Counts an admitted call, and the use of the credential that it stands on.
    pub fn count_call(&mut self, profile: ProfileId, credential: Option<CredentialId>, at: Timestamp) {
        let cell = self.profiles.entry(profile).or_default();
        // Almost always the same one: it needs no entry of its own.
        let former = (cell.last_credential != credential).then_some((cell.last_credential, cell.last_call_at));
        cell.calls += 1;
        cell.last_call_at = cell.last_call_at.max(Some(at));
        cell.last_credential = credential;
        if let Some((Some(former), Some(used_at))) = former {
            self.note_use(former, used_at);
        }
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, profile: ProfileId, counted: ProfileCalls) {
        self.profiles.entry(profile).or_default().merge(counted);
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

    /// When each credential was used last. One may be named twice: the later time holds.
    pub fn last_uses(&self) -> impl Iterator<Item = (CredentialId, Timestamp)> + '_ {
        let of_calls = self.profiles.values().filter_map(|cell| cell.last_credential.zip(cell.last_call_at));
        self.last_uses.iter().map(|(&id, &at)| (id, at)).chain(of_calls)
    }
}
