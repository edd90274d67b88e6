//! `POST /oauth2/token`: access tokens by client credentials (RFC 6749 4.4, errors by 5.2).
//!
//! Every failure to authenticate is one answer, 401 `invalid_client`, whatever the reason. It carries a challenge for
//! `Basic` where the client used the header `Authorization`, as RFC 6749 5.2 demands; nowhere else does the gateway ask
//! for `Basic`. `scope` is ignored (3.3). Too many failures of one address (20 a minute) or grants of one profile (10 a
//! second): 429 with `temporarily_unavailable`, as the RFC has no error of its own for that; the same with 503 while the
//! directory is too old to judge anybody by.

use super::token_body::{self, BodyFault};
use super::token_request::{self, Malformed, TokenRequest};
use super::{head, json};
use crate::answer::Answer;
use crate::journal::Journal;
use crate::request_ids::RequestId;
use crate::respond::whole_seconds;
use crate::seam::{IncomingBody, RequestHead};
use crate::throttles::counted_address;
use crate::upload::{Unread, leave_unread};
use crate::worker_state::Worker;
use domain::client_certificate::ClientCertificate;
use domain::decide::{GrantedToken, Refusal, Source, TokenRefused, grant_access_token};
use domain::denial::Denial;
use domain::directory::MethodSet;
use domain::method::{EndpointMethod, Method};
use serde_json::json;

/// A request to this endpoint.
pub(super) struct Asked<'a> {
    pub(super) head: &'a RequestHead<'a>,
    pub(super) query: Option<&'a [u8]>,
    pub(super) source: Source,
    pub(super) certificate: Option<&'a ClientCertificate>,
    pub(super) request_id: &'a RequestId,
}

/// Why there is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Body(BodyFault),
    Malformed(Malformed),
    /// The client is not who it says to be, or may not call.
    Client(TokenRefused),
    /// Nanoseconds to wait.
    TooMany(u64),
    /// Nobody is judged now.
    Stale,
}

/// The refusal of any method but POST.
pub(super) fn other_method() -> Refusal {
    let mut allow = MethodSet::default();
    allow.admit(EndpointMethod::One(Method::Post));
    Refusal { allow, ..Refusal::early(Denial::MethodNotAllowed) }
}

pub(super) async fn answer(
    worker: &Worker,
    asked: &Asked<'_>,
    mut body: IncomingBody,
    journal: &mut Journal,
) -> Answer {
    let outcome = granted(worker, asked, &mut body).await;
    let unread = leave_unread(asked.head, &body);
    let mut answer = match outcome {
        Ok(granted) => {
            worker.note_use(granted.credential, worker.now().wall);
            let expires_in = granted.expires_in;
            let token = granted.token.expose();
            let document = json!({"access_token": token, "token_type": "Bearer", "expires_in": expires_in});
            json(200, &document, asked.request_id)
        }
        Err(fault) => {
            let refusal = refusal(fault);
            journal.note_refusal(asked.request_id, &refusal);
            refused(fault, asked)
        }
    };
    // RFC 6749 5.1.
    answer.head.fields.push("pragma", "no-cache");
    if unread == Unread::Left {
        answer.head.fields.push("connection", "close");
    }
    answer
}

async fn granted(worker: &Worker, asked: &Asked<'_>, body: &mut IncomingBody) -> Result<GrantedToken, Fault> {
    let address = counted_address(asked.source);
    let throttles = worker.throttles();
    if let Some(wait) = throttles.token_failures.wait(address, worker.now().monotonic) {
        return Err(Fault::TooMany(wait));
    }
    let body = token_body::read(body, worker.config().head_read).await.map_err(Fault::Body)?;
    let request = token_request::read(asked.head, asked.query, &body).map_err(Fault::Malformed)?;
    let TokenRequest { client_id, client_secret } = request;
    let now = worker.now();
    let Asked { source, certificate, .. } = *asked;
    let outcome = grant_access_token(&worker.directory(), &client_id, &client_secret, source, certificate, now);
    let granted = outcome.map_err(|refused| {
        if refused.denial == Denial::ConfigurationStale {
            return Fault::Stale;
        }
        throttles.token_failures.note(address, now.monotonic);
        Fault::Client(refused)
    })?;
    throttles.grants.take(granted.profile, now.monotonic).map_err(Fault::TooMany)?;
    Ok(granted)
}

/// The answer of RFC 6749 5.2.
fn refused(fault: Fault, asked: &Asked<'_>) -> Answer {
    let (status, error) = match fault {
        Fault::Body(BodyFault::TooLarge) => (413, "invalid_request"),
        Fault::Body(BodyFault::TooSlow) => (408, "invalid_request"),
        Fault::Body(BodyFault::Broken) | Fault::Malformed(Malformed::Request) => (400, "invalid_request"),
        Fault::Malformed(Malformed::GrantType) => (400, "unsupported_grant_type"),
        Fault::Client(_) => (401, "invalid_client"),
        Fault::TooMany(_) => (429, "temporarily_unavailable"),
        Fault::Stale => (503, "temporarily_unavailable"),
    };
    let mut head = head(status, "application/json", asked.request_id);
    match fault {
        Fault::Client(_) if asked.head.values("authorization").next().is_some() => {
            head.fields.push("www-authenticate", r#"Basic realm="portcullis""#);
        }
        Fault::TooMany(nanos) => head.fields.push("retry-after", whole_seconds(nanos).to_string()),
        Fault::Stale => head.fields.push("retry-after", "1"),
        Fault::Body(_) | Fault::Malformed(_) | Fault::Client(_) => {}
    }
    Answer::whole(head, json!({"error": error}).to_string())
}

/// The reason, for the log.
fn refusal(fault: Fault) -> Refusal {
    match fault {
        Fault::Client(TokenRefused { denial, profile, client }) => {
            Refusal { profile, client, ..Refusal::early(denial) }
        }
        Fault::TooMany(_) => Refusal::early(Denial::RateLimited),
        Fault::Stale => Refusal::early(Denial::ConfigurationStale),
        Fault::Body(BodyFault::TooLarge) => Refusal::early(Denial::BodyTooLarge),
        Fault::Body(BodyFault::TooSlow) => Refusal::early(Denial::RequestTimeout),
        Fault::Body(BodyFault::Broken) | Fault::Malformed(_) => Refusal::early(Denial::BadFraming),
    }
}
