//! `Location` in answers: one that begins with one of the upstream's base URLs is rewritten to the collection's. The
//! parameter by which the gateway authenticates at the upstream is taken out of it, wherever it leads.

use crate::target;
use domain::upstream::{BaseUrl, UpstreamCredential, UpstreamUrls};

/// The rewritten value; `None`: it stays as it is. `here` gives the URL under which the caller reaches the collection.
pub(super) fn rewritten(
    value: &[u8],
    urls: &UpstreamUrls,
    credential: &UpstreamCredential,
    here: impl Fn() -> String,
) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?;
    // Of two base URLs that fit, the longer one is meant.
    let rest = urls.iter().filter_map(|base| below(text, base)).min_by_key(|rest| rest.len());
    let moved = rest.map(|rest| here() + rest);
    match credential {
        UpstreamCredential::Query { name, .. } => without_parameter(moved.as_deref().unwrap_or(text), name).or(moved),
        UpstreamCredential::None
        | UpstreamCredential::Header { .. }
        | UpstreamCredential::Token(_)
        | UpstreamCredential::Missing => moved,
    }
}

/// What follows a base URL.
fn below<'t>(text: &'t str, base: &BaseUrl) -> Option<&'t str> {
    let rest = strip_prefix(text, base.scheme().as_str())?.strip_prefix("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at_checked(end)?;
    let with_port = || format!("{}:{}", base.authority(), base.port());
    if !authority.eq_ignore_ascii_case(base.authority()) && !authority.eq_ignore_ascii_case(&with_port()) {
        return None;
    }
    let rest = rest.strip_prefix(base.path())?;
    // `/base` is not the beginning of `/basement`.
    let is_boundary = rest.is_empty() || rest.starts_with(['/', '?', '#']);
    is_boundary.then_some(rest)
}

/// A URL without a parameter; `None` if it has no such parameter.
fn without_parameter(url: &str, name: &str) -> Option<String> {
    let (head, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
    let (path, query) = head.split_once('?')?;
    let is_it = |part: &&str| target::is_named(part.as_bytes(), name.as_bytes());
    if !query.split('&').any(|part| is_it(&part)) {
        return None;
    }
    let kept: Vec<_> = query.split('&').filter(|part| !is_it(part)).collect();
    let mark = if kept.is_empty() { "" } else { "?" };
    Some(format!("{path}{mark}{}{fragment}", kept.join("&")))
}

fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bases: &[&str], credential: &UpstreamCredential, location: &str) -> Option<String> {
        let urls = bases.iter().map(|base| BaseUrl::parse(base).unwrap()).collect();
        let here = || "http://gw:8080/orders".to_owned();
        rewritten(location.as_bytes(), &UpstreamUrls::new(urls).unwrap(), credential, here)
    }

    #[track_caller]
    fn check(base: &str, location: &str, expected: Option<&str>) {
        assert_eq!(of(&[base], &UpstreamCredential::None, location).as_deref(), expected, "{location}");
    }

    #[test]
    fn only_the_own_base_is_rewritten() {
        check("http://up:9/base", "http://up:9/base/1?a#b", Some("http://gw:8080/orders/1?a#b"));
        check("http://up:9/base", "HTTP://UP:9/base", Some("http://gw:8080/orders"));
        check("http://up", "http://up:80/x", Some("http://gw:8080/orders/x"));
        check("https://up/", "https://up?x", Some("http://gw:8080/orders?x"));
        check("http://up:9/base", "http://up:9/basement", None);
        check("http://up:9/base", "http://up:9/", None);
        check("http://up:9", "https://up:9/x", None);
        check("http://up:9", "http://up:99/x", None);
        check("http://up", "http://up.evil/x", None);
        check("http://up", "/x", None);
        check("http://up", "//up/x", None);
    }

    #[test]
    fn any_of_several_bases_is_rewritten_the_longest_first() {
        let bases = ["http://a/x", "http://b", "http://a/x/y"];
        for (location, expected) in [
            ("http://a/x/1", "http://gw:8080/orders/1"),
            ("http://b/x/1", "http://gw:8080/orders/x/1"),
            ("http://a/x/y/1", "http://gw:8080/orders/1"),
        ] {
            assert_eq!(of(&bases, &UpstreamCredential::None, location).as_deref(), Some(expected), "{location}");
        }
        assert_eq!(of(&bases, &UpstreamCredential::None, "http://a/z"), None);
    }

    #[test]
    fn the_upstreams_own_parameter_does_not_get_out() {
        let credential = UpstreamCredential::Query { name: "key".into(), pair: "key=s".to_owned().into() };
        for (location, expected) in [
            ("http://up/a?key=s", Some("http://gw:8080/orders/a")),
            ("http://up/a?b=1&k%65y=s&c#f", Some("http://gw:8080/orders/a?b=1&c#f")),
            ("/a/?key=s", Some("/a/")),
            ("https://else.example/?KEY=s&x=key", Some("https://else.example/?x=key")),
            ("/a?x=1#key=s", None),
        ] {
            assert_eq!(of(&["http://up"], &credential, location).as_deref(), expected, "{location}");
        }
    }
}
