//! Two profiles and the client they share, each with a quota, on one node; and a model that knows every admission.
//!
//! Held at each call: it is admitted if and only if every quota has a call left in the period of its wall-clock time,
//! counting what was admitted and what a crash left unaccounted; a refusal names the first quota without one and waits
//! for the last of them; unaccounted is never less than what a crash lost, and more only by what was not yet reported.
//! At the end the authority's counts are the model's.
//!
//! Written for any authority: the one in memory here, and the real file in the tests of `store`.

use domain::access_policy::{FailMode, QuotaInterval, UsageQuota};
use domain::ids::{ClientId, ProfileId, Revision};
use domain::limits::{
    Answer, Counters, Counting, Exchange, LeaseNeed, Leased, LimitKind, Limits, Patience, Period, QuotaBasis,
    QuotaCount, QuotaRule, QuotaTerms, Stopped, Subject, SubjectKey, Wish, take,
};
use domain::time::{Monotonic, Now, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// What counts quotas. Every call is durable when it answers.
pub(crate) trait Authority {
    fn exchange(&mut self, now: Timestamp, batch: &[Exchange]) -> Vec<Option<Leased>>;
    fn rebase(&mut self, now: Timestamp, key: SubjectKey, basis: &QuotaBasis);
    fn grant(&mut self, now: Timestamp, terms: &QuotaTerms, amount: u32) -> QuotaCount;
    fn reset(&mut self, now: Timestamp, terms: &QuotaTerms) -> QuotaCount;
    fn read(&mut self, now: Timestamp, terms: &QuotaTerms) -> QuotaCount;
    /// The process that held the leases ended; another one opens the counts.
    fn crash(&mut self);
}

pub(crate) const SECOND: i64 = 1_000_000;

/// Places of the subjects: two profiles, then the client.
const CLIENT: usize = 2;

#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Calls of one profile, so far apart.
    Calls { profile: usize, count: u16, gap_micros: i64 },
    /// Only time passes.
    Pause { micros: i64 },
    /// The wall clock is set, forwards or back.
    ClockSet { micros: i64 },
    /// To shortly before the present period of a subject ends.
    NearEnd { subject: usize, micros: i64 },
    /// The keeper's tick.
    Tick,
    /// A background refill or tick is answered only at the next step of this kind or at a command.
    Begin { subject: usize },
    /// What was begun is answered.
    End,
    /// The authority is away, or back.
    Away { away: bool },
    /// Another limit.
    Limit { subject: usize, limit: i64 },
    /// Another period.
    Interval { subject: usize, interval: QuotaInterval },
    /// Another time zone, for all.
    Zone { zone: usize },
    /// Another anchor day.
    Anchor { subject: usize, day: i8 },
    /// An owner grants calls.
    Grant { subject: usize, amount: u32 },
    /// An owner resets.
    Reset { subject: usize },
    /// `kill -9`, and a new start.
    Crash,
    /// A clean stop, and a new start.
    Restart,
}

pub(crate) const ZONES: [&str; 6] =
    ["UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Beirut", "Australia/Lord_Howe"];

/// Moments shortly before something happens in those zones.
pub(crate) const STARTS: [&str; 6] = [
    "2026-03-29T00:30:00Z",
    "2026-10-24T22:00:00Z",
    "2018-11-04T02:59:00Z",
    "2022-03-26T21:59:30Z",
    "2026-12-31T22:59:00Z",
    "2026-02-28T23:00:00Z",
];

fn subject() -> impl Strategy<Value = usize> {
    0..=CLIENT
}

pub(crate) fn interval() -> impl Strategy<Value = QuotaInterval> {
    prop::sample::select(QuotaInterval::ALL.to_vec())
}

pub(crate) fn limit() -> impl Strategy<Value = i64> {
    prop_oneof![1..=8i64, 1..=120i64, 100..=1500i64]
}

