//! Headers of the PROXY protocol, versions 1 and 2.
//!
//! Input: the bytes with which a connection begins.

use gateway::fuzzing::{MAX_PROXY_HEADER, ProxyHeader, parse_proxy_header};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A header ends at one place however its bytes come, nothing after it matters, and its source is what it says.
///
/// # Panics
/// If a property does not hold.
pub fn proxy_protocol(data: &[u8]) {
    let whole = parse_proxy_header(data);
    // The first bytes of what is good are good so far; what is bad stays bad with more bytes.
    let end = match whole {
        Ok(ProxyHeader::Complete { length, .. }) => length,
        Ok(ProxyHeader::Incomplete) => data.len(),
        Err(_) => 0,
    };
    assert!(end <= data.len() && end <= MAX_PROXY_HEADER, "{end} bytes of {}", data.len());
    let step = (end / 64).max(1);
    for cut in (0..end).step_by(step) {
        let part = parse_proxy_header(data.get(..cut).unwrap_or_default());
        assert_eq!(part, Ok(ProxyHeader::Incomplete), "after {cut} bytes");
    }
    for cut in 0..data.len().min(MAX_PROXY_HEADER) {
        if parse_proxy_header(data.get(..cut).unwrap_or_default()).is_err() {
            assert!(whole.is_err(), "bad after {cut} bytes, good with more");
            break;
        }
    }
    let Ok(ProxyHeader::Complete { length, source }) = whole else { return };
    let header = data.get(..length).unwrap_or_default();
    assert_eq!(parse_proxy_header(header), whole, "what follows a header matters");
    assert_eq!(parse_proxy_header(&[header, b"\r\nPROXY "].concat()), whole, "what follows a header matters");
    assert_eq!(source, said_by(header), "the source");
}

/// What a good header says, by a reading of our own that checks nothing.
fn said_by(header: &[u8]) -> Option<IpAddr> {
    if header.starts_with(b"PROXY") {
        let line = str::from_utf8(header).expect("a good line is text").trim_end();
        let words: Vec<_> = line.split(' ').collect();
        return match (words.get(1), words.get(2)) {
            (Some(&"TCP4" | &"TCP6"), Some(source)) => Some(source.parse().expect("a good source is an address")),
            _ => None,
        };
    }
    let address = |bytes: usize| header.get(16..16 + bytes).expect("a good header has its addresses");
    match (header.get(12), header.get(13)) {
        (Some(0x21), Some(0x11)) => {
            Some(Ipv4Addr::from(<[u8; 4]>::try_from(address(4)).expect("four bytes are an address")).into())
        }
        (Some(0x21), Some(0x21)) => {
            Some(Ipv6Addr::from(<[u8; 16]>::try_from(address(16)).expect("sixteen bytes are an address")).into())
        }
        _ => None,
    }
}
