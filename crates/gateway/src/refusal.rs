//! Refusing a request: noted with its true reason, answered with a generic one.

use crate::answer::Answer;
use crate::journal::Journal;
use crate::request_ids::RequestId;
use crate::respond::{self, Connection, Credential};
use crate::upload::Unread;
use crate::worker_state::Worker;
use domain::decide::Refusal;
use domain::denial::Denial;
use std::net::IpAddr;
use std::rc::Rc;

/// Notes the refusal and makes its answer.
pub(crate) fn answer(
    refusal: &Refusal,
    credential: Credential,
    unread: Unread,
    request_id: &RequestId,
    journal: &mut Journal,
) -> Answer {
    journal.note_refusal(request_id, refusal);
    let closes = unread == Unread::Left || is_out_of_step(refusal.denial);
    let connection = if closes { Connection::Close } else { Connection::KeepAlive };
    respond::refuse(refusal, request_id, credential, connection)
}

/// The answer to a request that panicked.
pub(crate) fn after_panic(worker: &Worker, request_id: &RequestId, journal: &mut Journal) -> Answer {
    tracing::error!(request_id = &**request_id, "a request panicked");
    worker.counts().panics.add(1);
    journal.note_panic();
    respond::refuse(&Refusal::early(Denial::InternalError), request_id, Credential::Absent, Connection::Close)
}

/// The last answer on a connection whose next head could not be read.
pub(crate) fn unreadable(worker: &Rc<Worker>, peer: IpAddr, denial: Denial) -> Answer {
    let now = worker.now();
    let request_id = worker.ids().request_id(now.wall);
    let refusal = Refusal::early(denial);
    worker.count_refusal(None);
    let mut journal = Journal::new(now, peer);
    journal.note_refusal(&request_id, &refusal);
    let answer = respond::refuse(&refusal, &request_id, Credential::Absent, Connection::Close);
    let line = worker.record(journal.finish(request_id, denial.status(), now), None, now);
    answer.logging(line)
}

/// After these the connection is not trusted to be in step.
fn is_out_of_step(denial: Denial) -> bool {
    matches!(denial, Denial::BadFraming | Denial::RequestTimeout | Denial::InternalError)
}
