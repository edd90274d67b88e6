//! Which addresses are public. Everything that is not known to be public is private.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address belongs to the public Internet, by the IANA special-purpose registries (RFC 6890, 8190). An IPv6
/// address that stands for an IPv4 one (mapped, NAT64, 6to4) is judged by that one.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let is_private = matches!(
        address.octets(),
        [0 | 10 | 127 | 224..=255, ..] // this network, RFC 1918, loopback; multicast, reserved, broadcast
            | [172, 16..=31, ..] | [192, 168, ..] // RFC 1918
            | [100, 64..=127, ..] // shared by carriers, RFC 6598
            | [169, 254, ..] // link-local, with the metadata of clouds
            | [192, 0, 0 | 2, _] // protocol assignments, documentation
            | [192, 88, 99, _] // 6to4 relays
            | [198, 18 | 19, ..] // benchmarks
            | [198, 51, 100, _] | [203, 0, 113, _] // documentation
    );
    !is_private
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // IPv4-mapped; NAT64, RFC 6052; 6to4, RFC 3056.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            is_public_v4(embedded(high, low))
        }
        // Teredo, benchmarks, ORCHID; documentation.
        [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
        // Documentation, RFC 9637.
        [0x3fff, second, ..] => second >= 0x1000,
        // 2000::/3 is all that was ever given out.
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(public: bool, addresses: &[&str]) {
        for address in addresses {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

    #[test]
    fn special_ipv4_ranges_are_private_to_their_last_address() {
        check(false, &["0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "127.0.0.1", "127.255.255.255"]);
        check(false, &["100.64.0.0", "100.127.255.255", "169.254.0.1", "169.254.169.254", "172.16.0.0"]);
        check(false, &["172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.0", "192.168.255.255"]);
        check(false, &["198.18.0.0", "198.19.255.255", "198.51.100.7", "203.0.113.255", "224.0.0.1"]);
        check(false, &["239.255.255.255", "240.0.0.1", "255.255.255.255"]);
    }

    #[test]
    fn their_neighbours_are_public() {
        check(true, &["1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"]);
        check(true, &["128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0"]);
        check(true, &["192.0.3.0", "192.88.98.1", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0"]);
        check(true, &["198.51.99.1", "203.0.112.1", "203.0.114.1", "223.255.255.255", "8.8.8.8"]);
    }

    #[test]
    fn special_ipv6_ranges_are_private() {
        check(false, &["::", "::1", "::2", "100::1", "fc00::1", "fdff::1", "fe80::1", "fec0::1", "ff02::1", "5f00::1"]);
        check(false, &["2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:1ff::1", "2001:db8::1", "3fff::1"]);
        check(false, &["3fff:fff::1", "64:ff9b:1::1", "4000::1"]);
        check(true, &["2606:4700::1", "2001:200::1", "2001:4860:4860::8888", "3fff:1000::1", "2a00::1"]);
    }

    #[test]
    fn an_ipv6_address_that_stands_for_an_ipv4_one_is_judged_by_it() {
        check(false, &["::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254", "::127.0.0.1", "::8.8.8.8"]);
        check(false, &["64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "2002:7f00:1::1", "2002:a9fe:a9fe::1", "2002:a00::"]);
        check(true, &["::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"]);
    }
}
