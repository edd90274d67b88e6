//! How long an answer says that it stays fresh (RFC 9111 4.2.1, 5.2.2).

use reqwest::header::{AGE, CACHE_CONTROL, HeaderMap, HeaderName};
use std::time::Duration;

/// `max-age` less `Age`; zero for `no-store` and `no-cache`. Of several directives the shortest counts, of one that
/// cannot be read none.
pub(crate) fn fresh_for(headers: &HeaderMap) -> Option<Duration> {
    let seconds = texts(headers, &CACHE_CONTROL).flat_map(|text| text.split(',')).filter_map(directive).min()?;
    let age = texts(headers, &AGE).find_map(|text| text.trim().parse().ok()).unwrap_or(0);
    Some(Duration::from_secs(seconds.saturating_sub(age)))
}

fn texts<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok())
}

fn directive(text: &str) -> Option<u64> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let name = name.trim();
    if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
        return Some(0);
    }
    if name.eq_ignore_ascii_case("max-age") { value.trim().trim_matches('"').parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    #[track_caller]
    fn check(headers: &[(HeaderName, &str)], seconds: Option<u64>) {
        let headers: HeaderMap =
            headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect();
        assert_eq!(fresh_for(&headers), seconds.map(Duration::from_secs), "{headers:?}");
    }

    #[test]
    fn the_shortest_directive_less_the_age_counts() {
        check(&[(CACHE_CONTROL, "public, max-age=300")], Some(300));
        check(&[(CACHE_CONTROL, "Max-Age = \"300\"")], Some(300));
        check(&[(CACHE_CONTROL, "max-age=300"), (CACHE_CONTROL, "max-age=20")], Some(20));
        check(&[(CACHE_CONTROL, "max-age=300"), (AGE, "100")], Some(200));
        check(&[(CACHE_CONTROL, "max-age=300"), (AGE, "900")], Some(0));
        check(&[(CACHE_CONTROL, "max-age=300, no-cache")], Some(0));
        check(&[(CACHE_CONTROL, "no-store")], Some(0));
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        check(&[], None);
        check(&[(AGE, "10")], None);
        check(&[(CACHE_CONTROL, "public")], None);
        check(&[(CACHE_CONTROL, "max-age=soon")], None);
        check(&[(CACHE_CONTROL, "max-age=-5")], None);
        check(&[(CACHE_CONTROL, "s-maxage=5")], None);
    }
}
