//! How a request authenticates at its upstream. It is added last, after all that came from the caller; what a caller
//! sent under the same name has been removed.
//!
//! A fixed credential costs one field. A token is read from those that the workers share; only where there is none
//! does the request wait, at most as long as the collection gives an upstream to be connected to.

use crate::seam::Fields;
use crate::target;
use crate::upstream_tokens::{UpstreamToken, UpstreamTokens};
use crate::worker_state::Worker;
use domain::denial::Denial;
use domain::permit::Permit;
use domain::upstream::{TokenSource, UpstreamCredential};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// What is added to one request.
pub(crate) enum UpstreamAuth<'p> {
    Nothing,
    Header { name: &'p str, value: &'p [u8] },
    Query { name: &'p str, pair: &'p str },
    Token { source: &'p Arc<TokenSource>, token: Arc<UpstreamToken> },
}

impl<'p> UpstreamAuth<'p> {
    /// What the collection says; waits for a token where there is none.
    pub(crate) async fn get(worker: &Worker, permit: &'p Permit) -> Result<Self, Denial> {
        match permit.collection().credential() {
            UpstreamCredential::None => Ok(Self::Nothing),
            UpstreamCredential::Header { name, value } => Ok(Self::Header { name, value }),
            UpstreamCredential::Query { name, pair } => Ok(Self::Query { name, pair }),
            UpstreamCredential::Token(source) => Box::pin(Self::token(worker, permit, source)).await,
            UpstreamCredential::Missing => Err(Denial::UpstreamTokenUnavailable),
        }
    }

    async fn token(worker: &Worker, permit: &Permit, source: &'p Arc<TokenSource>) -> Result<Self, Denial> {
        let connect = permit.collection().upstream().timeouts_ms.connect;
        let wait = permit.collection().limits().response_ms.map_or(connect, |most| most.min(connect));
        let token = token(worker, source, Duration::from_millis(wait.into())).await;
        token.map(|token| Self::Token { source, token }).ok_or(Denial::UpstreamTokenUnavailable)
    }

    /// Adds its header.
    pub(crate) fn push(&self, fields: &mut Fields) {
        match self {
            Self::Header { name, value } => fields.push(name, value),
            Self::Token { token, .. } => fields.push("authorization", token.header()),
            Self::Nothing | Self::Query { .. } => {}
        }
    }

    /// The query that goes on: the caller's, and its own parameter in place of the caller's of that name.
    pub(crate) fn push_query(&self, target: &mut String, callers: Option<&[u8]>) {
        let kept = callers.map(target::without_credential);
        let Self::Query { name, pair } = self else {
            if let (Some(kept), Some(sent)) = (kept, callers)
                && (!kept.is_empty() || sent.is_empty())
            {
                target.push('?');
                target.push_str(&String::from_utf8_lossy(&kept));
            }
            return;
        };
        target.push('?');
        if let Some(kept) = kept {
            for part in kept.split(|&byte| byte == b'&').filter(|part| !part.is_empty()) {
                if !target::is_named(part, name.as_bytes()) {
                    target.push_str(&String::from_utf8_lossy(part));
                    target.push('&');
                }
            }
        }
        target.push_str(pair);
    }

    /// Takes note of the upstream's answer: after a 401 another token is asked for. The answer itself goes on.
    pub(crate) fn answered(&self, tokens: &UpstreamTokens, status: u16) {
        if let (401, Self::Token { source, token }) = (status, self) {
            let _nobody_waits = tokens.ask(source, Some(Arc::clone(token)));
        }
    }
}

async fn token(worker: &Worker, source: &Arc<TokenSource>, wait: Duration) -> Option<Arc<UpstreamToken>> {
    let tokens = worker.upstream_tokens();
    let found = tokens.find(source, worker.now().monotonic);
    if found.is_some() {
        return found;
    }
    let answered = tokens.ask(source, None)?;
    let _late = timeout(wait, answered).await;
    tokens.find(source, worker.now().monotonic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(auth: &UpstreamAuth<'_>, query: Option<&str>, expected: &str) {
        let mut target = "/x".to_owned();
        auth.push_query(&mut target, query.map(str::as_bytes));
        assert_eq!(target, expected, "{query:?}");
    }

    #[test]
    fn a_query_passes_unchanged_but_for_a_removed_credential() {
        let none = UpstreamAuth::Nothing;
        check(&none, None, "/x");
        check(&none, Some(""), "/x?");
        check(&none, Some("a=1&&b=%2f"), "/x?a=1&&b=%2f");
        check(&none, Some("api_token=t"), "/x");
        check(&none, Some("a&api_token=t"), "/x?a");
    }

    #[test]
    fn the_upstreams_parameter_is_appended_and_stands_once() {
        let key = UpstreamAuth::Query { name: "key", pair: "key=s%26" };
        check(&key, None, "/x?key=s%26");
        check(&key, Some(""), "/x?key=s%26");
        check(&key, Some("a=1&b"), "/x?a=1&b&key=s%26");
        check(&key, Some("key=mine&a=1&k%65y=2&KEY&api_token=t"), "/x?a=1&key=s%26");
        check(&key, Some("keys=1&xkey=2&a=key"), "/x?keys=1&xkey=2&a=key&key=s%26");
    }
}
