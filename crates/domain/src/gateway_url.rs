//! Where callers find the gateway: the public address, the prefix before every collection, and custom domains, which
//! go without it. A collection's URL is `<public address>/<prefix>/<collection path>`.

use crate::text::Slug;
use serde::{Deserialize, Serialize};
use std::fmt;
use url::{Host, Url};

/// Declares a checked text that is stored as what it was parsed to.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0.into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

checked_text! {
    /// Scheme and authority under which callers reach the gateway, as in `https://api.example.com`: http or https, no path,
    /// the default port left out.
    PublicUrl
}

impl PublicUrl {
    /// Longest address, in bytes.
    pub const MAX_BYTES: usize = 300;

    /// Reads an address; the message names the rule.
    pub fn parse(text: &str) -> Result<Self, String> {
        const RULE: &str =
            "must be an http or https address without user, path or query, as in https://api.example.com";
        let text = text.trim();
        if text.len() > Self::MAX_BYTES {
            return Err(format!("is too long (maximum is {} bytes)", Self::MAX_BYTES));
        }
        let url = Url::parse(text).map_err(|_| RULE)?;
        let is_plain = url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && matches!(url.scheme(), "http" | "https");
        let host = url.host_str().filter(|host| is_plain && !host.is_empty()).ok_or(RULE)?;
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self(format!("{}://{host}{port}", url.scheme()).into()))
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &str {
        self.0.split_once(':').map_or("http", |(scheme, _)| scheme)
    }
}

checked_text! {
    /// The path before every collection, without a slash at either end; may be empty.
    Prefix
}

impl Default for Prefix {
    fn default() -> Self {
        Self("".into())
    }
}

impl Prefix {
    /// Longest prefix, in bytes.
    pub const MAX_BYTES: usize = 200;

    /// Reads a prefix: nothing, or segments of `a-z`, `0-9` and `-` with slashes between them. Slashes at its ends are
    /// dropped. The message names the rule.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let text = text.strip_prefix('/').unwrap_or(text);
        let text = text.strip_suffix('/').unwrap_or(text);
        if text.is_empty() {
            return Ok(Self::default());
        }
        if text.len() > Self::MAX_BYTES {
            return Err(format!("is too long (maximum is {} characters)", Self::MAX_BYTES));
        }
        let first = text.split('/').next().unwrap_or_default();
        if Slug::RESERVED.contains(&first) {
            return Err(format!("must not begin with {first}, which is reserved for the gateway"));
        }
        let is_segment = |segment: &str| {
            let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            !segment.is_empty() && segment.bytes().all(is_plain)
        };
        if !text.split('/').all(is_segment) {
            return Err("must consist of a-z, 0-9 and -, with / between segments".to_owned());
        }
        Ok(Self(text.into()))
    }

    /// What a path has after this prefix and its slash; `None`: it does not begin with it. Both are without the slash at
    /// their beginning.
    pub fn strip<'p>(&self, path: &'p str) -> Option<&'p str> {
        if self.0.is_empty() {
            return Some(path);
        }
        path.strip_prefix(&*self.0)?.strip_prefix('/')
    }
}

checked_text! {
    /// A host under which callers reach the gateway without the prefix: a DNS name, lower case, without port.
    CustomDomain
}

impl CustomDomain {
    /// Most custom domains of a workspace.
    pub const MAX: usize = 100;
    /// Longest name, in bytes (RFC 1035 3.1).
    pub const MAX_BYTES: usize = 253;

    /// Reads a host name; the message names the rule.
    pub fn parse(text: &str) -> Result<Self, String> {
        const RULE: &str = "must be a host name without scheme, port or path, as in api.example.com";
        let text = text.trim().to_ascii_lowercase();
        let is_label = |label: &str| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            (1..=63).contains(&label.len())
                && label.bytes().all(is_plain)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let is_name = text.len() <= Self::MAX_BYTES && text.split('.').all(is_label);
        // What reads as an address is none (`10.0.0.1`, `1`).
        let is_domain = matches!(Host::parse(&text), Ok(Host::Domain(name)) if name == text);
        if is_name && is_domain { Ok(Self(text.into())) } else { Err(RULE.to_owned()) }
    }

