//! `GET /.portcullis/usage`: what is left of each limit that applies to the caller. Nothing about anybody else; of limits
//! that all profiles of a client share, the caller sees what is left for all of them.

use super::{holders, json};
use crate::answer::Answer;
use crate::journal::Journal;
use crate::judge::Arrived;
use crate::rate_headers::{name, resets_in};
use crate::waits::Waiting;
use crate::worker_state::Worker;
use domain::decide::{Caller, Refusal, Wait, Waited};
use domain::denial::Denial;
use domain::limits::{Counting, LimitReading, Patience, Readings, Stopped, take};
use serde_json::json;

pub(super) async fn answer(
    worker: &Worker,
    arrived: Arrived<'_>,
    request_id: &str,
    journal: &mut Journal,
) -> Result<Answer, Refusal> {
    let caller = holders::identified(worker, arrived, journal).await?;
    let readings = readings(worker, &caller).await.map_err(|denial| holders::of(&caller, denial))?;
    let limit = |one: &LimitReading| {
        json!({
            "name": name(one.kind),
            "limit": one.limit,
            "window_seconds": one.window_seconds,
            "remaining": one.remaining,
            "resets_in_seconds": resets_in(one),
        })
    };
    let limits: Vec<_> = readings.iter().map(limit).collect();
    let (profile, client) = (caller.profile.id(), caller.client.id());
    let document = json!({"data": {"profile_id": profile, "client_id": client, "limits": limits}});
    Ok(json(200, &document, request_id))
}

/// Reads the limits and takes nothing. A quota of which nothing is known yet is asked for, as a call would.
async fn readings(worker: &Worker, caller: &Caller) -> Result<Readings, Denial> {
    let mut waited = Waited::default();
    let mut waiting = Waiting::default();
    loop {
        match attempt(worker, caller, waited) {
            Ok(readings) => return Ok(readings),
            Err(Stopped::Refused(refused)) => return Ok(refused.readings),
            Err(Stopped::Unavailable { .. }) => return Err(Denial::LimitStoreUnavailable),
            Err(Stopped::NeedsLease(need)) => {
                worker.waits().get(Wait::Lease(Box::new(need)), &mut waiting, &mut waited).await;
            }
        }
    }
}

#[expect(clippy::result_large_err, reason = "the error is what the limits say; it is looked at right here")]
fn attempt(worker: &Worker, caller: &Caller, waited: Waited) -> Result<Readings, Stopped> {
    let directory = worker.directory();
    // Without terms there is nothing to call and no limit.
    let Some(terms) = directory.terms_of(&caller.profile, &caller.client) else { return Ok(Readings::default()) };
    let unknown = |_| Stopped::Unavailable { kind: domain::limits::LimitKind::Rate };
    let own = directory.limits_of_profile(&caller.profile, terms).map_err(unknown)?;
    let shared = directory.limits_of_client(&caller.client).map_err(unknown)?;
    let patience = if waited.for_lease { Patience::LeaseAwaited } else { Patience::Fresh };
    let revision = directory.revision();
    take(&own, shared.as_ref(), revision, Counting::ReadOnly, patience, worker.now()).map(|taken| taken.readings)
}
