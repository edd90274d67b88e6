//! What is noted of a request while it is worked on: for its log line, and for the ring of recent requests.

use crate::facts::Facts;
use crate::recent::{Recorded, kept_path};
use crate::request_ids::RequestId;
use crate::seam::RequestHead;
use domain::cidr::canonical_ip;
use domain::client_certificate::ClientCertificate;
use domain::decide::{Refusal, Source};
use domain::denial::Denial;
use domain::directory::Directory;
use domain::ids::Revision;
use domain::limits::Readings;
use domain::method::Method;
use domain::permit::Permit;
use domain::time::{Monotonic, Now};
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

/// The notes on one request.
pub(crate) struct Journal {
    started: Now,
    /// When the upstream's turn began.
    admitted: Option<Monotonic>,
    /// Nobody else's until they are finished.
    notes: Rc<Recorded>,
}

impl Journal {
    /// Begins with nothing but where the request comes from.
    pub(crate) fn new(started: Now, peer: IpAddr) -> Self {
        let notes = Recorded {
            request_id: "".into(),
            external_request_id: None,
            received_at: started.wall,
            latency_micros: 0,
            upstream_micros: None,
            method: None,
            path: String::new(),
            path_is_cut: false,
            custom_domain: None,
            source: Source::Known(canonical_ip(peer)),
            certificate: None,
            body_bytes: None,
            profile: None,
            client: None,
            credential: None,
            collection: None,
            endpoint: None,
            status: 0,
            denial: None,
            revision: Revision(0),
            limits: Readings::default(),
        };
        Self { started, admitted: None, notes: Rc::new(notes) }
    }

    /// Notes what a request is. After a wait it may be found to be something else.
    pub(crate) fn note_facts(&mut self, directory: &Directory, head: &RequestHead<'_>, facts: &Facts<'_>) {
        let route = facts.request.route.as_ref();
        let (path, path_is_cut) = match &facts.call {
            Some(call) => kept_path(call.path.as_str()),
            None => kept_path(&String::from_utf8_lossy(path_of(head.target))),
        };
        let notes = self.notes();
        (notes.path, notes.path_is_cut) = (path, path_is_cut);
        notes.external_request_id = facts.external_request_id.map(Into::into);
        let host = facts.call.as_ref().map(|call| call.host);
        notes.custom_domain = host.filter(|host| directory.settings().is_custom_domain(host)).map(Into::into);
        notes.method = Method::from_token(head.method);
        notes.source = facts.request.source;
        notes.body_bytes = facts.request.body_bytes;
        notes.collection = route.map(|route| route.collection.id());
        notes.endpoint = route.and_then(|route| route.found_endpoint()).map(|endpoint| endpoint.id);
        notes.revision = directory.revision();
    }

    /// Notes the certificate of the connection.
    pub(crate) fn note_certificate(&mut self, certificate: Option<&Arc<ClientCertificate>>) {
        self.notes().certificate = certificate.cloned();
    }

    /// Notes who was admitted.
    pub(crate) fn note_permit(&mut self, permit: &Permit) {
        let notes = self.notes();
        notes.profile = Some(permit.profile_id());
        notes.client = Some(permit.client_id());
        notes.credential = permit.credential_id();
        notes.limits = *permit.limits();
    }

    /// Notes that the request was admitted: from now on the upstream is waited for.
    pub(crate) fn note_admitted(&mut self, at: Monotonic) {
        self.admitted = Some(at);
    }

    /// Notes whom the gateway answers itself.
    pub(crate) fn note_caller(&mut self, caller: &domain::decide::Caller) {
        let notes = self.notes();
        notes.profile = Some(caller.profile.id());
        notes.client = Some(caller.client.id());
        notes.credential = caller.credential;
    }

    /// Notes a refusal, and logs it.
    pub(crate) fn note_refusal(&mut self, request_id: &RequestId, refusal: &Refusal) {
        let notes = self.notes();
        notes.denial = Some(refusal.denial);
        notes.profile = refusal.profile.or(notes.profile);
        notes.client = refusal.client.or(notes.client);
        if let Some(limits) = &refusal.limits {
            notes.limits = limits.readings;
        }
        tracing::debug!(
            request_id = &**request_id,
            external_request_id = notes.external_request_id.as_deref(),
            code = refusal.denial.code(),
            status = refusal.denial.status(),
            source = %notes.source.shown(),
            profile_id = notes.profile.map(|profile| profile.0),
            client_id = notes.client.map(|client| client.0),
            "request refused"
        );
    }

    /// Notes a panic.
    pub(crate) fn note_panic(&mut self) {
        self.notes().denial = Some(Denial::InternalError);
    }

    /// The finished notes.
    pub(crate) fn finish(mut self, request_id: RequestId, status: u16, now: Now) -> Rc<Recorded> {
        let micros_since = |then: Monotonic| now.monotonic.0.saturating_sub(then.0) / 1000;
        let (latency, upstream) = (micros_since(self.started.monotonic), self.admitted.map(micros_since));
        let notes = self.notes();
        (notes.request_id, notes.status) = (request_id, status);
        (notes.latency_micros, notes.upstream_micros) = (latency, upstream);
        self.notes
    }

    fn notes(&mut self) -> &mut Recorded {
        Rc::make_mut(&mut self.notes)
    }
}

/// What stands before the query.
fn path_of(target: &[u8]) -> &[u8] {
    target.split(|byte| *byte == b'?').next().unwrap_or_default()
}
