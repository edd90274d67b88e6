//! What is remembered of a certificate: for each bundle the verdict, and for how long it holds.

use super::path::ChainFault;
use crate::directory::CertBundleEntry;
use crate::ids::CertBundleId;
use std::ops::Range;

/// Bundles that are remembered at once: a connection may carry the requests of several profiles.
const REMEMBERED: usize = 16;

/// Verdicts on one certificate.
#[derive(Default)]
pub(super) struct Verdicts(Vec<Verdict>);

struct Verdict {
    bundle: CertBundleId,
    version: u64,
    /// Seconds since 1970 in which it holds.
    holds: Range<i64>,
    outcome: Result<(), ChainFault>,
}

impl Verdicts {
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn find(&self, bundle: &CertBundleEntry, seconds: i64) -> Option<Result<(), ChainFault>> {
        let own = self.0.iter().find(|verdict| verdict.bundle == bundle.id())?;
        (own.version == bundle.version() && own.holds.contains(&seconds)).then_some(own.outcome)
    }

    pub(super) fn keep(&mut self, bundle: &CertBundleEntry, holds: Range<i64>, outcome: Result<(), ChainFault>) {
        self.0.retain(|verdict| verdict.bundle != bundle.id());
        if self.0.len() >= REMEMBERED {
            self.0.remove(0);
        }
        self.0.push(Verdict { bundle: bundle.id(), version: bundle.version(), holds, outcome });
    }
}
