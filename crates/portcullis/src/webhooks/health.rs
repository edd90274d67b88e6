//! Watches the gateway of this node and tells webhooks when it does not serve as it should.
//!
//! A sign counts once it was seen at three looks in a row, five seconds apart. What is unhealthy is told once, and again only
//! after a minute without any sign. What cannot be told because the store is away is told when it is back.

use domain::time::Timestamp;
use domain::webhook::WebhookEvent;
use serde_json::{Value, json};
use std::time::Duration;
use store::Store;
use tokio::time::{MissedTickBehavior, interval};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(5);
/// Looks at which a sign is seen before it counts.
const SEEN: u32 = 3;
/// Looks without a sign after which the gateway is healthy again.
const WELL: u32 = 12;
/// A worker that gets to run so late is behind.
const LATE_MICROS: u64 = 1_000_000;

/// What is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Signs {
    /// The revision that the workers use.
    pub(crate) applied: i64,
    /// Requests shed since the start.
    pub(crate) shed: u64,
    /// Connections that could not be accepted since the start.
    pub(crate) accept_failures: u64,
    /// The latest that a worker got to run, in microseconds.
    pub(crate) lag_micros: u64,
}

/// Why a gateway is unhealthy, as messages say it.
const REASONS: [&str; 5] = ["store_unavailable", "behind_revision", "overloaded", "cannot_accept", "worker_late"];

/// What was seen so far.
#[derive(Debug, Default)]
struct Judge {
    last: Option<Signs>,
    /// Looks in a row with the sign, by reason.
    seen: [u32; REASONS.len()],
    well: u32,
    is_told: bool,
}

impl Judge {
    /// Takes a look; the reasons where the gateway has just become unhealthy. `current`: the store's revision, if it
    /// answers.
    fn look(&mut self, signs: Signs, current: Option<i64>) -> Vec<&'static str> {
        let last = self.last.replace(signs).unwrap_or(signs);
        let now = [
            current.is_none(),
            current.is_some_and(|current| current > signs.applied && signs.applied == last.applied),
            signs.shed > last.shed,
            signs.accept_failures > last.accept_failures,
            signs.lag_micros >= LATE_MICROS,
        ];
        for (seen, is_there) in self.seen.iter_mut().zip(now) {
            *seen = if is_there { seen.saturating_add(1) } else { 0 };
        }
        self.well = if now.contains(&true) { 0 } else { self.well.saturating_add(1) };
        if self.well >= WELL {
            self.is_told = false;
        }
        let reasons: Vec<_> = REASONS.into_iter().zip(self.seen).filter(|(_, seen)| *seen >= SEEN).collect();
        if reasons.is_empty() || self.is_told {
            return Vec::new();
        }
        self.is_told = true;
        reasons.into_iter().map(|(reason, _)| reason).collect()
    }
}

/// Watches the gateway.
pub(crate) struct HealthWatch<S> {
    store: Store,
    signs: S,
    clock: fn() -> Timestamp,
    judge: Judge,
    /// What is to be told.
    untold: Option<(Timestamp, Value)>,
}

impl<S: Fn() -> Signs> HealthWatch<S> {
    /// Has seen nothing yet.
    pub(crate) fn new(store: Store, signs: S, clock: fn() -> Timestamp) -> Self {
        Self { store, signs, clock, judge: Judge::default(), untold: None }
    }

    /// Runs until it is dropped.
    pub(crate) async fn run(mut self) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.look().await;
        }
    }

    pub(super) async fn look(&mut self) {
        let current = self.store.current_revision().await.ok().map(|revision| revision.0);
        let signs = (self.signs)();
        let reasons = self.judge.look(signs, current);
        if !reasons.is_empty() {
            tracing::error!(reasons = reasons.join(", "), "the gateway does not serve as it should");
            let revisions = json!({ "applied": signs.applied, "current": current });
            self.untold = Some(((self.clock)(), json!({ "reasons": reasons, "revisions": revisions })));
        }
        if let Some((at, data)) = &self.untold {
            let told = self.store.raise_webhook_event(*at, WebhookEvent::GatewayUnhealthy, data.clone()).await;
            if told.is_ok() {
                self.untold = None;
            }
        }
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    fn check(looks: &[(Signs, Option<i64>)], expected: &[(usize, &[&str])]) {
        let mut judge = Judge::default();
        let told: Vec<_> = looks.iter().map(|(signs, current)| judge.look(*signs, *current)).collect();
        let told: Vec<_> = told.iter().enumerate().filter(|(_, reasons)| !reasons.is_empty()).collect();
        let told: Vec<_> = told.into_iter().map(|(at, reasons)| (at, reasons.as_slice())).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn a_sign_counts_at_the_third_look_and_is_told_once() {
        let well = (Signs { applied: 7, ..Signs::default() }, Some(7));
        let away = (Signs { applied: 7, ..Signs::default() }, None);
        check(&[well, away, away, well, away, away, away, away], &[(6, &["store_unavailable"])]);
        let again = [vec![away; 3], vec![well; 12], vec![away; 3]].concat();
        check(&again, &[(2, &["store_unavailable"]), (17, &["store_unavailable"])]);
        let too_soon = [vec![away; 3], vec![well; 11], vec![away; 3]].concat();
        check(&too_soon, &[(2, &["store_unavailable"])]);
    }

    #[test]
    fn each_sign_has_its_reason() {
        let behind = (Signs { applied: 7, ..Signs::default() }, Some(9));
        check(&[behind; 3], &[(2, &["behind_revision"])]);
        let following: Vec<_> = (1..9).map(|at| (Signs { applied: at, ..Signs::default() }, Some(at + 1))).collect();
        check(following.get(1..).unwrap(), &[]);
        let late = (Signs { lag_micros: 1_000_000, ..Signs::default() }, Some(0));
        check(&[late; 3], &[(2, &["worker_late"])]);
        let growing: Vec<_> =
            (0..4).map(|at| (Signs { shed: at, accept_failures: at, ..Signs::default() }, Some(0))).collect();
        check(&growing, &[(3, &["overloaded", "cannot_accept"])]);
    }
}
