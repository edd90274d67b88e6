//! Why a key is not taken, said to the owner who pasted it. No sentence repeats a part of the key.

use super::algorithm::KeyFamily;

/// What is wrong with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// Nothing but white space.
    #[error("the key is empty")]
    Empty,
    /// Longer than any key.
    #[error("the text is longer than 16384 bytes; paste one key only")]
    TooLong,
    /// RFC 7518 3.2.
    #[error("the shared secret has {bytes} bytes; at least 32 are needed")]
    SecretTooShort {
        /// Its length.
        bytes: usize,
    },
    /// Whoever knows the public key could sign.
    #[error("this is a key in PEM, SSH, DER or JWK form and not a shared secret; choose the signing method of the key")]
    KeyAsSecret,
    /// A private key has no place here.
    #[error(
        "this is a private key; paste the public key, and replace the pair if others may have seen the private one"
    )]
    PrivateKey,
    /// More than one PEM block or line.
    #[error("the text holds several keys or certificates; paste exactly one")]
    Several,
    /// None of the forms that we read.
    #[error("the text is no public key; paste a PEM public key or certificate, an OpenSSH public key or a JWK")]
    UnknownForm,
    /// A PEM block of another kind.
    #[error("the PEM block must begin with BEGIN PUBLIC KEY or BEGIN CERTIFICATE")]
    UnknownBlock,
    /// A known form that does not hold together.
    #[error("the key is damaged or incomplete; copy it again")]
    Damaged,
    /// Not RSA, P-256, P-384, P-521 or Ed25519.
    #[error("keys of this type are not supported; use RSA, EC on P-256, P-384 or P-521, or Ed25519")]
    UnknownType,
    /// Another family than the profile's signing method.
    #[error("this is a key for the signing method {found}, but the profile's is {wanted}")]
    WrongFamily {
        /// The family of the key.
        found: KeyFamily,
        /// The family asked for.
        wanted: KeyFamily,
    },
    /// RSA with fewer than 2048 or more than 8192 bits.
    #[error("the RSA key has {bits} bits; between 2048 and 8192 are needed")]
    RsaSize {
        /// Its length.
        bits: usize,
    },
    /// The exponent is even, below 3 or above 32 bits, or the modulus is even.
    #[error("the RSA key is not sound: its exponent must be odd, at least 3 and below 2^32, its modulus odd")]
    RsaUnsound,
    /// Made by a chip with the ROCA fault (CVE-2017-15361); its private key can be computed.
    #[error("the RSA key was made by faulty hardware (ROCA, CVE-2017-15361) and can be broken; make a new pair")]
    RsaRoca,
    /// `use`, `key_ops` or `alg` of a JWK.
    #[error("the JWK is not meant for verifying signatures: see its use, key_ops and alg")]
    NotForSignatures,
}
