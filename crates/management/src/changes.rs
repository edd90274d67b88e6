//! After a commit: wait until the local gateway workers use the new revision, so that an answer is never ahead of them.

use crate::error::ApiError;
use domain::Revision;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// Longest wait for the gateway; after it the change is stored, but the answer says that it is not confirmed.
const CONFIRM_WITHIN: Duration = Duration::from_secs(10);

/// How many changes may wait for the feed at once.
const WAITING: usize = 1024;

/// A committed revision on its way to the gateway workers.
#[derive(Debug)]
pub struct Commit {
    /// The revision. Later ones may be in force already.
    pub revision: Revision,
    /// To be answered once all workers use this revision or a later one.
    pub applied: oneshot::Sender<()>,
}

/// Tells the configuration feed of commits and waits for it.
#[derive(Debug, Clone)]
pub struct Changes {
    sender: mpsc::Sender<Commit>,
}

impl Changes {
    /// The two ends: this one for the management API, the receiver for the feed.
    pub fn new() -> (Self, mpsc::Receiver<Commit>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (Self { sender }, receiver)
    }

    /// Waits until the local workers use this revision.
    pub(crate) async fn applied(&self, revision: Revision) -> Result<(), ApiError> {
        let (applied, confirmed) = oneshot::channel();
        let confirm = async {
            self.sender.send(Commit { revision, applied }).await.ok()?;
            confirmed.await.ok()
        };
        match timeout(CONFIRM_WITHIN, confirm).await {
            Ok(Some(())) => Ok(()),
            Ok(None) | Err(_) => Err(ApiError::NotConfirmed { revision }),
        }
    }
}
