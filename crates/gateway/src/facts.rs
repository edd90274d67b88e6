//! What a request is: everything that deciding needs, read from its head. Nothing is answered here.

use crate::seam::RequestHead;
use crate::target::{self, Target};
use domain::cidr::canonical_ip;
use domain::decide::{Claimant, FoundCredentials, RequestFacts, Source};
use domain::denial::Denial;
use domain::directory::Directory;
use domain::method::Method;
use domain::path::CanonicalPath;
use std::net::IpAddr;

/// The facts for deciding, and what forwarding needs besides.
pub(crate) struct Facts<'a> {
    pub(crate) request: RequestFacts<'a>,
    /// What is left of a well-formed request; `None` with a framing fault.
    pub(crate) call: Option<Call<'a>>,
    /// The request id that a trusted proxy gave.
    pub(crate) external_request_id: Option<&'a str>,
}

/// A well-formed request.
#[derive(Clone)]
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) path: CanonicalPath<'a>,
    /// As sent; it may hold a credential.
    pub(crate) query: Option<&'a [u8]>,
    pub(crate) host: &'a str,
    pub(crate) peer: Peer,
}

/// What the peer's own words about the request are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// A proxy of ours: its `X-Forwarded-*` go on.
    TrustedProxy,
    /// Anybody.
    Stranger,
}

/// Gathers the facts. `body_bytes` is the announced length.
pub(crate) fn gather<'a>(
    directory: &Directory,
    head: &RequestHead<'a>,
    peer: IpAddr,
    body_bytes: Option<u64>,
) -> Facts<'a> {
    let trusted = &directory.settings().trusted_proxies;
    let kind = if trusted.contains(canonical_ip(peer)) { Peer::TrustedProxy } else { Peer::Stranger };
    let call = well_formed(head, kind);
    let query = call.as_ref().ok().and_then(|call| call.query);
    let request = RequestFacts {
        framing: call.as_ref().map(|_| ()).map_err(|denial| *denial),
        route: call.as_ref().ok().and_then(|call| directory.route(call.method, &call.path)),
        claimant: Claimant::Credentials(credentials(head, query)),
        source: match kind {
            Peer::TrustedProxy => Source::find(peer, trusted, head.values("x-forwarded-for")),
            Peer::Stranger => Source::Known(canonical_ip(peer)),
        },
        body_bytes,
    };
    let external_request_id = match kind {
        Peer::TrustedProxy => head.single("x-request-id").and_then(checked_request_id),
        Peer::Stranger => None,
    };
    Facts { request, call: call.ok(), external_request_id }
}

impl Facts<'_> {
    /// Whether the request carries something that is read as a credential.
    pub(crate) fn has_credential(&self) -> bool {
        let Claimant::Credentials(found) = &self.request.claimant else { return false };
        let reads_query = self.request.route.as_ref().is_some_and(|route| route.collection.allows_query_token());
        found.api_token_count + found.authorization_count > 0 || (reads_query && found.query_token_count > 0)
    }
}

/// Check 1, as far as the bytes below HTTP have not settled it: method, host, target, path.
fn well_formed<'a>(head: &RequestHead<'a>, peer: Peer) -> Result<Call<'a>, Denial> {
    let method = Method::from_token(head.method).ok_or(Denial::MethodRefused)?;
    let (Target { path, query }, host) = target::read(head)?;
    let path = CanonicalPath::parse(path).map_err(|_| Denial::PathAmbiguous)?;
    Ok(Call { method, path, query, host, peer })
}

fn credentials<'a>(head: &RequestHead<'a>, query: Option<&'a [u8]>) -> FoundCredentials<'a> {
    let (query_token, query_token_count) = query.map(target::token_in).unwrap_or_default();
    FoundCredentials {
        api_token: head.values("api-token").next(),
        api_token_count: head.values("api-token").count(),
        authorization: head.values("authorization").next(),
        authorization_count: head.values("authorization").count(),
        query_token,
        query_token_count,
    }
}

/// 1 to 128 letters, digits, `.`, `_` or `-`: whatever else a proxy calls a request is not kept.
fn checked_request_id(value: &[u8]) -> Option<&str> {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let is_one = (1..=128).contains(&value.len()) && value.iter().all(is_plain);
    is_one.then(|| std::str::from_utf8(value).ok())?
}
