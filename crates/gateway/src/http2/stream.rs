//! One stream of a caller: a request and its answer.

use super::body::{Http2Body, Responder};
use super::guard::Seen;
use super::head;
use super::outgoing::{self, Sent};
use crate::answer::Answer;
use crate::connection::CallerFacts;
use crate::in_flight::Admitted;
use crate::pipeline;
use crate::refusal;
use crate::seam::{ChunkStream, IncomingBody, RequestHead, ResponseHead, Version};
use crate::worker_state::Worker;
use bytes::Bytes;
use domain::denial::Denial;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http::header::{CONTENT_LENGTH, DATE, EXPECT, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::rc::Rc;

/// What becomes of a connection after one of its streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    Stays,
    /// The worker has too many of them to attend to.
    Leaves,
}

/// Answers it. Ends early when the caller resets the stream or the connection ends; whatever is under way for it ends
/// too. A body that is left unread is told to the caller by `RST_STREAM` (`NO_ERROR`), once the answer is whole.
pub(super) async fn serve(
    worker: Rc<Worker>,
    facts: Rc<CallerFacts>,
    seen: Rc<Seen>,
    request: Request<RecvStream>,
    responder: SendResponse<Bytes>,
) -> After {
    let responder = Rc::new(RefCell::new(responder));
    let (parts, recv) = request.into_parts();
    let answer = tokio::select! {
        biased;
        () = caller_is_gone(&responder) => return After::Stays,
        answer = answer(&worker, &facts, &seen, &parts, recv, &responder) => answer,
    };
    seen.note_answer();
    let leaves = answer.head.status == 503 && worker.is_crowded();
    send(&worker, answer, &parts.method, &responder).await;
    if leaves { After::Leaves } else { After::Stays }
}

/// Ends when the caller wants no answer any more.
async fn caller_is_gone(responder: &Responder) {
    let _why = poll_fn(|ctx| responder.borrow_mut().poll_reset(ctx)).await;
}

async fn answer(
    worker: &Rc<Worker>,
    facts: &CallerFacts,
    seen: &Rc<Seen>,
    parts: &Parts,
    recv: RecvStream,
    responder: &Responder,
) -> Answer {
    let is_altered = seen.take_altered(recv.stream_id().as_u32());
    let cookies = head::joined_cookies(&parts.headers);
    let fields = head::fields(parts, cookies.as_deref());
    let headers = match fields {
        Ok(_) if is_altered => return refusal::unreadable(worker, facts.peer, Denial::BadFraming),
        Err(denial) => return refusal::unreadable(worker, facts.peer, denial),
        Ok(headers) => headers,
    };
    let target = parts.uri.path_and_query().map_or("", http::uri::PathAndQuery::as_str);
    let request = RequestHead {
        method: parts.method.as_str().as_bytes(),
        target: target.as_bytes(),
        version: Version::Http2,
        headers: &headers,
    };
    let waits = parts.headers.get(EXPECT).is_some_and(|expect| expect.as_bytes().eq_ignore_ascii_case(b"100-continue"));
    let length = head::length_of(&parts.headers, &recv);
    let body = Http2Body::of_caller(recv, length, Rc::clone(seen), waits.then(|| Rc::clone(responder)));
    pipeline::handle(worker, facts, &request, IncomingBody::Http2(body)).await
}

async fn send(worker: &Worker, answer: Answer, method: &Method, responder: &Responder) {
    let Answer { head, mut body } = answer;
    let has_no_body = *method == Method::HEAD || matches!(head.status, 204 | 304);
    let ends = has_no_body || body.is_finished();
    let length = match body.exact_length() {
        _ if matches!(head.status, 204 | 304) => None,
        // An upstream's answer to HEAD that does not say how long the body would be.
        Some(0) if has_no_body => None,
        length => length,
    };
    let response = response(&head, length, &worker.http_date());
    let Ok(mut stream) = responder.borrow_mut().send_response(response, ends) else { return };
    if ends {
        body.complete();
        return;
    }
    let admitted = body.admitted();
    let sent = tokio::select! {
        biased;
        () = cut(admitted.as_deref()) => return stream.send_reset(Reason::CANCEL),
        sent = outgoing::send(&mut body, &mut stream, worker.config().stream_idle) => sent,
    };
    match sent {
        Sent::Broken => stream.send_reset(Reason::INTERNAL_ERROR),
        Sent::Stalled => stream.send_reset(Reason::CANCEL),
        Sent::Whole => body.complete(),
        Sent::Gone => {}
    }
}

fn response(head: &ResponseHead, length: Option<u64>, date: &str) -> Response<()> {
    let mut response = Response::new(());
    // A status of an upstream that is none cannot come here: it was parsed.
    *response.status_mut() = StatusCode::from_u16(head.status).unwrap_or(StatusCode::BAD_GATEWAY);
    *response.headers_mut() = head::into_map(&head.fields);
    if let Some(length) = length
        && !response.headers().contains_key(CONTENT_LENGTH)
    {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    if !response.headers().contains_key(DATE)
        && let Ok(date) = HeaderValue::from_str(date)
    {
        response.headers_mut().insert(DATE, date);
    }
    response
}

/// Ends when the request is cut.
async fn cut(admitted: Option<&Admitted>) {
    match admitted {
        Some(admitted) => {
            let _why = admitted.cut().await;
        }
        None => pending().await,
    }
}
