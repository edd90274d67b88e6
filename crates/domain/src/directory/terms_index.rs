//! What the terms of all profiles and clients need together: which key sets, and which claim names a profile for
//! which issuer. Kept by counting, so that a change costs O(log n).

use crate::terms::{KeySource, Terms};
use foldhash::fast::RandomState;

type Map<K, V> = imbl::GenericHashMap<K, V, RandomState, imbl::shared_ptr::DefaultSharedPtr>;

/// Counted needs of all terms.
#[derive(Debug, Clone)]
pub(super) struct TermsIndex {
    sources: Map<KeySource, usize>,
    claims: Map<Box<str>, (Box<str>, usize)>,
}

impl TermsIndex {
    pub(super) fn empty() -> Self {
        Self { sources: Map::with_hasher(RandomState::default()), claims: Map::with_hasher(RandomState::default()) }
    }

    pub(super) fn add(&mut self, terms: Option<&Terms>) {
        let Some(jwt) = terms.and_then(|terms| terms.jwt.as_deref()) else { return };
        if let Some(source) = jwt.key_source() {
            *self.sources.entry(source).or_insert(0) += 1;
        }
        let Some(claim) = &jwt.access_profile_claim else { return };
        for issuer in jwt.claim_issuers() {
            // Two names for one issuer cannot be stored; were it so, the later one decides.
            let entry = self.claims.entry(issuer.into()).or_insert_with(|| (claim.clone(), 0));
            *entry = (claim.clone(), entry.1 + 1);
        }
    }

    pub(super) fn remove(&mut self, terms: Option<&Terms>) {
        let Some(jwt) = terms.and_then(|terms| terms.jwt.as_deref()) else { return };
        if let Some(source) = jwt.key_source() {
            let left = self.sources.get(&source).copied().unwrap_or_default();
            if left <= 1 {
                self.sources.remove(&source);
            } else {
                self.sources.insert(source, left - 1);
            }
        }
        if jwt.access_profile_claim.is_none() {
            return;
        }
        for issuer in jwt.claim_issuers() {
            match self.claims.get(issuer).cloned() {
                Some((claim, left)) if left > 1 => {
                    self.claims.insert(issuer.into(), (claim, left - 1));
                }
                Some(_) | None => {
                    self.claims.remove(issuer);
                }
            }
        }
    }

    pub(super) fn sources(&self) -> impl Iterator<Item = &KeySource> {
        self.sources.keys()
    }

    pub(super) fn has_claims(&self) -> bool {
        !self.claims.is_empty()
    }

    pub(super) fn claim_of(&self, issuer: &str) -> Option<&str> {
        self.claims.get(issuer).map(|(claim, _)| &**claim)
    }
}
