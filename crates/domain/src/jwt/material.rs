//! Keys in the form in which the crypto library verifies with them.

use super::algorithm::{Algorithm, KeyFamily};
use super::key_fault::KeyFault;
use super::rsa_check;
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    self, EcdsaVerificationAlgorithm, ParsedPublicKey, RsaParameters, RsaPublicKeyComponents, VerificationAlgorithm,
};
use std::sync::OnceLock;

/// A curve of ECDSA keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// The one algorithm of the curve (RFC 7518 3.4).
    fn algorithm(self) -> Algorithm {
        match self {
            Self::P256 => Algorithm::Es256,
            Self::P384 => Algorithm::Es384,
            Self::P521 => Algorithm::Es512,
        }
    }

    fn verification(self) -> &'static EcdsaVerificationAlgorithm {
        match self {
            Self::P256 => &signature::ECDSA_P256_SHA256_FIXED,
            Self::P384 => &signature::ECDSA_P384_SHA384_FIXED,
            Self::P521 => &signature::ECDSA_P521_SHA512_FIXED,
        }
    }

    /// Bits of the field.
    pub(super) fn bits(self) -> u32 {
        match self {
            Self::P256 => 256,
            Self::P384 => 384,
            Self::P521 => 521,
        }
    }

    /// Bytes of a coordinate.
    pub(super) fn coordinate_bytes(self) -> usize {
        self.bits().div_ceil(8) as usize
    }

    fn name(self) -> &'static str {
        match self {
            Self::P256 => "ec-p256",
            Self::P384 => "ec-p384",
            Self::P521 => "ec-p521",
        }
    }
}

/// The numbers of a public key, as every form of it says them.
pub(super) enum PublicParts {
    /// Big-endian, leading zeros or not.
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    /// An uncompressed point (SEC 1, 2.3.3).
    Ec { curve: Curve, point: Vec<u8> },
    /// 32 bytes (RFC 8032).
    Ed25519 { bytes: Vec<u8> },
}

/// A key ready for use.
#[expect(clippy::large_enum_variant, reason = "it lives in an `Arc`, once for each key")]
pub(super) enum Material {
    Hmac { keys: [Option<hmac::Key>; 3], bits: u32 },
    Rsa { first: ParsedPublicKey, others: [OnceLock<ParsedPublicKey>; 5], bits: u32 },
    Ec { key: ParsedPublicKey, curve: Curve },
    Ed25519 { key: ParsedPublicKey },
}

impl Material {
    /// A shared secret; each algorithm only if the secret is as long as its hash (RFC 7518 3.2).
    pub(super) fn from_secret(secret: &[u8]) -> Result<Self, KeyFault> {
        if secret.len() < 32 {
            return Err(KeyFault::SecretTooShort { bytes: secret.len() });
        }
        let bits = u32::try_from(secret.len().saturating_mul(8)).map_err(|_| KeyFault::TooLong)?;
        let key = |bytes, algorithm| (secret.len() >= bytes).then(|| hmac::Key::new(algorithm, secret));
        let keys = [key(32, hmac::HMAC_SHA256), key(48, hmac::HMAC_SHA384), key(64, hmac::HMAC_SHA512)];
        Ok(Self::Hmac { keys, bits })
    }

    /// A public key, if it is sound.
    pub(super) fn from_parts(parts: PublicParts) -> Result<Self, KeyFault> {
        match parts {
            PublicParts::Rsa { modulus, exponent } => Self::from_rsa(&modulus, &exponent),
            PublicParts::Ec { curve, point } => {
                if point.len() != 1 + 2 * curve.coordinate_bytes() || point.first() != Some(&4) {
                    return Err(KeyFault::Damaged);
                }
                Ok(Self::Ec { key: parse(curve.verification(), &point)?, curve })
            }
            PublicParts::Ed25519 { bytes } if bytes.len() == 32 => {
                Ok(Self::Ed25519 { key: parse(&signature::ED25519, &bytes)? })
            }
            PublicParts::Ed25519 { .. } => Err(KeyFault::Damaged),
        }
    }

    fn from_rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyFault> {
        let (modulus, exponent) = (strip_zeros(modulus), strip_zeros(exponent));
        let bits = rsa_check::check(modulus, exponent)?;
        let components = RsaPublicKeyComponents { n: modulus, e: exponent };
        let first =
            components.to_parsed_public_key(&signature::RSA_PKCS1_2048_8192_SHA256).map_err(|_| KeyFault::Damaged)?;
        let bits = u32::try_from(bits).map_err(|_| KeyFault::RsaSize { bits })?;
        Ok(Self::Rsa { first, others: Default::default(), bits })
    }

