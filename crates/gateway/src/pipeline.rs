//! One request, whole: facts -> decide -> count -> forward -> answer.

use crate::access_log::Line;
use crate::answer::Answer;
use crate::connection::CallerFacts;
use crate::forward::{self, Called, Failed};
use crate::journal::Journal;
use crate::judge::{self, Arrived, Judged, Verdict};
use crate::overload;
use crate::own_answers;
use crate::refusal;
use crate::request_ids::RequestId;
use crate::seam::{IncomingBody, RequestHead, Version};
use crate::upload::{Unread, leave_unread};
use crate::worker_state::Worker;
use domain::decide::Refusal;
use domain::permit::Permit;
use domain::time::Timestamp;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

/// Answers one request. A panic on the way costs this request and no other.
pub(crate) async fn handle(
    worker: &Rc<Worker>,
    caller: &CallerFacts,
    head: &RequestHead<'_>,
    body: IncomingBody,
) -> Answer {
    let now = worker.now();
    let request_id = worker.ids().request_id(now.wall);
    let mut answer = match own_answers::probe(worker, head, &request_id) {
        Some(answer) => answer,
        None => {
            recorded(worker, Journal::new(now, caller.peer), Arrived::new(head, caller, &body), body, request_id).await
        }
    };
    if worker.is_stopping() && !answer.head.fields.contains("connection") {
        answer.head.fields.push("connection", "close");
    }
    answer
}

async fn recorded(
    worker: &Rc<Worker>,
    journal: Journal,
    arrived: Arrived<'_>,
    body: IncomingBody,
    request_id: RequestId,
) -> Answer {
    let mut notes = Notes { worker, version: arrived.head.version, open: None };
    let (journal, request_id) = notes.open.insert((journal, request_id));
    let answer = AssertUnwindSafe(answer(worker, arrived, body, request_id, journal)).catch_unwind().await;
    let answer = answer.unwrap_or_else(|_| refusal::after_panic(worker, request_id, journal));
    let line = notes.close(answer.head.status);
    answer.logging(line)
}

/// The status on record where the caller went away before there was an answer.
const CALLER_GONE: u16 = 499;

/// The notes on a request: on record once it is answered, or given up.
struct Notes<'a> {
    worker: &'a Rc<Worker>,
    version: Version,
    open: Option<(Journal, RequestId)>,
}

impl Notes<'_> {
    fn close(&mut self, status: u16) -> Option<Line> {
        let (journal, request_id) = self.open.take()?;
        let now = self.worker.now();
        self.worker.record(journal.finish(request_id, status, now), Some(self.version), now)
    }
}

impl Drop for Notes<'_> {
    fn drop(&mut self) {
        self.close(CALLER_GONE);
    }
}

async fn answer(
    worker: &Rc<Worker>,
    arrived: Arrived<'_>,
    body: IncomingBody,
    request_id: &RequestId,
    journal: &mut Journal,
) -> Answer {
    let slot = worker.take_slot();
    let mut leaves = false;
    // What few requests wait for stands apart in boxes: the others do not carry the room for it about.
    let Judged { verdict, credential, shown, at } = if slot.is_some() {
        match judge::at_once(worker, arrived, journal) {
            Ok(judged) => judged,
            Err(wait) => Box::pin(judge::after(wait, worker, arrived, journal)).await,
        }
    } else {
        if worker.overload().is_behind() {
            worker.counts().shed.add(1);
            Box::pin(overload::hold_back(worker)).await;
            leaves = worker.is_crowded();
        }
        judge::without_room(worker, arrived, journal)
    };
    let mut answer = match verdict {
        Verdict::Forward(permit, call) => {
            let client = (Some(permit.profile_id()), Some(permit.client_id()));
            journal.note_permit(&permit);
            let called = Called { head: arrived.head, call, caller: arrived.caller, request_id };
            match forwarded(worker, permit, &called, body, at).await {
                Ok(answer) => answer,
                Err(Failed { denial, unread }) => {
                    let refusal = Refusal { profile: client.0, client: client.1, ..Refusal::early(denial) };
                    refusal::answer(&refusal, credential, unread, request_id, journal)
                }
            }
        }
        Verdict::Refuse(refusal) => {
            worker.count_refusal(refusal.profile);
            refusal::answer(&refusal, credential, leave_unread(arrived.head, &body), request_id, journal)
        }
        Verdict::Own(own) => {
            Box::pin(own_answers::answer(worker, own, arrived, body, credential, request_id, journal)).await
        }
    };
    shown.push(&mut answer.head.fields);
    if leaves && !answer.head.fields.contains("connection") {
        answer.head.fields.push("connection", "close");
    }
    match slot {
        Some(slot) => answer.holding(slot),
        None => answer,
    }
}

/// Counts and forwards, unless whoever sent it may no longer do so while it waits for its answer.
async fn forwarded(
    worker: &Rc<Worker>,
    mut permit: Permit,
    called: &Called<'_>,
    body: IncomingBody,
    at: Timestamp,
) -> Result<Answer, Failed> {
    worker.count_call(&permit, at);
    if let Some(need) = permit.take_refill() {
        worker.waits().refill(need);
    }
    worker.note_used(permit.take_used());
    let admitted = worker.in_flight().admit(&permit);
    tokio::select! {
        biased;
        denial = admitted.cut() => Err(Failed { denial, unread: Unread::Left }),
        answer = forward::forward(worker, permit, called, body) => answer.map(|answer| answer.of(Rc::clone(&admitted))),
    }
}
