//! Facts and decision, on one directory and one reading of the clock. Where something has to be waited for, it is done
//! again afterwards, on the directory of then.

use crate::connection::CallerFacts;
use crate::cors::CorsFields;
use crate::facts::{self, Call, Facts};
use crate::journal::Journal;
use crate::own_answers::{self, Own};
use crate::rate_headers::{self, OlderFields};
use crate::respond::Credential;
use crate::seam::{ChunkStream, Fields, RequestHead};
use crate::waits::Waiting;
use crate::worker_state::Worker;
use domain::decide::{Decision, Refusal, Wait, Waited, decide};
use domain::denial::Denial;
use domain::directory::Directory;
use domain::limits::Readings;
use domain::permit::Permit;
use domain::time::Timestamp;

/// A request that was decided on.
pub(crate) struct Judged<'a> {
    pub(crate) verdict: Verdict<'a>,
    pub(crate) credential: Credential,
    pub(crate) shown: Shown,
    /// When it was decided.
    pub(crate) at: Timestamp,
}

/// What becomes of a request.
pub(crate) enum Verdict<'a> {
    Forward(Permit, Call<'a>),
    Refuse(Refusal),
    /// The gateway answers it itself.
    Own(Own<'a>),
}

/// What its answer carries besides.
pub(crate) struct Shown {
    cors: Option<CorsFields>,
    limits: Readings,
    older: OlderFields,
    at: Timestamp,
}

impl Shown {
    pub(crate) fn push(&self, fields: &mut Fields) {
        if let Some(cors) = &self.cors {
            cors.push(fields);
        }
        rate_headers::push(&self.limits, self.older, self.at, fields);
    }
}

/// Where a request comes from, and how long it says to be.
#[derive(Clone, Copy)]
pub(crate) struct Arrived<'a> {
    pub(crate) head: &'a RequestHead<'a>,
    pub(crate) caller: &'a CallerFacts,
    pub(crate) body_bytes: Option<u64>,
}

impl<'a> Arrived<'a> {
    pub(crate) fn new(head: &'a RequestHead<'a>, caller: &'a CallerFacts, body: &impl ChunkStream) -> Self {
        Self { head, caller, body_bytes: body.exact_length() }
    }
}

/// Decides; or says what has to be waited for before that.
pub(crate) fn at_once<'a>(worker: &Worker, arrived: Arrived<'a>, journal: &mut Journal) -> Result<Judged<'a>, Wait> {
    attempt(worker, arrived, Waited::default(), journal)
}

/// Waits for what deciding needs, and decides.
pub(crate) async fn after<'a>(wait: Wait, worker: &Worker, arrived: Arrived<'a>, journal: &mut Journal) -> Judged<'a> {
    let (mut wait, mut waited, mut waiting) = (wait, Waited::default(), Waiting::default());
    loop {
        worker.waits().get(wait, &mut waiting, &mut waited).await;
        wait = match attempt(worker, arrived, waited, journal) {
            Ok(judged) => return judged,
            Err(wait) => wait,
        };
    }
}

fn attempt<'a>(
    worker: &Worker,
    arrived: Arrived<'a>,
    waited: Waited,
    journal: &mut Journal,
) -> Result<Judged<'a>, Wait> {
    let directory = worker.directory();
    let now = worker.now();
    let facts = facts::gather(&directory, arrived.head, arrived.caller, arrived.body_bytes);
    journal.note_facts(&directory, arrived.head, &facts);
    journal.note_certificate(arrived.caller.certificate.as_ref());
    if let Some(own) = own_answers::find(&directory, &facts, arrived) {
        return Ok(judged(&directory, arrived.head, &facts, Verdict::Own(own), now.wall));
    }
    let decision = decide(&directory, &facts.request, &mut *worker.verified(), waited, now);
    match decision {
        Decision::Wait(wait) => Err(wait),
        Decision::Refuse(refusal) => Ok(judged(&directory, arrived.head, &facts, Verdict::Refuse(refusal), now.wall)),
        Decision::Admit(permit) => {
            journal.note_admitted(now.monotonic);
            // A permit without a well-formed request cannot be: framing is the first check.
            let verdict = match facts.call.clone() {
                Some(call) => Verdict::Forward(permit, call),
                None => Verdict::Refuse(Refusal::early(Denial::InternalError)),
            };
            Ok(judged(&directory, arrived.head, &facts, verdict, now.wall))
        }
    }
}

/// A request for which there is no room: no check is run, but its answer is one of its collection.
pub(crate) fn without_room<'a>(worker: &Worker, arrived: Arrived<'a>, journal: &mut Journal) -> Judged<'a> {
    let directory = worker.directory();
    let facts = facts::gather(&directory, arrived.head, arrived.caller, arrived.body_bytes);
    journal.note_facts(&directory, arrived.head, &facts);
    let verdict = Verdict::Refuse(Refusal::early(Denial::Overloaded));
    judged(&directory, arrived.head, &facts, verdict, worker.now().wall)
}

fn judged<'a>(
    directory: &Directory,
    head: &RequestHead<'_>,
    facts: &Facts<'_>,
    verdict: Verdict<'a>,
    at: Timestamp,
) -> Judged<'a> {
    // Only who passed the checks before the limits sees anything of them.
    let limits = match &verdict {
        Verdict::Forward(permit, _) => *permit.limits(),
        Verdict::Refuse(refusal) => refusal.limits.as_ref().map(|refused| refused.readings).unwrap_or_default(),
        Verdict::Own(_) => Readings::default(),
    };
    // A preflight says more than the other answers, and says it itself.
    let cors = match (&verdict, &facts.request.route) {
        (Verdict::Own(Own::Preflight(_)), _) | (_, None) => None,
        (_, Some(route)) => route.collection.cors().map(|cors| CorsFields::new(cors, head)),
    };
    let older = if directory.settings().rate_limit_headers { OlderFields::Sent } else { OlderFields::Left };
    let credential = if facts.has_credential() { Credential::Sent } else { Credential::Absent };
    Judged { verdict, credential, shown: Shown { cors, limits, older, at }, at }
}