    /// Whether the authority that a caller called means this host: case and port aside.
    pub fn is_meant_by(&self, authority: &str) -> bool {
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            Some(_) | None => authority,
        };
        host.eq_ignore_ascii_case(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses_have_one_form() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(PublicUrl::parse(text).ok().as_ref().map(PublicUrl::as_str), expected, "{text}");
        };
        check("https://api.example.com", Some("https://api.example.com"));
        check(" HTTPS://API.example.com:443/ ", Some("https://api.example.com"));
        check("http://127.0.0.1:8080", Some("http://127.0.0.1:8080"));
        check("http://[::1]:80", Some("http://[::1]"));
        for bad in [
            "",
            "api.example.com",
            "ftp://a",
            "https://",
            "https://u@a",
            "https://u:p@a",
            "https://a/b",
            "https://a/?",
            "https://a?b",
            "https://a#b",
            "https://a:99999",
            "//a",
        ] {
            check(bad, None);
        }
        assert!(PublicUrl::parse(&format!("https://{}", "a".repeat(300))).is_err());
        assert_eq!(PublicUrl::parse("https://a").unwrap().scheme(), "https");
    }

    #[test]
    fn prefixes_are_plain_segments() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(Prefix::parse(text).ok().as_ref().map(Prefix::as_str), expected, "{text}");
        };
        check("", Some(""));
        check("/", Some(""));
        check("api", Some("api"));
        check("/acme/apis/", Some("acme/apis"));
        check("api/oauth2", Some("api/oauth2"));
        for bad in [
            "///",
            "a//b",
            "A",
            "a b",
            "a.b",
            "a_b",
            "oauth2",
            "oauth2/x",
            ".portcullis",
            ".well-known/x",
            "%61",
            "..",
            "é",
        ] {
            check(bad, None);
        }
        assert!(Prefix::parse(&"a".repeat(201)).is_err());
    }

    #[test]
    fn a_prefix_is_cut_off_whole_segments() {
        let prefix = Prefix::parse("acme/apis").unwrap();
        assert_eq!(prefix.strip("acme/apis/orders/1"), Some("orders/1"));
        assert_eq!(prefix.strip("acme/apis/"), Some(""));
        assert_eq!(prefix.strip("acme/apis"), None);
        assert_eq!(prefix.strip("acme/apis2/orders"), None);
        assert_eq!(prefix.strip("orders"), None);
        assert_eq!(Prefix::default().strip("orders"), Some("orders"));
    }

    #[test]
    fn custom_domains_are_names() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(CustomDomain::parse(text).ok().as_ref().map(CustomDomain::as_str), expected, "{text}");
        };
        check("api.example.com", Some("api.example.com"));
        check(" API.Example.COM ", Some("api.example.com"));
        check("localhost", Some("localhost"));
        check("xn--bcher-kva.example", Some("xn--bcher-kva.example"));
        for bad in [
            "",
            "a:80",
            "https://a",
            "a/b",
            "*.a.b",
            "a..b",
            ".a",
            "a.",
            "-a.b",
            "a-.b",
            "a_b.c",
            "10.0.0.1",
            "1",
            "0x7f.1",
            "[::1]",
            "b\u{fc}cher.example",
        ] {
            check(bad, None);
        }
        assert!(CustomDomain::parse(&format!("{}.a", "a".repeat(64))).is_err());
        assert!(CustomDomain::parse(&vec!["abc"; 64].join(".")).is_err());
    }

    #[test]
    fn a_called_host_is_compared_without_case_and_port() {
        let domain = CustomDomain::parse("api.example.com").unwrap();
        for same in ["api.example.com", "API.EXAMPLE.com", "api.example.com:8443", "api.example.com:"] {
            assert!(domain.is_meant_by(same), "{same}");
        }
        for other in ["example.com", "api.example.com.evil", "xapi.example.com", "api.example.com:x", "[::1]:80", ""] {
            assert!(!domain.is_meant_by(other), "{other}");
        }
    }
}
