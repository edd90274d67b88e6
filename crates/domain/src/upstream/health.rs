//! Active checks of an upstream's addresses.

use crate::path::CanonicalPath;
use serde::{Deserialize, Serialize};

/// A request that is sent to each address now and then. An answer of 200 to 399 is a good one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HealthCheck {
    /// What is asked for, at the root of the host: the base URL's path is not put before it.
    pub path: HealthPath,
    /// Between two checks of one address, in milliseconds: 500 to 3,600,000.
    pub interval_ms: u32,
    /// For the head of the answer, in milliseconds, connecting included: 1 to 60,000.
    pub timeout_ms: u32,
    /// Bad answers in a row after which an address gets no calls: 1 to 10.
    pub unhealthy_after: u8,
    /// Good answers in a row after which it gets calls again: 1 to 10.
    pub healthy_after: u8,
}

impl HealthCheck {
    /// Bounds of `interval_ms`.
    pub const INTERVAL_MS: (u32, u32) = (500, 3_600_000);
    /// Bounds of `timeout_ms`.
    pub const TIMEOUT_MS: (u32, u32) = (1, 60_000);
    /// Largest `unhealthy_after` and `healthy_after`.
    pub const MAX_IN_A_ROW: u8 = 10;

    /// A check with the defaults: every 10 s, 2 s to answer, out after 3, back after 2.
    pub fn of(path: HealthPath) -> Self {
        Self { path, interval_ms: 10_000, timeout_ms: 2_000, unhealthy_after: 3, healthy_after: 2 }
    }
}

/// Path and query of a check, in canonical form; at most 1,024 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HealthPath(Box<str>);

impl HealthPath {
    /// Reads a path with an optional query.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > 1024 {
            return Err("is too long (maximum is 1024 bytes)".to_owned());
        }
        let (path, query) = match text.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (text, None),
        };
        let path = CanonicalPath::parse(path.as_bytes()).map_err(|fault| fault.to_string())?;
        match query {
            None => Ok(Self(path.as_str().into())),
            Some(query) if query.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b'#') => {
                Ok(Self(format!("{path}?{query}").into()))
            }
            Some(_) => Err("has a query with raw characters".to_owned()),
        }
    }

    /// As it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for HealthPath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<HealthPath> for String {
    fn from(path: HealthPath) -> Self {
        path.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_a_query_is_kept_in_canonical_form() {
        for (text, expected) in [
            ("/", Some("/")),
            ("/%68ealth?full=1", Some("/health?full=1")),
            ("health", None),
            ("", None),
            ("/a/../b", None),
            ("/a b", None),
            ("/a?b c", None),
            ("/a?b#c", None),
            ("/a\r\n", None),
        ] {
            assert_eq!(HealthPath::parse(text).ok().as_ref().map(HealthPath::as_str), expected, "{text}");
        }
    }
}
