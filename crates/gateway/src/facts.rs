//! What a request is: everything that deciding needs, read from its head. Nothing is answered here.

use crate::seam::RequestHead;
use crate::target::{self, Target};
use domain::cidr::canonical_ip;
use domain::decide::{FoundCredentials, RequestFacts, Source};
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
}

/// A well-formed request.
#[derive(Clone)]
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) path: CanonicalPath<'a>,
    /// As sent; it may hold a credential.
    pub(crate) query: Option<&'a [u8]>,
    pub(crate) host: &'a str,
}

/// Gathers the facts. `body_bytes` is the announced length.
pub(crate) fn gather<'a>(
    directory: &Directory,
    head: &RequestHead<'a>,
    peer: IpAddr,
    body_bytes: Option<u64>,
) -> Facts<'a> {
    let call = well_formed(head);
    let request = RequestFacts {
        framing: call.as_ref().map(|_| ()).map_err(|denial| *denial),
        route: call.as_ref().ok().and_then(|call| directory.route(call.method, &call.path)),
        credentials: credentials(head),
        source: Source::Known(canonical_ip(peer)),
        body_bytes,
    };
    Facts { request, call: call.ok() }
}

/// Check 1, as far as the bytes below HTTP have not settled it: method, host, target, path.
fn well_formed<'a>(head: &RequestHead<'a>) -> Result<Call<'a>, Denial> {
    let method = Method::from_token(head.method).ok_or(Denial::MethodRefused)?;
    let (Target { path, query }, host) = target::read(head)?;
    let path = CanonicalPath::parse(path).map_err(|_| Denial::PathAmbiguous)?;
    Ok(Call { method, path, query, host })
}

fn credentials<'a>(head: &RequestHead<'a>) -> FoundCredentials<'a> {
    FoundCredentials {
        api_token: head.values("api-token").next(),
        api_token_count: head.values("api-token").count(),
        authorization: head.values("authorization").next(),
        authorization_count: head.values("authorization").count(),
    }
}
