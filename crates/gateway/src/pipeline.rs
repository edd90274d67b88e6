//! One request, whole: facts -> decide -> count -> forward -> answer.

use crate::answer::Answer;
use crate::facts::{self, Facts};
use crate::forward::{self, Called};
use crate::http1_hyper::IncomingBody;
use crate::own_answers;
use crate::rate_headers;
use crate::refusal::{self, Refused};
use crate::request_ids::RequestId;
use crate::seam::{ChunkStream, RequestHead};
use crate::upload;
use crate::worker_state::Worker;
use domain::decide::{Refusal, decide};
use domain::denial::Denial;
use domain::limits::RateReading;
use domain::permit::Permit;
use domain::time::Timestamp;
use futures_util::FutureExt;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

/// Answers one request. A panic on the way costs this request and no other.
pub(crate) async fn handle(worker: &Rc<Worker>, peer: IpAddr, head: &RequestHead<'_>, body: IncomingBody) -> Answer {
    let request_id = worker.next_request_id();
    let answer = AssertUnwindSafe(answer(worker, peer, head, body, &request_id)).catch_unwind().await;
    let mut answer = answer.unwrap_or_else(|_| refusal::after_panic(&request_id));
    if worker.is_stopping() && !answer.head.fields.contains("connection") {
        answer.head.fields.push("connection", "close");
    }
    answer
}

async fn answer(
    worker: &Rc<Worker>,
    peer: IpAddr,
    head: &RequestHead<'_>,
    body: IncomingBody,
    request_id: &RequestId,
) -> Answer {
    let refused = Refused { head, request_id };
    if let Some(answer) = own_answers::find(worker, head, request_id) {
        return answer;
    }
    let Some(slot) = worker.take_slot() else {
        return refused.answer(&Refusal::early(Denial::Overloaded), upload::leave_unread(head, body));
    };
    let Judged { decision, facts, rate, at } = judge(worker, peer, head, &body);
    let answer = match (decision, facts.call) {
        (Ok(permit), Some(call)) => {
            worker.count_call(permit.profile_id(), at);
            let called = Called { head, call, peer, request_id };
            let forwarded = forward::forward(worker, permit, &called, body).await;
            forwarded.unwrap_or_else(|failed| refused.answer(&Refusal::early(failed.denial), failed.unread))
        }
        // A permit without a well-formed request cannot be: framing is the first check.
        (Ok(_), None) => refused.answer(&Refusal::early(Denial::InternalError), upload::leave_unread(head, body)),
        (Err(refusal), _) => {
            worker.count_refusal(refusal.profile);
            refused.answer(&refusal, upload::leave_unread(head, body))
        }
    };
    shown(answer, rate).holding(slot)
}

/// A request that was decided on.
struct Judged<'a> {
    decision: Result<Permit, Refusal>,
    facts: Facts<'a>,
    rate: Option<RateReading>,
    at: Timestamp,
}

/// Facts and decision, on one directory and one reading of the clock, without a wait.
fn judge<'a>(worker: &Worker, peer: IpAddr, head: &RequestHead<'a>, body: &IncomingBody) -> Judged<'a> {
    let directory = worker.directory();
    let now = worker.now();
    let facts = facts::gather(&directory, head, peer, body.exact_length());
    let decision = decide(&directory, &facts.request, now);
    // Only who passed the checks before the limit sees anything of it.
    let rate = match &decision {
        Ok(permit) => permit.rate(),
        Err(refusal) => refusal.rate.map(|refused| refused.reading),
    };
    Judged { decision, facts, rate, at: now.wall }
}

fn shown(mut answer: Answer, rate: Option<RateReading>) -> Answer {
    if let Some(reading) = rate {
        rate_headers::push(&reading, &mut answer.head.fields);
    }
    answer
}
