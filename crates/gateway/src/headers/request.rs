//! Fields of a request on their way to the upstream: removed first, then ours are added, so that nothing a caller
//! sends can stand for ours.

use super::answer::shapes_the_message;
use super::hop_by_hop::{HopByHop, has_prefix};
use super::trace;
use crate::facts::Peer;
use crate::request_ids::RequestIds;
use crate::seam::{Fields, RequestHead, Version};
use domain::permit::Permit;
use std::net::IpAddr;

/// How the gateway calls itself in `Via`.
const VIA_NAME: &str = "portcullis";
/// A request that passed this often leads in a circle.
const MAX_PASSES: usize = 5;

/// What is removed whoever sent it.
const REMOVED: [&[u8]; 15] = [
    b"api-token",
    b"authorization",
    b"content-length",
    b"expect",
    b"host",
    b"proxy",
    b"traceparent",
    b"tracestate",
    b"via",
    b"x-http-method",
    b"x-http-method-override",
    b"x-method-override",
    b"x-original-url",
    b"x-request-id",
    b"x-rewrite-url",
];

/// What a request came through is believed of trusted proxies only.
const PROXIES_ONLY: [&[u8]; 3] = [b"forwarded", b"x-forwarded", b"x-real-ip"];

/// Three of these are written anew; a trusted proxy's go into them.
const FORWARDED_PREFIX: &[u8] = b"x-forwarded-";
const OWN_FORWARDED: [&[u8]; 3] = [b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"];
const OWN_PREFIX: &[u8] = b"x-portcullis-";

/// What our own fields say.
pub(crate) struct Own<'a> {
    pub(crate) peer: IpAddr,
    pub(crate) kind: Peer,
    pub(crate) host: &'a str,
    pub(crate) request_id: &'a str,
    pub(crate) ids: &'a RequestIds,
}

/// Length of the body that goes with the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyLength {
    /// None, and nothing is said about it.
    Absent,
    Known(u64),
    Unknown,
}

/// Whether the request has come through this gateway too often.
pub(crate) fn is_in_a_loop(head: &RequestHead<'_>) -> bool {
    let hops = head.values("via").flat_map(|value| value.split(|&byte| byte == b','));
    let own = hops.filter(|hop| {
        let mut words = hop.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        words.nth(1).is_some_and(|name| name.eq_ignore_ascii_case(VIA_NAME.as_bytes()))
    });
    own.count() >= MAX_PASSES
}

/// What goes on.
pub(crate) fn forwarded(head: &RequestHead<'_>, permit: &Permit, own: &Own<'_>, body: BodyLength) -> Fields {
    let ending = HopByHop::new(head.values("connection"));
    let mut fields = Fields::with_capacity(head.headers.len() + 16);
    fields.push("host", permit.collection().upstream().url.authority());
    for &(name, value) in head.headers {
        if !ending.contains(name) && !is_removed(name, own.kind) {
            fields.push(name, value);
        }
    }
    if wants_trailers(head) {
        fields.push("te", "trailers");
        fields.push("connection", "te");
    }
    match body {
        BodyLength::Absent => {}
        BodyLength::Known(length) => fields.push("content-length", itoa::Buffer::new().format(length)),
        BodyLength::Unknown => fields.push("transfer-encoding", "chunked"),
    }
    add_own(&mut fields, head, permit, own);
    fields
}

/// Trailers under the same rules.
pub(crate) fn trailers(from: &Fields) -> Fields {
    let ending = HopByHop::new(std::iter::empty());
    let mut fields = Fields::with_capacity(from.len());
    for (name, value) in from.iter() {
        if !ending.contains(name) && !is_removed(name, Peer::Stranger) && !shapes_the_message(name) {
            fields.push(name, value);
        }
    }
    fields
}

fn is_removed(name: &[u8], peer: Peer) -> bool {
    // A name with `_` is another's name with `-` to many servers behind us.
    memchr::memchr(b'_', name).is_some()
        || REMOVED.iter().any(|other| other.eq_ignore_ascii_case(name))
        || has_prefix(name, OWN_PREFIX)
        || match peer {
            Peer::Stranger => {
                has_prefix(name, FORWARDED_PREFIX) || PROXIES_ONLY.iter().any(|other| other.eq_ignore_ascii_case(name))
            }
            Peer::TrustedProxy => OWN_FORWARDED.iter().any(|other| other.eq_ignore_ascii_case(name)),
        }
}

