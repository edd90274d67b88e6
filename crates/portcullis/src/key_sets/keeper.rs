//! The task that keeps all key sets fresh.

use super::copy::{self, Restored};
use super::entry::{self, Entry, Kept, shown};
use super::fault::KeySetFault;
use super::fetch::{self, Found, Guarded};
use super::saver::{Lacks, Saver};
use super::schedule::Schedule;
use super::status::KeySetStatuses;
use crate::config_feed::{Publish, Shared};
use domain::directory::Delta;
use domain::ids::Revision;
use domain::terms::KeySource;
use domain::time::Now;
use gateway::KeyAsk;
use outbound::{Fetcher, Limits};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{self, JoinSet};
use tokio::time::{MissedTickBehavior, interval};

/// Fetches in turn at once.
const MOST_IN_TURN: usize = 8;
/// Fetches at once, those out of turn included: a few dead issuers do not keep an urgent one waiting.
const MOST_AT_ONCE: usize = 32;

/// What the task works with.
pub(crate) struct Parts {
    /// Which sources are needed.
    pub(crate) directory: Shared,
    /// How they are fetched.
    pub(crate) fetcher: Fetcher,
    /// Bounds of each request: [`super::LIMITS`].
    pub(crate) limits: Limits,
    /// The configuration feed.
    pub(crate) publisher: mpsc::Sender<Publish>,
    /// Where the copy is kept.
    pub(crate) data_dir: PathBuf,
    /// The program's clocks.
    pub(crate) clock: Arc<dyn Fn() -> Now + Send + Sync>,
    /// Randomness that spreads renewals.
    pub(crate) random: fn() -> [u8; 16],
    /// How often it is looked what is due.
    pub(crate) look_every: Duration,
}

/// Keeps key sets fresh.
pub(crate) struct KeySets {
    parts: Parts,
    pub(super) entries: HashMap<KeySource, Entry>,
    /// The revision whose sources are known; `None` before the first look.
    known: Option<Revision>,
    fetches: JoinSet<Result<Found, KeySetFault>>,
    pub(super) running: HashMap<task::Id, KeySource>,
    pub(super) saver: Saver,
    pub(super) statuses: KeySetStatuses,
}

impl KeySets {
    /// Takes over what was restored. Its sets must be in the directory already (`restored_deltas`).
    pub(crate) fn new(parts: Parts, restored: Vec<Restored>) -> Self {
        let now = (parts.clock)();
        let saver = Saver::new(copy::path(&parts.data_dir), now.monotonic);
        let entries = restored.into_iter().map(|Restored { source, kept, age }| {
            (source, Entry::new(Schedule::with_set_of_age(now.monotonic, age), Some(kept)))
        });
        let mut key_sets = Self {
            entries: entries.collect(),
            known: None,
            fetches: JoinSet::new(),
            running: HashMap::new(),
            saver,
            statuses: KeySetStatuses::default(),
            parts,
        };
        // What is needed no longer was never given to the directory: there is nothing to withdraw.
        let _ = key_sets.follow_directory();
        key_sets
    }

    /// How each source stands, from now on.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the pages of a later version"))]
    pub(crate) fn statuses(&self) -> KeySetStatuses {
        self.statuses.clone()
    }

    /// Runs until there is nobody left to ask, or nobody to publish to.
    pub(crate) async fn run(mut self, mut asks: mpsc::Receiver<KeyAsk>) {
        let mut ticks = interval(self.parts.look_every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let published = tokio::select! {
                _ = ticks.tick() => self.look().await,
                Some(ended) = self.fetches.join_next_with_id() => match ended {
                    Ok((id, outcome)) => self.fetched(id, outcome).await,
                    Err(broken) => self.fetched(broken.id(), Err(KeySetFault::Unreadable)).await,
                },
                ask = asks.recv() => match ask {
                    Some(ask) => self.asked(ask).await,
                    None => break,
                },
            };
            if published.is_err() {
                break;
            }
        }
        let (now, sets) = (self.now(), sets_in_use(&self.entries));
        self.saver.save_now(now.monotonic, || sets).await;
    }

    async fn look(&mut self) -> Result<(), FeedGone> {
        let gone = self.follow_directory();
        self.withdraw(gone).await?;
        self.withdraw_old().await?;
        self.start_due();
        let now = self.now();
        self.saver.save_if_due(now.monotonic, || sets_in_use(&self.entries)).await;
        Ok(())
    }