fn span() -> impl Strategy<Value = i64> {
    prop_oneof![
        1..3 * SECOND,
        1..120 * SECOND,
        1..7200 * SECOND,
        1..3 * 86_400 * SECOND,
        1..40 * 86_400 * SECOND,
        Just(3600 * SECOND),
        Just(86_400 * SECOND),
    ]
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let calls = (0..CLIENT, 1..400u16, prop_oneof![Just(0), 1..1000i64, 1..2 * SECOND])
        .prop_map(|(profile, count, gap_micros)| Step::Calls { profile, count, gap_micros });
    prop_oneof![
        12 => calls,
        2 => span().prop_map(|micros| Step::Pause { micros }),
        2 => (span(), prop::bool::ANY)
            .prop_map(|(micros, back)| Step::ClockSet { micros: if back { -micros } else { micros } }),
        2 => (subject(), 0..15 * SECOND).prop_map(|(subject, micros)| Step::NearEnd { subject, micros }),
        4 => Just(Step::Tick),
        3 => subject().prop_map(|subject| Step::Begin { subject }),
        2 => Just(Step::End),
        1 => prop::bool::weighted(0.3).prop_map(|away| Step::Away { away }),
        1 => (subject(), limit()).prop_map(|(subject, limit)| Step::Limit { subject, limit }),
        1 => (subject(), interval()).prop_map(|(subject, interval)| Step::Interval { subject, interval }),
        1 => (0..ZONES.len()).prop_map(|zone| Step::Zone { zone }),
        1 => (subject(), 1..28i8).prop_map(|(subject, day)| Step::Anchor { subject, day }),
        1 => (subject(), 1..200u32).prop_map(|(subject, amount)| Step::Grant { subject, amount }),
        1 => subject().prop_map(|subject| Step::Reset { subject }),
        1 => Just(Step::Crash),
        1 => Just(Step::Restart),
    ]
}

/// What the model knows of one subject.
struct Known {
    key: SubjectKey,
    counters: Arc<Counters>,
    quota: UsageQuota,
    anchor: Date,
    /// When its periods were last changed, if the authority knew it by then.
    since: Option<Timestamp>,
    told: bool,
    counts: HashMap<Timestamp, Counted>,
    /// Admitted since the last exchange that was answered, by period.
    unreported: HashMap<Timestamp, u32>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    admitted: u32,
    granted: u32,
    /// Lost by crashes.
    lost: u32,
    /// What was shown as unaccounted after the last crash.
    unaccounted: u32,
}

pub(crate) struct World<A> {
    authority: A,
    is_away: bool,
    subjects: [Known; 3],
    zone: TimeZone,
    revision: i64,
    wall: i64,
    /// The latest wall-clock time there was.
    latest: i64,
    mono: u64,
    in_flight: Vec<(usize, Exchange, Answer)>,
    refills: Vec<LeaseNeed>,
    pub(crate) admitted: u64,
    pub(crate) refused: u64,
}

impl<A: Authority> World<A> {
    pub(crate) fn new(authority: A, limits: [(i64, QuotaInterval); 3], start: &str, zone: &str) -> Self {
        let keys =
            [SubjectKey::Profile(ProfileId(1)), SubjectKey::Profile(ProfileId(2)), SubjectKey::Client(ClientId(1))];
        let mut each = keys.into_iter().zip(limits).map(|(key, (limit, interval))| Known {
            key,
            counters: Arc::default(),
            quota: UsageQuota::new(limit, interval).unwrap(),
            anchor: Date::constant(2020, 2, 29),
            since: None,
            told: false,
            counts: HashMap::new(),
            unreported: HashMap::new(),
        });
        let start: jiff::Timestamp = start.parse().unwrap();
        Self {
            authority,
            is_away: false,
            subjects: std::array::from_fn(|_| each.next().unwrap()),
            zone: TimeZone::get(zone).unwrap(),
            revision: 1,
            wall: start.as_microsecond(),
            latest: start.as_microsecond(),
            mono: 0,
            in_flight: Vec::new(),
            refills: Vec::new(),
            admitted: 0,
            refused: 0,
        }
    }

