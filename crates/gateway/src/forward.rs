//! Sends an admitted request to its upstream. Takes the permit by value: what was not admitted cannot come here.
//!
//! A request that failed before any byte was answered is sent once more on a fresh connection if its method is
//! idempotent and nothing of its body was taken. One that was never begun, because an idle connection turned out to
//! be dead, goes to a fresh connection whatever its method. A connection that cannot be made, and a wait that ran
//! out, are not tried again.

use crate::answer::{Answer, Streamed};
use crate::facts::Call;
use crate::headers::{self, request::BodyLength};
use crate::http1_hyper::{IncomingBody, SendFault};
use crate::request_ids::RequestId;
use crate::seam::{ChunkStream, Fields, RequestHead, ResponseHead};
use crate::target::without_credential;
use crate::upload::{Unread, Upload, leave_unread};
use crate::upstream::{ConnectFault, Lease, Reuse};
use crate::worker_state::Worker;
use domain::denial::Denial;
use domain::permit::Permit;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout_at};

/// The request that was admitted.
pub(crate) struct Called<'a> {
    pub(crate) head: &'a RequestHead<'a>,
    pub(crate) call: Call<'a>,
    pub(crate) peer: IpAddr,
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
    if headers::request::is_in_a_loop(called.head) {
        return Err(Failed { denial: Denial::LoopDetected, unread: leave_unread(called.head, body) });
    }
    let request = Outbound::new(worker, &permit, called, body);
    let outcome = request.exchange(worker, &permit).await;
    let (head, body, lease) = outcome.map_err(|fault| {
        let denial = request.upload.fault().unwrap_or(fault.denial());
        log_failure(&permit, called.request_id, denial, &fault);
        Failed { denial, unread: leave_unread(called.head, request.upload.clone()) }
    })?;
    let fields = headers::answer::forwarded(&head.fields, &permit, called.call.host, called.request_id, head.status);
    let idle = millis(permit.collection().upstream().timeouts_ms.idle);
    let lease = lease.kept_as_said_by(&head.fields);
    let body = Streamed::new(body, request.upload, lease, idle);
    Ok(Answer::streamed(ResponseHead { status: head.status, fields }, body))
}

/// A request on its way out.
struct Outbound<'a> {
    call: &'a Call<'a>,
    target: String,
    fields: Fields,
    upload: Upload,
    /// When the answer's head must be there, whatever happens.
    deadline: Option<Instant>,
}

/// What an attempt failed with.
enum Fault {
    Connect(ConnectFault),
    Send(SendFault),
    Timeout,
    /// The answer's head was not one to pass on.
    BadAnswer,
}

impl Fault {
    fn denial(&self) -> Denial {
        match self {
            Self::Connect(ConnectFault::Timeout) | Self::Timeout => Denial::UpstreamTimeout,
            Self::Connect(_) => Denial::UpstreamRefused,
            Self::Send(_) | Self::BadAnswer => Denial::UpstreamReset,
        }
    }
}

impl<'a> Outbound<'a> {
    fn new(worker: &Worker, permit: &Permit, called: &'a Called<'_>, body: IncomingBody) -> Self {
        let call = &called.call;
        let (_, rest) = call.path.split_first();
        let mut target = permit.upstream_path(rest);
        if let Some(query) = call.query {
            let kept = without_credential(query);
            if !kept.is_empty() || query.is_empty() {
                target.push('?');
                target.push_str(&String::from_utf8_lossy(&kept));
            }
        }
        let length = match (body.exact_length(), called.head.single("content-length").is_some()) {
            (Some(0), false) => BodyLength::Absent,
            (Some(length), _) => BodyLength::Known(length),
            (None, _) => BodyLength::Unknown,
        };
        let own = headers::request::Own {
            peer: called.peer,
            kind: call.peer,
            host: call.host,
            request_id: called.request_id,
            ids: worker.ids(),
        };
        let limits = permit.collection().limits();
        Self {
            call,
            target,
            fields: headers::request::forwarded(called.head, permit, &own, length),
            upload: Upload::new(body, limits.body_bytes, worker.config().request_body_idle),
            deadline: limits.response_ms.map(|wait| Instant::now() + millis(wait)),
        }
    }

    async fn exchange(
        &self,
        worker: &Rc<Worker>,
        permit: &Permit,
    ) -> Result<(ResponseHead, IncomingBody, Lease), Fault> {
        match self.attempt(worker, permit, Reuse::Allowed).await {
            Err(fault) if self.goes_again(&fault) => self.attempt(worker, permit, Reuse::Never).await,
            outcome => outcome,
        }
    }

    fn goes_again(&self, fault: &Fault) -> bool {
        let untouched = self.upload.is_untouched() && self.upload.fault().is_none();
        match fault {
            Fault::Send(SendFault::Unsent) => untouched,
            Fault::Send(SendFault::Broken) => untouched && self.call.method.is_idempotent(),
            Fault::Connect(_) | Fault::Timeout | Fault::BadAnswer => false,
        }
    }

    async fn attempt(
        &self,
        worker: &Rc<Worker>,
        permit: &Permit,
        reuse: Reuse,
    ) -> Result<(ResponseHead, IncomingBody, Lease), Fault> {
        let upstream = permit.collection().upstream();
        let lease = worker.pool().lease(worker, upstream, reuse);
        let mut lease = match self.deadline {
            Some(deadline) => timeout_at(deadline, lease).await.map_err(|_| Fault::Timeout)?,
            None => lease.await,
        }
        .map_err(Fault::Connect)?;
        self.upload.upstream_is_waited_for();
        let wait = millis(upstream.timeouts_ms.response);
        let sent = lease.connection().send(self.call.method, &self.target, &self.fields, self.upload.clone());
        let (head, body) = tokio::select! {
            biased;
            sent = sent => sent.map_err(Fault::Send)?,
            () = self.first_byte_is_overdue(wait) => return Err(Fault::Timeout),
        };
        // Informational answers are taken by the library; 101 would answer an upgrade that nobody asked for.
        if head.status < 200 { Err(Fault::BadAnswer) } else { Ok((head, body, lease)) }
    }

    /// Ends when the upstream was waited for too long. While the caller is the one to be waited for, that is not it.
    async fn first_byte_is_overdue(&self, wait: Duration) {
        loop {
            let now = Instant::now();
            let patience = self.upload.upstream_waited_for_since().unwrap_or(now) + wait;
            let end = self.deadline.map_or(patience, |deadline| deadline.min(patience));
            if end <= now {
                return;
            }
            sleep_until(end).await;
        }
    }
}

fn millis(value: u32) -> Duration {
    Duration::from_millis(value.into())
}

/// Without the target: its query is the caller's.
fn log_failure(permit: &Permit, request_id: &RequestId, denial: Denial, fault: &Fault) {
    let (collection, upstream) = (permit.collection().id().0, permit.collection().upstream().url.authority());
    let detail = match fault {
        Fault::Connect(fault) => fault.to_string(),
        Fault::Send(SendFault::Unsent | SendFault::Broken) => "the connection broke".to_owned(),
        Fault::Timeout => "no answer in time".to_owned(),
        Fault::BadAnswer => "an answer with an unexpected status".to_owned(),
    };
    let (code, request_id) = (denial.code(), &**request_id);
    // The caller's own doing is logged with the refusal.
    if matches!(denial, Denial::UpstreamRefused | Denial::UpstreamTimeout | Denial::UpstreamReset) {
        tracing::warn!(request_id, code, collection, upstream, detail, "upstream failed");
    }
}
