//! Refusing a request: logged with its true reason, answered with a generic one.

use crate::answer::Answer;
use crate::request_ids::RequestId;
use crate::respond::{self, Connection, Credential};
use crate::seam::RequestHead;
use crate::upload::Unread;
use crate::worker_state::Worker;
use domain::decide::Refusal;
use domain::denial::Denial;

/// A request that is refused.
#[derive(Clone, Copy)]
pub(crate) struct Refused<'a> {
    pub(crate) head: &'a RequestHead<'a>,
    pub(crate) request_id: &'a RequestId,
}

impl Refused<'_> {
    /// Logs the refusal and makes its answer.
    pub(crate) fn answer(self, refusal: &Refusal, unread: Unread) -> Answer {
        log(refusal, self.request_id);
        let mut credentials = ["api-token", "authorization"].into_iter().flat_map(|name| self.head.values(name));
        let credential = if credentials.next().is_some() { Credential::Sent } else { Credential::Absent };
        let closes = unread == Unread::Left || is_out_of_step(refusal.denial);
        let connection = if closes { Connection::Close } else { Connection::KeepAlive };
        respond::refuse(refusal, self.request_id, credential, connection)
    }
}

/// The answer to a request that panicked.
pub(crate) fn after_panic(request_id: &RequestId) -> Answer {
    tracing::error!(request_id = &**request_id, "a request panicked");
    respond::refuse(&Refusal::early(Denial::InternalError), request_id, Credential::Absent, Connection::Close)
}

/// The last answer on a connection whose next head could not be read.
pub(crate) fn unreadable(worker: &Worker, denial: Denial) -> Vec<u8> {
    let request_id = worker.next_request_id();
    let refusal = Refusal::early(denial);
    worker.count_refusal(None);
    log(&refusal, &request_id);
    respond::refuse(&refusal, &request_id, Credential::Absent, Connection::Close).into_bytes(denial.title())
}

/// After these the connection is not trusted to be in step.
fn is_out_of_step(denial: Denial) -> bool {
    matches!(denial, Denial::BadFraming | Denial::RequestTimeout | Denial::InternalError)
}

fn log(refusal: &Refusal, request_id: &RequestId) {
    tracing::debug!(
        request_id = &**request_id,
        code = refusal.denial.code(),
        status = refusal.denial.status(),
        profile_id = refusal.profile.map(|profile| profile.0),
        client_id = refusal.client.map(|client| client.0),
        "request refused"
    );
}
