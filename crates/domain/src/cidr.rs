//! Address lists: entries as typed, and the compiled set that is searched per request.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One entry of an address list: an address or a CIDR network. Host bits may be set; kept as typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct CidrEntry(Box<str>);

impl CidrEntry {
    /// Most entries of one list.
    pub const MAX_ENTRIES: usize = 1000;

    /// Checks one entry.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        match parse_network(text) {
            Some(_) => Ok(Self(text.into())),
            None => Err(format!("{} is not an IP address or CIDR network", shorten(text))),
        }
    }

    /// The entry as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The network it means, host bits cleared, IPv4-mapped IPv6 as IPv4.
    pub fn network(&self) -> Option<IpNet> {
        parse_network(&self.0)
    }
}

impl fmt::Display for CidrEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for CidrEntry {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

fn shorten(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    format!("{short:?}")
}

fn parse_network(text: &str) -> Option<IpNet> {
    let net = match text.split_once('/') {
        None => IpNet::from(text.parse::<IpAddr>().ok()?),
        Some((address, bits)) => {
            let plain = !bits.is_empty() && bits.len() <= 3 && bits.bytes().all(|b| b.is_ascii_digit());
            let canonical = bits == "0" || !bits.starts_with('0');
            if !plain || !canonical {
                return None;
            }
            IpNet::new(address.parse().ok()?, bits.parse().ok()?).ok()?
        }
    };
    Some(unmap(net).trunc())
}

/// `::ffff:a.b.c.d/n` with n >= 96 as the IPv4 network it means.
fn unmap(net: IpNet) -> IpNet {
    if let IpNet::V6(v6) = net
        && let Some(v4) = v6.addr().to_ipv4_mapped()
        && let Some(bits) = v6.prefix_len().checked_sub(96)
        && let Ok(mapped) = IpNet::new(IpAddr::V4(v4), bits)
    {
        return mapped;
    }
    net
}

/// An IPv4-mapped IPv6 address as the IPv4 address it means; others unchanged.
pub fn canonical_ip(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// Sorted, merged ranges; searched by bisection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CidrSet {
    v4: Box<[(u32, u32)]>,
    v6: Box<[(u128, u128)]>,
}

impl CidrSet {
    /// Compiles a list.
    pub fn new(entries: &[CidrEntry]) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for net in entries.iter().filter_map(CidrEntry::network) {
            match net {
                IpNet::V4(net) => v4.push((u32::from(net.network()), u32::from(net.broadcast()))),
                IpNet::V6(net) => {
                    let mapped = u128::from(Ipv4Mapped::FIRST)..=u128::from(Ipv4Mapped::LAST);
                    let (first, last) = (u128::from(net.network()), u128::from(net.broadcast()));
                    if first <= *mapped.start() && *mapped.end() <= last {
                        // A network wide enough to hold all IPv4-mapped addresses, `::/0` say, means them too.
                        v4.push((0, u32::MAX));
                    }
                    v6.push((first, last));
                }
            }
        }
        Self { v4: merge(v4, |a| a.checked_add(1)), v6: merge(v6, |a| a.checked_add(1)) }
    }

    /// Whether the list was empty.
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// Its ranges as `first-last`, or one address; IPv4 first.
    pub fn ranges(&self) -> impl Iterator<Item = String> {
        fn shown<A: fmt::Display + PartialEq>(first: &A, last: &A) -> String {
            if first == last { first.to_string() } else { format!("{first}-{last}") }
        }
        let v4 = self.v4.iter().map(|&(first, last)| shown(&Ipv4Addr::from(first), &Ipv4Addr::from(last)));
        v4.chain(self.v6.iter().map(|&(first, last)| shown(&Ipv6Addr::from(first), &Ipv6Addr::from(last))))
    }

    /// Whether an address is in the set.
    pub fn contains(&self, address: IpAddr) -> bool {
        match canonical_ip(address) {
            IpAddr::V4(address) => within(&self.v4, u32::from(address)),
            IpAddr::V6(address) => within(&self.v6, u128::from(address)),
        }
    }
}

struct Ipv4Mapped;

impl Ipv4Mapped {
    const FIRST: Ipv6Addr = Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0);
    const LAST: Ipv6Addr = Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0xffff, 0xffff);
}

fn within<T: Ord + Copy>(ranges: &[(T, T)], value: T) -> bool {
    let at = ranges.partition_point(|&(first, _)| first <= value);
    at.checked_sub(1).and_then(|at| ranges.get(at)).is_some_and(|&(_, last)| value <= last)
}

fn merge<T: Ord + Copy>(mut ranges: Vec<(T, T)>, next: impl Fn(T) -> Option<T>) -> Box<[(T, T)]> {
    ranges.sort_unstable();
    let mut merged: Vec<(T, T)> = Vec::with_capacity(ranges.len());
    for (first, last) in ranges {
        match merged.last_mut() {
            Some((_, end)) if next(*end).is_none_or(|after| first <= after) => *end = (*end).max(last),
            Some(_) | None => merged.push((first, last)),
        }
    }
    merged.into_boxed_slice()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(entries: &[&str]) -> CidrSet {
        let entries: Vec<_> = entries.iter().map(|text| CidrEntry::parse(text).unwrap()).collect();
        CidrSet::new(&entries)
    }

    #[track_caller]
    fn check(entries: &[&str], address: &str, expected: bool) {
        assert_eq!(set(entries).contains(address.parse().unwrap()), expected, "{entries:?} {address}");
    }

    #[test]
    fn host_bits_mean_their_network() {
        check(&["106.226.100.3/20"], "106.226.96.0", true);
        check(&["106.226.100.3/20"], "106.226.111.255", true);
        check(&["106.226.100.3/20"], "106.226.112.0", false);
        assert_eq!(CidrEntry::parse(" 106.226.100.3/20 ").unwrap().network().unwrap().to_string(), "106.226.96.0/20");
    }

    #[test]
    fn both_families_and_mapped_addresses() {
        check(&["10.0.0.1"], "10.0.0.1", true);
        check(&["10.0.0.1"], "::ffff:10.0.0.1", true);
        check(&["::ffff:10.0.0.0/104"], "10.9.9.9", true);
        check(&["2001:db8::/32"], "2001:db8:ffff::1", true);
        check(&["2001:db8::/32"], "2001:db9::", false);
        check(&["::/0"], "10.0.0.1", true);
        check(&["0.0.0.0/0"], "2001::1", false);
        check(&[], "10.0.0.1", false);
        check(&["10.0.0.0/25", "10.0.0.128/25", "10.0.0.64/26"], "10.0.0.255", true);
        assert_eq!(set(&["10.0.0.0/25", "10.0.0.128/25"]).v4.len(), 1);
        check(&["255.255.255.255", "255.255.255.254"], "255.255.255.255", true);
    }

    #[test]
    fn what_is_not_a_network_is_refused() {
        for text in [
            "",
            "10.0.0",
            "10.0.0.256",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "10.0.0.0/08",
            "::/129",
            "fe80::1%eth0",
            "example.com",
            "10.0.0.1-10.0.0.9",
            "10.0.0.1/255.0.0.0",
            "010.0.0.1",
            "[::1]",
        ] {
            assert!(CidrEntry::parse(text).is_err(), "{text}");
        }
    }
}
