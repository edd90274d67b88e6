//! Sends an admitted request to its upstream. Takes the permit by value: what was not admitted cannot come here.
//!
//! It takes a place among the requests in flight to that upstream, chooses an address and a connection, and sends it.
//! What is tried again (`forward/attempts.rs`), each only while nothing of the body was taken:
//! - a connection that cannot be made: at another address, whatever the method, at most twice;
//! - a request that was never begun, because the connection turned out to be dead: once, on a fresh connection;
//! - a request that was sent and of whose answer not one byte came: once, on a fresh connection, if its method is idempotent.
//!
//! A wait that ran out and a malformed answer are not tried again.

mod attempts;
mod fault;

use self::attempts::Answered;
use self::fault::Fault;
use crate::answer::{Answer, Streamed};
use crate::connection::CallerFacts;
use crate::facts::Call;
use crate::headers::{self, request::BodyLength};
use crate::request_ids::RequestId;
use crate::seam::{ChunkStream, Fields, IncomingBody, RequestHead, ResponseHead};
use crate::tunnel::Tunnel;
use crate::upload::{Unread, Upload, leave_unread};
use crate::upstream::{Address, Group, UpstreamCounts};
use crate::upstream_auth::UpstreamAuth;
use crate::worker_state::Worker;
use domain::denial::Denial;
use domain::permit::Permit;
use domain::upstream::BaseUrl;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// The request that was admitted.
pub(crate) struct Called<'a> {
    pub(crate) head: &'a RequestHead<'a>,
    pub(crate) call: Call<'a>,
    pub(crate) caller: &'a CallerFacts,
    pub(crate) request_id: &'a RequestId,
}

/// Why there is no answer, and what has become of the caller's body.
pub(crate) struct Failed {
    pub(crate) denial: Denial,
    pub(crate) unread: Unread,
}

/// Forwards; the answer streams from the upstream.
pub(crate) async fn forward(
    worker: &Rc<Worker>,
    permit: Permit,
    called: &Called<'_>,
    body: IncomingBody,
) -> Result<Answer, Failed> {
    let refused = |denial| Failed { denial, unread: leave_unread(called.head, &body) };
    if headers::request::is_in_a_loop(called.head) {
        return Err(refused(Denial::LoopDetected));
    }
    let deadline = permit.collection().limits().response_ms.map(|wait| Instant::now() + millis(wait));
    let group = worker.pool().group(worker, permit.collection());
    let Some(place) = group.enter() else {
        worker.upstreams().counts().full.add_one();
        log_failure(&permit, called.request_id, &Fault::Full, Denial::UpstreamUnhealthy, group.upstream().urls.first());
        return Err(refused(Denial::UpstreamUnhealthy));
    };
    let auth = UpstreamAuth::get(worker, &permit).await.map_err(|denial| {
        log_missing_token(&permit, called.request_id);
        refused(denial)
    })?;
    let request = Outbound::new(worker, &permit, &group, &auth, called, body, deadline);
    let answered = request.exchange(place).await.map_err(|(fault, address)| {
        let denial = request.upload.fault().unwrap_or(fault.denial());
        let url = address.as_deref().map_or_else(|| group.upstream().urls.first(), Address::url);
        log_failure(&permit, called.request_id, &fault, denial, url);
        Failed { denial, unread: leave_unread(called.head, &request.upload) }
    })?;
    auth.answered(worker.upstream_tokens(), answered.0.status);
    Ok(request.answer(answered))
}

/// A request on its way out.
struct Outbound<'a> {
    worker: &'a Worker,
    permit: &'a Permit,
    group: &'a Group,
    auth: &'a UpstreamAuth<'a>,
    called: &'a Called<'a>,
    length: BodyLength,
    upload: Upload,
    /// When the answer's head must be there, whatever happens.
    deadline: Option<Instant>,
}

/// The request as one address gets it.
struct Message {
    target: String,
    fields: Fields,
}

impl<'a> Outbound<'a> {
    fn new(
        worker: &'a Worker,
        permit: &'a Permit,
        group: &'a Group,
        auth: &'a UpstreamAuth<'a>,
        called: &'a Called<'a>,
        body: IncomingBody,
        deadline: Option<Instant>,
    ) -> Self {
        let length = match (body.exact_length(), called.head.single("content-length").is_some()) {
            (Some(0), false) => BodyLength::Absent,
            (Some(length), _) => BodyLength::Known(length),
            (None, _) => BodyLength::Unknown,
        };
        let limits = permit.collection().limits();
        let upload = Upload::new(body, limits.body_bytes, worker.config().request_body_idle)
            .without(permit.collection().credential().header());
        Self { worker, permit, group, auth, called, length, upload, deadline }
    }

    /// The request as the address with this base URL gets it.
    fn message(&self, url: &BaseUrl) -> Message {
        let call = &self.called.call;
        let rest = call.rest();
        let mut target = self.permit.upstream_path(url, rest);
        self.auth.push_query(&mut target, call.query);
        let own = headers::request::Own {
            caller: self.called.caller,
            kind: call.peer,
            host: call.host,
            upgrades: call.upgrades,
            request_id: self.called.request_id,
            ids: self.worker.ids(),
        };
        let mut fields = headers::request::forwarded(self.called.head, self.permit, url, &own, self.length);
        // Last, so that nothing a caller sends can stand for it.
        self.auth.push(&mut fields);
        Message { target, fields }
    }

    /// What the caller gets of an upstream's answer.
    fn answer(self, (head, body, lease): Answered) -> Answer {
        let called = self.called;
        let here = || {
            let (scheme, call) = (called.caller.scheme.as_str(), &called.call);
            self.worker.directory().settings().url_as_called(scheme, call.host, call.collection_path())
        };
        let status = head.status;
        let fields = headers::answer::forwarded(&head.fields, self.permit, here, called.request_id, status);
        let idle = millis(self.group.upstream().timeouts_ms.idle);
        match body {
            IncomingBody::Upstream(body) if status == 101 => {
                Answer::switching(ResponseHead { status, fields }, Tunnel::new(body, lease, idle))
            }
            body @ (IncomingBody::Caller(_) | IncomingBody::Upstream(_) | IncomingBody::Http2(_)) => {
                let lease = lease.kept_as_said_by(&head.fields);
                let body = Streamed::new(body, self.upload, lease, idle);
                Answer::streamed(ResponseHead { status, fields }, body)
            }
        }
    }

    fn counts(&self) -> &UpstreamCounts {
        self.worker.upstreams().counts()
    }
}

/// Without the target: its query is the caller's.
fn log_failure(permit: &Permit, request_id: &RequestId, fault: &Fault, denial: Denial, url: &BaseUrl) {
    let (code, request_id, collection) = (denial.code(), &**request_id, permit.collection().id().0);
    let (upstream, detail) = (url.authority(), fault.text());
    // The caller's own doing is logged with the refusal.
    if matches!(
        denial,
        Denial::UpstreamRefused | Denial::UpstreamTimeout | Denial::UpstreamReset | Denial::UpstreamUnhealthy
    ) {
        tracing::warn!(request_id, code, collection, upstream, detail, "upstream failed");
    }
}

/// Why there is none was logged by whoever gets tokens.
fn log_missing_token(permit: &Permit, request_id: &RequestId) {
    let (collection, request_id) = (permit.collection().id().0, &**request_id);
    let code = Denial::UpstreamTokenUnavailable.code();
    tracing::warn!(request_id, code, collection, "no access token for the upstream");
}

fn millis(value: u32) -> Duration {
    Duration::from_millis(value.into())
}