    fn now(&self) -> Now {
        Now { monotonic: Monotonic(self.mono), wall: Timestamp(self.wall) }
    }

    fn rule(&self, index: usize) -> QuotaRule<'_> {
        let Known { quota, anchor, .. } = self.subjects[index];
        QuotaRule { quota, zone: &self.zone, anchor, on_failure: FailMode::Deny }
    }

    fn terms(&self, index: usize) -> QuotaTerms {
        let rule = self.rule(index);
        QuotaTerms { key: self.subjects[index].key, basis: rule.basis(), limit: rule.quota.limit() }
    }

    fn subject(&self, index: usize) -> Subject<'_> {
        let known = &self.subjects[index];
        let limits = Limits { rate: None, quota: Some(self.rule(index)) };
        Subject { key: known.key, counters: &known.counters, limits }
    }

    fn period(&self, index: usize) -> Period {
        self.rule(index).basis().period_at(Timestamp(self.wall), self.subjects[index].since)
    }

    /// Calls left in the present period, by the model.
    fn left(&self, index: usize) -> u32 {
        let known = &self.subjects[index];
        let counted = known.counts.get(&self.period(index).start).copied().unwrap_or_default();
        let limit = known.quota.limit() + counted.granted;
        limit.saturating_sub(counted.admitted + counted.lost)
    }

    #[expect(clippy::result_large_err, reason = "a test may be slow")]
    fn take(&self, profile: usize, patience: Patience) -> Result<Option<LeaseNeed>, Stopped> {
        let (profile, client) = (self.subject(profile), self.subject(CLIENT));
        let revision = Revision(self.revision);
        take(&profile, Some(&client), revision, Counting::Take, patience, self.now()).map(|taken| {
            assert_eq!(taken.readings.iter().count(), 2);
            taken.refill
        })
    }

    /// One call, waiting for leases as a worker does.
    fn call(&mut self, profile: usize) {
        let mut patience = Patience::Fresh;
        let mut rounds = 0;
        loop {
            match self.take(profile, patience) {
                Ok(refill) => {
                    self.check_admitted(profile);
                    self.refills.extend(refill);
                    return;
                }
                Err(Stopped::Refused(refused)) => {
                    self.check_refused(profile, refused.kind, refused.wait_nanos);
                    return;
                }
                Err(Stopped::Unavailable { .. }) => {
                    assert!(self.is_away, "a call was not counted though the authority is there");
                    return;
                }
                Err(Stopped::NeedsLease(need)) => {
                    rounds += 1;
                    assert!(rounds < 5, "a lease that was filled does not help");
                    self.end();
                    let filled = self.fill(&need);
                    patience = if filled { Patience::Fresh } else { Patience::LeaseAwaited };
                }
            }
        }
    }

    fn check_admitted(&mut self, profile: usize) {
        self.admitted += 1;
        for index in [profile, CLIENT] {
            assert!(self.left(index) > 0, "subject {index} is over its quota");
            let start = self.period(index).start;
            let known = &mut self.subjects[index];
            known.counts.entry(start).or_default().admitted += 1;
            *known.unreported.entry(start).or_default() += 1;
        }
    }

    fn check_refused(&mut self, profile: usize, kind: LimitKind, wait_nanos: u64) {
        self.refused += 1;
        let places = [(LimitKind::Quota, profile), (LimitKind::ClientQuota, CLIENT)];
        let lacking: Vec<_> = places.into_iter().filter(|(_, index)| self.left(*index) == 0).collect();
        let waits: Vec<_> =
            lacking.iter().map(|(_, index)| (self.period(*index).until.0 - self.wall).unsigned_abs() * 1000).collect();
        if self.is_away {
            // What a changed limit left is not known then: a refusal goes by the other.
            assert!(lacking.iter().any(|(known, _)| *known == kind) && waits.contains(&wait_nanos));
            return;
        }
        let (first, _) = lacking.first().expect("a call was refused with calls left");
        assert_eq!(kind, *first);
        assert_eq!(Some(&wait_nanos), waits.iter().max());
    }

    /// Exchanges for these subjects, answered at once.
    fn fill(&mut self, need: &LeaseNeed) -> bool {
        for index in 0..self.subjects.len() {
            if need.iter().any(|(key, _)| *key == self.subjects[index].key) {
                // As if now and then others waited too.
                let waiting = u32::try_from(self.admitted % 40).unwrap().saturating_sub(10).max(1);
                self.begin(index, Wish::Lease { waiting });
            }
        }
        self.end();
        !self.is_away
    }

    fn begin(&mut self, index: usize, wish: Wish) {
        if self.in_flight.iter().any(|(other, ..)| *other == index) {
            return;
        }
        let now = self.now();
        let known = &mut self.subjects[index];
        let Some(exchange) = known.counters.begin_exchange(known.key, wish, now).exchange else { return };
        let mut answer = Answer::Away;
        if !self.is_away {
            known.told |= exchange.ask.is_some();
            known.unreported.clear();
            let leased = self.authority.exchange(now.wall, std::slice::from_ref(&exchange))[0];
            if let Some(leased) = leased {
                known.counts.entry(leased.period.start).or_default();
            }
            answer = leased.into();
        }
        self.in_flight.push((index, exchange, answer));
    }

    fn end(&mut self) {
        for (index, exchange, answer) in std::mem::take(&mut self.in_flight) {
            self.subjects[index].counters.end_exchange(&exchange, answer, self.now());
        }
    }

    fn all(&mut self, wish: Wish) {
        self.end();
        (0..self.subjects.len()).for_each(|index| self.begin(index, wish));
        self.end();
    }

    /// A changed rule of one subject, as the program puts it in force.
    fn changed(&mut self, index: usize) {
        self.end();
        self.revision += 1;
        let (rule, now) = (self.rule(index), self.now());
        self.subjects[index].counters.adopt_quota(&rule, Revision(self.revision));
        let basis = rule.basis();
        self.begin(index, Wish::Tick);
        self.end();
        self.authority.rebase(now.wall, self.subjects[index].key, &basis);
    }

    /// The model's side of other periods.
    fn rebased(&mut self, index: usize, before: &QuotaBasis) {
        // No two changes come at one moment.
        self.pass(1);
        let basis = self.rule(index).basis();
        if self.subjects[index].told && basis.text() != before.text() {
            self.subjects[index].since = Some(Timestamp(self.wall));
            let start = self.period(index).start;
            self.subjects[index].counts.remove(&start);
        }
        self.changed(index);
    }

    fn crash(&mut self) {
        self.in_flight.clear();
        self.refills.clear();
        self.authority.crash();
        for index in 0..self.subjects.len() {
            let terms = self.terms(index);
            self.subjects[index].counters = Arc::default();
            if !self.subjects[index].told {
                continue;
            }
            let starts: Vec<_> = self.subjects[index].counts.keys().copied().collect();
            // Older counts may be gone: they are kept for 400 days past the end of a year.
            let kept = self.latest - (366 + 400) * 86_400 * SECOND;
            for start in starts.into_iter().filter(|start| start.0 >= kept) {
                let count = self.authority.read(start, &terms);
                if count.period.start == start {
                    self.check_lost(index, &count);
                }
            }
            self.subjects[index].unreported.clear();
        }
    }

    fn check_lost(&mut self, index: usize, count: &QuotaCount) {
        let known = &mut self.subjects[index];
        let start = count.period.start;
        let counted = known.counts.entry(start).or_default();
        assert!(count.deducted >= counted.admitted, "{count:?} admitted {}", counted.admitted);
        let lost = count.deducted - counted.admitted;
        let unreported = known.unreported.get(&start).copied().unwrap_or(0);
        let shown = count.unaccounted - counted.unaccounted;
        assert!(count.unaccounted >= lost, "{count:?} lost {lost}");
        assert!(shown <= lost - counted.lost + unreported, "{count:?} lost {lost}");
        (counted.lost, counted.unaccounted) = (lost, count.unaccounted);
    }

    pub(crate) fn step(&mut self, step: &Step) {
        let is_command = matches!(
            step,
            Step::Limit { .. }
                | Step::Interval { .. }
                | Step::Zone { .. }
                | Step::Anchor { .. }
                | Step::Grant { .. }
                | Step::Reset { .. }
                | Step::Restart
                | Step::Crash
        );
        if is_command && self.is_away {
            return;
        }
        match *step {
            Step::Calls { profile, count, gap_micros } => {
                for _ in 0..count {
                    self.call(profile);
                    self.pass(gap_micros);
                    if self.admitted.is_multiple_of(7) {
                        for need in std::mem::take(&mut self.refills) {
                            self.end();
                            self.fill(&need);
                        }
                    }
                }
            }
            Step::Pause { micros } => self.pass(micros),
            Step::ClockSet { micros } => self.set_clock(micros),
            Step::NearEnd { subject, micros } => {
                let until = self.period(subject).until.0;
                self.pass(until - micros - self.wall);
                self.all(Wish::Tick);
            }
            Step::Tick => self.all(Wish::Tick),
            Step::Begin { subject } => self.begin(subject, Wish::Tick),
            Step::End => self.end(),
            Step::Away { away } => self.is_away = away,
            Step::Limit { subject, limit } => {
                let quota = self.subjects[subject].quota;
                self.subjects[subject].quota = UsageQuota::new(limit, quota.interval()).unwrap();
                self.changed(subject);
            }
            Step::Interval { subject, interval } => {
                let before = self.rule(subject).basis();
                let limit = i64::from(self.subjects[subject].quota.limit());
                self.subjects[subject].quota = UsageQuota::new(limit, interval).unwrap();
                self.rebased(subject, &before);
            }
            Step::Zone { zone } => {
                let before: Vec<_> = (0..3).map(|index| self.rule(index).basis()).collect();
                self.zone = TimeZone::get(ZONES[zone]).unwrap();
                for (index, before) in before.iter().enumerate() {
                    self.rebased(index, before);
                }
            }
            Step::Anchor { subject, day } => {
                let before = self.rule(subject).basis();
                self.subjects[subject].anchor = Date::new(2026, 1, day).unwrap();
                self.rebased(subject, &before);
            }
            Step::Grant { subject, amount } => {
                self.end();
                let terms = self.terms(subject);
                let count = self.authority.grant(Timestamp(self.wall), &terms, amount);
                self.subjects[subject].told = true;
                self.subjects[subject].counters.learn(&count);
                let start = self.period(subject).start;
                self.subjects[subject].counts.entry(start).or_default().granted += amount;
            }
            Step::Reset { subject } => {
                self.end();
                self.begin(subject, Wish::Recall);
                self.end();
                let count = self.authority.reset(Timestamp(self.wall), &self.terms(subject));
                self.subjects[subject].told = true;
                self.subjects[subject].counters.learn(&count);
                let start = self.period(subject).start;
                self.subjects[subject].counts.remove(&start);
            }
            Step::Crash => self.crash(),
            Step::Restart => {
                self.all(Wish::Recall);
                self.crash();
            }
        }
    }

    fn set_clock(&mut self, micros: i64) {
        self.wall += micros;
        self.latest = self.latest.max(self.wall);
    }

    fn pass(&mut self, micros: i64) {
        self.set_clock(micros);
        self.mono += micros.max(0).unsigned_abs() * 1000;
    }

    /// The authority's counts are those of the model, once everything was given back.
    pub(crate) fn reconcile(&mut self) {
        self.is_away = false;
        self.all(Wish::Recall);
        for index in 0..self.subjects.len() {
            let count = self.authority.read(Timestamp(self.wall), &self.terms(index));
            let start = self.period(index).start;
            let counted = self.subjects[index].counts.get(&start).copied().unwrap_or_default();
            assert_eq!(count.deducted, counted.admitted + counted.lost, "subject {index}: {count:?}");
            assert_eq!(count.granted, counted.granted);
            assert_eq!(count.used + count.unaccounted, count.deducted);
        }
    }
}
