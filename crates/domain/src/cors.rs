//! Cross-origin rules of a collection (the Fetch standard's CORS protocol): which web pages may call it.

use crate::method::Method;
use serde::{Deserialize, Serialize};

/// What other origins may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cors {
    /// Origins that may call: `https://app.example.com`, or `*` alone for any.
    pub origins: Vec<Origin>,
    /// Request headers besides the always allowed ones.
    pub headers: Vec<HeaderName>,
    /// Answer headers that pages may read besides the always readable ones.
    pub expose: Vec<HeaderName>,
    /// How long a browser may keep the answer to a preflight, in seconds: 0 to 86,400.
    pub max_age_seconds: u32,
}

impl Cors {
    /// Most entries in each list.
    pub const MAX_ENTRIES: usize = 50;
    /// Longest `max_age_seconds`.
    pub const MAX_AGE_SECONDS: u32 = 86_400;
    /// `max_age_seconds` where none is given.
    pub const DEFAULT_MAX_AGE_SECONDS: u32 = 600;

    /// What `Access-Control-Allow-Origin` says to this origin; `None`: it may not call.
    pub fn allow_origin<'a>(&self, origin: &'a str) -> Option<&'a str> {
        self.origins.iter().find_map(|own| match own {
            Origin::Any => Some("*"),
            Origin::Exact(text) if &**text == origin => Some(origin),
            Origin::Exact(_) => None,
        })
    }

    /// The methods that a preflight may ask for.
    pub fn methods() -> impl Iterator<Item = Method> {
        Method::ALL.into_iter()
    }
}

/// An origin: scheme, host and port (RFC 6454), as a browser sends it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Origin {
    /// `*`.
    Any,
    /// Exactly this one.
    Exact(Box<str>),
}

impl Origin {
    /// Reads `*`, or `http://` or `https://` with host and optional port, nothing after it. The message names the rule.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const RULE: &str = "must be * or an origin as in https://app.example.com";
        if text == "*" {
            return Ok(Self::Any);
        }
        let url = url::Url::parse(text).map_err(|_| RULE)?;
        let origin = url.origin().ascii_serialization();
        let is_web = matches!(url.scheme(), "http" | "https") && !text.contains('*');
        if is_web && origin == text { Ok(Self::Exact(text.into())) } else { Err(RULE) }
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Any => "*",
            Self::Exact(text) => text,
        }
    }
}

impl TryFrom<String> for Origin {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.as_str().to_owned()
    }
}

/// The name of a header (RFC 9110, 5.1), in lower case; 1 to 64 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HeaderName(Box<str>);

impl HeaderName {
    /// Reads a name. The message names the rule.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^`|~".contains(&byte);
        if text.is_empty() || text.len() > 64 || !text.bytes().all(is_token) || text == "*" {
            return Err("must be a header name of 1 to 64 characters, without _");
        }
        Ok(Self(text.to_ascii_lowercase().into()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for HeaderName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<HeaderName> for String {
    fn from(name: HeaderName) -> Self {
        name.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_exact() {
        for good in ["*", "https://app.example.com", "http://localhost:5173", "https://[::1]:8443"] {
            assert_eq!(Origin::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "null",
            "https://app.example.com/",
            "HTTPS://a",
            "https://a:443",
            "ftp://a",
            "https://*.a.com",
            "a.com",
        ] {
            assert!(Origin::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn only_a_listed_origin_may_call() {
        let listed = |origins: &[&str]| Cors {
            origins: origins.iter().map(|origin| Origin::parse(origin).unwrap()).collect(),
            headers: vec![],
            expose: vec![],
            max_age_seconds: 600,
        };
        let cors = listed(&["https://a.example", "https://b.example"]);
        assert_eq!(cors.allow_origin("https://b.example"), Some("https://b.example"));
        assert_eq!(cors.allow_origin("https://B.example"), None);
        assert_eq!(cors.allow_origin("null"), None);
        assert_eq!(listed(&["*"]).allow_origin("null"), Some("*"));
    }

    #[test]
    fn header_names_are_tokens_without_underscores() {
        assert_eq!(HeaderName::parse("X-Request-Id").unwrap().as_str(), "x-request-id");
        for bad in ["", "a b", "a_b", "a:", "*", "é"] {
            assert!(HeaderName::parse(bad).is_err(), "{bad:?}");
        }
    }
}
