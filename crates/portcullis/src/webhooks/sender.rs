//! The task that sends what is due.

use super::attempt::attempt;
use crate::config_feed::Shared;
use domain::WebhookId;
use domain::time::Timestamp;
use outbound::{Fetcher, Limits};
use std::collections::HashMap;
use std::time::Duration;
use store::{Due, Store, StoreError};
use tokio::task::{self, JoinSet};
use tokio::time::{MissedTickBehavior, interval, sleep};

/// Messages of one webhook that are sent at once.
const AT_ONCE_OF_EACH: usize = 2;
/// Between two looks for messages that are to be forgotten, in looks for due ones.
const FORGET_EVERY: u32 = 600;
/// After the store could not be asked.
const PAUSE: Duration = Duration::from_secs(5);

/// What the task works with.
#[derive(Clone)]
pub(crate) struct Parts {
    /// Where messages are queued.
    pub(crate) store: Store,
    /// Which private addresses may be gone to.
    pub(crate) directory: Shared,
    /// How messages are sent.
    pub(crate) fetcher: Fetcher,
    /// Bounds of one attempt.
    pub(crate) limits: Limits,
    /// The wall clock.
    pub(crate) clock: fn() -> Timestamp,
    /// Randomness that spreads attempts.
    pub(crate) random: fn() -> [u8; 16],
    /// How often it is looked what is due.
    pub(crate) look_every: Duration,
}

/// Sends what is due.
pub(crate) struct Sender {
    parts: Parts,
    attempts: JoinSet<Result<(), StoreError>>,
    running: HashMap<task::Id, Due>,
    /// Whether it was told that the store is away.
    is_away: bool,
}

impl Sender {
    /// Sends nothing yet.
    pub(crate) fn new(parts: Parts) -> Self {
        Self { parts, attempts: JoinSet::new(), running: HashMap::new(), is_away: false }
    }

    /// Runs until it is dropped; attempts under way end with it, and are made again when their claim has passed.
    pub(crate) async fn run(mut self) {
        let mut revisions = self.parts.store.watch_revision();
        let mut ticks = interval(self.parts.look_every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut looks = 0;
        loop {
            let ended = tokio::select! {
                _ = ticks.tick() => {
                    if looks == 0 {
                        self.forget().await;
                    }
                    looks = (looks + 1) % FORGET_EVERY;
                    Ok(())
                }
                Ok(()) = revisions.changed() => Ok(()),
                Some(ended) = self.attempts.join_next_with_id() => self.ended(ended),
            };
            let looked = match ended {
                Ok(()) => self.start_due().await,
                Err(error) => Err(error),
            };
            match looked {
                Ok(()) => self.is_away = false,
                Err(error) => {
                    if !std::mem::replace(&mut self.is_away, true) {
                        tracing::warn!(cause = %error, "webhook messages wait: the store cannot be asked or written");
                    }
                    sleep(PAUSE).await;
                }
            }
        }
    }

    async fn start_due(&mut self) -> Result<(), StoreError> {
        let of_each = u32::try_from(AT_ONCE_OF_EACH * 2).unwrap_or(u32::MAX);
        for due in self.parts.store.due_deliveries((self.parts.clock)(), of_each).await? {
            let is_running = self.running.values().any(|running| running.id == due.id);
            if !is_running && self.running_of(due.webhook) < AT_ONCE_OF_EACH {
                let id = self.attempts.spawn(attempt(self.parts.clone(), due.id)).id();
                self.running.insert(id, due);
            }
        }
        Ok(())
    }

    fn running_of(&self, webhook: WebhookId) -> usize {
        self.running.values().filter(|running| running.webhook == webhook).count()
    }

    fn ended(&mut self, ended: Result<(task::Id, Result<(), StoreError>), task::JoinError>) -> Result<(), StoreError> {
        let (id, outcome) = match ended {
            Ok((id, outcome)) => (id, outcome),
            Err(broken) => {
                tracing::error!("an attempt to send a webhook message broke off");
                (broken.id(), Ok(()))
            }
        };
        self.running.remove(&id);
        outcome
    }

    async fn forget(&self) {
        if let Err(error) = self.parts.store.forget_deliveries((self.parts.clock)()).await {
            tracing::debug!(cause = %error, "old webhook messages could not be forgotten; it is tried again");
        }
    }
}
