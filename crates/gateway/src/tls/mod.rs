//! TLS towards callers: 1.2 and 1.3 by rustls, HTTP/2 and HTTP/1.1 by ALPN, one set of certificates per listener.
//!
//! The certificate is chosen by the name that the caller asks for: exact, then wildcard, then the first of the list. Files
//! are looked at again when told ([`Certificates::look_again`]): a good new pair serves the next handshake, a bad one is
//! logged and the one in force stays. A client certificate is asked for and may be left out; the handshake proves that the caller
//! holds its key, and whether it is trusted is decided per profile, with each request. Sessions resume by tickets whose
//! keys all workers share and which end with the process.

mod choice;
mod client_proof;
mod pair;

use arc_swap::ArcSwap;
use choice::Choice;
use client_proof::ProofOfPossession;
use pair::{Looked, Pair};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::{Ticketer, default_provider};
use rustls::server::{ClientHello, NoClientAuth, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

pub use pair::PairError;

/// What a TLS listener is made of.
#[derive(Debug, Clone)]
pub struct TlsOptions {
    /// Certificates with their keys; the first also serves callers that name no host, or an unknown one.
    pub certificates: Vec<CertificateFiles>,
    /// The lowest version that is spoken.
    pub min_version: TlsVersion,
    /// Whether callers are asked for a certificate.
    pub client_certificates: ClientCertificates,
}

/// A certificate and its key, in PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The certificate, then those that lead to its root.
    pub certificate: PathBuf,
    /// Its private key: PKCS #8, PKCS #1 or SEC 1.
    pub key: PathBuf,
}

/// A version of TLS. There is nothing below 1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsVersion {
    /// TLS 1.2.
    V12,
    /// TLS 1.3.
    V13,
}

/// Whether callers are asked for a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientCertificates {
    /// They are, and may have none: a profile with mutual TLS refuses those.
    Optional,
    /// They are not: a profile with mutual TLS refuses all calls that come here.
    Off,
}

/// Why a TLS listener cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum ServerTlsError {
    /// One certificate of the list is not usable.
    #[error("certificates[{at}]: {source}")]
    Certificate {
        /// Its place in the list, from 0.
        at: usize,
        /// What is wrong.
        source: PairError,
    },
    /// There is none.
    #[error("certificates: at least one is needed")]
    NoCertificate,
    /// The library refuses.
    #[error("{0}")]
    Library(#[from] rustls::Error),
}

/// TLS of one listener, shared by its workers.
#[derive(Debug)]
pub struct ServerTls {
    server: Arc<ServerConfig>,
    in_force: Arc<InForce>,
    /// Nothing of a handshake waits for this lock.
    pairs: Mutex<Vec<Pair>>,
}

/// The certificates that handshakes use now.
#[derive(Debug)]
struct InForce(ArcSwap<Choice>);

impl ResolvesServerCert for InForce {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load().find(hello.server_name()))
    }
}

impl ServerTls {
    /// Reads all files. Blocks the thread.
    pub fn load(options: &TlsOptions) -> Result<Arc<Self>, ServerTlsError> {
        let numbered = options.certificates.iter().enumerate();
        let pairs = numbered
            .map(|(at, files)| Pair::load(files).map_err(|source| ServerTlsError::Certificate { at, source }))
            .collect::<Result<Vec<_>, _>>()?;
        let choice = Choice::new(&pairs).ok_or(ServerTlsError::NoCertificate)?;
        let in_force = Arc::new(InForce(ArcSwap::from_pointee(choice)));
        let versions: &[_] = match options.min_version {
            TlsVersion::V12 => &[&TLS13, &TLS12],
            TlsVersion::V13 => &[&TLS13],
        };
        let provider = Arc::new(default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions)?;
        let builder = builder.with_client_cert_verifier(match options.client_certificates {
            ClientCertificates::Optional => Arc::new(ProofOfPossession::new(&provider)),
            ClientCertificates::Off => Arc::new(NoClientAuth),
        });
        let mut server = builder.with_cert_resolver(Arc::<InForce>::clone(&in_force));
        server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        server.ticketer = Ticketer::new()?;
        Ok(Arc::new(Self { server: Arc::new(server), in_force, pairs: Mutex::new(pairs) }))
    }

    pub(crate) fn acceptor(&self) -> tokio_rustls::TlsAcceptor {
        Arc::clone(&self.server).into()
    }

    fn look_again(&self) {
        let mut pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = false;
        for pair in pairs.iter_mut() {
            match pair.look_again() {
                Looked::Same => {}
                Looked::Renewed => {
                    tracing::info!(certificate = %pair.files().certificate.display(), "a certificate was renewed");
                    changed = true;
                }
                Looked::Bad(error) => {
                    let certificate = pair.files().certificate.display();
                    tracing::error!(%certificate, %error, "a new certificate is not usable: the former one stays");
                }
            }
        }
        if changed && let Some(choice) = Choice::new(&pairs) {
            self.in_force.0.store(Arc::new(choice));
        }
    }
}

/// The certificates of all listeners, for whoever tells when to look at the files again.
#[derive(Debug, Clone)]
pub struct Certificates(pub(crate) Arc<[Arc<ServerTls>]>);

impl Certificates {
    /// Whether there are any.
    pub fn are_any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Reads the files that changed since they were last looked at. What is good is in force for the next handshake; what is
    /// not is logged once. Blocks the thread.
    pub fn look_again(&self) {
        for tls in self.0.iter() {
            tls.look_again();
        }
    }
}
