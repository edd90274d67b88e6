//! Paths that the gateway answers itself, without a credential, without detail, uncounted: `/.portcullis/live` and
//! `/.portcullis/ready`. Everything else under the gateway's own names takes the way of all requests.

use crate::answer::Answer;
use crate::seam::{Fields, RequestHead, ResponseHead};
use crate::worker_state::Worker;

/// The answer, if this is such a path.
pub(crate) fn find(worker: &Worker, head: &RequestHead<'_>, request_id: &str) -> Option<Answer> {
    if !matches!(head.method, b"GET" | b"HEAD") {
        return None;
    }
    match head.target {
        b"/.portcullis/live" => Some(plain(200, "live\n", request_id)),
        b"/.portcullis/ready" if worker.is_stopping() => Some(plain(503, "stopping\n", request_id)),
        b"/.portcullis/ready" => Some(plain(200, "ready\n", request_id)),
        _ => None,
    }
}

fn plain(status: u16, text: &'static str, request_id: &str) -> Answer {
    let mut fields = Fields::with_capacity(4);
    fields.push("content-type", "text/plain; charset=utf-8");
    fields.push("cache-control", "no-store");
    fields.push("x-request-id", request_id);
    if status == 503 {
        fields.push("retry-after", "1");
    }
    Answer::whole(ResponseHead { status, fields }, text)
}
