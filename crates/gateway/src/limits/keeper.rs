//! The task that keeps leases.

use super::authority::{AuthorityAway, LimitAuthority};
use super::batch::Batch;
use super::control::{Command, QuotaControl};
use domain::limits::{Counters, LeaseNeed, Patience, SubjectKey, Wish};
use domain::time::Now;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

/// How long a request waits for leases in all.
const LEASE_WAIT: Duration = Duration::from_millis(250);
/// Between two looks at leases that nobody told of: idle ones go back, those of the next period are asked for.
const TICK: Duration = Duration::from_millis(500);
/// A look is at all of them, or, if there are many, at one in so many.
const PARTS: usize = 20;
const FEW: usize = 1000;
/// Messages that may wait. With more, requests go on without a lease, by their fail mode.
const QUEUE: usize = 16 * 1024;
/// Subjects in one exchange: bounds how long a lease waits for reports.
const BATCH: usize = 500;

/// Starts the keeper on this runtime. It ends when every handle is gone, or after [`QuotaControl::shutdown`].
pub fn start<A: LimitAuthority>(authority: A, clock: fn() -> Now) -> (LeaseKeeper, QuotaControl) {
    let (messages, waiting) = mpsc::channel(QUEUE);
    let keeper =
        Keeper { authority, clock, open: HashMap::default(), due: Vec::new(), unseen: Vec::new(), is_away: false };
    tokio::spawn(keeper.run(waiting));
    (LeaseKeeper { messages: messages.clone() }, QuotaControl::new(messages))
}

/// Somebody's lease of which a call was used.
pub(crate) type UsedLease = (SubjectKey, Arc<Counters>);

/// What the keeper is told.
pub(super) enum Message {
    /// Leases to fill, and whom to tell when that was tried.
    Need(LeaseNeed, Option<oneshot::Sender<Outcome>>),
    /// Use to report.
    Used(Vec<UsedLease>),
    /// Something an owner wants, or the end.
    Command(Box<Command>),
}

/// How an attempt to fill a lease ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The authority answered.
    Answered,
    /// It did not.
    Away,
}

/// The workers' handle.
#[derive(Debug, Clone)]
pub struct LeaseKeeper {
    messages: mpsc::Sender<Message>,
}

/// How long one request has waited for leases.
#[derive(Debug, Default)]
pub struct LeaseWait {
    until: Option<Instant>,
}

impl LeaseKeeper {
    /// Waits until the leases were asked for; 250 ms in all per request. Says how the request is to be decided next:
    /// as before, or, if no lease could be had in time, by the fail mode.
    pub async fn fill(&self, need: LeaseNeed, wait: &mut LeaseWait) -> Patience {
        let until = *wait.until.get_or_insert_with(|| Instant::now() + LEASE_WAIT);
        let (done, outcome) = oneshot::channel();
        if self.messages.try_send(Message::Need(need, Some(done))).is_err() {
            return Patience::LeaseAwaited;
        }
        match timeout_at(until, outcome).await {
            Ok(Ok(Outcome::Answered)) => Patience::Fresh,
            Ok(Ok(Outcome::Away) | Err(_)) | Err(_) => Patience::LeaseAwaited,
        }
    }

    /// Has use reported, within a second. Gives it back if the queue is full.
    pub(crate) fn report(&self, used: Vec<UsedLease>) -> Option<Vec<UsedLease>> {
        match self.messages.try_send(Message::Used(used)) {
            Err(TrySendError::Full(Message::Used(kept))) => Some(kept),
            Ok(()) | Err(TrySendError::Full(_) | TrySendError::Closed(_)) => None,
        }
    }

    /// Has leases filled in the background. With a full queue it is left out: the next tick sees to it.
    pub fn refill(&self, need: LeaseNeed) {
        let _ = self.messages.try_send(Message::Need(need, None));
    }
}

/// The task's state.
pub(super) struct Keeper<A> {
    pub(super) authority: A,
    pub(super) clock: fn() -> Now,
    /// Subjects with a lease, something to report, or a call in the last minute.
    pub(super) open: HashMap<SubjectKey, Arc<Counters>, RandomState>,
    /// Those whose turn has come.
    due: Vec<UsedLease>,
    /// Those that the present round of looks has not come to yet.
    unseen: Vec<UsedLease>,
    is_away: bool,
}

