//! Fields of an upstream's answer on their way to the caller.

use super::hop_by_hop::{HopByHop, has_prefix};
use super::{location, upgrade};
use crate::seam::{Field, Fields};
use domain::permit::Permit;

/// What goes on. `here` gives the URL under which the caller reaches the collection.
pub(crate) fn forwarded(
    from: &Fields,
    permit: &Permit,
    here: impl Fn() -> String,
    request_id: &str,
    status: u16,
) -> Fields {
    let ending = HopByHop::new(from.values("connection"));
    let says_cors = permit.collection().cors().is_some();
    let mut fields = Fields::with_capacity(from.len() + 4);
    for (name, value) in from.iter() {
        if ending.contains(name) || is_replaced((name, value)) || (says_cors && has_prefix(name, b"access-control-")) {
            continue;
        }
        // Such an answer has no body whatever it says (RFC 9110 6.4.1).
        if matches!(status, 204 | 304) && name.eq_ignore_ascii_case(b"content-length") {
            continue;
        }
        if name.eq_ignore_ascii_case(b"location") {
            let collection = permit.collection();
            let rewritten = location::rewritten(value, &collection.upstream().urls, collection.credential(), &here);
            if let Some(rewritten) = rewritten {
                fields.push("location", rewritten);
                continue;
            }
        }
        fields.push(name, value);
    }
    if status == 101 {
        upgrade::push(&mut fields);
    }
    fields.push("x-request-id", request_id);
    fields
}

/// Trailers under the same rules.
pub(crate) fn trailers(from: &Fields) -> Fields {
    let ending = HopByHop::new(std::iter::empty());
    let mut fields = Fields::with_capacity(from.len());
    for (name, value) in from.iter() {
        if !ending.contains(name) && !is_replaced((name, value)) && !shapes_the_message(name) {
            fields.push(name, value);
        }
    }
    fields
}

/// Ours to say, not the upstream's.
fn is_replaced((name, _): Field<'_>) -> bool {
    name.eq_ignore_ascii_case(b"alt-svc")
        || name.eq_ignore_ascii_case(b"x-request-id")
        || has_prefix(name, b"x-portcullis-")
        || has_prefix(name, b"ratelimit")
        || has_prefix(name, b"x-ratelimit-")
}

/// What no trailer may say (RFC 9110 6.5.1).
pub(super) fn shapes_the_message(name: &[u8]) -> bool {
    [
        &b"content-length"[..],
        b"content-encoding",
        b"content-type",
        b"content-range",
        b"host",
        b"location",
        b"set-cookie",
        b"trailer",
        b"www-authenticate",
        b"cache-control",
        b"expect",
        b"range",
    ]
    .iter()
    .any(|other| other.eq_ignore_ascii_case(name))
}
