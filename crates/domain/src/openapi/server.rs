//! The upstream of a document: its first server, variables filled with their defaults.

use super::document::Node;
use crate::upstream::BaseUrl;

/// What `servers[0].url` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerUrl {
    /// The document names no server.
    Absent,
    /// An absolute URL that can be an upstream.
    Absolute(BaseUrl),
    /// Something else, and why it cannot be an upstream.
    Unusable {
        /// As the document has it, cut.
        url: String,
        /// What is wrong with it, for after the URL.
        reason: String,
    },
}

impl ServerUrl {
    pub(super) fn read(root: &Node) -> Self {
        let Some(server) = root.get("servers").and_then(|servers| servers.item(0)) else { return Self::Absent };
        let Some(template) = server.get("url").and_then(Node::text) else { return Self::Absent };
        let url = fill(template, server.get("variables"));
        let read = url.and_then(|url| BaseUrl::parse(&url));
        match read {
            Ok(url) => Self::Absolute(url),
            Err(reason) => Self::Unusable { url: template.chars().take(120).collect(), reason },
        }
    }
}

/// Puts each variable's default in place of `{variable}`.
fn fill(template: &str, variables: Option<&Node>) -> Result<String, String> {
    if template.len() > BaseUrl::MAX_BYTES {
        return Err(format!("is too long (maximum is {} bytes)", BaseUrl::MAX_BYTES));
    }
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or("has an opening brace without a closing one")?;
        let default = variables.and_then(|all| all.get(name)?.get("default")?.text_or_number());
        let default = default.ok_or_else(|| format!("has the variable {name:?}, which has no default"))?;
        filled.push_str(before);
        filled.push_str(default);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::super::document::Document;
    use super::*;
    use serde_json::{Value, json};

    #[track_caller]
    fn check(servers: &Value, expected: Result<&str, Option<&str>>) {
        let Document(root) = Document::from_value(json!({ "servers": servers })).unwrap();
        match (ServerUrl::read(&root), expected) {
            (ServerUrl::Absent, Err(None)) => {}
            (ServerUrl::Absolute(url), Ok(expected)) => assert_eq!(url.to_string(), expected),
            (ServerUrl::Unusable { reason, .. }, Err(Some(part))) => assert!(reason.contains(part), "{reason}"),
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn the_first_server_is_the_upstream_if_absolute() {
        check(&json!([{"url": "https://api.example.com/v1/"}, {"url": "/x"}]), Ok("https://api.example.com/v1"));
        check(&json!([]), Err(None));
        check(&json!({}), Err(None));
        check(&json!([{"description": "x"}]), Err(None));
        check(&json!([{"url": "/v1"}]), Err(Some("absolute")));
        check(&json!([{"url": "ftp://x"}]), Err(Some("absolute")));
    }

    #[test]
    fn variables_take_their_defaults() {
        let variables = json!({"region": {"default": "eu"}, "port": {"default": 8443}, "empty": {}});
        let server = |url: &str| json!([{"url": url, "variables": variables}]);
        check(&server("https://{region}.example.com:{port}/v2"), Ok("https://eu.example.com:8443/v2"));
        check(&server("https://{empty}.example.com"), Err(Some("no default")));
        check(&server("https://{other}.example.com"), Err(Some("no default")));
        check(&server("https://{region.example.com"), Err(Some("closing")));
    }
}
