//! An upstream: the HTTP service behind a collection.

mod auth;
mod base_url;
mod credential;
mod health;
mod tls;

pub use auth::{
    AuthHeader, AuthWay, BasicUser, ClientAuth, ClientName, OAuth2Client, QueryName, Scope, TokenUrl, UpstreamAuth,
};
pub use base_url::{BaseUrl, Scheme};
pub use credential::{TokenSource, UpstreamCredential};
pub use health::{HealthCheck, HealthPath};
pub use tls::{CaCertificates, ServerName, UpstreamTls};

use serde::{Deserialize, Serialize};

/// Waits towards an upstream, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UpstreamTimeouts {
    /// For a connection, TLS included; 1 to 60,000.
    pub connect: u32,
    /// For the first byte of the answer; 1 to 240,000.
    pub response: u32,
    /// Between two parts of a stream; 1 to 3,600,000.
    pub idle: u32,
}

impl UpstreamTimeouts {
    /// Largest values of connect, response and idle.
    pub const MAX: Self = Self { connect: 60_000, response: 240_000, idle: 3_600_000 };
}

impl Default for UpstreamTimeouts {
    fn default() -> Self {
        Self { connect: 3_000, response: 30_000, idle: 60_000 }
    }
}

/// The version of HTTP that an upstream is spoken to with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum UpstreamHttp {
    /// HTTP/1.1.
    #[default]
    #[serde(rename = "http1")]
    Http1,
    /// HTTP/2: over TLS where the upstream takes it (ALPN), else with prior knowledge.
    #[serde(rename = "http2")]
    Http2,
}

impl UpstreamHttp {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Http1, Self::Http2];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http1 => "http1",
            Self::Http2 => "http2",
        }
    }

    /// From its word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.as_str() == text)
    }
}

/// The base URLs of an upstream: 1 to 16, each once. Their paths may differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "OneOrMany", into = "Vec<BaseUrl>")]
pub struct UpstreamUrls(Box<[BaseUrl]>);

impl UpstreamUrls {
    /// Most URLs.
    pub const MAX: usize = 16;

    /// Checks a list.
    pub fn new(urls: Vec<BaseUrl>) -> Result<Self, &'static str> {
        if urls.is_empty() {
            return Err("can't be blank");
        }
        if urls.len() > Self::MAX {
            return Err("has too many entries (maximum is 16)");
        }
        let is_repeated = |(at, url): (usize, &BaseUrl)| urls.iter().take(at).any(|earlier| earlier == url);
        if urls.iter().enumerate().any(is_repeated) {
            return Err("holds an entry twice");
        }
        Ok(Self(urls.into()))
    }

    /// All, in the owner's order; at least one.
    pub fn as_slice(&self) -> &[BaseUrl] {
        &self.0
    }

    /// All, in the owner's order.
    pub fn iter(&self) -> std::slice::Iter<'_, BaseUrl> {
        self.0.iter()
    }

    /// The first.
    ///
    /// # Panics
    /// Never: a list without any cannot be made.
    pub fn first(&self) -> &BaseUrl {
        self.0.first().expect("an upstream has at least one URL")
    }
}

impl From<BaseUrl> for UpstreamUrls {
    fn from(url: BaseUrl) -> Self {
        Self(Box::new([url]))
    }
}

impl<'a> IntoIterator for &'a UpstreamUrls {
    type Item = &'a BaseUrl;
    type IntoIter = std::slice::Iter<'a, BaseUrl>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// As stored: a list, or, by the first version, one URL.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(BaseUrl),
    Many(Vec<BaseUrl>),
}

impl TryFrom<OneOrMany> for UpstreamUrls {
    type Error = &'static str;

    fn try_from(stored: OneOrMany) -> Result<Self, Self::Error> {
        match stored {
            OneOrMany::One(url) => Ok(url.into()),
            OneOrMany::Many(urls) => Self::new(urls),
        }
    }
}

impl From<UpstreamUrls> for Vec<BaseUrl> {
    fn from(urls: UpstreamUrls) -> Self {
        urls.0.into()
    }
}

