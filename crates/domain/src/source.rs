//! The source address of a request: the peer, or what trusted proxies say about it.
//!
//! `X-Forwarded-For` is walked from right to left past trusted addresses; the first that is not trusted is the source.
//! If all of them are trusted, it is the leftmost. A malformed element makes the address unknown, because nobody can
//! say who stands left of it.

use crate::cidr::{CidrSet, canonical_ip};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Most elements of `X-Forwarded-For` that are read; with more the address is unknown.
pub const MAX_FORWARDED: usize = 64;

/// Where a request comes from. IPv4-mapped IPv6 is IPv4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// This address.
    Known(IpAddr),
    /// It cannot be told: a profile with an address list refuses it.
    Unknown {
        /// The last good hop, for logs.
        last_hop: IpAddr,
    },
}

impl Source {
    /// The source of a request from `peer` with these `X-Forwarded-For` header values, in the order of the headers.
    pub fn find<'h>(peer: IpAddr, trusted: &CidrSet, forwarded: impl IntoIterator<Item = &'h [u8]>) -> Self {
        let peer = canonical_ip(peer);
        if !trusted.contains(peer) {
            return Self::Known(peer);
        }
        let mut elements = Vec::new();
        for value in forwarded {
            elements.extend(value.split(|byte| *byte == b','));
            if elements.len() > MAX_FORWARDED {
                return Self::Unknown { last_hop: peer };
            }
        }
        let mut source = peer;
        for element in elements.into_iter().rev() {
            let Some(address) = parse_element(element) else { return Self::Unknown { last_hop: source } };
            source = address;
            if !trusted.contains(source) {
                break;
            }
        }
        Self::Known(source)
    }

    /// The address, or the last good hop where it is unknown: for logs.
    pub fn shown(self) -> IpAddr {
        match self {
            Self::Known(address) | Self::Unknown { last_hop: address } => address,
        }
    }
}

/// Reads `a.b.c.d`, `a.b.c.d:port`, `v6`, `[v6]` or `[v6]:port`; spaces and tabs around it are not part of it.
fn parse_element(element: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(element).ok()?.trim_matches([' ', '\t']);
    let address = if let Some(bracketed) = text.strip_prefix('[') {
        let (inside, after) = bracketed.split_once(']')?;
        if !after.is_empty() {
            parse_port(after.strip_prefix(':')?)?;
        }
        IpAddr::V6(inside.parse::<Ipv6Addr>().ok()?)
    } else if let Ok(address) = text.parse::<IpAddr>() {
        address
    } else {
        let (address, port) = text.split_once(':')?;
        parse_port(port)?;
        IpAddr::V4(address.parse::<Ipv4Addr>().ok()?)
    };
    Some(canonical_ip(address))
}

/// A port: 1 to 5 digits, at most 65,535.
fn parse_port(text: &str) -> Option<u16> {
    let digits = (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}
