//! TLS towards upstreams: the system's roots, HTTP/1.1 by ALPN.

use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;

/// TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up TLS towards upstreams: {0}")]
pub struct TlsError(#[from] rustls::Error);

/// The configuration for all workers. Without any root certificate, https upstreams fail and all else works.
pub(crate) fn client_config(given: Option<&Arc<ClientConfig>>) -> Result<Arc<ClientConfig>, TlsError> {
    let mut config = if let Some(given) = given {
        ClientConfig::clone(given)
    } else {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(system_roots())
            .with_no_client_auth()
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn system_roots() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _unusable) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        tracing::warn!("no root certificates found on this system: https upstreams cannot be reached");
    }
    roots
}
