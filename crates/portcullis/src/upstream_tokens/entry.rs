//! What is known of one source, and when its next token is due.

use domain::time::Monotonic;
use domain::upstream::TokenSource;
use gateway::UpstreamToken;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task;

/// Between two renewals that an upstream's refusals bring forward.
const EARLY_AGAIN_AFTER: Duration = Duration::from_secs(10);
/// The least time between two fetches in turn, however short a token's life.
const LEAST_WAIT: Duration = Duration::from_secs(1);
/// The longest time between two tries while an endpoint fails.
const MOST_WAIT: Duration = Duration::from_secs(10);

/// A source that some collection needs.
pub(super) struct Entry {
    pub(super) source: Arc<TokenSource>,
    pub(super) token: Option<Arc<UpstreamToken>>,
    /// The fetch under way.
    pub(super) fetch: Option<task::Id>,
    /// Who waits for it.
    pub(super) waiting: Vec<oneshot::Sender<()>>,
    due: Monotonic,
    failures: u32,
    last_early: Option<Monotonic>,
}

impl Entry {
    /// Due at once.
    pub(super) fn new(source: Arc<TokenSource>, now: Monotonic) -> Self {
        Self { source, token: None, fetch: None, waiting: Vec::new(), due: now, failures: 0, last_early: None }
    }

    /// Whether a fetch is to be started.
    pub(super) fn is_due(&self, now: Monotonic) -> bool {
        self.fetch.is_none() && self.due <= now
    }

    /// How long until a fetch is to be started; `None` while one runs, or waits for others to end.
    pub(super) fn until_due(&self, now: Monotonic) -> Option<Duration> {
        let waits = self.fetch.is_none() && self.due > now;
        waits.then(|| Duration::from_nanos(self.due.0 - now.0))
    }

    /// Whether fetches failed since the last that did not.
    pub(super) fn is_failing(&self) -> bool {
        self.failures > 0
    }

    /// A token was got that lives so long; it was asked for at `asked`.
    pub(super) fn succeeded(&mut self, token: Arc<UpstreamToken>, asked: Monotonic, life: Duration, now: Monotonic) {
        self.token = Some(token);
        self.failures = 0;
        self.due = after(asked, life * 4 / 5).max(after(now, LEAST_WAIT));
    }

    /// None could be got: 1, 2, 4, 8, 10, 10 ... seconds until the next try.
    pub(super) fn failed(&mut self, now: Monotonic) {
        let wait = LEAST_WAIT * 2_u32.saturating_pow(self.failures.min(4));
        self.failures += 1;
        self.due = after(now, wait.min(MOST_WAIT));
    }

    /// The upstream refused a token. Makes a fetch due if that token is the one in use and none was brought forward
    /// not long ago.
    pub(super) fn refused(&mut self, token: &Arc<UpstreamToken>, now: Monotonic) {
        let is_current = self.token.as_ref().is_some_and(|own| Arc::ptr_eq(own, token));
        let is_early = self.last_early.is_none_or(|last| after(last, EARLY_AGAIN_AFTER) <= now);
        if is_current && is_early && !self.is_failing() {
            self.last_early = Some(now);
            self.due = now;
        }
    }

    /// Tells all who wait.
    pub(super) fn answer(&mut self) {
        for done in self.waiting.drain(..) {
            // Whoever asked may have given up.
            let _ = done.send(());
        }
    }
}

/// A moment so much later.
pub(super) fn after(at: Monotonic, wait: Duration) -> Monotonic {
    Monotonic(at.0.saturating_add(u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX)))
}
