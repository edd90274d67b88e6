//! What the gateway answers itself. No policy counts any of it.
//!
//! - `/.portcullis/live` and `/.portcullis/ready`: without a credential, without detail;
//! - `POST /oauth2/token`: access tokens, `token_endpoint.rs`;
//! - `/.portcullis/usage`: what is left of the caller's limits, through checks 2 to 6;
//! - `<collection>/openapi.json`: through checks 2 to 6 and 8, unless the collection declares that very endpoint;
//! - preflights of collections with CORS rules, `cors.rs`.
//!
//! Everything else under the gateway's own names takes the way of all requests.

mod basic;
mod document;
mod holders;
mod probe;
mod token_body;
mod token_endpoint;
mod token_request;
mod usage;

pub(crate) use probe::probe;

use crate::answer::Answer;
use crate::cors;
use crate::facts::Facts;
use crate::journal::Journal;
use crate::judge::Arrived;
use crate::refusal;
use crate::request_ids::RequestId;
use crate::respond::Credential;
use crate::seam::{Fields, IncomingBody, ResponseHead};
use crate::upload::{Unread, leave_unread};
use crate::worker_state::Worker;
use domain::decide::{Refusal, Source};
use domain::directory::{CollectionEntry, Directory};
use domain::method::Method;
use std::sync::Arc;

/// A request that the gateway answers itself.
pub(crate) enum Own<'a> {
    /// The token endpoint, whatever the method.
    Token { method: Method, query: Option<&'a [u8]>, source: Source },
    /// What is left of the caller's limits.
    Usage,
    /// The `OpenAPI` document of a collection, which the caller reaches at this URL.
    Document(Arc<CollectionEntry>, String),
    /// A browser asks whether a page may call the collection.
    Preflight(Arc<CollectionEntry>),
}

/// Whether the gateway answers this request itself.
pub(crate) fn find<'a>(directory: &Directory, facts: &Facts<'a>, arrived: Arrived<'_>) -> Option<Own<'a>> {
    let call = facts.call.as_ref()?;
    let reads = matches!(call.method, Method::Get | Method::Head);
    match call.path.as_str() {
        "/oauth2/token" => {
            return Some(Own::Token { method: call.method, query: call.query, source: facts.request.source });
        }
        "/.portcullis/usage" if reads => return Some(Own::Usage),
        _ => {}
    }
    let route = facts.request.route.as_ref()?;
    let collection = &route.collection;
    if collection.cors().is_some() && cors::is_preflight(call.method, arrived.head) {
        return Some(Own::Preflight(Arc::clone(collection)));
    }
    let is_document = reads && route.rest(&call.path) == Some(document::NAME);
    (is_document && !document::is_declared(collection)).then(|| {
        let (scheme, path) = (arrived.caller.scheme.as_str(), route.base(&call.path));
        Own::Document(Arc::clone(collection), directory.settings().url_as_called(scheme, call.host, path))
    })
}

/// Answers it.
pub(crate) async fn answer(
    worker: &Worker,
    own: Own<'_>,
    arrived: Arrived<'_>,
    body: IncomingBody,
    credential: Credential,
    request_id: &RequestId,
    journal: &mut Journal,
) -> Answer {
    let outcome = match own {
        Own::Token { method: Method::Post, query, source } => {
            let certificate = arrived.caller.certificate.as_deref();
            let asked = token_endpoint::Asked { head: arrived.head, query, source, certificate, request_id };
            return token_endpoint::answer(worker, &asked, body, journal).await;
        }
        Own::Preflight(collection) => {
            let mut answer = match collection.cors() {
                Some(cors) => cors::preflight(cors, arrived.head, request_id),
                None => plain(204, "", request_id),
            };
            if leave_unread(arrived.head, &body) == Unread::Left {
                answer.head.fields.push("connection", "close");
            }
            return answer;
        }
        Own::Token { .. } => Err(token_endpoint::other_method()),
        Own::Usage => usage::answer(worker, arrived, request_id, journal).await,
        Own::Document(collection, url) => {
            document::answer(worker, arrived, (&collection, &url), request_id, journal).await
        }
    };
    let unread = leave_unread(arrived.head, &body);
    outcome.unwrap_or_else(|refusal: Refusal| refusal::answer(&refusal, credential, unread, request_id, journal))
}

fn plain(status: u16, text: &'static str, request_id: &str) -> Answer {
    Answer::whole(head(status, "text/plain; charset=utf-8", request_id), text)
}

fn json(status: u16, value: &serde_json::Value, request_id: &str) -> Answer {
    Answer::whole(head(status, "application/json", request_id), value.to_string())
}

/// The head of an answer that nobody may keep.
fn head(status: u16, content_type: &str, request_id: &str) -> ResponseHead {
    let mut fields = Fields::with_capacity(6);
    fields.push("content-type", content_type);
    fields.push("cache-control", "no-store");
    fields.push("x-request-id", request_id);
    ResponseHead { status, fields }
}
