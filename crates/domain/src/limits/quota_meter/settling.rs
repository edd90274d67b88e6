//! A meter's side of its exchanges with the authority.

use super::{Others, QuotaMeter, seconds};
use crate::limits::holding::Holding;
use crate::limits::{Answer, Exchange, LeaseAsk, Leased, QuotaCount, SubjectKey};
use crate::time::{Now, Timestamp};

/// A subject that was called within this time is active; leases of others are returned.
const ACTIVE_SECONDS: u32 = 60;
/// How early an active subject gets the first lease of the next period, in microseconds.
const EARLY_MICROS: i64 = 10_000_000;

/// Why an exchange is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// A lease is empty or half used.
    Lease {
        /// Requests that wait for a call.
        waiting: u32,
    },
    /// Time has passed: report, return what is idle, prepare the next period.
    Tick,
    /// All leases are to go back.
    Recall,
}

/// What to tell the authority now.
#[derive(Debug)]
pub struct Turn {
    /// The message; `None`: there is nothing to say.
    pub exchange: Option<Exchange>,
    /// Whether the subject still has something that time acts on: look again at the next tick.
    pub keep: bool,
}

impl QuotaMeter {
    /// Puts together what to tell the authority.
    pub(in crate::limits) fn begin(&mut self, key: SubjectKey, wish: Wish, now: Now) -> Turn {
        self.use_told = false;
        self.roll(now.wall);
        let active = seconds(now).saturating_sub(self.last_call) < ACTIVE_SECONDS;
        let ask = match wish {
            Wish::Lease { waiting } => self.present_ask(now.wall, waiting),
            Wish::Tick => {
                self.expire(now.wall);
                if active {
                    self.early_ask(now.wall).or_else(|| self.refill_ask(now.wall))
                } else {
                    self.give_up_leases();
                    None
                }
            }
            Wish::Recall => {
                self.call_back();
                None
            }
        };
        let settlements: Vec<_> = self.holdings().filter_map(Holding::settlement).collect();
        let keep = active || self.holdings().any(|holding| holding.left > 0 || holding.is_unsettled());
        let exchange = (ask.is_some() || !settlements.is_empty()).then(|| Exchange {
            key,
            basis: self.basis.clone(),
            limit: self.limit,
            settlements,
            ask,
            generation: self.generation,
        });
        Turn { exchange, keep }
    }

    /// Takes the authority's answer.
    pub(in crate::limits) fn end(&mut self, told: &Exchange, answer: Answer, now: Now) {
        self.refill_asked = false;
        if answer == Answer::Away {
            return;
        }
        for settlement in &told.settlements {
            let start = settlement.period.start;
            for holding in self.holdings_mut().filter(|holding| holding.period.start == start) {
                holding.settled(settlement);
            }
        }
        if let Answer::Leased(leased) = answer {
            self.install(&leased, told.generation == self.generation, now.wall);
        }
        self.tidy();
    }

    /// What the authority's count is after it was changed there.
    pub(in crate::limits) fn learn(&mut self, count: &QuotaCount) {
        let limit = self.limit;
        for holding in self.holdings_mut().filter(|holding| holding.period.start == count.period.start) {
            holding.remaining = count.remaining(limit).saturating_sub(holding.borrowed);
            holding.granted = count.granted;
            holding.known = true;
        }
    }

    /// Leased calls of the present period.
    pub(in crate::limits) fn leased(&self, wall: Timestamp) -> u32 {
        self.present(wall).map_or(0, |holding| holding.left)
    }

    /// An ask for the present period, unless enough is held already or all is known to be used up.
    fn present_ask(&self, wall: Timestamp, waiting: u32) -> Option<LeaseAsk> {
        let held = self.present(wall);
        let is_enough = |held: &Holding| held.left > held.refill_at && held.left >= waiting;
        if held.is_some_and(|held| held.known && (is_enough(held) || held.total() == 0)) {
            return None;
        }
        Some(LeaseAsk { at: wall, held: held.map_or(0, |held| held.left), waiting })
    }

    fn refill_ask(&self, wall: Timestamp) -> Option<LeaseAsk> {
        let held = self.present(wall).filter(|held| held.known && held.wants_refill())?;
        Some(LeaseAsk { at: wall, held: held.left, waiting: 0 })
    }

    /// An ask for the next period, shortly before it begins.
    fn early_ask(&self, wall: Timestamp) -> Option<LeaseAsk> {
        let until = self.present(wall)?.period.until;
        let has_next = self.others.as_ref().is_some_and(|others| others.next.is_some());
        let near = until.0.saturating_sub(wall.0) <= EARLY_MICROS;
        (near && !has_next).then_some(LeaseAsk { at: until, held: 0, waiting: 0 })
    }

    /// Leases of periods that are over, or that the clock has left, are void.
    fn expire(&mut self, wall: Timestamp) {
        if let Some(holding) = self.current.as_mut().filter(|holding| !holding.period.covers(wall)) {
            holding.recall();
            holding.known = false;
        }
        if let Some(others) = &mut self.others
            && let Some(over) = others.next.take_if(|next| next.period.until <= wall)
        {
            self.retire(over);
        }
    }

    fn give_up_leases(&mut self) {
        self.holdings_mut().for_each(Holding::recall);
    }

    /// Puts a lease where it belongs. One that was called back while it was on its way, or whose period the clock has
    /// left by now, goes back.
    fn install(&mut self, leased: &Leased, wanted: bool, wall: Timestamp) {
        let period = leased.period;
        let next = self.others.as_mut().and_then(|others| others.next.as_mut());
        if let Some(holding) = self.current.iter_mut().chain(next).find(|held| held.period.start == period.start) {
            if wanted {
                holding.add(leased);
            } else {
                holding.returning += leased.calls;
            }
            return;
        }
        let mut holding = self.take_past(period);
        holding.add(leased);
        let follows = self.current.is_some_and(|current| current.period.until <= period.from);
        let over = if wanted && period.covers(wall) {
            self.current.replace(holding)
        } else if wanted && follows {
            self.others.get_or_insert_default().next.replace(holding)
        } else {
            Some(holding)
        };
        if let Some(over) = over {
            self.retire(over);
        }
    }

    fn tidy(&mut self) {
        if let Some(others) = &mut self.others {
            others.past.retain(Holding::is_unsettled);
            if others.past.is_empty() && others.next.is_none() {
                self.others = None;
            }
        }
    }

    fn holdings(&self) -> impl Iterator<Item = &Holding> {
        let others = self.others.as_deref();
        self.current.iter().chain(others.into_iter().flat_map(|Others { next, past }| next.iter().chain(past)))
    }

    fn holdings_mut(&mut self) -> impl Iterator<Item = &mut Holding> {
        let others = self.others.as_deref_mut();
        self.current.iter_mut().chain(others.into_iter().flat_map(|Others { next, past }| next.iter_mut().chain(past)))
    }
}
