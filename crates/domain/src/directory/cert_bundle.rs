//! Compiled certificate bundles: what paths are built to.

use crate::cert_bundle::CertBundle;
use crate::certificate::Validity;
use crate::ids::CertBundleId;
use crate::text::Name;
use rustls_pki_types::TrustAnchor;

/// What the gateway needs of a bundle.
#[derive(Debug)]
pub struct CertBundleEntry {
    id: CertBundleId,
    name: Name,
    anchors: Vec<TrustAnchor<'static>>,
    validities: Box<[Validity]>,
    version: u64,
}

impl CertBundleEntry {
    pub(super) fn new(bundle: &CertBundle, version: u64) -> Self {
        let anchors = bundle.authorities.iter().filter_map(|authority| {
            let anchor = webpki::anchor_from_trusted_cert(&authority.der).ok()?.to_owned();
            Some((anchor, authority.facts.validity))
        });
        let (anchors, validities): (_, Vec<_>) = anchors.unzip();
        Self { id: bundle.id, name: bundle.name.clone(), anchors, validities: validities.into(), version }
    }

    /// Its id.
    pub fn id(&self) -> CertBundleId {
        self.id
    }

    /// Its name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Its authorities.
    pub(crate) fn anchors(&self) -> &[TrustAnchor<'static>] {
        &self.anchors
    }

    /// When its authorities are valid, in the same order.
    pub(crate) fn validities(&self) -> &[Validity] {
        &self.validities
    }

    /// Rises with every change of the bundle.
    pub fn version(&self) -> u64 {
        self.version
    }
}
