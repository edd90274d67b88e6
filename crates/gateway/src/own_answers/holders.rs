//! Who may have the answers that the gateway gives to holders of a credential: those who pass checks 2 to 6, at most
//! 10 times a second each.

use crate::facts;
use crate::journal::Journal;
use crate::judge::Arrived;
use crate::waits::Waiting;
use crate::worker_state::Worker;
use domain::decide::{Caller, NotIdentified, Refusal, Wait, Waited, identify};
use domain::denial::Denial;
use domain::limits::{LimitKind, LimitRefused, Readings};

/// Identifies the caller of an answer of our own.
pub(super) async fn identified(
    worker: &Worker,
    arrived: Arrived<'_>,
    journal: &mut Journal,
) -> Result<Caller, Refusal> {
    let mut waited = Waited::default();
    let mut waiting = Waiting::default();
    let caller = loop {
        match attempt(worker, arrived, waited) {
            Ok(caller) => break caller,
            Err(NotIdentified::Refused(refusal)) => return Err(refusal),
            Err(NotIdentified::Wait(wait)) => wait_for(worker, wait, &mut waiting, &mut waited).await,
        }
    };
    journal.note_caller(&caller);
    let profile = caller.profile.id();
    worker.throttles().own_answers.take(profile, worker.now().monotonic).map_err(|wait_nanos| {
        let refused = LimitRefused { kind: LimitKind::Rate, wait_nanos, readings: Readings::default() };
        Refusal { limits: Some(Box::new(refused)), ..of(&caller, Denial::RateLimited) }
    })?;
    Ok(caller)
}

/// A refusal of somebody who was identified.
pub(super) fn of(caller: &Caller, denial: Denial) -> Refusal {
    Refusal { profile: Some(caller.profile.id()), client: Some(caller.client.id()), ..Refusal::early(denial) }
}

fn attempt(worker: &Worker, arrived: Arrived<'_>, waited: Waited) -> Result<Caller, NotIdentified> {
    let directory = worker.directory();
    let facts = facts::gather(&directory, arrived.head, arrived.caller, arrived.body_bytes);
    identify(&directory, &facts.request, &mut *worker.verified(), waited, worker.now())
}

async fn wait_for(worker: &Worker, wait: Wait, waiting: &mut Waiting, waited: &mut Waited) {
    worker.waits().get(wait, waiting, waited).await;
}
