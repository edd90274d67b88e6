//! Certificates made by the test, and callers that speak TLS by rustls.

use gateway::{CertificateFiles, ClientCertificates, ListenerConfig, ProxyProtocol, ServerTls, TlsOptions, TlsVersion};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::SingleCertAndKey;
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A folder of the test's own; removed when dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("portcullis-tls-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Writes a fresh certificate for these names and its key to `NAME.pem` and `NAME.key`; gives the certificate.
    pub(crate) fn make(&self, name: &str, hosts: &[&str]) -> (CertificateFiles, CertificateDer<'static>) {
        let hosts: Vec<String> = hosts.iter().map(|&host| host.to_owned()).collect();
        let CertifiedKey::<KeyPair> { cert, signing_key } = generate_simple_self_signed(hosts).unwrap();
        let files = CertificateFiles {
            certificate: self.0.join(format!("{name}.pem")),
            key: self.0.join(format!("{name}.key")),
        };
        fs::write(&files.certificate, cert.pem()).unwrap();
        fs::write(&files.key, signing_key.serialize_pem()).unwrap();
        (files, cert.der().clone())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn options(certificates: Vec<CertificateFiles>) -> TlsOptions {
    TlsOptions { certificates, min_version: TlsVersion::V12, client_certificates: ClientCertificates::Optional }
}

/// A listener with TLS on a port of the system's choice.
pub(crate) fn listener(options: &TlsOptions) -> ListenerConfig {
    let tls = Some(ServerTls::load(options).unwrap());
    ListenerConfig { address: "127.0.0.1:0".parse().unwrap(), proxy_protocol: ProxyProtocol::Off, tls }
}

/// Takes any certificate, so that a test can look at the one it got. Signatures are verified.
#[derive(Debug)]
struct AnyCertificate(Arc<rustls::crypto::CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// What a caller shows of itself in the handshake: a chain and its key.
pub(crate) type Shown = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// A caller's configuration; the versions that it speaks, the protocols that it offers.
pub(crate) fn client(
    versions: &[&'static rustls::SupportedProtocolVersion],
    protocols: &[&str],
    shown: Option<Shown>,
) -> ClientConfig {
    let provider = Arc::new(default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions).unwrap();
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(Arc::clone(&provider))));
    let mut config = match shown {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => {
            // Not checked against each other: a test may show what is not its own.
            let key = provider.key_provider.load_private_key(key).unwrap();
            let shown = SingleCertAndKey::from(rustls::sign::CertifiedKey::new(chain, key));
            builder.with_client_cert_resolver(Arc::new(shown))
        }
    };
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    config
}

/// A caller that speaks any version and HTTP/1.1.
pub(crate) fn any_client() -> Arc<ClientConfig> {
    Arc::new(client(rustls::ALL_VERSIONS, &["http/1.1"], None))
}

/// A TLS connection to the gateway.
pub(crate) struct TlsCaller(StreamOwned<ClientConnection, TcpStream>);

impl TlsCaller {
    /// Connects and goes through the handshake.
    pub(crate) fn connect(address: SocketAddr, config: &Arc<ClientConfig>, name: &str) -> std::io::Result<Self> {
        Self::on(super::caller::tcp(address), config, name)
    }

    /// Goes through the handshake on an open connection.
    pub(crate) fn on(tcp: TcpStream, config: &Arc<ClientConfig>, name: &str) -> std::io::Result<Self> {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let session = ClientConnection::new(Arc::clone(config), name).map_err(std::io::Error::other)?;
        let mut stream = StreamOwned::new(session, tcp);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Self(stream))
    }

    pub(crate) fn session(&self) -> &ClientConnection {
        &self.0.conn
    }

    /// The certificate that the gateway showed.
    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.session().peer_certificates().unwrap()[0].clone().into_owned()
    }

    /// Sends a request and reads its answer, whose length must be announced; the connection stays open.
    pub(crate) fn exchange(&mut self, request: &str) -> std::io::Result<String> {
        self.0.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        let mut whole = usize::MAX;
        while answer.len() < whole {
            let mut block = [0; 4096];
            let count = self.0.read(&mut block)?;
            if count == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            answer.extend_from_slice(&block[..count]);
            if let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).unwrap();
                whole = end + 4 + length.trim().parse::<usize>().unwrap();
            }
        }
        Ok(String::from_utf8(answer).unwrap())
    }

    /// Sends a request that asks to close, reads the answer to its end.
    pub(crate) fn call(&mut self, request: &str) -> std::io::Result<String> {
        self.0.write_all(request.replacen("\r\n", "\r\nconnection: close\r\n", 1).as_bytes())?;
        let mut answer = Vec::new();
        self.0.read_to_end(&mut answer)?;
        Ok(String::from_utf8(answer).unwrap())
    }
}
