//! The keeper with an authority in memory that can be held up or taken away.

use super::{AuthorityAway, LeaseKeeper, LeaseWait, LimitAuthority, QuotaControl, QuotaFailure, QuotaSubject, start};
use domain::access_policy::{FailMode, QuotaInterval, UsageQuota};
use domain::ids::{ProfileId, Revision};
use domain::limits::{
    Counting, Exchange, LeaseNeed, Leased, Limits, Patience, QuotaBasis, QuotaCount, QuotaTerms, Stopped, Subject,
    SubjectKey, take,
};
use domain::time::{Monotonic, Now, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::{RwLock, watch};

fn clock() -> Now {
    Now { monotonic: Monotonic(0), wall: Timestamp(1_795_521_600_000_000) }
}

/// Counts of the one period in which all of this happens.
#[derive(Default)]
struct Counts {
    by_key: HashMap<SubjectKey, QuotaCount>,
    away: bool,
    forgotten: Vec<SubjectKey>,
}

#[derive(Clone)]
struct Memory {
    counts: Arc<Mutex<Counts>>,
    /// Held for writing: nobody gets an answer.
    hold: Arc<RwLock<()>>,
    /// Subjects in each exchange.
    batches: watch::Sender<Vec<usize>>,
}

impl Memory {
    fn new() -> Self {
        Self { counts: Arc::default(), hold: Arc::default(), batches: watch::Sender::default() }
    }

    async fn change<T>(&self, change: impl FnOnce(&mut Counts) -> T) -> Result<T, AuthorityAway> {
        let _turn = self.hold.read().await;
        let mut counts = self.counts.lock().unwrap();
        if counts.away { Err(AuthorityAway("taken away".to_owned())) } else { Ok(change(&mut counts)) }
    }

    fn count(&self, key: SubjectKey) -> QuotaCount {
        self.counts.lock().unwrap().by_key[&key]
    }

    fn set_away(&self, away: bool) {
        self.counts.lock().unwrap().away = away;
    }
}

impl Counts {
    fn of(&mut self, key: SubjectKey, basis: &QuotaBasis) -> &mut QuotaCount {
        let period = basis.period_at(clock().wall, None);
        self.by_key.entry(key).or_insert_with(|| QuotaCount::new(period))
    }
}

impl LimitAuthority for Memory {
    async fn exchange(&self, _: Timestamp, batch: Arc<[Exchange]>) -> Result<Vec<Option<Leased>>, AuthorityAway> {
        let one = |counts: &mut Counts, told: &Exchange| {
            let count = counts.of(told.key, &told.basis);
            told.settlements.iter().for_each(|settlement| count.settle(settlement));
            told.ask.map(|ask| count.lease(told.limit, &ask, 1))
        };
        let answers = self.change(|counts| batch.iter().map(|told| one(counts, told)).collect()).await?;
        self.batches.send_modify(|batches| batches.push(batch.len()));
        Ok(answers)
    }

    async fn rebase(&self, _: Timestamp, _: Vec<(SubjectKey, QuotaBasis)>) -> Result<(), AuthorityAway> {
        self.change(|_| ()).await
    }

    async fn grant(&self, _: Timestamp, terms: QuotaTerms, amount: u32) -> Result<QuotaCount, AuthorityAway> {
        self.change(|counts| {
            let count = counts.of(terms.key, &terms.basis);
            count.grant(amount);
            *count
        })
        .await
    }

    async fn reset(&self, _: Timestamp, terms: QuotaTerms) -> Result<QuotaCount, AuthorityAway> {
        self.change(|counts| {
            let count = counts.of(terms.key, &terms.basis);
            *count = QuotaCount::new(count.period);
            *count
        })
        .await
    }

    async fn read(&self, _: Timestamp, subjects: Vec<QuotaTerms>) -> Result<Vec<QuotaCount>, AuthorityAway> {
        self.change(|counts| subjects.iter().map(|terms| *counts.of(terms.key, &terms.basis)).collect()).await
    }

    async fn forget(&self, subjects: Vec<SubjectKey>) -> Result<(), AuthorityAway> {
        self.change(|counts| counts.forgotten.extend(subjects)).await
    }
}

struct Node {
    authority: Memory,
    keeper: LeaseKeeper,
    control: QuotaControl,
}

/// How a call ended.
#[derive(Debug, PartialEq, Eq)]
enum Called {
    Admitted,
    Refused,
    Unavailable,
}

impl Node {
    fn start() -> Self {
        let authority = Memory::new();
        let (keeper, control) = start(authority.clone(), clock);
        Self { authority, keeper, control }
    }

    fn subject(id: i64, limit: i64) -> QuotaSubject {
        QuotaSubject {
            key: SubjectKey::Profile(ProfileId(id)),
            counters: Arc::default(),
            quota: UsageQuota::new(limit, QuotaInterval::Month).unwrap(),
            zone: TimeZone::UTC,
            anchor: Date::constant(2026, 1, 1),
            on_failure: FailMode::Deny,
        }
    }

    /// A call as a worker makes it.
    async fn call(&self, subject: &QuotaSubject) -> Called {
        let mut wait = LeaseWait::default();
        let mut patience = Patience::Fresh;
        loop {
            match attempt(subject, patience) {
                Ok(refill) => {
                    if let Some(need) = refill {
                        self.keeper.refill(need);
                    }
                    return Called::Admitted;
                }
                Err(Stopped::NeedsLease(need)) => patience = self.keeper.fill(need, &mut wait).await,
                Err(Stopped::Refused(_)) => return Called::Refused,
                Err(Stopped::Unavailable { .. }) => return Called::Unavailable,
            }
        }
    }

    async fn admitted(&self, subject: &QuotaSubject) -> u32 {
        let mut admitted = 0;
        while self.call(subject).await == Called::Admitted {
            admitted += 1;
        }
        admitted
    }
}

#[expect(clippy::result_large_err, reason = "a test")]
fn attempt(subject: &QuotaSubject, patience: Patience) -> Result<Option<LeaseNeed>, Stopped> {
    let limits = Limits { rate: None, quota: Some(subject.rule()) };
    let borrowed = Subject { key: subject.key, counters: &subject.counters, limits };
    take(&borrowed, None, Revision(1), Counting::Take, patience, clock()).map(|taken| taken.refill)
}

#[tokio::test]
async fn exactly_the_limit_is_admitted_and_the_view_shows_it() {
    let node = Node::start();
    let subject = Node::subject(1, 777);
    assert_eq!(node.admitted(&subject).await, 777);
    let view = node.control.read(vec![subject]).await.unwrap()[0];
    assert_eq!((view.used, view.remaining, view.leased, view.unaccounted), (777, 0, 0, 0));
    assert_eq!(view.resets_at, Timestamp("2026-12-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap().as_microsecond()));
}

#[tokio::test]
async fn what_is_used_is_reported_without_being_asked() {
    let node = Node::start();
    let subject = Node::subject(1, 1000);
    for _ in 0..5 {
        assert_eq!(node.call(&subject).await, Called::Admitted);
    }
    let mut batches = node.authority.batches.subscribe();
    batches.wait_for(|_| node.authority.count(subject.key).used == 5).await.unwrap();
}

#[tokio::test]
async fn leases_that_are_needed_at_once_are_one_exchange() {
    let node = Arc::new(Node::start());
    let calls: Vec<_> = (0..100)
        .map(|id| {
            let node = Arc::clone(&node);
            tokio::spawn(async move { node.call(&Node::subject(id, 1000)).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), Called::Admitted);
    }
    let batches = node.authority.batches.borrow().clone();
    assert!(batches.len() < 10, "{batches:?}");
}

#[tokio::test]
async fn requests_that_wait_for_one_quota_are_leased_for_together() {
    let node = Arc::new(Node::start());
    // One call is 1 %: leased one by one, the last would wait for sixty exchanges.
    let subject = Node::subject(1, 100);
    let calls: Vec<_> = (0..60)
        .map(|_| {
            let (node, subject) = (Arc::clone(&node), subject.clone());
            tokio::spawn(async move { node.call(&subject).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), Called::Admitted);
    }
    let batches = node.authority.batches.borrow().len();
    assert!(batches < 10, "{batches}");
    assert!(subject.counters.leased(clock()) <= 1);
    assert_eq!(node.admitted(&subject).await, 40);
}

#[tokio::test]
async fn a_hung_authority_stops_only_calls_without_a_lease() {
    let node = Node::start();
    let (leased, other) = (Node::subject(1, 1000), Node::subject(2, 1000));
    assert_eq!(node.call(&leased).await, Called::Admitted);
    let held = node.authority.hold.clone().write_owned().await;
    assert_eq!(node.call(&other).await, Called::Unavailable);
    for _ in 0..9 {
        assert_eq!(node.call(&leased).await, Called::Admitted);
    }
    assert_eq!(node.call(&leased).await, Called::Unavailable);
    drop(held);
    // What was asked for meanwhile is there, and nothing was lost.
    assert_eq!(node.admitted(&leased).await, 990);
    assert_eq!(node.admitted(&other).await, 1000);
}

#[tokio::test]
async fn with_the_authority_away_calls_are_refused_at_once_and_owners_are_told() {
    let node = Node::start();
    let subject = Node::subject(1, 100);
    node.authority.set_away(true);
    assert_eq!(node.call(&subject).await, Called::Unavailable);
    assert!(matches!(node.control.reset(subject.clone()).await, Err(QuotaFailure::Away(_))));
    assert!(matches!(node.control.read(vec![subject.clone()]).await, Err(QuotaFailure::Away(_))));
    node.authority.set_away(false);
    assert_eq!(node.admitted(&subject).await, 100);
}

#[tokio::test]
async fn a_grant_opens_a_used_up_quota_at_once() {
    let node = Node::start();
    let subject = Node::subject(1, 100);
    assert_eq!(node.admitted(&subject).await, 100);
    let view = node.control.grant(subject.clone(), 30).await.unwrap();
    assert_eq!((view.granted, view.used, view.remaining), (30, 100, 30));
    assert_eq!(node.admitted(&subject).await, 30);
}

#[tokio::test]
async fn a_reset_counts_from_nothing_also_what_was_leased() {
    let node = Node::start();
    let subject = Node::subject(1, 1000);
    for _ in 0..503 {
        assert_eq!(node.call(&subject).await, Called::Admitted);
    }
    let view = node.control.reset(subject.clone()).await.unwrap();
    assert_eq!((view.used, view.remaining, view.leased), (0, 1000, 0));
    assert_eq!(node.admitted(&subject).await, 1000);
    node.control.reset(subject.clone()).await.unwrap();
    assert_eq!(node.admitted(&subject).await, 1000);
}

#[tokio::test]
async fn a_lowered_limit_holds_when_the_change_is_answered() {
    let node = Node::start();
    let mut subject = Node::subject(1, 10_000);
    for _ in 0..450 {
        assert_eq!(node.call(&subject).await, Called::Admitted);
    }
    assert!(subject.counters.leased(clock()) > 0);
    subject.quota = UsageQuota::new(400, QuotaInterval::Month).unwrap();
    node.control.changed(vec![subject.clone()], Revision(2)).await.unwrap();
    assert_eq!(subject.counters.leased(clock()), 0);
    assert_eq!(node.authority.count(subject.key).deducted, 450);
    assert_eq!(node.call(&subject).await, Called::Refused);
    subject.quota = UsageQuota::new(600, QuotaInterval::Month).unwrap();
    node.control.changed(vec![subject.clone()], Revision(3)).await.unwrap();
    assert_eq!(node.admitted(&subject).await, 150);
}

#[tokio::test]
async fn leases_go_back_at_the_end() {
    let node = Node::start();
    let subjects: Vec<_> = (0..1200).map(|id| Node::subject(id, 1000)).collect();
    for subject in &subjects {
        assert_eq!(node.call(subject).await, Called::Admitted);
    }
    node.control.shutdown().await;
    for subject in &subjects {
        let count = node.authority.count(subject.key);
        assert_eq!((count.deducted, count.used), (1, 1));
    }
    // Nothing is kept any more.
    assert_eq!(node.call(&subjects[0]).await, Called::Unavailable);
    assert_eq!(node.control.read(vec![subjects[0].clone()]).await, Err(QuotaFailure::Stopped));
}

#[tokio::test]
async fn leases_go_back_too_when_all_handles_are_dropped() {
    let node = Node::start();
    let subject = Node::subject(1, 1000);
    assert_eq!(node.call(&subject).await, Called::Admitted);
    let Node { authority, keeper, control } = node;
    drop((keeper, control));
    authority.batches.subscribe().wait_for(|_| authority.count(subject.key).deducted == 1).await.unwrap();
}

#[tokio::test]
async fn deleted_profiles_are_forgotten() {
    let node = Node::start();
    let subject = Node::subject(1, 1000);
    assert_eq!(node.call(&subject).await, Called::Admitted);
    node.control.forget(vec![subject.key]).await.unwrap();
    assert_eq!(node.authority.counts.lock().unwrap().forgotten, [subject.key]);
}
