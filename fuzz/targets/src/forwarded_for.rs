//! The source address behind trusted proxies.
//!
//! Input: a line with the peer, a line with the trusted networks (commas between), then one line per
//! `X-Forwarded-For` header.

use crate::lines;
use domain::cidr::{CidrEntry, CidrSet};
use domain::source::{MAX_FORWARDED, Source};
use std::net::IpAddr;

/// Nobody but a trusted proxy is believed, and the result is the peer, an address of the header, or unknown.
///
/// # Panics
/// If a property does not hold.
pub fn forwarded_for(data: &[u8]) {
    let mut lines = lines(data);
    let Some(peer) = text(lines.next()).and_then(|peer| peer.parse::<IpAddr>().ok()) else { return };
    let peer = peer.to_canonical();
    let entries: Vec<CidrEntry> =
        text(lines.next()).unwrap_or_default().split(',').filter_map(|entry| CidrEntry::parse(entry).ok()).collect();
    let trusted = CidrSet::new(&entries);
    let headers: Vec<&[u8]> = lines.collect();
    let found = Source::find(peer, &trusted, headers.iter().copied());
    if !trusted.contains(peer) {
        assert_eq!(found, Source::Known(peer), "a stranger is not believed");
        return;
    }
    let elements: Vec<&[u8]> = headers.iter().flat_map(|header| header.split(|byte| *byte == b',')).collect();
    let shown = found.shown();
    assert!(
        shown == peer || elements.iter().any(|element| means(element, shown)),
        "{shown} is neither the peer nor in the header"
    );
    match found {
        Source::Unknown { last_hop } => assert!(trusted.contains(last_hop), "a stranger's word was looked behind"),
        Source::Known(address) => assert!(elements.len() <= MAX_FORWARDED || address == peer && elements.is_empty()),
    }
    // Several headers are one list.
    if !headers.is_empty() {
        let joined = headers.join(&b","[..]);
        assert_eq!(Source::find(peer, &trusted, [&joined[..]]), found, "the same list in one header");
    }
    // What stands left of the first address that is not trusted is a stranger's word: it changes nothing.
    if let Source::Known(address) = found
        && !trusted.contains(address)
        && elements.len() < MAX_FORWARDED
    {
        let more = [&b"not an address"[..]].into_iter().chain(headers.iter().copied());
        assert_eq!(Source::find(peer, &trusted, more), found, "an element further left");
    }
}

/// Whether an element can be read as this address, by a reading of our own that is laxer than the product's.
fn means(element: &[u8], address: IpAddr) -> bool {
    let Some(text) = text(Some(element)) else { return false };
    let text = text.trim();
    let inside = text.strip_prefix('[').and_then(|rest| rest.split(']').next());
    let before_port = text.split(':').next();
    [Some(text), inside, before_port]
        .into_iter()
        .flatten()
        .any(|candidate| candidate.parse::<IpAddr>().is_ok_and(|parsed| parsed.to_canonical() == address))
}

fn text(line: Option<&[u8]>) -> Option<&str> {
    std::str::from_utf8(line?).ok()
}
