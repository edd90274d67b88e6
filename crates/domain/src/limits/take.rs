//! Checks 10 and 11 in one step: every limit that applies is read first, and a call is taken from all or from none.

use crate::ids::Revision;
use crate::limits::counters::State;
use crate::limits::quota_meter::{QuotaMeter, Room};
use crate::limits::{
    Counting, LeaseNeed, LimitKind, LimitReading, LimitRefused, Patience, RateRing, Readings, Stopped, Subject, Taken,
};
use crate::time::Now;
use std::sync::MutexGuard;

/// Takes one call from every limit of the profile and of its client, or says why not; then nothing was taken.
///
/// `revision` is that of the directory the request holds: a request that still holds an older one is judged by the
/// newest limits that the counters have seen.
#[expect(clippy::result_large_err, reason = "a refused call shows what is left too, and should not cost an allocation")]
pub fn take(
    profile: &Subject<'_>,
    client: Option<&Subject<'_>>,
    revision: Revision,
    counting: Counting,
    patience: Patience,
    now: Now,
) -> Result<Taken, Stopped> {
    // The order of the two locks is the same everywhere.
    let mut held = [Held::lock(Some(profile), revision), Held::lock(client, revision)];
    let rooms = rooms(&mut held, now);
    match verdict(&rooms, &mut held, counting, patience, now) {
        Verdict::Take => {
            let (refill, used) = match counting {
                Counting::Take => admit(&mut held),
                Counting::ReadOnly => (None, LeaseNeed::default()),
            };
            Ok(Taken { readings: readings(&mut held, now), refill, used })
        }
        Verdict::Refuse { kind, wait_nanos } => {
            Err(Stopped::Refused(LimitRefused { kind, wait_nanos, readings: readings(&mut held, now) }))
        }
        Verdict::Unavailable(kind) => Err(Stopped::Unavailable { kind }),
        Verdict::Lease(need) => Err(Stopped::NeedsLease(need)),
    }
}

/// The counters of one subject, locked, if it has any limit.
struct Held<'a>(Option<(&'a Subject<'a>, MutexGuard<'a, State>)>);

impl<'a> Held<'a> {
    fn lock(subject: Option<&'a Subject<'a>>, revision: Revision) -> Self {
        let limited = subject.filter(|subject| subject.limits.rate.is_some() || subject.limits.quota.is_some());
        Self(limited.map(|subject| {
            let mut state = subject.counters.lock();
            state.adopt(&subject.limits, revision);
            (subject, state)
        }))
    }

    fn rate(&mut self) -> Option<&mut RateRing> {
        let (subject, state) = self.0.as_mut()?;
        subject.limits.rate?;
        state.rate.as_mut()
    }

    fn quota(&mut self) -> Option<&mut QuotaMeter> {
        let (subject, state) = self.0.as_mut()?;
        subject.limits.quota?;
        state.quota.as_deref_mut()
    }
}

/// Whether each limit has room, in the order of the checks.
fn rooms(held: &mut [Held<'_>; 2], now: Now) -> [(LimitKind, Room); 4] {
    let [profile, client] = held;
    let rate = |held: &mut Held<'_>| match held.rate().map(|ring| ring.check(now.monotonic)) {
        None | Some(Ok(())) => Room::Free,
        Some(Err(wait)) => Room::Lacking(wait),
    };
    let quota = |held: &mut Held<'_>| held.quota().map_or(Room::Free, |meter| meter.check(now));
    [
        (LimitKind::Rate, rate(profile)),
        (LimitKind::ClientRate, rate(client)),
        (LimitKind::Quota, quota(profile)),
        (LimitKind::ClientQuota, quota(client)),
    ]
}

enum Verdict {
    Take,
    Refuse { kind: LimitKind, wait_nanos: u64 },
    Unavailable(LimitKind),
    Lease(LeaseNeed),
}

fn verdict(
    rooms: &[(LimitKind, Room); 4],
    held: &mut [Held<'_>; 2],
    counting: Counting,
    patience: Patience,
    now: Now,
) -> Verdict {
    let unknown = rooms.iter().any(|(_, room)| *room == Room::Unknown);
    // How long a refused call has to wait is known only when every limit is.
    if unknown && patience == Patience::Fresh {
        return Verdict::Lease(need(rooms, held));
    }
    if let Some(refused) = refusal(rooms) {
        return refused;
    }
    let awaiting = rooms.iter().filter(|(_, room)| matches!(room, Room::Empty | Room::Unknown));
    if counting == Counting::ReadOnly && !unknown {
        return Verdict::Take;
    }
    match patience {
        Patience::Fresh => need(rooms, held).some().map_or(Verdict::Take, Verdict::Lease),
        Patience::LeaseAwaited => {
            let [profile, client] = held;
            for (kind, _) in awaiting {
                let meter = if *kind == LimitKind::Quota { profile.quota() } else { client.quota() };
                if !meter.is_some_and(|meter| meter.may_borrow(now)) {
                    return Verdict::Unavailable(*kind);
                }
            }
            Verdict::Take
        }
    }
}

/// The first limit without room, and the latest time at which one has some again.
fn refusal(rooms: &[(LimitKind, Room); 4]) -> Option<Verdict> {
    let mut lacking = rooms.iter().filter_map(|(kind, room)| match room {
        Room::Lacking(wait) => Some((*kind, *wait)),
        Room::Free | Room::Empty | Room::Unknown => None,
    });
    let (kind, first) = lacking.next()?;
    let wait_nanos = lacking.fold(first, |latest, (_, wait)| latest.max(wait));
    Some(Verdict::Refuse { kind, wait_nanos })
}

/// Whose quota needs a lease before this call.
fn need(rooms: &[(LimitKind, Room); 4], held: &[Held<'_>; 2]) -> LeaseNeed {
    let mut need = LeaseNeed::default();
    let [profile, client] = held;
    for (kind, room) in rooms {
        let subject = if *kind == LimitKind::Quota { profile } else { client };
        if matches!(room, Room::Empty | Room::Unknown)
            && let Some((subject, _)) = &subject.0
        {
            need.add(subject.key, subject.counters);
        }
    }
    need
}

/// Takes the call from each limit. Says which leases are half used, and whose use is to be reported.
fn admit(held: &mut [Held<'_>; 2]) -> (Option<LeaseNeed>, LeaseNeed) {
    let (mut refill, mut used) = (LeaseNeed::default(), LeaseNeed::default());
    for held in held {
        if let Some(ring) = held.rate() {
            ring.record();
        }
        let Some(admitted) = held.quota().map(QuotaMeter::admit) else { continue };
        if let Some((subject, _)) = &held.0 {
            if admitted.wants_refill {
                refill.add(subject.key, subject.counters);
            }
            if admitted.is_first {
                used.add(subject.key, subject.counters);
            }
        }
    }
    (refill.some(), used)
}

fn readings(held: &mut [Held<'_>; 2], now: Now) -> Readings {
    let mut readings = Readings::default();
    let kinds = [(LimitKind::Rate, LimitKind::Quota), (LimitKind::ClientRate, LimitKind::ClientQuota)];
    for (held, (rate, quota)) in held.iter_mut().zip(kinds) {
        if let Some(ring) = held.rate() {
            let (state, window_seconds) = (ring.state(now.monotonic), ring.rate().interval().seconds());
            let (limit, remaining, resets_in_nanos) = (state.limit, state.remaining, state.resets_in_nanos);
            readings.put(LimitReading { kind: rate, limit, window_seconds, remaining, resets_in_nanos });
        }
        if let Some(meter) = held.quota() {
            readings.put(meter.reading(quota, now));
        }
    }
    readings
}
