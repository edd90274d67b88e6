//! What a request waits for before it can be decided on: fresh keys of an issuer, at most 1 s; a block of calls from the
//! authority of a quota, at most 250 ms in all. The directory is not held meanwhile.

use crate::config::{KeyAsk, Links};
use crate::limits::{LeaseKeeper, LeaseWait, UsedLease};
use domain::decide::{Wait, Waited};
use domain::limits::{LeaseNeed, Patience};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// How long a request waits for keys.
const KEYS_WAIT: Duration = Duration::from_secs(1);
/// Rounds of one request. Each wait is bounded by itself; this is for leases that others use up as fast as they come.
const MAX_ROUNDS: u32 = 32;

/// Those who can be asked.
#[derive(Debug, Clone)]
pub(crate) struct Waits {
    keys: mpsc::Sender<KeyAsk>,
    leases: LeaseKeeper,
}

/// How far one request has waited.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    leases: LeaseWait,
    rounds: u32,
}

impl Waits {
    pub(crate) fn new(links: &Links) -> Self {
        Self { keys: links.keys.clone(), leases: links.leases.clone() }
    }

    /// Gets what is needed, or waits long enough for it. Notes in `waited` what is not to be waited for again.
    pub(crate) async fn get(&self, wait: Wait, waiting: &mut Waiting, waited: &mut Waited) {
        waiting.rounds += 1;
        match wait {
            Wait::Keys(source) => {
                let (done, answered) = oneshot::channel();
                // With nobody to ask, or too many before it, the request goes on without.
                if self.keys.try_send(KeyAsk { source, done }).is_ok() {
                    let _late = timeout(KEYS_WAIT, answered).await;
                }
                waited.for_keys = true;
            }
            Wait::Lease(need) => {
                let patience = self.leases.fill(*need, &mut waiting.leases).await;
                waited.for_lease = patience == Patience::LeaseAwaited || waiting.rounds >= MAX_ROUNDS;
            }
        }
    }

    /// Has use reported. Gives back what there is no room for.
    pub(crate) fn report(&self, used: Vec<UsedLease>) -> Option<Vec<UsedLease>> {
        self.leases.report(used)
    }

    /// Has leases filled in the background.
    pub(crate) fn refill(&self, need: LeaseNeed) {
        self.leases.refill(need);
    }
}
