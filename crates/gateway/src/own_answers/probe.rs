//! `/.portcullis/live` and `/.portcullis/ready`: for load balancers, before anything else.

use super::plain;
use crate::answer::Answer;
use crate::seam::RequestHead;
use crate::worker_state::Worker;
use domain::directory::Freshness;

/// The answer, if this is such a path.
pub(crate) fn probe(worker: &Worker, head: &RequestHead<'_>, request_id: &str) -> Option<Answer> {
    if !matches!(head.method, b"GET" | b"HEAD") {
        return None;
    }
    match head.target {
        b"/.portcullis/live" => Some(plain(200, "live\n", request_id)),
        b"/.portcullis/ready" if !worker.is_ready() => Some(not_ready("stopping\n", request_id)),
        b"/.portcullis/ready" if worker.directory().freshness() == Freshness::Stale => {
            Some(not_ready("stale\n", request_id))
        }
        b"/.portcullis/ready" => Some(plain(200, "ready\n", request_id)),
        _ => None,
    }
}

fn not_ready(why: &'static str, request_id: &str) -> Answer {
    let mut answer = plain(503, why, request_id);
    answer.head.fields.push("retry-after", "1");
    answer
}
