//! What is done now and then: last uses written down, passed overlaps ended, the key for access tokens rotated.
//!
//! None of it is waited for by a request. While the store cannot be reached it is tried again at the next turn; last
//! uses are kept in memory until then.

use crate::clock;
use std::time::Duration;
use store::{Actor, Store, StoreError};
use tokio::time::{MissedTickBehavior, interval};
use usage::Totals;

/// Between two turns.
const EVERY: Duration = Duration::from_mins(1);
/// Age at which the key for access tokens is rotated: 30 days.
const ROTATE_AFTER_MICROS: i64 = 30 * 86_400 * 1_000_000;

/// Runs until it is dropped.
pub(crate) async fn run(store: Store, totals: Totals) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        note_last_use(&store, &totals).await;
        report("passed overlaps", store.sweep_credentials(clock::wall()).await.map(drop));
        report("the key for access tokens", rotate(&store).await);
    }
}

/// Writes down when credentials were last used.
pub(crate) async fn note_last_use(store: &Store, totals: &Totals) {
    let uses = totals.take_last_uses();
    if uses.is_empty() {
        return;
    }
    let written = store.note_last_use(&uses).await;
    if written.is_err() {
        totals.put_back_last_uses(&uses);
    }
    report("last uses of credentials", written);
}

async fn rotate(store: &Store) -> Result<(), StoreError> {
    let now = clock::wall();
    let due = store.access_token_key_made_at().await?.is_some_and(|made| now.0 - made.0 > ROTATE_AFTER_MICROS);
    if due {
        store.rotate_access_token_key(&Actor::system("housekeeping"), now).await?;
    }
    Ok(())
}

fn report(what: &str, outcome: Result<(), StoreError>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, what, "housekeeping could not be done; it is tried again");
    }
}
