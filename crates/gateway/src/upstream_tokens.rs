//! Access tokens for upstreams, shared by all workers. Workers read them and ask; the program gets them in the
//! background and puts them here. No request fetches one itself.

use arc_swap::ArcSwap;
use domain::time::Monotonic;
use domain::token::TokenDigest;
use domain::upstream::TokenSource;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

/// Wishes that may wait at once.
const QUEUE: usize = 256;

/// A token in use.
pub struct UpstreamToken {
    header: Zeroizing<Vec<u8>>,
    expires_at: Monotonic,
}

impl UpstreamToken {
    /// A bearer token that is good until then. `token` must be visible ASCII.
    pub fn new(token: &str, expires_at: Monotonic) -> Self {
        Self { header: Zeroizing::new(format!("Bearer {token}").into_bytes()), expires_at }
    }

    /// The value of `Authorization`.
    pub(crate) fn header(&self) -> &[u8] {
        &self.header
    }

    /// Whether it may still be sent.
    pub fn is_good(&self, now: Monotonic) -> bool {
        now < self.expires_at
    }
}

impl fmt::Debug for UpstreamToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpstreamToken").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// A worker's wish for a token.
#[derive(Debug)]
pub struct TokenAsk {
    /// Where it comes from.
    pub source: Arc<TokenSource>,
    /// The token that the upstream refused; `None`: there is none.
    pub refused: Option<Arc<UpstreamToken>>,
    /// To be told when there is one or none can be had. Dropped means the same.
    pub done: oneshot::Sender<()>,
}

type Held = HashMap<TokenDigest, Arc<UpstreamToken>, RandomState>;

/// The tokens in use, by source. A clone shows the same.
#[derive(Debug, Clone)]
pub struct UpstreamTokens {
    held: Arc<ArcSwap<Held>>,
    asks: mpsc::Sender<TokenAsk>,
}

impl UpstreamTokens {
    /// None yet, and the queue of whoever gets them.
    pub fn new() -> (Self, mpsc::Receiver<TokenAsk>) {
        let (asks, asked) = mpsc::channel(QUEUE);
        (Self { held: Arc::new(ArcSwap::from_pointee(Held::default())), asks }, asked)
    }

    /// Puts a token in the place of a source's former one; `None` takes it away. In force for the next request.
    pub fn put(&self, source: &TokenSource, token: Option<&Arc<UpstreamToken>>) {
        self.held.rcu(|held| {
            let mut held = Held::clone(held);
            match token {
                Some(token) => held.insert(*source.digest(), Arc::clone(token)),
                None => held.remove(source.digest()),
            };
            held
        });
    }

    /// The token to send now.
    pub fn find(&self, source: &TokenSource, now: Monotonic) -> Option<Arc<UpstreamToken>> {
        self.held.load().get(source.digest()).filter(|token| token.is_good(now)).cloned()
    }

    /// Asks for a token, or for another one. `None`: there is nobody to ask, or too many asked before.
    pub(crate) fn ask(
        &self,
        source: &Arc<TokenSource>,
        refused: Option<Arc<UpstreamToken>>,
    ) -> Option<oneshot::Receiver<()>> {
        let (done, answered) = oneshot::channel();
        let ask = TokenAsk { source: Arc::clone(source), refused, done };
        self.asks.try_send(ask).is_ok().then_some(answered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::secret::Secret;
    use domain::upstream::{ClientAuth, ClientName, OAuth2Client, TokenUrl};

    fn source(secret: &str) -> Arc<TokenSource> {
        let client = OAuth2Client {
            token_url: TokenUrl::parse("https://login.example.com/token").unwrap(),
            client_id: ClientName::parse("shop").unwrap(),
            scope: None,
            client_auth: ClientAuth::Basic,
        };
        Arc::new(TokenSource::new(client, Secret::new(secret.to_owned())))
    }

    #[test]
    fn a_token_is_found_by_its_source_until_it_expires() {
        let (tokens, _asked) = UpstreamTokens::new();
        let find = |secret: &str, now: u64| tokens.find(&source(secret), Monotonic(now)).is_some();
        tokens.put(&source("a"), Some(&Arc::new(UpstreamToken::new("t-1", Monotonic(10)))));
        assert_eq!((find("a", 9), find("a", 10), find("b", 9)), (true, false, false));
        tokens.put(&source("a"), None);
        assert!(!find("a", 9));
    }

    #[test]
    fn a_token_is_not_shown() {
        let token = UpstreamToken::new("hidden", Monotonic(1));
        assert_eq!(token.header(), b"Bearer hidden");
        assert!(!format!("{token:?}").contains("hidden"));
    }

    #[test]
    fn too_many_wishes_are_not_queued() {
        let (tokens, asked) = UpstreamTokens::new();
        let receivers: Vec<_> = (0..QUEUE).map(|_| tokens.ask(&source("a"), None).unwrap()).collect();
        assert!(tokens.ask(&source("a"), None).is_none());
        drop((asked, receivers));
        assert!(tokens.ask(&source("a"), None).is_none());
    }
}