    /// Type and size, as shown to people.
    pub(super) fn kind(&self) -> (&'static str, u32) {
        match self {
            Self::Hmac { bits, .. } => ("hmac", *bits),
            Self::Rsa { bits, .. } => ("rsa", *bits),
            Self::Ec { curve, .. } => (curve.name(), curve.bits()),
            Self::Ed25519 { .. } => ("ed25519", 256),
        }
    }

    /// The public key as DER `SubjectPublicKeyInfo` (RFC 5280 4.1.2.7), the same for every form it was read from.
    /// A shared secret has none.
    pub(super) fn public_der(&self) -> Option<PublicKeyX509Der<'static>> {
        match self {
            Self::Hmac { .. } => None,
            Self::Rsa { first: key, .. } | Self::Ec { key, .. } | Self::Ed25519 { key } => key.as_der().ok(),
        }
    }

    /// Whether the key can verify with this algorithm.
    pub(super) fn permits(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Hmac { .. } => self.secret_for(algorithm).is_some(),
            Self::Rsa { .. } => algorithm.family() == KeyFamily::Rsa,
            Self::Ec { curve, .. } => curve.algorithm() == algorithm,
            Self::Ed25519 { .. } => algorithm == Algorithm::EdDsa,
        }
    }

    /// Whether the signature is good. False if the key does not permit the algorithm.
    pub(super) fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Hmac { .. } => {
                self.secret_for(algorithm).is_some_and(|key| hmac::verify(key, message, signature).is_ok())
            }
            Self::Rsa { first, others, .. } => {
                rsa_key(first, others, algorithm).is_some_and(|key| key.verify_sig(message, signature).is_ok())
            }
            Self::Ec { key, .. } | Self::Ed25519 { key } => {
                self.permits(algorithm) && key.verify_sig(message, signature).is_ok()
            }
        }
    }

    fn secret_for(&self, algorithm: Algorithm) -> Option<&hmac::Key> {
        let Self::Hmac { keys: [sha256, sha384, sha512], .. } = self else { return None };
        match algorithm {
            Algorithm::Hs256 => sha256.as_ref(),
            Algorithm::Hs384 => sha384.as_ref(),
            Algorithm::Hs512 => sha512.as_ref(),
            Algorithm::Rs256
            | Algorithm::Rs384
            | Algorithm::Rs512
            | Algorithm::Ps256
            | Algorithm::Ps384
            | Algorithm::Ps512
            | Algorithm::Es256
            | Algorithm::Es384
            | Algorithm::Es512
            | Algorithm::EdDsa => None,
        }
    }
}

/// The RSA algorithms beside RS256, each with what the library calls it.
const OTHER_RSA: [(Algorithm, &RsaParameters); 5] = [
    (Algorithm::Rs384, &signature::RSA_PKCS1_2048_8192_SHA384),
    (Algorithm::Rs512, &signature::RSA_PKCS1_2048_8192_SHA512),
    (Algorithm::Ps256, &signature::RSA_PSS_2048_8192_SHA256),
    (Algorithm::Ps384, &signature::RSA_PSS_2048_8192_SHA384),
    (Algorithm::Ps512, &signature::RSA_PSS_2048_8192_SHA512),
];

/// The key for one RSA algorithm, none for another. The library ties a parsed key to an algorithm, so all but the first, which nearly
/// every issuer uses, are made when a token first asks for them.
fn rsa_key<'k>(
    first: &'k ParsedPublicKey,
    others: &'k [OnceLock<ParsedPublicKey>; 5],
    algorithm: Algorithm,
) -> Option<&'k ParsedPublicKey> {
    if algorithm == Algorithm::Rs256 {
        return Some(first);
    }
    let (slot, (_, parameters)) = others.iter().zip(OTHER_RSA).find(|(_, (name, _))| *name == algorithm)?;
    if let Some(key) = slot.get() {
        return Some(key);
    }
    let key = parse(parameters, first.as_ref()).ok()?;
    Some(slot.get_or_init(|| key))
}

fn parse(algorithm: &'static dyn VerificationAlgorithm, bytes: &[u8]) -> Result<ParsedPublicKey, KeyFault> {
    ParsedPublicKey::new(algorithm, bytes).map_err(|_| KeyFault::Damaged)
}

fn strip_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}
