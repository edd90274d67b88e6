//! Fields of a request on their way to the upstream: removed first, then ours are added, so that nothing a caller
//! sends can stand for ours.

use super::answer::shapes_the_message;
use super::hop_by_hop::{HopByHop, has_prefix};
use super::trace::{self, Continues};
use super::upgrade;
use crate::connection::CallerFacts;
use crate::facts::Peer;
use crate::request_ids::RequestIds;
use crate::seam::{Fields, RequestHead, Version};
use domain::permit::Permit;
use domain::upstream::BaseUrl;
use std::io::Write as _;

/// How the gateway calls itself in `Via`.
const VIA_NAME: &str = "portcullis";
/// A request that passed this often leads in a circle.
const MAX_PASSES: usize = 5;

/// What is removed whoever sent it, by length of the name: most names are told apart by that alone.
fn removed_names(length: usize) -> &'static [&'static [u8]] {
    match length {
        3 => &[b"via"],
        4 => &[b"host"],
        5 => &[b"proxy"],
        6 => &[b"expect"],
        9 => &[b"api-token"],
        10 => &[b"tracestate"],
        11 => &[b"traceparent"],
        12 => &[b"x-request-id"],
        13 => &[b"authorization", b"x-http-method", b"x-rewrite-url"],
        14 => &[b"content-length", b"x-original-url"],
        17 => &[b"x-method-override"],
        22 => &[b"x-http-method-override"],
        _ => &[],
    }
}

/// What a request came through is believed of trusted proxies only.
const PROXIES_ONLY: [&[u8]; 3] = [b"forwarded", b"x-forwarded", b"x-real-ip"];

/// Three of these are written anew; a trusted proxy's go into them.
const FORWARDED_PREFIX: &[u8] = b"x-forwarded-";
const OWN_FORWARDED: [&[u8]; 3] = [b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"];
const OWN_PREFIX: &[u8] = b"x-portcullis-";

/// What our own fields say.
pub(crate) struct Own<'a> {
    pub(crate) caller: &'a CallerFacts,
    pub(crate) kind: Peer,
    pub(crate) host: &'a str,
    /// Whether the caller asks for a WebSocket.
    pub(crate) upgrades: bool,
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

/// What goes on to the address with this base URL.
pub(crate) fn forwarded(
    head: &RequestHead<'_>,
    permit: &Permit,
    url: &BaseUrl,
    own: &Own<'_>,
    body: BodyLength,
) -> Fields {
    let ending = HopByHop::new(head.values("connection"));
    let mut fields = Fields::with_capacity(head.headers.len() + 16);
    let collection = permit.collection();
    fields.push("host", host(permit, url, own.host));
    let credential = collection.credential().header().map(str::as_bytes);
    let passes_authorization = collection.forwarding().pass_authorization;
    for &(name, value) in head.headers {
        let is_credential = credential.is_some_and(|own| own.eq_ignore_ascii_case(name));
        let is_passed = passes_authorization && name.eq_ignore_ascii_case(b"authorization");
        if !ending.contains(name) && !is_credential && (is_passed || !is_removed(name, own.kind)) {
            fields.push(name, value);
        }
    }
    if own.upgrades {
        upgrade::push(&mut fields);
    } else if wants_trailers(head) {
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

/// What `Host` says to the upstream at this URL.
fn host<'a>(permit: &Permit, url: &'a BaseUrl, callers: &'a str) -> &'a str {
    if permit.collection().forwarding().keep_host { callers } else { url.authority() }
}

/// Trailers under the same rules. `credential`: the header by which the gateway authenticates at the upstream.
pub(crate) fn trailers(from: &Fields, credential: Option<&str>) -> Fields {
    let ending = HopByHop::new(std::iter::empty());
    let mut fields = Fields::with_capacity(from.len());
    for (name, value) in from.iter() {
        let is_credential = credential.is_some_and(|own| own.as_bytes().eq_ignore_ascii_case(name));
        let is_ours = is_credential || is_removed(name, Peer::Stranger);
        if !ending.contains(name) && !is_ours && !shapes_the_message(name) {
            fields.push(name, value);
        }
    }
    fields
}

fn is_removed(name: &[u8], peer: Peer) -> bool {
    // A name with `_` is another's name with `-` to many servers behind us.
    memchr::memchr(b'_', name).is_some()
        || removed_names(name.len()).iter().any(|other| other.eq_ignore_ascii_case(name))
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
    fields.push_with("via", |out| push_via(out, head));
    fields.push("x-request-id", own.request_id);
    add_forwarded(fields, head, own);
    if trace::push(head.single("traceparent"), own.ids, fields) == Continues::Yes {
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
    if permit.collection().forwarding().send_claims
        && let Some(claims) = claims(head, permit)
    {
        fields.push("x-portcullis-claims", claims);
    }
}

/// The claims of the JSON Web Token that the request was admitted by: its payload, which is base64url JSON as it
/// stands (RFC 7519, 3) and was verified, now or not long ago. At most as long as a token may be, 8 KiB.
fn claims<'a>(head: &RequestHead<'a>, permit: &Permit) -> Option<&'a [u8]> {
    if !permit.is_by_json_web_token() {
        return None;
    }
    let token = head.single("authorization")?.trim_ascii();
    let token = token.get(b"bearer ".len()..)?.trim_ascii();
    token.split(|&byte| byte == b'.').nth(1)
}

/// Where the request came from. What a trusted proxy says goes on, with the proxy itself at the end.
fn add_forwarded(fields: &mut Fields, head: &RequestHead<'_>, own: &Own<'_>) {
    let said = |name| if own.kind == Peer::TrustedProxy { head.single(name) } else { None };
    fields.push_with("x-forwarded-for", |out| {
        if own.kind == Peer::TrustedProxy {
            for value in head.values("x-forwarded-for") {
                out.extend_from_slice(value);
                out.extend_from_slice(b", ");
            }
        }
        // Writing into memory does not fail.
        let _written = write!(out, "{}", own.caller.peer);
    });
    fields.push("x-forwarded-proto", said("x-forwarded-proto").unwrap_or(own.caller.scheme.as_str().as_bytes()));
    fields.push("x-forwarded-host", said("x-forwarded-host").unwrap_or(own.host.as_bytes()));
}

/// The caller's `Via` with our hop at its end.
fn push_via(via: &mut Vec<u8>, head: &RequestHead<'_>) {
    for value in head.values("via") {
        via.extend_from_slice(value);
        via.extend_from_slice(b", ");
    }
    let version = match head.version {
        Version::Http10 => "1.0 ",
        Version::Http11 => "1.1 ",
        Version::Http2 => "2.0 ",
    };
    via.extend_from_slice(version.as_bytes());
    via.extend_from_slice(VIA_NAME.as_bytes());
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
