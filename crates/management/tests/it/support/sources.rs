//! What the program gives to the management API besides the store, for tests: counts that tests set, explanations made
//! of what was asked.

use domain::ProfileId;
use domain::decide::{Explanation, ExplanationRow, RowOutcome, Value};
use domain::denial::{Check, Denial};
use domain::ids::Revision;
use domain::limits::SubjectKey;
use domain::time::Timestamp;
use management::explain::{DescribeFault, Described, DescribedCredential, ExplanationSource, Recorded};
use management::{CounterFault, CounterSource, Lease, Pending, ProfileCounts, QuotaCount, SubjectCounts};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Counts by profile. A grant and a reset change them as the authority of quotas does.
#[derive(Default)]
pub(crate) struct TestCounters {
    counts: Mutex<BTreeMap<ProfileId, ProfileCounts>>,
    /// Whether the authority cannot be reached for changes.
    away: Mutex<bool>,
}

impl TestCounters {
    /// Sets the counts of a profile.
    pub(crate) fn set(&self, profile: i64, counts: ProfileCounts) {
        self.counts.lock().unwrap().insert(ProfileId(profile), counts);
    }

    /// From now on changes fail.
    pub(crate) fn go_away(&self) {
        *self.away.lock().unwrap() = true;
    }

    fn all_leases(&self) -> Vec<Lease> {
        let counts = self.counts.lock().unwrap();
        let lease = |(id, counts): (&ProfileId, &ProfileCounts)| {
            counts.own.quota.map(|count| Lease { key: SubjectKey::Profile(*id), count })
        };
        counts.iter().filter_map(lease).collect()
    }

    fn change(
        &self,
        profile: ProfileId,
        change: impl FnOnce(&mut QuotaCount),
    ) -> Pending<'_, Result<(), CounterFault>> {
        let outcome = match self.counts.lock().unwrap().get_mut(&profile).and_then(|counts| counts.own.quota.as_mut()) {
            _ if *self.away.lock().unwrap() => Err(CounterFault::Away),
            Some(quota) => {
                change(quota);
                Ok(())
            }
            None => Err(CounterFault::NoQuota),
        };
        Box::pin(std::future::ready(outcome))
    }
}

impl CounterSource for TestCounters {
    fn read(&self, profiles: Vec<ProfileId>) -> Pending<'_, Vec<ProfileCounts>> {
        let counts = self.counts.lock().unwrap();
        let found = profiles.iter().map(|id| counts.get(id).copied().unwrap_or_default()).collect();
        Box::pin(std::future::ready(found))
    }

    fn grant(&self, profile: ProfileId, amount: u32) -> Pending<'_, Result<(), CounterFault>> {
        self.change(profile, |quota| {
            quota.granted += amount;
            quota.remaining += amount;
        })
    }

    fn leases(&self) -> Pending<'_, Result<Vec<Lease>, CounterFault>> {
        let away = *self.away.lock().unwrap();
        let leases = if away { Err(CounterFault::Away) } else { Ok(self.all_leases()) };
        Box::pin(std::future::ready(leases))
    }

    fn return_leases(&self, of: Vec<SubjectKey>) -> Pending<'_, Result<Vec<Lease>, CounterFault>> {
        for (id, counts) in self.counts.lock().unwrap().iter_mut() {
            if let Some(quota) = counts.own.quota.as_mut().filter(|_| of.contains(&SubjectKey::Profile(*id))) {
                let calls = std::mem::take(&mut quota.unaccounted);
                quota.used += calls;
                quota.granted += calls;
                quota.remaining += calls;
            }
        }
        let leases = self.all_leases().into_iter().filter(|lease| of.contains(&lease.key)).collect();
        Box::pin(std::future::ready(Ok(leases)))
    }

    fn reset(&self, profile: ProfileId) -> Pending<'_, Result<(), CounterFault>> {
        self.change(profile, |quota| {
            (quota.used, quota.granted, quota.unaccounted, quota.remaining) = (0, 0, 0, quota.limit);
        })
    }
}

/// Counts of a profile with a quota alone, in November 2026.
pub(crate) fn quota_counts(limit: u32, used: u32) -> ProfileCounts {
    let quota = QuotaCount {
        limit,
        interval: "month",
        granted: 0,
        used,
        remaining: limit - used,
        leased: 1,
        unaccounted: 0,
        period_start: Timestamp(1_793_491_200_000_000),
        resets_at: Timestamp(1_796_083_200_000_000),
    };
    ProfileCounts { own: SubjectCounts { rate: None, quota: Some(quota) }, shared: SubjectCounts::default() }
}

/// Explains a request of a profile as refused for its address, any other as without a credential.
#[derive(Default)]
pub(crate) struct TestExplanations {
    recorded: Mutex<Option<Recorded>>,
    asked: Mutex<Vec<Described>>,
}

impl TestExplanations {
    /// Sets the one recent request.
    pub(crate) fn record(&self, recorded: Recorded) {
        *self.recorded.lock().unwrap() = Some(recorded);
    }

    /// What was asked for.
    pub(crate) fn asked(&self) -> Vec<Described> {
        self.asked.lock().unwrap().clone()
    }
}

fn explanation(profile: Option<ProfileId>) -> Explanation {
    let (check, denial) = match profile {
        Some(_) => (Check::SourceAddress, Denial::IpNotAllowed),
        None => (Check::CredentialPresent, Denial::CredentialMissing),
    };
    let values = vec![Value { name: "source", value: "203.0.113.7".to_owned() }];
    Explanation {
        revision: Revision(42),
        denial: Some(denial),
        profile,
        client: None,
        collection: None,
        endpoint: None,
        wait_nanos: None,
        rows: vec![
            ExplanationRow { check: Check::Framing, outcome: RowOutcome::Passed, values: vec![] },
            ExplanationRow { check, outcome: RowOutcome::Stopped, values },
            ExplanationRow { check: Check::Route, outcome: RowOutcome::NotReached, values: vec![] },
        ],
    }
}

impl ExplanationSource for TestExplanations {
    fn explain(&self, described: Described) -> Pending<'_, Result<Explanation, DescribeFault>> {
        self.asked.lock().unwrap().push(described.clone());
        let outcome = match described.credential {
            _ if !described.url.starts_with('/') => {
                Err(DescribeFault { field: "url", message: "must be a path or an http URL".to_owned() })
            }
            DescribedCredential::Profile(id) => Ok(explanation(Some(id))),
            DescribedCredential::None | DescribedCredential::Token(_) | DescribedCredential::Authorization(_) => {
                Ok(explanation(None))
            }
        };
        Box::pin(std::future::ready(outcome))
    }

    fn recorded(&self, request_id: String) -> Pending<'_, Option<(Recorded, Option<Explanation>)>> {
        let found = self.recorded.lock().unwrap().clone().filter(|recorded| recorded.request_id == request_id);
        let found = found.map(|recorded| {
            let now = recorded.profile.map(|id| explanation(Some(id)));
            (recorded, now)
        });
        Box::pin(std::future::ready(found))
    }
}
