//! An authority on quotas in memory: the rules of the real one, without a file.

use super::world::Authority;
use domain::limits::{Exchange, Leased, Period, QuotaBasis, QuotaCount, QuotaTerms, SubjectKey};
use domain::time::Timestamp;
use std::collections::HashMap;

#[derive(Debug, Default)]
pub(super) struct Fake {
    bases: HashMap<SubjectKey, (String, Option<Timestamp>)>,
    counts: HashMap<(SubjectKey, Timestamp), QuotaCount>,
    /// Exchanges that asked or told something.
    pub(super) exchanges: usize,
}

impl Fake {
    fn period(&mut self, now: Timestamp, key: SubjectKey, basis: &QuotaBasis, at: Timestamp) -> Period {
        let known = self.bases.get(&key);
        let since = match known {
            Some((text, since)) if *text == basis.text() => *since,
            _ => known.map(|_| now),
        };
        self.bases.insert(key, (basis.text(), since));
        basis.period_at(at, since)
    }

    fn count(&mut self, key: SubjectKey, period: Period) -> &mut QuotaCount {
        let count = self.counts.entry((key, period.start)).or_insert_with(|| QuotaCount::new(period));
        count.period = period;
        count
    }
}

impl Authority for Fake {
    fn exchange(&mut self, now: Timestamp, batch: &[Exchange]) -> Vec<Option<Leased>> {
        self.exchanges += batch.len();
        let one = |told: &Exchange| {
            for settlement in &told.settlements {
                self.count(told.key, settlement.period).settle(settlement);
            }
            let ask = told.ask?;
            let period = self.period(now, told.key, &told.basis, ask.at);
            Some(self.count(told.key, period).lease(told.limit, &ask, 1))
        };
        batch.iter().map(one).collect()
    }

    fn rebase(&mut self, now: Timestamp, key: SubjectKey, basis: &QuotaBasis) {
        if let Some(known) = self.bases.get_mut(&key)
            && known.0 != basis.text()
        {
            *known = (basis.text(), Some(now));
        }
    }

    fn grant(&mut self, now: Timestamp, terms: &QuotaTerms, amount: u32) -> QuotaCount {
        let period = self.period(now, terms.key, &terms.basis, now);
        let count = self.count(terms.key, period);
        count.grant(amount);
        *count
    }

    fn reset(&mut self, now: Timestamp, terms: &QuotaTerms) -> QuotaCount {
        let period = self.period(now, terms.key, &terms.basis, now);
        let count = self.count(terms.key, period);
        *count = QuotaCount::new(period);
        *count
    }

    fn read(&mut self, now: Timestamp, terms: &QuotaTerms) -> QuotaCount {
        let period = self.period(now, terms.key, &terms.basis, now);
        *self.count(terms.key, period)
    }

    fn crash(&mut self) {
        for count in self.counts.values_mut() {
            count.unaccounted = count.deducted - count.used;
        }
    }
}
