//! Check 9: the collection is enabled and takes such a path, the endpoint exists and is active, the announced body is
//! within the limit.

use super::recorder::Values;
use crate::denial::Denial;
use crate::directory::{EndpointMatch, MethodSet, Route};
use crate::path::EncodedSlash;

/// The endpoint's place in its collection; with a 405, the methods for `Allow`.
pub(super) fn check(route: &Route, body_bytes: Option<u64>) -> Result<usize, (Denial, MethodSet)> {
    let refuse = |denial| (denial, MethodSet::default());
    if !route.collection.is_enabled() {
        return Err(refuse(Denial::CollectionDisabled));
    }
    if route.encoded_slash == EncodedSlash::Present && !route.collection.forwarding().allow_encoded_slash {
        return Err(refuse(Denial::EncodedSlash));
    }
    let at = match route.endpoint {
        EndpointMatch::Found(at) => at,
        EndpointMatch::OtherMethods(allow) if allow.is_empty() => return Err(refuse(Denial::EndpointInactive)),
        EndpointMatch::OtherMethods(allow) => return Err((Denial::MethodNotAllowed, allow)),
        EndpointMatch::Unknown => return Err(refuse(Denial::EndpointUnknown)),
    };
    if !route.collection.endpoint(at).is_some_and(|endpoint| endpoint.active) {
        return Err(refuse(Denial::EndpointInactive));
    }
    let limit = route.collection.limits().body_bytes;
    if body_bytes.zip(limit).is_some_and(|(body, limit)| body > limit) {
        return Err(refuse(Denial::BodyTooLarge));
    }
    Ok(at)
}

pub(super) fn values(route: &Route, body_bytes: Option<u64>, values: &mut Values) {
    let collection = &route.collection;
    values.add("collection", if collection.is_enabled() { "enabled" } else { "disabled" });
    if route.encoded_slash == EncodedSlash::Present {
        values.add("allow_encoded_slash", collection.forwarding().allow_encoded_slash);
    }
    match route.endpoint {
        EndpointMatch::Found(at) => {
            if let Some(endpoint) = collection.endpoint(at) {
                values.add("endpoint_id", endpoint.id);
                values.add("endpoint", if endpoint.active { "active" } else { "inactive" });
            }
        }
        EndpointMatch::OtherMethods(allow) => values.add_list("active_methods", allow.iter(), "none"),
        EndpointMatch::Unknown => values.add("endpoint", "none with this path"),
    }
    if let Some(limit) = collection.limits().body_bytes {
        values.add("body_limit_bytes", limit);
    }
    if let Some(bytes) = body_bytes {
        values.add("body_bytes", bytes);
    }
}
