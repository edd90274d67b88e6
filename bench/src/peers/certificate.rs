//! The certificate that every proxy shows in the series on TLS: self-signed, made for the run.

use crate::load::HOST;
use anyhow::{Context as _, Result};
use rustls::pki_types::CertificateDer;
use std::path::Path;

/// A certificate with its key.
#[derive(Debug)]
pub(crate) struct Certificate {
    /// For the driver, which trusts it.
    pub(crate) der: CertificateDer<'static>,
    chain_pem: String,
    key_pem: String,
}

impl Certificate {
    /// Makes one (ECDSA, P-256).
    pub(crate) fn new() -> Result<Self> {
        let made = rcgen::generate_simple_self_signed(vec![HOST.to_owned()]).context("make a certificate")?;
        Ok(Self { der: made.cert.der().clone(), chain_pem: made.cert.pem(), key_pem: made.signing_key.serialize_pem() })
    }

    /// Writes `cert.pem`, `key.pem`, and both in one file, as one proxy wants it.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let both = format!("{}{}", self.chain_pem, self.key_pem);
        for (name, text) in [("cert.pem", &self.chain_pem), ("key.pem", &self.key_pem), ("both.pem", &both)] {
            std::fs::write(folder.join(name), text).with_context(|| format!("write {name}"))?;
        }
        Ok(())
    }
}
