//! Checks 10 and 11, in one step: every limit that applies is read first and taken from only if all have room.

use super::credential_genuine::Identity;
use super::recorder::Recorder;
use super::{Asker, Refusal, Stop, Wait, refusal_of};
use crate::denial::{Check, Denial};
use crate::directory::Directory;
use crate::limits::{Counting, LimitKind, LimitReading, Patience, Readings, Stopped, Taken, take};
use crate::terms::Terms;

pub(super) fn check<V>(
    directory: &Directory,
    identity: &Identity<'_>,
    terms: &Terms,
    counting: Counting,
    asker: &Asker<'_, V>,
    recorder: &mut impl Recorder,
) -> Result<Taken, Stop> {
    // A policy in use cannot be deleted; were it gone, the call would be refused rather than pass unlimited.
    let unavailable = || Stop::of(identity, Denial::LimitStoreUnavailable);
    let own = directory.limits_of_profile(identity.profile, terms).map_err(|_| unavailable())?;
    let shared = directory.limits_of_client(identity.client).map_err(|_| unavailable())?;
    let patience = if asker.waited.for_lease { Patience::LeaseAwaited } else { Patience::Fresh };
    let outcome = take(&own, shared.as_ref(), directory.revision(), counting, patience, asker.now);
    match outcome {
        Ok(taken) => {
            note(&taken.readings, recorder);
            Ok(taken)
        }
        Err(Stopped::Refused(refused)) => {
            note(&refused.readings, recorder);
            let refusal = refusal_of(identity.profile, identity.client, denial(refused.kind));
            Err(Stop::Refused(Refusal { limits: Some(Box::new(refused)), ..refusal }))
        }
        Err(Stopped::Unavailable { .. }) => Err(unavailable()),
        Err(Stopped::NeedsLease(need)) => Err(Stop::Wait(Wait::Lease(Box::new(need)))),
    }
}

fn denial(kind: LimitKind) -> Denial {
    match kind {
        LimitKind::Rate => Denial::RateLimited,
        LimitKind::ClientRate => Denial::ClientRateLimited,
        LimitKind::Quota => Denial::QuotaExhausted,
        LimitKind::ClientQuota => Denial::ClientQuotaExhausted,
    }
}

fn note(readings: &Readings, recorder: &mut impl Recorder) {
    for reading in readings.iter() {
        let (check, name) = match reading.kind {
            LimitKind::Rate => (Check::RateLimit, "rate_limit"),
            LimitKind::ClientRate => (Check::RateLimit, "client_rate_limit"),
            LimitKind::Quota => (Check::Quota, "usage_quota"),
            LimitKind::ClientQuota => (Check::Quota, "client_usage_quota"),
        };
        recorder.note(check, |values| {
            let LimitReading { limit, window_seconds, remaining, resets_in_nanos, .. } = reading;
            let resets = resets_in_nanos.div_ceil(1_000_000_000);
            values.add(name, format!("{remaining} of {limit} left in {window_seconds} s; resets in {resets} s"));
        });
    }
}
