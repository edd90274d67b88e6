//! What authenticates at an upstream, ready to be sent.

use super::{AuthWay, OAuth2Client, UpstreamAuth};
use crate::secret::Secret;
use crate::token::TokenDigest;
use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use zeroize::Zeroizing;

/// All but unreserved characters (RFC 3986 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What the gateway adds to a request.
pub enum UpstreamCredential {
    /// Nothing.
    None,
    /// A header.
    Header {
        /// Its name, in lower case.
        name: Box<str>,
        /// Its value.
        value: Zeroizing<Vec<u8>>,
    },
    /// A parameter of the query.
    Query {
        /// Its name.
        name: Box<str>,
        /// `name=value`, escaped.
        pair: Zeroizing<String>,
    },
    /// `Authorization: Bearer` with a token that is got from this source.
    Token(Arc<TokenSource>),
    /// It should be there and is not: nothing may be forwarded.
    Missing,
}

impl UpstreamCredential {
    pub(crate) fn new(auth: &UpstreamAuth) -> Self {
        let Some(secret) = &auth.secret else {
            return if auth.way == AuthWay::None { Self::None } else { Self::Missing };
        };
        match &auth.way {
            AuthWay::None => Self::None,
            AuthWay::Header { name } => {
                Self::Header { name: name.as_str().into(), value: Zeroizing::new(secret.expose().as_bytes().to_vec()) }
            }
            AuthWay::Basic { user } => {
                let pair = Zeroizing::new(format!("{}:{}", user.as_str(), secret.expose()));
                let value = format!("Basic {}", STANDARD.encode(pair.as_bytes())).into_bytes();
                Self::Header { name: "authorization".into(), value: Zeroizing::new(value) }
            }
            AuthWay::Query { name } => {
                let value = utf8_percent_encode(secret.expose(), RESERVED);
                Self::Query { name: name.as_str().into(), pair: Zeroizing::new(format!("{}={value}", name.as_str())) }
            }
            AuthWay::OAuth2(client) => Self::Token(Arc::new(TokenSource::new(client.clone(), secret.clone()))),
        }
    }

    /// The header that it sets: a caller's own of that name does not go on.
    pub fn header(&self) -> Option<&str> {
        match self {
            Self::Header { name, .. } => Some(name),
            Self::Token(_) => Some("authorization"),
            Self::None | Self::Query { .. } | Self::Missing => None,
        }
    }
}

impl fmt::Debug for UpstreamCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UpstreamCredential(..)")
    }
}

/// Where access tokens for an upstream come from: a client and its secret. Two with the same settings are equal,
/// whichever collections have them.
#[derive(Clone)]
pub struct TokenSource {
    client: OAuth2Client,
    secret: Secret,
    digest: TokenDigest,
}

impl TokenSource {
    /// A client with its secret.
    pub fn new(client: OAuth2Client, secret: Secret) -> Self {
        let mut context = Context::new(&SHA256);
        let scope = client.scope.as_ref().map_or("", |scope| scope.as_str());
        for part in
            [client.token_url.as_str(), client.client_id.as_str(), scope, client.client_auth.as_str(), secret.expose()]
        {
            context.update(&part.len().to_be_bytes());
            context.update(part.as_bytes());
        }
        let mut digest = TokenDigest([0; 32]);
        digest.0.copy_from_slice(context.finish().as_ref());
        Self { client, secret, digest }
    }

    /// The client.
    pub fn client(&self) -> &OAuth2Client {
        &self.client
    }

    /// Its secret.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// SHA-256 of all settings.
    pub fn digest(&self) -> &TokenDigest {
        &self.digest
    }
}

impl PartialEq for TokenSource {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for TokenSource {}

impl Hash for TokenSource {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource").field("client", &self.client).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AuthHeader, BasicUser, ClientAuth, ClientName, QueryName, TokenUrl};
    use super::*;

    fn auth(way: AuthWay, secret: &str) -> UpstreamCredential {
        UpstreamCredential::new(&UpstreamAuth { way, secret: Some(Secret::new(secret.to_owned())) })
    }

    #[test]
    fn what_is_sent_is_made_ready() {
        let header = auth(AuthWay::Header { name: AuthHeader::parse("X-Key").unwrap() }, "k 1");
        let UpstreamCredential::Header { name, value } = header else { panic!() };
        assert_eq!((&*name, value.as_slice()), ("x-key", &b"k 1"[..]));
        let basic = auth(AuthWay::Basic { user: BasicUser::parse("Aladdin").unwrap() }, "open sesame");
        let UpstreamCredential::Header { name, value } = basic else { panic!() };
        assert_eq!((&*name, value.as_slice()), ("authorization", &b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="[..]));
        let query = auth(AuthWay::Query { name: QueryName::parse("key").unwrap() }, "a&b=c d/\u{e9}#%");
        let UpstreamCredential::Query { name, pair } = query else { panic!() };
        assert_eq!((&*name, pair.as_str()), ("key", "key=a%26b%3Dc%20d%2F%C3%A9%23%25"));
    }

    #[test]
    fn without_its_secret_nothing_goes_on() {
        let way = AuthWay::Query { name: QueryName::parse("key").unwrap() };
        assert!(matches!(UpstreamCredential::new(&UpstreamAuth { way, secret: None }), UpstreamCredential::Missing));
        assert!(matches!(UpstreamCredential::new(&UpstreamAuth::default()), UpstreamCredential::None));
    }

    #[test]
    fn sources_of_tokens_are_equal_by_all_their_settings() {
        let client = |id: &str| OAuth2Client {
            token_url: TokenUrl::parse("https://i/token").unwrap(),
            client_id: ClientName::parse(id).unwrap(),
            scope: None,
            client_auth: ClientAuth::Basic,
        };
        let source = |id: &str, secret: &str| TokenSource::new(client(id), Secret::new(secret.to_owned()));
        assert_eq!(source("a", "b"), source("a", "b"));
        assert_ne!(source("a", "b"), source("a", "c"));
        assert_ne!(source("ab", "c"), source("a", "bc"));
        assert!(!format!("{:?}", source("a", "hidden")).contains("hidden"));
    }
}
