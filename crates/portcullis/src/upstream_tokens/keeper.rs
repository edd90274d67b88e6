//! The task that keeps all tokens fresh.

use super::entry::{Entry, after};
use super::fetch::{self, Got, Guarded, TokenFault};
use crate::config_feed::Shared;
use domain::ids::Revision;
use domain::time::{Monotonic, Now};
use domain::token::TokenDigest;
use gateway::{TokenAsk, UpstreamToken, UpstreamTokens};
use outbound::Fetcher;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{self, JoinSet};
use tokio::time::{MissedTickBehavior, interval, sleep};

/// Fetches at once.
const MOST_AT_ONCE: usize = 16;

/// What the task works with.
pub(crate) struct Parts {
    /// Which sources are needed.
    pub(crate) directory: Shared,
    /// How tokens are fetched.
    pub(crate) fetcher: Fetcher,
    /// Where they go.
    pub(crate) tokens: UpstreamTokens,
    /// The program's clocks.
    pub(crate) clock: Arc<dyn Fn() -> Now + Send + Sync>,
    /// How often the directory is looked at.
    pub(crate) look_every: Duration,
}

/// A fetch under way: whose it is, and when it began.
struct Running {
    source: TokenDigest,
    began: Monotonic,
}

/// Keeps tokens fresh.
pub(crate) struct Keeper {
    parts: Parts,
    entries: HashMap<TokenDigest, Entry>,
    /// The revision whose sources are known; `None` before the first look.
    known: Option<Revision>,
    fetches: JoinSet<Result<Got, TokenFault>>,
    running: HashMap<task::Id, Running>,
}

impl Keeper {
    /// Knows of no source yet.
    pub(crate) fn new(parts: Parts) -> Self {
        Self { parts, entries: HashMap::new(), known: None, fetches: JoinSet::new(), running: HashMap::new() }
    }

    /// Runs until there is nobody left to ask.
    pub(crate) async fn run(mut self, mut asks: mpsc::Receiver<TokenAsk>) {
        let mut ticks = interval(self.parts.look_every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => self.follow_directory(),
                () = sleep(self.until_due()) => {}
                Some(ended) = self.fetches.join_next_with_id() => match ended {
                    Ok((id, outcome)) => self.fetched(id, outcome),
                    Err(broken) => self.fetched(broken.id(), Err(TokenFault::Broken)),
                },
                ask = asks.recv() => match ask {
                    Some(ask) => self.asked(ask),
                    None => return,
                },
            }
            self.start_due();
        }
    }

    /// Until the next token is due; a look at the directory comes before that where it is long.
    fn until_due(&self) -> Duration {
        let now = self.now();
        let due = self.entries.values().filter_map(|entry| entry.until_due(now)).min();
        due.unwrap_or(self.parts.look_every)
    }

    /// Takes on sources that are new and forgets those that are needed no longer.
    fn follow_directory(&mut self) {
        let directory = self.parts.directory.load_full();
        if self.known == Some(directory.revision()) {
            return;
        }
        self.known = Some(directory.revision());
        let now = self.now();
        let mut needed = HashSet::new();
        for source in directory.token_sources() {
            needed.insert(*source.digest());
            self.entries.entry(*source.digest()).or_insert_with(|| Entry::new(Arc::clone(source), now));
        }
        for (_, mut gone) in self.entries.extract_if(|digest, _| !needed.contains(digest)) {
            gone.answer();
            self.parts.tokens.put(&gone.source, None);
        }
    }

    /// Starts the fetches that are due, as many as may run at once.
    fn start_due(&mut self) {
        let now = self.now();
        let free = MOST_AT_ONCE.saturating_sub(self.running.len());
        let guarded = Guarded {
            fetcher: self.parts.fetcher.clone(),
            allowed: self.parts.directory.load().settings().outbound_allowed.clone(),
        };
        for (digest, entry) in self.entries.iter_mut().filter(|(_, entry)| entry.is_due(now)).take(free) {
            let id = self.fetches.spawn(fetch::fetch(guarded.clone(), Arc::clone(&entry.source))).id();
            entry.fetch = Some(id);
            self.running.insert(id, Running { source: *digest, began: now });
        }
    }

    fn fetched(&mut self, id: task::Id, outcome: Result<Got, TokenFault>) {
        let now = self.now();
        let Some(Running { source, began }) = self.running.remove(&id) else { return };
        // The source may have been forgotten meanwhile, and even taken on again.
        let Some(entry) = self.entries.get_mut(&source).filter(|entry| entry.fetch == Some(id)) else { return };
        entry.fetch = None;
        let client = entry.source.client();
        let (token_url, client_id) = (shown(client.token_url.as_str()), client.client_id.as_str().to_owned());
        match outcome {
            Ok(Got { token, life }) => {
                if entry.is_failing() {
                    tracing::info!(token_url, client_id, "access tokens for an upstream can be had again");
                }
                let token = Arc::new(UpstreamToken::new(token.expose(), after(began, life)));
                self.parts.tokens.put(&entry.source, Some(&token));
                entry.succeeded(token, began, life, now);
            }
            Err(fault) => {
                if !entry.is_failing() {
                    let kept = entry.token.as_ref().is_some_and(|token| token.is_good(now));
                    let kept = if kept { "the last one is used until it expires" } else { "there is none" };
                    tracing::warn!(token_url, client_id, reason = %fault, "no access token for an upstream; {kept}");
                }
                entry.failed(now);
            }
        }
        entry.answer();
    }

    /// Only sources that some collection needs are ever fetched, whatever is asked for. Whoever cannot be helped by a
    /// fetch that runs or starts now is answered at once.
    fn asked(&mut self, TokenAsk { source, refused, done }: TokenAsk) {
        if !self.entries.contains_key(source.digest()) {
            self.follow_directory();
        }
        let now = self.now();
        let Some(entry) = self.entries.get_mut(source.digest()) else { return };
        match refused {
            Some(token) => entry.refused(&token, now),
            None if entry.fetch.is_some() || entry.is_due(now) => entry.waiting.push(done),
            None => {}
        }
    }

    fn now(&self) -> Monotonic {
        (self.parts.clock)().monotonic
    }
}

/// A URL as it may stand in a log: without query.
fn shown(url: &str) -> String {
    url.split('?').next().unwrap_or_default().to_owned()
}