fn wants_trailers(head: &RequestHead<'_>) -> bool {
    let words = head.values("te").flat_map(|value| value.split(|&byte| byte == b','));
    words.map(<[u8]>::trim_ascii).any(|word| word.eq_ignore_ascii_case(b"trailers"))
}

fn add_own(fields: &mut Fields, head: &RequestHead<'_>, permit: &Permit, own: &Own<'_>) {
    let mut number = itoa::Buffer::new();
    fields.push("via", via(head));
    fields.push("x-request-id", own.request_id);
    add_forwarded(fields, head, own);
    let trace = trace::next(head.single("traceparent"), own.ids);
    fields.push("traceparent", trace.traceparent);
    if trace.is_continued {
        for value in head.values("tracestate") {
            fields.push("tracestate", value);
        }
    }
    fields.push("x-portcullis-client-id", number.format(permit.client_id().0));
    fields.push("x-portcullis-profile-id", number.format(permit.profile_id().0));
    fields.push("x-portcullis-profile-name", permit.profile_header_name());
    fields.push("x-portcullis-collection", permit.collection().path().as_str());
    if let Some(endpoint) = permit.endpoint() {
        fields.push("x-portcullis-endpoint", number.format(endpoint.id.0));
    }
}

/// Where the request came from. What a trusted proxy says goes on, with the proxy itself at the end.
fn add_forwarded(fields: &mut Fields, head: &RequestHead<'_>, own: &Own<'_>) {
    let mut passed = Vec::new();
    let said = |name| if own.kind == Peer::TrustedProxy { head.single(name) } else { None };
    if own.kind == Peer::TrustedProxy {
        for value in head.values("x-forwarded-for") {
            passed.extend_from_slice(value);
            passed.extend_from_slice(b", ");
        }
    }
    passed.extend_from_slice(own.peer.to_string().as_bytes());
    fields.push("x-forwarded-for", passed);
    fields.push("x-forwarded-proto", said("x-forwarded-proto").unwrap_or(b"http"));
    fields.push("x-forwarded-host", said("x-forwarded-host").unwrap_or(own.host.as_bytes()));
}

/// The caller's `Via` with our hop at its end.
fn via(head: &RequestHead<'_>) -> Vec<u8> {
    let mut via = Vec::new();
    for value in head.values("via") {
        via.extend_from_slice(value);
        via.extend_from_slice(b", ");
    }
    let version = match head.version {
        Version::Http10 => "1.0 ",
        Version::Http11 => "1.1 ",
    };
    via.extend_from_slice(version.as_bytes());
    via.extend_from_slice(VIA_NAME.as_bytes());
    via
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(vias: &[&str], expected: bool) {
        let headers: Vec<_> = vias.iter().map(|via| (&b"via"[..], via.as_bytes())).collect();
        let head = RequestHead { method: b"GET", target: b"/", version: Version::Http11, headers: &headers };
        assert_eq!(is_in_a_loop(&head), expected, "{vias:?}");
    }

    #[test]
    fn five_passes_are_a_loop() {
        let hop = "1.1 portcullis";
        check(&[], false);
        check(&[&[hop; 4].join(", ")], false);
        check(&[&[hop; 5].join(", ")], true);
        check(&[hop, hop, "1.0 Portcullis (x)", "HTTP/1.1 portcullis", hop, "1.1 varnish"], true);
        check(&["1.1 portcullis.example", hop, hop, hop, hop], false);
    }

    #[test]
    fn what_is_removed() {
        for name in
            ["Api-Token", "AUTHORIZATION", "x_forwarded_for", "X-Forwarded-Foo", "X-Portcullis-X", "Proxy", "a_b"]
        {
            assert!(is_removed(name.as_bytes(), Peer::Stranger), "{name}");
        }
        for name in ["accept", "x-forwardedx", "x-portcullis", "cookie", "x-api-token"] {
            assert!(!is_removed(name.as_bytes(), Peer::Stranger), "{name}");
        }
        for (name, removed) in
            [("Forwarded", false), ("x-real-ip", false), ("X-Forwarded-For", true), ("x-forwarded-port", false)]
        {
            assert_eq!(is_removed(name.as_bytes(), Peer::TrustedProxy), removed, "{name}");
            assert!(is_removed(name.as_bytes(), Peer::Stranger), "{name}");
        }
    }
}
