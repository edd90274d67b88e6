//! `Location` in answers: one that begins with the upstream's base URL is rewritten to the collection's.

use domain::upstream::BaseUrl;

/// The rewritten value; `None`: it stays as it is. `host` is what the caller called.
pub(super) fn rewritten(value: &[u8], base: &BaseUrl, host: &str, collection: &str) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?;
    let scheme = base.scheme().as_str();
    let rest = strip_prefix(text, scheme)?.strip_prefix("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at_checked(end)?;
    let with_port = format!("{}:{}", base.authority(), base.port());
    if !authority.eq_ignore_ascii_case(base.authority()) && !authority.eq_ignore_ascii_case(&with_port) {
        return None;
    }
    let rest = rest.strip_prefix(base.path())?;
    // `/base` is not the beginning of `/basement`.
    let is_boundary = rest.is_empty() || rest.starts_with(['/', '?', '#']);
    is_boundary.then(|| format!("http://{host}/{collection}{rest}"))
}

fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(base: &str, location: &str, expected: Option<&str>) {
        let base = BaseUrl::parse(base).unwrap();
        assert_eq!(rewritten(location.as_bytes(), &base, "gw:8080", "orders").as_deref(), expected, "{location}");
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
}
