//! Address lists: entries as typed and the set that is searched.
//!
//! Input: one entry or address per line.

use domain::cidr::{CidrEntry, CidrSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A set holds an address exactly if one of its entries does, and entries mean the same when read again.
///
/// # Panics
/// If a property does not hold.
pub fn cidr(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let entries: Vec<CidrEntry> = text.lines().take(200).filter_map(|line| CidrEntry::parse(line).ok()).collect();
    let set = CidrSet::new(&entries);
    assert_eq!(set.is_empty(), entries.is_empty());
    for entry in &entries {
        let again = CidrEntry::parse(entry.as_str()).expect("an entry reads back");
        assert_eq!(&again, entry);
        let json = serde_json::to_string(entry).expect("an entry is a string");
        assert_eq!(serde_json::from_str::<CidrEntry>(&json).expect("an entry reads back from JSON"), again);
        let network = entry.network().expect("an entry is a network");
        assert!(set.contains(network.network()) && set.contains(network.broadcast()), "{entry} holds its own ends");
    }
    for address in text.lines().filter_map(|line| line.trim().parse::<IpAddr>().ok()) {
        check(&entries, &set, address);
    }
    let edges: Vec<IpAddr> = set.ranges().flat_map(|range| around(&range)).collect();
    for address in edges {
        check(&entries, &set, address);
    }
}

fn check(entries: &[CidrEntry], set: &CidrSet, address: IpAddr) {
    let address = address.to_canonical();
    let mapped = match address {
        IpAddr::V4(v4) => IpAddr::V6(v4.to_ipv6_mapped()),
        IpAddr::V6(_) => address,
    };
    let expected = entries
        .iter()
        .filter_map(CidrEntry::network)
        .any(|network| network.contains(&address) || network.contains(&mapped));
    assert_eq!(set.contains(address), expected, "{address}");
    assert_eq!(set.contains(mapped), expected, "{mapped}");
}

/// Both ends of a shown range and what lies just outside.
fn around(range: &str) -> Vec<IpAddr> {
    let ends = range.split('-').filter_map(|end| end.parse::<IpAddr>().ok());
    let beside = |end: IpAddr| match end {
        IpAddr::V4(end) => {
            let number = u32::from(end);
            [number.wrapping_sub(1), number, number.wrapping_add(1)].map(|near| IpAddr::V4(Ipv4Addr::from(near)))
        }
        IpAddr::V6(end) => {
            let number = u128::from(end);
            [number.wrapping_sub(1), number, number.wrapping_add(1)].map(|near| IpAddr::V6(Ipv6Addr::from(near)))
        }
    };
    ends.flat_map(beside).collect()
}
