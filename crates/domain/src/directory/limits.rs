//! Which limits apply to whom.

use super::{ClientEntry, Directory, PolicyEntry, ProfileEntry};
use crate::ids::{PolicyId, ProfileId};
use crate::limits::{Counting, Limits, Patience, QuotaRule, Readings, Stopped, Subject, SubjectKey, take};
use crate::terms::Terms;
use crate::time::Now;
use jiff::civil::Date;

/// A policy that is referred to and not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownPolicy;

impl Directory {
    /// The limits of a profile by the policy of these terms.
    pub fn limits_of_profile<'d>(
        &'d self,
        profile: &'d ProfileEntry,
        terms: &Terms,
    ) -> Result<Subject<'d>, UnknownPolicy> {
        let limits = match terms.policy_id {
            Some(id) => self.limits_by(id, profile.period_anchor())?,
            None => Limits::default(),
        };
        Ok(Subject { key: SubjectKey::Profile(profile.id()), counters: profile.counters(), limits })
    }

    /// The limits that all profiles of a client share; `None` without any.
    pub fn limits_of_client<'d>(&'d self, client: &'d ClientEntry) -> Result<Option<Subject<'d>>, UnknownPolicy> {
        let Some(id) = client.shared_policy_id() else { return Ok(None) };
        let limits = self.limits_by(id, client.period_anchor())?;
        Ok(Some(Subject { key: SubjectKey::Client(client.id()), counters: client.counters(), limits }))
    }

    /// What is left of each limit that applies to a profile, without taking anything.
    pub fn limit_readings(&self, id: ProfileId, now: Now) -> Readings {
        let readings = || {
            let profile = self.profile(id)?;
            let client = self.client(profile.client_id())?;
            let own = self.limits_of_profile(profile, self.terms_of(profile, client)?).ok()?;
            let shared = self.limits_of_client(client).ok()?;
            let outcome = take(&own, shared.as_ref(), self.revision(), Counting::ReadOnly, Patience::LeaseAwaited, now);
            match outcome {
                Ok(taken) => Some(taken.readings),
                Err(Stopped::Refused(refused)) => Some(refused.readings),
                Err(Stopped::Unavailable { .. } | Stopped::NeedsLease(_)) => None,
            }
        };
        readings().unwrap_or_default()
    }

    fn limits_by(&self, id: PolicyId, anchor: Date) -> Result<Limits<'_>, UnknownPolicy> {
        let PolicyEntry { rate_limit, usage_quota, on_store_failure } = self.policy(id).ok_or(UnknownPolicy)?;
        let quota = usage_quota.map(|quota| QuotaRule {
            quota,
            zone: &self.settings().zone,
            anchor,
            on_failure: on_store_failure.quota,
        });
        Ok(Limits { rate: rate_limit, quota })
    }
}
