//! What a worker remembers of verified tokens. Wrong signatures are counted for all workers together.

use crate::throttles::{Throttles, counted_address};
use domain::decide::{Source, VerifiedCache, VerifiedToken};
use domain::time::Monotonic;
use domain::token::TokenDigest;
use foldhash::fast::RandomState;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Tokens that one worker remembers. Only tokens with a good signature get here.
const MAX_TOKENS: usize = 10_000;

/// The memory of one worker.
#[derive(Debug)]
pub(crate) struct Verified {
    tokens: Remembered<VerifiedToken>,
    throttles: Arc<Throttles>,
}

impl Verified {
    pub(crate) fn new(throttles: Arc<Throttles>) -> Self {
        Self { tokens: Remembered::new(MAX_TOKENS), throttles }
    }
}

impl VerifiedCache for Verified {
    fn find(&mut self, digest: &TokenDigest) -> Option<VerifiedToken> {
        self.tokens.values.get(digest).copied()
    }

    fn keep(&mut self, digest: TokenDigest, token: VerifiedToken) {
        self.tokens.keep(digest, token);
    }

    fn may_verify(&mut self, source: Source, now: Monotonic) -> bool {
        self.throttles.signatures.wait(counted_address(source), now).is_none()
    }

    fn note_failure(&mut self, source: Source, now: Monotonic) {
        self.throttles.signatures.note(counted_address(source), now);
    }
}

/// Values by digest, at most so many: with one more, the one that was kept first is forgotten.
#[derive(Debug)]
struct Remembered<V> {
    most: usize,
    values: HashMap<TokenDigest, V, RandomState>,
    /// The oldest first.
    order: VecDeque<TokenDigest>,
}

impl<V> Remembered<V> {
    fn new(most: usize) -> Self {
        Self { most, values: HashMap::default(), order: VecDeque::new() }
    }

    fn keep(&mut self, digest: TokenDigest, value: V) {
        if self.values.insert(digest, value).is_some() {
            return;
        }
        self.order.push_back(digest);
        if self.order.len() > self.most
            && let Some(oldest) = self.order.pop_front()
        {
            self.values.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_and_a_newer_value_replaces() {
        let digest = |byte: u8| TokenDigest([byte; 32]);
        let mut remembered = Remembered::new(3);
        for byte in 0..3 {
            remembered.keep(digest(byte), byte);
        }
        remembered.keep(digest(0), 10);
        remembered.keep(digest(3), 3);
        let values = [0, 1, 2, 3].map(|byte| remembered.values.get(&digest(byte)).copied());
        assert_eq!(values, [None, Some(1), Some(2), Some(3)]);
        remembered.keep(digest(1), 11);
        for byte in 0..200 {
            remembered.keep(digest(byte), byte);
        }
        assert_eq!((remembered.values.len(), remembered.order.len()), (3, 3));
    }
}
