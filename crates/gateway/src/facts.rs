//! What a request is: everything that deciding needs, read from its head. Nothing is answered here.

use crate::connection::CallerFacts;
use crate::headers;
use crate::seam::{RequestHead, Version};
use crate::target::{self, Target};
use domain::cidr::canonical_ip;
use domain::decide::{Claimant, FoundCredentials, RequestFacts, Source};
use domain::denial::Denial;
use domain::directory::Directory;
use domain::method::Method;
use domain::path::CanonicalPath;

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
    /// Whether it asks for a WebSocket.
    pub(crate) upgrades: bool,
    /// How many bytes of the path lead to a collection; 0: none does.
    base_bytes: usize,
}

impl Call<'_> {
    /// The part of the path that leads to the collection, prefix and all.
    pub(crate) fn collection_path(&self) -> &str {
        self.path.as_str().get(..self.base_bytes).unwrap_or_default()
    }

    /// What the path has below the collection; `None`: not even a slash.
    pub(crate) fn rest(&self) -> Option<&str> {
        self.path.as_str().get(self.base_bytes..)?.strip_prefix('/')
    }
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
    caller: &'a CallerFacts,
    body_bytes: Option<u64>,
) -> Facts<'a> {
    let peer = caller.peer;
    let trusted = &directory.settings().trusted_proxies;
    let kind = if trusted.contains(canonical_ip(peer)) { Peer::TrustedProxy } else { Peer::Stranger };
    let mut call = well_formed(head, caller, kind, body_bytes);
    let query = call.as_ref().ok().and_then(|call| call.query);
    let route = call.as_ref().ok().and_then(|call| directory.route(call.host, call.method, &call.path));
    if let (Ok(call), Some(route)) = (&mut call, &route) {
        call.base_bytes = route.base_bytes;
    }
    let request = RequestFacts {
        framing: call.as_ref().map(|_| ()).map_err(|denial| *denial),
        route,
        claimant: Claimant::Credentials(credentials(head, query)),
        source: match kind {
            Peer::TrustedProxy => Source::find(peer, trusted, head.values("x-forwarded-for")),
            Peer::Stranger => Source::Known(canonical_ip(peer)),
        },
        certificate: caller.certificate.as_deref(),
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
        let collection = self.request.route.as_ref().map(|route| &route.collection);
        let reads_query = collection.is_some_and(|collection| collection.allows_query_token());
        let reads_authorization = !collection.is_some_and(|collection| collection.forwarding().pass_authorization);
        found.api_token_count > 0
            || (reads_authorization && found.authorization_count > 0)
            || (reads_query && found.query_token_count > 0)
    }
}

/// Check 1, as far as the bytes below HTTP have not settled it: method, host, target, path.
fn well_formed<'a>(
    head: &RequestHead<'a>,
    caller: &CallerFacts,
    peer: Peer,
    body_bytes: Option<u64>,
) -> Result<Call<'a>, Denial> {
    let method = Method::from_token(head.method).ok_or(Denial::MethodRefused)?;
    let (Target { path, query }, host) = target::read(head, caller.scheme)?;
    let path = CanonicalPath::parse_request(path).map_err(|_| Denial::PathAmbiguous)?;
    let may_upgrade = method == Method::Get && head.version == Version::Http11 && body_bytes == Some(0);
    let upgrades = may_upgrade && headers::upgrade::is_asked_for(head);
    Ok(Call { method, path, query, host, peer, upgrades, base_bytes: 0 })
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
