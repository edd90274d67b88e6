//! The client certificate of a connection: what it says, and which bundles trust it.
//!
//! The TLS handshake proves that the caller has the key of the certificate, and nothing else: whom it is from is judged on
//! each request by the bundles of the profile that calls. Building a path costs more than deciding ten requests, so the
//! verdict is remembered for each bundle and version of it. A verdict is a function of bundle, chain and of which
//! of their certificates are valid at the moment; so it holds from one begin or end of a validity to the next, whichever
//! way the clock goes, and no longer.
//!
//! A connection's requests run on one thread, so the lock is not waited for; explanations, which run elsewhere, hold it
//! for the length of a look-up, never while a path is built.

mod path;
#[cfg(test)]
mod tests;
mod verdicts;

pub use path::ChainFault;

use crate::certificate::{AuthorityFault, CertificateFacts, read_certificates};
use crate::directory::CertBundleEntry;
use crate::time::Timestamp;
use path::Judged;
use rustls_pki_types::CertificateDer;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use verdicts::Verdicts;

/// Most certificates of a presented chain that are looked at; the others are as if not sent.
const MAX_CHAIN: usize = 16;

/// A certificate that a caller presented and has the key of, with the chain that came along.
pub struct ClientCertificate {
    chain: Box<[CertificateDer<'static>]>,
    facts: OnceLock<Option<Box<CertificateFacts>>>,
    verdicts: Mutex<Verdicts>,
}

impl std::fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientCertificate").field("subject", &self.facts().map(|facts| &facts.subject)).finish()
    }
}

impl ClientCertificate {
    /// The chain that a TLS session has, the caller's own certificate first. Nothing is parsed before a profile asks.
    /// `None`: it is empty.
    pub fn new(chain: &[CertificateDer<'_>]) -> Option<Arc<Self>> {
        if chain.is_empty() {
            return None;
        }
        let chain = chain.iter().take(MAX_CHAIN).map(|certificate| certificate.clone().into_owned()).collect();
        Some(Arc::new(Self { chain, facts: OnceLock::new(), verdicts: Mutex::default() }))
    }

    /// A chain as PEM, for a request that somebody describes. `Ok(None)`: there is no certificate in it.
    pub fn from_pem(text: &str) -> Result<Option<Arc<Self>>, Vec<AuthorityFault>> {
        let (found, faults) = read_certificates(text);
        if !faults.is_empty() {
            return Err(faults);
        }
        let chain: Vec<_> = found.into_iter().map(|certificate| certificate.der).collect();
        Ok(Self::new(&chain))
    }

    /// What it says; read once. `None`: something in it cannot be read, and nobody trusts it.
    pub fn facts(&self) -> Option<&CertificateFacts> {
        let read = || self.chain.first().and_then(|own| CertificateFacts::read(own)).map(Box::new);
        self.facts.get_or_init(read).as_deref()
    }

    /// Whether a path leads to an authority of the bundle at this moment.
    pub(crate) fn trusted_by(&self, bundle: &CertBundleEntry, now: Timestamp) -> Result<(), ChainFault> {
        let seconds = now.0.div_euclid(1_000_000);
        let remembered = self.verdicts.lock().unwrap_or_else(PoisonError::into_inner).find(bundle, seconds);
        if let Some(outcome) = remembered {
            return outcome;
        }
        let Judged { outcome, holds } = path::judge(&self.chain, bundle, seconds);
        self.verdicts.lock().unwrap_or_else(PoisonError::into_inner).keep(bundle, holds, outcome);
        outcome
    }
}