    /// Takes on sources that are new and forgets those that are needed no longer, which it returns.
    fn follow_directory(&mut self) -> Vec<KeySource> {
        let directory = self.parts.directory.load();
        if self.known == Some(directory.revision()) {
            return Vec::new();
        }
        self.known = Some(directory.revision());
        let needed: HashSet<&KeySource> = directory.key_sources().collect();
        let gone: Vec<KeySource> = self.entries.keys().filter(|source| !needed.contains(source)).cloned().collect();
        for source in &gone {
            if let Some(entry) = self.entries.remove(source) {
                entry::answer(entry.waiting);
            }
            self.statuses.remove(source);
            self.saver.note(Lacks::Sets);
        }
        let now = (self.parts.clock)();
        for source in needed {
            let entry =
                self.entries.entry(source.clone()).or_insert_with(|| Entry::new(Schedule::new(now.monotonic), None));
            self.statuses.put(entry.status(source));
        }
        gone
    }

    async fn withdraw(&self, sources: Vec<KeySource>) -> Result<(), FeedGone> {
        if sources.is_empty() {
            return Ok(());
        }
        self.publish(sources.into_iter().map(|source| Delta::KeySet(source, None)).collect()).await.map(drop)
    }

    async fn withdraw_old(&mut self) -> Result<(), FeedGone> {
        let now = self.now();
        let mut old = Vec::new();
        for (source, entry) in self.entries.iter_mut().filter(|(_, entry)| entry.schedule.is_too_old(now.monotonic)) {
            tracing::error!(
                source = %shown(source),
                "no key set could be had for a day: the last one is withdrawn, tokens signed with its keys are refused"
            );
            entry.schedule.withdrawn();
            entry.kept = None;
            self.statuses.put(entry.status(source));
            self.saver.note(Lacks::Sets);
            old.push(source.clone());
        }
        self.withdraw(old).await
    }

    /// Starts fetches of the sources that have been due for longest.
    pub(super) fn start_due(&mut self) {
        let free = MOST_IN_TURN.saturating_sub(self.running.len());
        if free == 0 {
            return;
        }
        let now = self.now().monotonic;
        let is_due = |entry: &Entry| entry.fetch.is_none() && entry.schedule.next() <= now;
        let due = self.entries.iter().filter(|(_, entry)| is_due(entry));
        let mut due: Vec<_> = due.map(|(source, entry)| (entry.schedule.next(), source.clone())).collect();
        due.sort_unstable();
        for (_, source) in due.into_iter().take(free) {
            self.start(source);
        }
    }

    fn start(&mut self, source: KeySource) {
        let now = self.now().monotonic;
        let Some(entry) = self.entries.get_mut(&source) else { return };
        entry.schedule.started(now);
        let guarded = Guarded {
            fetcher: self.parts.fetcher.clone(),
            allowed: self.parts.directory.load().settings().outbound_allowed.clone(),
            limits: self.parts.limits,
        };
        let id = self.fetches.spawn(fetch::fetch(guarded, source.clone())).id();
        entry.fetch = Some(id);
        self.running.insert(id, source);
    }

    /// Only sources that some terms need are ever fetched, whatever is asked for.
    async fn asked(&mut self, KeyAsk { source, done }: KeyAsk) -> Result<(), FeedGone> {
        if !self.entries.contains_key(&source) {
            let gone = self.follow_directory();
            self.withdraw(gone).await?;
        }
        let now = self.now().monotonic;
        let is_room = self.running.len() < MOST_AT_ONCE;
        match self.entries.get_mut(&source) {
            Some(entry) if entry.fetch.is_some() => entry.waiting.push(done),
            Some(entry) if is_room && entry.schedule.may_be_asked(now) => {
                entry.waiting.push(done);
                self.start(source);
            }
            Some(_) | None => entry::answer(vec![done]),
        }
        Ok(())
    }

    /// In the order of calls, which is that of the feed.
    pub(super) async fn publish(&self, deltas: Vec<Delta>) -> Result<oneshot::Receiver<()>, FeedGone> {
        let (applied, is_applied) = oneshot::channel();
        self.parts.publisher.send(Publish { deltas, applied }).await.map_err(|_| FeedGone)?;
        Ok(is_applied)
    }

    pub(super) fn now(&self) -> Now {
        (self.parts.clock)()
    }

    pub(super) fn chance(&self) -> u8 {
        let [chance, ..] = (self.parts.random)();
        chance
    }
}

/// The program ends.
pub(super) struct FeedGone;

fn sets_in_use(entries: &HashMap<KeySource, Entry>) -> Vec<(KeySource, Kept)> {
    let sets = entries.iter().filter_map(|(source, entry)| Some((source.clone(), entry.kept.clone()?)));
    let mut sets: Vec<_> = sets.collect();
    sets.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    sets
}
