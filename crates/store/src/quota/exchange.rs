//! Reports, returns and leases of many subjects in one transaction.

use super::count::period_in_force;
use super::rows;
use super::use_notes::UseNotes;
use domain::limits::{Exchange, Leased, Period, QuotaCount, SubjectKey};
use domain::time::Timestamp;
use rusqlite::Transaction;

/// This file belongs to one node.
const NODES: u32 = 1;

pub(super) fn exchange(
    tx: &Transaction<'_>,
    now: Timestamp,
    batch: &[Exchange],
) -> rusqlite::Result<Vec<Option<Leased>>> {
    // What only reports use is noted elsewhere.
    batch.iter().map(|told| if UseNotes::is_note(told) { Ok(None) } else { one(tx, now, told) }).collect()
}

fn one(tx: &Transaction<'_>, now: Timestamp, told: &Exchange) -> rusqlite::Result<Option<Leased>> {
    let mut counts = Counts { key: told.key, touched: Vec::new() };
    for settlement in &told.settlements {
        counts.get(tx, settlement.period)?.settle(settlement);
    }
    let leased = match told.ask {
        Some(ask) => {
            let period = period_in_force(tx, now, told.key, &told.basis, ask.at)?;
            Some(counts.get(tx, period)?.lease(told.limit, &ask, NODES))
        }
        None => None,
    };
    counts.save(tx)?;
    Ok(leased)
}

/// Counts of one subject that were read, to be saved together.
struct Counts {
    key: SubjectKey,
    touched: Vec<QuotaCount>,
}

impl Counts {
    fn get(&mut self, tx: &Transaction<'_>, period: Period) -> rusqlite::Result<&mut QuotaCount> {
        let known = self.touched.iter().position(|count| count.period.start == period.start);
        let at = known.unwrap_or(self.touched.len());
        if known.is_none() {
            let stored = rows::find_count(tx, self.key, period)?;
            self.touched.push(stored.unwrap_or_else(|| QuotaCount::new(period)));
        }
        self.touched.get_mut(at).ok_or(rusqlite::Error::QueryReturnedNoRows)
    }

    fn save(&self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        self.touched.iter().try_for_each(|count| rows::save_count(tx, self.key, count))
    }
}
