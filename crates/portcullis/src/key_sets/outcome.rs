//! What a fetch changes: the entry, the status, the directory, and who waited for it.

use super::entry::{self, shown};
use super::fault::KeySetFault;
use super::fetch::Found;
use super::keeper::{FeedGone, KeySets};
use super::saver::Lacks;
use domain::directory::Delta;
use domain::jwt::KeySet;
use domain::terms::KeySource;
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio::task;

impl KeySets {
    /// A fetch ended.
    pub(super) async fn fetched(&mut self, id: task::Id, outcome: Result<Found, KeySetFault>) -> Result<(), FeedGone> {
        let Some(source) = self.running.remove(&id) else { return Ok(()) };
        // The source may have been forgotten meanwhile, and even taken on again.
        if let Some(entry) = self.entries.get_mut(&source).filter(|entry| entry.fetch == Some(id)) {
            entry.fetch = None;
            let waiting = std::mem::take(&mut entry.waiting);
            match outcome {
                Ok(found) => self.succeeded(source, found, waiting).await?,
                Err(fault) => self.failed(&source, fault, waiting),
            }
        }
        self.start_due();
        Ok(())
    }

    async fn succeeded(
        &mut self,
        source: KeySource,
        found: Found,
        waiting: Vec<oneshot::Sender<()>>,
    ) -> Result<(), FeedGone> {
        let (now, chance) = (self.now(), self.chance());
        let Some(entry) = self.entries.get_mut(&source) else { return Ok(()) };
        entry.schedule.succeeded(now.monotonic, found.fresh_for, chance);
        if entry.fault.take().is_some() {
            tracing::info!(source = %shown(&source), "the key set can be had again");
        }
        let is_new = entry.kept.as_ref().is_none_or(|kept| kept.set != found.set);
        let set = Arc::clone(&found.set);
        entry.kept = Some(found.kept(now.wall));
        self.statuses.put(entry.status(&source));
        self.saver.note(if is_new { Lacks::Sets } else { Lacks::Times });
        if is_new {
            self.publish_set(source, set, waiting).await
        } else {
            entry::answer(waiting);
            Ok(())
        }
    }

    fn failed(&mut self, source: &KeySource, fault: KeySetFault, waiting: Vec<oneshot::Sender<()>>) {
        let (now, chance) = (self.now(), self.chance());
        if let Some(entry) = self.entries.get_mut(source) {
            entry.schedule.failed(now.monotonic, chance);
            if entry.fault.replace(fault).is_none() {
                let kept = if entry.kept.is_some() { "the last one is kept for up to a day" } else { "there is none" };
                tracing::warn!(source = %shown(source), reason = %fault, "a key set cannot be had; {kept}");
            }
            self.statuses.put(entry.status(source));
        }
        entry::answer(waiting);
    }

    async fn publish_set(
        &self,
        source: KeySource,
        set: Arc<KeySet>,
        waiting: Vec<oneshot::Sender<()>>,
    ) -> Result<(), FeedGone> {
        let applied = self.publish(vec![Delta::KeySet(source, Some(set))]).await?;
        // Other sources go on meanwhile.
        tokio::spawn(async move {
            let _ = applied.await;
            entry::answer(waiting);
        });
        Ok(())
    }
}
