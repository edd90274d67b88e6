//! What a draining process counted, on its way to the one that took over, so that counts stay exact.

use domain::ProfileId;
use domain::ids::CredentialId;
use domain::time::Timestamp;
use domain::usage::{ProfileCalls, UsageCells};
use serde::{Deserialize, Serialize};

/// Profiles or credentials in one report.
const AT_ONCE: usize = 10_000;

/// Counted calls, once: whoever reports them keeps them no longer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UsageReport {
    /// Profile, calls, refused calls, time of the last call.
    profiles: Vec<(i64, u64, u64, Option<Timestamp>)>,
    /// Credential, time of its last use.
    last_uses: Vec<(i64, Timestamp)>,
    refused_without_profile: u64,
}

impl UsageReport {
    /// Splits counts into reports of bounded size.
    pub(super) fn of(cells: &UsageCells) -> Vec<Self> {
        let profiles: Vec<_> = cells
            .profiles()
            .map(|(id, counted)| (id.0, counted.calls, counted.refused, counted.last_call_at))
            .collect();
        let last_uses: Vec<_> = cells.last_uses().map(|(id, at)| (id.0, at)).collect();
        let mut reports: Vec<Self> = Vec::new();
        reports
            .extend(profiles.chunks(AT_ONCE).map(|profiles| Self { profiles: profiles.to_vec(), ..Self::default() }));
        reports.extend(
            last_uses.chunks(AT_ONCE).map(|last_uses| Self { last_uses: last_uses.to_vec(), ..Self::default() }),
        );
        if cells.refused_without_profile > 0 {
            let refused_without_profile = cells.refused_without_profile;
            reports.push(Self { refused_without_profile, ..Self::default() });
        }
        reports
    }

    /// The counts.
    pub(super) fn cells(self) -> UsageCells {
        let mut cells = UsageCells::default();
        for (id, calls, refused, last_call_at) in self.profiles {
            cells.add(ProfileId(id), ProfileCalls { calls, refused, last_call_at, last_credential: None });
        }
        for (id, at) in self.last_uses {
            cells.note_use(CredentialId(id), at);
        }
        cells.refused_without_profile = self.refused_without_profile;
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reported_is_what_was_counted() {
        let mut cells = UsageCells::default();
        for profile in 0..25_000 {
            cells.count_call(ProfileId(profile), Some(CredentialId(profile % 7)), Timestamp(profile));
            cells.count_refusal(Some(ProfileId(profile)));
        }
        cells.count_refusal(None);
        let reports = UsageReport::of(&cells);
        assert_eq!(reports.len(), 7, "in bounded parts");
        let totals = usage::Totals::default();
        for report in reports {
            let sent = serde_json::to_vec(&report).unwrap();
            totals.merge(&serde_json::from_slice::<UsageReport>(&sent).unwrap().cells());
        }
        let counted = totals.of(ProfileId(24_999));
        assert_eq!((counted.calls, counted.refused, counted.last_call_at), (1, 1, Some(Timestamp(24_999))));
        assert_eq!(totals.refused_without_profile(), 1);
        assert_eq!(totals.last_use_of(CredentialId(3)), Some(Timestamp(24_993)));
    }
}
