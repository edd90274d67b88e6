//! The base URL of an upstream.

use serde::{Deserialize, Serialize};
use std::fmt;
use url::{Host, Url};

/// Scheme of an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain HTTP.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Scheme {
    /// The name in URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// A checked base URL: absolute, http or https, a host, no user, query or fragment; no trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    scheme: Scheme,
    host: Box<str>,
    port: u16,
    authority: Box<str>,
    path: Box<str>,
}

impl BaseUrl {
    /// Longest base URL, in bytes.
    pub const MAX_BYTES: usize = 2048;

    /// Checks a base URL as typed.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("can't be blank".to_owned());
        }
        if text.len() > Self::MAX_BYTES {
            return Err(format!("is too long (maximum is {} bytes)", Self::MAX_BYTES));
        }
        let url = Url::parse(text).map_err(|_| "must be an absolute http or https URL".to_owned())?;
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err("must be an absolute http or https URL".to_owned()),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not hold a user or password".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("must not hold a query or fragment".to_owned());
        }
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(Host::Domain(_)) | None => return Err("must name a host".to_owned()),
        };
        let path = url.path().trim_end_matches('/');
        if !path.is_empty() {
            crate::path::CanonicalPath::parse(path.as_bytes())
                .map_err(|fault| format!("has a path that cannot be forwarded: {fault}"))?;
        }
        let shown = match url.host() {
            Some(Host::Ipv6(address)) => format!("[{address}]"),
            Some(Host::Domain(_) | Host::Ipv4(_)) | None => host.clone(),
        };
        let authority = match url.port() {
            Some(port) => format!("{shown}:{port}"),
            None => shown,
        };
        Ok(Self {
            scheme,
            host: host.into(),
            port: url.port_or_known_default().unwrap_or(80),
            authority: authority.into(),
            path: path.into(),
        })
    }

    /// http or https.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Host name or address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Port, the scheme's default if none was given.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What goes into `Host`: host, and port where it is not the default.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Path without trailing slash; empty for the root.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme.as_str(), self.authority, self.path)
    }
}

impl Serialize for BaseUrl {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BaseUrl {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, u16, &str, &str)>) {
        let parsed = BaseUrl::parse(text).ok();
        let seen = parsed.as_ref().map(|url| (url.host(), url.port(), url.authority(), url.path()));
        assert_eq!(seen, expected, "{text}");
    }

    #[test]
    fn base_urls_are_taken_apart() {
        check("http://127.0.0.1:9000", Some(("127.0.0.1", 9000, "127.0.0.1:9000", "")));
        check("https://API.example.com/base/", Some(("api.example.com", 443, "api.example.com", "/base")));
        check("http://[::1]:8080/a/b", Some(("::1", 8080, "[::1]:8080", "/a/b")));
        check("http://example.com:80", Some(("example.com", 80, "example.com", "")));
    }

    #[test]
    fn what_is_not_a_base_url_is_refused() {
        for text in [
            "",
            "example.com",
            "/path",
            "ftp://x",
            "http://",
            "http://u:p@x",
            "http://x?q=1",
            "http://x#f",
            "http://x/a%2fb",
            "file:///etc/passwd",
            "http://x/a//b",
        ] {
            check(text, None);
        }
    }
}
