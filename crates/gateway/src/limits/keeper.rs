//! The task that keeps leases.

use super::authority::{AuthorityAway, LimitAuthority};
use super::batch::Batch;
use super::control::{Command, QuotaControl};
use domain::limits::{Counters, LeaseNeed, Patience, SubjectKey, Wish};
use domain::time::Now;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

/// How long a request waits for leases in all.
const LEASE_WAIT: Duration = Duration::from_millis(250);
/// Between two reports of use. Half of the second that a crash may leave unreported.
const TICK: Duration = Duration::from_millis(500);
/// Messages that may wait. With more, requests go on without a lease, by their fail mode.
const QUEUE: usize = 16 * 1024;
/// Subjects in one exchange: bounds how long a lease waits for reports.
const BATCH: usize = 500;

/// Starts the keeper on this runtime. It ends when every handle is gone, or after [`QuotaControl::shutdown`].
pub fn start<A: LimitAuthority>(authority: A, clock: fn() -> Now) -> (LeaseKeeper, QuotaControl) {
    let (messages, waiting) = mpsc::channel(QUEUE);
    let keeper = Keeper { authority, clock, open: HashMap::new(), due: Vec::new(), is_away: false };
    tokio::spawn(keeper.run(waiting));
    (LeaseKeeper { messages: messages.clone() }, QuotaControl::new(messages))
}

/// What the keeper is told.
pub(super) enum Message {
    /// Leases to fill, and whom to tell when that was tried.
    Need(LeaseNeed, Option<oneshot::Sender<Outcome>>),
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
    pub(super) open: HashMap<SubjectKey, Arc<Counters>>,
    /// Those that the present tick has not come to yet.
    due: Vec<SubjectKey>,
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
                    _ = ticks.tick() => self.due.extend(self.open.keys().copied()),
                }
            }
            while gathered.needs.len() < BATCH
                && let Ok(message) = messages.try_recv()
            {
                gathered.add(message);
            }
            self.exchange(&gathered.needs, gathered.waiting).await;
            for command in gathered.commands {
                if self.obey(command).await.is_break() {
                    return;
                }
            }
        }
        self.return_all().await;
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
            && let Some(key) = self.due.pop()
        {
            if let Some(counters) = self.open.get(&key)
                && !batch.begin(key, counters, Wish::Tick, now)
            {
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
type Needs = HashMap<SubjectKey, (Arc<Counters>, u32)>;

/// Messages that came in together.
#[derive(Default)]
struct Gathered {
    needs: Needs,
    waiting: Vec<oneshot::Sender<Outcome>>,
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
            Message::Command(command) => self.commands.push(*command),
        }
    }
}
