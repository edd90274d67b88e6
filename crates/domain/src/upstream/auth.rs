//! How the gateway authenticates at an upstream. The secret in it is never shown, logged or written as it is.

use crate::cors::HeaderName;
use crate::secret::Secret;
use serde::{Deserialize, Serialize};
use std::fmt;
use url::{Host, Url};

/// A way to authenticate, with its secret apart: serialised, the secret is left out.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct UpstreamAuth {
    /// The way, and what of it may be shown.
    #[serde(flatten)]
    pub way: AuthWay,
    /// The value of the header or parameter, the password or the client secret. Every way but [`AuthWay::None`] has
    /// one; it is absent only in a change that keeps the present one.
    #[serde(skip)]
    pub secret: Option<Secret>,
}

/// A way to authenticate at an upstream.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum AuthWay {
    /// None.
    #[default]
    None,
    /// A header with a fixed value.
    Header {
        /// Its name.
        name: AuthHeader,
    },
    /// HTTP Basic (RFC 7617).
    Basic {
        /// The user.
        user: BasicUser,
    },
    /// A parameter of the query, appended.
    Query {
        /// Its name.
        name: QueryName,
    },
    /// An access token by client credentials (RFC 6749, 4.4).
    OAuth2(OAuth2Client),
}

impl AuthWay {
    /// The words that name the ways.
    pub const WORDS: [&str; 5] = ["none", "header", "basic", "query", "oauth2"];

    /// Its word.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Header { .. } => "header",
            Self::Basic { .. } => "basic",
            Self::Query { .. } => "query",
            Self::OAuth2(_) => "oauth2",
        }
    }

    /// The field of the API that holds its secret; `None`: it has none.
    pub fn secret_field(&self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Header { .. } | Self::Query { .. } => Some("value"),
            Self::Basic { .. } => Some("password"),
            Self::OAuth2(_) => Some("client_secret"),
        }
    }

    /// The header that it sets.
    pub fn header(&self) -> Option<&str> {
        match self {
            Self::Header { name } => Some(name.as_str()),
            Self::Basic { .. } | Self::OAuth2(_) => Some("authorization"),
            Self::None | Self::Query { .. } => None,
        }
    }

    /// Whether a secret that was given for this way may go on in `next`: the same way, to the same token endpoint.
    pub fn may_keep_secret(&self, next: &Self) -> bool {
        match (self, next) {
            (Self::OAuth2(own), Self::OAuth2(next)) => own.token_url == next.token_url,
            (own, next) => own.as_str() == next.as_str(),
        }
    }
}

impl UpstreamAuth {
    /// Longest secret, in bytes.
    pub const MAX_SECRET_BYTES: usize = 4096;

    /// Checks a secret for a way: 1 to 4,096 bytes; in a header visible ASCII with single spaces or tabs inside, else
    /// anything without control characters.
    pub fn check_secret(way: &AuthWay, text: &str) -> Result<(), &'static str> {
        if text.is_empty() {
            return Err("can't be blank");
        }
        if text.len() > Self::MAX_SECRET_BYTES {
            return Err("is too long (maximum is 4096 bytes)");
        }
        let is_header = matches!(way, AuthWay::Header { .. });
        if is_header && (text.trim() != text || !text.bytes().all(|byte| matches!(byte, b' '..=b'~'))) {
            return Err("must be visible ASCII, with spaces only inside");
        }
        if text.chars().any(char::is_control) { Err("must not hold control characters") } else { Ok(()) }
    }
}

/// The secrets are compared in constant time.
impl PartialEq for UpstreamAuth {
    fn eq(&self, other: &Self) -> bool {
        let same_secret = match (&self.secret, &other.secret) {
            (Some(own), Some(other)) => {
                let (own, other) = (own.expose().as_bytes(), other.expose().as_bytes());
                aws_lc_rs::constant_time::verify_slices_are_equal(own, other).is_ok()
            }
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        same_secret && self.way == other.way
    }
}

impl Eq for UpstreamAuth {}

impl fmt::Debug for UpstreamAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpstreamAuth").field("way", &self.way).finish_non_exhaustive()
    }
}

/// A client at an authorization server.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OAuth2Client {
    /// The token endpoint: https (http only to allowed loopback addresses), without user or fragment.
    pub token_url: TokenUrl,
    /// The client's id.
    pub client_id: ClientName,
    /// The scope to ask for; `None`: what the server gives by itself.
    pub scope: Option<Scope>,
    /// How the client shows its secret.
    pub client_auth: ClientAuth,
}

/// How a client shows its secret to the token endpoint (RFC 6749, 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientAuth {
    /// By HTTP Basic.
    #[default]
    Basic,
    /// In the form.
    Body,
}

impl ClientAuth {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Basic, Self::Body];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Body => "body",
        }
    }

    /// From its word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.as_str() == text)
    }
}

/// Declares a text that was checked: `parse`, `as_str`, stored as a plain string.
macro_rules! checked_text {
    ($(#[doc = $doc:literal])* $name:ident, $check:expr) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// Reads it. The message names the rule.
            pub fn parse(text: &str) -> Result<Self, &'static str> {
                let check: fn(&str) -> Result<Box<str>, &'static str> = $check;
                check(text).map(Self)
            }

            /// As text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0.into()
            }
        }
    };
}

checked_text! {
    /// The name of a header that authenticates, in lower case. Not one that frames a message or that the gateway sets.
    AuthHeader, header_name
}

checked_text! {
    /// A user of HTTP Basic: 1 to 255 bytes, no colon, no control characters.
    BasicUser, |text| {
        let ok = !text.is_empty() && text.len() <= 255 && !text.contains(':') && !text.chars().any(char::is_control);
        if ok { Ok(text.into()) } else { Err("must be 1 to 255 bytes without : and control characters") }
    }
}

