//! The source address: `X-Forwarded-For` as proxies, careless proxies and liars send it.

use domain::cidr::{CidrEntry, CidrSet};
use domain::source::{MAX_FORWARDED, Source};
use std::net::IpAddr;

/// A proxy that is trusted.
const PROXY: &str = "10.0.0.1";

/// The networks of our own proxies.
fn trusted() -> CidrSet {
    set(&["10.0.0.0/8", "192.168.1.1", "2001:db8:aa::/48", "::1"])
}

fn set(entries: &[&str]) -> CidrSet {
    let entries: Vec<_> = entries.iter().map(|entry| CidrEntry::parse(entry).unwrap()).collect();
    CidrSet::new(&entries)
}

fn find(peer: &str, trusted: &CidrSet, headers: &[&str]) -> Source {
    Source::find(ip(peer), trusted, headers.iter().map(|value| value.as_bytes()))
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[track_caller]
fn known(peer: &str, headers: &[&str], expected: &str) {
    assert_eq!(find(peer, &trusted(), headers), Source::Known(ip(expected)), "{peer} {headers:?}");
}

#[track_caller]
fn unknown(peer: &str, headers: &[&str], last_hop: &str) {
    let expected = Source::Unknown { last_hop: ip(last_hop) };
    assert_eq!(find(peer, &trusted(), headers), expected, "{peer} {headers:?}");
}

#[test]
fn what_a_stranger_says_is_nothing() {
    known("203.0.113.9", &[], "203.0.113.9");
    known("203.0.113.9", &["198.51.100.7"], "203.0.113.9");
    known("203.0.113.9", &["10.0.0.1"], "203.0.113.9");
    known("203.0.113.9", &["198.51.100.7, 10.0.0.1"], "203.0.113.9");
    known("203.0.113.9", &["not an address"], "203.0.113.9");
    known("203.0.113.9", &[&["1.1.1.1"; 500].join(",")], "203.0.113.9");
    known("2001:db8:bb::1", &["198.51.100.7"], "2001:db8:bb::1");
    // By default nobody is trusted, not even this machine.
    let nobody = set(&[]);
    assert_eq!(find("127.0.0.1", &nobody, &["198.51.100.7"]), Source::Known(ip("127.0.0.1")));
    assert_eq!(find("10.0.0.1", &nobody, &["198.51.100.7"]), Source::Known(ip("10.0.0.1")));
}

#[test]
fn a_trusted_proxy_names_the_source() {
    known(PROXY, &["198.51.100.7"], "198.51.100.7");
    known(PROXY, &["2001:db8::7"], "2001:db8::7");
    known(PROXY, &[" 198.51.100.7 "], "198.51.100.7");
    known(PROXY, &["\t198.51.100.7\t"], "198.51.100.7");
    known("192.168.1.1", &["198.51.100.7"], "198.51.100.7");
    known("2001:db8:aa::5", &["198.51.100.7"], "198.51.100.7");
    known("::1", &["198.51.100.7"], "198.51.100.7");
    known("192.168.1.2", &["198.51.100.7"], "192.168.1.2");
}

#[test]
fn without_the_header_it_is_the_proxy() {
    known(PROXY, &[], "10.0.0.1");
    known("::1", &[], "::1");
}

#[test]
fn the_walk_goes_from_right_to_left_past_trusted_addresses() {
    known(PROXY, &["198.51.100.7, 10.0.0.2"], "198.51.100.7");
    known(PROXY, &["198.51.100.7, 10.0.0.3, 10.0.0.2"], "198.51.100.7");
    known(PROXY, &["198.51.100.7,10.0.0.2"], "198.51.100.7");
    known(PROXY, &["198.51.100.7 , 10.0.0.2"], "198.51.100.7");
    known(PROXY, &["198.51.100.7, 2001:db8:aa::9, 192.168.1.1"], "198.51.100.7");
    // Left of the first stranger stands what the stranger says.
    known(PROXY, &["1.1.1.1, 198.51.100.7"], "198.51.100.7");
    known(PROXY, &["10.0.0.9, 198.51.100.7"], "198.51.100.7");
    known(PROXY, &["1.1.1.1, 198.51.100.7, 10.0.0.2"], "198.51.100.7");
    known(PROXY, &["1.1.1.1, 10.0.0.5, 198.51.100.7, 10.0.0.2"], "198.51.100.7");
    known(PROXY, &["127.0.0.1, 203.0.113.9"], "203.0.113.9");
    known(PROXY, &["garbage, 198.51.100.7"], "198.51.100.7");
    known(PROXY, &[", , 198.51.100.7, 10.0.0.2"], "198.51.100.7");
}

#[test]
fn if_all_are_trusted_it_is_the_leftmost() {
    known(PROXY, &["10.0.0.2"], "10.0.0.2");
    known(PROXY, &["10.0.0.3, 10.0.0.2"], "10.0.0.3");
    known(PROXY, &["10.0.0.1, 10.0.0.1"], "10.0.0.1");
    known(PROXY, &["2001:db8:aa::3, 10.0.0.2"], "2001:db8:aa::3");
}

#[test]
fn several_headers_are_one_list_in_their_order() {
    known(PROXY, &["198.51.100.7", "10.0.0.2"], "198.51.100.7");
    known(PROXY, &["1.1.1.1", "198.51.100.7"], "198.51.100.7");
    known(PROXY, &["198.51.100.7, 10.0.0.4", "10.0.0.3, 10.0.0.2"], "198.51.100.7");
    known(PROXY, &["1.1.1.1", "198.51.100.7", "10.0.0.2"], "198.51.100.7");
    unknown(PROXY, &["198.51.100.7", ""], "10.0.0.1");
}

#[test]
fn ports_are_cut_off() {
    known(PROXY, &["198.51.100.7:443"], "198.51.100.7");
    known(PROXY, &["198.51.100.7:0"], "198.51.100.7");
    known(PROXY, &["198.51.100.7:65535"], "198.51.100.7");
    known(PROXY, &["[2001:db8::7]:443"], "2001:db8::7");
    known(PROXY, &["[2001:db8::7]"], "2001:db8::7");
    known(PROXY, &["198.51.100.7:1, 10.0.0.2:2"], "198.51.100.7");
    known(PROXY, &["[2001:db8::7]:1, [2001:db8:aa::2]:2"], "2001:db8::7");
    known(PROXY, &["2001:db8::7:443"], "2001:db8::7:443");
}

#[test]
fn mapped_ipv4_is_ipv4() {
    known("::ffff:203.0.113.9", &["198.51.100.7"], "203.0.113.9");
    known("::ffff:10.0.0.1", &["198.51.100.7"], "198.51.100.7");
    known(PROXY, &["::ffff:198.51.100.7"], "198.51.100.7");
    known(PROXY, &["::ffff:c633:6407"], "198.51.100.7");
    known(PROXY, &["[::ffff:198.51.100.7]:9"], "198.51.100.7");
    known(PROXY, &["198.51.100.7, ::ffff:10.0.0.2"], "198.51.100.7");
}

#[test]
fn a_malformed_element_makes_it_unknown() {
    for element in [
        "",
        " ",
        "unknown",
        "_hidden",
        "localhost",
        "198.51.100",
        "198.51.100.7.1",
        "198.51.100.256",
        "198.51.100.07",
        "0x7f.0.0.1",
        "3325256711",
        "198.51.100.7:",
        "198.51.100.7:65536",
        "198.51.100.7:x",
        "198.51.100.7:+1",
        "198.51.100.7:000001",
        "198.51.100.7:1:2",
        "198.51.100.7/32",
        "198.51.100.7 10.0.0.1",
        "198.51.100.7;10.0.0.1",
        "[198.51.100.7]",
        "[198.51.100.7]:1",
        "[2001:db8::7",
        "2001:db8::7]",
        "[2001:db8::7]x",
        "[2001:db8::7]:",
        "[2001:db8::7]:65536",
        "[]",
        "[]:1",
        "2001:db8::7%eth0",
        "fe80::1%1",
        "[fe80::1%1]",
        "2001:db8:::7",
        "\"198.51.100.7\"",
        "for=198.51.100.7",
        "-198.51.100.7",
        "198.51.100.7\u{a0}",
        "\u{661}98.51.100.7",
        "\u{e9}",
    ] {
        unknown(PROXY, &[element], "10.0.0.1");
        unknown(PROXY, &[&format!("{element}, 10.0.0.2")], "10.0.0.2");
        unknown(PROXY, &[&format!("198.51.100.7, {element}")], "10.0.0.1");
        unknown(PROXY, &["198.51.100.7", element], "10.0.0.1");
    }
    let not_text = [&b"198.51.100.7\xff"[..]];
    let source = Source::find(ip(PROXY), &trusted(), not_text);
    assert_eq!(source, Source::Unknown { last_hop: ip(PROXY) });
}

#[test]
fn more_than_64_elements_make_it_unknown() {
    let trusted_hops = |count: usize| vec!["10.0.0.2"; count].join(",");
    known(PROXY, &[&format!("198.51.100.7,{}", trusted_hops(MAX_FORWARDED - 1))], "198.51.100.7");
    unknown(PROXY, &[&format!("198.51.100.7,{}", trusted_hops(MAX_FORWARDED))], "10.0.0.1");
    // Whatever stands there, and however it is spread.
    unknown(PROXY, &[&vec!["1.1.1.1"; MAX_FORWARDED + 1].join(",")], "10.0.0.1");
    unknown(PROXY, &vec!["198.51.100.7"; MAX_FORWARDED + 1], "10.0.0.1");
    unknown(PROXY, &[&",".repeat(MAX_FORWARDED)], "10.0.0.1");
    unknown(PROXY, &[&",".repeat(60_000)], "10.0.0.1");
}

#[test]
fn logs_show_the_address_or_the_last_good_hop() {
    assert_eq!(find(PROXY, &trusted(), &["198.51.100.7"]).shown(), ip("198.51.100.7"));
    assert_eq!(find(PROXY, &trusted(), &["x, 10.0.0.2"]).shown(), ip("10.0.0.2"));
}