impl<A: LimitAuthority> Keeper<A> {
    async fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let mut gathered = Gathered::default();
            if self.due.is_empty() {
                tokio::select! {
                    message = messages.recv() => match message {
                        Some(message) => gathered.add(message),
                        None => break,
                    },
                    _ = ticks.tick() => self.look(),
                }
            }
            while gathered.needs.len() < BATCH
                && let Ok(message) = messages.try_recv()
            {
                gathered.add(message);
            }
            self.due.append(&mut gathered.used);
            self.exchange(&gathered.needs, gathered.waiting).await;
            for command in gathered.commands {
                if self.obey(command).await.is_break() {
                    return;
                }
            }
        }
        self.return_all().await;
    }

    /// Puts some of the open subjects in turn.
    fn look(&mut self) {
        if self.unseen.is_empty() {
            self.unseen.extend(self.open.iter().map(|(key, counters)| (*key, Arc::clone(counters))));
        }
        let part = FEW.max(self.open.len() / PARTS).min(self.unseen.len());
        self.due.extend(self.unseen.drain(self.unseen.len() - part..));
    }

    /// One exchange: the leases that are needed, and some of the subjects that are due.
    async fn exchange(&mut self, needs: &Needs, waiting: Vec<oneshot::Sender<Outcome>>) {
        let now = (self.clock)();
        let mut batch = Batch::default();
        for (key, (counters, waiting)) in needs {
            batch.begin(*key, counters, Wish::Lease { waiting: *waiting }, now);
            self.open.entry(*key).or_insert_with(|| Arc::clone(counters));
        }
        while batch.len() < BATCH
            && let Some((key, counters)) = self.due.pop()
        {
            if !batch.begin(key, &counters, Wish::Tick, now) {
                self.open.remove(&key);
            }
        }
        let outcome = match self.settle(batch).await {
            Ok(()) => Outcome::Answered,
            Err(_) => Outcome::Away,
        };
        for done in waiting {
            // The request may have given up.
            let _ = done.send(outcome);
        }
    }

    /// Settles a batch, and logs once when the authority goes away or comes back.
    pub(super) async fn settle(&mut self, batch: Batch) -> Result<(), AuthorityAway> {
        let settled = batch.settle(&self.authority, self.clock).await;
        match &settled {
            Err(error) if !self.is_away => {
                tracing::error!(%error, "usage quotas cannot be counted: calls without a lease go by their fail mode");
                self.is_away = true;
            }
            Ok(()) if self.is_away => {
                tracing::info!("usage quotas are counted again");
                self.is_away = false;
            }
            Ok(()) | Err(_) => {}
        }
        settled
    }

    /// Gives all leases back.
    pub(super) async fn return_all(&mut self) {
        let open: Vec<_> = self.open.drain().collect();
        for subjects in open.chunks(BATCH) {
            let mut batch = Batch::default();
            for (key, counters) in subjects {
                batch.begin(*key, counters, Wish::Recall, (self.clock)());
            }
            if let Err(error) = batch.settle(&self.authority, self.clock).await {
                tracing::error!(%error, "leased calls could not be given back: they will show as unaccounted");
                return;
            }
        }
    }
}

/// Who needs a lease, and how many requests wait for each.
type Needs = HashMap<SubjectKey, (Arc<Counters>, u32), RandomState>;

/// Messages that came in together.
#[derive(Default)]
struct Gathered {
    needs: Needs,
    waiting: Vec<oneshot::Sender<Outcome>>,
    used: Vec<UsedLease>,
    commands: Vec<Command>,
}

impl Gathered {
    fn add(&mut self, message: Message) {
        match message {
            Message::Need(need, done) => {
                for (key, counters) in need.iter() {
                    let (_, waiting) = self.needs.entry(*key).or_insert_with(|| (Arc::clone(counters), 0));
                    *waiting += u32::from(done.is_some());
                }
                self.waiting.extend(done);
            }
            Message::Used(used) => self.used.extend(used),
            Message::Command(command) => self.commands.push(*command),
        }
    }
}
