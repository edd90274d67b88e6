//! A certificate with its key, read from two files, and read again when one of them changed.

use super::CertificateFiles;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};
use zeroize::Zeroizing;

/// Longest file that is read, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// Why a certificate with its key cannot be used. Names the file, never its content.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is too long to be what it should be.
    #[error("{} is longer than 1 MiB", .0.display())]
    TooLong(PathBuf),
    /// No certificate in PEM.
    #[error("{} must hold a certificate in PEM, followed by those that lead to its root", .0.display())]
    NoCertificate(PathBuf),
    /// No private key in PEM.
    #[error("{} must hold a private key in PEM", .0.display())]
    NoKey(PathBuf),
    /// The key is of a kind, or of a size, that cannot sign.
    #[error("the private key in {} is not usable: RSA of 2048 bits or more, ECDSA or Ed25519", .0.display())]
    UnusableKey(PathBuf),
    /// The certificate cannot be read.
    #[error("the certificate in {} cannot be read", .0.display())]
    UnusableCertificate(PathBuf),
    /// The key is not the certificate's.
    #[error("the private key in {} does not belong to the certificate in {}", key.display(), certificate.display())]
    Mismatch {
        /// The file with the key.
        key: PathBuf,
        /// The file with the certificate.
        certificate: PathBuf,
    },
}

/// A certificate with its key, as last read.
#[derive(Debug)]
pub(super) struct Pair {
    files: CertificateFiles,
    stamps: [Stamp; 2],
    key: Arc<CertifiedKey>,
    /// Lower case.
    names: Vec<Box<str>>,
}

/// What tells that a file is another than before, its time the one that nobody can set; nothing if it is not there.
type Stamp = Option<(u64, u64, i64, i64)>;

/// What another look at the files showed.
pub(super) enum Looked {
    Same,
    Renewed,
    Bad(PairError),
}

impl Pair {
    /// Reads both files.
    pub(super) fn load(files: &CertificateFiles) -> Result<Self, PairError> {
        // Stamped before reading: what changes in between is seen at the next look.
        let stamps = stamps(files);
        let (key, names) = read(files)?;
        Ok(Self { files: files.clone(), stamps, key, names })
    }

    /// Reads both files again if one is another than at the last look. What cannot be used changes nothing.
    pub(super) fn look_again(&mut self) -> Looked {
        let stamps = stamps(&self.files);
        if stamps == self.stamps {
            return Looked::Same;
        }
        self.stamps = stamps;
        match read(&self.files) {
            Ok((key, _)) if key.cert == self.key.cert => Looked::Same,
            Ok((key, names)) => {
                (self.key, self.names) = (key, names);
                Looked::Renewed
            }
            Err(error) => Looked::Bad(error),
        }
    }

    pub(super) fn files(&self) -> &CertificateFiles {
        &self.files
    }

    pub(super) fn key(&self) -> &Arc<CertifiedKey> {
        &self.key
    }

    /// The host names in the certificate, lower case.
    pub(super) fn names(&self) -> &[Box<str>] {
        &self.names
    }
}

fn stamps(files: &CertificateFiles) -> [Stamp; 2] {
    [&files.certificate, &files.key].map(|path| {
        let data = fs::metadata(path).ok()?;
        Some((data.ino(), data.len(), data.ctime(), data.ctime_nsec()))
    })
}

fn read(files: &CertificateFiles) -> Result<(Arc<CertifiedKey>, Vec<Box<str>>), PairError> {
    let (certificate, key) = (&files.certificate, &files.key);
    let chain = CertificateDer::pem_slice_iter(&contents(certificate)?)
        .collect::<Result<Vec<_>, pem::Error>>()
        .ok()
        .filter(|chain| !chain.is_empty())
        .ok_or_else(|| PairError::NoCertificate(certificate.clone()))?;
    let names = host_names(&chain).ok_or_else(|| PairError::UnusableCertificate(certificate.clone()))?;
    let private = PrivateKeyDer::from_pem_slice(&contents(key)?).map_err(|_| PairError::NoKey(key.clone()))?;
    let provider = default_provider();
    let signing = provider.key_provider.load_private_key(private).map_err(|_| PairError::UnusableKey(key.clone()))?;
    let certified = CertifiedKey::new(chain, signing);
    certified.keys_match().map_err(|error| {
        if matches!(error, rustls::Error::InconsistentKeys(_)) {
            PairError::Mismatch { key: key.clone(), certificate: certificate.clone() }
        } else {
            PairError::UnusableCertificate(certificate.clone())
        }
    })?;
    Ok((Arc::new(certified), names))
}

/// Wiped when dropped: it may be a key.
fn contents(path: &Path) -> Result<Zeroizing<Vec<u8>>, PairError> {
    let unreadable = |source| PairError::Unreadable { path: path.to_owned(), source };
    let mut bytes = Zeroizing::new(Vec::new());
    fs::File::open(path).map_err(unreadable)?.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= MAX_FILE) {
        Ok(bytes)
    } else {
        Err(PairError::TooLong(path.to_owned()))
    }
}

/// The DNS names of the first certificate, lower case (RFC 9525: the subject's common name is not one). `None`: it is no certificate.
fn host_names(chain: &[CertificateDer<'_>]) -> Option<Vec<Box<str>>> {
    let (_, certificate) = X509Certificate::from_der(chain.first()?).ok()?;
    let names = certificate.subject_alternative_name().ok()?;
    let names = names.map(|extension| extension.value.general_names.as_slice()).unwrap_or_default();
    let names = names.iter().filter_map(|name| {
        let GeneralName::DNSName(name) = name else { return None };
        Some(name.to_ascii_lowercase().into())
    });
    Some(names.collect())
}
