//! A key that verifies: parsed once, used for every token.

use super::algorithm::{Algorithm, KeyFamily};
use super::key_fault::KeyFault;
use super::key_text;
use super::material::{Material, PublicParts};
use aws_lc_rs::digest::{self, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::fmt;
use std::sync::Arc;

/// Before a shared secret when its fingerprint is computed, so that the fingerprint is the hash of nothing else.
const SECRET_FINGERPRINT_PREFIX: &[u8] = b"portcullis: fingerprint of a JWT shared secret\0";

/// A public key or a shared secret, ready to verify many times. A clone shares the key.
#[derive(Clone)]
pub struct VerifyingKey(Arc<Inner>);

struct Inner {
    material: Material,
    fingerprint: String,
    /// The one algorithm that a JWK's `alg` binds the key to.
    only: Option<Algorithm>,
}

/// What is shown of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDescription {
    /// `hmac`, `rsa`, `ec-p256`, `ec-p384`, `ec-p521` or `ed25519`.
    pub kind: &'static str,
    /// Its size: bits of the secret, the modulus or the field.
    pub bits: u32,
    /// Public keys: `SHA256:` and the base64 digest of the DER `SubjectPublicKeyInfo`, whatever form the key came in.
    /// Secrets: 16 hex digits, enough to tell two apart.
    pub fingerprint: String,
}

impl VerifyingKey {
    /// Reads a key as an owner pastes it. HMAC: the text without outer white space is the secret, byte by byte. Others:
    /// PEM (`PUBLIC KEY` or `CERTIFICATE`), an OpenSSH line, or a JWK.
    pub fn parse(family: KeyFamily, text: &str) -> Result<Self, KeyFault> {
        let text = key_text::trim(text)?;
        if family == KeyFamily::Hmac {
            return if key_text::is_encoded_key(text) {
                Err(KeyFault::KeyAsSecret)
            } else {
                Self::hmac(text.as_bytes())
            };
        }
        let key = key_text::read(text)?;
        if key.family() == family {
            Ok(key)
        } else {
            Err(KeyFault::WrongFamily { found: key.family(), wanted: family })
        }
    }

    /// A shared secret of at least 32 bytes.
    pub fn hmac(bytes: &[u8]) -> Result<Self, KeyFault> {
        Ok(Self::new(Material::from_secret(bytes)?, secret_fingerprint(bytes)))
    }

    pub(super) fn from_parts(parts: PublicParts) -> Result<Self, KeyFault> {
        let material = Material::from_parts(parts)?;
        let der = material.public_der().ok_or(KeyFault::Damaged)?;
        let fingerprint = format!("SHA256:{}", STANDARD_NO_PAD.encode(digest::digest(&SHA256, der.as_ref())));
        Ok(Self::new(material, fingerprint))
    }

    fn new(material: Material, fingerprint: String) -> Self {
        Self(Arc::new(Inner { material, fingerprint, only: None }))
    }

    /// The public key as DER `SubjectPublicKeyInfo`.
    pub(super) fn public_der(&self) -> Option<Vec<u8>> {
        self.0.material.public_der().map(|der| der.as_ref().to_vec())
    }

    /// The same key, bound to one algorithm that it permits.
    pub(super) fn bound_to(self, algorithm: Algorithm) -> Result<Self, KeyFault> {
        let mut inner = Arc::into_inner(self.0).ok_or(KeyFault::Damaged)?;
        if !inner.material.permits(algorithm) {
            return Err(KeyFault::NotForSignatures);
        }
        inner.only = Some(algorithm);
        Ok(Self(Arc::new(inner)))
    }

    /// The family that the key belongs to.
    pub fn family(&self) -> KeyFamily {
        match self.0.material {
            Material::Hmac { .. } => KeyFamily::Hmac,
            Material::Rsa { .. } => KeyFamily::Rsa,
            Material::Ec { .. } => KeyFamily::Ecdsa,
            Material::Ed25519 { .. } => KeyFamily::Eddsa,
        }
    }

    /// Whether tokens with this algorithm can be verified: HMAC as far as the secret is long enough, RSA all of its
    /// own, EC the one of its curve; a JWK with `alg` only that.
    pub fn permits(&self, algorithm: Algorithm) -> bool {
        self.0.only.is_none_or(|only| only == algorithm) && self.0.material.permits(algorithm)
    }

    /// What may be shown of the key.
    pub fn describe(&self) -> KeyDescription {
        let (kind, bits) = self.0.material.kind();
        KeyDescription { kind, bits, fingerprint: self.0.fingerprint.clone() }
    }

    /// Whether `signature` is one of this key over `message`; false for an algorithm that it does not permit.
    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.permits(algorithm) && self.0.material.verify(algorithm, message, signature)
    }
}

fn secret_fingerprint(secret: &[u8]) -> String {
    let mut context = digest::Context::new(&SHA256);
    context.update(SECRET_FINGERPRINT_PREFIX);
    context.update(secret);
    let first = context.finish().as_ref().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    format!("{first:016x}")
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.fingerprint == other.0.fingerprint && self.0.only == other.0.only
    }
}

impl Eq for VerifyingKey {}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VerifyingKey").field(&self.describe()).finish()
    }
}
