//! One exchange with the authority for many subjects.

use super::authority::{AuthorityAway, LimitAuthority};
use domain::limits::{Answer, Counters, Exchange, SubjectKey, Wish};
use domain::time::Now;
use foldhash::fast::RandomState;
use std::collections::HashSet;
use std::sync::Arc;

/// Exchanges begun together.
#[derive(Default)]
pub(super) struct Batch {
    subjects: HashSet<SubjectKey, RandomState>,
    counters: Vec<Arc<Counters>>,
    exchanges: Vec<Exchange>,
}

impl Batch {
    /// How many subjects are in it.
    pub(super) fn len(&self) -> usize {
        self.subjects.len()
    }

    /// Begins the exchange of a subject; one that is in the batch already stays as it is. False: time has nothing to
    /// do for it any more.
    pub(super) fn begin(&mut self, key: SubjectKey, counters: &Arc<Counters>, wish: Wish, now: Now) -> bool {
        if !self.subjects.insert(key) {
            return true;
        }
        let turn = counters.begin_exchange(key, wish, now);
        if let Some(exchange) = turn.exchange {
            self.exchanges.push(exchange);
            self.counters.push(Arc::clone(counters));
        }
        turn.keep
    }

    /// Tells the authority and hands its answers to the counters.
    pub(super) async fn settle(self, authority: &impl LimitAuthority, clock: fn() -> Now) -> Result<(), AuthorityAway> {
        if self.exchanges.is_empty() {
            return Ok(());
        }
        let exchanges: Arc<[Exchange]> = self.exchanges.into();
        let answer = authority.exchange(clock().wall, Arc::clone(&exchanges)).await;
        let now = clock();
        let mut leases = answer.iter().flatten();
        for (exchange, counters) in exchanges.iter().zip(&self.counters) {
            let answer = match &answer {
                Ok(_) => Answer::from(leases.next().copied().flatten()),
                Err(_) => Answer::Away,
            };
            counters.end_exchange(exchange, answer, now);
        }
        answer.map(drop)
    }
}
