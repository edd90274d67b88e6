//! What is counted against limits, for the management side: rate windows from the directory's live counters, quotas
//! from their authority.

use crate::clock;
use crate::config_feed::Shared;
use crate::quota_changes::{self, of_client, of_profile};
use crate::takeover::Neighbour;
use domain::directory::Directory;
use domain::ids::ProfileId;
use domain::limits::{QuotaTerms, RateState, Subject, SubjectKey};
use gateway::limits::{QuotaControl, QuotaSubject, QuotaView};
use management::{CounterFault, CounterSource, Lease, Pending, ProfileCounts, QuotaCount, RateCount, SubjectCounts};
use std::collections::HashSet;
use store::{QuotaError, QuotaStore};

/// Live counters and the authority of quotas.
pub(crate) struct LiveCounters {
    /// Where the counters hang.
    pub(crate) directory: Shared,
    /// The authority of quotas.
    pub(crate) quotas: QuotaControl,
    /// The counts on file.
    pub(crate) counts: QuotaStore,
    /// Another process that may hold leases.
    pub(crate) neighbour: Neighbour,
}

impl CounterSource for LiveCounters {
    fn read(&self, profiles: Vec<ProfileId>) -> Pending<'_, Vec<ProfileCounts>> {
        Box::pin(async move {
            let directory = self.directory.load_full();
            let mut counts: Vec<ProfileCounts> = Vec::with_capacity(profiles.len());
            let mut asked: Vec<(usize, Whose, QuotaSubject)> = Vec::new();
            for (at, id) in profiles.into_iter().enumerate() {
                let (rates, subjects) = of(&directory, id);
                counts.push(rates);
                asked.extend(subjects.into_iter().map(|(whose, subject)| (at, whose, subject)));
            }
            let subjects: Vec<_> = asked.iter().map(|(_, _, subject)| subject.clone()).collect();
            if subjects.is_empty() {
                return counts;
            }
            match self.quotas.read(subjects).await {
                Ok(views) => {
                    for ((at, whose, subject), view) in asked.into_iter().zip(views) {
                        let Some(counts) = counts.get_mut(at) else { continue };
                        let place = match whose {
                            Whose::Own => &mut counts.own,
                            Whose::Shared => &mut counts.shared,
                        };
                        place.quota = Some(shown(&subject, &view));
                    }
                }
                Err(error) => tracing::warn!(%error, "the counts of usage quotas cannot be shown"),
            }
            counts
        })
    }

    fn grant(&self, profile: ProfileId, amount: u32) -> Pending<'_, Result<(), CounterFault>> {
        Box::pin(async move {
            let subject = self.subject(profile)?;
            self.neighbour.recall(&[subject.key]).await.map_err(|_| CounterFault::Away)?;
            self.quotas.grant(subject, amount).await.map(drop).map_err(|_| CounterFault::Away)
        })
    }

    fn leases(&self) -> Pending<'_, Result<Vec<Lease>, CounterFault>> {
        Box::pin(async move {
            let mut keys: HashSet<SubjectKey> =
                self.counts.unaccounted().await.map_err(|error| away(&error))?.into_iter().collect();
            let directory = self.directory.load_full();
            let now = clock::now();
            keys.extend(
                quota_changes::all(&directory)
                    .into_iter()
                    .filter_map(|subject| (subject.counters.leased(now) > 0).then_some(subject.key)),
            );
            let subjects = keys.into_iter().filter_map(|key| subject_of(&directory, key)).collect();
            let mut leases = self.read_leases(subjects).await?;
            leases.retain(|lease| lease.count.leased > 0 || lease.count.unaccounted > 0);
            Ok(leases)
        })
    }

    fn return_leases(&self, of: Vec<SubjectKey>) -> Pending<'_, Result<Vec<Lease>, CounterFault>> {
        Box::pin(async move {
            self.neighbour.recall(&of).await.map_err(|_| CounterFault::Away)?;
            let directory = self.directory.load_full();
            let subjects: Vec<_> = of.into_iter().filter_map(|key| subject_of(&directory, key)).collect();
            for subject in &subjects {
                let terms =
                    QuotaTerms { key: subject.key, basis: subject.rule().basis(), limit: subject.quota.limit() };
                // Accounted for first: what fails in between leaves less to call, never more.
                let calls = self.counts.account(clock::wall(), terms).await.map_err(|error| away(&error))?;
                if calls > 0 {
                    self.quotas.grant(subject.clone(), calls).await.map_err(|_| CounterFault::Away)?;
                }
            }
            self.read_leases(subjects).await
        })
    }

    fn reset(&self, profile: ProfileId) -> Pending<'_, Result<(), CounterFault>> {
        Box::pin(async move {
            let subject = self.subject(profile)?;
            self.neighbour.recall(&[subject.key]).await.map_err(|_| CounterFault::Away)?;
            self.quotas.reset(subject).await.map(drop).map_err(|_| CounterFault::Away)
        })
    }
}