checked_text! {
    /// The name of a query parameter: 1 to 64 of `A-Z a-z 0-9 - . _ ~`.
    QueryName, |text| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let ok = (1..=64).contains(&text.len()) && text.bytes().all(plain);
        if ok { Ok(text.into()) } else { Err("must be 1 to 64 letters, digits or - . _ ~") }
    }
}

checked_text! {
    /// The id of a client at an authorization server: 1 to 255 visible ASCII characters and spaces (RFC 6749, A.1).
    ClientName, |text| {
        let ok = (1..=255).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if ok { Ok(text.into()) } else { Err("must be 1 to 255 visible ASCII characters") }
    }
}

checked_text! {
    /// Scopes apart by single spaces (RFC 6749, 3.3); at most 1,024 bytes.
    Scope, |text| {
        let is_scope = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        let ok = text.len() <= 1024 && text.split(' ').all(|word| !word.is_empty() && word.bytes().all(is_scope));
        if ok { Ok(text.into()) } else { Err("must be scopes apart by single spaces, at most 1024 bytes") }
    }
}

checked_text! {
    /// The URL of a token endpoint: absolute, https (http to loopback only), no user, no fragment; at most 2,048 bytes.
    TokenUrl, |text| {
        const RULE: &str = "must be an absolute https URL without user and fragment (http to loopback addresses only)";
        let text = text.trim();
        let url = Url::parse(text).map_err(|_| RULE)?;
        let ok = text.len() <= 2048
            && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)))
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none();
        if ok { Ok(url.as_str().into()) } else { Err(RULE) }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Headers that are not the upstream's credential: they frame the message, end at each hop or are the gateway's own.
const NOT_AUTH_HEADERS: [&str; 20] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-real-ip",
    "x-request-id",
];

fn header_name(text: &str) -> Result<Box<str>, &'static str> {
    let name = HeaderName::parse(text)?;
    let name = name.as_str();
    if NOT_AUTH_HEADERS.contains(&name) || name.starts_with("x-portcullis-") || name.starts_with("x-forwarded-") {
        return Err("must not be a header that frames messages or that the gateway sets itself");
    }
    Ok(name.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> UpstreamAuth {
        let way = AuthWay::Header { name: AuthHeader::parse("X-Api-Key").unwrap() };
        UpstreamAuth { way, secret: Some(Secret::new("k-1".to_owned())) }
    }

    #[test]
    fn a_secret_is_neither_written_nor_shown() {
        let text = serde_json::to_string(&header()).unwrap();
        assert_eq!(text, r#"{"type":"header","name":"x-api-key"}"#);
        assert!(!format!("{:?}", header()).contains("k-1"));
        let read: UpstreamAuth = serde_json::from_str(&text).unwrap();
        assert_eq!(read, UpstreamAuth { secret: None, ..header() });
        assert_ne!(read, header());
    }

    #[test]
    fn every_way_is_read_as_it_was_written() {
        let oauth2 = OAuth2Client {
            token_url: TokenUrl::parse("https://login.example.com/token?tenant=1").unwrap(),
            client_id: ClientName::parse("shop").unwrap(),
            scope: Some(Scope::parse("orders.read orders.write").unwrap()),
            client_auth: ClientAuth::Body,
        };
        for way in [
            AuthWay::None,
            header().way,
            AuthWay::Basic { user: BasicUser::parse("shop").unwrap() },
            AuthWay::Query { name: QueryName::parse("key").unwrap() },
            AuthWay::OAuth2(oauth2),
        ] {
            let text = serde_json::to_string(&UpstreamAuth { way: way.clone(), secret: None }).unwrap();
            assert!(text.contains(&format!(r#""type":"{}""#, way.as_str())), "{text}");
            assert_eq!(serde_json::from_str::<UpstreamAuth>(&text).unwrap().way, way);
            assert_eq!(way.secret_field().is_none(), way == AuthWay::None);
        }
    }

    #[test]
    fn names_that_are_not_a_credential_of_an_upstream_are_refused() {
        for name in ["", "a b", "a_b", "Host", "TE", "x-portcullis-claims", "X-Forwarded-For", "connection", "a:b"] {
            assert!(AuthHeader::parse(name).is_err(), "{name}");
        }
        for name in ["Authorization", "cookie", "X-API-KEY"] {
            assert_eq!(AuthHeader::parse(name).unwrap().as_str(), name.to_ascii_lowercase());
        }
        for name in ["", "a=b", "a&b", "a b", "\u{e9}"] {
            assert!(QueryName::parse(name).is_err(), "{name}");
        }
        for user in ["", "a:b", "a\n"] {
            assert!(BasicUser::parse(user).is_err(), "{user}");
        }
        for url in ["", "/token", "ftp://x/y", "http://x/token", "https://u@x/", "https://x/#f", "https://"] {
            assert!(TokenUrl::parse(url).is_err(), "{url}");
        }
        for scope in ["", "a  b", " a", "a\"b"] {
            assert!(Scope::parse(scope).is_err(), "{scope}");
        }
    }

    #[test]
    fn secrets_must_fit_where_they_go() {
        let header = header().way;
        for text in ["", " a", "a\r\nx: y", "\u{e9}", &"a".repeat(4097)] {
            assert!(UpstreamAuth::check_secret(&header, text).is_err(), "{text}");
        }
        assert_eq!(UpstreamAuth::check_secret(&header, "Token a b"), Ok(()));
        let basic = AuthWay::Basic { user: BasicUser::parse("u").unwrap() };
        assert_eq!(UpstreamAuth::check_secret(&basic, "p\u{e9} :x"), Ok(()));
        assert!(UpstreamAuth::check_secret(&basic, "a\nb").is_err());
    }
}
