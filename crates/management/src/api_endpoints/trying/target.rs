//! Where a call to be tried goes: a path on our own gateway.

use crate::wire::Faults;
use domain::endpoint::Segment;
use domain::settings::Settings;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use store::EndpointRow;
use url::form_urlencoded::Serializer;

/// What stands in a path as it is (RFC 3986 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where a call goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Path and query, from the slash on.
    pub(super) path: String,
    /// The same with scheme and host.
    pub(super) url: String,
}

/// The path of an endpoint with values for its parameters; notes faults at `path_params`.
pub(super) fn of_endpoint(
    row: &EndpointRow,
    settings: &Settings,
    authority: &str,
    parameters: &[(String, String)],
    query: &[(String, Vec<String>)],
    faults: &mut Faults,
) -> Option<Target> {
    let mut path = String::new();
    // A host that is a custom domain goes without the prefix.
    let needs_prefix = !settings.custom_domains.iter().any(|domain| domain.is_meant_by(authority));
    if needs_prefix && !settings.prefix.as_str().is_empty() {
        path.push('/');
        path.push_str(settings.prefix.as_str());
    }
    path.push('/');
    path.push_str(row.collection_path.as_str());
    let own = below_collection(row.endpoint.path.segments(), parameters, faults);
    for (name, _) in parameters {
        if !row.endpoint.path.parameters().any(|known| known == name) {
            faults.within("path_params", |faults| faults.bad(name, "is no parameter of this path"));
        }
    }
    if let Some(own) = own.as_deref().filter(|own| !own.is_empty()) {
        path.push('/');
        path.push_str(own);
    }
    if !query.is_empty() {
        let mut pairs = Serializer::new(String::new());
        for (name, values) in query {
            pairs.extend_pairs(values.iter().map(|value| (name, value)));
        }
        path.push('?');
        path.push_str(&pairs.finish());
    }
    own.map(|_| Target { url: format!("http://{authority}{path}"), path })
}

fn below_collection(segments: &[Segment], parameters: &[(String, String)], faults: &mut Faults) -> Option<String> {
    let filled: Vec<Option<String>> = segments
        .iter()
        .map(|segment| match segment {
            Segment::Literal(text) => Some(text.to_string()),
            Segment::Parameter(name) => {
                value(name, parameters, faults).and_then(|value| one_segment(name, value, faults))
            }
            Segment::Rest(name) => value(name, parameters, faults).and_then(|value| rest(name, value, faults)),
        })
        .collect();
    let filled: Option<Vec<String>> = filled.into_iter().collect();
    filled.map(|filled| filled.join("/"))
}

fn value<'p>(name: &str, parameters: &'p [(String, String)], faults: &mut Faults) -> Option<&'p str> {
    let found = parameters.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
    if found.is_none() {
        faults.within("path_params", |faults| faults.bad(name, "can't be blank"));
    }
    found
}

fn one_segment(name: &str, value: &str, faults: &mut Faults) -> Option<String> {
    let message = match value {
        "" => "can't be blank",
        // Whoever sends a path takes such a segment for a step in it.
        "." | ".." => "must not be . or ..",
        _ => return Some(utf8_percent_encode(value, ENCODED).to_string()),
    };
    faults.within("path_params", |faults| faults.bad(name, message));
    None
}

fn rest(name: &str, value: &str, faults: &mut Faults) -> Option<String> {
    if value.is_empty() {
        return Some(String::new());
    }
    let segments: Vec<_> = value.split('/').map(|segment| one_segment(name, segment, faults)).collect();
    let segments: Option<Vec<String>> = segments.into_iter().collect();
    segments.map(|segments| segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::endpoint::EndpointPath;

    fn filled(path: &str, parameters: &[(&str, &str)]) -> Option<String> {
        let path = EndpointPath::parse(path).unwrap();
        let parameters: Vec<_> =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut faults = Faults::default();
        let filled = below_collection(path.segments(), &parameters, &mut faults);
        assert_eq!(filled.is_none(), faults.check().is_err());
        filled
    }

    #[test]
    fn parameters_stay_within_their_segment() {
        assert_eq!(filled("orders/{id}", &[("id", "7")]).as_deref(), Some("orders/7"));
        assert_eq!(filled("orders/{id}/x", &[("id", "a/b ?#%é")]).as_deref(), Some("orders/a%2Fb%20%3F%23%25%C3%A9/x"));
        assert_eq!(filled("files/{rest...}", &[("rest", "a/b c")]).as_deref(), Some("files/a/b%20c"));
        assert_eq!(filled("files/{rest...}", &[("rest", "")]).as_deref(), Some("files/"));
        for bad in [&[("id", "")][..], &[("id", ".")], &[("id", "..")], &[("other", "1")], &[]] {
            assert_eq!(filled("orders/{id}", bad), None, "{bad:?}");
        }
        assert_eq!(filled("files/{rest...}", &[("rest", "a/../b")]), None);
    }
}