/// Where and how a collection's calls go on. Serialised, the secret of `auth` is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    /// The base URLs.
    #[serde(alias = "url")]
    pub urls: UpstreamUrls,
    /// Waits.
    #[serde(default)]
    pub timeouts_ms: UpstreamTimeouts,
    /// TLS.
    #[serde(default)]
    pub tls: UpstreamTls,
    /// The version of HTTP.
    #[serde(default)]
    pub http: UpstreamHttp,
    /// How its addresses are checked; `None`: by the calls alone.
    #[serde(default)]
    pub health_check: Option<HealthCheck>,
    /// Most calls under way to it at once, on one node: 1 to 1,000,000; `None`: no bound of its own.
    #[serde(default)]
    pub max_in_flight: Option<u32>,
    /// How the gateway authenticates there.
    #[serde(default)]
    pub auth: UpstreamAuth,
}

impl Upstream {
    /// Largest `max_in_flight`.
    pub const MAX_IN_FLIGHT: u32 = 1_000_000;

    /// One URL, all else as by default.
    pub fn at(url: BaseUrl) -> Self {
        Self {
            urls: url.into(),
            timeouts_ms: UpstreamTimeouts::default(),
            tls: UpstreamTls::default(),
            http: UpstreamHttp::default(),
            health_check: None,
            max_in_flight: None,
            auth: UpstreamAuth::default(),
        }
    }

    /// Whether the present secret of `auth` may go on with `next`, which brings none: the same way to authenticate,
    /// and to no host that did not get it before. (Who may change an upstream may not read its secret.)
    pub fn may_keep_secret(&self, next: &Self) -> bool {
        let origin = |url: &BaseUrl| (url.scheme(), url.authority().to_owned());
        let known: Vec<_> = self.urls.iter().map(origin).collect();
        self.auth.way.may_keep_secret(&next.auth.way) && next.urls.iter().all(|url| known.contains(&origin(url)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> BaseUrl {
        BaseUrl::parse(text).unwrap()
    }

    #[test]
    fn what_the_first_version_stored_is_read() {
        let text = r#"{"url":"http://10.0.0.5","timeouts_ms":{"connect":1,"response":2,"idle":3}}"#;
        let read: Upstream = serde_json::from_str(text).unwrap();
        let timeouts_ms = UpstreamTimeouts { connect: 1, response: 2, idle: 3 };
        assert_eq!(read, Upstream { timeouts_ms, ..Upstream::at(url("http://10.0.0.5")) });
        let again: Upstream = serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
        assert_eq!(again, read);
    }

    #[test]
    fn urls_are_one_to_sixteen_each_once() {
        let list = |count: usize| (0..count).map(|at| url(&format!("http://10.0.0.{at}"))).collect::<Vec<_>>();
        assert!(UpstreamUrls::new(vec![]).is_err());
        assert!(UpstreamUrls::new(list(17)).is_err());
        assert!(UpstreamUrls::new(vec![url("http://a"), url("http://A:80/")]).is_err());
        assert_eq!(UpstreamUrls::new(list(16)).unwrap().iter().count(), 16);
        assert!(UpstreamUrls::new(vec![url("http://a/x"), url("http://a/y"), url("https://a/x")]).is_ok());
    }

    #[test]
    fn a_secret_does_not_go_to_a_host_that_never_got_it() {
        let header = |name: &str| AuthWay::Header { name: AuthHeader::parse(name).unwrap() };
        let with = |urls: &[&str], way: &AuthWay| Upstream {
            urls: UpstreamUrls::new(urls.iter().map(|text| url(text)).collect()).unwrap(),
            auth: UpstreamAuth { way: way.clone(), secret: None },
            ..Upstream::at(url("http://x"))
        };
        let present = with(&["http://a/x", "http://b"], &header("x-key"));
        assert!(present.may_keep_secret(&with(&["http://a/y"], &header("x-other"))));
        assert!(!present.may_keep_secret(&with(&["http://a", "http://c"], &header("x-key"))));
        assert!(!present.may_keep_secret(&with(&["https://a"], &header("x-key"))));
        assert!(!present.may_keep_secret(&with(&["http://a"], &AuthWay::None)));
        let oauth2 = |token_url: &str| {
            AuthWay::OAuth2(OAuth2Client {
                token_url: TokenUrl::parse(token_url).unwrap(),
                client_id: ClientName::parse("shop").unwrap(),
                scope: None,
                client_auth: ClientAuth::Basic,
            })
        };
        let present = with(&["http://a"], &oauth2("https://i/token"));
        assert!(present.may_keep_secret(&with(&["http://a"], &oauth2("https://i/token"))));
        assert!(!present.may_keep_secret(&with(&["http://a"], &oauth2("https://j/token"))));
    }
}