impl LiveCounters {
    async fn read_leases(&self, subjects: Vec<QuotaSubject>) -> Result<Vec<Lease>, CounterFault> {
        let views = self.quotas.read(subjects.clone()).await.map_err(|_| CounterFault::Away)?;
        let leases = subjects.iter().zip(&views);
        Ok(leases.map(|(subject, view)| Lease { key: subject.key, count: shown(subject, view) }).collect())
    }

    fn subject(&self, profile: ProfileId) -> Result<QuotaSubject, CounterFault> {
        let directory = self.directory.load();
        let profile = directory.profile(profile).ok_or(CounterFault::NoQuota)?;
        of_profile(&directory, profile).ok_or(CounterFault::NoQuota)
    }
}

/// Whose quota it is; `None` where they have none (any more).
fn subject_of(directory: &Directory, key: SubjectKey) -> Option<QuotaSubject> {
    match key {
        SubjectKey::Profile(id) => of_profile(directory, directory.profile(id)?),
        SubjectKey::Client(id) => of_client(directory, directory.client(id)?),
    }
}

fn away(error: &QuotaError) -> CounterFault {
    tracing::warn!(%error, "the counts of usage quotas cannot be read");
    CounterFault::Away
}

#[derive(Clone, Copy)]
enum Whose {
    Own,
    Shared,
}

/// The rates of a profile, and whose quotas are to be asked for.
fn of(directory: &Directory, id: ProfileId) -> (ProfileCounts, Vec<(Whose, QuotaSubject)>) {
    let mut counts = ProfileCounts::default();
    let mut subjects = Vec::new();
    let Some(profile) = directory.profile(id) else { return (counts, subjects) };
    let Some(client) = directory.client(profile.client_id()) else { return (counts, subjects) };
    if let Some(terms) = directory.terms_of(profile, client)
        && let Ok(own) = directory.limits_of_profile(profile, terms)
    {
        counts.own = rate(&own);
    }
    if let Ok(Some(shared)) = directory.limits_of_client(client) {
        counts.shared = rate(&shared);
    }
    subjects.extend(of_profile(directory, profile).map(|subject| (Whose::Own, subject)));
    subjects.extend(of_client(directory, client).map(|subject| (Whose::Shared, subject)));
    (counts, subjects)
}

fn rate(subject: &Subject<'_>) -> SubjectCounts {
    let rate = subject.limits.rate.map(|rate| {
        let RateState { limit, remaining, resets_in_nanos } = subject.counters.peek(rate, clock::now().monotonic);
        RateCount { limit, interval: rate.interval().as_str(), remaining, resets_in_nanos }
    });
    SubjectCounts { rate, quota: None }
}

fn shown(subject: &QuotaSubject, view: &QuotaView) -> QuotaCount {
    QuotaCount {
        limit: view.limit,
        interval: subject.quota.interval().as_str(),
        granted: view.granted,
        used: view.used,
        remaining: view.remaining,
        leased: view.leased,
        unaccounted: view.unaccounted,
        period_start: view.period_start,
        resets_at: view.resets_at,
    }
}
