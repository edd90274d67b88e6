//! `/.portcullis/live` and `/.portcullis/ready`: for load balancers, before anything else.

use super::plain;
use crate::answer::Answer;
use crate::seam::RequestHead;
use crate::worker_state::Worker;

/// The answer, if this is such a path.
pub(crate) fn probe(worker: &Worker, head: &RequestHead<'_>, request_id: &str) -> Option<Answer> {
    if !matches!(head.method, b"GET" | b"HEAD") {
        return None;
    }
    match head.target {
        b"/.portcullis/live" => Some(plain(200, "live\n", request_id)),
        b"/.portcullis/ready" if !worker.is_ready() => {
            let mut answer = plain(503, "stopping\n", request_id);
            answer.head.fields.push("retry-after", "1");
            Some(answer)
        }
        b"/.portcullis/ready" => Some(plain(200, "ready\n", request_id)),
        _ => None,
    }
}
