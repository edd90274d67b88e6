//! Paths that two servers could read differently: each is refused, or goes on in exactly the one canonical form that was
//! matched. What counts is what the upstream saw.

use crate::support::{Gateway, Setup, Upstream, get};
use domain::denial::Denial;

/// What becomes of a target.
#[derive(Debug, Clone, Copy)]
enum Becomes {
    /// Refused, whatever the collection allows.
    Refused,
    /// This, whatever the collection allows.
    Goes(&'static str),
    /// This where the collection allows `%2F`, else refused.
    WithSlash(&'static str),
}

use Becomes::{Goes, Refused, WithSlash};

const TRICKS: &[(&str, Becomes)] = &[
    // Plain ones, and escapes that mean the same.
    ("/orders", Goes("/")),
    ("/orders/", Goes("/")),
    ("/orders/a", Goes("/a")),
    ("/orders/a/", Goes("/a/")),
    ("/orders/%61", Goes("/a")),
    ("/orders/%41%5a%30", Goes("/AZ0")),
    ("/orders/%7e%2D%5f%2e5", Goes("/~-_.5")),
    ("/%6frders/a", Goes("/a")),
    ("/o%72der%73/a", Goes("/a")),
    ("http://gw.test/orders/%61", Goes("/a")),
    ("HTTP://GW.TEST/orders/a", Goes("/a")),
    ("/orders/caf%c3%a9", Goes("/caf%C3%A9")),
    ("/orders/%e2%82%ac", Goes("/%E2%82%AC")),
    ("/orders/%f0%9f%98%80", Goes("/%F0%9F%98%80")),
    ("/orders/a%20b", Goes("/a%20b")),
    ("/orders/a+b%2bc", Goes("/a+b%2Bc")),
    ("/orders/a!$&'()*,b", Goes("/a!$&'()*,b")),
    ("/orders/a=b@c:d", Goes("/a=b@c:d")),
    ("/orders/%21%2a%26%3d%40%3a", Goes("/%21%2A%26%3D%40%3A")),
    ("/orders/a%3fb", Goes("/a%3Fb")),
    ("/orders/a%23b", Goes("/a%23b")),
    ("/orders/a?b=../..%2f", Goes("/a?b=../..%2f")),
    ("/orders/a?/../x", Goes("/a?/../x")),
    ("/orders/a??", Goes("/a??")),
    ("/orders/a?", Goes("/a?")),
    ("/orders/a;x=1/b", Goes("/a;x=1/b")),
    ("/orders/a%3bx", Goes("/a%3Bx")),
    ("/orders/a;/b", Goes("/a;/b")),
    ("/orders/a;..", Goes("/a;..")),
    ("/orders/a%3b..", Goes("/a%3B..")),
    ("/orders/;a", Goes("/;a")),
    // Dots that are no dot segments.
    ("/orders/...", Goes("/...")),
    ("/orders/%2e%2e%2e", Goes("/...")),
    ("/orders/.a", Goes("/.a")),
    ("/orders/a.", Goes("/a.")),
    ("/orders/..a", Goes("/..a")),
    ("/orders/a..", Goes("/a..")),
    ("/orders/a..b/c", Goes("/a..b/c")),
    ("/orders/.git/config", Goes("/.git/config")),
    ("/orders/%EF%BC%8Ea", Goes("/%EF%BC%8Ea")),
    // Escapes of escapes stay as they are.
    ("/orders/a%25b", Goes("/a%25b")),
    ("/orders/%2561", Goes("/%2561")),
    ("/orders/a%252fb", Goes("/a%252fb")),
    ("/orders/a%25252Fb", Goes("/a%25252Fb")),
    ("/orders/a%255cb", Goes("/a%255cb")),
    ("/orders/a%EF%BC%8Fb", Goes("/a%EF%BC%8Fb")),
    ("/orders/%C2%A0", Goes("/%C2%A0")),
    // An escaped slash is part of its segment, where it may stand at all.
    ("/orders/a%2fb", WithSlash("/a%2Fb")),
    ("/orders/a%2Fb/c", WithSlash("/a%2Fb/c")),
    ("/orders/%2f", WithSlash("/%2F")),
    ("/orders/%2Fa", WithSlash("/%2Fa")),
    ("/orders/a%2f", WithSlash("/a%2F")),
    ("/orders/a%2f%2fb", WithSlash("/a%2F%2Fb")),
    ("/orders/%61%2f%62%2fc", WithSlash("/a%2Fb%2Fc")),
    ("/orders/x;y%2fz", WithSlash("/x;y%2Fz")),
    ("/orders/a%2f..b", WithSlash("/a%2F..b")),
    ("/orders/a%2f.b%2fc.", WithSlash("/a%2F.b%2Fc.")),
    ("/orders/a%2f...", WithSlash("/a%2F...")),
    ("/orders/a%2fb?c=%2f", WithSlash("/a%2Fb?c=%2f")),
    ("/orders/a%2f%c3%a9", WithSlash("/a%2F%C3%A9")),
    ("/orders/a%2f%252fb", WithSlash("/a%2F%252fb")),
    ("http://gw.test/orders/a%2fb", WithSlash("/a%2Fb")),
    // ... but never beside dots, nor in the collection's own segment.
    ("/orders/..%2f", Refused),
    ("/orders/..%2Fx", Refused),
    ("/orders/.%2fx", Refused),
    ("/orders/%2f..", Refused),
    ("/orders/%2f..%2f", Refused),
    ("/orders/%2f.", Refused),
    ("/orders/a%2f..", Refused),
    ("/orders/a%2f..%2fb", Refused),
    ("/orders/a%2F.%2Fb", Refused),
    ("/orders/a%2f%2e%2e%2fb", Refused),
    ("/orders/a%2f%252e%252e", Refused),
    ("/orders/a%2f..;x", Refused),
    ("/orders/a%2f..%3bx%2fb", Refused),
    ("/orders/a%2f..%5cb", Refused),
    ("/orders/a%2f%5cb", Refused),
    ("/orders/a%2f%00", Refused),
    ("/orders/a%2f%EF%BC%8E%EF%BC%8E", Refused),
    ("/orders/..%2f..%2fetc%2fpasswd", Refused),
    ("/orders/a%2f..%252fb", Refused),
    ("/orders%2fa", Refused),
    ("/orders%2f", Refused),
    ("/%2forders/a", Refused),
    ("/%2f/orders/a", Refused),
    ("/orders%2f..%2fother/a", Refused),
    ("/other%2f..%2forders/a", Refused),
    // Dot segments, however they are written.
    ("/orders/.", Refused),
    ("/orders/..", Refused),
    ("/orders/./a", Refused),
    ("/orders/../a", Refused),
    ("/orders/a/.", Refused),
    ("/orders/a/..", Refused),
    ("/orders/a/./b", Refused),
    ("/orders/a/../b", Refused),
    ("/orders/a/../../other/b", Refused),
    ("/../orders/a", Refused),
    ("/./orders/a", Refused),
    ("/other/../orders/a", Refused),
    ("/..", Refused),
    ("/.", Refused),
    ("http://gw.test/orders/../a", Refused),
    ("/orders/%2e", Refused),
    ("/orders/%2E%2e", Refused),
    ("/orders/.%2e/a", Refused),
    ("/orders/%2e./a", Refused),
    ("/orders/%2e%2e/%2e%2e/x", Refused),
    ("/orders/%252e", Refused),
    ("/orders/%252e%252e", Refused),
    ("/orders/.%252e", Refused),
    ("/orders/%25252e%25252E", Refused),
    ("/orders/%25%32%65", Refused),
    ("/orders/.%25%32%65", Refused),
    ("/orders/%2%65", Refused),
    ("/orders/..;", Refused),
    ("/orders/..;/a", Refused),
    ("/orders/..;a=b/x", Refused),
    ("/orders/..%3b/x", Refused),
    ("/orders/..%3Ba", Refused),
    ("/orders/..%253ba", Refused),
    ("/orders/.;/a", Refused),
    ("/orders/.%3B", Refused),
    ("/orders/%2e%2e;x", Refused),
    ("/orders/%2e%3bx", Refused),
    ("/orders/..%252fx", Refused),
    ("/orders/x%252f..", Refused),
    ("/orders/x%252f..%252fy", Refused),
    ("/orders/x%25252f%25252e%25252e", Refused),
    ("/orders/..%255cx", Refused),
    ("/orders/x%255c..%255cy", Refused),
    ("/orders/%EF%BC%8E", Refused),
    ("/orders/%EF%BC%8E%EF%BC%8E/x", Refused),
    ("/orders/%EF%BC%8E.", Refused),
    ("/orders/..%EF%BC%8Fx", Refused),
    ("/orders/x%EF%BC%8F..", Refused),
    ("/orders/..%EF%BC%BCx", Refused),
    ("/orders/x%25EF%25BC%258F..", Refused),
    ("/orders/..%EF%BC%9Ba", Refused),
    // Slashes and backslashes.
    ("//orders/a", Refused),
    ("/orders//a", Refused),
    ("/orders//", Refused),
    ("/orders/a//", Refused),
    ("/orders/a//b", Refused),
    ("//", Refused),
    ("http://gw.test//orders/a", Refused),
    ("/orders\\a", Refused),
    ("/orders/a\\b", Refused),
    ("/orders/..\\b", Refused),
    ("\\orders\\a", Refused),
    ("/\\orders/a", Refused),
    ("/orders/a%5cb", Refused),
    ("/orders/%5C", Refused),
    ("/orders/..%5c", Refused),
    ("/orders/a%5C..%5Cb", Refused),
    ("/orders%5ca", Refused),
    // Escapes that are none.
    ("/orders/%", Refused),
    ("/orders/a%", Refused),
    ("/orders/%2", Refused),
    ("/orders/a%2/b", Refused),
    ("/orders/%zz", Refused),
    ("/orders/%g0", Refused),
    ("/orders/%0g", Refused),
    ("/orders/%u002e", Refused),
    ("/orders/%u2215", Refused),
    ("/orders/%-1", Refused),
    ("/orders/%%32%65", Refused),
    // Control characters, escaped and raw; what a path cannot hold.
    ("/orders/%00", Refused),
    ("/orders/a%00b", Refused),
    ("/orders/..%00", Refused),
    ("/orders/%01", Refused),
    ("/orders/%09", Refused),
    ("/orders/%0a", Refused),
    ("/orders/%0d", Refused),
    ("/orders/%0d%0aX:%20y", Refused),
    ("/orders/%1f", Refused),
    ("/orders/%7F", Refused),
    ("/orders/%C2%80", Refused),
    ("/orders/%C2%85", Refused),
    ("/orders/%C2%9f", Refused),
    ("/orders/a\u{1}b", Refused),
    ("/orders/a\u{0}b", Refused),
    ("/orders/a\u{7f}b", Refused),
    ("/orders/a\tb", Refused),
    ("/orders/a b", Refused),
    ("/orders/caf\u{e9}", Refused),
    ("/orders/a#b", Refused),
    ("/orders/#", Refused),
    // Not UTF-8, or longer than it need be.
    ("/orders/%ff", Refused),
    ("/orders/%fe%fe", Refused),
    ("/orders/%80", Refused),
    ("/orders/%c3", Refused),
    ("/orders/%c3%28", Refused),
    ("/orders/%c0%ae%c0%ae/x", Refused),
    ("/orders/%c0%af", Refused),
    ("/orders/%c1%9c", Refused),
    ("/orders/%e0%80%af", Refused),
    ("/orders/%f0%80%80%af", Refused),
    ("/orders/%ed%a0%80", Refused),
    ("/orders/%f4%90%80%80", Refused),
    // Other forms of the target, other collections.
    ("orders/a", Refused),
    ("gw.test/orders/a", Refused),
    ("http:/orders/a", Refused),
    ("http://evil.test/orders/a", Refused),
    ("http://gw.test@evil.test/orders/a", Refused),
    ("http://gw.test", Refused),
    ("https://gw.test/orders/a", Refused),
    ("*", Refused),
    ("?x", Refused),
    ("/", Refused),
    ("/ORDERS/a", Refused),
    ("/orders./a", Refused),
    ("/orders%20/a", Refused),
    ("/orders;x/a", Refused),
    ("/orders%3bx/a", Refused),
    ("/orders%00/a", Refused),
];

fn check_all(allow_encoded_slash: bool) {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    setup.forwarding.allow_encoded_slash = allow_encoded_slash;
    let gateway = Gateway::start(&setup);
    let mut expected = Vec::new();
    for (target, becomes) in TRICKS {
        let goes = match becomes {
            Goes(path) => Some(path),
            WithSlash(path) if allow_encoded_slash => Some(path),
            WithSlash(_) | Refused => None,
        };
        let reply = gateway.send(&get(target));
        match goes {
            Some(path) => {
                assert_eq!(reply.status, 200, "{target:?}: {reply:?}");
                expected.push(format!("GET {path} HTTP/1.1"));
            }
            None => assert!(matches!(reply.status, 400 | 404), "{target:?}: {reply:?}"),
        }
        let seen: Vec<_> = upstream.seen().into_iter().map(|seen| seen.line).collect();
        assert_eq!(seen, expected, "after {target:?}");
    }
}

#[test]
fn a_path_is_refused_or_goes_on_in_its_one_form() {
    assert!(TRICKS.len() >= 120, "{}", TRICKS.len());
    check_all(false);
}

#[test]
fn an_escaped_slash_goes_on_only_where_the_collection_allows_it() {
    check_all(true);
}

#[test]
fn an_escaped_slash_does_not_divide_segments() {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(format!("{}/base", upstream.url()));
    setup.forwarding.allow_encoded_slash = true;
    setup.endpoints = vec![("GET", "files/{name}", true), ("GET", "files/{name}/raw", true), ("GET", "a/b", true)];
    let gateway = Gateway::start(&setup);
    for (target, expected) in [
        ("/orders/files/x%2fy", Some("/base/files/x%2Fy")),
        ("/orders/files/x%2fraw", Some("/base/files/x%2Fraw")),
        ("/orders/files/x%2fy/raw", Some("/base/files/x%2Fy/raw")),
        ("/orders/files/x/y", None),
        ("/orders/files%2fx", None),
        ("/orders/a%2fb", None),
    ] {
        let before = upstream.seen().len();
        let reply = gateway.send(&get(target));
        let seen = upstream.seen().get(before).map(|seen| seen.line.clone());
        assert_eq!(seen, expected.map(|path| format!("GET {path} HTTP/1.1")), "{target}");
        assert_eq!(reply.status, if expected.is_some() { 200 } else { 404 }, "{target}");
    }
}

#[test]
fn an_escaped_slash_is_judged_after_the_credential() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let stranger = |target: &str| gateway.send(&format!("GET {target} HTTP/1.1\r\nhost: gw.test\r\n\r\n")).status;
    // Nothing tells a stranger which collections are there, nor what they allow.
    assert_eq!((stranger("/orders/a%2fb"), stranger("/nowhere/a%2fb")), (401, 401));
    let reply = gateway.get("/orders/a%2fb");
    assert_eq!(reply.status, 400);
    assert_eq!(gateway.recorded(&reply).denial.map(Denial::code), Some("path_ambiguous"));
    assert!(upstream.seen().is_empty());
}
