//! TLS towards upstreams: the system's roots, or the certificates that a collection trusts; the protocol by ALPN.
//!
//! A configuration is made once for all that are configured alike and kept while one of them is used; sessions are
//! resumed among those.

use domain::upstream::{CaCertificates, Upstream, UpstreamHttp};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up TLS towards upstreams: {0}")]
pub struct TlsError(#[from] rustls::Error);

/// All configurations of the node.
#[derive(Debug)]
pub(super) struct TlsConfigs {
    /// With the system's roots.
    http1: Arc<ClientConfig>,
    /// With the system's roots.
    http2: Arc<ClientConfig>,
    own: Mutex<Vec<Own>>,
}

/// With a collection's own certificates.
#[derive(Debug)]
struct Own {
    ca: CaCertificates,
    http: UpstreamHttp,
    config: Weak<ClientConfig>,
}

impl TlsConfigs {
    /// Without any root certificate, https upstreams fail and all else works.
    pub(super) fn new(given: Option<&Arc<ClientConfig>>) -> Result<Self, TlsError> {
        let base = match given {
            Some(given) => ClientConfig::clone(given),
            None => with_roots(system_roots())?,
        };
        let of = |http| Arc::new(speaking(base.clone(), http));
        Ok(Self { http1: of(UpstreamHttp::Http1), http2: of(UpstreamHttp::Http2), own: Mutex::default() })
    }

    /// The configuration for an upstream.
    pub(super) fn of(&self, upstream: &Upstream) -> Result<Arc<ClientConfig>, TlsError> {
        let http = upstream.http;
        if let Some(ca) = &upstream.tls.ca {
            return self.with_own(ca, http);
        }
        Ok(Arc::clone(match http {
            UpstreamHttp::Http1 => &self.http1,
            UpstreamHttp::Http2 => &self.http2,
        }))
    }

    fn with_own(&self, ca: &CaCertificates, http: UpstreamHttp) -> Result<Arc<ClientConfig>, TlsError> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let found = own.iter().find(|own| own.http == http && own.ca == *ca).and_then(|own| own.config.upgrade());
        if let Some(found) = found {
            return Ok(found);
        }
        own.retain(|own| own.config.strong_count() > 0);
        let mut roots = RootCertStore::empty();
        let (added, _unusable) = roots.add_parsable_certificates(ca.der().into_iter().map(CertificateDer::from));
        if added == 0 {
            return Err(rustls::Error::General("none of the trusted certificates can be used".to_owned()).into());
        }
        let config = Arc::new(speaking(with_roots(roots)?, http));
        own.push(Own { ca: ca.clone(), http, config: Arc::downgrade(&config) });
        Ok(config)
    }
}

fn with_roots(roots: RootCertStore) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// An upstream for HTTP/2 that does not know it is spoken to with HTTP/1.1.
fn speaking(mut config: ClientConfig, http: UpstreamHttp) -> ClientConfig {
    config.alpn_protocols = match http {
        UpstreamHttp::Http1 => vec![b"http/1.1".to_vec()],
        UpstreamHttp::Http2 => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
    };
    config
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
