//! Who reads the metrics while the control database is away, when they are needed most: tokens that were looked up for
//! them at the revision that is still the newest one known. Any change since, be it the end of a token, makes all of them
//! unknown again.

use domain::Revision;
use domain::token::TokenDigest;
use std::sync::{Mutex, PoisonError};
use store::ManagementToken;

/// Tokens that are remembered at most.
const MOST: usize = 16;

/// The tokens, each with the revision at which it was good.
#[derive(Debug, Default)]
pub(crate) struct Scrapers(Mutex<Vec<(TokenDigest, Revision, ManagementToken)>>);

impl Scrapers {
    /// Remembers a token that was good at a revision.
    pub(crate) fn remember(&self, digest: TokenDigest, revision: Revision, token: &ManagementToken) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(one, at, _)| *one != digest && *at == revision);
        known.truncate(MOST - 1);
        known.push((digest, revision, token.clone()));
    }

    /// One that was good at this very revision.
    pub(crate) fn find(&self, digest: TokenDigest, revision: Revision) -> Option<ManagementToken> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(one, at, _)| *one == digest && *at == revision).map(|(_, _, token)| token.clone())
    }
}
